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
from typing import TYPE_CHECKING, Any, ClassVar

from headword.aligners.gradient import COUNT, SHARE, GradientAligner
from headword.aligners.losses import PairBatch, cosine_loss
from headword.aligners.networks import RowMap, TwoLayer

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["MLP"]


class MLP(GradientAligner):
    """The paper's two-layer map from text space to image space; image embeddings stay as they are.

    Args:
        hidden: Width of the layer between; four times the image side's where `None`.
        dropout: Share of hidden units that are dropped in training.
        corrupt_batches: Probability that a batch's texts are corrupted.
        corrupt_share: Share of a corrupted text's numbers that are zeroed.
        epochs: `None` is 2,500 for up to 2,000 different rows of X, else 500.
        batch_size: As `GradientAligner`, like all that follow.
        lr: Learning rate.
        weight_decay: Of AdamW; with 0 it is Adam.
        warmup: Share of steps in which the rate climbs.
        patience: Epochs without a better rank of hidden classes until it stops; `None` keeps the last epoch.
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
        >>> MLP(epochs=60).fit(X, Y).score(X, Y) > 0.9
        True
    """

    limits: ClassVar[dict[str, tuple[float, float]]] = {
        **GradientAligner.limits,
        "hidden": COUNT,
        "dropout": SHARE,
        "corrupt_batches": (0.0, 1.0),
        "corrupt_share": (0.0, 1.0),
    }

    optional: ClassVar[frozenset[str]] = GradientAligner.optional | {"hidden"}

    hidden: int | None
    dropout: float
    corrupt_batches: float
    corrupt_share: float

    def __init__(
        self,
        hidden: int | None = None,
        dropout: float = 0.5,
        corrupt_batches: float = 0.3,
        corrupt_share: float = 0.5,
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
        hidden = 4 * image if self.hidden is None else self.hidden
        return None, TwoLayer(text, hidden, image, self.dropout, self.corrupt_batches, self.corrupt_share)

    def _loss(self, batch: PairBatch, scalars: Mapping[str, Any]) -> Tensor:
        return cosine_loss(batch)
