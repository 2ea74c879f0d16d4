"""Gaussian kernels between sets of texts: a class is the mean of its texts' kernel features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64

from headword.arrays import chunks

__all__ = ["TextSets", "gaussian_kernel"]

BLOCK = 2**25
"""Kernel values held at a time beside the result: 128 MiB of float32."""


def gaussian_kernel(A: Float[np.ndarray, "n d"], B: Float[np.ndarray, "m d"], gamma: float) -> Float[np.ndarray, "n m"]:
    """exp(−γ ‖a − b‖²) for unit rows, where ‖a − b‖² = 2 − 2 a·b."""
    kernel = A @ B.T
    kernel -= 1.0
    kernel *= 2.0 * gamma
    return np.exp(np.minimum(kernel, 0.0, out=kernel), out=kernel)


@dataclass(frozen=True, eq=False)
class TextSets:
    """Texts of rows, sorted by row; each row's texts have shares that sum to 1.

    Attributes:
        texts: (t, d) unit rows.
        share: (t,) weight of each text within its row.
        start: (c,) where each row's texts begin.
    """

    texts: Float[np.ndarray, "t d"]
    share: Float[np.ndarray, " t"]
    start: Int64[np.ndarray, " c"]

    @classmethod
    def of(
        cls, texts: Float[np.ndarray, "t d"], groups: Int64[np.ndarray, " t"], weight: Float[np.ndarray, " t"]
    ) -> TextSets:
        """Sorts texts by their row (`groups`, numbered from 0 without gaps); a row's weights are made to sum to 1."""
        order = np.argsort(groups, kind="stable")
        share = (weight / np.bincount(groups, weight)[groups])[order].astype(texts.dtype)
        start = np.searchsorted(groups[order], np.arange(int(groups.max()) + 1)).astype(np.int64)
        return cls(texts[order], share, start)

    def __len__(self) -> int:
        return len(self.start)

    def mean(self, columns: Float[np.ndarray, "n t"]) -> Float[np.ndarray, "n c"]:
        """Weighted mean of the columns of each row's texts."""
        if len(self.start) == len(self.texts):
            return columns
        return np.add.reduceat(columns * self.share, self.start, axis=1)

    def kernel_from(self, texts: Float[np.ndarray, "n d"], gamma: float) -> Float[np.ndarray, "n c"]:
        """Kernel of single texts with every row."""
        out = np.empty((len(texts), len(self)), dtype=texts.dtype)
        for part in chunks(len(texts), max(1, BLOCK // len(self.texts))):
            out[part] = self.mean(gaussian_kernel(texts[part], self.texts, gamma))
        return out

    def kernel_with(self, landmarks: Float[np.ndarray, "m d"], gamma: float) -> Float[np.ndarray, "c m"]:
        """Kernel of every row with single texts."""
        stop = np.append(self.start[1:], len(self.texts))
        out = np.empty((len(self), len(landmarks)), dtype=landmarks.dtype)
        rows = max(1, BLOCK // len(landmarks) * len(self) // len(self.texts))
        for part in chunks(len(self), rows):
            texts = slice(self.start[part.start], stop[part.stop - 1])
            columns = gaussian_kernel(landmarks, self.texts[texts], gamma)
            if len(self.start) < len(self.texts):
                columns = np.add.reduceat(columns * self.share[texts], self.start[part] - texts.start, axis=1)
            out[part] = columns.T
        return out

    def gram(self, gamma: float) -> Float[np.ndarray, "c c"]:
        """Kernel of every row with every row."""
        stop = np.append(self.start[1:], len(self.texts))
        out = np.empty((len(self), len(self)), dtype=self.texts.dtype)
        rows = max(1, BLOCK // len(self.texts) * len(self) // len(self.texts))
        for part in chunks(len(self), rows):
            texts = slice(self.start[part.start], stop[part.stop - 1])
            block = self.mean(gaussian_kernel(self.texts[texts], self.texts, gamma))
            if len(self.start) < len(self.texts):
                block = np.add.reduceat(block * self.share[texts, None], self.start[part] - texts.start, axis=0)
            out[part] = block
        return out
