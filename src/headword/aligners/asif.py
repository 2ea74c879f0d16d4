"""ASIF (Norelli et al., arXiv 2210.01738, NeurIPS 2023): no training, the pairs themselves are the coordinates.

    r(x)ᵢ = cos(x, xᵢ),   r(y)ᵢ = cos(y, yᵢ),   i = 1…n;   keep the k largest, raise to the power p, normalise
    score(x, y) = r(x) · r(y)

The paper's: k = 800 and p = 8 at 1.6 million pairs. Ours: negative similarities are clamped to 0 (an even power would
turn them positive), a class with several texts is one anchor with their mean, and k, as a share of the anchors, and p
are chosen on held-out rows, for a head has a thousand rows and not a million. With a head's rows as anchors this is
training-free weight recycling.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from headword.aligners.base import Aligner
from headword.aligners.folds import average
from headword.arrays import equal_rows, first_rows, top_k, unit

__all__ = ["ASIF"]


@dataclass(eq=False, repr=False)
class ASIF(Aligner):
    """Similarities to the pairs of the other modality's partners, made sparse.

    Args:
        share: k / n, the share of the anchors that is kept; "auto" chooses it on held-out rows.
        power: p; "auto" chooses it on held-out rows.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> Y = rng.normal(size=(200, 8)); X = Y @ rng.normal(size=(8, 16))
        >>> ASIF(power=8).fit(X, Y).score(X, Y)
        1.0
    """

    share: float | Literal["auto"] = "auto"
    power: int | Literal["auto"] = "auto"

    grid: ClassVar[dict[str, tuple[Any, ...]]] = {"share": (0.01, 0.05, 0.2, 0.5), "power": (1, 2, 4, 8)}

    def _fit(self, X: np.ndarray, Y: np.ndarray, weight: np.ndarray) -> None:
        groups = equal_rows(X)
        self.image_anchors_ = X[first_rows(groups)]
        self.text_anchors_ = unit(average(Y, groups, weight))

    def _map_image(self, X: np.ndarray) -> np.ndarray:
        return self._relative(X @ self.image_anchors_.T)

    def _map_text(self, Y: np.ndarray) -> np.ndarray:
        return self._relative(Y @ self.text_anchors_.T)

    def _relative(self, similarity: np.ndarray) -> np.ndarray:
        k = max(1, round(self.share_ * similarity.shape[1]))
        kept = top_k(similarity, k)
        sparse = np.zeros_like(similarity)
        values = np.maximum(np.take_along_axis(similarity, kept, axis=1), 0.0) ** self.power_
        np.put_along_axis(sparse, kept, values, axis=1)
        return unit(sparse)
