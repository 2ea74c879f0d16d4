"""Figures of generalised zero-shot recognition, from scores and targets alone.

Known names have a handicap: what is taken from their scores before they compete with new ones (calibrated stacking;
Chao et al., ECCV 2016). Each picture tips at one handicap, and all figures follow from these tipping points. A tie
counts against.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64

from headword._repr import short_repr
from headword.errors import InputError
from headword.metrics.classification import harmonic_mean

__all__ = ["Balance", "generalised_scores", "tipping_points"]


@dataclass(frozen=True, eq=False)
class Balance:
    """How well known and new classes are told apart and recognised. All shares are means over classes.

    Attributes:
        seen: Share of pictures of known classes that is right.
        unseen: Share of pictures of new classes that is right.
        harmonic_mean: Of the two.
        ausuc: Area under the curve of `seen` over `unseen`.
        right: (n,) whether each picture is right.
        curve: (p, 3) handicap, seen, unseen: from all for the known names to all for the new ones.
    """

    seen: float
    unseen: float
    harmonic_mean: float
    ausuc: float
    right: Bool[np.ndarray, " n"]
    curve: Float64[np.ndarray, "p 3"]

    __repr__ = short_repr


def tipping_points(
    seen_scores: Float[np.ndarray, "n s"], unseen_scores: Float[np.ndarray, "n u"], targets: Int64[np.ndarray, " n"]
) -> Float64[np.ndarray, " n"]:
    """The handicap of known names at which each picture tips.

    A picture of a known class is right below it, one of a new class above it; -inf and inf say never.

    Args:
        seen_scores: (n, s) of every picture with the known classes.
        unseen_scores: (n, u) of every picture with the new classes.
        targets: (n,) its class: 0…s-1 are known, s…s+u-1 new.

    Raises:
        InputError: NaN, or shapes or targets that do not fit.
    """
    n, known = seen_scores.shape
    bad = targets.shape != (n,) or len(unseen_scores) != n or not known or not unseen_scores.shape[1]
    if bad or targets.min() < 0 or targets.max() >= known + unseen_scores.shape[1]:
        raise InputError(
            "scores of known and of new classes for each picture, and its class among both",
            f"shapes {seen_scores.shape}, {unseen_scores.shape} and {targets.shape}",
            "number known classes from 0, and new ones on from there",
        )
    if np.isnan(seen_scores).any() or np.isnan(unseen_scores).any():
        raise InputError("scores that can be compared", "NaN", "leave out pictures that could not be read")
    scores = np.column_stack([seen_scores, unseen_scores]).astype(np.float64)
    own = scores[np.arange(n), targets]
    scores[np.arange(n), targets] = -np.inf
    best_known, best_new = scores[:, :known].max(axis=1), scores[:, known:].max(axis=1)
    return np.where(
        targets < known,
        np.where(own > best_known, own - best_new, -np.inf),
        np.where(own > best_new, best_known - own, np.inf),
    )


def generalised_scores(
    tipping: Float64[np.ndarray, " n"], targets: Int64[np.ndarray, " n"], known: int, *, offset: float = 0.0
) -> Balance:
    """Accuracy on known and on new classes at one handicap, and the curve over all of them.

    The area is exact: the (weighted) share of pairs of a picture of a known and one of a new class that some handicap
    gets both right.

    Args:
        tipping: (n,) of `tipping_points`.
        targets: (n,) the class of each picture.
        known: How many classes are known; they come first.
        offset: Handicap: what is taken from the scores of known names.

    Raises:
        InputError: No picture of a known class, or none of a new one.
    """
    of_known = targets < known
    if of_known.all() or not of_known.any():
        raise InputError(
            "pictures of known and of new classes",
            f"{int(of_known.sum())} of known and {int((~of_known).sum())} of new ones",
            "pass a data set with both, or evaluate one kind by `zero_shot`",
        )
    right = np.where(of_known, offset < tipping, tipping < offset)
    old, new = _sorted(tipping[of_known], targets[of_known]), _sorted(tipping[~of_known], targets[~of_known])
    handicaps = np.unique(tipping[np.isfinite(tipping)])
    # Between two tipping points nothing changes: one handicap below all, one between each two, one above all.
    stops = np.concatenate([handicaps[:1] - 1, (handicaps[1:] + handicaps[:-1]) / 2, handicaps[-1:] + 1])
    stops = stops if len(stops) else np.zeros(1)
    curve = np.column_stack([stops, _above(old, stops), _below(new, stops)])
    area = float(new[1] @ _above(old, new[0]))
    seen, unseen = float(_above(old, np.array([offset]))[0]), float(_below(new, np.array([offset]))[0])
    return Balance(seen, unseen, harmonic_mean(seen, unseen), area, right, curve)


def _weights(targets: np.ndarray) -> np.ndarray:
    """Of pictures, so that a weighted sum is the mean over classes."""
    _, numbers, sizes = np.unique(targets, return_inverse=True, return_counts=True)
    return 1 / (len(sizes) * sizes[numbers])


def _sorted(tipping: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(tipping, kind="stable")
    return tipping[order], _weights(targets)[order]


def _above(sorted_points: tuple[np.ndarray, np.ndarray], at: np.ndarray) -> np.ndarray:
    """Weight of the points above each of `at`."""
    points, weights = sorted_points
    left = np.concatenate([[0.0], np.cumsum(weights)])
    return left[-1] - left[np.searchsorted(points, at, side="right")]


def _below(sorted_points: tuple[np.ndarray, np.ndarray], at: np.ndarray) -> np.ndarray:
    """Weight of the points below each of `at`."""
    points, weights = sorted_points
    return np.concatenate([[0.0], np.cumsum(weights)])[np.searchsorted(points, at)]
