"""What can be wrong with a picture file, in plain words, and how Pillow says so."""

from __future__ import annotations

import re
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from PIL import Image

__all__ = ["UNREADABLE", "RefusedImage", "quiet_decoders", "reason", "sniff_format"]

# What Pillow raises on damaged files, by its own checks and for want of them.
UNREADABLE = (
    ArithmeticError, AssertionError, AttributeError, EOFError, Image.DecompressionBombError, LookupError,
    MemoryError, NotImplementedError, OSError, RuntimeError, SyntaxError, TypeError, ValueError, struct.error,
    zlib.error,
)  # fmt: skip

# How a file that is no picture begins, and what to say of it.
_FOREIGN = (
    (rb"\Z", "the file is empty (0 bytes)"),
    (rb"....ftyp(heic|heix|hevc|heim|heis|mif1|msf1)", "a HEIC photograph: pip install pillow-heif to have it read"),
    (rb"....ftypavi[fs]", "an AVIF picture, damaged or beyond this Pillow: pip install -U pillow"),
    (rb"....(ftyp|moov|mdat)|\x1aE\xdf\xa3|RIFF....AVI ", "a video; save a frame of it as a picture"),
    (rb"%PDF", "a PDF document; save its pages as pictures"),
    (rb"\s*(<\?xml.*)?<svg", "an SVG drawing; export it as PNG"),
    (rb"(?i)\s*(<\?xml.*)?(<!doctype html|<html)", "an HTML page, as a failed download leaves it"),
    (rb"version https://git-lfs", "a Git LFS pointer and not the picture: git lfs pull"),
    (rb"PK\x03\x04|\x1f\x8b|Rar!|7z\xbc\xaf|.{257}ustar", "an archive; unpack it"),
    (rb"II\*\0|MM\0\*", "a TIFF of bands or depth that Pillow cannot read, or damaged at its start: pass an array"),
    (rb"8BPS", "a Photoshop file; export it as PNG"),
    (rb".{128}DICM", "a DICOM scan; export it as 16-bit PNG"),
    (rb"\x00+\Z", "only zero bytes, as an unfinished copy leaves them"),
    (rb"[\t\n\r -~]+\Z", "text, not a picture"),
    (b"", "not a picture (JPEG, PNG, WebP, GIF, TIFF, BMP, AVIF, JPEG 2000, PPM, ICO), or damaged at its start"),
)


class RefusedImage(Exception):
    """A reason in plain words why a picture is not decoded."""


def sniff_format(start: bytes) -> str:
    """Says what a file is that Pillow does not know, from its first bytes."""
    return next(text for pattern, text in _FOREIGN if re.match(pattern, start, re.DOTALL))


def reason(error: BaseException, max_pixels: int) -> str:
    """Says in plain words what one of `UNREADABLE` means."""
    if isinstance(error, FileNotFoundError):
        return "no such file, or a link that leads nowhere"
    if isinstance(error, PermissionError):
        return "no permission to read it"
    if isinstance(error, MemoryError):
        return "not enough memory to decode it"
    if isinstance(error, Image.DecompressionBombError):
        limit = min(max_pixels, 2 * (Image.MAX_IMAGE_PIXELS or max_pixels))  # Pillow raises at twice its own
        return f"it declares far more pixels than the limit of {limit:,}"
    message = str(error).partition("\n")[0][:200] or type(error).__name__
    return f"damaged or cut short: {message}"


_lock = threading.Lock()
_users = 0
_ignore = cast(Any, ("ignore", None, Warning, re.compile(r"PIL\.|headword\.images"), 0))


@contextmanager
def quiet_decoders() -> Iterator[None]:
    """Silences Pillow's warnings about damaged files: what matters is raised, the rest is noise to a user.

    `warnings.catch_warnings` restores a whole list of filters, so that two threads that overlap leave each
    other's behind. This adds one filter of its own and takes it away again.
    """
    global _users
    with _lock:
        _users += 1
        if _ignore not in warnings.filters:
            cast(Any, warnings.filters).insert(0, _ignore)
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0 and _ignore in warnings.filters:
                cast(Any, warnings.filters).remove(_ignore)
