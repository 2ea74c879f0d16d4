"""The aligned model through its public doors, in a world where the right answers are known."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import headword as hw
from headword.arrays import unit
from headword.errors import BadImageError, InputError, UnknownName
from headword.model.calibration import UNCALIBRATED
from headword.model.predictions import NONE_OF_THESE, Prediction, Predictions
from headword.prompts.queries import Query


@pytest.fixture(scope="module")
def words(planted) -> list[str]:
    return list(planted.NEW_WORDS)


@pytest.fixture(scope="module")
def pictures(planted, words) -> list[np.ndarray]:
    return [planted.picture(word) for word in words]


@pytest.fixture
def folder(tmp_path, planted, words):
    """Three good pictures and two bad ones, in the order of their names."""
    for place, word in enumerate(words[:3]):
        Image.fromarray(planted.picture(word)).save(tmp_path / f"{2 * place}.png")
    (tmp_path / "1.png").write_bytes(b"")
    (tmp_path / "3.png").write_bytes(b"no picture")
    return tmp_path


# --- Into the shared space ---


def test_encodes_by_its_encoders_and_its_aligner(planted_model, pictures, words):
    model = planted_model
    seen, heard = model.image_encoder.encode(pictures), model.text_encoder.encode(words)
    np.testing.assert_array_equal(model.encode_image(pictures), model.aligner.transform_image(seen))
    np.testing.assert_array_equal(model.encode_text(words), model.aligner.transform_text(heard))
    assert model.encode_text(words).dtype == model.encode_image(pictures).dtype == np.float32


def test_one_picture_and_one_text_are_one_row(planted_model, pictures, words):
    np.testing.assert_allclose(
        planted_model.encode_image(pictures[0]), planted_model.encode_image(pictures)[:1], atol=1e-6
    )
    np.testing.assert_allclose(planted_model.encode_text(words[0]), planted_model.encode_text(words)[:1], atol=1e-6)


def test_a_picture_that_cannot_be_read_is_a_row_of_nan(planted_model, folder, words, caplog):
    with caplog.at_level(logging.WARNING, logger="headword"):
        rows = planted_model.encode_image(folder)
    np.testing.assert_array_equal(np.isnan(rows).all(axis=1), [False, True, False, True, False])
    np.testing.assert_array_equal(np.isnan(rows).any(axis=1), [False, True, False, True, False])
    assert "2 of 5 pictures could not be read" in caplog.text
    similarity = planted_model.similarity(rows, planted_model.encode_text(words))
    np.testing.assert_array_equal(np.isnan(similarity).all(axis=1), [False, True, False, True, False])


def test_says_that_no_picture_could_be_read(planted_model, tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(InputError, match=r"(?s)pictures to embed.*none of 1 could be read"):
        planted_model.encode_image(tmp_path)


def test_strict_raises_on_the_first_bad_picture(planted_model, folder, words):
    for call in (planted_model.encode_image, planted_model.classify, planted_model.rank):
        with pytest.raises(BadImageError, match=r"(?s)1\.png.*the file is empty"):
            call(folder, *([words] if call != planted_model.encode_image else []), strict=True)


def test_labels_are_said_in_every_template_and_averaged(planted_model, planted):
    model = replace(planted_model, templates=("plain", "a drawing of a {}"))
    said = ["zbamn", "a drawing of a zbamn", "vrogd", "a drawing of a vrogd"]
    mapped = model.aligner._map_text(unit(model.text_encoder.encode(said)))
    expected = unit((mapped[::2] + mapped[1::2]) / 2)
    np.testing.assert_allclose(model.encode_labels(["zbamn", "vrogd"], definitions=None), expected, atol=1e-6)


def test_definitions_are_said_with_the_name(planted_model):
    model = replace(planted_model, templates=("plain",))
    expected = model.encode_text(["zbamn: such as a klupt", "vrogd"])
    asked = ["zbamn", "vrogd"]
    np.testing.assert_allclose(model.encode_labels(asked, definitions=["such as a klupt", None]), expected, atol=1e-6)
    np.testing.assert_allclose(
        model.encode_labels(asked, definitions={"zbamn": "such as a klupt"}), expected, atol=1e-6
    )
    np.testing.assert_allclose(model.encode_labels(asked, definitions=None), model.encode_text(asked), atol=1e-6)


def test_hints_are_said_with_the_name(planted_model):
    model = replace(planted_model, templates=("plain",))
    found = model.encode_labels(["zbamn (klupt)", "zbamn (vrogd)"], definitions=None)
    expected = model.encode_text(["zbamn, a kind of klupt", "zbamn, a kind of vrogd"])
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert not np.allclose(found[0], found[1], atol=0.05)


def test_automatic_definitions_and_ambiguous_words(planted_model):
    plain, crane, bird = planted_model.parse_labels(["zbamn", "crane", "crane (bird)"])
    assert plain == Query("zbamn", "zbamn")
    assert crane.ambiguous
    assert crane.definition is None
    assert len(crane.candidates) > 1
    assert "wading bird" in bird.definition
    assert not bird.ambiguous


def test_a_label_set_brings_its_definitions(planted_model):
    model = replace(planted_model, templates=("plain",))
    labels = hw.LabelSet.from_names(["zbamn", "vrogd"], definitions=["such as a klupt", None])
    with_them = model.encode_text(["zbamn: such as a klupt", "vrogd"])
    np.testing.assert_allclose(model.encode_labels(labels, definitions={}), with_them, atol=1e-6)
    np.testing.assert_allclose(
        model.encode_labels(labels, definitions=None), model.encode_text(["zbamn", "vrogd"]), atol=1e-6
    )


@pytest.mark.parametrize(
    ("labels", "definitions", "found"),
    [
        (["zbamn", "vrogd"], ["one"], "1 definitions"),
        (["zbamn"], ["one", "two"], "2 definitions"),
        (["zbamn"], [], "0 definitions"),
        ("imagenet-1k", ["one"], "1 definitions"),
    ],
)
def test_definitions_must_be_as_many_as_labels(planted_model, labels, definitions, found):
    with pytest.raises(InputError, match=rf"(?s)a definition for each label.*{found}.*list of labels as long"):
        planted_model.encode_labels(labels, definitions)


# --- Similarity ---


def test_similarity_takes_rows_or_what_they_come_from(planted_model, pictures, words):
    image, text = planted_model.encode_image(pictures), planted_model.encode_text(words)
    expected = image @ text.T
    assert expected.shape == (20, 20)
    for left in (image, pictures):
        for right in (text, words):
            np.testing.assert_allclose(planted_model.similarity(left, right), expected, atol=1e-6)
    np.testing.assert_allclose(planted_model.similarity(image.astype(np.float64), words), expected, atol=1e-6)
    assert (expected.argmax(axis=1) == np.arange(20)).mean() > 0.75


def test_similarity_wants_rows_of_one_space(planted_model, words):
    with pytest.raises(InputError, match=r"(?s)rows of one shared space.*widths 7 and 24.*encode_image"):
        planted_model.similarity(np.ones((2, 7)), words)


# --- Classification ---


def test_classifies_by_words_it_never_saw(planted_model, planted, words):
    many = [planted.picture(word, seed) for word in words for seed in range(5)]
    answers = planted_model.classify(many, words, definitions=None)
    assert np.mean([answer.label == word for answer, word in zip(answers, np.repeat(words, 5), strict=True)]) > 0.75


def test_answers_are_the_best_labels_with_their_probabilities(planted_model, pictures, words):
    answers = planted_model.classify(pictures, words, top_k=3, definitions=None)
    calibration, image = planted_model.calibration, planted_model.encode_image(pictures)
    similarity = calibration.standard(image, planted_model.encode_labels(words, None))
    probability = calibration.probabilities(similarity)
    assert len(answers) == 20
    for row, answer in enumerate(answers):
        best = np.argsort(-similarity[row])[:3]
        assert answer.id == f"image {row}"
        assert answer.labels == tuple(words[i] for i in best)
        np.testing.assert_allclose(answer.scores, similarity[row, best], atol=1e-5)
        np.testing.assert_allclose(answer.probabilities, probability[row, best], atol=1e-3)
        assert (answer.label, answer.probability) == (answer.labels[0], answer.probabilities[0])
        assert list(answer.probabilities) == sorted(answer.probabilities, reverse=True)


def test_all_probabilities_sum_to_one(planted_model, pictures, words):
    for answer in planted_model.classify(pictures, words, top_k=100, definitions=None):
        assert sorted(answer.labels) == sorted(words)
        assert sum(answer.probabilities) == pytest.approx(1)


def test_probabilities_are_about_as_often_right_as_they_say(planted_model, planted):
    hits, said = [], []
    for part in range(10):
        words = [f"{word}{part}" for word in planted.NEW_WORDS]
        answers = planted_model.classify([planted.picture(word) for word in words], words, definitions=None)
        hits += [answer.label == word for answer, word in zip(answers, words, strict=True)]
        said += [answer.probability for answer in answers]
    assert np.mean(said) == pytest.approx(np.mean(hits), abs=0.15)


def test_one_label_is_certain(planted_model, pictures):
    (answer,) = planted_model.classify(pictures[0], ["zbamn"], definitions=None)
    assert (answer.labels, answer.probabilities) == (("zbamn",), (1.0,))


def test_answers_are_a_sequence(planted_model, pictures, words):
    answers = planted_model.classify(pictures[:3], words, definitions=None)
    assert isinstance(answers, Predictions)
    assert [each.id for each in answers] == ["image 0", "image 1", "image 2"]
    assert answers[-1] is answers.items[2]
    assert answers[1:] == answers.items[1:]
    assert isinstance(answers[0], Prediction)


def test_answers_go_into_json(planted_model, folder, words):
    found = planted_model.classify(folder, [*words[:3], "crane"], top_k=2).as_dict()
    assert [each["id"] for each in found["predictions"]] == [str(folder / f"{i}.png") for i in (0, 2, 4)]
    assert found["predictions"][0]["labels"][0] == words[0]
    assert [each["position"] for each in found["bad_images"]] == [1, 3]
    assert found["labels"] == [*words[:3], "crane"]
    assert found["ambiguous"] == ["crane"]


def test_bad_pictures_are_reported_and_the_rest_answered(planted_model, folder, pictures, words):
    answers = planted_model.classify(folder, words, definitions=None)
    alone = planted_model.classify(pictures[:3], words, definitions=None)
    assert [answer.probabilities for answer in answers] == [answer.probabilities for answer in alone]
    assert [answer.labels for answer in answers] == [answer.labels for answer in alone]
    assert [answer.id for answer in answers] == [str(folder / f"{i}.png") for i in (0, 2, 4)]
    assert [bad.id for bad in answers.bad] == [str(folder / "1.png"), str(folder / "3.png")]
    assert "empty" in answers.bad[0].reason


def test_only_bad_pictures_are_an_empty_answer(planted_model, tmp_path, words):
    (tmp_path / "a.png").write_bytes(b"")
    answers = planted_model.classify(tmp_path, words, definitions=None, none_of_these=True)
    assert len(answers) == 0
    assert [bad.id for bad in answers.bad] == [str(tmp_path / "a.png")]
    assert [query.label for query in answers.queries] == words
    assert answers.as_dict()["predictions"] == []


def test_embeddings_may_be_given_instead_of_pictures(planted_model, pictures, words):
    rows = planted_model.image_encoder.encode(pictures)
    from_rows, from_pictures = (
        planted_model.classify(each, words, definitions=None) for each in (rows.astype(np.float64), pictures)
    )
    assert [each.id for each in from_rows] == [f"row {i}" for i in range(20)]
    assert [each.probabilities for each in from_rows] == [each.probabilities for each in from_pictures]
    assert from_rows.bad == ()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.ones((3, 5)), "image embeddings with 24 columns.*5 columns"),
        (np.full((3, 24), np.nan), "image embeddings with finite.*3 of 3 rows"),
        (np.ones((0, 24)), "image embeddings as an .* at least one row"),
    ],
)
def test_says_what_is_wrong_with_embeddings(planted_model, words, rows, message):
    for call in (planted_model.classify, planted_model.rank):
        with pytest.raises(InputError, match=rf"(?s){message}"):
            call(rows, words)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([], "labels.*an empty list"),
        (["zbamn", " "], "label 2 of 2.*a blank text"),
        (["zbamn", 3], "label 2 of 2.*int 3"),
        (["zbamn", "vrogd", "a Zbamn "], "label 3 of 3.*the same as 'zbamn'"),
        ("zbamn", "the text 'zbamn'.*pass a list"),
    ],
)
def test_says_what_is_wrong_with_labels(planted_model, pictures, labels, message, unchecked):
    with pytest.raises(InputError, match=rf"(?s){message}"):
        planted_model.classify(pictures, labels, definitions=None)


def test_labels_that_are_the_same_may_still_be_embedded(planted_model):
    rows = planted_model.encode_labels(["zbamn", "zbamn"], definitions=None)
    np.testing.assert_allclose(rows[0], rows[1], atol=1e-6)


@pytest.mark.parametrize("top_k", [0, -1, 2.5])
@pytest.mark.usefixtures("unchecked")
def test_wants_at_least_one_answer(planted_model, pictures, words, top_k):
    with pytest.raises(InputError, match=rf"(?s)top_k labels for each picture.*top_k={top_k}.*1 or more"):
        planted_model.classify(pictures, words, top_k=top_k)
    with pytest.raises(InputError, match=rf"(?s)top_k pictures for each text.*top_k={top_k}"):
        planted_model.rank(pictures, words, top_k=top_k)


def test_no_pictures_is_an_error(planted_model, words, tmp_path):
    for nothing in ([], tmp_path):
        with pytest.raises(InputError):
            planted_model.classify(nothing, words, definitions=None)


# --- None of these ---


def test_none_of_these_where_none_is(planted_model, planted, words):
    strangers = [planted.picture(f"stranger{i}") for i in range(100)]
    known = [planted.picture(word, seed) for word in words for seed in range(5)]
    alarms, kept = (
        [
            answer.label != NONE_OF_THESE
            for answer in planted_model.classify(each, words, definitions=None, none_of_these=0.2)
        ]
        for each in (strangers, known)
    )
    assert 0.1 < np.mean(alarms) < 0.4
    assert np.mean(kept) > 0.6


def test_a_share_of_false_alarms_moves_the_level(planted_model, planted, words):
    strangers = [planted.picture(f"stranger{i}") for i in range(100)]
    alarms = [
        np.mean(
            [
                each.label != NONE_OF_THESE
                for each in planted_model.classify(strangers, words, definitions=None, none_of_these=share)
            ]
        )
        for share in (0.02, 0.1, 0.3, 0.8)
    ]
    assert alarms == sorted(alarms)
    assert alarms[0] < 0.1 < 0.6 < alarms[-1]


def test_true_means_a_tenth(planted_model, pictures, words):
    one, other = (planted_model.classify(pictures, words, definitions=None, none_of_these=each) for each in (True, 0.1))
    assert one == other


def test_none_of_these_is_one_more_answer(planted_model, pictures, words):
    answers = planted_model.classify(pictures, words, top_k=100, definitions=None, none_of_these=True)
    for answer in answers:
        assert sorted(answer.labels) == sorted([*words, NONE_OF_THESE])
        assert sum(answer.probabilities) == pytest.approx(1)
    without = planted_model.classify(pictures, words, top_k=100, definitions=None)
    for one, other in zip(answers, without, strict=True):
        assert [label for label in one.labels if label != NONE_OF_THESE] == list(other.labels)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5, 2.0])
def test_a_share_lies_between_0_and_1(planted_model, pictures, words, share):
    with pytest.raises(InputError, match=f'(?s)"none of these".*false alarms of {share}.*between 0 and 1'):
        planted_model.classify(pictures, words, definitions=None, none_of_these=share)


def test_none_of_these_wants_a_calibrated_model(planted_model, pictures, words):
    model = replace(planted_model, calibration=UNCALIBRATED)
    assert len(model.classify(pictures, words, definitions=None)) == 20
    with pytest.raises(InputError, match=r'(?s)"none of these".*not calibrated.*10 classes or more'):
        model.classify(pictures, words, definitions=None, none_of_these=True)


# --- Ranking ---


def test_ranks_pictures_by_a_text(planted_model, pictures, words):
    rankings = planted_model.rank(pictures, words, top_k=4)
    similarity = planted_model.similarity(pictures, words)
    assert [each.text for each in rankings] == words
    for column, ranking in enumerate(rankings):
        best = np.argsort(-similarity[:, column])[:4]
        assert ranking.ids == tuple(f"image {i}" for i in best)
        np.testing.assert_allclose(ranking.scores, similarity[best, column], atol=1e-5)


def test_ranks_by_one_text_and_all_pictures(planted_model, pictures, words):
    (ranking,) = planted_model.rank(pictures[:3], words[1], top_k=10)
    assert ranking.ids[0] == "image 1"
    assert sorted(ranking.ids) == ["image 0", "image 1", "image 2"]


def test_ranks_embeddings(planted_model, pictures, words):
    rows = planted_model.image_encoder.encode(pictures)
    by_rows, by_pictures = planted_model.rank(rows, words), planted_model.rank(pictures, words)
    assert [each.scores for each in by_rows] == [each.scores for each in by_pictures]


def test_ranks_what_can_be_read(planted_model, folder, words, tmp_path_factory):
    assert len(planted_model.rank(folder, words[0])[0].ids) == 3
    empty = tmp_path_factory.mktemp("bad")
    (empty / "a.png").write_bytes(b"")
    assert planted_model.rank(empty, words[:2]) == [
        hw.model.Ranking(words[0], (), ()),
        hw.model.Ranking(words[1], (), ()),
    ]


def test_no_text_is_an_error(planted_model, pictures):
    for nothing in ([], "", ["zbamn", " "]):
        with pytest.raises(InputError):
            planted_model.rank(pictures, nothing)


def test_unknown_templates_are_named(planted_model, pictures, words):
    with pytest.raises(UnknownName, match=r"(?s)'fotos'.*plain"):
        replace(planted_model, templates=("fotos",)).classify(pictures, words, definitions=None)
