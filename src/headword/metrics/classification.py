"""Figures of classification, from scores and targets alone.

A tie counts against: an image whose own class scores no higher than another is wrong. A model that gives all classes
one score is then right never, and not, by the order of the classes, sometimes.

Throughout, row i of `scores` (n, c) holds the scores of image i with every class, `targets` (n,) its class, `predicted`
(n,) the class it was given, and `right` (n,) whether that is its class. `scores` without rows or with NaN, and targets
that are not their columns, are an `InputError`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64
from sklearn.metrics import f1_score

from headword.errors import InputError

__all__ = [
    "class_error", "class_shares", "confusion_pairs", "first_choices", "harmonic_mean", "macro_f1", "mean_per_class",
    "ranks", "top_k_accuracy", "weighted_f1",
]  # fmt: skip


def ranks(scores: Float[np.ndarray, "n c"], targets: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
    """How many other classes score at least as high as each picture's own: 0 is right."""
    scores, targets = _checked(scores, targets)
    own = scores[np.arange(len(scores)), targets]
    return (scores >= own[:, None]).sum(axis=1) - 1


def first_choices(scores: Float[np.ndarray, "n c"], targets: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
    """The class each picture is given: its own where that alone is best, else the best of the others."""
    right = ranks(scores, targets) == 0
    others = np.where(np.arange(np.shape(scores)[1]) == np.asarray(targets)[:, None], -np.inf, scores)
    return np.where(right, targets, others.argmax(axis=1))


def top_k_accuracy(scores: Float[np.ndarray, "n c"], targets: Int64[np.ndarray, " n"], k: int = 1) -> float:
    """Share of images whose class is among the `k` best, from 1; chance is k / c."""
    if k < 1:
        raise InputError("accuracy among the k best", f"k={k}", "ask for 1 or more")
    return float((ranks(scores, targets) < k).mean())


def class_shares(
    right: Bool[np.ndarray, " n"], targets: Int64[np.ndarray, " n"], classes: int
) -> tuple[Int64[np.ndarray, " c"], Float64[np.ndarray, " c"]]:
    """Pictures of each class, and the share of them that is right; NaN for a class without pictures."""
    sizes = np.bincount(targets, minlength=classes)
    hits = np.bincount(targets, right, minlength=classes)
    shares = np.divide(hits, sizes, out=np.full(classes, np.nan), where=sizes > 0)
    return sizes, shares


def class_error(sizes: Int64[np.ndarray, " c"], shares: Float64[np.ndarray, " c"]) -> float:
    """Standard error of a mean over classes, over pictures within them; NaN for a single picture.

    A class with one picture has no spread of its own: it gets that of a picture of any class, which errs upwards.

    Args:
        sizes: (c,) pictures of each class; classes without any do not count.
        shares: (c,) how many of them are right.
    """
    sizes, shares = sizes[sizes > 0], shares[sizes > 0]
    classes, mean = len(sizes), shares.mean()
    any_class = mean * (1 - mean) * classes / (classes - 1) if classes > 1 else np.nan
    variance = np.where(sizes > 1, shares * (1 - shares) / np.maximum(sizes - 1, 1), any_class)
    return float(np.sqrt(variance.sum()) / classes)


def mean_per_class(right: Bool[np.ndarray, " n"], targets: Int64[np.ndarray, " n"]) -> float:
    """Mean over the classes that have pictures of the share that is right: balanced accuracy."""
    return float(np.nanmean(class_shares(right, targets, int(targets.max()) + 1)[1]))


def confusion_pairs(
    predicted: Int64[np.ndarray, " n"], targets: Int64[np.ndarray, " n"], most: int = 20
) -> list[tuple[int, int, int]]:
    """The wrong answers given most often: (class, what it was taken for, times), most frequent first.

    Args:
        predicted: (n,) the class each picture was given.
        targets: (n,) its class.
        most: How many to list; pairs as frequent are in the order of their classes.
    """
    wrong = predicted != targets
    pairs, times = np.unique(np.column_stack([targets[wrong], predicted[wrong]]), axis=0, return_counts=True)
    order = np.argsort(-times, kind="stable")[:most]
    return [(int(pairs[i, 0]), int(pairs[i, 1]), int(times[i])) for i in order]


def macro_f1(predicted: Int64[np.ndarray, " n"], targets: Int64[np.ndarray, " n"]) -> float:
    """Mean F1 of the classes that have pictures."""
    return _f1(predicted, targets, "macro")


def weighted_f1(predicted: Int64[np.ndarray, " n"], targets: Int64[np.ndarray, " n"]) -> float:
    """Mean F1 of the classes, weighted by their pictures."""
    return _f1(predicted, targets, "weighted")


def harmonic_mean(first: float, second: float) -> float:
    """2ab / (a + b), and 0 where both are: high only where both are."""
    return 2 * first * second / (first + second) if first + second else 0.0


def _f1(predicted: np.ndarray, targets: np.ndarray, average: str) -> float:
    return float(f1_score(targets, predicted, labels=np.unique(targets), average=average, zero_division=0))


def _checked(scores: Any, targets: Any) -> tuple[np.ndarray, np.ndarray]:
    scores, targets = np.asarray(scores), np.asarray(targets)
    if scores.ndim != 2 or not scores.size or targets.shape != (len(scores),):
        raise InputError(
            "scores (n, c) with one target for each row",
            f"shapes {scores.shape} and {targets.shape}",
            "pass a row of scores and a class for each picture",
        )
    if np.isnan(scores).any():
        raise InputError(
            "scores that can be compared",
            f"NaN in {int(np.isnan(scores).any(axis=1).sum())} of {len(scores)} rows",
            "leave out pictures that could not be read: `encoder.embed(...)` names them",
        )
    if targets.min() < 0 or targets.max() >= scores.shape[1]:
        raise InputError(
            f"targets among {scores.shape[1]} classes",
            f"numbers from {targets.min()} to {targets.max()}",
            "number the classes by their columns, from 0",
        )
    return scores, targets
