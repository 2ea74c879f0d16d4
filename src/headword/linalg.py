"""Powers of a covariance that is shrunk towards the sphere: what whitens rows, in part or in full."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32

from headword.errors import InputError

__all__ = ["covariance_power"]

NO_VARIANCE = 1e-12
"""Rows are of norm 1 or so: a total variance below this is noise of rounding."""


def covariance_power(
    rows: Float[np.ndarray, "n d"], weight: Float[np.ndarray, " n"], power: float, shrinkage: float
) -> Float32[np.ndarray, "d d"]:
    """(Σ + s t I)^power of weighted rows, t = tr Σ / d, scaled so that the shrunk Σ has a mean eigenvalue of 1.

    Args:
        rows: (n, d) rows.
        weight: (n,) importance of each.
        power: −½ whitens, 0 is the identity.
        shrinkage: s; few rows tell little of Σ.

    Raises:
        InputError: Σ is singular and not shrunk, or there is none: all rows are the same.
    """
    if power == 0:
        return np.eye(rows.shape[1], dtype=np.float32)
    share = weight.astype(np.float64) / weight.sum(dtype=np.float64)
    centred = rows - share @ rows
    values, vectors = np.linalg.eigh(centred.T @ (centred * share[:, None]))
    values = np.maximum(values, 0.0)
    if values.sum() < NO_VARIANCE:
        raise InputError("the covariance of pictures", "the same one, again and again", "pass at least two that differ")
    values = values + shrinkage * values.mean()
    if values.min() <= 1e-10 * values.max():
        raise InputError(
            f"the covariance of {len(rows)} pictures in {rows.shape[1]} dimensions, raised to {power}",
            "one that is singular: fewer pictures than dimensions",
            "pass shrinkage > 0, or more pictures",
        )
    return ((vectors * (values / values.mean()) ** power) @ vectors.T).astype(np.float32)
