"""The paper's map: its settings, its forward pass, its schedule."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import erf
from torch import nn

from headword.aligners import MLP
from headword.aligners.gradient import MANY_ROWS


def pairs(n: int, image: int, text: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    Y = rng.normal(size=(n, text))
    X = Y @ np.random.default_rng(42).normal(size=(text, image)) + 0.1 * rng.normal(size=(n, image))
    return X.astype(np.float32), Y.astype(np.float32)


def test_its_defaults_are_the_papers():
    parameters = MLP().get_params()
    paper = {"dropout": 0.5, "corrupt_batches": 0.3, "corrupt_share": 0.5, "batch_size": 512, "lr": 5e-3}
    paper |= {"weight_decay": 0.0, "warmup": 0.0, "patience": None, "seed": 42, "structure": 0.0}
    assert paper.items() <= parameters.items()
    X, Y = pairs(20, 6, 5)
    assert MLP(epochs=1).fit(X, Y).text_hidden_weight_.shape == (5, 4 * 6)


def test_epochs_follow_the_size_of_the_head():
    assert [MLP().epochs_for(rows) for rows in (100, 1000, MANY_ROWS, MANY_ROWS + 1, 21841)] == [
        2500,
        2500,
        2500,
        500,
        500,
    ]
    assert MLP(epochs=3).epochs_for(1000) == 3


def test_paper_settings_against_an_independent_forward_pass():
    """Float64 NumPy straight from the equations, and torch's own modules, on what the paper's training gives."""
    X, Y = pairs(700, 40, 24)
    fitted = MLP(epochs=4).fit(X, Y)  # two batches an epoch
    new = pairs(300, 40, 24, seed=1)[1]
    y = new.astype(np.float64) / np.linalg.norm(new.astype(np.float64), axis=1, keepdims=True)

    w1, b1, w2, b2 = (
        np.asarray(getattr(fitted, f"text_{name}_"), dtype=np.float64)
        for name in ("hidden_weight", "hidden_bias", "weight", "bias")
    )
    a = y @ w1 + b1
    z = (0.5 * a * (1 + erf(a / math.sqrt(2)))) @ w2 + b2
    z = (z - z.mean(axis=1, keepdims=True)) / np.sqrt(z.var(axis=1, keepdims=True) + 1e-5)
    z = z * fitted.text_scale_.astype(np.float64) + fitted.text_shift_.astype(np.float64)
    expected = z / np.linalg.norm(z, axis=1, keepdims=True)
    np.testing.assert_allclose(fitted.transform_text(new), expected, rtol=0, atol=1e-5)

    import torch

    module = nn.Sequential(nn.Linear(24, 160), nn.GELU(), nn.Dropout(0.5), nn.Linear(160, 40), nn.LayerNorm(40)).eval()
    layers = {0: ("hidden_weight", "hidden_bias"), 3: ("weight", "bias"), 4: ("scale", "shift")}
    with torch.no_grad():
        for layer, (weight, bias) in layers.items():
            module[layer].weight.copy_(torch.from_numpy(getattr(fitted, f"text_{weight}_").T.copy()))
            module[layer].bias.copy_(torch.from_numpy(getattr(fitted, f"text_{bias}_")))
        there = torch.nn.functional.normalize(module(torch.from_numpy(y.astype(np.float32)))).numpy()
    np.testing.assert_allclose(fitted.transform_text(new), there, rtol=0, atol=1e-5)
    assert np.abs(expected).std() > 0.01


def test_image_embeddings_stay_as_they_are():
    X, Y = pairs(30, 8, 6)
    fitted = MLP(epochs=2).fit(X, Y)
    np.testing.assert_array_equal(fitted.transform_image(X), MLP(epochs=1).fit(X, Y).transform_image(X))
    np.testing.assert_allclose(fitted.transform_image(X), X / np.linalg.norm(X, axis=1, keepdims=True), atol=1e-6)


def test_several_texts_of_a_class_teach_it_together():
    rng = np.random.default_rng(0)
    X, Y = pairs(230, 16, 12)
    many = np.repeat(np.arange(200), 3)
    texts = Y[many] + 0.3 * rng.normal(size=(600, 12))
    fitted = MLP(epochs=40, lr=0.02).fit(X[many], texts, np.full(600, 1 / 3))
    assert fitted.score(X[200:], Y[200:]) > 0.8  # chance is 1 / 30
    new = np.repeat(np.arange(200, 230), 3)
    mapped = fitted.transform_text(Y[new] + 0.3 * rng.normal(size=(90, 12)), new - 200)
    assert ((fitted.transform_image(X[200:]) @ mapped.T).argmax(axis=1) == np.arange(30)).mean() > 0.8


def test_every_choice_changes_what_is_learnt():
    X, Y = pairs(40, 8, 6)
    plain = MLP(epochs=3, batch_size=16).fit(X, Y).transform_text(Y)
    for name, value in {
        "hidden": 9,
        "dropout": 0.0,
        "corrupt_batches": 1.0,
        "epochs": 4,
        "batch_size": 10,
        "lr": 0.01,
        "weight_decay": 1.0,
        "warmup": 0.5,
        "structure": 10.0,
        "seed": 1,
    }.items():
        other = MLP(**{"epochs": 3, "batch_size": 16, name: value}).fit(X, Y).transform_text(Y)
        assert np.abs(other - plain).max() > 1e-4, name
    assert MLP(hidden=9, epochs=1).fit(X, Y).text_hidden_weight_.shape == (6, 9)


def test_the_cosine_falls_as_the_loss_says():
    X, Y = pairs(100, 8, 6)
    fitted = MLP(epochs=60, dropout=0.0, corrupt_batches=0.0).fit(X, Y)
    cosine = (fitted.transform_text(Y) * fitted.transform_image(X)).sum(axis=1)
    assert fitted.history_.shape == (60, 2)
    assert np.isnan(fitted.history_[:, 1]).all()  # nothing is hidden
    assert fitted.history_[-1, 0] == pytest.approx(np.mean(1 - cosine), abs=1e-3)  # the rate ends near 0
    assert fitted.history_[-1, 0] < 0.1 * fitted.history_[0, 0]
