"""Ridge against the same regression as scikit-learn solves it."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge as Reference

from headword.aligners import Ridge, TextToConcept
from headword.arrays import unit
from headword.errors import InputError


def pairs(n: int = 50, image: int = 7, text: int = 5, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    Y = rng.normal(size=(n, text)) + 0.7
    X = Y @ rng.normal(size=(text, image)) + rng.normal(size=(n, image)) + 2.0
    return X.astype(np.float32), Y.astype(np.float32), rng.uniform(0.2, 3, n)


@pytest.mark.parametrize("alpha", [0.0, 0.3, 10.0])
@pytest.mark.parametrize("weighted", [False, True])
def test_solves_the_normal_equations(alpha, weighted):
    X, Y, weight = pairs()
    weight = weight if weighted else np.ones(len(X))
    x, y = unit(X).astype(np.float64), unit(Y).astype(np.float64)
    mean = np.average(y, axis=0, weights=weight)
    variance = np.average((y - mean) ** 2, axis=0, weights=weight).mean()
    reference = Reference(alpha=alpha * variance * weight.sum()).fit(y, x, sample_weight=weight)

    aligner = Ridge(alpha=alpha).fit(X, Y, weight if weighted else None)
    np.testing.assert_allclose(aligner.coef_, reference.coef_.T, atol=1e-6)
    # The mean of all prototypes is left out of what a text maps to.
    expected = reference.predict(y) - np.average(x, axis=0, weights=weight)
    np.testing.assert_allclose(aligner.transform_text(Y), unit(expected), atol=1e-5)
    np.testing.assert_allclose(aligner.transform_image(X), unit(X), atol=1e-6)


def test_the_penalty_means_the_same_for_any_number_of_pairs():
    X, Y, _ = pairs()
    once, twice = Ridge(alpha=1.0).fit(X, Y), Ridge(alpha=1.0).fit(np.tile(X, (2, 1)), np.tile(Y, (2, 1)))
    np.testing.assert_allclose(once.coef_, twice.coef_, atol=1e-9)


def test_undoes_a_linear_map_exactly():
    rng = np.random.default_rng(0)
    Y = unit(rng.normal(size=(100, 6)))
    X = unit(Y @ np.linalg.qr(rng.normal(size=(9, 6)))[0].T)  # a rotation, so that rows of norm 1 stay so
    new = unit(rng.normal(size=(20, 6)))
    aligner = Ridge(alpha=0.0).fit(X, Y)
    truth = (new - Y.mean(0)) @ np.linalg.lstsq(Y, X, rcond=None)[0]
    np.testing.assert_allclose(aligner.transform_text(new), unit(truth), atol=1e-4)


@pytest.mark.parametrize("kind", [Ridge, TextToConcept])
def test_without_a_penalty_it_needs_more_pairs_than_dimensions(kind):
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(2, 20, 30))
    with pytest.raises(InputError, match=r"(?s)in 30 dimensions with alpha=0.0.*fewer pairs than.*pass alpha > 0"):
        kind(alpha=0.0).fit(X, Y)
    # With next to none it is the shortest of all maps that fit.
    new = unit(rng.normal(size=(9, 30)))
    x, y = (unit(each.astype(np.float32)).astype(np.float64) for each in (X, Y))
    shortest = np.linalg.lstsq(y - y.mean(0), x - x.mean(0), rcond=None)[0]
    found = Ridge(alpha=1e-8).fit(X, Y).transform_text(new)
    np.testing.assert_allclose(found, unit((new - y.mean(0)) @ shortest), atol=1e-3)
