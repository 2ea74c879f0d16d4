"""Similarity of similarities, against the formulas on whole matrices and against what chance must give."""

from __future__ import annotations

import json

import numpy as np
import pytest

from analysis.clouds import rows, turned
from headword.analysis import cka
from headword.arrays import unit
from headword.errors import InputError


def by_matrices(A: np.ndarray, B: np.ndarray) -> tuple[float, float, float]:
    """As the papers write it."""
    n = len(A)
    K, L = (unit(each.astype(np.float64)) @ unit(each.astype(np.float64)).T for each in (A, B))
    H = np.eye(n) - 1 / n

    def biased(K: np.ndarray, L: np.ndarray) -> float:
        return np.trace(H @ K @ H @ L)

    def unbiased(K: np.ndarray, L: np.ndarray) -> float:
        K, L = K - np.diag(np.diag(K)), L - np.diag(np.diag(L))
        one = np.ones(n)
        middle = (one @ K @ one) * (one @ L @ one) / ((n - 1) * (n - 2))
        return (np.trace(K @ L) + middle - 2 / (n - 2) * one @ K @ L @ one) / (n * (n - 3))

    off = ~np.eye(n, dtype=bool)
    first, second = (hsic(K, L) / np.sqrt(hsic(K, K) * hsic(L, L)) for hsic in (biased, unbiased))
    return first, second, np.corrcoef(K[off], L[off])[0, 1]


@pytest.mark.parametrize(("n", "p", "q"), [(40, 5, 7), (12, 60, 90), (30, 200, 3), (4, 6, 6)])
def test_all_three_are_those_of_whole_matrices(n, p, q):
    A, B = rows(n, p), rows(n, q, 1)
    width = min(p, q)
    B[:, :width] += A[:, :width]
    B += 0.7  # an offset, as every network has
    found = cka(A, B, permutations=3)
    np.testing.assert_allclose([each.value for each in found], by_matrices(A, B), atol=2e-5)
    assert all(each.n == n and each.k is None for each in found)


def test_a_rotated_copy_is_the_same_space():
    A = rows(50, 8) + 0.5
    for found in cka(A, turned(A), permutations=50):
        assert found.value == pytest.approx(1, abs=1e-5)
        assert found.null.p == 1 / 51


def test_the_null_is_that_of_shuffled_rows():
    A, B = rows(30, 4), rows(30, 5, 1) + 0.3
    found, rng = cka(A, B, permutations=4, seed=3), np.random.default_rng(3)
    drawn = np.array([by_matrices(A, B[rng.permutation(30)]) for _ in range(4)])
    np.testing.assert_allclose([each.null.mean for each in found], drawn.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose([each.null.sd for each in found], drawn.std(axis=0, ddof=1), atol=1e-5)


def test_width_inflates_biased_cka_of_independent_rows_and_not_unbiased():
    biased, unbiased, correlation = cka(rows(100, 400), rows(100, 500, 1), permutations=100)
    assert biased.value > 0.7
    for found in (unbiased, correlation):
        assert abs(found.value) < 3 * found.null.sd
        assert abs(found.null.mean) < 4 * found.null.sd / 10
        assert found.chance == 0
    json.dumps(unbiased.as_dict())
    assert "unbiased CKA" in str(unbiased)


@pytest.mark.parametrize(
    ("A", "B", "message"),
    [
        (rows(10, 3), rows(9, 3), "B with 10 rows"),
        (rows(3, 3), rows(3, 3), "at least 4 rows"),
        (np.ones((10, 3)), rows(10, 3), "rows that are all alike"),
        (rows(10, 3) * np.inf, rows(10, 3), "NaN or infinity"),
    ],
)
def test_says_what_is_wrong(A, B, message):
    with pytest.raises(InputError, match=message):
        cka(A, B)
