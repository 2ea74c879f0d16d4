"""What aligners trained by gradient descent share: one loop, seeded, resumable, and no torch once it has ended.

Rows that are equal on both sides are one pair with the sum of their weights, and pairs are put into an order of their
own, so that what is learnt depends neither on the order of pairs nor on whether one is repeated or weighted. With
`patience` a share of the groups (equal rows of X: a class, a picture) is hidden; after each epoch the hidden texts are
looked for among the hidden groups, training stops when that no longer gets better, and the best epoch is kept.
"""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Mapping
from copy import copy
from functools import partial
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from jaxtyping import Float, Float32, Int64

from headword.aligners.base import MIN_SEARCH_ROWS, Aligner
from headword.aligners.checks import checked_pairs, checked_related
from headword.aligners.folds import Fold, group_rows, mean_reciprocal_rank
from headword.aligners.networks import RowMap
from headword.aligners.training_loop import TrainingProblem, train
from headword.errors import InputError, require

if TYPE_CHECKING:
    from torch import Tensor

    from headword.aligners.losses import PairBatch

__all__ = ["GradientAligner"]

MANY_ROWS = 2000
"""Different rows of X (classes) beyond which the paper's shorter training is taken."""

POSITIVE, SHARE, COUNT = (1e-12, np.inf), (0.0, 1.0 - 1e-9), (1, np.inf)


class GradientAligner(Aligner):
    """An aligner whose maps are trained; a subclass says which maps and which loss.

    Attributes:
        epochs: How many times every pair is seen.
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
        history_: (epochs, 2) mean loss, and mean reciprocal rank of the hidden texts (NaN where nothing is hidden).
    """

    betas: ClassVar[tuple[float, float]] = (0.9, 0.999)
    clip: ClassVar[float | None] = None
    limits: ClassVar[dict[str, tuple[float, float]]] = {
        "epochs": COUNT,
        "batch_size": COUNT,
        "lr": POSITIVE,
        "weight_decay": (0.0, np.inf),
        "warmup": SHARE,
        "patience": COUNT,
        "validation": (1e-9, 1.0 - 1e-9),
        "structure": (0.0, np.inf),
        "structure_levels": COUNT,
        "structure_temperature": POSITIVE,
        "structure_warmup": (0, np.inf),
        "seed": (0, 2**63 - 1),
    }
    """Least and greatest value of each number; those that start at an integer take whole numbers only."""

    optional: ClassVar[frozenset[str]] = frozenset({"epochs", "patience"})
    """Numbers that may be `None`."""

    history_: np.ndarray

    epochs: int | None
    batch_size: int
    lr: float
    weight_decay: float
    warmup: float
    patience: int | None
    validation: float
    structure: float
    structure_levels: int
    structure_temperature: float
    structure_warmup: int
    seed: int
    device: str
    checkpoint: str | None

    def _store(self, parameters: Mapping[str, Any]) -> None:
        """Keeps what `__init__` was called with, its `locals()`, each under its own name as scikit-learn wants it."""
        for name, value in parameters.items():
            if name != "self":
                setattr(self, name, value)

    @abstractmethod
    def _networks(self, image: int, text: int) -> tuple[RowMap | None, RowMap | None]:
        """The map of the image side and of the text side, given their widths; `None` is the identity."""

    @abstractmethod
    def _loss(self, batch: PairBatch, scalars: Mapping[str, Any]) -> Tensor:
        """What is made small."""

    def _scalars(self) -> dict[str, float]:
        """Numbers learnt beside the maps, and where they start."""
        return {}

    def _bound(self, scalars: Mapping[str, Any]) -> None:
        """Puts learnt numbers back into their bounds, after each step."""

    def _fit(self, X: np.ndarray, Y: np.ndarray, weight: np.ndarray) -> None:
        self._fit_related(X, Y, weight, checked_related(None, None, len(X)))

    def _fit_related(self, X: np.ndarray, Y: np.ndarray, weight: np.ndarray, related: np.ndarray) -> None:
        self._train(X, Y, weight, related, start={})

    def continue_fit(
        self,
        X: Float[np.ndarray, "n dx"],
        Y: Float[np.ndarray, "n dy"],
        sample_weight: Float[np.ndarray, " n"] | None = None,
        *,
        lr: float | None = None,
        epochs: int | None = None,
        related: Int64[np.ndarray, "r 2"] | None = None,
    ) -> Self:
        """Goes on from what it has learnt, on these pairs alone; all other parameters are as in `fit`.

        The optimiser and its schedule begin anew, and `history_` gets the new epochs behind the old ones.

        Args:
            X: (n, dx) image side.
            Y: (n, dy) text side.
            sample_weight: (n,) importance of each pair.
            lr: Learning rate at its highest; a tenth of the first one's where `None`.
            epochs: How many times every pair is seen, at most; as `fit` has it for these pairs where `None`.
            related: As `fit` takes it.

        Raises:
            InputError: As `fit`, or another width than before.
        """
        self._require_fit()
        X, Y, weight = checked_pairs(X, Y, sample_weight)
        related = checked_related(related, sample_weight, len(X))
        self._require_dims(X.shape[1], Y.shape[1])
        stage = copy(self)
        stage.lr, stage.epochs = self.lr / 10 if lr is None else lr, self.epochs if epochs is None else epochs
        stage._train(X, Y, weight, related, start=self._parameters())
        self._learn(stage._parameters())
        self.history_ = np.concatenate([self.history_, stage.history_])
        return self._settled()

    def _train(
        self, X: np.ndarray, Y: np.ndarray, weight: np.ndarray, related: np.ndarray, start: Mapping[str, np.ndarray]
    ) -> None:
        """Learns the parameters and tells the history; from drawn numbers, or from those in `start`."""
        self._require_parameters()
        require("torch", "torch", f"to train {type(self).__name__}")
        X, Y, weight, place = _canonical(X, Y, weight)
        group = group_rows(X)
        akin = np.unique(np.sort(group[place[related]], axis=1), axis=0)  # by group, each two in one order
        hidden = self._hidden(group)
        judge = partial(self._judged, X[hidden], Y[hidden], group[hidden]) if hidden.any() else None
        networks = self._networks(X.shape[1], Y.shape[1])
        epochs = self._epochs(int(group.max()) + 1)
        taught = (rows[~hidden] for rows in (X, Y, weight, group))
        learnt, self.history_ = train(
            TrainingProblem(self, networks, epochs, judge, (X, Y, weight, akin), start, akin, *taught)
        )
        self._learn(learnt)

    def _epochs(self, rows: int) -> int:
        """The caller's number, or by the paper's rule."""
        if self.epochs is not None:
            return self.epochs
        return 2500 if rows <= MANY_ROWS else 500

    def _hidden(self, group: Int64[np.ndarray, " n"]) -> np.ndarray:
        """Which pairs `patience` looks for; none where there are too few groups to hide any."""
        n = int(group.max()) + 1
        if self.patience is None or n < MIN_SEARCH_ROWS:
            return np.zeros(len(group), dtype=bool)
        count = min(max(2, round(self.validation * n)), n - 2)
        return np.isin(group, np.random.default_rng(self.seed).permutation(n)[:count])

    def _judged(
        self,
        X: Float32[np.ndarray, "m dx"],
        Y: Float32[np.ndarray, "m dy"],
        group: Int64[np.ndarray, " m"],
        learnt: Mapping[str, np.ndarray],
    ) -> float:
        """Mean reciprocal rank with these parameters."""
        trial = copy(self)
        trial._learn(learnt)
        rows, first, numbers = np.unique(group, return_index=True, return_inverse=True)
        fold = Fold(rows, trial.transform_image(X[first]), trial.transform_text(Y, numbers.astype(np.int64)))
        return mean_reciprocal_rank([fold])

    def _learn(self, learnt: Mapping[str, np.ndarray]) -> None:
        for name, value in learnt.items():
            setattr(self, f"{name}_", value if value.ndim else float(value))

    def _parameters(self) -> dict[str, np.ndarray]:
        """All that `_learn` was given."""
        sides = {f"{side}{name}": value for side in ("image_", "text_") for name, value in self._learnt(side).items()}
        return sides | {name: np.array(getattr(self, f"{name}_"), np.float32) for name in self._scalars()}

    def _learnt(self, side: str) -> dict[str, np.ndarray]:
        """The parameters of one side's map, "image_" or "text_", under the names the map knows them by."""
        arrays = {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        return {
            name.removeprefix(side).removesuffix("_"): value for name, value in arrays.items() if name.startswith(side)
        }

    def _map_image(self, X: np.ndarray) -> np.ndarray:
        network = self._networks(self.image_dim_, self.text_dim_)[0]
        return X if network is None else network(self._learnt("image_"), X)

    def _map_text(self, Y: np.ndarray) -> np.ndarray:
        network = self._networks(self.image_dim_, self.text_dim_)[1]
        return Y if network is None else network(self._learnt("text_"), Y)

    def _require_parameters(self) -> None:
        """Raises `InputError` for a number out of its bounds, or a checkpoint that a saved model could not name."""
        own = type(self).__name__
        if not isinstance(self.checkpoint, str | None):
            raise InputError(f"checkpoint of {own}", repr(self.checkpoint), "pass the folder's name as text, or None")
        for name, (low, high) in self.limits.items():
            value = getattr(self, name)
            if not ((value is None and name in self.optional) or _within(value, low, high)):
                kind = "whole number" if isinstance(low, int) else "number"
                bounds = f"from {low:g}" + ("" if high == np.inf else f" to {high:g}")
                raise InputError(f"{name} of {own}", repr(value), f"pass a {kind} {bounds}")


def _within(value: Any, low: Any, high: Any) -> bool:
    kind = Integral if isinstance(low, int) else Real
    return (
        isinstance(value, kind) and not isinstance(value, bool) and low <= float(value) <= min(high, sys.float_info.max)
    )


def _canonical(
    X: Float32[np.ndarray, "n dx"], Y: Float32[np.ndarray, "n dy"], weight: Float[np.ndarray, " n"]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Every different pair once, in ascending order, with its weight in units of the mean; and where each pair went."""
    bits = np.hstack([X, Y]).view(np.uint32)
    # Floats as whole numbers of the same order, the first byte the greatest: bytes then sort as the numbers do.
    ordered = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31)).astype(">u4")
    keys = ordered.view(np.dtype((np.void, 4 * ordered.shape[1]))).ravel()
    _, first, pair = np.unique(keys, return_index=True, return_inverse=True)
    total = np.bincount(pair, weight)
    return X[first], Y[first], (total / total.mean()).astype(np.float32), pair.astype(np.int64)
