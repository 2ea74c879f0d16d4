"""SAIL: its heads, its learnt scale and bias, its loss in blocks."""

from __future__ import annotations

import math

import numpy as np
import pytest

from headword.aligners import SAIL, losses
from headword.errors import InputError


def pairs(n: int = 120, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    Y = rng.normal(size=(n, 8))
    X = Y @ np.random.default_rng(42).normal(size=(8, 12)) + 0.3 * rng.normal(size=(n, 12))
    return X.astype(np.float32), Y.astype(np.float32)


def test_both_sides_have_a_gated_head():
    X, Y = pairs()
    fitted = SAIL(width=10, expansion=3.0, epochs=1).fit(X, Y)
    assert fitted.image_gate_weight_.shape == fitted.image_value_weight_.shape == (12, 36)
    assert fitted.text_gate_weight_.shape == (8, 24)
    assert fitted.image_weight_.shape == (36, 10)
    assert fitted.text_weight_.shape == (24, 10)
    assert fitted.image_scale_.shape == (12,)


def test_scale_and_bias_start_at_the_papers_values_and_are_learnt():
    X, Y = pairs()
    still = SAIL(width=10, epochs=1, lr=1e-9).fit(X, Y)
    assert still.log_scale_ == pytest.approx(math.log(20), abs=1e-5)
    assert still.bias_ == pytest.approx(-10, abs=1e-5)
    moved = SAIL(width=10, epochs=30, lr=0.01, patience=None).fit(X, Y)
    assert abs(moved.log_scale_ - math.log(20)) > 0.01
    assert abs(moved.bias_ + 10) > 0.05


def test_only_matrices_decay():
    X, Y = pairs()
    # A rate at which the gradient moves nothing and the decay much: what has decayed is 0.
    fitted = SAIL(width=10, epochs=20, lr=1e-4, weight_decay=5e3, warmup=0.0, patience=None).fit(X, Y)
    assert np.abs(fitted.text_weight_).max() < 0.01
    assert fitted.text_scale_.min() > 0.9
    assert fitted.bias_ < -9.9


def test_blocks_do_not_change_what_is_learnt(monkeypatch):
    X, Y = pairs()
    settings = {"width": 10, "epochs": 10, "lr": 0.01, "patience": None}
    whole = SAIL(**settings).fit(X, Y)
    monkeypatch.setattr(losses, "BLOCK", 32)
    in_blocks = SAIL(**settings).fit(X, Y)
    np.testing.assert_allclose(in_blocks.history_[:, 0], whole.history_[:, 0], rtol=1e-5)
    np.testing.assert_allclose(in_blocks.transform_text(Y), whole.transform_text(Y), atol=1e-3)


def test_finds_held_out_pairs():
    X, Y = pairs(400)
    fitted = SAIL(width=32, epochs=40, lr=0.02, batch_size=64).fit(X[:340], Y[:340])
    assert fitted.score(X[340:], Y[340:]) > 0.5  # chance is 1 / 60


def test_wrong_numbers_are_named(unchecked):
    for wrong in ({"width": None}, {"width": 0}, {"expansion": 0.0}, {"scale": 0.0}, {"bias": math.inf}):
        with pytest.raises(InputError, match=f"{next(iter(wrong))} of SAIL"):
            SAIL(**wrong).fit(*pairs())
