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
from dataclasses import dataclass, field
from functools import partial
from typing import Self

import numpy as np
from jaxtyping import Float, Float32, Int64

from headword.aligners.base import Aligner
from headword.aligners.checks import checked_pairs, checked_related
from headword.aligners.folds import Fold, mean_reciprocal_rank
from headword.aligners.model_selection import MIN_SEARCH_ROWS
from headword.aligners.networks import RowMap
from headword.aligners.parameters import limits_of
from headword.aligners.trainable import Trainable
from headword.aligners.training_loop import TrainingProblem, train
from headword.arrays import equal_rows
from headword.errors import InputError, require

__all__ = ["GradientAligner", "canonical_pairs"]

MANY_ROWS = 2000
"""Different rows of X (classes) beyond which the paper's shorter training is taken."""


@dataclass(eq=False, repr=False, kw_only=True)
class GradientAligner(Aligner, Trainable):
    """An aligner whose maps are trained; a subclass says which maps and which loss.

    Its parameters are those of `Trainable`. A subclass is a `dataclass(eq=False, repr=False)` too, adds its own, whose
    types say their ranges (see `headword.aligners.parameters`), and gives a shared one that starts elsewhere its other
    default.

    Attributes:
        history_: (epochs, 2) mean loss, and mean reciprocal rank of the hidden texts (NaN where nothing is hidden).
    """

    history_: np.ndarray = field(init=False)

    @abstractmethod
    def _networks(self, image: int, text: int) -> tuple[RowMap | None, RowMap | None]:
        """The map of the image side and of the text side, given their widths; `None` is the identity."""

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
            X: As `fit` takes it, and so are `Y`, `sample_weight` and `related`.
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
        self._set_parameters(stage._parameters())
        self.history_ = np.concatenate([self.history_, stage.history_])
        return self._settled()

    def _train(
        self, X: np.ndarray, Y: np.ndarray, weight: np.ndarray, related: np.ndarray, start: Mapping[str, np.ndarray]
    ) -> None:
        """Learns the parameters and tells the history; from drawn numbers, or from those in `start`."""
        self._require_parameters()
        require("torch", "torch", f"to train {type(self).__name__}")
        X, Y, weight, place = canonical_pairs(X, Y, weight)
        group = equal_rows(X)
        akin = np.unique(np.sort(group[place[related]], axis=1), axis=0)  # by group, each two in one order
        hidden = self.hidden_pairs(group)
        judge = partial(self.hidden_rank, X[hidden], Y[hidden], group[hidden]) if hidden.any() else None
        networks = self._networks(X.shape[1], Y.shape[1])
        epochs = self.epochs_for(int(group.max()) + 1)
        shown = (rows[~hidden] for rows in (X, Y, weight, group))
        learnt, self.history_ = train(
            TrainingProblem(self, networks, epochs, judge, (X, Y, weight, akin), start, akin, *shown)
        )
        self._set_parameters(learnt)

    def epochs_for(self, rows: int) -> int:
        """The caller's number of epochs; where `None`, that of the paper's rule for so many different rows of X."""
        return self.epochs if self.epochs is not None else 2500 if rows <= MANY_ROWS else 500

    def hidden_pairs(self, group: Int64[np.ndarray, " n"]) -> np.ndarray:
        """(n,) bool, the pairs that `patience` hides, given each one's group; none where groups are too few."""
        n = int(group.max()) + 1
        if self.patience is None or n < MIN_SEARCH_ROWS:
            return np.zeros(len(group), dtype=bool)
        count = min(max(2, round(self.validation * n)), n - 2)
        return np.isin(group, np.random.default_rng(self.seed).permutation(n)[:count])

    def hidden_rank(
        self,
        X: Float32[np.ndarray, "m dx"],
        Y: Float32[np.ndarray, "m dy"],
        group: Int64[np.ndarray, " m"],
        learnt: Mapping[str, np.ndarray],
    ) -> float:
        """Mean reciprocal rank of hidden texts among hidden groups, with parameters by their names."""
        trial = copy(self)
        trial._set_parameters(learnt)
        rows, first, numbers = np.unique(group, return_index=True, return_inverse=True)
        fold = Fold(rows, trial.transform_image(X[first]), trial.transform_text(Y, numbers.astype(np.int64)))
        return mean_reciprocal_rank([fold])

    def _set_parameters(self, learnt: Mapping[str, np.ndarray]) -> None:
        for name, value in learnt.items():
            setattr(self, f"{name}_", value if value.ndim else float(value))

    def _parameters(self) -> dict[str, np.ndarray]:
        """All that `_set_parameters` was given."""
        sides = ("image_", "text_")
        maps = {f"{side}{name}": value for side in sides for name, value in self._side_parameters(side).items()}
        return maps | {name: np.array(getattr(self, f"{name}_"), np.float32) for name in self._scalars()}

    def _side_parameters(self, side: str) -> dict[str, np.ndarray]:
        """The parameters of one side's map, "image_" or "text_", under the names the map knows them by."""
        arrays = {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        return {
            name.removeprefix(side).removesuffix("_"): value for name, value in arrays.items() if name.startswith(side)
        }

    def _map_image(self, X: np.ndarray) -> np.ndarray:
        network = self._networks(self.image_dim_, self.text_dim_)[0]
        return X if network is None else network(self._side_parameters("image_"), X)

    def _map_text(self, Y: np.ndarray) -> np.ndarray:
        network = self._networks(self.image_dim_, self.text_dim_)[1]
        return Y if network is None else network(self._side_parameters("text_"), Y)

    def _require_parameters(self) -> None:
        """Raises `InputError` for a number out of its bounds, or a checkpoint that a saved model could not name."""
        own = type(self).__name__
        if not isinstance(self.checkpoint, str | None):
            raise InputError(f"checkpoint of {own}", repr(self.checkpoint), "pass the folder's name as text, or None")
        for name, limits in limits_of(type(self)).items():
            value = getattr(self, name)
            finite = limits.hold(value) and not isinstance(value, bool) and float(value) <= sys.float_info.max
            if not (finite or (value is None and limits.optional)):
                bounds = f"from {limits.low:g}" + ("" if limits.high == np.inf else f" to {limits.high:g}")
                kind = "whole number" if limits.whole else "number"
                raise InputError(f"{name} of {own}", repr(value), f"pass a {kind} {bounds}")


def canonical_pairs(
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
