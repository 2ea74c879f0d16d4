"""Mean centring: the origin moves from the mean of the head's rows to the mean of the pictures.

    g = share · n / (n + pictures)          how far n pictures are believed
    s_j(x) = n(x − g x̄) · w_j + (1 − g) b_j

What all pictures of a folder have in common, such as camera, background and subject, says nothing about which of its
labels a picture shows, yet it favours some of them. Plain scores, w_j · x + b_j, take off the mean of the head's rows
already, for b_j is minus w_j · their mean; so their mean is where μ = g x̄ is shrunk to, and no pictures leave the
plain scores as they are. One picture changes almost nothing, thirty do most of it.

With a power p > 0 directions are whitened by the covariance Σ of centred pictures, w_j ↦ (Σ + s t I)^(−p) w_j with
t = tr Σ / d, as steep as the model's calibration would have them and without bias: what pictures of the folder differ
in most, such as light, then tells less. On the sets of `recipes/adapt.py` it harms: no power is taken unless asked for.

Centring is common practice (in few-shot learning: Wang et al., SimpleShot, 2019); the shrinkage is ours. The mean of a
folder is first of all the mean of its commonest labels: where shares are unequal, full centring does harm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from jaxtyping import Float, Float32
from scipy.special import softmax

from headword.adapters.base import Adapted, Adapter, LinearScores
from headword.aligners.parameters import NotNegative, Share
from headword.arrays import unit
from headword.linalg import covariance_power

__all__ = ["IMAGES", "Centre", "centre_of", "centred", "collection_centre"]

IMAGES = 10.0
"""So many pictures move the origin half-way: their mean is then about as far from that of all as it is worth."""


@dataclass(eq=False, repr=False)
class Centre(Adapter):
    """Takes the mean of the pictures off every picture.

    Args:
        share: Of the mean that is taken off in the end; 1 is all of it, 0 leaves the plain scores.
        images: How many it takes to go half-way there.
        power: p; ½ whitens, 1 is a discriminant's.
        shrinkage: s of the covariance, in units of its mean variance.

    Example:
        >>> import numpy as np
        >>> plain = LinearScores(np.eye(2, dtype=np.float32), np.zeros(2, np.float32), np.zeros(2, np.float32))
        >>> image = np.array([[2, 1], [4, 3], [9, 8], [5, 4], [3, 4], [4, 5]], float)  # the first label wins by habit
        >>> Centre(images=0.0).fit(image, plain).scores(image).argmax(axis=1)
        array([0, 0, 0, 0, 1, 1])
    """

    share: Share = 1.0
    images: NotNegative = IMAGES
    power: NotNegative = 0.0
    shrinkage: Annotated[float, (1e-6, np.inf)] = 5.0

    def _fit(self, image: Float32[np.ndarray, "n k"], plain: LinearScores) -> Adapted:
        scores = centred(image, plain, self.share, self.images)
        if self.power > 0:
            weight = np.ones(len(image), np.float32)
            whitening = covariance_power(scores.seen(image), weight, -self.power, self.shrinkage)
            scores = scores.with_directions(unit(scores.prototypes @ whitening))
        shares = softmax(scores(image), axis=1).mean(axis=0)
        return Adapted(scores, shares, report={"pictures": float(len(image))})


def centred(
    image: Float32[np.ndarray, "n k"], plain: LinearScores, share: float = 1.0, images: float = IMAGES
) -> LinearScores:
    """The plain scores of centred pictures, which are of norm 1; `share` and `images` are those of `Centre`."""
    kept = 1 - _belief(len(image), share, images)
    bias = (kept * plain.bias).astype(np.float32)
    return replace(plain, bias=bias, centre=collection_centre(image, share, images))


def collection_centre(
    image: Float[np.ndarray, "n k"], share: float = 1.0, images: float = IMAGES
) -> Float32[np.ndarray, " k"]:
    """What to take off pictures of a collection, as `centred` does; it needs no labels."""
    return centre_of(image.mean(axis=0, dtype=np.float64), len(image), share, images)


def centre_of(
    mean: Float[np.ndarray, " k"], n: int, share: float = 1.0, images: float = IMAGES
) -> Float32[np.ndarray, " k"]:
    """`collection_centre` of n pictures whose mean is known."""
    return (_belief(n, share, images) * mean).astype(np.float32)


def _belief(n: int, share: float, images: float) -> float:
    return share * n / (n + images)
