"""One picture from a source: always upright RGB, or a plain reason why not.

People's disks hold worse than any format allows. This reads by content and never by suffix, looks at the
declared size before it decodes, keeps to the formats below (Pillow knows forty more, one of which starts an
interpreter), and turns every way in which Pillow can fail into one error.
"""

from __future__ import annotations

import io
import stat
import threading
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped, UInt8
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    IcoImagePlugin,
    Image,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from headword.errors import BadImageError
from headword.images.faults import UNREADABLE, RefusedImage, quiet_decoders, reason, sniff_format
from headword.images.sources import Readable, Source, find_images, iter_images

__all__ = ["MAX_PIXELS", "BadImage", "Source", "find_images", "iter_images", "read_image"]

MAX_PIXELS = 178_956_970
"""Width × height above which a picture is refused unread: 0.7 GB decoded, and where Pillow itself stops."""

KEEP = 4
"""A JPEG is decoded smaller only where this many times the size hint is left.

At 4, a picture resized from the smaller decode differs from the full one by 0.5 of 255 levels (root mean
square) and its embedding by 0.001 in cosine, as much as by saving the JPEG again at quality 95; at 2 by 1.2
and 0.004. `benchmarks/jpeg_scaling.py` measures it.
"""

# Naming the plugins registers them, so that no thread meets Pillow while it imports the other forty.
_PLUGINS = (
    BmpImagePlugin, GifImagePlugin, IcoImagePlugin, Jpeg2KImagePlugin, JpegImagePlugin, PngImagePlugin,
    PpmImagePlugin, TiffImagePlugin, WebPImagePlugin,
)  # fmt: skip
if find_spec("PIL.AvifImagePlugin"):  # Pillow 11.3 and later
    from PIL import AvifImagePlugin as AvifImagePlugin
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "DIB", "AVIF", "JPEG2000", "PPM", "ICO", "HEIF")

# Not `ImageOps.exif_transpose`: it also writes the block anew, which fails for one in seventy damaged ones and would
# leave the picture lying on its side; and it copies each picture that is upright.
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class BadImage:
    """A picture that could not be read.

    Attributes:
        id: Its path, or "image 3" for what is not a file.
        reason: What is wrong with it.
        position: Where it stood in the input.
    """

    id: str
    reason: str
    position: int


def read_image(source: Source, *, max_pixels: int = MAX_PIXELS, size_hint: int | None = None) -> Image.Image:
    """Reads a picture as upright RGB.

    EXIF rotation is applied; animations and multi-page files give their first frame; transparency is laid on
    white; CMYK and palettes are converted, colour profiles left alone. 16-bit grey and whole numbers of 32 bits
    are scaled (65,535 is white), never clipped; 32-bit floats count as 0…1, 0…255 or 0…65,535, the first that they
    lie within. What lies outside is stretched from the darkest to the brightest.

    Args:
        source: One of `find_images`.
        max_pixels: Largest width × height that is decoded; to go beyond the default raise Pillow's own
            `Image.MAX_IMAGE_PIXELS` as well.
        size_hint: Shorter side in pixels that the picture will be resized to. A JPEG at least eight times as
            large, with sides that divide evenly, is then decoded at 1/2, 1/4 or 1/8: never below four times
            the hint.

    Raises:
        BadImageError: It is absent, no picture, damaged, or too large.
    """
    if source.problem is not None:
        raise _bad(source, source.problem)
    try:
        with quiet_decoders():
            return _rgb(_upright(_decoded(source.item, max_pixels, size_hint)))
    except RefusedImage as error:
        raise _bad(source, str(error)) from None
    except UNREADABLE as error:
        raise _bad(source, reason(error, max_pixels)) from error


def _bad(source: Source, why: str) -> BadImageError:
    return BadImageError(
        f"the picture {source.id} (position {source.position})",
        why,
        "repair it or leave it out; without strict=True it is reported and the others are read",
    )


# A PIL image that its owner opened but did not load is not to be loaded by two threads at once.
_loading = threading.Lock()


def _decoded(item: Any, max_pixels: int, size_hint: int | None) -> Image.Image:
    if isinstance(item, np.ndarray):
        return Image.fromarray(_as_bytes(item[..., 0] if item.ndim == 3 and item.shape[-1] == 1 else item))
    if isinstance(item, Image.Image):
        _check_size(item, max_pixels)
        with _loading:
            item.load()
        return item
    if isinstance(item, Path):
        with _opened(item) as file:
            return _decoded_file(file, max_pixels, size_hint)
    return _decoded_file(io.BytesIO(item if isinstance(item, bytes) else _content(item)), max_pixels, size_hint)


def _opened(path: Path) -> io.BufferedReader:
    mode = path.stat().st_mode
    # To open a pipe would wait for its writer, and to read a device might never end.
    if not stat.S_ISREG(mode):
        raise RefusedImage("a folder, not a file" if stat.S_ISDIR(mode) else "a pipe or device, not a file")
    return path.open("rb")


def _content(file: Readable) -> bytes:
    # Whoever has just written a picture to a buffer has left its position at the end.
    if isinstance(file, io.IOBase) and file.seekable():
        file.seek(0)
    data = file.read()
    if not isinstance(data, bytes):
        raise RefusedImage("an open file that gives text, not bytes")
    return data


def _decoded_file(file: io.BytesIO | io.BufferedReader, max_pixels: int, size_hint: int | None) -> Image.Image:
    start = file.read(512)
    file.seek(0)
    if start[4:8] == b"ftyp" and "HEIF" not in Image.OPEN and find_spec("pillow_heif"):
        import_module("pillow_heif").register_heif_opener()
    try:
        image = Image.open(file, formats=[name for name in _FORMATS if name in Image.OPEN])
    except UnidentifiedImageError:
        raise RefusedImage(sniff_format(start)) from None
    _check_size(image, max_pixels)
    if size_hint and image.format in ("JPEG", "MPO"):
        _shrink(image, size_hint)
    image.load()
    return image


def _check_size(image: Image.Image, max_pixels: int) -> None:
    width, height = image.size
    if width < 1 or height < 1:
        raise RefusedImage(f"no pixel: it declares {width} × {height}")
    if width * height > max_pixels:
        raise RefusedImage(f"it declares {width:,} × {height:,} pixels, more than the limit of {max_pixels:,}")


def _shrink(image: Image.Image, size_hint: int) -> None:
    width, height = image.size
    for scale in (8, 4, 2):
        # Where a side does not divide, the smaller decode is shifted by part of a pixel.
        if min(width, height) >= scale * KEEP * size_hint and width % scale == height % scale == 0:
            image.draft(None, (width // scale, height // scale))
            return


def _upright(image: Image.Image) -> Image.Image:
    try:
        orientation = image.getexif().get(_ORIENTATION)
    except UNREADABLE:  # a damaged EXIF block is no reason to lose the picture
        return image
    turn = _TURNS.get(orientation) if isinstance(orientation, int) else None
    return image if turn is None else image.transpose(turn)


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode == "F" or image.mode.startswith("I"):
        return Image.fromarray(_as_bytes(np.asarray(image))).convert("RGB")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        white = Image.new("RGB", layer.size, "white")
        white.paste(layer, mask=layer.getchannel("A"))
        return white
    return image if image.mode == "RGB" else image.convert("RGB")


def _as_bytes(pixels: Shaped[np.ndarray, "h w *c"]) -> UInt8[np.ndarray, "h w *c"]:
    if pixels.dtype == np.uint8:
        return np.ascontiguousarray(pixels)
    if pixels.dtype == np.bool_:
        return pixels * np.uint8(255)
    low, high = float(pixels.min()), float(pixels.max())
    if not np.isfinite([low, high]).all():
        raise RefusedImage("NaN or infinity among its pixels")
    if low < 0 or high > 65535:
        return np.rint((pixels - low) * (255 / max(high - low, 1e-9))).astype(np.uint8)
    whole = pixels.dtype.kind in "iu"
    top = 65535 if whole or high > 255 else 255 if high > 1 else 1
    return np.rint(pixels * np.float32(255 / top)).astype(np.uint8)
