"""Are pictures of one data set in another? By id, by file, and by content."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool
from PIL import Image

from headword.datasets.base import Captioned, Labelled
from headword.datasets.readers.lazy import Span
from headword.errors import InputError
from headword.images.sources import Readable

__all__ = ["disjoint", "overlap"]

_TAIL = 4096  # bytes at a picture's end, which tell nearly all pictures of one size apart


def overlap(a: Labelled | Captioned, b: Labelled | Captioned, *, contents: bool = True) -> Bool[np.ndarray, " n"]:
    """Which pictures of `a` are also in `b`: `a.take(~overlap(a, b))` leaves them out.

    A picture is in both where both data sets have one name and one id, where the file is the same, or where the
    bytes are. Files are compared by size first, then by their last 4 KiB, and read whole only where these agree.

    Args:
        a: The pictures to judge.
        b: Those to look for them in.
        contents: Compare bytes too; without, nothing is opened.
    """
    ids = set(b.ids) if a.name == b.name else set()
    files = {path for path in map(_file, b.images) if path}
    found = np.array([id in ids or _file(item) in files for id, item in zip(a.ids, a.images, strict=True)], dtype=bool)
    if contents:
        found |= _same_bytes(a.images, b.images)
    return found


def disjoint(a: Labelled | Captioned, b: Labelled | Captioned, *, contents: bool = True) -> None:
    """Makes sure that no picture is in both, such as a training and a test set.

    Args:
        a: Pictures to learn from.
        b: Pictures to judge by.
        contents: As for `overlap`.

    Raises:
        InputError: At least one is.
    """
    shared = np.flatnonzero(overlap(a, b, contents=contents))
    if len(shared):
        raise InputError(
            f"no picture in both {a.name} ({a.split}) and {b.name} ({b.split})",
            f"{len(shared)} of {len(a)} are, first {a.ids[shared[0]]!r}",
            "leave them out: a.take(~headword.datasets.overlap(a, b))",
        )


def _file(item: Any) -> str | None:
    return str(Path(item).resolve()) if isinstance(item, str | Path) else None


def _same_bytes(a: Iterable[Any], b: Iterable[Any]) -> Bool[np.ndarray, " n"]:
    first, second = [(_size(item), item) for item in a], [(_size(item), item) for item in b]
    sizes = {size for size, _ in first} & {size for size, _ in second} - {0}
    there: dict[bytes, list[Any]] = {}
    for size, item in second:
        if size in sizes:
            there.setdefault(_end(item), []).append(item)
    found = np.zeros(len(first), dtype=bool)
    whole: dict[bytes, set[bytes]] = {}  # each is read once, though many may end alike: letterboxed bitmaps do
    for row, (size, item) in enumerate(first):
        end = _end(item) if size in sizes else b""
        if end in there:
            if end not in whole:
                whole[end] = {_digest(_content(other)) for other in there[end]}
            found[row] = _digest(_content(item)) in whole[end]
    return found


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _size(item: Any) -> int:
    """Bytes of a picture, 0 where it is not there."""
    if isinstance(item, str | Path):
        return Path(item).stat().st_size if Path(item).is_file() else 0
    return item.size if isinstance(item, Span) else len(_content(item))


def _end(item: Any) -> bytes:
    if not isinstance(item, str | Path):
        return _digest(_content(item)[-_TAIL:])
    with Path(item).open("rb") as file:
        file.seek(-min(_TAIL, _size(item)), os.SEEK_END)
        return _digest(file.read())


def _content(item: Any) -> bytes:
    if isinstance(item, str | Path):
        return Path(item).read_bytes()
    if isinstance(item, np.ndarray | Image.Image):
        return item.tobytes()
    if isinstance(item, io.IOBase) and item.seekable():
        item.seek(0)
    return item.read() if isinstance(item, Readable) else bytes(item)
