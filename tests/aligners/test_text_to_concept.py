"""Text-to-concept: an affine map of the image side, in closed form, with a confidence."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge as SklearnRidge
from sklearn.metrics import r2_score

from headword.aligners import TextToConcept
from headword.arrays import unit
from headword.errors import InputError


def pairs(n: int = 300, noise: float = 0.1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 12))
    Z = X @ np.random.default_rng(42).normal(size=(12, 9)) + 0.5 + noise * rng.normal(size=(n, 9))
    return X.astype(np.float32), Z.astype(np.float32)


def test_is_ridge_regression_with_an_intercept():
    X, Z = pairs()
    weight = np.random.default_rng(1).uniform(0.5, 2, 300)
    fitted = TextToConcept(alpha=0.3).fit(X, Z, weight)
    x, z = unit(X).astype(np.float64), unit(Z).astype(np.float64)
    centred = x - np.average(x, axis=0, weights=weight)
    penalty = 0.3 * weight.sum() * np.average((centred**2).sum(1), weights=weight) / 12
    oracle = SklearnRidge(alpha=penalty).fit(x, z, weight)
    np.testing.assert_allclose(fitted.coef_, oracle.coef_.T, atol=1e-6)
    np.testing.assert_allclose(fitted.intercept_, oracle.intercept_, atol=1e-6)
    np.testing.assert_allclose(fitted.transform_image(X), unit(oracle.predict(x)), atol=1e-5)
    np.testing.assert_allclose(fitted.transform_text(Z), unit(Z), atol=1e-6)


def test_texts_it_never_saw_are_compared_as_they_are():
    """Fitted on pictures seen by two networks; the second one's text encoder says words in the second's space."""
    X, Z = pairs(400)
    fitted = TextToConcept().fit(X[:300], Z[:300])
    words = Z[300:] + 0.1 * np.random.default_rng(2).normal(size=(100, 9))
    assert fitted.score(X[300:], words) > 0.5  # chance is 1 / 100


def test_r2_is_the_explained_share_of_variance():
    X, Z = pairs(400, noise=1.0)
    weight = np.random.default_rng(1).uniform(0.5, 2, 100)
    fitted = TextToConcept(alpha=0.1).fit(X[:300], Z[:300])
    predicted = unit(X[300:]) @ fitted.coef_ + fitted.intercept_
    for weights in (None, weight):
        oracle = r2_score(unit(Z[300:]), predicted, sample_weight=weights, multioutput="variance_weighted")
        assert fitted.r2(X[300:], Z[300:], weights) == pytest.approx(oracle, abs=1e-5)
    assert fitted.r2(X[300:], Z[300:]) > 0.5
    shuffled = np.random.default_rng(3).permutation(100) + 300
    assert fitted.r2(X[300:], Z[shuffled]) < 0


def test_r2_says_what_is_wrong():
    X, Z = pairs()
    fitted = TextToConcept(alpha=0.1).fit(X, Z)
    with pytest.raises(InputError, match="pairs of widths 12 and 9"):
        fitted.r2(Z, X)
    with pytest.raises(InputError, match=r"Y \(text side\): rows that differ"):
        fitted.r2(X[:5], np.ones((5, 9), np.float32))
