"""Weight recycling's single layer (Méndez, Confalonieri, Díaz-Rodríguez, arXiv 2605.22484, ICML 2026).

    g(y) = W ỹ,    L = mean (1 − cos(g(y), x)),    no negatives

ỹ is y, corrupted in training as for `MLP`. The paper's: one matrix without a bias, and the training of `MLP`; ours is
what is ours there. `Ridge` minimises nearly the same in closed form, in a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from headword.aligners.gradient import GradientAligner
from headword.aligners.losses import PairBatch, cosine_loss
from headword.aligners.networks import Linear, RowMap

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["LinearCosine"]


class LinearCosine(GradientAligner):
    """One matrix from text space to image space, trained for the cosine; image embeddings stay as they are.

    Args:
        corrupt_batches: Probability that a batch's texts are corrupted.
        corrupt_share: Share of a corrupted text's numbers that are zeroed.
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
        >>> LinearCosine(lr=0.03, epochs=60).fit(X, Y).score(X, Y) > 0.9
        True
    """

    limits: ClassVar[dict[str, tuple[float, float]]] = {
        **GradientAligner.limits,
        "corrupt_batches": (0.0, 1.0),
        "corrupt_share": (0.0, 1.0),
    }

    corrupt_batches: float
    corrupt_share: float

    def __init__(
        self,
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
        return None, Linear(text, image, False, self.corrupt_batches, self.corrupt_share)

    def _loss(self, batch: PairBatch, scalars: Mapping[str, Any]) -> Tensor:
        return cosine_loss(batch)
