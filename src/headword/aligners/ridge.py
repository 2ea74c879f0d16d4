"""Ridge regression from text space to image space.

    B = argmin Σ wᵢ ‖(xᵢ − x̄) − (yᵢ − ȳ) B‖² + λ ‖B‖²  =  (Cyy + λ s I)⁻¹ Cyx,   s = tr(Cyy) / dy

with x, y unit rows, C centred second moments, and the image mean x̄ *not* added back: the mean of all prototypes is
common to every class, so it carries no answer, and leaving it out sharpens the cosine. Closed form of the linear
text-to-image map of weight recycling (Méndez et al. 2026); that λ is relative to the mean variance s, that both sides
are centred, and that λ is chosen on held-out rows are our choices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from headword.aligners.moments import LinearAligner, Moments, ridged

__all__ = ["Ridge"]


@dataclass(eq=False, repr=False)
class Ridge(LinearAligner):
    """Linear least squares with an L2 penalty; image embeddings stay as they are.

    Args:
        alpha: λ, in units of the text side's mean variance; "auto" chooses it on held-out rows.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> Y = rng.normal(size=(200, 8)); X = Y @ rng.normal(size=(8, 16))
        >>> Ridge().fit(X, Y).score(X, Y)
        1.0
    """

    alpha: float | Literal["auto"] = "auto"

    grid: ClassVar[dict[str, tuple[Any, ...]]] = {"alpha": (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)}

    def _solve(self, moments: Moments) -> None:
        _, cxy, cyy = moments.covariances()
        self.text_mean_ = moments.means()[1]
        self.coef_ = np.linalg.solve(ridged(cyy, self.alpha_, "Y (text side)"), cxy.T)

    def _map_text(self, Y: np.ndarray) -> np.ndarray:
        return (Y - self.text_mean_) @ self.coef_
