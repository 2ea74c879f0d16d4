"""Prototype refinement with assignments that neighbours share: `Refine` on a graph.

    wᵢₗ = max(zᵢ · zₗ, 0)³  over the k nearest,   Ŵ = D^(−½) W D^(−½)
    q⁰ = softmax( s(z; P) ),   q ← smooth · Ŵ q + (1 − smooth) · q⁰        steps times
    Pⱼ = n( keep · tⱼ + (1 − keep) · n(Σᵢ qᵢⱼ zᵢ) )

The smoothing is label spreading (Zhou et al., NIPS 2003), stopped early; the alternation with `Refine` is ours. What it
gains where labels have equal shares it loses where they have not: the commonest label spreads. See `Careful`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from scipy.sparse import csr_array
from scipy.special import softmax

from headword.adapters.base import Adapted, Adapter, LinearScores
from headword.adapters.centre import IMAGES, centred
from headword.adapters.graph import affinity, normalised
from headword.adapters.refine import moved
from headword.aligners.parameters import Count, CountFromZero, NotNegative, Share

__all__ = ["GraphRefine"]

POWER = 3.0
"""Of the cosine of neighbours."""


@dataclass(eq=False, repr=False)
class GraphRefine(Adapter):
    """Assigns pictures, shares assignments among neighbours, moves prototypes, repeats.

    Args:
        rounds: Of all three.
        keep: Share of a label's own direction in its prototype.
        k: Neighbours.
        smooth: Share of the neighbours in an assignment.
        steps: How far assignments travel.
        images: How many it takes to centre them half-way.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> means, classes = rng.normal(size=(3, 32)), np.arange(90) % 3
        >>> image = means[classes] + 0.7 * rng.normal(size=(90, 32))
        >>> text = 5 * (means + 1.5 * rng.normal(size=(3, 32)))
        >>> plain = LinearScores(text.astype(np.float32), np.zeros(3, np.float32), np.zeros(32, np.float32))
        >>> bool(np.mean(GraphRefine().fit(image, plain).assigned.argmax(axis=1) == classes) > 0.9)
        True
    """

    rounds: Count = 10
    keep: Share = 0.6
    k: Count = 8
    smooth: Share = 0.7
    steps: CountFromZero = 10
    images: NotNegative = IMAGES

    def _fit(self, image: Float32[np.ndarray, "n k"], plain: LinearScores) -> Adapted:
        scores = centred(image, plain, images=self.images)
        seen = scores.seen(image)
        edges = normalised(affinity(seen, self.k, POWER))
        for _ in range(self.rounds):
            scores = moved(scores, seen, self._assign(scores, seen, edges), plain, self.keep)
        assigned = self._assign(scores, seen, edges)
        assigned /= assigned.sum(axis=1, keepdims=True)
        return Adapted(scores, assigned.mean(axis=0), assigned, report={"pictures": float(len(image))})

    def _assign(self, scores: LinearScores, seen: np.ndarray, edges: csr_array) -> np.ndarray:
        alone = softmax(scores.of(seen), axis=1)
        found = alone
        for _ in range(self.steps):
            found = self.smooth * (edges @ found) + (1 - self.smooth) * alone
        return found
