"""The linear maps that are trained: each comes to the minimum of its own loss."""

from __future__ import annotations

import numpy as np

from headword.aligners import LinearCosine, LinearMSE
from headword.arrays import unit


def pairs(n: int = 200) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    Y = rng.normal(size=(n, 6)) + 0.5
    X = Y @ rng.normal(size=(6, 10)) + 0.5 * rng.normal(size=(n, 10)) + 0.5
    return X.astype(np.float32), Y.astype(np.float32)


def test_squared_error_ends_at_least_squares():
    X, Y = pairs()
    weight = np.random.default_rng(1).uniform(0.5, 2, 200)
    fitted = LinearMSE(epochs=800, lr=0.02).fit(X, Y, weight)
    x, y = unit(X).astype(np.float64), np.hstack([unit(Y), np.ones((200, 1))]).astype(np.float64)
    root = np.sqrt(weight)[:, None]
    exact = np.linalg.lstsq(root * y, root * x, rcond=None)[0]
    np.testing.assert_allclose(fitted.text_weight_, exact[:-1], atol=5e-3)
    np.testing.assert_allclose(fitted.text_bias_, exact[-1], atol=5e-3)


def test_the_cosine_ends_where_no_small_step_betters_it():
    X, Y = pairs()
    fitted = LinearCosine(corrupt_batches=0.0, epochs=800, lr=0.02).fit(X, Y)
    x, y = unit(X).astype(np.float64), unit(Y).astype(np.float64)

    def loss(weight: np.ndarray) -> float:
        return float(np.mean(1 - (unit(y @ weight) * x).sum(axis=1)))

    best, rng = loss(fitted.text_weight_.astype(np.float64)), np.random.default_rng(2)
    length = np.linalg.norm(fitted.text_weight_)
    for _ in range(50):
        step = rng.normal(size=fitted.text_weight_.shape)
        assert loss(fitted.text_weight_ + 0.02 * length * step / np.linalg.norm(step)) > best
    assert not hasattr(fitted, "text_bias_")
    least_squares = np.linalg.lstsq(y, x, rcond=None)[0]
    assert best < loss(least_squares)
