"""Weight recycling's text map (Méndez, Confalonieri, Díaz-Rodríguez, arXiv 2605.22484, ICML 2026).

    g(y) = LayerNorm( W₂ dropout(gelu(W₁ ỹ + b₁)) + b₂ ),    L = mean (1 − cos(g(y), x)),    no negatives

ỹ is y, of which in 3 of 10 batches every number is zeroed with probability ½ and nothing is scaled up for it. The
paper's: all of this, hidden width 4 d, dropout ½, Adam at 5e-3 along a cosine to 0 that moves once an epoch, batches
of 512, 2,500 epochs for heads of about 1,000 rows and 500 for larger ones, seed 42, the last epoch kept. Ours: text is
normalised when the map is used just as when it is trained (the authors' code leaves that out and then feeds it longer
rows than it has seen), where the number of epochs changes (2,000 rows), and early stopping on hidden classes for those
who ask for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headword.aligners.gradient import GradientAligner
from headword.aligners.losses import PairBatch, cosine_loss
from headword.aligners.networks import RowMap, TwoLayer
from headword.aligners.parameters import Count, Share, ShareBelowOne

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["MLP"]


@dataclass(eq=False, repr=False)
class MLP(GradientAligner):
    """The paper's two-layer map from text space to image space; image embeddings stay as they are.

    Beside its own it has the parameters of `Trainable`, all of them keywords.

    Args:
        hidden: Width of the layer between; four times the image side's where `None`.
        dropout: Share of hidden units that are dropped in training.
        corrupt_batches: Probability that a batch's texts are corrupted.
        corrupt_share: Share of a corrupted text's numbers that are zeroed.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> Y = rng.normal(size=(200, 8)); X = Y @ rng.normal(size=(8, 16))
        >>> MLP(epochs=60).fit(X, Y).score(X, Y) > 0.9
        True
    """

    hidden: Count | None = None
    dropout: ShareBelowOne = 0.5
    corrupt_batches: Share = 0.3
    corrupt_share: Share = 0.5

    def _networks(self, image: int, text: int) -> tuple[RowMap | None, RowMap | None]:
        hidden = 4 * image if self.hidden is None else self.hidden
        return None, TwoLayer(text, hidden, image, self.dropout, self.corrupt_batches, self.corrupt_share)

    def _loss(self, batch: PairBatch, scalars: Mapping[str, Any]) -> Tensor:
        return cosine_loss(batch)
