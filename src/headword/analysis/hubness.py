"""Hubs: rows that are everybody's neighbour, and rows that are nobody's (Radovanović et al. 2010).

N_k(j) is how many rows have j among their k nearest. A skewed N_k means that a few texts or pictures come up for every
query; dividing their scores by what unrelated queries give them is then worth trying.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int64
from scipy.stats import skew

from headword.analysis.finding import Finding
from headword.analysis.neighbours import nearest, nearest_among
from headword.analysis.nulls import Null, require_permutations
from headword.arrays import as_matrix, unit
from headword.errors import InputError

__all__ = ["Hubness", "hubness"]


@dataclass(frozen=True)
class Hubness(Finding):
    """How unevenly rows are neighbours.

    Attributes:
        n: Rows that can be neighbours.
        queries: Rows that have neighbours.
        k: Neighbours of each.
        skewness: Skewness of N_k over the n rows.
        skewness_null: That skewness where every row's neighbours are drawn at random.
        anti_hubs: Share of rows that are nobody's neighbour.
        anti_hubs_null: That share where neighbours are drawn at random.
        hubs: Rows with the largest N_k, largest first.
        occurrences: Their N_k; k · queries / n is the mean.
    """

    n: int
    queries: int
    k: int
    skewness: float
    skewness_null: Null
    anti_hubs: float
    anti_hubs_null: Null
    hubs: tuple[int, ...]
    occurrences: tuple[int, ...]


def hubness(
    rows: Float[np.ndarray, "n d"],
    queries: Float[np.ndarray, "q d"] | None = None,
    *,
    k: int = 10,
    hubs: int = 10,
    permutations: int = 200,
    seed: int = 0,
) -> Hubness:
    """Hubness of rows among themselves, or as answers to queries of another kind.

    Args:
        rows: (n, d) embeddings that can be neighbours.
        queries: (q, d) embeddings in the same space that have neighbours; `None` takes the rows, without themselves.
        k: Neighbours of each.
        hubs: How many of the largest hubs to name.
        permutations: How often random neighbours are drawn.
        seed: Decides the draws.

    Raises:
        InputError: Not more rows than k, another width, or NaN.
    """
    rows = as_matrix(rows, "rows")
    require_permutations(permutations)
    near = nearest(rows, k) if queries is None else _nearest_to(queries, rows, k)
    counts = np.bincount(near.ravel(), minlength=len(rows))
    rng = np.random.default_rng(seed)
    at_random = [_random_counts(rng, len(near), len(rows), k, others=queries is None) for _ in range(permutations)]
    order = np.argsort(-counts, kind="stable")[:hubs]
    found = [(_skewness(each), float((each == 0).mean())) for each in (counts, *at_random)]
    skewness, absent = np.transpose(found)
    return Hubness(
        n=len(rows),
        queries=len(near),
        k=k,
        skewness=float(skewness[0]),
        skewness_null=Null.of(float(skewness[0]), skewness[1:]),
        anti_hubs=float(absent[0]),
        anti_hubs_null=Null.of(float(absent[0]), absent[1:]),
        hubs=tuple(order.tolist()),
        occurrences=tuple(counts[order].tolist()),
    )


def _nearest_to(queries: Any, rows: np.ndarray, k: int) -> Int64[np.ndarray, "q k"]:
    """The k rows nearest to each query."""
    queries = unit(as_matrix(queries, "queries", width=rows.shape[1]))
    if not 1 <= k < len(rows):
        raise InputError(f"{k} nearest rows of each query", f"{len(rows)} rows", f"pass k from 1 to {len(rows) - 1}")
    return nearest_among(queries, unit(rows), k)


def _random_counts(rng: np.random.Generator, queries: int, n: int, k: int, *, others: bool) -> np.ndarray:
    """N_k where each query's neighbours are drawn alike.

    They are drawn with replacement: that two of a query's k are one row is rare, and spreads N_k by less than k / n.
    """
    drawn = rng.integers(0, n - others, size=(queries, k))
    if others:
        drawn += drawn >= np.arange(n)[:, None]
    return np.bincount(drawn.ravel(), minlength=n)


def _skewness(counts: np.ndarray) -> float:
    """0 where every row is as often a neighbour as any other."""
    return float(skew(counts)) if counts.std() else 0.0
