"""Sequential mixing: an aligner learns from the head's rows, then goes on from there with pictures alone.

Weight recycling (Méndez et al. 2026) has both stages see their pairs as they are, with learning rates of 5e-3 and 5e-4;
their code never finishes the second one. Ours: both stages see their pairs across the `Bridge`, and the second rate is
a tenth of the first where none is given. What is solved in one go has sums without an order, so nothing to go on from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.base import clone

from headword.aligners.base import Aligner
from headword.aligners.gradient import GradientAligner
from headword.errors import InputError
from headword.pairs.pairs import Pairs

__all__ = ["MIXES", "SequentialAligner", "require_mix", "sequential_aligner"]

MIXES = ("bridge", "plain", "sequential")


@dataclass(eq=False, repr=False)
class SequentialAligner(Aligner):
    """Learns from what it is given, then goes on with `more`: every fold of a held-out test has both stages too.

    Args:
        aligner: What is trained; a clone of it is.
        more: Pairs of the second stage.
        lr: Of the second stage; a tenth of the first one's where `None`.

    Attributes:
        fitted_: The trained aligner.
    """

    aligner: GradientAligner
    more: Pairs
    lr: float | None = None

    def _fit(self, X: np.ndarray, Y: np.ndarray, weight: np.ndarray) -> None:
        self._fit_related(X, Y, weight, np.zeros((0, 2), dtype=np.int64))

    def _fit_related(self, X: np.ndarray, Y: np.ndarray, weight: np.ndarray, related: np.ndarray) -> None:
        first: GradientAligner = clone(self.aligner)
        first._set_dims(X, Y)
        # Not `fit`: rows that are scaled to length 1 again differ in their last bits.
        first._fit_related(X, Y, weight, related)
        more = self.more
        self.fitted_ = first.continue_fit(more.x, more.y, more.weight, lr=self.lr, related=more.related_rows)

    def _map_image(self, X: np.ndarray) -> np.ndarray:
        return self.fitted_._map_image(X)

    def _map_text(self, Y: np.ndarray) -> np.ndarray:
        return self.fitted_._map_text(Y)

    def _finish(self, mapped: np.ndarray) -> np.ndarray:
        return self.fitted_._finish(mapped)


def sequential_aligner(aligner: GradientAligner, pairs: Pairs, lr: float | None) -> tuple[SequentialAligner, Pairs]:
    """What learns from rows and then from pictures, and the pairs of the rows to fit it on.

    Raises:
        InputError: Rows without pictures, or pictures without rows.
    """
    head = pairs.comes_from("head")
    if head.all() or not head.any():
        found = "rows without pictures" if head.all() else "pictures without rows"
        raise InputError("to learn from rows, then from pictures", found, "pass both, or leave out mix='sequential'")
    groups = [np.unique(pairs.group[kind]) for kind in (head, ~head)]
    rows, images = (pairs.take(each) for each in groups)
    return SequentialAligner(aligner, images, lr), rows


def require_mix(
    mix: str, aligner: Aligner, weight_ratio: float | None, pairs_lr: float | None, trained: Sequence[str]
) -> None:
    """Raises `InputError` for a way of mixing that there is not, or that these cannot go with.

    `trained` are the names of the aligners that can learn in two stages, for the message.
    """
    if mix not in MIXES:
        raise InputError("how to mix rows and pictures", repr(mix), f"pass one of {', '.join(map(repr, MIXES))}")
    if weight_ratio is not None and not 0 < weight_ratio < 1:
        raise InputError(f"weight_ratio={weight_ratio:g}", "no share between 0 and 1", "pass one, such as 0.5")
    if mix != "sequential":
        if pairs_lr is not None:
            raise InputError(
                "a learning rate for the pairs alone", f"mix={mix!r}: one stage with one rate", "pass mix='sequential'"
            )
        return
    if not isinstance(aligner, GradientAligner):
        raise InputError(
            f"{type(aligner).__name__} to learn from rows, then from pictures",
            "it is solved in one go, with nothing to go on from",
            f"take one that is trained by gradient descent ({', '.join(trained)}), or mix='bridge'",
        )
    if weight_ratio is not None:
        raise InputError(
            f"weight_ratio={weight_ratio} with mix='sequential'", "stages of one kind of pairs each", "leave it out"
        )
