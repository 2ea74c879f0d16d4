"""Generalised zero-shot: both kinds compete, teachers' pets are refused, and a handicap moves the balance."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

import headword as hw
import planted as world
from headword.errors import InputError
from headword.heads import Head
from headword.labels.label_set import LabelSet
from headword.tasks import generalised
from headword.tasks.generalised import calibrated_scorer, plain_scorer
from tasks.worlds import labelled

KNOWN, NEW = 60, 20


@pytest.fixture(scope="module")
def known() -> Head:
    return world.Eye().head().take(np.arange(KNOWN))


@pytest.fixture(scope="module")
def both():
    """Pictures of 20 known classes and of 20 new ones; a fifth of the classes has none."""
    words = (*world.WORDS[:20], *world.NEW_WORDS, *world.WORDS[KNOWN : KNOWN + 10])
    data = labelled(words, range(3))
    return data.take(np.flatnonzero(data.targets < 40))


@pytest.fixture(scope="module")
def model(taught, known) -> hw.AlignedModel:
    pairs = hw.Pairs.from_head(known, world.Ear(), definitions=None)
    return taught(pairs, labels=known.labels)


def test_candidates_are_known_and_new(model, both, known):
    found = generalised(model, both, known)
    assert found.settings["known_classes"] == KNOWN
    assert found.settings["new_classes"] == 30
    assert found.chance["unseen_mean_per_class"] == pytest.approx(1 / 90)
    assert found.details["pictures"] == {"known": 60, "new": 60}
    assert found.metrics["seen_mean_per_class"] > 0.4
    assert found.metrics["unseen_mean_per_class"] > 5 / 90
    assert 0 < found.metrics["ausuc"] < 1
    assert set(found.spread) == {"seen_mean_per_class", "unseen_mean_per_class"}


def test_figures_are_those_of_all_scores_together(model, both, known):
    found = generalised(model, both, known, scores=plain_scorer(model, definitions=None), definitions=None)
    image = model.encode_image(both.images)
    new = model.encode_labels([*world.NEW_WORDS, *world.WORDS[KNOWN : KNOWN + 10]], None)
    scores = image @ np.vstack([model.aligner.transform_image(known.prototypes), new]).T
    place = np.where(both.targets < 20, both.targets, both.targets + KNOWN - 20)
    right, seen = scores.argmax(axis=1) == place, place < KNOWN
    for kind, those in (("seen", seen), ("unseen", ~seen)):
        # Each class has as many pictures, so that the mean over classes is that over pictures.
        np.testing.assert_allclose(found.values[f"{kind}_mean_per_class"], right[those])
        assert found.values[f"{kind}_mean_per_class"].mean() == pytest.approx(found.metrics[f"{kind}_mean_per_class"])


def test_a_handicap_moves_the_balance(model, both, known):
    plain, moved, far = (generalised(model, both, known, offset=each).metrics for each in (0.0, 0.1, 9.0))
    assert moved["seen_mean_per_class"] < plain["seen_mean_per_class"]
    assert moved["unseen_mean_per_class"] > plain["unseen_mean_per_class"]
    assert far["seen_mean_per_class"] == far["harmonic_mean"] == 0.0
    assert plain["ausuc"] == moved["ausuc"] == far["ausuc"]


def test_the_best_point_of_the_curve_is_reached_by_its_offset(model, both, known):
    best = generalised(model, both, known).details["best"]
    found = generalised(model, both, known, offset=best["offset"]).metrics["harmonic_mean"]
    assert found == pytest.approx(best["harmonic_mean"])
    assert best["tuned_on"] == "the test pictures"


def test_a_scorer_of_ones_own_is_prepared_once(model, both, known):
    asked = []

    def scorer(head, labels):
        asked.append((len(head), labels.names[0]))
        return lambda x: (np.zeros((len(x), len(head))), np.zeros((len(x), len(labels))))

    found = generalised(model, both, known, scores=scorer)
    assert asked == [(KNOWN, world.NEW_WORDS[0])]
    assert found.metrics["seen_mean_per_class"] == found.metrics["unseen_mean_per_class"] == 0.0
    assert found.settings["scores"] == "own"


def test_scores_are_held_in_parts(model, both, known, monkeypatch):
    whole, sizes = generalised(model, both, known), []

    def scorer(head, labels):
        score = calibrated_scorer(model)(head, labels)
        return lambda x: sizes.append(len(x)) or score(x)

    monkeypatch.setattr(sys.modules["headword.tasks.generalised"], "SCORES", 7 * (KNOWN + 30))
    parts = generalised(model, both, known, scores=scorer)
    assert max(sizes) == 7
    assert parts.metrics == pytest.approx(whole.metrics)


def test_a_model_that_learnt_a_new_class_is_refused(taught, both, known):
    with pytest.raises(InputError, match=f"learnt from 10 of them, first '{world.WORDS[KNOWN]}'"):
        generalised(taught(labels=world.Eye().head().labels), both, known)


def test_known_classes_are_told_by_id_first(model, both, known):
    # The head names its classes by numbers of its own; the data set's ids are the same.
    coded = hw.LabelSet.from_names(list(known.labels.names), ids=[f"k{i}" for i in range(KNOWN)])
    ids = [f"k{i}" if i < 20 else f"new{i}" for i in range(len(both.labels))]
    renamed = replace(both, labels=hw.LabelSet.from_names([f"word {i}" for i in range(len(ids))], ids=ids))
    found = generalised(model, renamed, Head(known.weight, known.bias, coded))
    assert found.settings["new_classes"] == 30


def test_of_two_classes_of_one_name_the_hidden_one_is_new(model, both, known):
    coded = hw.LabelSet.from_names(list(known.labels.names), ids=[f"k{i}" for i in range(KNOWN)])
    ids = [f"k{i}" if i < 20 else f"new{i}" for i in range(len(both.labels))]
    names = [*world.WORDS[:20], *world.WORDS[20:40], *world.NEW_WORDS[:10]]
    homonyms = replace(both, labels=hw.LabelSet.from_names(names, ids=ids))
    found = generalised(replace(model, labels=coded), homonyms, Head(known.weight, known.bias, coded))
    assert found.settings["new_classes"] == 30
    spoken = replace(both, labels=hw.LabelSet.from_names([word.upper() for word in names]))
    with pytest.raises(InputError, match="120 of known and 0 of new ones"):  # without codes names tell
        generalised(model, spoken, known)


@pytest.mark.parametrize("scorer", [plain_scorer, calibrated_scorer])
def test_names_said_alike_tie_to_the_last_bit(model, both, known, scorer):
    names = [*world.NEW_WORDS, *(world.NEW_WORDS[0],) * 101]
    new = LabelSet.from_names(names, ids=[str(row) for row in range(len(names))])
    vectors = model.image_encoder.encode(list(both.images)).astype(np.float32)
    _, named = scorer(model, definitions=None)(known, new)(vectors)
    assert named.shape == (len(both), len(names))
    assert (named[:, len(world.NEW_WORDS) :] == named[:, :1]).all()
    assert (named[:, 1 : len(world.NEW_WORDS)] != named[:, :1]).all()


def test_one_kind_alone_is_refused(model, known):
    with pytest.raises(InputError, match="20 that are not in"):
        generalised(model, labelled(world.NEW_WORDS, [0]), known)
    with pytest.raises(InputError, match="0 that are not in"):
        generalised(model, labelled(world.WORDS[:5], [0]), known)
