"""Text-to-concept (Moayeri et al., ICML 2023): an affine map from a network's features into CLIP's image space.

    (W, b) = argmin Σ wᵢ ‖W xᵢ + b − zᵢ‖² + λ ‖W‖²:    W = Czx (Cxx + λ s I)⁻¹,   b = z̄ − W x̄,   s = tr(Cxx) / dx

x are features and z CLIP's image embeddings of the *same pictures*; text embeddings of CLIP, of which the fit has seen
none, are then compared with W x + b as they are. The paper's: direction, affine map, squared error. Ours: the closed
form in the place of a few epochs of SGD, unit rows in the place of a fixed variance, a ridge chosen on held-out rows,
and `r2`. For the reverse, a map from text to image space, see `LinearMSE` and `Ridge`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from jaxtyping import Float

from headword.aligners.checks import checked_pairs
from headword.aligners.moments import LinearAligner, Moments, mean_variance, ridged

__all__ = ["TextToConcept"]


@dataclass(eq=False, repr=False)
class TextToConcept(LinearAligner):
    """Least squares from image space into the space of Y; rows of Y stay as they are.

    Args:
        alpha: λ, in units of the image side's mean variance; "auto" chooses it on held-out rows.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> X = rng.normal(size=(200, 16)); Z = X @ rng.normal(size=(16, 12))
        >>> TextToConcept(alpha=0.01).fit(X, Z).score(X, Z)
        1.0
    """

    alpha: float | Literal["auto"] = "auto"

    grid: ClassVar[dict[str, tuple[Any, ...]]] = {"alpha": (0.001, 0.01, 0.1, 1.0, 10.0)}

    def _solve(self, moments: Moments) -> None:
        cxx, cxy, _ = moments.covariances()
        x, y = moments.means()
        self.coef_ = np.linalg.solve(ridged(cxx, self.alpha_, "X (image side)"), cxy)
        self.intercept_ = y - x @ self.coef_

    def _map_image(self, X: np.ndarray) -> np.ndarray:
        return X @ self.coef_ + self.intercept_

    def r2(
        self,
        X: Float[np.ndarray, "n dx"],
        Y: Float[np.ndarray, "n dy"],
        sample_weight: Float[np.ndarray, " n"] | None = None,
    ) -> float:
        """Share of the variance of Y's unit rows that the map explains; a confidence, on pictures it was not fitted on.

        Takes what `fit` does.

        Raises:
            InputError: Rows, widths or weights do not fit together, or hold NaN.
        """
        self._require_fit()
        X, Y, weight = checked_pairs(X, Y, sample_weight)
        self._require_dims(X.shape[1], Y.shape[1])
        mean_variance(Moments.of(X, Y, weight).covariances()[2], "Y (text side)")
        left = np.square(Y - self._map_image(X)).sum(axis=1)
        all_of_it = np.square(Y - np.average(Y, axis=0, weights=weight)).sum(axis=1)
        return float(1 - weight @ left / (weight @ all_of_it))
