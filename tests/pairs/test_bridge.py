"""The bridge: each kind by its own mean, pictures whitened in part, and what that is good for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import headword as hw
from headword.aligners import KernelRidge
from headword.arrays import equal_rows, unit
from headword.errors import InputError
from headword.pairs.bridge import Bridge
from headword.pairs.pairs import Pairs

WORLD = 0
DX, DY, MEANING = 16, 12, 6


def pairs_of(n: int, source: str, seed: int, shift_x: float = 0.0, shift_y: float = 0.0) -> Pairs:
    """Pairs of one planted map, moved aside as their kind is."""
    world, rng = np.random.default_rng(WORLD), np.random.default_rng([1, seed])
    to_x, to_y = world.normal(size=(MEANING, DX)), world.normal(size=(MEANING, DY))
    offset_x, offset_y = world.normal(size=DX), world.normal(size=DY)
    meaning = rng.normal(size=(n, MEANING))
    x = unit(meaning @ to_x + 0.3 * rng.normal(size=(n, DX)) + shift_x * offset_x).astype(np.float32)
    y = unit(meaning @ to_y + 0.3 * rng.normal(size=(n, DY)) + shift_y * offset_y).astype(np.float32)
    named = np.full(n, source == "head")
    return Pairs(x, y, np.ones(n, np.float32), (source,) * n, np.arange(n), named)


@pytest.fixture
def mixed() -> Pairs:
    return pairs_of(200, "head", 0) + pairs_of(60, "captions", 1, shift_x=4.0, shift_y=2.0)


def test_each_kind_is_centred_by_its_own_mean(mixed):
    bridge = Bridge.fit(mixed, power=0.0)
    np.testing.assert_allclose(bridge.prototype_mean, mixed.x[:200].mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(bridge.image_mean, mixed.x[200:].mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(bridge.name_mean, mixed.y[:200].mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(bridge.caption_mean, mixed.y[200:].mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(
        bridge.images(mixed.x[200:]), unit(mixed.x[200:] - mixed.x[200:].mean(axis=0)), atol=1e-5
    )


def test_pairs_go_over_by_their_kind(mixed):
    bridge = Bridge.fit(mixed)
    over = bridge.pairs(mixed)
    np.testing.assert_array_equal(over.x[:200], bridge.prototypes(mixed.x[:200]))
    np.testing.assert_allclose(over.x[200:], bridge.images(mixed.x[200:]), atol=1e-6)
    np.testing.assert_array_equal(over.y[:200], bridge.names(mixed.y[:200]))
    np.testing.assert_array_equal(over.y[200:], bridge.captions(mixed.y[200:]))
    np.testing.assert_array_equal(over.group, mixed.group)
    np.testing.assert_allclose(np.linalg.norm(over.x, axis=1), 1, rtol=1e-5)


def test_captions_of_one_picture_keep_one_row():
    """A product's last bits hang on where a row stands, and equal rows are how aligners know one picture."""
    rng = np.random.default_rng(0)
    image_of = np.concatenate([np.repeat(np.arange(301), 3), [7]])
    x, y = rng.normal(size=(301, 257)), rng.normal(size=(len(image_of), 6))
    pairs = Pairs.from_captions(x, y, image_of)
    np.testing.assert_array_equal(equal_rows(Bridge.fit(pairs).pairs(pairs).x), pairs.group)


def test_class_means_are_pictures_with_names(mixed):
    means = replace(mixed, source=("head",) * 200 + ("class means",) * 60)
    bridge = Bridge.fit(means)
    np.testing.assert_allclose(bridge.image_mean, mixed.x[200:].mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(bridge.name_mean, mixed.y.mean(axis=0), atol=1e-6)
    np.testing.assert_array_equal(bridge.caption_mean, bridge.name_mean)


def test_half_a_power_whitens():
    pictures = pairs_of(400, "captions", 3, shift_x=1.0)
    bridge = Bridge.fit(pictures, power=0.5, shrinkage=1e-3)
    centred = unit(unit(pictures.x) - bridge.image_mean)
    covariance = np.cov((centred @ bridge.image_map).T)
    off = covariance - np.diag(np.diag(covariance))
    assert np.abs(off).max() < 0.02 * np.diag(covariance).mean()
    assert np.diag(covariance).std() < 0.02 * np.diag(covariance).mean()


def test_weights_count():
    pairs = pairs_of(50, "captions", 0)
    heavy = replace(pairs, weight=np.r_[np.full(25, 2.0), np.ones(25)].astype(np.float32))
    twice = Pairs(*(np.concatenate([each[:25], each]) for each in (pairs.x, pairs.y, pairs.weight)), ("captions",) * 75,
                  np.arange(75), np.zeros(75, dtype=bool))  # fmt: skip
    one, other = Bridge.fit(heavy), Bridge.fit(twice)
    np.testing.assert_allclose(one.image_mean, other.image_mean, atol=1e-6)
    np.testing.assert_allclose(one.image_map, other.image_map, atol=1e-4)


def test_across_the_bridge_both_kinds_help_and_without_it_they_harm():
    head, pictures = pairs_of(300, "head", 0), pairs_of(40, "captions", 1, shift_x=6.0, shift_y=3.0)
    test = pairs_of(200, "captions", 2, shift_x=6.0, shift_y=3.0)

    def found(pairs: Pairs, bridge: Bridge | None) -> float:
        learnt = bridge.pairs(pairs) if bridge else pairs
        aligner = KernelRidge(gamma=1.0, alpha=0.1).fit(learnt.x, learnt.y, learnt.weight)
        x, y = (bridge.images(test.x), bridge.captions(test.y)) if bridge else (test.x, test.y)
        return aligner.score(x, y)

    both = found(head + pictures, Bridge.fit(head + pictures))
    alone = max(found(pictures, None), found(pictures, Bridge.fit(pictures)))
    assert both > alone + 0.05
    assert both > found(head, None) + 0.05
    assert both > found(head + pictures, None) + 0.05


@pytest.mark.parametrize("options", [{"power": -0.1}, {"shrinkage": -1.0}, {"power": np.nan}])
def test_refuses_what_is_no_power(mixed, options):
    with pytest.raises(InputError, match=r"(?s)power and shrinkage of a bridge, not negative.*pass 0.25 and 5"):
        Bridge.fit(mixed, **options)


def test_says_that_few_pictures_have_no_full_covariance():
    with pytest.raises(InputError, match=r"(?s)covariance of 5 pictures in 16 dim.*singular.*shrinkage > 0"):
        Bridge.fit(pairs_of(5, "captions", 0), shrinkage=0.0)


def test_one_picture_has_no_covariance_whatever_is_added_to_it():
    with pytest.raises(InputError, match=r"(?s)covariance of pictures.*the same one.*at least two that differ"):
        Bridge.fit(pairs_of(20, "head", 0) + pairs_of(1, "captions", 0))


def test_pairs_of_weight_zero_are_not_there(mixed):
    head = mixed.comes_from("head")
    without = Bridge.fit(replace(mixed, weight=head.astype(np.float32)))
    alone = Bridge.fit(mixed.take(np.unique(mixed.group[head])))
    for name, value in vars(without).items():
        np.testing.assert_array_equal(value, getattr(alone, name), err_msg=name)


# --- In a model ---


@pytest.fixture(scope="module")
def captioned(planted) -> Pairs:
    """Pictures of words the head does not know, each with two sentences."""
    words = [f"word{i}" for i in range(40)]
    x = planted.Eye().encode([planted.picture(word) for word in words])
    y = planted.Ear().encode([f"{start} {word}" for word in words for start in ("here is a", "somebody looks at the")])
    return Pairs.from_captions(x, y, np.repeat(np.arange(40), 2))


def test_align_learns_from_rows_and_pictures(planted, captioned, planted_model, tmp_path):
    model = hw.align("planted/eye", "planted/ear", definitions={}, pairs=captioned)
    assert [each.query_kind for each in model.validation] == ["names", "all texts", "captions"]
    words = list(planted.NEW_WORDS)
    pictures = [planted.picture(word) for word in words]
    np.testing.assert_array_equal(
        model.map_image(planted.Eye().encode(pictures)),
        model.aligner.transform_image(model.bridge.images(planted.Eye().encode(pictures))),
    )
    right = [answer.label == word for answer, word in zip(model.classify(pictures, words), words, strict=True)]
    assert np.mean(right) > 0.7
    model.save_pretrained(tmp_path / "model")
    again = hw.AlignedModel.from_pretrained(tmp_path / "model")
    assert again.classify(pictures, words, known=True) == model.classify(pictures, words, known=True)
    np.testing.assert_array_equal(again.encode_text("a zbamn"), model.encode_text("a zbamn"))
    np.testing.assert_array_equal(again.encode_labels(["zbamn"]), model.encode_labels(["zbamn"]))
    assert not np.allclose(model.encode_text("zbamn"), replace(model, templates=("plain",)).encode_labels(["zbamn"]))


def test_align_learns_from_pictures_alone(captioned, planted):
    model = hw.align("planted/eye", "planted/ear", pairs=captioned, recycle=False)
    assert model.prototypes is None
    assert model.labels is None
    assert [each.query_kind for each in model.validation] == ["captions"]
    with pytest.raises(InputError, match=r"(?s)classes this model knows.*did not learn from a head.*recycle=True"):
        model.classify(planted.picture("zbamn"), ["zbamn"], known=True)


def test_plain_mixing_has_no_bridge(captioned):
    model = hw.align("planted/eye", "planted/ear", "ridge", definitions={}, pairs=captioned, mix="plain")
    assert model.bridge is None
    with pytest.raises(InputError, match=r"(?s)how to mix.*'glue'.*one of 'bridge', 'plain'"):
        hw.align("planted/eye", "planted/ear", pairs=captioned, mix="glue")


def test_nothing_to_learn_from():
    with pytest.raises(InputError, match=r"(?s)without the head's rows.*no pairs either"):
        hw.align("planted/eye", "planted/ear", recycle=False)


def test_labels_are_those_of_rows(captioned):
    with pytest.raises(InputError, match=r"(?s)labels of the head's rows.*recycle=False"):
        hw.align("planted/eye", "planted/ear", pairs=captioned, recycle=False, labels=["zbamn"])


def test_pictures_that_are_not_there_are_told_before_anything_is_embedded(planted, monkeypatch):
    monkeypatch.setattr(planted.Ear, "encode", lambda *_, **__: pytest.fail("embedded"))
    with pytest.raises(InputError, match=r"(?s)nowhere\.csv"):
        hw.align("planted/eye", "planted/ear", pairs="nowhere.csv", definitions={})
