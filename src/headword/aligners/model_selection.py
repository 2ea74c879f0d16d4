"""Model selection on held-out rows: which rows are hidden when, and values for parameters that are "auto"."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int64

from headword.aligners.checks import require_like
from headword.aligners.folds import Fold, group_kfold, mean_reciprocal_rank, pick
from headword.arrays import equal_rows, first_rows

__all__ = ["MIN_SEARCH_ROWS", "HeldOutPlan", "choose_parameters", "plan_held_out"]

SEARCH_ROWS = 600
"""Rows on which "auto" parameters are chosen, drawn at random: the best values hardly move beyond; the cost does."""

MIN_SEARCH_ROWS = 10
"""With fewer rows nothing can be hidden to any purpose; "auto" is then the middle of the grid."""


@runtime_checkable
class Maps(Protocol):
    """Both maps of a fitted aligner."""

    def transform_image(self, X: Float[np.ndarray, "n dx"]) -> np.ndarray:
        """Image embeddings in the shared space."""

    def transform_text(self, Y: Float[np.ndarray, "n dy"], groups: Int64[np.ndarray, " n"] | None = None) -> np.ndarray:
        """Text embeddings in the shared space, averaged by group."""


@runtime_checkable
class Candidate(Protocol):
    """An aligner whose parameters are chosen."""

    grid: ClassVar[dict[str, tuple[Any, ...]]]

    def _trial(self, X: np.ndarray, Y: np.ndarray, settings: dict[str, Any]) -> Any:
        """A copy with these parameters, to be fitted on such pairs."""

    def _trials(self, X: np.ndarray, Y: np.ndarray, weight: np.ndarray) -> Callable[[Any], list[Fold]]:
        """From a trial aligner to its folds."""


@dataclass(frozen=True, eq=False)
class HeldOutPlan:
    """Which rows are hidden, part by part, and the pairs whose texts ask for them.

    Attributes:
        X: (n, dx) image side, of norm 1.
        Y: (n, dy) text side, of norm 1.
        weight: (n,) importance of each pair.
        groups: (n,) the row of each pair: equal rows of X are one, numbered from 0.
        queries: Sets of pairs, each (q,), that ask for the same rows.
        hidden: The rows of each part, (h,).
        known: For each part some of the rows that other parts hide, (c,): the rows of `Fold.known`.
        related: (r, 2) pairs whose classes are one a kind of the other.
    """

    X: np.ndarray
    Y: np.ndarray
    weight: np.ndarray
    groups: np.ndarray
    queries: list[np.ndarray]
    hidden: list[np.ndarray]
    known: list[np.ndarray]
    related: np.ndarray

    @cached_property
    def rows(self) -> np.ndarray:
        """(g, dx) the different rows of X."""
        return np.asarray(self.X[first_rows(self.groups)])

    def folds(self, fitted: Iterable[Maps]) -> list[list[Fold]]:
        """Folds for each set of queries, by the aligner as it is fitted without each part; may be one that changes."""
        out = [list[Fold]() for _ in self.queries]
        for aligner, rows, known in zip(fitted, self.hidden, self.known, strict=True):
            image = aligner.transform_image(self.rows[rows])
            beside = aligner.transform_image(self.rows[known]) if len(known) else None
            for folds, asked in zip(out, self.queries, strict=True):
                texts, numbers = pick(self.groups, asked, rows)
                folds.append(Fold(rows, image, aligner.transform_text(self.Y[texts], numbers), beside))
        return out


def plan_held_out(
    X: np.ndarray,
    Y: np.ndarray,
    weight: np.ndarray,
    queries: Sequence[np.ndarray],
    related: np.ndarray,
    *,
    folds: int = 5,
    known: int = 0,
    seed: int = 0,
) -> list[tuple[list[int], HeldOutPlan]]:
    """One plan for all sets of queries that ask for the same rows, and the numbers of these sets.

    Takes checked pairs and what else `Aligner.held_out_each` does.

    Raises:
        InputError: Fewer rows to hide than twice the folds.
    """
    groups = equal_rows(X)
    rows = [np.unique(groups[asked]) for asked in queries]
    out = []
    for key, each in {each.tobytes(): each for each in rows}.items():
        same = [i for i, other in enumerate(rows) if other.tobytes() == key]
        parts = group_kfold(each, folds, known, seed)
        out.append((same, HeldOutPlan(X, Y, weight, groups, [queries[i] for i in same], *parts, related)))
    return out


def choose_parameters(aligner: Candidate, X: np.ndarray, Y: np.ndarray, weight: np.ndarray) -> dict[str, Any]:
    """A value for each parameter of `grid`: the caller's, or where "auto" the best on held-out rows.

    One parameter after the other, from the middle of the grid: half the trials of all combinations.

    Raises:
        InputError: The caller's value is neither "auto" nor like those of the grid.
    """
    chosen = {name: getattr(aligner, name) for name in aligner.grid}
    for name, value in chosen.items():
        require_like(value, aligner.grid[name], f"{name} of {type(aligner).__name__}")
    grid = {name: values for name, values in aligner.grid.items() if chosen[name] == "auto"}
    chosen |= {name: values[len(values) // 2] for name, values in grid.items()}
    groups = equal_rows(X) if grid else np.zeros(1, dtype=np.int64)
    n = int(groups.max()) + 1
    if n < MIN_SEARCH_ROWS:
        return chosen
    few = np.random.default_rng(0).permutation(n)[groups] < SEARCH_ROWS
    X, Y, weight = X[few], Y[few], weight[few]
    held_out = aligner._trials(X, Y, weight)
    scores: dict[tuple[Any, ...], float] = {}
    for name, values in grid.items():
        trials = [chosen | {name: value} for value in values]
        for trial in trials:
            key = tuple(trial.values())
            if key not in scores:
                scores[key] = mean_reciprocal_rank(held_out(aligner._trial(X, Y, trial)))
        chosen = max(trials, key=lambda trial: scores[tuple(trial.values())])
    return chosen
