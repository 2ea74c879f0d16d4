"""What a caller gives for pictures: pictures, embeddings of them, or what `ImageEncoder.embed` made of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from headword.arrays import as_matrix
from headword.encoders.base import Embedded, ImageEncoder

__all__ = ["embedded", "is_rows"]


def is_rows(value: Any) -> bool:
    """Whether `value` is a matrix of embeddings rather than pictures or texts."""
    return isinstance(value, np.ndarray) and value.ndim == 2 and np.issubdtype(value.dtype, np.floating)


def embedded(encoder: ImageEncoder, images: Any, **options: Any) -> Embedded:
    """Pictures as embeddings.

    Args:
        encoder: Embeds what is not embedded yet.
        images: What `encoder.embed` takes or gave, or embeddings, (n, dx) floats.
        **options: Of `encoder.embed`.

    Raises:
        InputError: No pictures, or embeddings of another width, or with NaN.
    """
    if isinstance(images, Embedded):
        return images
    if is_rows(images):
        rows = as_matrix(images, "image embeddings", width=encoder.dim)
        return Embedded(tuple(f"row {i}" for i in range(len(rows))), rows, tuple(range(len(rows))), ())
    return encoder.embed(images, **options)
