"""Held-out-class validation: how well will names work that the classifier never saw? Answered without a picture.

A part of the head's rows is hidden, the aligner learns from the rest, and each hidden row is looked for from its
text among the hidden ones. A prototype stands for perfect pictures of its class, so accuracy on real pictures is
lower (on ImageNet heads by about half); between aligners, encoders and prompts the order is the same.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from headword.aligners.base import Aligner
from headword.aligners.folds import Fold
from headword.errors import InputError
from headword.pairs.pairs import Pairs

__all__ = ["HeldOut", "held_out_asks", "held_out_classes", "summarise_folds"]


@dataclass(frozen=True)
class HeldOut:
    """What held-out-class validation found.

    Attributes:
        query_kind: "names", or "all texts" (names, synonyms and definitions together).
        classes: How many classes were hidden, each once.
        candidates: Among how many hidden names each was looked for (the mean over folds).
        top1: Share found first.
        top5: Share found among the first five.
        top1_sd: Standard deviation of `top1` over folds.
        top5_sd: Standard deviation of `top5` over folds.
        median_rank: Median position of the right class; 1 is best.
        chance1: `top1` of guessing.
        chance5: `top5` of guessing.
    """

    query_kind: str
    classes: int
    candidates: float
    top1: float
    top5: float
    top1_sd: float
    top5_sd: float
    median_rank: float
    chance1: float
    chance5: float

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def __str__(self) -> str:
        return (
            f"{self.classes} held-out classes, asked with {self.query_kind}, found among {self.candidates:.0f}: "
            f"first {100 * self.top1:.1f} % (chance {100 * self.chance1:.1f}), "
            f"in the first five {100 * self.top5:.1f} % (chance {100 * self.chance5:.1f})"
        )


def held_out_classes(
    aligner: Aligner, pairs: Pairs, *, ask: Literal["names", "all texts"] = "names", folds: int = 5, seed: int = 0
) -> HeldOut:
    """Estimates how well an aligner serves names it was not fitted on.

    Args:
        aligner: Fitted or not; parameters that are "auto" are those of its fit, else chosen on the same rows.
        pairs: From a head; all texts of a class are hidden together.
        ask: Look for a hidden class by its plain name, or by all its texts.
        folds: In how many parts classes are hidden: 5 hides 20 % at a time.
        seed: Of the assignment of classes to folds.

    Raises:
        InputError: Fewer classes than twice the folds, or something else to ask with.
    """
    if ask not in ("names", "all texts"):
        raise InputError("what to ask for hidden classes with", repr(ask), "pass 'names' or 'all texts'")
    return _validated(aligner, pairs, [ask], folds, seed)[0]


def held_out_asks(aligner: Aligner, pairs: Pairs, *, folds: int = 5, seed: int = 0) -> tuple[HeldOut, ...]:
    """`held_out_classes` by names and, where classes have other texts, by all of them, with the same refits.

    Takes and raises what it does, but for `ask`.
    """
    return _validated(aligner, pairs, ["names"] if pairs.is_name.all() else ["names", "all texts"], folds, seed)


def _validated(aligner: Aligner, pairs: Pairs, asks: list[str], folds: int, seed: int) -> tuple[HeldOut, ...]:
    rows, queries = (pairs.x, pairs.y, pairs.weight), {"names": np.flatnonzero(pairs.is_name), "all texts": None}
    sets = [queries[ask] for ask in asks]
    hidden = aligner.held_out_each(*rows, sets, folds=folds, seed=seed, related=pairs.related_rows)
    return tuple(summarise_folds(each, query_kind=ask) for ask, each in zip(asks, hidden, strict=True))


def summarise_folds(folds: list[Fold], *, query_kind: str) -> HeldOut:
    """Accuracies over folds of held-out rows."""
    ranks = [fold.ranks() for fold in folds]
    sizes = np.array([len(each) for each in ranks])
    every = np.concatenate(ranks)
    top1, top5 = ([float((each < k).mean()) for each in ranks] for k in (1, 5))
    return HeldOut(
        query_kind=query_kind,
        classes=len(every),
        candidates=float(sizes.mean()),
        top1=float((every < 1).mean()),
        top5=float((every < 5).mean()),
        top1_sd=float(np.std(top1, ddof=1)) if len(folds) > 1 else 0.0,
        top5_sd=float(np.std(top5, ddof=1)) if len(folds) > 1 else 0.0,
        median_rank=float(np.median(every)) + 1.0,
        chance1=len(sizes) / len(every),
        chance5=float(np.minimum(5, sizes).sum()) / len(every),
    )
