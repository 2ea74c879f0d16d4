"""What the training loop needs of an aligner: the parameters of training, and its loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from headword.aligners.losses import PairBatch
from headword.aligners.parameters import Count, CountFromZero, NotNegative, Positive, ShareBelowOne

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Trainable"]


@dataclass(eq=False, repr=False, kw_only=True)
class Trainable(ABC):
    """Maps that the loop can train.

    Args:
        epochs: How many times every pair is seen; `None` is 2,500 for up to 2,000 different rows of X, else 500.
        batch_size: Pairs of one step.
        lr: Learning rate of Adam at its highest.
        weight_decay: Decoupled, as AdamW has it; on matrices only.
        warmup: Share of all steps in which the rate climbs to `lr`; with 0 it falls epoch by epoch, as the paper has
            it, else step by step, in either case to 0 along a cosine.
        patience: Epochs without a better rank of hidden groups until training stops and returns to the best one;
            `None` hides nothing and keeps the last epoch.
        validation: Share of the groups that `patience` hides.
        structure: λ, weight of the STRUCTURE regulariser (see `losses.structure_loss`); it acts on the sides that
            have a map.
        structure_levels: L, its longest random walk.
        structure_temperature: τ of its kernel.
        structure_warmup: Steps in which λ climbs from 0.
        seed: Of all that is random.
        device: "auto", "cpu", "cuda" or "mps".
        checkpoint: A folder where unfinished and finished fits are kept: the same fit again, after it was interrupted,
            goes on from where it was last saved, to the same result. `None` keeps nothing.
    """

    epochs: Count | None = None
    batch_size: Count = 512
    lr: Positive = 5e-3
    weight_decay: NotNegative = 0.0
    warmup: ShareBelowOne = 0.0
    patience: Count | None = None
    validation: Annotated[float, (1e-9, 1.0 - 1e-9)] = 0.1
    structure: NotNegative = 0.0
    structure_levels: Count = 1
    structure_temperature: Positive = 0.05
    structure_warmup: CountFromZero = 1000
    seed: Annotated[int, (0, 2**63 - 1)] = 42
    device: str = "auto"
    checkpoint: str | None = None

    betas: ClassVar[tuple[float, float]] = (0.9, 0.999)
    clip: ClassVar[float | None] = None

    @abstractmethod
    def get_params(self) -> dict[str, Any]:
        """Every parameter by its name, as scikit-learn has it."""

    @abstractmethod
    def _loss(self, batch: PairBatch, scalars: Mapping[str, Any]) -> Tensor:
        """What is made small."""

    def _scalars(self) -> dict[str, float]:
        """Numbers learnt beside the maps, and where they start."""
        return {}

    def _bound(self, scalars: Mapping[str, Any]) -> None:  # noqa: B027  # most have nothing to bound
        """Puts learnt numbers back into their bounds, after each step."""
