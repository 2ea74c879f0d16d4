"""What chance gives: the same statistic after rows have been given each other's partners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Float32

from headword.analysis.finding import Finding
from headword.arrays import as_matrix, unit
from headword.errors import InputError

__all__ = ["Null", "Similarity", "paired_rows", "require_permutations"]

Measure = Literal["mutual k-NN", "cycle k-NN", "biased CKA", "unbiased CKA", "off-diagonal correlation"]


@dataclass(frozen=True)
class Null(Finding):
    """A statistic under permutation.

    Attributes:
        mean: Mean over permutations.
        sd: Standard deviation over permutations.
        p: Share of permutations that reach the statistic, itself counted among them: never 0.
        permutations: How many there were.
    """

    mean: float
    sd: float
    p: float
    permutations: int

    @classmethod
    def of(cls, value: float, permuted: Float[np.ndarray, " p"]) -> Null:
        """The null of a statistic that is large where there is more than chance.

        Args:
            value: The statistic of the true order.
            permuted: (p,) the statistic under permutations, at least two.
        """
        reached = int((permuted >= value).sum())
        return cls(
            float(permuted.mean()), float(permuted.std(ddof=1)), (reached + 1) / (len(permuted) + 1), len(permuted)
        )


@dataclass(frozen=True)
class Similarity(Finding):
    """How alike two spaces are by one measure.

    Attributes:
        measure: Name of the measure.
        value: 1 for rotated copies.
        n: Rows compared; a figure of another n is another figure.
        k: Neighbours of each row, where the measure counts them.
        chance: What it is on average where nothing corresponds, in closed form; `None` where there is none.
        null: The measure with rows permuted.
    """

    measure: Measure
    value: float
    n: int
    k: int | None
    chance: float | None
    null: Null

    def __str__(self) -> str:
        which = self.measure if self.k is None else f"{self.measure}, k = {self.k}"
        null = f"permuted {self.null.mean:.3f} ± {self.null.sd:.3f}, p = {self.null.p:.2g}"
        return f"{which}: {self.value:.3f} (n = {self.n}, {null})"


def paired_rows(A: Any, B: Any, fewest: int) -> tuple[Float32[np.ndarray, "n p"], Float32[np.ndarray, "n q"]]:
    """Unit rows of two spaces, row i of one belonging to row i of the other.

    Args:
        A: (n, p) rows of one space.
        B: (n, q) rows of the other.
        fewest: How many rows the measure needs.

    Raises:
        InputError: Not as many rows of both, too few, or NaN.
    """
    A = as_matrix(A, "A")
    B = as_matrix(B, "B", rows=len(A))
    if len(A) < fewest:
        raise InputError("to compare two spaces", f"{len(A)} rows", f"pass at least {fewest} rows")
    return unit(A), unit(B)


def require_permutations(permutations: int) -> None:
    """Raises `InputError` unless there are enough permutations for a mean and a spread."""
    if permutations < 2:
        raise InputError("a permutation null", f"permutations={permutations}", "pass at least 2, better 200")
