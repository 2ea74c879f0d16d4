"""The different pictures of a folder: one that lies there a hundred times must not count a hundred times."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Int64

from headword.arrays import chunks, first_rows

__all__ = ["distinct"]

BLOCK = 65_536
"""Rows whose digests are made at once."""


def distinct(image: Float32[np.ndarray, "n k"]) -> Int64[np.ndarray, " d"]:
    """One row of each set of bitwise equal rows, in an order that hangs on the rows alone and is as good as random.

    Rows are told apart by a 64-bit digest of their bits (multilinear hashing; Carter & Wegman 1979): two different
    ones in a million have the same with a probability of 10⁻⁷.
    """
    draw = np.random.default_rng(0)
    odd = draw.integers(0, 2**63, image.shape[1], dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    # −0 and 0 are equal and must have one digest.
    parts = (np.ascontiguousarray(image[rows] + np.float32(0)).view(np.uint32) for rows in chunks(len(image), BLOCK))
    mixed = np.concatenate([(bits * odd).sum(axis=1) for bits in parts])
    # The sum's low bits hang on the low bits of the rows alone; an order by it would not be random.
    mixed = (mixed ^ (mixed >> np.uint64(31))) * np.uint64(0x9E3779B97F4A7C15)
    return first_rows(mixed)
