"""Hiding rows and looking for them again: what "auto" parameters and the held-out-class estimate are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64
from scipy.sparse import csr_array

from headword.arrays import chunks
from headword.errors import InputError

__all__ = ["Fold", "average", "group_kfold", "mean_reciprocal_rank", "pick", "split_groups"]


BLOCK = 2**26
"""Scores that are ranked at a time: 256 MiB of float32."""


@dataclass(frozen=True, eq=False)
class Fold:
    """Rows hidden together, in the space where a dot product compares image and text.

    Attributes:
        rows: (h,) which rows were hidden.
        image: (h, k) their image side.
        text: (h, k) their text side, mapped by an aligner that never saw them.
        known: (c, k) image side of rows that were not hidden, if asked for.
    """

    rows: Int64[np.ndarray, " h"]
    image: Float[np.ndarray, "h k"]
    text: Float[np.ndarray, "h k"]
    known: Float[np.ndarray, "c k"] | None = None

    def scores(self) -> Float[np.ndarray, "h h"]:
        """Score of every hidden image side (rows) with every hidden text (columns)."""
        return self.image @ self.text.T

    def ranks(self) -> Int64[np.ndarray, " h"]:
        """How many hidden texts score at least as high as each hidden row's own: 0 is right, ties count against.

        So does a score that is no number.
        """
        return np.concatenate([self._ranks(part) for part in chunks(len(self.image), max(1, BLOCK // len(self.text)))])

    def _ranks(self, part: slice) -> Int64[np.ndarray, " p"]:
        scores = self.image[part] @ self.text.T
        own = scores[np.arange(len(scores)), np.arange(part.start, part.stop)]
        return (~(scores < own[:, None])).sum(axis=1) - 1


def mean_reciprocal_rank(folds: list[Fold]) -> float:
    """Mean over all hidden rows of 1 / (1 + rank): smoother than accuracy, so better to choose by."""
    return float(np.mean(np.concatenate([1.0 / (1.0 + fold.ranks()) for fold in folds])))


def split_groups(n: int, folds: int, seed: int) -> list[Int64[np.ndarray, " h"]]:
    """Shuffles `range(n)` and cuts it into `folds` parts of nearly equal size."""
    return [np.sort(part) for part in np.array_split(np.random.default_rng(seed).permutation(n), folds)]


def group_kfold(
    rows: Int64[np.ndarray, " n"], folds: int, known: int, seed: int
) -> tuple[list[Int64[np.ndarray, " h"]], list[Int64[np.ndarray, " c"]]]:
    """Parts of `rows`, each hidden once, and beside each at most `known` of the rows that the others hide.

    Raises:
        InputError: Fewer rows than twice the folds.
    """
    if not 2 <= folds <= len(rows) // 2:
        raise InputError(
            f"to hide {len(rows)} rows in {folds} parts",
            f"{len(rows)} different rows that have a text to ask with",
            "pass at least 2 folds, and twice as many rows as folds",
        )
    hidden = [rows[part] for part in split_groups(len(rows), folds, seed)]
    drawn = np.random.default_rng(seed).permutation(rows)
    return hidden, [np.sort(drawn[~np.isin(drawn, part)][:known]) for part in hidden]


def pick(
    groups: Int64[np.ndarray, " n"], asked: Int64[np.ndarray, " q"], rows: Int64[np.ndarray, " h"]
) -> tuple[Int64[np.ndarray, " m"], Int64[np.ndarray, " m"]]:
    """Those of the pairs `asked` whose group is in sorted `rows`, and the position of that group in `rows`."""
    chosen = asked[np.isin(groups[asked], rows)]
    return chosen, np.searchsorted(rows, groups[chosen]).astype(np.int64)


def average(
    matrix: Float[np.ndarray, "n d"],
    groups: Int64[np.ndarray, " n"],
    weight: Float[np.ndarray, " n"] | None = None,
) -> Float[np.ndarray, "g d"]:
    """Weighted mean of the rows of each group; groups are numbered from 0 and none is empty."""
    weight = np.ones(len(groups)) if weight is None else weight
    share = (weight / np.bincount(groups, weight)[groups]).astype(matrix.dtype)
    member = csr_array((share, (groups, np.arange(len(groups)))), shape=(int(groups.max()) + 1, len(groups)))
    return member @ matrix
