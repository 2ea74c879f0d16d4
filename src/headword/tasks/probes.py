"""Probes: classifiers from a few labelled pictures a class, with or without what the names say.

All work on unit rows and standardised scores. Names come in as zero-shot scores S of each picture with each class;
with the share b of them and image evidence learnt from the shots, a probe scores

    prototype   (1 - b) · cos(x, mean of the class's shots) + b · S
    ridge       b · S + xΔ,  Δ = argmin ‖T - b · S - XΔ‖² + α‖Δ‖²,  T the standardised one-hot targets
    logistic    b · S + xΔ,  Δ = argmin  cross-entropy(softmax(b · S + XΔ)) + ‖Δ‖² / 2C

Where S is linear in x, ridge and logistic are the usual ones shrunk towards the classifier that the names predict
instead of towards zero. Without names b is 0. Everything is chosen among the shots: each is left out of its class
(prototype, ridge) or of its part (logistic) and looked for by what the others teach. That sees one shot less than
there are, so it errs towards names. With one shot a class nothing can be left out, and `ONE_SHOT` holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np
from jaxtyping import Float64, Int64
from scipy.optimize import minimize
from scipy.special import logsumexp
from sklearn.linear_model import Ridge, RidgeCV

from headword._repr import short_repr
from headword.arrays import unit
from headword.metrics.classification import ranks

__all__ = ["PROBES", "Probe", "Shots", "fit_logistic", "logistic", "names", "prototype", "ridge", "width"]

SHARES = tuple(np.linspace(0.0, 1.0, 11).tolist())
ALPHAS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
FACTORS = (0.0, 0.5, 1.0, 2.0, 4.0)
COSTS = (1.0, 3.0, 10.0, 30.0, 100.0)
PARTS = 4
STOP = {"gtol": 1e-4, "maxiter": 500}
ONE_SHOT: Mapping[str, float] = MappingProxyType({"share": 0.5, "alpha": 1.0, "factor": 1.0, "cost": 10.0})
"""What is taken with one shot a class: names and picture weigh the same."""


@dataclass(frozen=True, eq=False)
class Shots:
    """What a probe learns from: as many pictures of each class.

    Attributes:
        x: (n, d) unit rows.
        targets: (n,) class of each; the shots of a class are in the order they were drawn.
        names: (n, c) standardised zero-shot scores, or `None`: names are not used.
        classes: How many classes there are.
    """

    x: Float64[np.ndarray, "n d"]
    targets: Int64[np.ndarray, " n"]
    names: Float64[np.ndarray, "n c"] | None
    classes: int

    __repr__ = short_repr

    @property
    def each(self) -> int:
        """Shots a class."""
        return len(self.targets) // self.classes

    def onehot(self) -> Float64[np.ndarray, "n c"]:
        """1 for a picture's class."""
        return np.eye(self.classes)[self.targets]


class Probe(Protocol):
    """Learns from shots and scores other pictures."""

    def __call__(
        self, shots: Shots, x: Float64[np.ndarray, "m d"], names: Float64[np.ndarray, "m c"] | None
    ) -> tuple[Float64[np.ndarray, "m c"], dict[str, float]]:
        """Scores of pictures `x`, whose zero-shot scores are `names`, and the parameters that were chosen."""


def names(
    shots: Shots, x: Float64[np.ndarray, "m d"], names: Float64[np.ndarray, "m c"] | None
) -> tuple[Float64[np.ndarray, "m c"], dict[str, float]]:
    """What the names alone say: the probe of a model that was itself fitted on the shots."""
    assert names is not None
    return names, {}


def prototype(
    shots: Shots, x: Float64[np.ndarray, "m d"], names: Float64[np.ndarray, "m c"] | None
) -> tuple[Float64[np.ndarray, "m c"], dict[str, float]]:
    """The nearest class mean by cosine, mixed with names."""
    sums = shots.onehot().T @ shots.x
    scores = x @ unit(sums).T
    if names is None or shots.names is None:
        return scores, {}
    cosines, share = shots.x @ unit(sums).T, ONE_SHOT["share"]
    # A shot is compared with its own class without itself; with one shot a class there is then nothing to compare, and
    # of two classes nothing else either, so that there it is compared with itself.
    left = unit(sums[shots.targets] - shots.x)
    if shots.each > 1 or shots.classes > 2:
        own = np.einsum("nd,nd->n", left, shots.x) if shots.each > 1 else np.nan
        cosines[np.arange(len(left)), shots.targets] = own
    if shots.each > 1:
        trials = {b: (1 - b) * cosines / width(cosines) + b * shots.names for b in SHARES}
        share = max(SHARES, key=lambda b: _reciprocal_rank(trials[b], shots.targets))
    return (1 - share) * scores / width(cosines) + share * names, {"share": share}


def ridge(
    shots: Shots, x: Float64[np.ndarray, "m d"], names: Float64[np.ndarray, "m c"] | None
) -> tuple[Float64[np.ndarray, "m c"], dict[str, float]]:
    """Ridge regression of the targets, shrunk towards what the names say."""
    onehot = shots.onehot()
    targets = (onehot - onehot.mean()) / onehot.std()
    prior, shares = _or_zeros(shots.names, targets.shape), (0.0,) if shots.names is None else SHARES
    if shots.each > 1:
        # What is left out is predicted b · S + what the others teach of the rest: the error of the rest is its error.
        trials = {b: RidgeCV(ALPHAS).fit(shots.x, targets - b * prior) for b in shares}
        share = max(trials, key=lambda b: float(trials[b].best_score_))
        alpha = float(trials[share].alpha_)
    else:
        share, alpha = 0.0 if shots.names is None else ONE_SHOT["share"], ONE_SHOT["alpha"]
    image = Ridge(alpha).fit(shots.x, targets - share * prior).predict(x)
    return image + share * _or_zeros(names, image.shape), {"alpha": alpha, "share": share}


def logistic(
    shots: Shots, x: Float64[np.ndarray, "m d"], names: Float64[np.ndarray, "m c"] | None
) -> tuple[Float64[np.ndarray, "m c"], dict[str, float]]:
    """Multinomial logistic regression, shrunk towards what the names say."""
    prior = _or_zeros(shots.names, (len(shots.x), shots.classes))
    factors: tuple[float, ...] = (0.0,) if shots.names is None else FACTORS
    factor, cost = 0.0 if shots.names is None else ONE_SHOT["factor"], ONE_SHOT["cost"]
    if shots.each > 1:
        # One after the other, from the middle: a fit for each value, not for each pair of values.
        part = np.empty(len(shots.x), dtype=np.int64)
        part[np.argsort(shots.targets, kind="stable")] = np.tile(np.arange(shots.each), shots.classes) % PARTS
        factor = factors[int(np.argmax([_left_out(shots, f * prior, (cost,), part) for f in factors]))]
        cost = COSTS[int(np.argmax(_left_out(shots, factor * prior, COSTS, part)))]
    weight, bias = next(fit_logistic(shots.x, shots.targets, factor * prior, (cost,)))
    image = x @ weight + bias
    return image + factor * _or_zeros(names, image.shape), {"cost": cost, "factor": factor}


def fit_logistic(
    X: Float64[np.ndarray, "n d"],
    targets: Int64[np.ndarray, " n"],
    offset: Float64[np.ndarray, "n c"],
    costs: Sequence[float],
) -> Iterator[tuple[Float64[np.ndarray, "d c"], Float64[np.ndarray, " c"]]]:
    """Weights and biases of logistic regression with an offset; with offset 0 scikit-learn's `LogisticRegression`.

    Args:
        X: (n, d) rows.
        targets: (n,) their classes.
        offset: (n, c) what is added to the logits, not learnt.
        costs: Values of C, weight of the cross-entropy (summed over rows) against half the squared norm of the
            weights; each fit starts where the one before ended.
    """
    # The weights lie in the span of the rows: with fewer rows than columns, the work is on their coordinates in it.
    basis, coordinates = np.linalg.qr(X.T) if len(X) < X.shape[1] else (np.eye(X.shape[1]), X.T)
    rows, (n, c) = coordinates.T, offset.shape
    r = rows.shape[1]
    own = np.arange(n), targets

    def loss(parameters: np.ndarray, cost: float) -> tuple[float, np.ndarray]:
        weight, bias = parameters[: r * c].reshape(r, c), parameters[r * c :]
        logits = offset + rows @ weight + bias
        logits -= logits.max(axis=1, keepdims=True)
        slope = np.exp(logits)
        total = slope.sum(axis=1)
        value = (np.log(total) - logits[own]).sum() + (weight**2).sum() / (2 * cost)
        slope /= total[:, None]
        slope[own] -= 1
        return float(value) / n, np.concatenate([(rows.T @ slope + weight / cost).ravel(), slope.sum(axis=0)]) / n

    found = np.zeros((r + 1) * c)
    for cost in costs:
        found = minimize(loss, found, (cost,), jac=True, method="L-BFGS-B", options=STOP).x
        yield basis @ found[: r * c].reshape(r, c), found[r * c :]


PROBES: Mapping[str, Probe] = MappingProxyType(
    {"prototype": prototype, "ridge": ridge, "logistic": logistic, "names": names}
)


def _or_zeros(names: np.ndarray | None, shape: tuple[int, ...]) -> np.ndarray:
    return np.zeros(shape) if names is None else names


def _left_out(shots: Shots, offset: np.ndarray, costs: Sequence[float], part: np.ndarray) -> np.ndarray:
    """Log-likelihood of each part by what the others teach, for each cost."""
    total = np.zeros(len(costs))
    for each in range(int(part.max()) + 1):
        out = part == each
        fits = fit_logistic(shots.x[~out], shots.targets[~out], offset[~out], costs)
        for place, (weight, bias) in enumerate(fits):
            logits = offset[out] + shots.x[out] @ weight + bias
            total[place] += (logits[np.arange(out.sum()), shots.targets[out]] - logsumexp(logits, axis=1)).sum()
    return total


def width(scores: Float64[np.ndarray, "n c"]) -> float:
    """Mean over pictures of the spread over classes: scores of two kinds are mixed in units of it."""
    return max(float(np.nanstd(scores, axis=1).mean()), 1e-12)


def _reciprocal_rank(scores: np.ndarray, targets: np.ndarray) -> float:
    return float((1 / (1 + ranks(scores, targets))).mean())
