"""Weight recycling's single layer (Méndez, Confalonieri, Díaz-Rodríguez, arXiv 2605.22484, ICML 2026).

    g(y) = W ỹ,    L = mean (1 − cos(g(y), x)),    no negatives

ỹ is y, corrupted in training as for `MLP`. The paper's: one matrix without a bias, and the training of `MLP`; ours is
what is ours there. `Ridge` minimises nearly the same in closed form, in a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headword.aligners.gradient import GradientAligner
from headword.aligners.losses import PairBatch, cosine_loss
from headword.aligners.networks import Linear, RowMap
from headword.aligners.parameters import Share

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["LinearCosine"]


@dataclass(eq=False, repr=False)
class LinearCosine(GradientAligner):
    """One matrix from text space to image space, trained for the cosine; image embeddings stay as they are.

    Beside its own it has the parameters of `Trainable`, all of them keywords.

    Args:
        corrupt_batches: Probability that a batch's texts are corrupted.
        corrupt_share: Share of a corrupted text's numbers that are zeroed.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> Y = rng.normal(size=(200, 8)); X = Y @ rng.normal(size=(8, 16))
        >>> LinearCosine(lr=0.03, epochs=60).fit(X, Y).score(X, Y) > 0.9
        True
    """

    corrupt_batches: Share = 0.3
    corrupt_share: Share = 0.5

    def _networks(self, image: int, text: int) -> tuple[RowMap | None, RowMap | None]:
        return None, Linear(text, image, False, self.corrupt_batches, self.corrupt_share)

    def _loss(self, batch: PairBatch, scalars: Mapping[str, Any]) -> Tensor:
        return cosine_loss(batch)
