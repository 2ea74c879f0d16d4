"""Do two spaces agree on all similarities at once? Linear CKA, biased and unbiased, and their plain correlation.

With unit rows, K = A Aᵀ and L = B Bᵀ are the cosine similarities within each space.

    biased CKA    ⟨K', L'⟩ / √(⟨K', K'⟩ ⟨L', L'⟩), K' and L' centred                             (Kornblith et al. 2019)
    unbiased CKA  the same with HSIC₁, which leaves the diagonals out:                              (Song et al. 2012)
                  [tr(K̃L̃) + (1ᵀK̃1)(1ᵀL̃1)/((n−1)(n−2)) − 2/(n−2) 1ᵀK̃L̃1] / (n (n−3))
    off-diagonal  Pearson's correlation of K_ij and L_ij over i ≠ j

Biased CKA of unrelated rows grows with width / n and is shown for comparison only. No similarity matrix is ever built
where rows are many: ⟨K, L⟩ = ‖AᵀB‖², row sums of K are A (Aᵀ1), so 21,841 rows cost what their covariances cost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Float64

from headword.analysis.nulls import Null, Similarity, paired_rows, require_permutations
from headword.errors import InputError

__all__ = ["cka"]

FEWEST = 4
"""HSIC₁ divides by n − 3."""


@dataclass(frozen=True, eq=False)
class _Space:
    """A space's unit rows, centred, with what the statistics need of its similarities.

    Attributes:
        rows: (n, d) centred rows.
        mean: (d,) mean of the unit rows.
        diagonal: (n,) similarity of each centred row to itself.
    """

    rows: Float32[np.ndarray, "n d"]
    mean: Float64[np.ndarray, " d"]
    diagonal: Float64[np.ndarray, " n"]

    @classmethod
    def of(cls, rows: Float32[np.ndarray, "n d"]) -> _Space:
        """Centres unit rows."""
        mean = rows.mean(axis=0, dtype=np.float64)
        centred = (rows - mean).astype(np.float32)
        return cls(centred, mean, np.square(centred, dtype=np.float64).sum(axis=1))

    def to_mean(self) -> Float64[np.ndarray, " n"]:
        """Similarity of each uncentred row to the mean, without the constant: rows · mean."""
        found: np.ndarray = self.rows @ self.mean
        return found

    def permuted(self, order: np.ndarray) -> _Space:
        """The same space with its rows in another order."""
        return _Space(self.rows[order], self.mean, self.diagonal[order])


def cka(
    A: Float[np.ndarray, "n p"], B: Float[np.ndarray, "n q"], *, permutations: int = 200, seed: int = 0
) -> tuple[Similarity, Similarity, Similarity]:
    """Biased CKA, unbiased CKA and off-diagonal correlation of two spaces.

    Args:
        A: (n, p) rows of one space.
        B: (n, q) rows of the other, in the same order.
        permutations: How often rows are given each other's partners.
        seed: Decides the permutations.

    Raises:
        InputError: Not as many rows of both, fewer than 4, NaN, or rows that are all alike.
    """
    a, b = (_Space.of(each) for each in paired_rows(A, B, FEWEST))
    require_permutations(permutations)
    n = len(a.rows)
    own_a, own_b = (_products(each, each) for each in (a, b))
    if min(*own_a, *own_b) <= 1e-6 * n:
        raise InputError("to compare two spaces", "rows that are all alike", "pass rows that differ")
    norms = np.sqrt(np.multiply(own_a, own_b))
    rng = np.random.default_rng(seed)
    value = np.array(_products(a, b)) / norms
    permuted = np.array([_products(a, b.permuted(rng.permutation(n))) for _ in range(permutations)]) / norms
    nulls = [Null.of(float(each), column) for each, column in zip(value, permuted.T, strict=True)]
    return (
        Similarity("biased CKA", float(value[0]), n, None, None, nulls[0]),
        Similarity("unbiased CKA", float(value[1]), n, None, 0.0, nulls[1]),
        Similarity("off-diagonal correlation", float(value[2]), n, None, 0.0, nulls[2]),
    )


def _products(a: _Space, b: _Space) -> tuple[float, float, float]:
    """⟨K', L'⟩, HSIC₁ times n (n − 3), and the covariance of off-diagonal entries times their number."""
    n = len(a.rows)
    cross, diagonals = _cross(a.rows, b.rows), float(a.diagonal @ b.diagonal)
    # Rows of a centred similarity matrix sum to 0, so without their diagonal to minus that.
    traces = float(a.diagonal.sum() * b.diagonal.sum())
    hsic = cross - diagonals + traces / ((n - 1) * (n - 2)) - 2 / (n - 2) * diagonals
    return cross, hsic, _off_diagonal(a, b, cross)


def _cross(A: Float32[np.ndarray, "n p"], B: Float32[np.ndarray, "n q"]) -> float:
    """‖AᵀB‖² = ⟨AAᵀ, BBᵀ⟩, whichever is cheaper."""
    n, p, q = len(A), A.shape[1], B.shape[1]
    if p * q <= n * (p + q):
        return float(np.square(A.T @ B, dtype=np.float64).sum())
    return float(np.multiply(A @ A.T, B @ B.T, dtype=np.float64).sum())


def _off_diagonal(a: _Space, b: _Space, cross: float) -> float:
    """Σ over i ≠ j of (K_ij − K̄)(L_ij − L̄) for similarities of uncentred rows.

    K_ij = a_i·a_j + u_i + u_j + |ā|², with a centred and u_i = a_i·ā; u sums to 0, and so do rows of a_i·a_j.
    """
    n = len(a.rows)
    u, v = a.to_mean(), b.to_mean()
    # All entries less the constants |ā|², |b̄|², and the diagonals taken out again.
    full = cross + 2 * n * float(u @ v)
    own_a, own_b = a.diagonal + 2 * u, b.diagonal + 2 * v
    both = full - float(own_a @ own_b)
    # Off-diagonal sums: all entries sum to 0.
    return both - float(own_a.sum() * own_b.sum()) / (n * (n - 1))
