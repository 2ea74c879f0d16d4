"""STRUCTURE (Gröger, Wen, Le, Brbić, arXiv 2506.16895, NeurIPS 2025): linear maps that keep who is whose neighbour.

    L = InfoNCE + λ(t) ½ [R(X, f(X)) + R(Y, g(Y))],    λ(t) = λ min(1, step / warm-up)
    R(X, A) = mean over levels l = 1…L and rows i of JS( Pₗᵢ(X) ‖ Pₗᵢ(A) ),    P = softmax(Z Zᵀ / τ),  Pₗ = Pˡ

Z are unit rows minus the batch's mean. The published settings: τ = 0.05, fixed and the same in both terms, λ = 10,
L = 1, a warm-up of λ over 1,000 steps, AdamW at 1e-3 with decay 1e-4 and betas (0.9, 0.95), gradients clipped to norm
1. Ours: JS is the textbook's, ½ KL(P‖M) + ½ KL(Q‖M), as the paper names it (public code swaps the arguments; both are
0 only where P = Q); false negatives left out of InfoNCE; epochs and batches that make some 2,000 steps of a head with
four texts a class; early stopping. The regulariser alone is `structure=` of every trained aligner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from headword.aligners.gradient import GradientAligner
from headword.aligners.losses import PairBatch, contrastive_loss
from headword.aligners.networks import Linear, RowMap
from headword.aligners.parameters import Cosine, Count, Positive

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["STRUCTURE"]


@dataclass(eq=False, repr=False)
class STRUCTURE(GradientAligner):
    """Linear maps of both sides, trained to tell pairs apart and to leave each side its structure.

    Beside its own it has the parameters of `Trainable`, all of them keywords.

    Args:
        width: Of the shared space.
        temperature: τ of InfoNCE.
        duplicate: Cosine of two text embeddings beyond which neither is a negative of the other.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> Y = rng.normal(size=(200, 8)); X = Y @ rng.normal(size=(8, 16))
        >>> STRUCTURE(width=16, lr=0.03, epochs=60).fit(X, Y).score(X, Y) > 0.9
        True
    """

    width: Count = 512
    temperature: Positive = 0.05
    duplicate: Cosine = 0.95
    _: KW_ONLY
    structure: float = 10.0
    epochs: int | None = 500
    batch_size: int = 1024
    lr: float = 1e-3
    weight_decay: float = 1e-4
    warmup: float = 0.05
    patience: int | None = 20

    betas: ClassVar[tuple[float, float]] = (0.9, 0.95)
    clip: ClassVar[float | None] = 1.0

    def _networks(self, image: int, text: int) -> tuple[RowMap | None, RowMap | None]:
        return Linear(image, self.width, bias=True), Linear(text, self.width, bias=True)

    def _loss(self, batch: PairBatch, scalars: Mapping[str, Any]) -> Tensor:
        return contrastive_loss(batch, self.temperature, self.duplicate)
