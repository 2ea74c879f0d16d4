"""Known classes beside the labels asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import headword as hw
from headword.errors import InputError
from headword.model.calibration import UNCALIBRATED
from headword.model.predictions import NONE_OF_THESE
from headword.model.scoring import rows_in, rows_of
from headword.prompts.queries import query_labels


@pytest.fixture(scope="module")
def pictures(planted) -> list[np.ndarray]:
    """Of 20 words the classifier was trained on, then of 20 it never saw."""
    return [planted.picture(word) for word in (*planted.WORDS[:20], *planted.NEW_WORDS)]


def test_known_classes_answer_beside_new_names(planted_model, planted, pictures):
    asked = list(planted.NEW_WORDS)
    words = [*planted.WORDS[:20], *asked]
    alone = planted_model.classify(pictures, asked, definitions=None)
    beside = planted_model.classify(pictures, asked, definitions=None, known=True)
    right = np.array([answer.label == word for answer, word in zip(beside, words, strict=True)])
    assert right[:20].mean() > 0.3  # of 170 candidates, chance is 0.006
    assert right[20:].mean() > 0.3
    assert not any(answer.label in planted.WORDS for answer in alone)


def test_the_offset_lets_new_names_be_heard(planted_model, planted, pictures):
    asked = list(planted.NEW_WORDS)
    timid = replace(planted_model, calibration=replace(planted_model.calibration, offset=0.0))
    heard, unheard = (
        np.mean([answer.label in asked for answer in model.classify(pictures[20:], asked, known=True)])
        for model in (planted_model, timid)
    )
    assert heard > unheard


def test_a_label_that_is_a_known_class_has_its_own_row(planted_model, planted, pictures):
    known, new = planted.WORDS[3], planted.NEW_WORDS[0]
    answers = planted_model.classify(pictures[:4], [new, known], top_k=1000, definitions=None, known=True)
    assert all(len(answer.labels) == 151 for answer in answers)
    scores = planted_model.calibration.known(planted_model.encode_image(pictures[:4]), planted_model.map_prototypes())
    for row, answer in enumerate(answers):
        assert answer.scores[answer.labels.index(known)] == pytest.approx(scores[row, 3], abs=1e-4)
        assert sum(answer.probabilities) == pytest.approx(1)


def test_none_of_these_competes_with_known_classes(planted_model, planted, pictures):
    answers = planted_model.classify(pictures, list(planted.NEW_WORDS), known=True, none_of_these=0.1, top_k=1000)
    assert all(sorted(answer.labels)[:1] and NONE_OF_THESE in answer.labels for answer in answers)
    assert all(len(answer.labels) == 171 for answer in answers)


def test_many_pictures_are_scored_in_parts(planted_model, planted, pictures, monkeypatch):
    asked = list(planted.NEW_WORDS)
    whole = planted_model.classify(pictures, asked, known=True)
    monkeypatch.setattr("headword.model.aligned.BLOCK", 7)
    parts = planted_model.classify(pictures, asked, known=True)
    assert [each.labels for each in parts] == [each.labels for each in whole]
    assert [each.id for each in parts] == [each.id for each in whole]


@pytest.mark.parametrize(
    ("labels", "rows"),
    [
        (["zbamn", "vrogd"], {0: 0}),  # by name
        (["ZBAMN"], {0: 0}),
        (["old klupt"], {0: 2}),  # by another name
        (["twin"], {}),  # two classes are called so
        (["zbamn (animal)"], {}),  # the hint may mean something else
        (["old klupt", "klupt"], {0: 2}),  # once
    ],
)
def test_labels_that_are_rows(labels, rows):
    known = hw.LabelSet.from_names([("zbamn", "twin"), ("twin",), ("klupt", "old klupt")])
    assert rows_of(query_labels(labels, None), known) == rows


def test_labels_that_are_rows_by_their_sense():
    known = hw.LabelSet.named("imagenet-1k")
    crane = known.ids.index("n02012849")
    assert rows_of(query_labels(["crane (bird)"]), known) == {0: crane}
    assert rows_of(query_labels(["crane"]), known) == {}


def test_of_two_classes_of_one_name_only_the_one_of_that_id_is_a_row():
    whole = hw.LabelSet.named("imagenet-1k")
    bird, machine = whole.ids.index("n02012849"), whole.ids.index("n03126707")
    known = whole.take([0, machine])
    asked = whole.take([0, bird])
    assert rows_of(query_labels(asked, None), known) == {0: 0}  # "crane" is there, but not this one
    np.testing.assert_array_equal(rows_in(known, asked.ids, asked.names), [0, -1])
    # Without ids that are codes, names tell, any of them.
    words = hw.LabelSet.from_names(["CRANE", "Tinca tinca", "no such thing"])
    np.testing.assert_array_equal(rows_in(known, words.ids, words.names), [1, 0, -1])
    np.testing.assert_array_equal(rows_in(known, [None, "n01440764", None], ["crane", None, None]), [1, 0, -1])


def test_known_wants_a_calibrated_model(planted_model, pictures):
    with pytest.raises(InputError, match=r"(?s)known classes beside new names.*not calibrated.*10 classes or more"):
        replace(planted_model, calibration=UNCALIBRATED).classify(pictures[:1], ["zbamn"], known=True)


def test_known_wants_names(planted_model, pictures):
    with pytest.raises(InputError, match=r"(?s)what the known classes are called.*without labels"):
        replace(planted_model, labels=None).classify(pictures[:1], ["zbamn"], known=True)
