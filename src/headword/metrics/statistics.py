"""How far a figure can be trusted: spread over seeds, bootstrap intervals, paired differences, what chance allows.

Values that share a cluster (captions of one picture) are not independent: clusters are resampled, not values. All of
it is seeded and gives the same figures again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Int64
from scipy.stats import binom

from headword.arrays import chunks
from headword.errors import InputError

__all__ = ["Estimate", "binomial_interval", "bootstrap", "mean_sd", "paired", "standard_error"]

RESAMPLES = 2_000
"""Enough for the ends of a 95 % interval to two digits."""

BLOCK = 2**22
"""Draws held at once."""


@dataclass(frozen=True)
class Estimate:
    """A mean with its interval.

    Attributes:
        mean: Of the values.
        low: Lower end of the interval; NaN where there is but one value.
        high: Upper end.
        level: Share of such intervals that hold the true mean.
        n: How many independent values or clusters there were.
    """

    mean: float
    low: float
    high: float
    level: float
    n: int

    @property
    def sign(self) -> Literal[-1, 0, 1]:
        """1 or -1 where the whole interval is above or below 0; 0 where it is undecided."""
        return 1 if self.low > 0 else -1 if self.high < 0 else 0

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"sign": self.sign}

    def __str__(self) -> str:
        return f"{self.mean:.4f} [{self.low:.4f}, {self.high:.4f}]"


def mean_sd(values: Sequence[float]) -> tuple[float, float]:
    """Mean over seeds and the standard deviation (n - 1 below); 0 for one seed.

    Raises:
        InputError: No values, or NaN.
    """
    array = _numbers(values)
    return float(array.mean()), float(array.std(ddof=1)) if len(array) > 1 else 0.0


def standard_error(values: Float[np.ndarray, " q"], clusters: Int64[np.ndarray, " q"] | None = None) -> float:
    """Standard error of the mean in closed form; NaN for a single value or cluster.

    Args:
        values: (q,) one for each picture or caption.
        clusters: (q,) which of them belong together; each by itself where `None`.

    Raises:
        InputError: No values, NaN, or not one cluster for each.
    """
    array = _numbers(values)
    sums, counts = _by_cluster(array - array.mean(), clusters)
    if len(sums) < 2:
        return float("nan")
    return float(np.sqrt(len(sums) / (len(sums) - 1) * (sums**2).sum()) / counts.sum())


def bootstrap(
    values: Float[np.ndarray, " q"],
    clusters: Int64[np.ndarray, " q"] | None = None,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Estimate:
    """The mean and its percentile bootstrap interval, which is NaN for a single value or cluster.

    Args:
        values: (q,) one for each picture or caption.
        clusters: (q,) which of them belong together and are drawn together.
        level: Of the interval.
        resamples: How often to draw.
        seed: Of the draws.

    Raises:
        InputError: No values, NaN, not one cluster for each, or a level outside 0…1.
    """
    array = _numbers(values)
    if not 0 < level < 1 or resamples < 1:
        raise InputError("a bootstrap interval", f"level={level}, resamples={resamples}", "pass 0.95 and 2000")
    sums, counts = _by_cluster(array, clusters)
    if len(sums) < 2:
        return Estimate(float(array.mean()), float("nan"), float("nan"), level, len(sums))
    rng = np.random.default_rng(seed)
    means = []
    for part in chunks(resamples, max(1, BLOCK // len(sums))):
        drawn = rng.integers(0, len(sums), (part.stop - part.start, len(sums)))
        means.append(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1))
    low, high = np.quantile(np.concatenate(means), [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(array.mean()), float(low), float(high), level, len(sums))


def paired(
    first: Float[np.ndarray, " q"],
    second: Float[np.ndarray, " q"],
    clusters: Int64[np.ndarray, " q"] | None = None,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Estimate:
    """How much better the first of two systems is on the same pictures, with a bootstrap interval.

    Args:
        first: (q,) values of one system, one for each picture or caption.
        second: (q,) values of the other, for the same ones in the same order.
        clusters: See `bootstrap`, as `level`, `resamples` and `seed`.
        level: Share of such intervals that hold the true mean.
        resamples: Number of resamples.
        seed: Seed of the resamples.

    Returns:
        The mean difference, first less second; its `sign` tells which is better, or 0.

    Raises:
        InputError: Not as many values of both, or see `bootstrap`.
    """
    one, other = _numbers(first), _numbers(second)
    if len(one) != len(other):
        raise InputError(
            "a paired difference", f"{len(one)} values and {len(other)}", "evaluate both systems on the same pictures"
        )
    return bootstrap(one - other, clusters, level=level, resamples=resamples, seed=seed)


def binomial_interval(n: int, chance: float, level: float = 0.95) -> tuple[float, float]:
    """The shares that guessing lands in: of `n` independent answers, each right with probability `chance`.

    Pictures of one class tend to be right or wrong together. Where names are permuted, `n` is therefore the number of
    classes (times permutations), not of pictures.

    Args:
        n: Independent answers.
        chance: Probability that one is right.
        level: Probability of landing between the two.

    Raises:
        InputError: No answers, or a probability outside 0…1.
    """
    if n < 1 or not 0 <= chance <= 1 or not 0 < level < 1:
        raise InputError("an interval of guessing", f"n={n}, chance={chance}, level={level}", "pass n > 0 and shares")
    low, high = binom.interval(level, n, chance)
    return float(low) / n, float(high) / n


def _numbers(values: Any) -> np.ndarray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not array.size or not np.isfinite(array).all():
        raise InputError(
            "values to average",
            f"shape {array.shape}, {int((~np.isfinite(array)).sum())} of them not finite",
            "pass one finite number for each picture, caption or seed",
        )
    return array


def _by_cluster(values: np.ndarray, clusters: Any) -> tuple[np.ndarray, np.ndarray]:
    """Sum and number of values of each cluster."""
    if clusters is None:
        return values, np.ones(len(values))
    if len(clusters) != len(values):
        raise InputError("a cluster for each value", f"{len(clusters)} for {len(values)}", "pass as many")
    numbers = np.unique(clusters, return_inverse=True)[1]
    return np.bincount(numbers, values), np.bincount(numbers).astype(np.float64)
