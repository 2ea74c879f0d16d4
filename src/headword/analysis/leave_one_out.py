"""Every row predicted from its partner by all other rows: kernel ridge, left out one at a time without a refit.

    k(a, b) = exp(−γ ‖a − b‖²),   H = F (FᵀF + λ I)⁻¹ Fᵀ,   F Fᵀ = K
    p_i = (H T − h_ii T)_i / (1 − h_ii) + s_i t_i / (n − 1),   s = (H 1 − h) / (1 − h)

The last term takes the mean of the rows that stay for the mean of all. Without it the mean gives the row away: the
others sum to −t_i, so that every prediction leans away from what it should predict. Beyond `LANDMARKS` rows F are
Nyström features of rows drawn at random.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32
from scipy.linalg import cho_factor, cho_solve, solve_triangular

from headword._repr import short_repr
from headword.aligners.kernel_systems import nystrom_features
from headword.aligners.text_sets import gaussian_kernel
from headword.arrays import EPS

__all__ = ["LeftOut", "left_out"]

GAMMA, ALPHA = 2.0, 0.3
"""As kernel ridge chooses them on ImageNet's rows; γ from 1 and λ from 0.1 find as many swapped names."""

LANDMARKS = 4_096
"""Up to so many rows the system is exact, in double precision."""


@dataclass(frozen=True, eq=False)
class LeftOut:
    """Rows as the others predict them.

    Attributes:
        unit: (n, d) directions, from the mean of the rows that stay.
        length: (n,) a prediction that knows nothing has length 0.
        spread: (n,) 1 / (1 − h): variance of a prediction, 1 where the others leave nothing open.
    """

    unit: Float32[np.ndarray, "n d"]
    length: Float[np.ndarray, " n"]
    spread: Float[np.ndarray, " n"]

    __repr__ = short_repr


def left_out(inputs: Float[np.ndarray, "n p"], targets: Float[np.ndarray, "n d"], *, seed: int = 0) -> LeftOut:
    """Predicts each target from its input by all the others.

    Args:
        inputs: (n, p) unit rows.
        targets: (n, d) rows, partner by partner.
        seed: Decides which rows are landmarks, where there are more than `LANDMARKS` rows.
    """
    n = len(inputs)
    kind = np.float64 if n <= LANDMARKS else np.float32
    inputs, centred = inputs.astype(kind), (targets - targets.mean(axis=0)).astype(kind)
    landmarks = inputs
    if n > LANDMARKS:
        landmarks = inputs[np.sort(np.random.default_rng(seed).choice(n, LANDMARKS, replace=False))]
    _, features = nystrom_features(landmarks, gaussian_kernel(inputs, landmarks, GAMMA), GAMMA)
    system = features.T @ features
    system[np.diag_indices(len(system))] += ALPHA
    factor = cho_factor(system, lower=True, overwrite_a=True, check_finite=False)
    half = solve_triangular(factor[0], features.T, lower=True, check_finite=False)
    own = np.square(half).sum(axis=0)
    fitted = features @ cho_solve(factor, features.T @ centred, check_finite=False)
    ones = features @ cho_solve(factor, features.sum(axis=0), check_finite=False)
    share = (ones - own) / (1 - own)
    predicted = (fitted - own[:, None] * centred) / (1 - own)[:, None] + (share / (n - 1))[:, None] * centred
    length = np.maximum(np.linalg.norm(predicted, axis=1), EPS)
    return LeftOut((predicted / length[:, None]).astype(np.float32), length, 1 / (1 - own))
