"""A data set without splits, cut into pictures to learn from and pictures to judge by."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from headword.datasets.base import Labelled
from headword.errors import InputError

__all__ = ["holdout"]


def holdout(data: Labelled, share: float, *, seed: int = 42) -> tuple[Labelled, Labelled]:
    """Cuts class by class: the pool to learn from, and the test part.

    Args:
        data: The pictures; those of one class come to lie in both parts.
        share: Of each class's pictures, how much is for the test: rounded, at least one, and one at least stays.
        seed: Of the cut. Results are comparable only where it is the same, so that it is not the seed of the shots.

    Raises:
        InputError: A share not between 0 and 1, or a class with a single picture.
    """
    asked = f"to hold {share!r} of {data.name} ({data.split}) out"
    if not 0 < share < 1:
        raise InputError(asked, "no share between 0 and 1", "pass one, such as 0.5")
    sizes = np.bincount(data.targets, minlength=len(data.labels))
    if (sizes == 1).any():
        first = data.labels.names[int((sizes == 1).argmax())]
        few = f"{(sizes == 1).sum()} classes have a single picture, first {first!r}"
        raise InputError(asked, few, "give each class two pictures or more, or none")
    test = np.zeros(len(data), dtype=bool)
    for each in np.flatnonzero(sizes).tolist():
        members = np.random.default_rng([seed, each]).permutation(np.flatnonzero(data.targets == each))
        test[members[: min(max(round(share * len(members)), 1), len(members) - 1)]] = True
    name = f"{data.split}, {share:g} held out"
    return replace(data.take(~test), split=f"{name}: pool"), replace(data.take(test), split=f"{name}: test")
