"""Cosine head: what a classifier loses when its classes are found by the angle to their prototypes alone.

Prototypes are the head's rows without their lengths and its bias. If the classifier still works by angle, its rows are
points of image space like any other, and pairing them with text is sound. Weight recycling reports a loss of 0.5 to 1.0
points on ImageNet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64

from headword._repr import short_repr
from headword.analysis.finding import Finding
from headword.arrays import as_matrix
from headword.errors import InputError
from headword.heads import Head
from headword.metrics.statistics import standard_error

__all__ = ["CosineHead", "cosine_head"]


@dataclass(frozen=True)
class CosineHead(Finding):
    """Top-1 accuracy of one classifier on the same pictures, with less and less of its head.

    Attributes:
        n: How many pictures.
        classes: How many classes each picture was looked for among.
        linear: Accuracy with weight and bias, as the classifier answers.
        without_bias: Accuracy with the weight alone.
        cosine: Accuracy with rows of unit length and no bias.
        loss: `linear` less `cosine`.
        loss_error: Standard error of the loss, picture by picture.
        chance: Accuracy of guessing.
    """

    n: int
    classes: int
    linear: float
    without_bias: float
    cosine: float
    loss: float
    loss_error: float
    chance: float

    __repr__ = short_repr

    def __str__(self) -> str:
        loss = f"loses {100 * self.loss:.1f} ± {100 * self.loss_error:.1f} points"
        return f"linear {100 * self.linear:.1f} %, cosine {100 * self.cosine:.1f} %: {loss} (n = {self.n})"


def cosine_head(head: Head, embeddings: Float[np.ndarray, "n d"], targets: Int64[np.ndarray, " n"]) -> CosineHead:
    """Compares a classifier's head with its prototypes on pictures of known class.

    Args:
        head: The classifier's head.
        embeddings: (n, d) pictures by the classifier's own encoder.
        targets: (n,) rows of the head that are right.

    Raises:
        InputError: Another width, NaN, fewer than two pictures, or targets that are no rows of the head.
    """
    embeddings = as_matrix(embeddings, "embeddings", width=head.dim)
    truth = np.asarray(targets, dtype=np.int64)
    if len(embeddings) < 2 or truth.shape != (len(embeddings),) or truth.min() < 0 or truth.max() >= len(head):
        raise InputError(
            f"at least two pictures, each with its row of the head, from 0 to {len(head) - 1}",
            f"{len(embeddings)} pictures, {truth.size} rows {truth.min(initial=0)} to {truth.max(initial=0)}",
            "number classes as the rows of the head",
        )
    answers = (head.logits(embeddings), embeddings @ head.weight.T, embeddings @ head.prototypes.T)
    linear, bare, cosine = ((each.argmax(axis=1) == truth).astype(np.float64) for each in answers)
    return CosineHead(
        n=len(truth),
        classes=len(head),
        linear=float(linear.mean()),
        without_bias=float(bare.mean()),
        cosine=float(cosine.mean()),
        loss=float((linear - cosine).mean()),
        loss_error=standard_error(linear - cosine),
        chance=1 / len(head),
    )
