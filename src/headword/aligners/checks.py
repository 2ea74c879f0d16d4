"""What pairs and parameters must be like, and what is said of those that are not."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np

from headword.arrays import as_matrix, unit
from headword.errors import InputError

__all__ = [
    "asked_pairs",
    "checked_groups",
    "checked_pairs",
    "checked_related",
    "related_among",
    "require_like",
    "require_widths",
]


def checked_pairs(X: Any, Y: Any, sample_weight: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unit rows of X and Y and their weights, or what is wrong with them."""
    X = unit(as_matrix(X, "X (image side)"))
    Y = unit(as_matrix(Y, "Y (text side)", rows=len(X)))
    if sample_weight is None:
        return X, Y, np.ones(len(X))
    try:
        weight = np.asarray(sample_weight, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError("sample_weight: numbers", str(error), "pass one weight for each pair, or None") from error
    if weight.shape != (len(X),) or not np.isfinite(weight).all() or (weight < 0).any() or not weight.any():
        raise InputError(
            f"sample_weight: {len(X)} numbers, none negative, not all zero",
            f"shape {weight.shape}, {int((weight < 0).sum())} negative, {int((~np.isfinite(weight)).sum())} not finite",
            "pass one weight for each pair, or None",
        )
    kept = weight > 0
    return X[kept], Y[kept], weight[kept]


def checked_groups(groups: Any, n: int) -> np.ndarray:
    """The group of each of `n` texts, or what is wrong with them."""
    rows = np.asarray(groups)
    whole = rows.shape == (n,) and rows.dtype.kind in "iu"
    if not whole or not np.array_equal(np.unique(rows), np.arange(rows.max() + 1)):
        raise InputError(
            f"groups: {n} numbers from 0, none left out",
            f"shape {rows.shape} of {rows.dtype}" + (f", {len(np.unique(rows))} up to {rows.max()}" if whole else ""),
            "pass one group for each row of Y",
        )
    return rows.astype(np.int64)


def asked_pairs(queries: Any, sample_weight: Any, n: int) -> np.ndarray:
    """Where the pairs `queries` of `n` stand once pairs of weight 0 are gone."""
    rows = np.arange(n) if queries is None else np.asarray(queries)
    if rows.ndim != 1 or rows.dtype.kind not in "iu" or ((rows < 0) | (rows >= n)).any():
        raise InputError(
            f"queries: numbers of pairs, from 0 to {n - 1}",
            f"shape {rows.shape} of {rows.dtype}",
            "pass np.flatnonzero(...) of a mask, or None for all pairs",
        )
    asked = np.zeros(n, dtype=bool)
    asked[rows] = True
    return np.flatnonzero(asked if sample_weight is None else asked[np.asarray(sample_weight) > 0])


def checked_related(related: Any, sample_weight: Any, kept: int) -> np.ndarray:
    """(r, 2) where the pairs that are `related` stand once those of weight 0 are gone and so many are `kept`."""
    n = kept if sample_weight is None else len(sample_weight)
    rows = np.zeros((0, 2), dtype=np.int64) if related is None else np.asarray(related)
    if rows.ndim != 2 or rows.shape[1] != 2 or rows.dtype.kind not in "iu" or ((rows < 0) | (rows >= n)).any():
        raise InputError(
            f"related: rows of X two by two, each numbered from 0 to {n - 1}",
            f"shape {rows.shape} of {rows.dtype}, from {rows.min(initial=0)} to {rows.max(initial=0)}",
            "pass the numbers of two rows for every two that are related, or None",
        )
    return rows if sample_weight is None else related_among(rows, np.asarray(sample_weight) > 0)


def related_among(related: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Those of `related` of which both are `kept`, (n,) bool, by their places among these."""
    place = np.cumsum(kept, dtype=np.int64) - 1
    return place[related[kept[related].all(axis=1)]]


def require_like(value: Any, grid: tuple[Any, ...], asked: str) -> None:
    """Raises `InputError` unless `value` is "auto" or, where the grid holds numbers, one that is not negative."""
    if isinstance(value, str) and value == "auto":
        return
    if all(isinstance(each, Real) for each in grid) and not (isinstance(value, Real) and 0 <= float(value) < np.inf):
        raise InputError(asked, repr(value), f'pass "auto", or a number such as {grid[len(grid) // 2]}')


def require_widths(found: tuple[int, int], before: tuple[int, int]) -> None:
    """Raises `InputError` for rows of other widths, image side and text side, than before."""
    if found != before:
        raise InputError(
            f"pairs of widths {before[0]} and {before[1]}, as before",
            f"widths {found[0]} and {found[1]}",
            "use the same two encoders throughout",
        )
