"""OTTER: labels are handed out so that each gets a given share of the pictures (Shin et al., NeurIPS 2024).

    max over π ≥ 0   Σᵢⱼ πᵢⱼ log pᵢⱼ + ε H(π)     with  Σⱼ πᵢⱼ = 1/n,  Σᵢ πᵢⱼ = νⱼ
    πᵢⱼ = softmaxⱼ( (log pᵢⱼ + gⱼ) / ε ) / n

p are the plain probabilities, ν the shares, and g the dual potentials of the labels: a number to add to each label's
logit, found by Sinkhorn's iteration on logarithms, g ← g + ε (log ν − log of the shares handed out). So pictures that
were not seen are scored with the same g, which the paper fits as the online variant R-OTTER.

Where shares are not known they are estimated by expectation and maximisation (Saerens, Latinne and Decaestecker, 2002),
νⱼ = mean of softmaxⱼ(log p + log ν), as if plain probabilities were right but for the shares that they expect.

The paper's: the transport problem, with shares given, and without entropy (ε → 0). Ours: ε = 1, with which the pure
estimate comes to Bayes' rule, g = log ν; and an estimate drawn half-way towards equal shares, for plain probabilities
are not right: they favour some labels, which the pure estimate takes for frequent ones, and favours more.
"equal" is the assumption of balanced assignment; where it is wrong it does great harm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import numpy as np
from jaxtyping import Float, Float32
from scipy.special import log_softmax, logsumexp, softmax

from headword.adapters.base import Adapted, Adapter, LinearScores
from headword.errors import InputError

__all__ = ["OTTER", "estimated_shares", "potentials"]

MAX_ROUNDS = 1_000
"""At most so many; a share settles at a rate that depends on how far the labels compete."""

TOLERANCE = 1e-4
"""Relative error of the rarest share at which to stop."""

MIN_SHARE = 1e-9
"""Stands for a share of nothing, which no finite number could bring about."""


@dataclass(eq=False, repr=False)
class OTTER(Adapter):
    """Optimal transport of pictures to labels with given, equal or estimated shares.

    Args:
        shares: "estimated", "equal", or a share for every label, summing to 1.
        prior: Weight of equal shares in the estimate, in units of the pictures.
        epsilon: Weight of the entropy; the smaller, the more the best label of each picture counts alone.

    Example:
        >>> import numpy as np
        >>> plain = LinearScores(np.eye(2, dtype=np.float32), np.zeros(2, np.float32), np.zeros(2, np.float32))
        >>> image = np.array([[9, 1], [9, 2], [9, 8], [9, 7]], float)  # the first label wins by habit
        >>> image /= np.linalg.norm(image, axis=1, keepdims=True)
        >>> OTTER(shares=[0.5, 0.5], epsilon=0.01).fit(image, plain).scores(image).argmax(axis=1)
        array([0, 0, 1, 1])
    """

    shares: Literal["estimated", "equal"] | Sequence[float] | Float[np.ndarray, " m"] = "estimated"
    prior: Annotated[float, (1e-3, np.inf)] = 1.0
    epsilon: Annotated[float, (0.01, np.inf)] = 1.0

    def _fit(self, image: Float32[np.ndarray, "n k"], plain: LinearScores) -> Adapted:
        logits = plain(image)
        shares = self._shares(logits)
        moved = potentials(logits, shares, self.epsilon)
        scores = replace(plain, bias=plain.bias + moved)
        return Adapted(scores, shares.astype(np.float32), report={"pictures": float(len(image))})

    def _shares(self, logits: Float32[np.ndarray, "n m"]) -> Float[np.ndarray, " m"]:
        labels = logits.shape[1]
        if isinstance(self.shares, str):
            if self.shares == "estimated":
                return estimated_shares(logits, self.prior)
            if self.shares == "equal":
                return np.full(labels, 1 / labels)
        else:
            shares = np.asarray(self.shares, dtype=np.float64)
            if shares.shape == (labels,) and (shares >= 0).all() and abs(shares.sum() - 1) < 1e-3:
                return shares / shares.sum()
        raise InputError(
            f"shares of OTTER for {labels} labels",
            f"shares={self.shares!r}",
            'pass "estimated", "equal", or one number from 0 for each label, summing to 1',
        )


def potentials(
    logits: Float32[np.ndarray, "n m"], shares: Float[np.ndarray, " m"], epsilon: float = 1.0
) -> Float32[np.ndarray, " m"]:
    """What to add to each label's logit so that the labels get their shares; its mean, weighted by them, is 0."""
    target = np.log(np.maximum(shares, MIN_SHARE))
    found = np.zeros(len(shares))
    for _ in range(MAX_ROUNDS):
        assigned = log_softmax((logits + found.astype(np.float32)) / epsilon, axis=1)
        short = target - (logsumexp(assigned, axis=0) - np.log(len(logits)))
        found += epsilon * short
        if np.abs(short[shares > 0]).max() < TOLERANCE:
            break
    return (found - shares @ found).astype(np.float32)


def estimated_shares(logits: Float32[np.ndarray, "n m"], prior: float = 1.0) -> Float[np.ndarray, " m"]:
    """Shares of the labels under which the pictures are likeliest, drawn towards equal ones as `OTTER.prior` has it.

    Logits are those of a model that expects equal shares.
    """
    equal = shares = np.full(logits.shape[1], 1 / logits.shape[1])
    for _ in range(MAX_ROUNDS):
        before = shares
        assigned = softmax(logits + np.log(shares).astype(np.float32), axis=1)
        shares = (assigned.mean(axis=0, dtype=np.float64) + prior * equal) / (1 + prior)
        if np.abs(np.log(shares / before)).max() < TOLERANCE:
            break
    return shares
