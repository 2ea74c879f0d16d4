"""Orthogonal Procrustes: the rotation of text space that comes nearest to image space.

    R = argmin ‖(X − x̄) − (Y − ȳ) R‖²  with R a (semi-)orthogonal matrix  =  U Vᵀ,   U S Vᵀ = svd(Cyx)

Schönemann (1966). Where text is the narrower space R embeds it; where it is the wider, R projects. Both sides are
centred and the image mean is not added back (see `ridge`). It has nothing to tune.
"""

from __future__ import annotations

import numpy as np

from headword.aligners.moments import LinearAligner, Moments, mean_variance

__all__ = ["Procrustes"]


class Procrustes(LinearAligner):
    """The best rotation; image embeddings stay as they are.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> Y = rng.normal(size=(200, 8)); R = np.linalg.qr(rng.normal(size=(8, 8)))[0]
        >>> bool(Procrustes().fit(Y @ R, Y).score(Y @ R, Y) == 1.0)
        True
    """

    text_mean_: np.ndarray
    coef_: np.ndarray

    def _solve(self, moments: Moments) -> None:
        cxx, cxy, cyy = moments.covariances()
        for covariance, side in ((cxx, "X (image side)"), (cyy, "Y (text side)")):
            mean_variance(covariance, side)
        self.text_mean_ = moments.means()[1]
        left, _, right = np.linalg.svd(cxy.T, full_matrices=False)
        self.coef_ = left @ right

    def _map_text(self, Y: np.ndarray) -> np.ndarray:
        return (Y - self.text_mean_) @ self.coef_
