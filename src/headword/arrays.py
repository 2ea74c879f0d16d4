"""Arrays at the public doors: shapes, finiteness, unit norm, chunked top-k."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Float32, Int64, Shaped

from headword.errors import InputError

__all__ = ["as_matrix", "as_whole", "chunks", "equal_rows", "first_rows", "top_k", "unit"]

EPS = 1e-12


def as_matrix(
    value: Any, name: str, *, width: int | None = None, rows: int | None = None
) -> Float32[np.ndarray, "n d"]:
    """Returns `value` as a finite float32 matrix, or says what is wrong with it.

    Args:
        value: Anything NumPy can read as numbers.
        name: What the argument is called in error messages.
        width: Number of columns it must have.
        rows: Number of rows it must have.

    Raises:
        InputError: Not two-dimensional, empty, of another size, or holding NaN or infinity.
    """
    try:
        matrix = np.asarray(value, dtype=np.float32, order="C")  # layout decides the last bits of a product
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} as an (n, d) matrix of numbers", str(error), "pass a float array") from error
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise InputError(
            f"{name} as an (n, d) matrix with at least one row and one column",
            f"an array of shape {matrix.shape}",
            "pass one row per item; for a single vector use vector[None, :]",
        )
    if width is not None and matrix.shape[1] != width:
        raise InputError(
            f"{name} with {width} columns",
            f"{matrix.shape[1]} columns",
            "use embeddings of the encoder this was fitted on",
        )
    if rows is not None and len(matrix) != rows:
        raise InputError(f"{name} with {rows} rows", f"{len(matrix)} rows", "pass one row for each row of its partner")
    finite = np.isfinite(matrix).all(axis=1)
    if not finite.all():
        bad = np.flatnonzero(~finite)
        raise InputError(
            f"{name} with finite numbers only",
            f"NaN or infinity in {len(bad)} of {len(matrix)} rows, first in row {bad[0]}",
            "drop those rows; a picture that could not be read is a row of NaN: `encoder.embed(...)` names it",
        )
    return matrix


def as_whole(value: Any, name: str) -> Int64[np.ndarray, " n"]:
    """Returns `value` as whole numbers, or says what is wrong with it: a float or a truth value is not cut to one.

    Args:
        value: Anything NumPy can read as numbers; none at all are whole.
        name: What the argument is called in error messages.

    Raises:
        InputError: Not one-dimensional, or of another type.
    """
    numbers = np.asarray(value)
    if numbers.ndim != 1 or (numbers.dtype.kind not in "iu" and numbers.size):
        found = f"{numbers.dtype} of shape {numbers.shape}"
        raise InputError(f"{name} as whole numbers (n,)", found, "pass an int64 array")
    return numbers.astype(np.int64)


def unit(matrix: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
    """Rows divided by their L2 norm; a zero row stays zero."""
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix / np.maximum(norms, EPS)


def chunks(n: int, size: int) -> list[slice]:
    """Slices of at most `size` that cover `range(n)` in order."""
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]


def equal_rows(X: Shaped[np.ndarray, "n d"]) -> Int64[np.ndarray, " n"]:
    """Numbers equal rows alike, in order of first appearance: the texts of one class, the captions of one picture."""
    seen: dict[bytes, int] = {}
    return np.array([seen.setdefault(row.tobytes(), len(seen)) for row in np.ascontiguousarray(X)], dtype=np.int64)


def first_rows(groups: Shaped[np.ndarray, " n"]) -> Int64[np.ndarray, " g"]:
    """Where each group stands first, in the order of the groups' numbers."""
    return np.unique(groups, return_index=True)[1].astype(np.int64)


def top_k(scores: Float[np.ndarray, "n m"], k: int) -> Int64[np.ndarray, "n k"]:
    """Column indices of the `k` largest scores of each row, best first; ties go to the lower index."""
    low, k = -scores, min(k, scores.shape[1])
    if k >= scores.shape[1] // 4:
        return np.argsort(low, axis=1, kind="stable")[:, :k].astype(np.int64)
    best = np.argpartition(low, k - 1, axis=1)[:, :k]
    cut = np.take_along_axis(low, best, axis=1).max(axis=1, keepdims=True)
    # Of several equal scores at the cut argpartition takes any.
    tied = np.flatnonzero(np.count_nonzero(low <= cut, axis=1) > k)
    if tied.size:
        above, level = low[tied] < cut[tied], low[tied] == cut[tied]
        room = k - np.count_nonzero(above, axis=1, keepdims=True)
        best[tied] = np.nonzero(above | (level & (np.cumsum(level, axis=1) <= room)))[1].reshape(-1, k)
    best.sort(axis=1)
    order = np.argsort(np.take_along_axis(low, best, axis=1), axis=1, kind="stable")
    return np.take_along_axis(best, order, axis=1).astype(np.int64)
