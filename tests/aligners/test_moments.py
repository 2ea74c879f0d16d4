"""Sums over pairs against the rows they stand for."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from headword.aligners.moments import Moments, mean_variance
from headword.errors import InputError


def rows(n: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, 4)) + 3, rng.normal(size=(n, 3)) - 2, rng.uniform(0.2, 3, n)


def assert_equal(one: Moments, other: Moments) -> None:
    for field in fields(Moments):
        np.testing.assert_allclose(getattr(one, field.name), getattr(other, field.name), atol=1e-10)


def test_means_and_covariances_are_those_of_the_rows():
    X, Y, weight = rows()
    moments = Moments.of(X, Y, weight)
    both = np.cov(X.T, Y.T, aweights=weight, bias=True)
    for found, expected in zip(moments.covariances(), (both[:4, :4], both[:4, 4:], both[4:, 4:]), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-12)
    for found, given in zip(moments.means(), (X, Y), strict=True):
        np.testing.assert_allclose(found, np.average(given, axis=0, weights=weight))


def test_sums_of_parts_are_sums_of_the_whole_and_can_be_taken_back():
    X, Y, weight = rows()
    whole, first, rest = (
        Moments.of(X[part], Y[part], weight[part]) for part in (slice(None), slice(25), slice(25, None))
    )
    assert_equal(first + rest, whole)
    assert_equal(rest + first, first + rest)
    assert_equal(whole - rest, first)


def test_sums_are_in_double_precision():
    X, Y, weight = rows()
    exact = Moments.of(X.astype(np.float32).astype(np.float64), Y.astype(np.float32).astype(np.float64), weight)
    assert_equal(Moments.of(X.astype(np.float32), Y.astype(np.float32), weight), exact)


def test_mean_variance():
    assert mean_variance(np.diag([1.0, 2.0, 6.0]), "X") == 3.0
    with pytest.raises(InputError, match=r"(?s)X: rows that differ.*at least two different rows"):
        mean_variance(np.zeros((3, 3)), "X")
