"""Can a plane tell two kinds of embedding apart? Fisher's discriminant on rows it has not seen, and a control.

    w = (S + ρ tr(S)/d I)⁻¹ (mean(A) − mean(B)),   cut half-way between the kinds' means along w

S is the covariance of all rows together, which gives the direction that the covariance within kinds gives, and is the
same whatever the kinds are called: one factorisation serves the true kinds and all shuffled ones.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32
from scipy.linalg import cho_factor, cho_solve

from headword.analysis.nulls import Null
from headword.arrays import unit

__all__ = ["FEWEST", "FOLDS", "separability"]

RIDGE = 1e-2
"""Share of the mean variance: rows may be fewer than columns."""

FOLDS = 5
FEWEST = 2 * FOLDS
"""Rows of a kind: two for each fold."""


def separability(
    rows: Float32[np.ndarray, "n d"],
    kind: Bool[np.ndarray, " n"],
    *,
    centre: bool = False,
    paired: bool = False,
    shuffles: int = 20,
    seed: int = 0,
) -> tuple[float, Null]:
    """Balanced accuracy over folds with the true kinds, and with shuffled kinds; chance is 1/2.

    Args:
        rows: (n, d) of both kinds.
        kind: (n,) which of the two each is.
        centre: Take each kind's mean off its rows first and make them unit again. The means are those of the rows that
            the discriminant learns from: taken over all rows, they would lean away from each row it is tested on.
        paired: The i-th rows of both kinds belong together and stay in one fold: a row whose partner is learnt from
            would be called what its partner is.
        shuffles: How often the control shuffles kinds.
        seed: Decides folds and shuffles.
    """
    rng = np.random.default_rng(seed)
    called = np.stack([kind, *(rng.permutation(kind) for _ in range(shuffles))])
    fold = np.empty(len(rows), dtype=np.int64)
    fold[kind] = rng.permutation(int(kind.sum())) % FOLDS
    fold[~kind] = fold[kind] if paired else rng.permutation(int((~kind).sum())) % FOLDS
    hits, sizes = np.zeros((2, len(called))), np.zeros((2, len(called)))
    for part in range(FOLDS):
        learns, tested = fold != part, fold == part
        treated = _centred(rows, kind, learns) if centre else rows
        predicted = _predicted_kinds(treated[learns], called[:, learns], treated[tested])
        for side, value in enumerate((True, False)):
            asked = called[:, tested] == value
            hits[side] += (asked & (predicted == value)).sum(axis=1)
            sizes[side] += asked.sum(axis=1)
    accuracy = (hits / sizes).mean(axis=0)
    return float(accuracy[0]), Null.of(float(accuracy[0]), accuracy[1:])


def _centred(rows: np.ndarray, kind: np.ndarray, learns: np.ndarray) -> np.ndarray:
    """Each kind less the mean of its rows among those learnt from, unit again."""
    means = np.stack([rows[learns & (kind == value)].mean(axis=0) for value in (False, True)])
    return unit(rows - means[kind.astype(np.int64)])


def _predicted_kinds(learnt: np.ndarray, called: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """(s, a) the kind of the rows asked for, by each of s ways (s, n) to call the rows learnt from."""
    mean = learnt.mean(axis=0)
    learnt = learnt - mean
    scatter = learnt.T @ learnt
    scatter[np.diag_indices(len(scatter))] += RIDGE * np.trace(scatter) / len(scatter) + np.finfo(np.float32).tiny
    share = called / called.sum(axis=1, keepdims=True)
    other = ~called / (~called).sum(axis=1, keepdims=True)
    first, second = (each.astype(np.float32) @ learnt for each in (share, other))
    direction = cho_solve(cho_factor(scatter, lower=True, check_finite=False), (first - second).T, check_finite=False)
    middle = ((first + second) / 2 * direction.T).sum(axis=1)
    predicted: np.ndarray = ((asked - mean) @ direction > middle).T
    return predicted
