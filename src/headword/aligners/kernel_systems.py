"""The linear systems behind kernel ridge: exact, or on Nyström features; both leave rows out without a refit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from jaxtyping import Float, Int64
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular

from headword.aligners.text_sets import TextSets, gaussian_kernel
from headword.errors import InputError

__all__ = ["ExactSystem", "NystromSystem", "nystrom_features"]

JITTER = 1e-6
"""Lets equal texts be landmarks together: "crane" stands twice among ImageNet's names."""


Map = Callable[[np.ndarray], np.ndarray]


class ExactSystem:
    """(K + λ W⁻¹) α = T over all rows.

    Args:
        sets: Texts of each row.
        importance: (c,) weight of each row, 1 in the mean.
        gamma: γ of the kernel.
        alpha: λ.

    Raises:
        InputError: λ is too small for rows with the same texts.
    """

    def __init__(self, sets: TextSets, importance: Float[np.ndarray, " c"], gamma: float, alpha: float) -> None:
        self.anchors = sets
        self._importance = importance
        system = _add_diagonal(sets.gram(gamma).astype(importance.dtype), alpha / importance)
        self._factor = _factor(system, alpha, overwrite=True)

    def solve(self, targets: Float[np.ndarray, "c d"]) -> Float[np.ndarray, "c d"]:
        """Dual coefficients, one row for each anchor set."""
        return cho_solve(self._factor, targets, check_finite=False)

    def leave_out(self, rows: Float[np.ndarray, "c d"], hidden: list[Int64[np.ndarray, " h"]]) -> Iterator[Map]:
        """For each part the map that is fitted without it, from kernels with the anchors, (q, c), to targets, (q, d).

        With P = (K + λ W⁻¹)⁻¹ and C = P T, the dual coefficients without the rows B are C − P_:B (P_BB)⁻¹ C_B: zero on
        B and those of the smaller system elsewhere (block inverse). T is centred by the mean of the rows that stay.
        """
        inverse = self.solve(np.eye(len(rows), dtype=rows.dtype))
        solved, ones = inverse @ rows, inverse.sum(axis=1)
        for part in hidden:
            mean = _mean_without(rows, self._importance, part)
            inner = np.linalg.solve(inverse[np.ix_(part, part)], solved[part] - np.outer(ones[part], mean))
            yield partial(_mapped_without, solved=solved, ones=ones, mean=mean, beside=inverse[:, part], inner=inner)


class NystromSystem:
    """(ΦᵀWΦ + λ I) β = ΦᵀW T on the features Φ of randomly drawn texts.

    Args:
        sets: Texts of each row.
        importance: (c,) weight of each row, 1 in the mean.
        gamma: γ of the kernel.
        alpha: λ.
        landmarks: How many texts are drawn.
        seed: Of the draw.

    Raises:
        InputError: No number of landmarks, or λ is too small for them.
    """

    def __init__(
        self, sets: TextSets, importance: Float[np.ndarray, " c"], gamma: float, alpha: float, landmarks: int, seed: int
    ) -> None:
        if not isinstance(landmarks, int | np.integer) or landmarks < 1:
            raise InputError("landmarks of KernelRidge", repr(landmarks), "pass a whole number from 1")
        count = min(landmarks, len(sets.texts))
        drawn = np.sort(np.random.default_rng(seed).choice(len(sets.texts), count, replace=False))
        texts = sets.texts[drawn]
        self.anchors = TextSets.of(texts, np.arange(count), np.ones(count))
        self._importance = importance
        self._alpha = alpha
        kernel = sets.kernel_with(texts, gamma).astype(importance.dtype)
        self._root, self._features = nystrom_features(texts.astype(np.float64), kernel, gamma)
        whitened = self._features.T
        self._system = _add_diagonal(whitened @ (whitened.T * importance[:, None]), alpha)

    def _dual(self, system: np.ndarray, features: np.ndarray, targets: np.ndarray) -> np.ndarray:
        beta = cho_solve(_factor(system, self._alpha), features.T @ targets, check_finite=False)
        return solve_triangular(self._root, beta, lower=True, trans=1)

    def solve(self, targets: Float[np.ndarray, "c d"]) -> Float[np.ndarray, "a d"]:
        """Dual coefficients, one row for each landmark."""
        return self._dual(self._system, self._features, targets * self._importance[:, None])

    def leave_out(self, rows: Float[np.ndarray, "c d"], hidden: list[Int64[np.ndarray, " h"]]) -> Iterator[Map]:
        """For each part the map that is fitted without it, from kernels with the landmarks: all sums minus its."""
        for part in hidden:
            stays = np.delete(np.arange(len(rows)), part)
            features, weight = self._features[part], self._importance[part][:, None]
            system = self._system - features.T @ (features * weight)
            targets = (rows[stays] - _mean_without(rows, self._importance, part)) * self._importance[stays][:, None]
            yield partial(_by, dual=self._dual(system, self._features[stays], targets))


def nystrom_features(
    landmarks: Float[np.ndarray, "l d"], kernel: Float[np.ndarray, "n l"], gamma: float
) -> tuple[Float[np.ndarray, "l l"], Float[np.ndarray, "n l"]]:
    """R, the lower root of the landmarks' own kernel, and the features Φ = K R⁻ᵀ: ΦΦᵀ is the kernel of all rows.

    Args:
        landmarks: (l, d) unit rows; R is found in their precision and given in that of `kernel`.
        kernel: (n, l) K, the kernel of each row with each landmark.
        gamma: γ of the kernel.
    """
    among = _add_diagonal(gaussian_kernel(landmarks, landmarks, gamma), JITTER)
    root = cholesky(among, lower=True, overwrite_a=True, check_finite=False).astype(kernel.dtype)
    return root, solve_triangular(root, kernel.T, lower=True, check_finite=False).T


def _factor(system: np.ndarray, alpha: float, *, overwrite: bool = False) -> tuple[np.ndarray, bool]:
    try:
        factor, lower = cho_factor(system, lower=True, overwrite_a=overwrite, check_finite=False)
    except np.linalg.LinAlgError as error:
        raise InputError(
            f"kernel ridge with alpha={alpha}", "rows that their texts do not tell apart", "pass a larger alpha"
        ) from error
    return factor, bool(lower)  # an array since SciPy 1.18


def _by(asked: np.ndarray, dual: np.ndarray) -> np.ndarray:
    mapped: np.ndarray = asked @ dual
    return mapped


def _mapped_without(
    asked: np.ndarray, solved: np.ndarray, ones: np.ndarray, mean: np.ndarray, beside: np.ndarray, inner: np.ndarray
) -> np.ndarray:
    """`asked` by the dual coefficients without a part: those of all rows, centred anew, less what the part did."""
    mapped: np.ndarray = asked @ solved - np.outer(asked @ ones, mean) - (asked @ beside) @ inner
    return mapped


def _mean_without(rows: np.ndarray, importance: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Weighted mean of the rows outside `part`."""
    total = importance @ rows - importance[part] @ rows[part]
    return total / (importance.sum() - importance[part].sum())


def _add_diagonal(matrix: np.ndarray, values: np.ndarray | float) -> np.ndarray:
    """Adds `values` to the diagonal, in place."""
    matrix[np.diag_indices(len(matrix))] += values
    return matrix
