"""InMaP: a vision proxy for each label, learnt from pseudo-labels (Qian, Xu and Hu, NeurIPS 2023).

    p = softmax(plain logits),   νⱼ ∝ (Σᵢ pᵢⱼ)^share_power        flatter than the shares plain scores hand out
    p′ = Sinkhorn's balanced version of p with shares ν (`potentials`)
    W = argmin  −Σᵢⱼ p′ᵢⱼ log softmaxⱼ( xᵢ · wⱼ / τ ),   ‖wⱼ‖ = 1

by projected gradient, from the text prototypes. A text prototype lies outside the cloud of pictures; with a softmax τ
four times as soft as the one that made the pseudo-labels, its stand-in is forced to where the pictures are.

The paper's: loss, constraint, Sinkhorn, share_power = 0.6, and τ four times that of the text (0.04 to CLIP's 0.01).
Ours: the text's temperature is the calibration's, label by label; steps of the inverse of the loss's curvature and
momentum, 50 rounds for the paper's 2,000 of fixed length; bias 0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from jaxtyping import Float32
from scipy.special import softmax

from headword.adapters.base import Adapted, Adapter, LinearScores
from headword.adapters.transport import potentials
from headword.aligners.parameters import Count, Share
from headword.arrays import unit

__all__ = ["InMaP"]


@dataclass(eq=False, repr=False)
class InMaP(Adapter):
    """Prototypes fitted to balanced pseudo-labels.

    Args:
        rounds: Steps of projected gradient.
        softness: τ in units of the plain scores' temperature.
        share_power: 1 keeps the shares that plain scores hand out, 0 makes them equal.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> means, classes = rng.normal(size=(3, 32)), np.arange(90) % 3
        >>> image = means[classes] + 0.7 * rng.normal(size=(90, 32))
        >>> text = unit(means + 1.5 * rng.normal(size=(3, 32))).astype(np.float32)
        >>> found = InMaP().fit(image, LinearScores(30 * text, np.zeros(3, np.float32), np.zeros(32, np.float32)))
        >>> bool(np.mean(found.scores(unit(image)).argmax(axis=1) == classes) > 0.9)
        True
    """

    rounds: Count = 50
    softness: Annotated[float, (0.01, np.inf)] = 4.0
    share_power: Share = 0.6

    def _fit(self, image: Float32[np.ndarray, "n k"], plain: LinearScores) -> Adapted:
        logits = plain(image)
        shares = softmax(logits, axis=1).mean(axis=0, dtype=np.float64) ** self.share_power
        shares /= shares.sum()
        pseudo_labels = softmax(logits + potentials(logits, shares), axis=1)
        steep = float(plain.steepness.mean()) / self.softness
        proxies = fit_proxies(image, pseudo_labels, plain.prototypes, steep, self.rounds)
        scores = replace(plain, weight=steep * proxies, bias=np.zeros_like(plain.bias))
        return Adapted(scores, shares.astype(np.float32), report={"pictures": float(len(image))})


def fit_proxies(
    image: np.ndarray, pseudo_labels: np.ndarray, start: np.ndarray, steep: float, rounds: int
) -> np.ndarray:
    n, step = len(image), 2 / (steep**2 * largest_eigenvalue(image))
    before = proxies = start
    for number in range(rounds):
        ahead = proxies + number / (number + 3) * (proxies - before)
        gap = softmax(steep * (image @ ahead.T), axis=1) - pseudo_labels
        before, proxies = proxies, unit(ahead - step * steep / n * (gap.T @ image)).astype(np.float32)
    return proxies


def largest_eigenvalue(image: np.ndarray) -> float:
    """Largest eigenvalue of the second moment, by power iteration from the mean."""
    vector = image.mean(axis=0)
    for _ in range(20):
        vector = image.T @ (image @ vector) / len(image)
        value = float(np.linalg.norm(vector))
        vector = vector / max(value, 1e-12)
    # The eigenvalues are at most min(n, k) and sum to 1; a mean of nothing would find none of them.
    return max(value, 1 / min(image.shape))
