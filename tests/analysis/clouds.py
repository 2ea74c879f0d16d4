"""Rows for the tests of analysis."""

from __future__ import annotations

import numpy as np


def rows(n: int, d: int, seed: int = 0) -> np.ndarray:
    """Independent normal numbers."""
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def turned(A: np.ndarray, seed: int = 9) -> np.ndarray:
    """A rotated copy, of other lengths."""
    rng = np.random.default_rng(seed)
    lengths = rng.uniform(0.5, 3, (len(A), 1))
    return (lengths * A @ np.linalg.qr(rng.normal(size=(A.shape[1], A.shape[1])))[0]).astype(np.float32)
