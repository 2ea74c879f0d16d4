"""Careful refinement of a stream: each picture is seen once, in batches, and only sums are kept.

    nⱼ ← nⱼ + Σᵢ qᵢⱼ,   Sⱼ ← Sⱼ + Σᵢ qᵢⱼ xᵢ           μ and P as in `careful`, with Σ qᵢⱼ zᵢ taken as Sⱼ − nⱼ μ

A batch is assigned by what was learnt before it, so early batches are assigned by plain scores and what they leave
behind is never revised: a stream learns less than a folder that can be gone through ten times. Neighbours are not
known, nor is their consistency. Even and odd pictures add to sums of their own; the share of pictures on which these
halves agree, counted as they come, sets the trust. Memory is 2 m × k numbers, whatever comes.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32
from scipy.special import softmax

from headword.adapters.base import Adapted, LinearScores, blend
from headword.adapters.careful import Careful
from headword.arrays import as_matrix, chunks, unit

__all__ = ["Stream"]

BATCH = 1_024
"""Pictures assigned at once: a longer batch is cut."""

RECENT = 20_000
"""Pictures after which an old disagreement counts for a third."""


class Stream:
    """Learns from pictures as they come.

    Args:
        plain: The model's scores of the labels (`Calibration.linear_scores`).
        careful: How far it goes; its rounds, neighbours and splits have no meaning here.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> means = rng.normal(size=(3, 32))
        >>> text = unit(means + 1.5 * rng.normal(size=(3, 32))).astype(np.float32)
        >>> stream = Stream(LinearScores(5 * text, np.zeros(3, np.float32), np.zeros(32, np.float32)))
        >>> for _ in range(20): stream.partial_fit(means[rng.integers(0, 3, 50)] + 0.7 * rng.normal(size=(50, 32)))
        >>> stream.images, stream.adapted().mixing_weight > 0.5
        (1000, True)
    """

    def __init__(self, plain: LinearScores, careful: Careful | None = None) -> None:
        self.plain, self.careful = plain, careful or Careful()
        m, k = plain.weight.shape
        self.counts, self.sums = np.zeros((2, m)), np.zeros((2, m, k))
        self.images = 0
        self._agreed, self._compared = 0.0, 0.0

    def partial_fit(self, image: Float[np.ndarray, "n k"]) -> None:
        """Takes in pictures of the shared space.

        Raises:
            InputError: No pictures, NaN, or another width.
        """
        rows = unit(as_matrix(image, "pictures of the stream", width=self.plain.weight.shape[1])).astype(np.float32)
        for part in chunks(len(rows), BATCH):
            self._take_in(rows[part])

    def adapted(self) -> Adapted:
        """What was learnt so far; before the first picture, the plain scores."""
        total = self.counts.sum(axis=0)
        if not self.images:
            return Adapted(self.plain, np.full(len(total), 1 / len(total), np.float32), mixing_weight=0.0)
        agreed = self._agreed / max(self._compared, 1.0)
        trust = self.careful.mixing_weight_for(agreed, float("nan"), self.images, len(total))
        shares = (total / total.sum()).astype(np.float32)
        return Adapted(
            self._scores(total, self.sums.sum(axis=0)), shares, mixing_weight=trust, report={"agreement": agreed}
        )

    def _take_in(self, image: Float32[np.ndarray, "n k"]) -> None:
        trust = 1 - self.careful.anchor
        if self.images > 1:
            halves = [self._scores(*each) for each in zip(self.counts, self.sums, strict=True)]
            one, other = (blend(image, each, self.plain, trust).argmax(axis=1) for each in halves)
            kept = np.exp(-len(image) / RECENT)
            self._agreed = kept * self._agreed + float((one == other).sum())
            self._compared = kept * self._compared + len(image)
            scores = self._scores(self.counts.sum(axis=0), self.sums.sum(axis=0))
            logits = blend(image, scores, self.plain, trust)
        else:
            logits = self.plain(image)
        found = softmax(logits, axis=1)
        for half in range(2):
            # By the count of all pictures, so that batches of one do not all go to the same half.
            mine = slice((half + self.images) % 2, None, 2)
            self.counts[half] += found[mine].sum(axis=0)
            self.sums[half] += found[mine].T @ image[mine]
        self.images += len(image)

    def _scores(self, counts: np.ndarray, sums: np.ndarray) -> LinearScores:
        centre = self.careful.balanced_centre(counts, sums)
        return self.careful.moved_scores(self.plain, counts, sums - counts[:, None] * centre, centre)
