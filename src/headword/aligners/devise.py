"""DeViSE (Frome et al., NIPS 2013): pictures are mapped among words, right names ahead of wrong ones by a margin.

    L = mean Σⱼ max(0, margin − yᵢ · M xᵢ + yⱼ · M xᵢ),    j over the batch

M maps **image space to text space**, as in the paper; text stays as it is, and M x keeps its length while it is
trained. The paper's: the loss, one matrix, margin 0.1, unit text vectors. Ours: all texts of the batch that are no
false negatives stand for the wrong names instead of one drawn at a time, AdamW instead of AdaGrad, a network that is
not trained further, and early stopping on hidden classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any

from headword.aligners.gradient import GradientAligner
from headword.aligners.losses import PairBatch, rank_loss
from headword.aligners.networks import Linear, RowMap
from headword.aligners.parameters import Cosine, NotNegative

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DeViSE"]


@dataclass(eq=False, repr=False)
class DeViSE(GradientAligner):
    """One matrix from image space to text space, trained to rank; text embeddings stay as they are.

    Beside its own it has the parameters of `Trainable`, all of them keywords.

    Args:
        margin: By how much the right text is to lead.
        duplicate: Cosine of two text embeddings beyond which neither is a negative of the other.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> Y = rng.normal(size=(200, 8)); X = Y @ rng.normal(size=(8, 16))
        >>> DeViSE(lr=0.03, epochs=100).fit(X, Y).score(X, Y) > 0.9
        True
    """

    margin: NotNegative = 0.1
    duplicate: Cosine = 0.95
    _: KW_ONLY
    epochs: int | None = 200
    lr: float = 1e-3
    weight_decay: float = 1e-4
    patience: int | None = 20

    def _networks(self, image: int, text: int) -> tuple[RowMap | None, RowMap | None]:
        return Linear(image, text), None

    def _loss(self, batch: PairBatch, scalars: Mapping[str, Any]) -> Tensor:
        return rank_loss(batch, self.margin, self.duplicate)
