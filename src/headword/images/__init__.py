"""Images: where they come from, how they are read, and why one could not be."""

from __future__ import annotations

from headword.images.reading import MAX_PIXELS, BadImage, find_images, iter_images, read_image

__all__ = ["MAX_PIXELS", "BadImage", "find_images", "iter_images", "read_image"]
