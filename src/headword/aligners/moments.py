"""Linear aligners learn from sums alone, so pairs may come in parts, in any order, from many machines."""

from __future__ import annotations

import operator
from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import reduce
from typing import Any, Self, cast

import numpy as np
from jaxtyping import Float, Float64

from headword.aligners.base import Aligner
from headword.aligners.checks import checked_pairs, checked_related
from headword.aligners.folds import Fold
from headword.aligners.model_selection import HeldOutPlan, plan_held_out
from headword.errors import InputError
from headword.linalg import NO_VARIANCE

__all__ = ["LinearAligner", "Moments", "mean_variance", "ridged"]

SINGULAR, ROUNDING = 1e-10, 1e-15
"""A direction with less than this share of the mean variance, or with less variance than that, is noise of rounding."""


@dataclass(frozen=True, eq=False)
class Moments:
    """Weighted sums over pairs: all that a linear aligner needs to know, O(d²) whatever the number of pairs.

    Attributes:
        n: () Σw.
        x: (dx,) Σwx.
        y: (dy,) Σwy.
        xx: (dx, dx) Σw xxᵀ.
        xy: (dx, dy) Σw xyᵀ.
        yy: (dy, dy) Σw yyᵀ.
    """

    n: Float64[np.ndarray, ""]
    x: Float64[np.ndarray, " dx"]
    y: Float64[np.ndarray, " dy"]
    xx: Float64[np.ndarray, "dx dx"]
    xy: Float64[np.ndarray, "dx dy"]
    yy: Float64[np.ndarray, "dy dy"]

    @classmethod
    def of(cls, X: Float[np.ndarray, "n dx"], Y: Float[np.ndarray, "n dy"], weight: Float[np.ndarray, " n"]) -> Moments:
        """Sums over the rows of X and Y."""
        X, Y, weight = X.astype(np.float64), Y.astype(np.float64), weight.astype(np.float64)
        wX, wY = X * weight[:, None], Y * weight[:, None]
        return cls(np.array(weight.sum()), wX.sum(0), wY.sum(0), X.T @ wX, X.T @ wY, Y.T @ wY)

    def __add__(self, other: Moments) -> Moments:
        return Moments(*(np.asarray(getattr(self, f.name) + getattr(other, f.name)) for f in fields(self)))

    def __sub__(self, other: Moments) -> Moments:
        return Moments(*(np.asarray(getattr(self, f.name) - getattr(other, f.name)) for f in fields(self)))

    def means(self) -> tuple[Float64[np.ndarray, " dx"], Float64[np.ndarray, " dy"]]:
        """Mean of the image side and of the text side."""
        return self.x / self.n, self.y / self.n

    def covariances(
        self,
    ) -> tuple[Float64[np.ndarray, "dx dx"], Float64[np.ndarray, "dx dy"], Float64[np.ndarray, "dy dy"]]:
        """Centred second moments Cxx, Cxy, Cyy, divided by Σw, so that a ridge means the same for any n."""
        x, y = self.means()
        return self.xx / self.n - np.outer(x, x), self.xy / self.n - np.outer(x, y), self.yy / self.n - np.outer(y, y)


def mean_variance(covariance: Float64[np.ndarray, "d d"], side: str) -> float:
    """tr(C) / d: what a ridge is measured in.

    Raises:
        InputError: There is none, for all rows of `side` are the same.
    """
    total = float(np.trace(covariance))
    if total < NO_VARIANCE:
        raise InputError(f"{side}: rows that differ", "one row, again and again", "pass at least two different rows")
    return total / len(covariance)


def ridged(covariance: Float64[np.ndarray, "d d"], alpha: float, side: str) -> Float64[np.ndarray, "d d"]:
    """C + α s I, s the mean variance.

    Raises:
        InputError: There is no variance, or so small a ridge that the sum is singular.
    """
    spread = mean_variance(covariance, side)
    ridge = alpha * spread
    # Divided by noise of rounding, a map is noise itself.
    if ridge < ROUNDING and np.linalg.eigvalsh(covariance)[0] + ridge < max(SINGULAR * spread, ROUNDING):
        raise InputError(
            f"a fit to {side} in {len(covariance)} dimensions with alpha={alpha}",
            "a covariance that is singular: there are fewer pairs than dimensions",
            "pass alpha > 0, or more pairs",
        )
    return covariance + ridge * np.eye(len(covariance))


class LinearAligner(Aligner):
    """An aligner that is a function of `Moments`; a subclass implements `_solve`."""

    @abstractmethod
    def _solve(self, moments: Moments) -> None:
        """Learns the maps from sums."""

    @property
    def moments_(self) -> Moments:
        """The sums it has learnt from."""
        self._require_fit()
        return Moments(*(getattr(self, f"sum_{f.name}_") for f in fields(Moments)))

    def _remember(self, moments: Moments) -> None:
        for f in fields(Moments):
            setattr(self, f"sum_{f.name}_", getattr(moments, f.name))

    def _fit(self, X: np.ndarray, Y: np.ndarray, weight: np.ndarray) -> None:
        moments = Moments.of(X, Y, weight)
        self._remember(moments)
        self._solve(moments)

    def partial_fit(
        self,
        X: Float[np.ndarray, "n dx"],
        Y: Float[np.ndarray, "n dy"],
        sample_weight: Float[np.ndarray, " n"] | None = None,
    ) -> Self:
        """Learns from more pairs, as if they had been there from the start.

        Parameters that are "auto" are chosen on the first call's rows and then kept. Takes and raises what `fit` does,
        `InputError` for another width than before too.
        """
        if not hasattr(self, "sum_n_"):
            return self.fit(X, Y, sample_weight)
        X, Y, weight = checked_pairs(X, Y, sample_weight)
        self._require_dims(X.shape[1], Y.shape[1])
        return self._extend(Moments.of(X, Y, weight))

    def merge(self, other: LinearAligner) -> Self:
        """Learns all that `other`, fitted elsewhere on other pairs, has learnt.

        Raises:
            InputError: `other` is another kind of aligner, not fitted, or of other widths.
        """
        if type(other) is not type(self):
            raise InputError(
                f"to merge two of {type(self).__name__}", f"a {type(other).__name__}", "merge aligners of one kind"
            )
        other._require_fit()
        self._require_fit()
        self._require_dims(other.image_dim_, other.text_dim_)
        return self._extend(other.moments_)

    def _extend(self, more: Moments) -> Self:
        moments = self.moments_ + more
        self._remember(moments)
        self._solve(moments)
        return self._settled()

    def _held_out(self, plan: HeldOutPlan) -> list[list[Fold]]:
        """One pass over the pairs: the sums without a part are all sums minus the part's."""
        return self._folds(plan, _without(plan))

    def _trials(self, X: np.ndarray, Y: np.ndarray, weight: np.ndarray) -> Callable[[Any], list[Fold]]:
        ((_, plan),) = plan_held_out(X, Y, weight, [np.arange(len(X))], checked_related(None, None, len(X)))
        without = _without(plan)
        return lambda trial: cast(LinearAligner, trial)._folds(plan, without)[0]

    def _folds(self, plan: HeldOutPlan, without: list[Moments]) -> list[list[Fold]]:
        def solved() -> Iterator[LinearAligner]:
            for moments in without:
                self._solve(moments)
                yield self

        return plan.folds(solved())


def _without(plan: HeldOutPlan) -> list[Moments]:
    """The sums over all pairs but those of each hidden part."""
    insides = [np.isin(plan.groups, rows) for rows in plan.hidden]
    never = ~np.any(insides, axis=0)
    parts, rest = (
        [Moments.of(plan.X[rows], plan.Y[rows], plan.weight[rows]) for rows in each] for each in (insides, [never])
    )
    total = reduce(operator.add, parts, rest[0])
    return [total - part for part in parts]
