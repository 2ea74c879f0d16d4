"""Query banks against the published formulas, and a planted hub."""

from __future__ import annotations

import re
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

import headword as hw
from headword.adapters import query_bank
from headword.adapters.query_bank import QueryBank
from headword.arrays import unit
from headword.errors import InputError
from headword.metrics.retrieval import Ranks, retrieval_ranks

AXES = np.eye(3, dtype=np.float32)
PICTURES = np.float32([[0.8, 0.6, 0.0], [0.0, 0.6, 0.0]])
KINDS = ({"kind": "softmax"}, {"kind": "csls"})


def rows(n: int, seed: int, k: int = 16) -> np.ndarray:
    return unit(np.random.default_rng(seed).normal(size=(n, k))).astype(np.float32)


def ranks(images: np.ndarray, texts: np.ndarray) -> Ranks:
    return retrieval_ranks(images, texts, np.arange(len(texts)))


def recall(images: np.ndarray, texts: np.ndarray) -> float:
    return float((ranks(images, texts).image_rank == 1).mean())


def both(bank: QueryBank, image: np.ndarray, text: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return bank.images(image), bank.texts(text)


def hub_world() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pictures, the text of each, and unrelated texts: all texts lean one way, and every fifth picture far that way."""
    rng = np.random.default_rng(0)
    lean, own = rows(1, 9)[0], rows(100, 1)
    text = unit(own + lean + 0.1 * rng.normal(size=own.shape))
    image = unit(own + np.where(np.arange(100) % 5, 0.0, 2.0)[:, None] * lean)
    bank = unit(rows(500, 2) + lean)
    return image.astype(np.float32), text.astype(np.float32), bank.astype(np.float32)


def test_csls_offsets_by_eye():
    assert QueryBank(AXES, neighbours=2).offset(PICTURES) == pytest.approx([0.7, 0.3])
    assert QueryBank(AXES, neighbours=1).offset(PICTURES) == pytest.approx([0.8, 0.6])


def test_more_neighbours_than_texts_are_all_texts():
    assert QueryBank(AXES, neighbours=99).offset(PICTURES) == pytest.approx([1.4 / 3, 0.2])


def test_softmax_offsets_by_eye():
    # At β = log 2 / 0.6 the second picture's scores 0, 0.6, 0 weigh 1, 2, 1: their mean is 4 / 3.
    beta = np.log(2) / 0.6
    assert QueryBank(AXES, kind="softmax", beta=beta).offset(PICTURES)[1] == pytest.approx(
        np.log(4 / 3) / beta, rel=1e-5
    )


def test_beta_leads_from_the_mean_to_the_largest():
    assert QueryBank(AXES, kind="softmax", beta=1e-2).offset(PICTURES) == pytest.approx([1.4 / 3, 0.2], abs=1e-2)
    assert QueryBank(AXES, kind="softmax", beta=1e5).offset(PICTURES) == pytest.approx([0.8, 0.6], abs=1e-4)


def test_scores_are_the_inverted_softmax():
    image, text, bank = rows(40, 0), rows(30, 1), rows(50, 2)
    inverted = np.exp(20.0 * text @ image.T) / np.exp(20.0 * bank @ image.T).sum(axis=0)
    found = QueryBank(bank, kind="softmax", beta=20.0, strength=1.0)
    corrected = found.texts(text) @ found.images(image).T
    assert corrected == pytest.approx((np.log(inverted) + np.log(50)) / 20.0, abs=1e-5)
    assert (np.argsort(corrected) == np.argsort(inverted)).all()


def test_scores_are_half_of_csls():
    image, text, bank = rows(40, 0), rows(30, 1), rows(50, 2)
    for_picture = np.sort(bank @ image.T, axis=0)[-10:].mean(axis=0)
    for_text = np.sort(text @ image.T, axis=1)[:, -10:].mean(axis=1, keepdims=True)
    csls = 2 * text @ image.T - for_picture - for_text
    both = QueryBank(bank, image)
    assert both.texts(text) @ both.images(image).T == pytest.approx(csls / 2, abs=1e-6)
    one = QueryBank(bank)
    assert one.texts(text) @ one.images(image).T == pytest.approx((csls + for_text) / 2, abs=1e-6)


@pytest.mark.parametrize("options", KINDS)
def test_a_hub_gives_up_more_than_others(options):
    image, _, bank = hub_world()
    offset = QueryBank(bank, **options).offset(image)
    assert offset[::5].min() > np.delete(offset, np.s_[::5]).max()


@pytest.mark.parametrize("options", KINDS)
def test_planted_hubs_are_removed(options):
    image, text, bank = hub_world()
    found = QueryBank(bank, **options)
    plain, corrected = recall(image, text), recall(*both(found, image, text))
    assert plain < 0.6
    assert corrected > plain + 0.3


@pytest.mark.parametrize("options", KINDS)
def test_a_bank_of_other_texts_than_are_asked_does_not_remove_them(options):
    image, text, _ = hub_world()
    found = QueryBank(rows(500, 3), **options)
    assert recall(*both(found, image, text)) < recall(image, text) + 0.1


@pytest.mark.parametrize("options", KINDS)
def test_offsets_belong_to_a_picture_alone(options):
    image, _, bank = hub_world()
    found = QueryBank(bank, **options)
    assert found.offset(image[7:8]) == pytest.approx(found.offset(image)[7:8], abs=1e-6)


@pytest.mark.parametrize("options", KINDS)
def test_chunks_do_not_matter(options, monkeypatch):
    image, text, bank = hub_world()
    found = QueryBank(bank, image, **options)
    whole, texts = found.offset(image), found.texts(text, ranked=image)
    monkeypatch.setattr(query_bank, "BLOCK", 3 * len(bank))
    assert found.offset(image) == pytest.approx(whole, abs=1e-6)
    assert found.texts(text, ranked=image) == pytest.approx(texts, abs=1e-6)


@pytest.mark.parametrize("options", KINDS)
def test_a_bank_of_texts_keeps_the_order_of_texts(options):
    image, text, bank = hub_world()
    plain, corrected = ranks(image, text), ranks(*both(QueryBank(bank, **options), image, text))
    assert (corrected.caption_rank == plain.caption_rank).all()
    assert (corrected.image_rank != plain.image_rank).any()


@pytest.mark.parametrize("options", KINDS)
def test_a_bank_of_pictures_corrects_the_order_of_texts_alone(options):
    # The planted world with the sides changed: now texts are hubs.
    text, image, gallery = hub_world()
    one, two = QueryBank(rows(20, 4), **options), QueryBank(rows(20, 4), gallery, **options)
    without, corrected = ranks(*both(one, image, text)), ranks(*both(two, image, text))
    assert (corrected.image_rank == without.image_rank).all()
    assert (corrected.caption_rank == 1).mean() > (without.caption_rank == 1).mean() + 0.3


def test_a_bank_of_one_takes_its_score_off():
    one = rows(1, 5)
    for options in KINDS:
        found = QueryBank(one, **options)
        assert found.offset(rows(9, 6)) == pytest.approx((rows(9, 6) @ one.T)[:, 0], abs=1e-6)


def test_strength_0_changes_nothing():
    image, text, bank = hub_world()
    found = QueryBank(bank, strength=0.0)
    assert found.texts(text) @ found.images(image).T == pytest.approx(text @ image.T, abs=1e-6)


def test_float16_keeps_offsets():
    image, _, bank = hub_world()
    assert QueryBank(bank.astype(np.float16)).offset(image) == pytest.approx(QueryBank(bank).offset(image), abs=1e-3)


def test_large_beta_does_not_overflow():
    image, _, bank = hub_world()
    assert np.isfinite(QueryBank(100 * bank, kind="softmax", beta=1e4).offset(image)).all()


def test_dynamic_leaves_texts_alone_whose_best_picture_is_no_hub():
    # The bank's best picture is the first; the first text's is too, the second's is not.
    image = np.float32([[1.0, 0.0], [0.6, 0.8]])
    found = QueryBank(np.float32([[1.0, 0.1], [1.0, 0.0]]), strength=0.1)
    texts = found.texts(np.float32([[1.0, 0.2], [0.2, 1.0]]), ranked=image)
    assert texts[:, 2].tolist() == [1.0, 0.0]
    scores = texts @ found.images(image).T
    assert scores[1] == pytest.approx([0.2, 0.92])
    assert scores[0] == pytest.approx(image @ texts[0, :2] - 0.1 * found.offset(image))


def test_dynamic_with_every_picture_active_is_the_plain_bank():
    image, text, _ = hub_world()
    found = QueryBank(image)
    assert (found.texts(text, ranked=image) == found.texts(text)).all()


def test_from_names_maps_as_the_model_does(planted_model: hw.AlignedModel, planted: ModuleType):
    found = QueryBank.from_names(planted_model, planted.NEW_WORDS, neighbours=7)
    expected = planted_model.map_text(planted_model.text_encoder.encode(planted.NEW_WORDS), names=True)
    assert found.bank == pytest.approx(expected)
    assert found.gallery == pytest.approx(planted_model.map_prototypes())
    assert found.neighbours == 7


def test_from_names_without_a_head_has_no_gallery(planted_model: hw.AlignedModel, planted: ModuleType):
    assert QueryBank.from_names(replace(planted_model, prototypes=None), planted.NEW_WORDS).gallery is None


def test_from_names_takes_captions_and_each_picture_once(planted_model: hw.AlignedModel, planted: ModuleType):
    image = planted_model.image_encoder.encode([planted.picture(word) for word in planted.NEW_WORDS[:3]])
    text = planted_model.text_encoder.encode(["a", "b", "c", "d", "e"])
    captioned = hw.Pairs.from_captions(image, text, np.array([0, 0, 1, 2, 2]))
    pairs = hw.Pairs.from_head(planted_model.image_encoder.head(), planted_model.text_encoder) + captioned
    found = QueryBank.from_names(planted_model, planted.NEW_WORDS, pairs)
    assert len(found.bank) == len(planted.NEW_WORDS) + 5
    assert found.bank[-5:] == pytest.approx(planted_model.map_text(text), abs=1e-6)
    assert len(found.gallery) == len(planted_model.prototypes) + 3
    assert found.gallery[-3:] == pytest.approx(planted_model.map_image(image), abs=1e-6)


def test_a_collection_counts_by_its_pictures():
    # 100 pictures count as much as the gallery: half of 0.8 and half of 0.6.
    text, gallery = np.float32([[0.8, 0.6, 0.0]]), AXES[:1]
    found = QueryBank(AXES, gallery, strength=1.0)
    assert found.texts(text)[0, 4] == pytest.approx(-0.8)
    assert found.with_collection(np.repeat(AXES[1:2], 100, axis=0)).texts(text)[0, 4] == pytest.approx(-0.7)
    assert found.with_collection(AXES[1:2]).texts(text)[0, 4] == pytest.approx(-(0.6 + 80) / 101)


def test_few_pictures_change_little_without_a_gallery_too():
    text = np.float32([[0.8, 0.6, 0.0]])
    found = QueryBank(AXES, strength=1.0).with_collection(AXES[1:2])
    assert found.texts(text)[0, 4] == pytest.approx(-0.6 / 101)
    assert found.images(PICTURES)[:, 4].tolist() == [1.0, 1.0]


def test_of_a_large_collection_some_are_drawn(monkeypatch):
    monkeypatch.setattr(query_bank, "MAX_ROWS", 10)
    few = QueryBank(rows(20, 4)).with_collection(rows(100, 5)).collection
    assert len(few) == len(np.unique(few, axis=0)) == 10


@pytest.mark.parametrize("names", [[], "lighthouse"])
def test_from_names_wants_a_list(names, planted_model, unchecked):
    with pytest.raises(InputError, match="names for a query bank"):
        QueryBank.from_names(planted_model, names)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"kind": "sinkhorn"}, "kind='sinkhorn'"),
        ({"beta": 0.0}, "beta=0.0"),
        ({"beta": -1.0}, "beta=-1.0"),
        ({"beta": float("nan")}, "beta=nan"),
        ({"neighbours": 0}, "neighbours=0"),
        ({"strength": -0.5}, "strength=-0.5"),
        ({"strength": float("inf")}, "strength=inf"),
    ],
)
def test_numbers_out_of_range_are_named(options, found, unchecked):
    with pytest.raises(InputError, match=re.escape(f"found: {found}")):
        QueryBank(AXES, **options)


def test_an_empty_bank_is_refused():
    with pytest.raises(InputError, match=r"a query bank .*\n.*shape \(0, 3\)"):
        QueryBank(np.zeros((0, 3), dtype=np.float32))


def test_a_bank_with_nan_is_refused():
    with pytest.raises(InputError, match="NaN or infinity in 1 of 3 rows"):
        QueryBank(np.where(AXES == 1, AXES, np.float32([[np.nan], [0], [0]])))


def test_banks_of_different_widths_are_refused():
    with pytest.raises(InputError, match=r"a bank of pictures with 3 columns\nfound: 4 columns"):
        QueryBank(AXES, rows(2, 0, k=4))


@pytest.mark.parametrize("method", ["offset", "images", "texts"])
def test_another_width_is_refused(method):
    with pytest.raises(InputError, match=r"3 columns\nfound: 4 columns"):
        getattr(QueryBank(AXES), method)(rows(2, 0, k=4))
