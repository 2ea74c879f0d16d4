"""Do two spaces agree on who is near whom? Mutual and cycle k-NN alignment, and where they agree and differ by name.

    mutual k-NN = mean over i of |N_A(i) ∩ N_B(i)| / k
    cycle k-NN  = share of i with i ∈ N_B(j) for some j ∈ N_A(i)

N_A(i) are the k nearest others of row i by cosine. Mutual k-NN is the measure of the Platonic representation hypothesis
(Huh et al. 2024), and m_NN of weight recycling. For rows paired at random its mean is exactly k / (n − 1): every edge
of one graph meets each of the n (n − 1) places of the other with the same probability. It falls as n grows, so figures
of different n do not compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64

from headword._repr import short_repr
from headword.adapters import knn_graph
from headword.analysis.finding import Finding
from headword.analysis.nulls import Null, Similarity, paired_rows, require_permutations
from headword.arrays import as_matrix, chunks, top_k, unit
from headword.errors import InputError

__all__ = ["Neighbourhood", "mutual_neighbours", "nearest", "nearest_among", "neighbourhoods"]

BLOCK = 2**24
"""Similarities held at once."""


@dataclass(frozen=True)
class Neighbourhood(Finding):
    """Neighbours of one row in two spaces, by name.

    Attributes:
        row: Its place among the rows.
        name: What it is called.
        agreement: Share of the k neighbours that both spaces name.
        shared: Neighbours in both, nearest in A first.
        only_a: Neighbours in A alone.
        only_b: Neighbours in B alone.
    """

    row: int
    name: str
    agreement: float
    shared: tuple[str, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]

    __repr__ = short_repr


def nearest(rows: Float[np.ndarray, "n d"], k: int) -> Int64[np.ndarray, "n k"]:
    """The k nearest others of each row by cosine, nearest first: exact, in blocks of one matrix product.

    Args:
        rows: (n, d) embeddings.
        k: How many, less than n.

    Raises:
        InputError: Not at least k + 1 rows, or NaN.
    """
    rows = unit(as_matrix(rows, "rows"))
    _require_k((k,), len(rows))
    return knn_graph.neighbours(rows, k, exact_rows=len(rows))[0]


def nearest_among(
    rows: Float[np.ndarray, "q d"],
    others: Float[np.ndarray, "n d"],
    k: int,
    own: Int64[np.ndarray, " q"] | None = None,
) -> Int64[np.ndarray, "q k"]:
    """The k unit rows of others that are nearest to each unit row, without its own place where it has one."""
    out = np.empty((len(rows), k), dtype=np.int64)
    for part in chunks(len(rows), max(1, BLOCK // len(others))):
        scores = rows[part] @ others.T
        if own is not None:
            scores[np.arange(len(scores)), own[part]] = -np.inf
        out[part] = top_k(scores, k)
    return out


def mutual_neighbours(
    A: Float[np.ndarray, "n p"],
    B: Float[np.ndarray, "n q"],
    ks: Sequence[int] = (3, 5, 10),
    *,
    permutations: int = 200,
    seed: int = 0,
) -> tuple[Similarity, ...]:
    """Mutual and cycle k-NN for each k.

    Args:
        A: (n, p) rows of one space.
        B: (n, q) rows of the other, in the same order.
        ks: How many neighbours of each row, one or more numbers.
        permutations: How often rows are given each other's partners.
        seed: Decides the permutations.

    Raises:
        InputError: Not as many rows of both, not more rows than k, no k, or NaN.
    """
    A, B = paired_rows(A, B, 3)
    n = len(A)
    _require_k(ks, n)
    require_permutations(permutations)
    near_a, near_b = (nearest(each, max(ks)) for each in (A, B))
    rng = np.random.default_rng(seed)
    orders = [np.arange(n), *(rng.permutation(n) for _ in range(permutations))]
    out = []
    for k in ks:
        mutual, cycle = np.transpose([_overlaps(near_a[:, :k], near_b[:, :k], order) for order in orders])
        out.append(Similarity("mutual k-NN", mutual[0], n, k, k / (n - 1), Null.of(mutual[0], mutual[1:])))
        out.append(Similarity("cycle k-NN", cycle[0], n, k, None, Null.of(cycle[0], cycle[1:])))
    return tuple(out)


def neighbourhoods(
    A: Float[np.ndarray, "n p"], B: Float[np.ndarray, "n q"], names: Sequence[str], k: int = 10
) -> tuple[Neighbourhood, ...]:
    """Each row's neighbours in both spaces, those that agree most first.

    Args:
        A: (n, p) rows of one space.
        B: (n, q) rows of the other, in the same order.
        names: (n,) what the rows are called.
        k: Number of neighbours.

    Raises:
        InputError: Not as many rows of both or names, or not more rows than k.
    """
    A, B = paired_rows(A, B, 2)
    if len(names) != len(A):
        raise InputError(f"a name for each of {len(A)} rows", f"{len(names)} names", "pass one for each, in order")
    found = []
    for row, (in_a, in_b) in enumerate(zip(nearest(A, k).tolist(), nearest(B, k).tolist(), strict=True)):
        shared, only_a = ([j for j in in_a if (j in in_b) is both] for both in (True, False))
        only_b = [j for j in in_b if j not in in_a]
        called = [tuple(names[j] for j in each) for each in (shared, only_a, only_b)]
        found.append(Neighbourhood(row, names[row], len(shared) / k, *called))
    return tuple(sorted(found, key=lambda each: -each.agreement))


def _overlaps(a: np.ndarray, b: np.ndarray, order: np.ndarray) -> tuple[float, float]:
    """Mutual and cycle k-NN where row i of A belongs to row order[i] of B."""
    renamed = np.argsort(order)[b[order]]
    mutual = (renamed[:, :, None] == a[:, None, :]).any(axis=2).mean()
    returned = (renamed[a] == np.arange(len(a))[:, None, None]).any(axis=(1, 2)).mean()
    return float(mutual), float(returned)


def _require_k(ks: Sequence[int], n: int) -> None:
    if not ks or min(ks) < 1 or max(ks) >= n:
        raise InputError(
            f"k nearest neighbours, k = {', '.join(map(str, ks)) or 'nothing'}",
            f"{n} rows",
            f"pass k from 1 to {n - 1}; each row needs k others",
        )
