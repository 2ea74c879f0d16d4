"""A linear map from text to image space by least squares: "text2concepts" of weight recycling (arXiv 2605.22484).

    g(y) = W y + b,    L = mean ‖g(y) − x‖² / d

The reverse of text-to-concept (Moayeri et al., ICML 2023), which maps images; see `TextToConcept`. The variant's: the
direction and the loss. Ours: trained as `MLP` is, on unit rows, since nothing else is known of its training. The exact
minimum, with a penalty chosen on held-out rows and the mean left out, is `Ridge`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headword.aligners.gradient import GradientAligner
from headword.aligners.losses import PairBatch, squared_loss
from headword.aligners.networks import Linear, RowMap

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["LinearMSE"]


@dataclass(eq=False, repr=False)
class LinearMSE(GradientAligner):
    """One affine map from text space to image space, trained for the squared error; image embeddings stay.

    Its parameters are those of `Trainable`.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> Y = rng.normal(size=(200, 8)); X = Y @ rng.normal(size=(8, 16))
        >>> LinearMSE(lr=0.03, epochs=60).fit(X, Y).score(X, Y) > 0.9
        True
    """

    def _networks(self, image: int, text: int) -> tuple[RowMap | None, RowMap | None]:
        return None, Linear(text, image, bias=True)

    def _loss(self, batch: PairBatch, scalars: Mapping[str, Any]) -> Tensor:
        return squared_loss(batch)
