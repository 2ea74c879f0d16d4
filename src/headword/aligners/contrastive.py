"""InfoNCE on frozen embeddings (van den Oord et al. 2018; CLIP's loss), with false negatives left out.

    L = mean ½ [ −log softmaxⱼ(uᵢ · vⱼ / τ)ᵢ − log softmaxⱼ(uⱼ · vᵢ / τ)ᵢ ],    u = n(f(x)),  v = n(g(y))

LiT's (Zhai et al. 2022): one side may stay as it is, here the image side by default. CLIP's: τ starts at 0.07, is
learnt, and does not fall below 0.01. Ours: pairs of one group (texts of one class, captions of one picture), of classes
that are one a kind of the other (`related` of `fit`), and texts whose embeddings are nearly equal (two classes of one
name) are no negatives of one another; early stopping on hidden classes; linear maps have a bias, so that they can
centre.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, Literal

from headword.aligners.gradient import GradientAligner
from headword.aligners.losses import PairBatch, contrastive_loss
from headword.aligners.networks import Linear, RowMap, TwoLayer
from headword.aligners.parameters import Cosine, Count, Positive, ShareBelowOne
from headword.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Contrastive"]

MAPS = ("linear", "mlp")

TEMPERATURES = (0.01, 1.0)
"""Bounds of a τ that is learnt; CLIP's is the lower one."""


@dataclass(eq=False, repr=False)
class Contrastive(GradientAligner):
    """Maps that tell each pair from all others of a batch.

    Beside its own it has the parameters of `Trainable`, all of them keywords.

    Args:
        text_map: Map of the text side; "mlp" is that of `MLP`.
        image_map: Map of the image side; `None` leaves it as it is.
        width: Of the shared space, where the image side has a map; its own width where `None`.
        dropout: Share of hidden units of an "mlp" that are dropped in training.
        temperature: τ, or where it starts.
        learn_temperature: Whether τ is learnt.
        duplicate: Cosine of two text embeddings beyond which neither is a negative of the other.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> Y = rng.normal(size=(200, 8)); X = Y @ rng.normal(size=(8, 16))
        >>> Contrastive(lr=0.03, epochs=60).fit(X, Y).score(X, Y) > 0.9
        True
    """

    text_map: Literal["linear", "mlp"] = "linear"
    image_map: Literal["linear", "mlp"] | None = None
    width: Count | None = None
    dropout: ShareBelowOne = 0.5
    temperature: Positive = 0.07
    learn_temperature: bool = True
    duplicate: Cosine = 0.95
    _: KW_ONLY
    epochs: int | None = 200
    lr: float = 1e-3
    weight_decay: float = 1e-4
    patience: int | None = 20

    def _networks(self, image: int, text: int) -> tuple[RowMap | None, RowMap | None]:
        shared = self.width or image
        return self._network(self.image_map, image, shared), self._network(self.text_map, text, shared)

    def _network(self, kind: str | None, inputs: int, outputs: int) -> RowMap | None:
        if kind is None:
            return None
        if kind == "mlp":
            return TwoLayer(inputs, 4 * outputs, outputs, self.dropout)
        return Linear(inputs, outputs, bias=True)

    def _scalars(self) -> dict[str, float]:
        return {"log_temperature": math.log(self.temperature)} if self.learn_temperature else {}

    def _bound(self, scalars: Mapping[str, Any]) -> None:
        if self.learn_temperature:
            scalars["log_temperature"].clamp_(*map(math.log, TEMPERATURES))

    def _loss(self, batch: PairBatch, scalars: Mapping[str, Any]) -> Tensor:
        learnt = scalars.get("log_temperature")
        return contrastive_loss(batch, self.temperature if learnt is None else learnt.exp(), self.duplicate)

    def _require_parameters(self) -> None:
        super()._require_parameters()
        if self.text_map not in MAPS or self.image_map not in (*MAPS, None):
            raise InputError(
                f"maps of {type(self).__name__}",
                f"text_map={self.text_map!r}, image_map={self.image_map!r}",
                "pass 'linear' or 'mlp'; None for an image side that stays as it is",
            )
        low, high = TEMPERATURES
        if self.learn_temperature and not low <= self.temperature <= high:
            raise InputError(
                f"temperature of {type(self).__name__}, to be learnt",
                repr(self.temperature),
                f"let it start between {low} and {high}, or pass learn_temperature=False",
            )
        if self.width is not None and self.image_map is None:
            raise InputError(
                f"a shared space of width {self.width}",
                "image_map=None: the image side stays as it is, and so does its width",
                "pass image_map='linear', or leave width out",
            )
