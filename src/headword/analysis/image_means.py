"""How many pictures is a prototype worth? m_NN with text of a class's mean picture, over n = 1 … 50 pictures a class.

Weight recycling reports that prototypes agree with text better than means of 50 pictures of each class do. The same
classes are compared at every n, and the prototypes on those classes too, for m_NN falls with the number of classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int64

from headword.analysis.neighbours import nearest, nearest_among
from headword.analysis.nulls import Null, Similarity, require_permutations
from headword.arrays import as_matrix, unit
from headword.errors import InputError
from headword.metrics.statistics import Estimate, bootstrap, mean_sd

__all__ = ["MeansCurve", "MeansPoint", "means_against_text"]


@dataclass(frozen=True)
class MeansPoint:
    """Means of n pictures of each class against text.

    Attributes:
        images: How many of each class.
        mean: m_NN, mean over draws of pictures.
        sd: Standard deviation over draws; 0 where all pictures of every class are used.
        gain: m_NN of the prototypes less that of these means, by classes, with its interval.
    """

    images: int
    mean: float
    sd: float
    gain: Estimate

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"gain": self.gain.as_dict()}


@dataclass(frozen=True)
class MeansCurve:
    """m_NN with text of prototypes and of means of more and more pictures.

    Attributes:
        k: Neighbours of each class.
        classes: How many are compared, the same throughout.
        draws: How often pictures were drawn.
        prototypes: m_NN of the prototypes of the same classes, with chance and null; `n` are the candidates.
        points: One for each number of pictures.
    """

    k: int
    classes: int
    draws: int
    prototypes: Similarity
    points: tuple[MeansPoint, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"points": [each.as_dict() for each in self.points]}


def means_against_text(
    images: Float[np.ndarray, "m d"],
    targets: Int64[np.ndarray, " m"],
    prototypes: Float[np.ndarray, "c d"],
    text: Float[np.ndarray, "c q"],
    *,
    counts: Sequence[int] = (1, 3, 5, 10, 50),
    k: int = 10,
    draws: int = 10,
    among_prototypes: bool = False,
    permutations: int = 200,
    seed: int = 0,
) -> MeansCurve:
    """Compares means of n pictures of each class, and the prototypes, with the classes' texts.

    Args:
        images: (m, d) embeddings; each counts by its direction.
        targets: (m,) the class of each, a row of `prototypes`.
        prototypes: (c, d) rows of the head.
        text: (c, q) embeddings of the classes' texts.
        counts: Numbers of pictures; classes with fewer than the largest are left out at every number.
        k: Neighbours of each class.
        draws: How often pictures are drawn.
        among_prototypes: Look for a mean's neighbours among the prototypes of all other classes, where few classes have
            images: ten of them decide nothing among themselves. Both kinds should then be centred.
        permutations: How often texts are given each other's classes, for the prototypes' null.
        seed: Decides draws and permutations.

    Raises:
        InputError: Rows that do not fit together, no class has so many pictures, or not more candidates than k.
    """
    prototypes = as_matrix(prototypes, "prototypes")
    text = as_matrix(text, "text", rows=len(prototypes))
    images = unit(as_matrix(images, "pictures", width=prototypes.shape[1]))
    of_class = _of_class(targets, len(images), len(prototypes))
    require_permutations(permutations)
    used = _used(of_class, counts, draws)
    among = np.arange(len(prototypes)) if among_prototypes else used
    own, rng = np.searchsorted(among, used), np.random.default_rng(seed)
    near_text, gallery = nearest(text[among], k), unit(prototypes[among])
    near_prototype = nearest_among(gallery[own], gallery, k, own)
    exact = _agreements(near_prototype, near_text[own])
    points = []
    for count in counts:
        found = np.empty((draws, len(used)))
        for each in found:
            drawn = np.array([rng.choice(of_class[row], count, replace=False) for row in used])
            means = unit(images[drawn].mean(axis=1))
            each[:] = _agreements(nearest_among(means, gallery if among_prototypes else means, k, own), near_text[own])
        mean, sd = mean_sd(found.mean(axis=1).tolist())
        points.append(MeansPoint(count, mean, sd, bootstrap(exact - found.mean(axis=0), seed=seed)))
    value = float(exact.mean())
    null = Null.of(value, _permuted(near_prototype, near_text, own, permutations, rng))
    chance = k / (len(among) - 1)
    return MeansCurve(k, len(used), draws, Similarity("mutual k-NN", value, len(among), k, chance, null), tuple(points))


def _used(of_class: list[np.ndarray], counts: Sequence[int], draws: int) -> Int64[np.ndarray, " u"]:
    """Classes that have enough pictures for every number."""
    if not counts or min(counts) < 1 or draws < 1:
        raise InputError("means of n pictures", f"counts={tuple(counts)}, draws={draws}", "pass numbers from 1")
    used = np.array([row for row, each in enumerate(of_class) if len(each) >= max(counts)], dtype=np.int64)
    if not len(used):
        most = max(map(len, of_class))
        raise InputError(f"means of {max(counts)} pictures of each class", f"at most {most}", "pass smaller counts")
    return used


def _agreements(near_image: np.ndarray, near_text: np.ndarray) -> np.ndarray:
    """(u,) share of each class's neighbours that are the text's too."""
    shares: np.ndarray = (near_image[:, :, None] == near_text[:, None, :]).any(axis=2).mean(axis=1)
    return shares


def _permuted(
    near_image: np.ndarray, near_text: np.ndarray, own: np.ndarray, permutations: int, rng: np.random.Generator
) -> np.ndarray:
    """(p,) mean agreement where texts have been given each other's classes."""
    out = []
    for _ in range(permutations):
        order = rng.permutation(len(near_text))
        out.append(_agreements(near_image, np.argsort(order)[near_text[order[own]]]).mean())
    return np.array(out)


def _of_class(targets: Any, images: int, classes: int) -> list[np.ndarray]:
    numbers = np.asarray(targets, dtype=np.int64)
    if numbers.shape != (images,) or numbers.min() < 0 or numbers.max() >= classes:
        raise InputError(
            f"for each of {images} pictures its class, from 0 to {classes - 1}",
            f"{numbers.size} numbers from {numbers.min(initial=0)} to {numbers.max(initial=0)}",
            "number them as the rows of prototypes",
        )
    return [np.flatnonzero(numbers == row) for row in range(classes)]
