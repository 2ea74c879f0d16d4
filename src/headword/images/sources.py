"""Where pictures come from: paths, globs, folders, PIL images, arrays, bytes, open files; nothing is read."""

from __future__ import annotations

import io
import logging
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from PIL import Image

from headword.errors import BadImageError, InputError

__all__ = ["IMAGE_SUFFIXES", "Readable", "Source", "find_images", "iter_images"]

log = logging.getLogger("headword")

IMAGE_SUFFIXES = frozenset((
    ".avif", ".bmp", ".dib", ".gif", ".heic", ".heif", ".hif", ".ico", ".j2k", ".jfif", ".jp2", ".jpe",
    ".jpeg", ".jpg", ".mpo", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp",
))  # fmt: skip
ACCEPTED = "a path, glob, folder, PIL image, array, bytes or open file, or a sequence of these"


@runtime_checkable
class Readable(Protocol):
    """An open file, or what behaves like one."""

    def read(self, size: int = -1, /) -> bytes:
        """Its bytes."""
        ...


@dataclass(frozen=True, eq=False)
class Source:
    """One picture, not yet opened.

    Attributes:
        id: The path, or "image 3" for what is not a file.
        position: Which row of the result it becomes.
        item: What `read_image` opens: a path, PIL image, array (h, w) or (h, w, c), bytes or open file.
        problem: Why there is nothing to open, where that is known already.
    """

    id: str
    position: int
    item: Path | Image.Image | np.ndarray | bytes | Readable | None
    problem: str | None = None


def find_images(items: Any) -> list[Source]:
    """Lists the pictures that `items` stands for, in order, without opening one.

    A folder is searched recursively, a glob may hold `**` and start with `~`; both give sorted files with a
    picture's suffix and leave hidden ones out. A path named on its own is taken whatever its suffix.

    Args:
        items: A path, glob, folder, PIL image, array, bytes (an encoded file), open binary file, or an
            ordered collection or iterator of these. Arrays are (h, w), (h, w, 1|3|4) or a batch
            (n, h, w, 1|3|4), of uint8, uint16, bool, or floats from 0 to 1.

    Raises:
        InputError: There is no picture, or something that is not one. Within a collection, a path that is
            absent, a glob without a match and an array with bad values are listed with a `problem` instead.
    """
    return list(iter_images(items))


def iter_images(items: Any) -> Iterator[Source]:
    """The same as `find_images`, one at a time, for iterators that would not fit in memory."""
    position = 0
    for name, item, problem in _single(items) if _is_single(items) else _many(items):
        yield Source(name or f"image {position}", position, item, problem)
        position += 1
    if position == 0:
        raise InputError("pictures to read", "an empty collection", f"pass {ACCEPTED}")


# What a picture is called (None: by its position), what to open, and why it cannot be.
_Entry = tuple[str | None, Any, str | None]


def _is_single(items: Any) -> bool:
    if isinstance(items, np.ndarray):
        return items.dtype.kind not in "OSU"
    return isinstance(items, str | os.PathLike | bytes | bytearray | memoryview | Image.Image | Readable)


def _single(item: Any) -> Iterator[_Entry]:
    try:
        yield from _resolve(item)
    except BadImageError as error:
        raise InputError(error.asked, error.found, error.do) from None


def _many(items: Any) -> Iterator[_Entry]:
    if isinstance(items, Mapping) or hasattr(items, "columns"):
        raise InputError(
            "pictures to read", f"a {type(items).__name__}", "pass its values or one column: table['path']"
        )
    if isinstance(items, Set):
        raise InputError("pictures in an order that the rows can follow", "a set, which has none", "pass sorted(items)")
    if not isinstance(items, Iterable):
        raise _wrong_type(items)
    for item in items:
        try:
            yield from list(_resolve(item))
        except BadImageError as error:
            yield str(item) if isinstance(item, str | os.PathLike) else None, None, error.found


def _resolve(item: Any) -> Iterator[_Entry]:
    if isinstance(item, str | os.PathLike):
        yield from _files(os.fsdecode(item))
    elif isinstance(item, bytes | bytearray | memoryview):
        yield None, bytes(item), None
    elif isinstance(item, np.ndarray):
        yield from _arrays(item)
    elif isinstance(item, io.TextIOBase):
        raise InputError("a picture from an open file", "a file opened as text", "open it with mode 'rb'")
    elif isinstance(item, Image.Image):
        yield None, item, None
    elif isinstance(item, Readable):
        name = getattr(item, "name", None)
        yield name if isinstance(name, str) else None, item, None
    else:
        raise _wrong_type(item)


def _wrong_type(item: Any) -> InputError:
    kind = f"{type(item).__module__}.{type(item).__qualname__}".removeprefix("builtins.")
    do = f"pass {ACCEPTED}"
    if kind.startswith("torch"):
        do = "pass PIL images, or uint8 arrays with the channel last: tensor.permute(1, 2, 0).numpy()"
    return InputError("pictures to read", f"an object of type {kind}", do)


def _files(text: str) -> Iterator[_Entry]:
    if not text:
        raise BadImageError("a picture", "an empty path", 'name a file, or "." for this folder')
    if "://" in text[:12]:
        raise BadImageError(f"the picture {text!r}", "an address, not a file", "download it and pass the file")
    path = _home(Path(text))
    if _kind(path) == "folder":
        yield from ((str(file), file, None) for file in _walk(path))
    elif _kind(path) == "file":
        yield text, path, None
    elif any(sign in text for sign in "*?["):
        yield from ((str(file), file, None) for file in _glob(path))
    else:
        where = "" if path.is_absolute() else f"; a relative path starts at {Path.cwd()}"
        raise BadImageError(f"the picture {text!r}", "no such file or folder", f"check the path{where}")


def _home(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:  # "~nobody": no such user, so the name is meant literally
        return path


def _kind(path: Path) -> str:
    try:
        return "folder" if stat.S_ISDIR(path.stat().st_mode) else "file"
    except PermissionError:
        return "file"
    except (OSError, ValueError):  # ValueError: a NUL character
        pass
    try:
        path.lstat()
    except (OSError, ValueError):
        return "absent"
    return "file"  # a link that leads nowhere: reading it says so


def _walk(folder: Path) -> list[Path]:
    found: list[Path] = []
    seen: set[Path] = set()

    def unreadable(error: OSError) -> None:
        log.warning("the folder %s cannot be read and is left out: %s", error.filename, error.strerror)

    for root, folders, names in os.walk(folder, followlinks=True, onerror=unreadable):
        real = Path(root).resolve()
        # A link may lead back to a folder above it.
        folders[:] = [] if real in seen else sorted(name for name in folders if not name.startswith("."))
        if real not in seen:
            found += [Path(root, name) for name in names if not name.startswith(".") and _pictorial(name)]
        seen.add(real)
    if not found:
        raise BadImageError(
            f"pictures in the folder {folder}",
            "no file in it or below it has a picture's suffix (.jpg, .png, .webp, …)",
            f"check the folder; to take files with other suffixes pass a glob: {folder}/*",
        )
    return sorted(found)


def _glob(pattern: Path) -> list[Path]:
    parts = (*pattern.parts, "*") if pattern.name == "**" else pattern.parts
    relative = Path(*parts[1:]) if pattern.anchor else Path(*parts)
    try:
        matches = list(Path(pattern.anchor).glob(str(relative)))
    except (OSError, ValueError) as error:
        raise BadImageError(f"pictures that match {pattern}", str(error), "correct the pattern") from None
    files = [path for path in matches if _kind(path) == "file" and not _hidden(path, pattern)]
    if not files:
        found = "folders only" if any(_kind(path) == "folder" for path in matches) else "it matches nothing"
        do = "check the pattern; `**/*.jpg` also looks into folders"
        raise BadImageError(f"pictures that match {pattern}", found, do)
    # `*` takes whatever lies beside the pictures too, a pattern such as `*.dat` is meant as it stands.
    return sorted([path for path in files if _pictorial(path.name)] or files)


def _hidden(path: Path, pattern: Path) -> bool:
    asked = [part for part in pattern.parts if part.startswith(".")]
    return any(part.startswith(".") and not any(fnmatchcase(part, one) for one in asked) for part in path.parts)


def _pictorial(name: str) -> bool:
    return Path(name).suffix.lower() in IMAGE_SUFFIXES


def _arrays(array: np.ndarray) -> Iterator[_Entry]:
    if array.dtype.newbyteorder("=") not in (np.uint8, np.uint16, np.bool_) and array.dtype.kind != "f":
        raise InputError(
            "a picture as an array of uint8, uint16, bool, or floats from 0 to 1",
            f"dtype {array.dtype}",
            "convert it: array.astype(np.uint8) for values from 0 to 255",
        )
    image = array.ndim == 2 or (array.ndim == 3 and array.shape[-1] in (1, 3, 4))
    if not image and not (array.ndim == 4 and array.shape[-1] in (1, 3, 4)):
        first = array.ndim in (3, 4) and array.shape[-3] in (1, 3, 4)
        swap = "(1, 2, 0)" if array.ndim == 3 else "(0, 2, 3, 1)"
        raise InputError(
            "a picture as an array (h, w), (h, w, 1|3|4) or (n, h, w, 1|3|4)",
            f"shape {array.shape}",
            f"put the channel last: array.transpose{swap}" if first else "pass one array per picture",
        )
    _check_values(array)
    yield from [(None, array, None)] if image else [(None, row, None) for row in array]


def _check_values(array: np.ndarray) -> None:
    asked, found = "a picture as an array", ""
    if array.size == 0:
        found, do = f"no pixel: shape {array.shape}", "leave it out"
    elif array.dtype.kind == "f":
        low, high = float(array.min()), float(array.max())
        if not np.isfinite([low, high]).all():
            found, do = "NaN or infinity among its pixels", "replace them"
        elif low < 0 or high > 1:
            found = f"floats from {low:.4g} to {high:.4g}, not from 0 to 1"
            do = "pass uint8 for values up to 255, or divide by the largest and clip"
    if found:
        raise BadImageError(asked, found, do)
