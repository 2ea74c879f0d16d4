"""The table of metrics: what each name in a result means, which way is better, how it is written, what guessing gives.

To add one, write its function and one line of the table, or call `registry.register("kappa", Metric(...))` from a
script. Tasks that classify compute every metric with a `measure`; the others are computed by their own task.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from headword.metrics.classification import class_error, class_shares, macro_f1, weighted_f1
from headword.metrics.statistics import standard_error
from headword.registry import Registry

__all__ = ["Answers", "Measured", "Metric", "measure", "metric_of", "registry"]


@dataclass(frozen=True, eq=False)
class Answers:
    """What a model answered, as metrics of classification take it.

    Attributes:
        ranks: (n,) how many other classes score at least as high as each image's own; 0 is right.
        predicted: (n,) the class each image was given.
        targets: (n,) the class of each image.
        classes: Number of candidate classes.
    """

    ranks: Int64[np.ndarray, " n"]
    predicted: Int64[np.ndarray, " n"]
    targets: Int64[np.ndarray, " n"]
    classes: int


@dataclass(frozen=True, eq=False)
class Measured:
    """A metric of some answers.

    Attributes:
        value: The figure.
        chance: What guessing reaches, where that has a closed form.
        values: (n,) the values whose mean the figure is, one for each image, where it is a mean.
        spread: Standard error over images, where there are `values`.
    """

    value: float
    chance: float | None = None
    values: Float64[np.ndarray, " n"] | None = None
    spread: float | None = None


@dataclass(frozen=True)
class Metric:
    """What a name in a result stands for.

    Attributes:
        meaning: What it measures, in a line.
        chance: What guessing reaches, as a formula; a dash where that has no closed form.
        higher_is_better: Whether more of it is better.
        percent: Whether it is a share, written in per cent; else a position, written as it is.
        measure: Computes it from answers; `None` from it leaves the metric out.
    """

    meaning: str
    chance: str = "–"
    higher_is_better: bool = True
    percent: bool = True
    measure: Callable[[Answers], Measured | None] | None = None

    @property
    def about(self) -> str:
        """Meaning, direction and chance, in a line."""
        return f"{self.meaning}; {'higher' if self.higher_is_better else 'lower'} is better; chance: {self.chance}"

    @property
    def scale(self) -> int:
        """Factor from the value to what is written."""
        return 100 if self.percent else 1

    @property
    def unit(self) -> str:
        """What is written after the number."""
        return " %" if self.percent else ""


def _among_first(k: int) -> Callable[[Answers], Measured | None]:
    def measured(found: Answers) -> Measured | None:
        if k > 1 and found.classes <= k:
            return None
        values = (found.ranks < k).astype(np.float64)
        return Measured(float(values.mean()), k / found.classes, values, standard_error(values))

    return measured


def _mean_per_class(found: Answers) -> Measured:
    right = found.ranks == 0
    sizes, shares = class_shares(right, found.targets, found.classes)
    # Images weigh by their class, so that their mean is the mean over classes.
    values = right.astype(np.float64) * len(right) / (int((sizes > 0).sum()) * sizes[found.targets])
    return Measured(float(values.mean()), 1 / found.classes, values, class_error(sizes, shares))


METRICS = {
    "top1": Metric("pictures whose class scores higher than every other", "1 / classes", measure=_among_first(1)),
    "top5": Metric("pictures whose class is among the five best", "5 / classes", measure=_among_first(5)),
    "mean_per_class": Metric("mean of top1 over classes", "1 / classes", measure=_mean_per_class),
    "macro_f1": Metric("mean F1 of classes", measure=lambda found: Measured(macro_f1(found.predicted, found.targets))),
    "weighted_f1": Metric(
        "mean F1 of classes, weighted by pictures",
        measure=lambda found: Measured(weighted_f1(found.predicted, found.targets)),
    ),
    "seen_mean_per_class": Metric("accuracy on known classes among all candidates", "1 / candidates"),
    "unseen_mean_per_class": Metric("accuracy on new classes among all candidates", "1 / candidates"),
    "harmonic_mean": Metric("harmonic mean of the two before", "1 / candidates"),
    "ausuc": Metric("area under the curve of accuracy on known over accuracy on new classes"),
    "recall@k_any": Metric("queries with a right item among the first k", "1 − C(m−g, k) / C(m, k)"),
    "recall@k_fraction": Metric("share of a query's right items among the first k", "k / m"),
    "precision@1": Metric("queries whose first item is right", "g / m"),
    "map": Metric("mean average precision over the full ranking", "(H + (m−H)(g−1)/(m−1)) / m"),
    "median_rank": Metric(
        "median position of the first right item", "median of a random order", higher_is_better=False, percent=False
    ),
}
"""In the order of results. Names of retrieval stand for both directions, those of zero-shot for few-shot, too."""

registry = Registry("metric", "headword.metrics", METRICS)


def metric_of(name: str) -> Metric:
    """The metric behind a name in a result: "few_shot_top5" is "top5", "t2i_recall@10_any" is "recall@k_any".

    A name that nobody registered is a share, or where it ends in "_rank" a position.
    """
    bare = re.sub("^(few_shot|t2i|i2t)_", "", name)
    for each in (name, bare, re.sub(r"@\d+", "@k", bare)):
        if each in registry:
            found: Metric = registry[each]
            return found
    position = name.endswith("_rank")
    return Metric("", higher_is_better=not position, percent=not position)


def measure(answers: Answers) -> dict[str, Measured]:
    """Every metric of classification that applies to some answers, in the table's order."""
    names = dict.fromkeys([*METRICS, *registry])
    found = {name: each.measure(answers) for name in names if (each := registry[name]).measure is not None}
    return {name: each for name, each in found.items() if each is not None}
