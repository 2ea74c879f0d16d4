"""Soft prototype refinement: labels move part of the way to the pictures that are assigned to them, and again.

    zᵢ = n(xᵢ − μ)                                centred pictures (`Centre`)
    qᵢ = softmax( s(zᵢ; P) )                      assign
    Pⱼ = n( keep · tⱼ + (1 − keep) · n(Σᵢ qᵢⱼ zᵢ) )     move, from the label's own direction tⱼ every time

Clustering on the sphere with soft assignments (movMF; Banerjee et al., JMLR 2005). Ours: the tie to the text, always
for the same share of the way, and a label's steepness, which stays the calibration's. Shares of labels are not assumed,
yet the prototype of a label that does not occur moves to pictures of others as far as any: see `Careful`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32
from scipy.special import softmax

from headword.adapters.base import Adapted, Adapter, LinearScores
from headword.adapters.centre import IMAGES, centred
from headword.aligners.parameters import Count, NotNegative, Share
from headword.arrays import unit

__all__ = ["Refine", "moved"]

MIN_TOTAL = 1e-6
"""A label with less of the pictures than this keeps its direction: the rest is rounding."""


@dataclass(eq=False, repr=False)
class Refine(Adapter):
    """Assigns pictures, moves prototypes, repeats.

    Args:
        rounds: Of assigning and moving.
        keep: Share of a label's own direction in its prototype.
        images: How many it takes to centre them half-way.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> means, classes = rng.normal(size=(3, 32)), np.arange(90) % 3
        >>> image = means[classes] + 0.7 * rng.normal(size=(90, 32))
        >>> text = unit(means + 1.5 * rng.normal(size=(3, 32))).astype(np.float32)
        >>> found = Refine().fit(image, LinearScores(30 * text, np.zeros(3, np.float32), np.zeros(32, np.float32)))
        >>> bool(np.mean(found.scores(unit(image)).argmax(axis=1) == classes) > 0.9)
        True
    """

    rounds: Count = 10
    keep: Share = 0.7
    images: NotNegative = IMAGES

    def _fit(self, image: Float32[np.ndarray, "n k"], plain: LinearScores) -> Adapted:
        scores = centred(image, plain, images=self.images)
        seen = scores.seen(image)
        for _ in range(self.rounds):
            scores = moved(scores, seen, softmax(scores.of(seen), axis=1), plain, self.keep)
        shares = softmax(scores.of(seen), axis=1).mean(axis=0)
        return Adapted(scores, shares, report={"pictures": float(len(image))})


def moved(
    scores: LinearScores,
    seen: Float32[np.ndarray, "n k"],
    assigned: Float32[np.ndarray, "n m"],
    plain: LinearScores,
    keep: float,
) -> LinearScores:
    """`scores` with every prototype between its label's own direction, of `plain`, and the mean of its pictures.

    Pictures are `seen` as `scores` see them, and each is `assigned` to labels in part; `keep` is the share of the own
    direction.
    """
    own, total = plain.prototypes, assigned.T @ seen
    length = np.linalg.norm(total, axis=1, keepdims=True)
    means = np.where(length > MIN_TOTAL, total / np.maximum(length, MIN_TOTAL), own)
    weight = plain.steepness[:, None] * unit(keep * own + (1 - keep) * means)
    return replace(scores, weight=weight.astype(np.float32))
