"""A planted folder: pictures around hidden means, and labels that know these means in part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from headword.adapters import LinearScores
from headword.arrays import unit

WIDTH = 24


@dataclass(frozen=True)
class Folder:
    """Pictures (n, WIDTH) of norm 1, the label that each one shows, and the plain scores of all labels."""

    image: np.ndarray
    classes: np.ndarray
    plain: LinearScores

    def accuracy(self, scores: np.ndarray) -> float:
        return float((scores.argmax(axis=1) == self.classes).mean())


def planted_folder(
    counts: Sequence[int] = (30,) * 5,
    seed: int = 0,
    *,
    noise: float = 0.15,
    misheard: float = 0.2,
    habit: float = 0.5,
    known: bool = True,
) -> Folder:
    """Pictures of each label, in an order of their own.

    Args:
        counts: Pictures of each label.
        seed: Of everything.
        noise: Of a picture around its label's mean, in each direction.
        misheard: Of a label's direction around its mean, in each direction.
        habit: How much all pictures look like the first label.
        known: Whether labels have to do with the pictures at all.
    """
    rng = np.random.default_rng(seed)
    means, others = unit(rng.normal(size=(2 * len(counts), WIDTH))).reshape(2, len(counts), WIDTH)
    classes = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    image = unit(means[classes] + habit * means[0] + noise * rng.normal(size=(len(classes), WIDTH)))
    text = unit((means if known else others) + misheard * rng.normal(size=means.shape))
    return Folder(image.astype(np.float32), classes, plain_scores(10 * text))


def plain_scores(weight: np.ndarray, bias: np.ndarray | float = 0.0) -> LinearScores:
    m, k = weight.shape
    full = np.broadcast_to(np.asarray(bias, np.float32), (m,)).copy()
    return LinearScores(weight.astype(np.float32), full, np.zeros(k, np.float32))


@pytest.fixture(scope="session")
def folder() -> Callable[..., Folder]:
    """Makes a planted folder: see `planted_folder`."""
    return planted_folder


@pytest.fixture(scope="session")
def scores() -> Callable[..., LinearScores]:
    """Makes plain scores of weights (m, k) and a bias."""
    return plain_scores
