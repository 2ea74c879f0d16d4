"""Small copies of pictures, inside a page as text."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from PIL import Image

from headword.images import find_images, read_image

__all__ = ["thumbnail"]


def thumbnail(path: str | Path, side: int = 360) -> tuple[str, int, int]:
    """A picture as a `data:` address, for HTML, with its width and height.

    Args:
        path: The picture.
        side: Largest width and height in pixels.

    Raises:
        BadImageError: It cannot be read.
    """
    (source,) = find_images(str(path))
    picture = read_image(source, size_hint=side)
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=82, optimize=True, progressive=True)
    return (
        f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}",
        picture.width,
        picture.height,
    )
