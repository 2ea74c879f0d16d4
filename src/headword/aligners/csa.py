"""Canonical similarity analysis (CSA; Li et al., arXiv 2410.07610, ICLR 2025), with a ridge on both sides.

    T = Lx⁻¹ Cxy Ly⁻ᵀ = U S Vᵀ,   L Lᵀ = C,   A = Lx⁻ᵀ U,   B = Ly⁻ᵀ V,   ρ = S clipped to [0, 1]
    score(x, y) = Σ_{j ≤ s} ρ_j^γ u_j v_j,   u = n(first s of Aᵀ(x − x̄)),   v = n(first s of Bᵀ(y − ȳ))

Normalise first, then weigh, and do not normalise again: the largest score is below 1. The paper's: centring by the
training means, γ = 1, one side ridged by 1e-5. Ours: the closed form, a ridge on both sides in units of each side's
mean variance (without it the correlations of 1,000 pairs in 1,280 dimensions are all 1 and mean nothing), its
strength chosen on held-out rows, all components kept by default, and √ρ^γ given to each side, so that a dot product is
the score.
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, ClassVar, Literal

import numpy as np
from scipy.linalg import cholesky, solve_triangular

from headword.aligners.moments import LinearAligner, Moments, ridged
from headword.arrays import unit
from headword.errors import InputError

__all__ = ["CSA"]


@dataclass(eq=False, repr=False)
class CSA(LinearAligner):
    """Ridge-regularised canonical correlations, weighted by their strength.

    Args:
        alpha: Ridge on either side, in units of its mean variance; "auto" chooses it on held-out rows.
        n_components: s, how many canonical directions count; all where `None`.
        exponent: γ; 1 is the paper's weight, 0 counts all directions alike.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> Y = rng.normal(size=(200, 8)); X = Y @ rng.normal(size=(8, 16))
        >>> CSA(alpha=0.1).fit(X, Y).score(X, Y)
        1.0
    """

    alpha: float | Literal["auto"] = "auto"
    n_components: int | None = None
    exponent: float = 1.0

    grid: ClassVar[dict[str, tuple[Any, ...]]] = {"alpha": (0.3, 1.0, 3.0)}

    def _solve(self, moments: Moments) -> None:
        self._require_parameters()
        cxx, cxy, cyy = moments.covariances()
        self.image_mean_, self.text_mean_ = moments.means()
        # A triangular root whitens as C^(-1/2) does, far faster.
        image = cholesky(ridged(cxx, self.alpha_, "X (image side)"), lower=True)
        text = cholesky(ridged(cyy, self.alpha_, "Y (text side)"), lower=True)
        whitened = solve_triangular(image, solve_triangular(text, cxy.T, lower=True).T, lower=True)
        left, rho, right = np.linalg.svd(whitened, full_matrices=False)
        kept = slice(self.n_components)
        self.rho_ = np.clip(rho[kept], 0.0, 1.0)
        self.image_coef_ = solve_triangular(image, left[:, kept], lower=True, trans=1)
        self.text_coef_ = solve_triangular(text, right[kept].T, lower=True, trans=1)

    def _map_image(self, X: np.ndarray) -> np.ndarray:
        return (X - self.image_mean_) @ self.image_coef_

    def _map_text(self, Y: np.ndarray) -> np.ndarray:
        return (Y - self.text_mean_) @ self.text_coef_

    def _finish(self, mapped: np.ndarray) -> np.ndarray:
        return unit(mapped) * self.rho_ ** (self.exponent / 2)

    def _require_parameters(self) -> None:
        count, exponent = self.n_components, self.exponent
        if count is not None and not (isinstance(count, Integral) and count >= 1):
            raise InputError("n_components of CSA", repr(count), "pass a whole number from 1, or None for all")
        if not (isinstance(exponent, Real) and 0 <= float(exponent) < np.inf):
            raise InputError("exponent of CSA", repr(exponent), "pass 1 for the paper's weights, 0 for none")
