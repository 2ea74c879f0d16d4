"""Which pictures are near which: nearest others by cosine, exact when they are few and by cells when they are many.

Up to `exact_rows` pictures every pair is compared, in blocks of one matrix product. Beyond, k-means on a sample cuts
the sphere into up to 4,096 cells, and a cell's pictures are compared with the 2,048 or a few more of the cells whose
means are nearest: about 6,000 cosines a picture, not n. Fine cells find more than many comparisons do. What a cell
costs is bounded: one far larger than others is cut again, and where nothing tells its pictures apart, anywhere; each of
a crowd of equals still meets equals.

Index libraries answer one query after another. Here every picture is a query and the queries of a cell share their
candidates, so that all is matrix products: `benchmarks/neighbours.py` measures it beside faiss and usearch.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float32, Int64
from scipy.sparse import coo_array, csr_array

from headword.arrays import chunks, top_k, unit
from headword.errors import InputError

__all__ = ["graph", "neighbours", "ties"]

BLOCK = 2**23
"""Cosines held at once."""
CELL_ROWS, MAX_CELLS = 64, 4096
"""Pictures in a cell, roughly, until there would be more cells than this; then cells grow."""
MIN_COMPARED = 2048
"""Pictures that each one is compared with, at least."""
CELL_SAMPLE, ROUNDS = 20, 5
"""Of k-means: pictures of the sample per cell, and how often its means are taken."""

log = logging.getLogger(__name__)


def neighbours(
    image: Float32[np.ndarray, "n d"], k: int, *, exact_rows: int = 20_000, seed: int = 0
) -> tuple[Int64[np.ndarray, "n k"], Float32[np.ndarray, "n k"]]:
    """The k nearest other pictures of each, nearest first; equally near ones by their place.

    A picture is never its own neighbour; its copy may be. Beyond `exact_rows` pictures some neighbours are missed, few
    where pictures come in groups and most where they are spread evenly over the sphere.

    Args:
        image: (n, d) pictures of norm 1, or 0.
        k: How many; n − 1 where it is more than that.
        exact_rows: Up to how many pictures all pairs are compared.
        seed: Of the sample that cells are made from.

    Returns:
        Places of the neighbours and their cosines, both (n, min(k, n − 1)).

    Raises:
        InputError: k is less than 1.
    """
    if k < 1:
        raise InputError("nearest other pictures", f"k={k}", "pass k of at least 1")
    n = len(image)
    k = min(k, n - 1)
    index, cosine = np.zeros((n, k), np.int64), np.zeros((n, k), np.float32)
    if k == 0:
        return index, cosine
    if n <= exact_rows:
        everyone = np.arange(n)
        compared: Iterator[tuple[np.ndarray, np.ndarray]] = iter([(everyone, everyone)])
    else:
        log.info("%s pictures, more than %s: neighbours are approximate", f"{n:,}", f"{exact_rows:,}")
        compared = comparisons(image, max(MIN_COMPARED, k + 1), np.random.default_rng(seed))
    for rows, others in compared:
        rivals = image if len(others) == n else image[others]
        for part in chunks(len(rows), max(1, BLOCK // len(others))):
            asking = rows[part]
            score = image[asking] @ rivals.T
            score[np.arange(len(asking)), np.searchsorted(others, asking)] = -np.inf
            best = top_k(score, k)
            index[asking], cosine[asking] = others[best], np.take_along_axis(score, best, axis=1)
    return index, np.clip(cosine, -1, 1)


def graph(index: Int64[np.ndarray, "n k"], cosine: Float32[np.ndarray, "n k"], *, power: int | float = 1) -> csr_array:
    """Neighbours as a graph, (n, n) float32 and sparse: how much each picture listens to each other one.

    The weight of a pair is max(cosine, 0)^power if either counts the other among its neighbours. Rows are divided by
    their sums; a picture that nothing resembles keeps a row of zeros.

    Args:
        index: (n, k) places of the neighbours (`neighbours`).
        cosine: (n, k) their cosines.
        power: Above 0; the larger, the more the nearest count.
    """
    both = ties(index, cosine, power=power)
    total = both.sum(axis=1)
    both.data /= np.repeat(np.where(total > 0, total, 1), np.diff(both.indptr)).astype(np.float32)
    return both


def ties(index: Int64[np.ndarray, "n k"], cosine: Float32[np.ndarray, "n k"], *, power: int | float = 1) -> csr_array:
    """The same weights as they are: symmetric, their rows not divided.

    Takes what `graph` does.
    """
    n, k = index.shape
    weight = np.maximum(cosine, 0) ** np.float32(power)
    pairs = np.repeat(np.arange(n), k), index.ravel()
    directed = coo_array((weight.ravel(), pairs), shape=(n, n)).tocsr()
    both = directed.maximum(directed.T).tocsr()
    both.eliminate_zeros()
    return both


def comparisons(
    image: Float32[np.ndarray, "n d"], met: int, rng: np.random.Generator
) -> Iterator[tuple[Int64[np.ndarray, " rows"], Int64[np.ndarray, " others"]]]:
    """Each cell's pictures, and those they are compared with, in order: the nearest cells', `met` or a few more."""
    cells = cut_into_cells(image, np.arange(len(image)), rng)
    mean = unit(np.stack([image[cell].mean(axis=0) for cell in cells])).astype(np.float32)
    size = np.array([len(cell) for cell in cells])
    for i, cell in enumerate(cells):
        nearness = mean @ mean[i]
        nearness[i] = np.inf
        order = np.argsort(-nearness, kind="stable")
        enough = np.searchsorted(np.cumsum(size[order]), met) + 1
        yield cell, np.sort(np.concatenate([cells[j] for j in order[:enough]]))


def cut_into_cells(
    image: Float32[np.ndarray, "n d"], rows: Int64[np.ndarray, " rows"], rng: np.random.Generator
) -> list[Int64[np.ndarray, " cell"]]:
    """Cuts rows into cells of near pictures, none more than four times as large as all would be if they were equal."""
    size = max(CELL_ROWS, len(image) // MAX_CELLS)
    if len(rows) <= 4 * size:
        return [rows]
    count = len(rows) // size
    of = _nearest(image, rows, _centres(image, rows, count, rng))
    order = np.argsort(of, kind="stable")
    parts = [rows[part] for part in np.split(order, np.cumsum(np.bincount(of, minlength=count))[:-1]) if part.size]
    cells = []
    for part in parts:
        whole = len(part) > 0.9 * len(rows)  # copies of one picture: k-means would return them whole for ever
        cells += np.array_split(part, len(part) // size) if whole else cut_into_cells(image, part, rng)
    return cells


def _centres(
    image: Float32[np.ndarray, "n d"], rows: Int64[np.ndarray, " rows"], count: int, rng: np.random.Generator
) -> Float32[np.ndarray, "count d"]:
    """Directions of spherical k-means on a sample; one that nobody is nearest to stays where it is."""
    sample = np.sort(rng.choice(rows, min(len(rows), CELL_SAMPLE * count), replace=False))
    centres = image[rng.choice(sample, count, replace=False)]
    for _ in range(ROUNDS):
        of = _nearest(image, sample, centres)
        total = csr_array((np.ones(len(of), np.float32), (of, np.arange(len(of)))), (count, len(of))) @ image[sample]
        centres = np.where(total.any(axis=1, keepdims=True), unit(total), centres).astype(np.float32)
    return centres


def _nearest(
    image: Float32[np.ndarray, "n d"], rows: Int64[np.ndarray, " rows"], centres: Float32[np.ndarray, "count d"]
) -> Int64[np.ndarray, " rows"]:
    """The centre nearest to each row."""
    parts = chunks(len(rows), max(1, BLOCK // len(centres)))
    return np.concatenate([(image[rows[part]] @ centres.T).argmax(axis=1) for part in parts])
