"""InfoNCE: which maps there are, what τ does, and that false negatives are left alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from headword.aligners import Contrastive
from headword.arrays import unit
from headword.errors import InputError


def pairs(n: int = 120, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    Y = rng.normal(size=(n, 8))
    X = Y @ np.random.default_rng(42).normal(size=(8, 12)) + 0.3 * rng.normal(size=(n, 12))
    return X.astype(np.float32), Y.astype(np.float32)


def same_names(distinct: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Classes 2i and 2i + 1 have names and pictures alike, but for a little in many dimensions of its own."""
    X, Y = pairs(distinct)
    rng = np.random.default_rng(1)
    return tuple(
        np.hstack([np.repeat(unit(rows), 2, axis=0), 0.035 * rng.normal(size=(2 * distinct, 64))]) for rows in (X, Y)
    )


def nearness(fitted: Contrastive, X: np.ndarray, Y: np.ndarray) -> float:
    """Mean cosine, in the shared space, of two classes of one name."""
    text, image = fitted.transform_text(Y), fitted.transform_image(X)
    return float((text[::2] * text[1::2]).sum(1).mean() + (image[::2] * image[1::2]).sum(1).mean()) / 2


def test_two_classes_of_one_name_are_not_pushed_apart():
    X, Y = same_names()
    assert (unit(Y)[::2] * unit(Y)[1::2]).sum(1).min() > 0.9
    settings = {"image_map": "linear", "width": 16, "epochs": 100, "lr": 0.02, "temperature": 0.05, "patience": None}
    masked = Contrastive(**settings, learn_temperature=False, duplicate=0.9).fit(X, Y)
    unmasked = Contrastive(**settings, learn_temperature=False, duplicate=1.5).fit(X, Y)
    assert nearness(masked, X, Y) > 0.9
    assert nearness(unmasked, X, Y) < nearness(masked, X, Y) - 0.1
    # And what is told apart otherwise still is.
    scores = masked.similarity(X, Y)
    assert (scores.argmax(axis=1) // 2 == np.arange(80) // 2).mean() > 0.95


def test_captions_of_one_picture_are_no_negatives():
    X, Y = pairs(30)
    many = np.repeat(np.arange(30), 4)
    texts = Y[many] + 0.2 * np.random.default_rng(0).normal(size=(120, 8))
    settings = {"epochs": 80, "lr": 0.05, "patience": None}
    together = Contrastive(**settings).fit(X[many], texts)
    # Pictures that differ in their last digits are different pictures, and take each caption four times over.
    apart = Contrastive(**settings, duplicate=1.5).fit(X[many] + 1e-4 * (np.arange(120) % 4)[:, None], texts)
    assert together.history_[-1, 0] < 0.7
    assert apart.history_[-1, 0] > 1.2  # log 4 is 1.39


@pytest.mark.parametrize("text_map", ["linear", "mlp"])
@pytest.mark.parametrize(("image_map", "width"), [(None, None), ("linear", None), ("linear", 5), ("mlp", 20)])
def test_maps_and_widths(text_map, image_map, width):
    X, Y = pairs()
    fitted = Contrastive(text_map, image_map, width, epochs=60, lr=0.02, patience=None).fit(X, Y)
    assert fitted.transform_image(X).shape == fitted.transform_text(Y).shape == (120, width or 12)
    assert fitted.score(X, Y) > 0.1  # chance is 1 / 120
    if image_map is None:
        np.testing.assert_allclose(fitted.transform_image(X), unit(X), atol=1e-6)


def test_the_temperature_is_learnt_within_bounds():
    X, Y = pairs()
    fitted = Contrastive(epochs=60, lr=0.05, patience=None).fit(X, Y)
    assert math.log(0.01) <= fitted.log_temperature_ < math.log(0.07)
    assert isinstance(fitted.log_temperature_, float)
    fixed = Contrastive(epochs=2, learn_temperature=False).fit(X, Y)
    assert not hasattr(fixed, "log_temperature_")
    low = Contrastive(epochs=60, lr=0.2, temperature=0.011, patience=None).fit(X, Y)
    assert low.log_temperature_ >= math.log(0.01) - 1e-6


@pytest.mark.parametrize("temperature", [5.0, 0.001])
def test_a_temperature_that_is_learnt_starts_within_its_bounds(temperature):
    X, Y = pairs()
    with pytest.raises(InputError, match=r"(?s)temperature of Contrastive, to be learnt.*between 0.01 and 1.0"):
        Contrastive(epochs=1, temperature=temperature).fit(X, Y)
    Contrastive(epochs=1, temperature=temperature, learn_temperature=False).fit(X, Y)


def test_wrong_maps_are_named(unchecked):
    X, Y = pairs()
    for wrong in ({"text_map": "cubic"}, {"image_map": "cubic"}, {"text_map": None}):
        with pytest.raises(InputError, match=r"(?s)maps of Contrastive.*pass 'linear' or 'mlp'"):
            Contrastive(**wrong).fit(X, Y)
    with pytest.raises(InputError, match=r"(?s)a shared space of width 5.*image_map=None.*pass image_map='linear'"):
        Contrastive(width=5).fit(X, Y)
    for wrong in ({"temperature": 0.0}, {"duplicate": -2.0}, {"dropout": 1.0}, {"width": 0, "image_map": "linear"}):
        with pytest.raises(InputError, match=f"{next(iter(wrong))} of Contrastive"):
            Contrastive(**wrong).fit(X, Y)
