"""A linear map from text to image space by least squares: "text2concepts" of weight recycling (arXiv 2605.22484).

    g(y) = W y + b,    L = mean ‖g(y) − x‖² / d

The reverse of text-to-concept (Moayeri et al., ICML 2023), which maps images; see `TextToConcept`. The variant's: the
direction and the loss. Ours: trained as `MLP` is, on unit rows, since nothing else is known of its training. The exact
minimum, with a penalty chosen on held-out rows and the mean left out, is `Ridge`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from headword.aligners.gradient import GradientAligner
from headword.aligners.losses import PairBatch, squared_loss
from headword.aligners.networks import Linear, RowMap

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["LinearMSE"]


class LinearMSE(GradientAligner):
    """One affine map from text space to image space, trained for the squared error; image embeddings stay.

    Args:
        epochs: `None` is 2,500 for up to 2,000 different rows of X, else 500. This and all that follow are documented
            in `GradientAligner`.
        batch_size: Pairs of one step.
        lr: Learning rate.
        weight_decay: Of AdamW.
        warmup: Share of steps in which the rate climbs.
        patience: Epochs without a better rank of hidden classes until it stops.
        validation: Share of classes that `patience` hides.
        structure: Weight of the STRUCTURE regulariser.
        structure_levels: Its longest random walk.
        structure_temperature: Of its kernel.
        structure_warmup: Steps in which it sets in.
        seed: Of all that is random.
        device: Where it is trained.
        checkpoint: Folder to resume from.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> Y = rng.normal(size=(200, 8)); X = Y @ rng.normal(size=(8, 16))
        >>> LinearMSE(lr=0.03, epochs=60).fit(X, Y).score(X, Y) > 0.9
        True
    """

    def __init__(
        self,
        *,
        epochs: int | None = None,
        batch_size: int = 512,
        lr: float = 5e-3,
        weight_decay: float = 0.0,
        warmup: float = 0.0,
        patience: int | None = None,
        validation: float = 0.1,
        structure: float = 0.0,
        structure_levels: int = 1,
        structure_temperature: float = 0.05,
        structure_warmup: int = 1000,
        seed: int = 42,
        device: str = "auto",
        checkpoint: str | None = None,
    ) -> None:
        self._store(locals())

    def _networks(self, image: int, text: int) -> tuple[RowMap | None, RowMap | None]:
        return None, Linear(text, image, bias=True)

    def _loss(self, batch: PairBatch, scalars: Mapping[str, Any]) -> Tensor:
        return squared_loss(batch)
