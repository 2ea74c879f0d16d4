"""A model that listened to unlabelled pictures: better where they tell something, the same where they do not."""

from __future__ import annotations

import json
import logging
from dataclasses import fields, replace

import numpy as np
import pytest

import headword as hw
from headword.adapters import OTTER, Adapted, Careful, LinearScores, registry
from headword.adapters.adaptation import Adaptation
from headword.adapters.query_bank import QueryBank
from headword.analysis import Subject
from headword.arrays import unit
from headword.errors import BadImageError, InputError, UnknownName
from headword.model.adapting import learn_adaptation
from headword.model.predictions import NONE_OF_THESE

CLASSES, EACH = 10, 15


@pytest.fixture(scope="module")
def words(planted) -> list[str]:
    return list(planted.NEW_WORDS[:CLASSES])


@pytest.fixture(scope="module")
def vectors(planted, planted_model, words) -> np.ndarray:
    """A folder's pictures, embedded and blurred: fifteen of each word."""
    seen = planted_model.image_encoder.encode([planted.picture(word, seed) for word in words for seed in range(EACH)])
    return (seen + 1.5 * planted.drawn(*seen.shape, by="blur")).astype(np.float32)


@pytest.fixture(scope="module")
def adapted(planted_model, vectors, words) -> hw.AlignedModel:
    return planted_model.adapt(vectors, words, definitions=None)


def answers(model, vectors, labels, **options) -> list:
    return list(model.classify(vectors, labels, definitions=None, **options))


def accuracy(model, vectors, words, labels=None) -> float:
    found = answers(model, vectors, labels or words)
    return float(np.mean([each.label == words[place // EACH] for place, each in enumerate(found)]))


# --- What is gained ---


def test_a_folder_is_understood_better(planted_model, adapted, vectors, words):
    plain = accuracy(planted_model, vectors, words)
    assert accuracy(adapted, vectors, words) > plain + 0.05
    assert adapted.mode == "adapted on 150 unlabelled pictures"
    assert planted_model.mode == "inductive"


def test_pictures_that_were_not_seen_gain_too(planted_model, vectors, words):
    half = np.arange(len(vectors)) % 2 == 0
    model = planted_model.adapt(vectors[half], words, definitions=None)
    labels = np.repeat(words, EACH)[~half]
    right = [
        np.mean([a.label for a in answers(each, vectors[~half], words)] == labels) for each in (planted_model, model)
    ]
    assert right[1] > right[0]


@pytest.mark.parametrize("name", sorted(registry))
def test_every_adapter_can_be_named(planted_model, vectors, words, name):
    model = planted_model.adapt(vectors, words, method=name, definitions=None)
    assert model.adaptation.method == name
    assert accuracy(model, vectors, words) > accuracy(planted_model, vectors, words)
    assert model.adaptation.learnt.assigned is None, "nothing as long as the folder is kept"


def test_other_labels_are_centred_half_way(planted_model, adapted, planted, vectors):
    others = list(planted.NEW_WORDS[CLASSES:])
    image = unit(planted_model.map_image(vectors))
    text = planted_model.encode_labels(others, None)
    centre = 0.5 * len(vectors) / (len(vectors) + 10) * image.mean(axis=0)
    standard = planted_model.calibration.standard
    expected = 0.5 * standard(image, text) + 0.5 * standard(unit(image - centre), text)
    for model in (adapted, planted_model.adapt(vectors)):
        found = [[a.scores[a.labels.index(each)] for each in others] for a in answers(model, vectors, others, top_k=20)]
        shift = np.array(found) - expected
        np.testing.assert_allclose(shift - shift.mean(axis=1, keepdims=True), 0, atol=1e-4)


# --- What does not change ---


def test_one_picture_changes_nothing(planted_model, vectors, words):
    for pictures, asked in ((vectors[:1], words), (np.repeat(vectors[:1], 30, axis=0), words), (vectors[:1], None)):
        for method in ("careful", "centre", "otter"):
            model = planted_model.adapt(pictures, asked, method=method, definitions=None)
            assert answers(model, vectors, words) == answers(planted_model, vectors, words)
            assert "plain scores kept" in model.adaptation.summary
    assert planted_model.adapt(vectors[:1]).mode == "adapted on 1 unlabelled picture"


def test_halves_that_disagree_change_nothing(planted_model, vectors, words):
    model = planted_model.adapt(vectors, words, method=Careful(low=1.0), definitions=None)
    assert answers(model, vectors, words) == answers(planted_model, vectors, words)
    assert "halves agree on" in model.adaptation.summary
    assert "% only: plain scores kept" in model.adaptation.summary


def test_undone_it_is_the_base(planted_model, adapted, vectors, words):
    base = adapted.base
    assert type(base) is hw.AlignedModel
    assert all(getattr(base, each.name) is getattr(planted_model, each.name) for each in fields(hw.AlignedModel))
    assert answers(base, vectors, words) == answers(planted_model, vectors, words)
    assert planted_model.base is planted_model


def test_adapted_again_it_starts_from_its_base(planted_model, adapted, vectors, words):
    again, once = (model.adapt(vectors[40:], words, definitions=None) for model in (adapted, planted_model))
    assert answers(again, vectors, words) == answers(once, vectors, words)


def test_the_order_of_pictures_is_of_no_matter(adapted, planted_model, vectors, words):
    shuffled = planted_model.adapt(vectors[::-1], words, definitions=None)
    assert answers(shuffled, vectors, words) == answers(adapted, vectors, words)
    other = list(words[:-1])
    assert answers(shuffled, vectors, [*other, "klupt"]) == answers(adapted, vectors, [*other, "klupt"])


def scores(model, vectors, labels) -> np.ndarray:
    return model.scorer(model.parse_labels(labels, None))(vectors)[1]


def test_any_of_the_labels_in_any_order_are_those_it_was_adapted_for(adapted, planted_model, vectors, words):
    whole = scores(adapted, vectors, words)
    picked = [7, 2, 5]
    part = scores(adapted, vectors, [words[each] for each in picked])
    shift = part - whole[:, picked]
    np.testing.assert_allclose(shift - shift.mean(axis=1, keepdims=True), 0, atol=1e-4)
    plain = scores(planted_model, vectors, [words[each] for each in picked])
    assert not np.array_equal(part.argsort(axis=1), plain.argsort(axis=1))


def test_labels_said_otherwise_are_others(adapted, planted_model, vectors, words):
    said = replace(adapted, templates=("a drawing of a {}",))
    free = replace(planted_model.adapt(vectors), templates=("a drawing of a {}",))
    np.testing.assert_array_equal(scores(said, vectors, words), scores(free, vectors, words))


def test_whether_any_label_is_there_is_told_as_before(planted_model, adapted, planted, vectors, words):
    foreign = planted_model.image_encoder.encode([planted.picture(word) for word in planted.NEW_WORDS[CLASSES:]])
    pictures = np.concatenate([vectors, foreign])
    np.testing.assert_allclose(
        scores(adapted, pictures, words).max(axis=1), scores(planted_model, pictures, words).max(axis=1), atol=1e-4
    )
    for share in (0.05, 0.5):
        none = [
            [each.label == NONE_OF_THESE for each in answers(model, pictures, words, none_of_these=share)]
            for model in (planted_model, adapted)
        ]
        assert none[0] == none[1]
    assert any(none[0])
    assert not all(none[0])


def test_probabilities_are_those_of_labels(adapted, vectors, words):
    for each in answers(adapted, vectors, words, top_k=CLASSES):
        assert sum(each.probabilities) == pytest.approx(1)
        assert list(each.probabilities) == sorted(each.probabilities, reverse=True)


def test_labels_that_map_to_one_place_tie(planted_model, vectors, words):
    twins = hw.LabelSet.from_names([*words, words[0]], ids=[*map(str, range(CLASSES)), "twin"])
    queries = planted_model.parse_labels(twins, None, unique=False)
    model = planted_model.with_adaptation(learn_adaptation(planted_model, vectors, queries))
    found = model.scorer(queries)(vectors)[1]
    np.testing.assert_array_equal(found[:, 0], found[:, -1])
    shares = model.adaptation.learnt.class_priors
    assert shares[0] == shares[-1]
    assert shares.sum() == pytest.approx(1, abs=1e-3)


def test_known_classes_compete_by_plain_scores(planted_model, adapted, vectors, words, caplog):
    with caplog.at_level(logging.WARNING, logger="headword"):
        found = answers(adapted, vectors, words, known=True)
    assert "known classes and labels compete by plain scores" in caplog.text
    assert found == answers(planted_model, vectors, words, known=True)


# --- Search ---


@pytest.fixture(scope="module")
def bank(planted_model, planted) -> QueryBank:
    return QueryBank.from_names(planted_model, planted.WORDS)


def test_a_bank_corrects_search_and_leaves_labels_alone(planted_model, adapted, bank, vectors, words):
    model = planted_model.adapt(vectors, words, definitions=None, bank=bank)
    own = bank.with_collection(planted_model.map_image(vectors))
    image, text = own.images(planted_model.map_image(vectors)), own.texts(planted_model.encode_text(words))
    np.testing.assert_allclose(model.similarity(model.map_image(vectors), words), image @ text.T, atol=1e-4)
    expected = (-(image @ text.T).T).argsort(axis=1, kind="stable")[:, 0]
    assert [each.ids[0] for each in model.rank(vectors, words)] == [f"row {row}" for row in expected]
    np.testing.assert_allclose(model.map_prototypes(), own.images(planted_model.map_prototypes()), atol=1e-6)
    labels = model.encode_labels(words, None)
    assert model.similarity(model.map_image(vectors), labels).shape == (len(vectors), CLASSES)
    assert answers(model, vectors, words) == answers(adapted, vectors, words)


def test_without_a_bank_search_is_that_of_the_base(planted_model, adapted, vectors, words):
    assert adapted.rank(vectors, words) == planted_model.rank(vectors, words)


def test_what_a_bank_adds_is_not_analysed(planted_model, bank, vectors, words):
    head, ear = planted_model.image_encoder.head(), planted_model.text_encoder
    model = planted_model.adapt(vectors, words, definitions=None, bank=bank)
    for one, other in zip(
        Subject.of(head, ear, model=model, definitions=None).shared,
        Subject.of(head, ear, model=planted_model, definitions=None).shared,
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


# --- Saved ---


def test_parameters_that_are_arrays_are_saved_too(planted_model, vectors, words, tmp_path):
    shares = np.full(CLASSES, 1 / CLASSES)
    model = planted_model.adapt(vectors, words, definitions=None, method=OTTER(shares=shares))
    model.save_pretrained(tmp_path / "model")
    again = hw.AlignedModel.from_pretrained(tmp_path / "model")
    assert again.adaptation.parameters["shares"] == shares.tolist()
    assert answers(again, vectors, words) == answers(model, vectors, words)


def test_what_is_read_is_what_was_saved(planted_model, bank, vectors, words, planted, tmp_path):
    others = list(planted.NEW_WORDS)
    for asked, own in ((words, bank), (words, None), (None, None)):
        model = planted_model.adapt(vectors, asked, definitions=None, bank=own)
        model.save_pretrained(tmp_path / "model")
        again = hw.AlignedModel.from_pretrained(tmp_path / "model")
        assert again.adaptation is not None
        for labels in (words, words[3:6], others):
            assert answers(again, vectors, labels) == answers(model, vectors, labels)
        assert again.rank(vectors, others) == model.rank(vectors, others)
        assert again.adaptation.as_dict() == model.adaptation.as_dict()
        assert again.mode == model.mode
        assert answers(again.base, vectors, others) == answers(planted_model, vectors, others)
    again.save_pretrained(tmp_path / "again")
    for file in ("config.json", "model.safetensors", "labels.json"):
        assert (tmp_path / "again" / file).read_bytes() == (tmp_path / "model" / file).read_bytes()


def test_a_version_that_knows_no_adaptations_refuses_it(planted_model, adapted, tmp_path):
    for model, number in ((planted_model, 2), (adapted, 3)):
        model.save_pretrained(tmp_path / "model")
        assert json.loads((tmp_path / "model" / "config.json").read_text())["format"] == number


def test_a_damaged_adaptation_is_told(adapted, tmp_path):
    adapted.save_pretrained(tmp_path / "model")
    config = json.loads((tmp_path / "model" / "config.json").read_text())
    for harm in ("centre", "adaptation"):
        kept = {key: each for key, each in config.items() if key != harm}
        if harm == "centre":
            kept["adaptation"] = {key: each for key, each in config["adaptation"].items() if key != "pictures"}
        (tmp_path / "model" / "config.json").write_text(json.dumps(kept))
        with pytest.raises(
            InputError, match=r"(?s)saved model.*a config without '(pictures|adaptation)'.*save it again"
        ):
            hw.AlignedModel.from_pretrained(tmp_path / "model")


# --- Asked wrongly ---


def test_pictures_that_cannot_be_read_are_left_out(planted_model, planted, words, caplog):
    pictures = [planted.picture(word, seed) for word in words for seed in range(3)]
    with caplog.at_level(logging.WARNING, logger="headword"):
        model = planted_model.adapt([b"no picture", *pictures], words, definitions=None)
    assert "1 of 31 pictures could not be read" in caplog.text
    assert model.adaptation.images == 30
    with pytest.raises(BadImageError):
        planted_model.adapt([b"no picture", *pictures], words, strict=True)


def test_what_was_embedded_is_not_embedded_again(planted_model, planted, words, adapted):
    pictures = [planted.picture(word, seed) for word in words for seed in range(2)]
    seen = planted_model.image_encoder.embed([b"no picture", *pictures])
    model = planted_model.adapt(seen, words, definitions=None)
    assert model.adaptation.images == 20
    found = model.classify(seen, words, definitions=None)
    assert [each.id for each in found] == list(seen.ids)
    assert found.bad == seen.bad


@pytest.mark.parametrize(
    ("pictures", "options", "error", "message"),
    [
        ([b"no picture"], {}, InputError, r"(?s)pictures to adapt to.*none of 1 could be read"),
        (np.zeros((0, 24), np.float32), {}, InputError, "at least one row"),
        (np.ones((3, 7), np.float32), {}, InputError, r"(?s)24 columns.*7 columns"),
        (np.full((3, 24), np.nan, np.float32), {}, InputError, "NaN or infinity"),
        (np.ones((3, 24), np.float32), {"labels": []}, InputError, "(?s)labels.*an empty list"),
        (np.ones((3, 24), np.float32), {"labels": ["a"], "method": "carefull"}, UnknownName, "did you mean 'careful'"),
        (np.ones((3, 24), np.float32), {"method": "carefull"}, UnknownName, "did you mean 'careful'"),
    ],
)
def test_wrong_asking_is_told(planted_model, pictures, options, error, message):
    with pytest.raises(error, match=message):
        planted_model.adapt(pictures, **options)


def test_a_torn_folder_is_told_from_one_whose_halves_disagree():
    plain = LinearScores(np.eye(2, dtype=np.float32), np.zeros(2, np.float32), np.zeros(2, np.float32))
    report = {"agreement": 0.9, "consistency": 0.84, "consistency_before": 0.97, "changed": 0.0}
    learnt = Adapted(plain, np.full(2, 0.5, np.float32), mixing_weight=0.0, report=report)
    torn = Adaptation(9, np.ones(2, np.float32), "careful", Careful().get_params(), learnt=learnt)
    assert torn.summary == "neighbours agreed on 97 % and would on 84 %: plain scores kept"
    apart = replace(torn, learnt=replace(learnt, report=report | {"agreement": 0.5}))
    assert apart.summary == "the folder's halves agree on 50 % only: plain scores kept"
