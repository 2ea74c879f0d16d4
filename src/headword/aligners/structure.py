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
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from headword.aligners.gradient import COUNT, POSITIVE, GradientAligner
from headword.aligners.losses import PairBatch, contrastive_loss
from headword.aligners.networks import Linear, RowMap

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["STRUCTURE"]


class STRUCTURE(GradientAligner):
    """Linear maps of both sides, trained to tell pairs apart and to leave each side its structure.

    Args:
        width: Of the shared space.
        temperature: τ of InfoNCE.
        structure: λ.
        structure_levels: L.
        structure_temperature: τ of the regulariser.
        structure_warmup: Steps in which λ climbs from 0.
        duplicate: Cosine of two text embeddings beyond which neither is a negative of the other.
        epochs: As `GradientAligner`, like all that follow.
        batch_size: Pairs of one step.
        lr: Learning rate.
        weight_decay: Of AdamW.
        warmup: Share of steps in which the rate climbs.
        patience: Epochs without a better rank of hidden classes until it stops.
        validation: Share of classes that `patience` hides.
        seed: Of all that is random.
        device: Where it is trained.
        checkpoint: Folder to resume from.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> Y = rng.normal(size=(200, 8)); X = Y @ rng.normal(size=(8, 16))
        >>> STRUCTURE(width=16, lr=0.03, epochs=60).fit(X, Y).score(X, Y) > 0.9
        True
    """

    betas: ClassVar[tuple[float, float]] = (0.9, 0.95)
    clip: ClassVar[float | None] = 1.0
    limits: ClassVar[dict[str, tuple[float, float]]] = {
        **GradientAligner.limits,
        "width": COUNT,
        "temperature": POSITIVE,
        "duplicate": (-1.0, np.inf),
    }

    width: int
    temperature: float
    duplicate: float

    def __init__(
        self,
        width: int = 512,
        temperature: float = 0.05,
        structure: float = 10.0,
        structure_levels: int = 1,
        structure_temperature: float = 0.05,
        structure_warmup: int = 1000,
        duplicate: float = 0.95,
        *,
        epochs: int | None = 500,
        batch_size: int = 1024,
        lr: float = 1e-3,
        weight_decay: float = 1e-4,
        warmup: float = 0.05,
        patience: int | None = 20,
        validation: float = 0.1,
        seed: int = 42,
        device: str = "auto",
        checkpoint: str | None = None,
    ) -> None:
        self._store(locals())

    def _networks(self, image: int, text: int) -> tuple[RowMap | None, RowMap | None]:
        return Linear(image, self.width, bias=True), Linear(text, self.width, bias=True)

    def _loss(self, batch: PairBatch, scalars: Mapping[str, Any]) -> Tensor:
        return contrastive_loss(batch, self.temperature, self.duplicate)
