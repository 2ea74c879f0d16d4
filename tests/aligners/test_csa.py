"""CSA against canonical correlations by their eigenvalue problem, and its score by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import eigh

from headword.aligners import CSA
from headword.arrays import unit
from headword.errors import InputError


def pairs(n: int = 300, image: int = 7, text: int = 5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(n, 3))
    X = hidden @ rng.normal(size=(3, image)) + rng.normal(size=(n, image)) + 0.5
    Y = hidden @ rng.normal(size=(3, text)) + rng.normal(size=(n, text)) - 0.5
    return X, Y


def canonical(X: np.ndarray, Y: np.ndarray, alpha: float, weight: np.ndarray):
    """Means, directions and correlations from Cxy Cyy⁻¹ Cyx a = ρ² Cxx a."""
    x, y = unit(X.astype(np.float32)).astype(np.float64), unit(Y.astype(np.float32)).astype(np.float64)
    weight = weight / weight.sum()
    mean_x, mean_y = weight @ x, weight @ y
    x, y = x - mean_x, y - mean_y
    cxx, cyy, cxy = (a.T @ (weight[:, None] * b) for a, b in ((x, x), (y, y), (x, y)))
    cxx += alpha * np.trace(cxx) / len(cxx) * np.eye(len(cxx))
    cyy += alpha * np.trace(cyy) / len(cyy) * np.eye(len(cyy))
    squares, left = eigh(cxy @ np.linalg.solve(cyy, cxy.T), cxx)
    count = min(len(cxx), len(cyy))
    rho, left = np.sqrt(np.maximum(squares[::-1][:count], 0)), left[:, ::-1][:, :count]
    right = np.linalg.solve(cyy, cxy.T @ left) / rho
    return mean_x, mean_y, left, right, rho


@pytest.mark.parametrize("alpha", [0.0, 0.5])
@pytest.mark.parametrize("components", [None, 3, 1])
@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0])
def test_score_is_the_weighted_sum_over_canonical_directions(alpha, components, exponent):
    X, Y = pairs()
    weight = np.random.default_rng(1).uniform(0.2, 3, len(X))
    mean_x, mean_y, left, right, rho = canonical(X, Y, alpha, weight)
    new_X, new_Y = pairs(20, seed=0)
    count = components or len(rho)
    expected = np.empty((20, 20))
    for i, x in enumerate(unit(new_X)):
        for j, y in enumerate(unit(new_Y)):
            u, v = ((x - mean_x) @ left)[:count], ((y - mean_y) @ right)[:count]
            u, v = u / np.linalg.norm(u), v / np.linalg.norm(v)
            expected[i, j] = sum(rho[k] ** exponent * u[k] * v[k] for k in range(count))

    aligner = CSA(alpha, n_components=components, exponent=exponent).fit(X, Y, weight)
    np.testing.assert_allclose(aligner.rho_, rho[:count], atol=1e-6)
    np.testing.assert_allclose(aligner.similarity(new_X, new_Y), expected, atol=2e-5)


def test_directions_are_white_and_uncorrelated_but_in_pairs():
    X, Y = pairs()
    aligner = CSA(alpha=0.0).fit(X, Y)
    u = (unit(X) - aligner.image_mean_) @ aligner.image_coef_
    v = (unit(Y) - aligner.text_mean_) @ aligner.text_coef_
    np.testing.assert_allclose(u.T @ u / len(u), np.eye(5), atol=1e-5)
    np.testing.assert_allclose(v.T @ v / len(v), np.eye(5), atol=1e-5)
    np.testing.assert_allclose(u.T @ v / len(u), np.diag(aligner.rho_), atol=1e-5)


def test_no_correlation_is_above_one():
    X, _ = pairs()
    rho = CSA(alpha=0.0).fit(X, X).rho_
    np.testing.assert_allclose(rho, 1.0, atol=1e-6)
    assert (rho <= 1.0).all()


def test_recovers_planted_correlations():
    rng = np.random.default_rng(0)
    planted = np.array([0.95, 0.8, 0.6, 0.4, *[0.0] * 16])
    both = rng.normal(size=(20_000, 20))
    other = planted * both + np.sqrt(1 - planted**2) * rng.normal(size=both.shape)
    turn, other_turn = (np.linalg.qr(rng.normal(size=(20, 20)))[0] for _ in range(2))
    rho = CSA(alpha=0.0).fit(both @ turn, other @ other_turn).rho_
    np.testing.assert_allclose(rho[:4], planted[:4], atol=0.04)
    assert rho[4:].max() < 0.06


def test_the_ridge_shrinks_the_correlations_of_too_few_pairs():
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(60, 50)), rng.normal(size=(60, 50))  # nothing in common
    assert CSA(alpha=1e-6).fit(X, Y).rho_[:30].min() > 0.9
    assert CSA(alpha=1.0).fit(X, Y).rho_.max() < 0.7


@pytest.mark.parametrize(("n", "image", "text", "side"), [(12, 30, 5, "X"), (12, 5, 30, "Y"), (30, 30, 5, "X")])
def test_says_that_without_a_ridge_it_needs_more_pairs(n, image, text, side):
    rng = np.random.default_rng(0)
    with pytest.raises(
        InputError, match=f"(?s){side} .*in 30 dimensions with alpha=0.*fewer pairs than.*pass alpha > 0"
    ):
        CSA(alpha=0.0).fit(rng.normal(size=(n, image)), rng.normal(size=(n, text)))
    CSA(alpha=0.1).fit(rng.normal(size=(n, image)), rng.normal(size=(n, text)))


def test_a_ridge_below_rounding_is_none():
    rng = np.random.default_rng(0)
    X, Y = 1 + 1e-5 * rng.normal(size=(20, 300)), rng.normal(size=(20, 64))
    with pytest.raises(InputError, match=r"(?s)X .*in 300 dimensions with alpha=1e-06.*singular"):
        CSA(alpha=1e-6).fit(X, Y)


@pytest.mark.parametrize("exponent", [-1.0, np.nan, "1"])
def test_a_strength_does_not_divide(exponent, unchecked):
    with pytest.raises(InputError, match=rf"(?s)exponent of CSA.*{exponent!r}.*1 for the paper's weights"):
        CSA(exponent=exponent).fit(*pairs())


@pytest.mark.parametrize("components", [0, -1, 2.5, "all"])
def test_wants_at_least_one_direction(components, unchecked):
    with pytest.raises(InputError, match=rf"(?s)n_components of CSA.*{components}.*from 1"):
        CSA(n_components=components).fit(*pairs())
