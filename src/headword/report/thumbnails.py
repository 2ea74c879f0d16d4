"""Small copies of pictures, inside a page as text."""

from __future__ import annotations

import base64
import io
from typing import Any

from PIL import Image

from headword.images.reading import find_images, read_image

__all__ = ["thumbnail"]


def thumbnail(image: Any, side: int = 360) -> tuple[str, int, int]:
    """A picture as a `data:` address, for HTML, with its width and height.

    Args:
        image: A path, or anything else that `ImageEncoder.embed` takes for one picture.
        side: Largest width and height in pixels.

    Raises:
        BadImageError: It cannot be read.
    """
    (source,) = find_images([image])
    small = read_image(source, size_hint=side)
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=82, optimize=True, progressive=True)
    return f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}", *small.size
