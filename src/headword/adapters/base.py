"""What every way of learning from unlabelled pictures is: pictures and plain scores in, better scores out.

Scores are logits, linear in a picture of the shared space that may have been centred first:

    s_j(x) = n(x − μ) · w_j + b_j

A method moves μ, w or b, and may say besides how the pictures it saw are assigned. What it learns is small, whatever
the number of pictures, and scores pictures that it has not seen.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from jaxtyping import Float, Float32
from sklearn.base import BaseEstimator

from headword._repr import short_repr
from headword.aligners.parameters import limits_of
from headword.arrays import as_matrix, unit
from headword.errors import InputError

__all__ = ["Adapted", "Adapter", "LinearScores", "blend", "mixed"]


@dataclass(frozen=True, eq=False)
class LinearScores:
    """Logits of m labels that are linear in a centred picture.

    Attributes:
        weight: (m, k), one row per label; its length is how steeply the label's logit climbs.
        bias: (m,) what each label starts from.
        centre: (k,) taken off a picture before it is put back on the sphere.
        measure: How steep scores of a prototype are to be: (m, k) of norm 1 to (m,); `None` where nothing is known.
    """

    weight: Float32[np.ndarray, "m k"]
    bias: Float32[np.ndarray, " m"]
    centre: Float32[np.ndarray, " k"]
    measure: Callable[[np.ndarray], np.ndarray] | None = None

    __repr__ = short_repr

    def with_directions(self, prototypes: Float[np.ndarray, "m k"]) -> Self:
        """Scores by other directions of the labels, as steep as the model's calibration would have them, of bias 0."""
        steepness = self.steepness if self.measure is None else self.measure(prototypes)
        weight = (steepness[:, None] * prototypes).astype(np.float32)
        return replace(self, weight=weight, bias=np.zeros_like(self.bias))

    def __call__(self, image: Float[np.ndarray, "n k"]) -> Float32[np.ndarray, "n m"]:
        """Logits of pictures in the shared space, (n, k)."""
        return self.of(self.seen(image))

    def of(self, seen: Float32[np.ndarray, "n k"]) -> Float32[np.ndarray, "n m"]:
        """Logits of pictures as `seen` gives them, (n, k)."""
        return seen @ self.weight.T + self.bias

    def seen(self, image: Float[np.ndarray, "n k"]) -> Float32[np.ndarray, "n k"]:
        """Pictures as these scores see them: centred, of norm 1; as they are where nothing is taken off."""
        return (unit(image - self.centre) if self.centre.any() else image).astype(np.float32, copy=False)

    @property
    def prototypes(self) -> Float32[np.ndarray, "m k"]:
        """The labels' directions, of norm 1."""
        return unit(self.weight).astype(np.float32)

    @property
    def steepness(self) -> Float32[np.ndarray, " m"]:
        """Length of each label's weight: what a cosine is multiplied by."""
        return np.linalg.norm(self.weight, axis=1)


@dataclass(frozen=True, eq=False)
class Adapted:
    """What was learnt from unlabelled pictures.

    Attributes:
        scores: For these labels and any pictures.
        class_priors: (m,) estimated share of each label in the pictures.
        assigned: (n, m) probabilities of the labels for the pictures themselves, where the method gives more than
            `scores` of them would.
        mixing_weight: Share of `scores` in the logits: 0 keeps the plain scores, 1 uses `scores` alone.
        report: What was found on the way, plain numbers by name.
    """

    scores: LinearScores
    class_priors: Float32[np.ndarray, " m"]
    assigned: Float32[np.ndarray, "n m"] | None = None
    mixing_weight: float = 1.0
    report: Mapping[str, float] = field(default_factory=dict)

    __repr__ = short_repr

    def logits(self, image: Float[np.ndarray, "n k"], plain: LinearScores) -> Float32[np.ndarray, "n m"]:
        """Logits of any pictures in the shared space."""
        return blend(image, self.scores, plain, self.mixing_weight)


def blend(
    image: Float[np.ndarray, "n k"], scores: LinearScores, plain: LinearScores, mixing_weight: float
) -> Float32[np.ndarray, "n m"]:
    """Logits by learnt and plain scores in proportion."""
    if mixing_weight == 0:
        return plain(image)
    if mixing_weight == 1:
        return scores(image)
    return mixed(scores(image), plain(image), mixing_weight)


def mixed(learnt: Float32[np.ndarray, "n m"], plain: Float32[np.ndarray, "n m"], mixing_weight: float) -> np.ndarray:
    """Logits in proportion; see `blend`."""
    return (mixing_weight * learnt + (1 - mixing_weight) * plain).astype(np.float32, copy=False)


class Adapter(BaseEstimator, ABC):  # type: ignore[misc]  # scikit-learn has no types
    """Learns from unlabelled pictures what scores of given labels should be.

    A subclass is a `dataclass(eq=False, repr=False)` of its parameters, whose types say their ranges (see
    `headword.aligners.parameters`), and implements `_fit`. Images are rows of norm 1 in the shared space. Results do
    not depend on the order of up to 20,000 images; beyond, neighbours are approximate and it shows a little.
    """

    def fit(self, image: Float[np.ndarray, "n k"], plain: LinearScores) -> Adapted:
        """Learns from pictures.

        Args:
            image: (n, k) pictures in the shared space.
            plain: The model's scores of the labels (`Calibration.linear_scores`).

        Raises:
            InputError: No pictures, NaN, another width, or a parameter out of its range.
        """
        self._require_parameters()
        rows = as_matrix(image, "pictures to adapt to", width=plain.weight.shape[1])
        return self._fit(unit(rows).astype(np.float32, copy=False), plain)

    @abstractmethod
    def _fit(self, image: Float32[np.ndarray, "n k"], plain: LinearScores) -> Adapted: ...

    def _require_parameters(self) -> None:
        for name, limits in limits_of(type(self)).items():
            value = getattr(self, name)
            if not limits.hold(value):
                raise InputError(
                    f"{name} of {type(self).__name__} from {limits.low:g} to {limits.high:g}",
                    f"{name}={value!r}",
                    f"pass a {'whole ' if limits.whole else ''}number in that range",
                )
