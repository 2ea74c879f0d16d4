"""SAIL (Zhang et al., arXiv 2412.04616, CVPR 2025): a gated head on either side, trained with the sigmoid loss.

    L = −mean over i, j of log σ( sᵢⱼ (t uᵢ · vⱼ + b) ),    sᵢᵢ = 1,  sᵢⱼ = −1 elsewhere,    u = n(f(x)),  v = n(g(y))
    f, g = W₃ clamp( ReLU6(W₁ z + b₁) ⊙ (W₂ z + b₂), ±1000 ) + b₃,    z = LayerNorm(·)

The paper's: heads, loss, the mean over all b² pairs of rows, t from 20 and b from −10, both learnt, Xavier's draw, a
warm-up of a tenth of the steps; and width=1024, expansion=8, batch_size=32768, weight_decay=1e-4, epochs=100. Ours: a
smaller width and expansion by default, batches of 4,096 and AdamW at 3e-4 in the place of Lion at 1e-5, which suit
some thousand pairs on a laptop; false negatives left out; t, b, biases and norms do not decay; early stopping.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from headword.aligners.gradient import GradientAligner
from headword.aligners.losses import PairBatch, sigmoid_loss
from headword.aligners.networks import Gated, RowMap
from headword.aligners.parameters import Cosine, Count, Positive

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["SAIL"]


@dataclass(eq=False, repr=False)
class SAIL(GradientAligner):
    """Gated maps of both sides that tell for every pair of rows whether they belong together.

    Beside its own it has the parameters of `Trainable`, all of them keywords.

    Args:
        width: Of the shared space; 1,024 in the paper.
        expansion: Hidden width of a head, in units of its input's; 8 in the paper.
        scale: Where t starts.
        bias: Where b starts.
        duplicate: Cosine of two text embeddings beyond which neither is a negative of the other.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> Y = rng.normal(size=(200, 8)); X = Y @ rng.normal(size=(8, 16))
        >>> SAIL(width=16, batch_size=64, lr=0.02, epochs=40).fit(X, Y).score(X, Y) > 0.9
        True
    """

    width: Count = 512
    expansion: Positive = 2.0
    scale: Positive = 20.0
    bias: Annotated[float, (-np.inf, np.inf)] = -10.0
    duplicate: Cosine = 0.95
    _: KW_ONLY
    epochs: int | None = 100
    batch_size: int = 4096
    lr: float = 3e-4
    weight_decay: float = 1e-4
    warmup: float = 0.1
    patience: int | None = 20

    def _networks(self, image: int, text: int) -> tuple[RowMap | None, RowMap | None]:
        return self._head(image), self._head(text)

    def _head(self, inputs: int) -> RowMap:
        return Gated(inputs, max(1, round(self.expansion * inputs)), self.width)

    def _scalars(self) -> dict[str, float]:
        return {"log_scale": math.log(self.scale), "bias": self.bias}

    def _loss(self, batch: PairBatch, scalars: Mapping[str, Any]) -> Tensor:
        return sigmoid_loss(batch, scalars["log_scale"].exp(), scalars["bias"], self.duplicate)
