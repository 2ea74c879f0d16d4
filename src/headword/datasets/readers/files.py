"""Files below a folder: the pictures in it, the splits among its folders, what a list of names in it means."""

from __future__ import annotations

import json
import logging
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from headword.errors import InputError
from headword.images.sources import IMAGE_SUFFIXES, find_images

__all__ = [
    "SPLITS", "Listing", "choose_split", "folders", "images", "read_json", "read_lines", "read_text", "resolve_split",
]  # fmt: skip

log = logging.getLogger("headword")

# How people call their folders, and what each split is called here.
SPLITS: Mapping[str, str] = {
    "train": "train", "training": "train",
    "val": "val", "valid": "val", "validation": "val", "dev": "val",
    "test": "test", "testing": "test",
}  # fmt: skip


def folders(folder: Path) -> list[Path]:
    """The folders directly in `folder`, sorted by name; hidden ones and what macOS adds to archives are left out."""
    found = [each for each in folder.iterdir() if each.is_dir() and not each.name.startswith((".", "__MACOSX"))]
    return sorted(found, key=lambda each: each.name)


def images(folder: Path) -> list[Path]:
    """The pictures in `folder` and below, sorted; none is opened."""
    try:
        return [source.item for source in find_images(folder) if isinstance(source.item, Path)]
    except InputError:  # none at all
        return []


def resolve_split(split: str | None, known: Iterable[str], asked: str) -> tuple[str, list[str]]:
    """What `split` means where the splits `known` exist: its name and its parts ("train+val" has two).

    By default the test split, else the validation split, else the only one.

    Raises:
        InputError: There is no such split, or none to choose by default.
    """
    there = list(dict.fromkeys(known))
    if split is None:
        default = next((each for each in ("test", "val") if each in there), there[0] if len(there) == 1 else None)
        if default is None:
            raise InputError(asked, f"the splits {', '.join(there)}, none of them 'test' or 'val'", "pass split=…")
        return default, [default]
    parts = [SPLITS.get(part.strip().casefold(), part.strip()) for part in split.split("+")]
    missing = [part for part in parts if part not in there]
    if missing:
        found = f"the splits {', '.join(there)}" if there != ["all"] else "no division into splits"
        do = "pass split=None for all of it" if there == ["all"] else "pass one of them, or several: 'train+val'"
        raise InputError(f"the split {missing[0]!r} of {asked}", found, do)
    parts = list(dict.fromkeys(parts))
    return "+".join(parts), parts


def choose_split(folder: Path, split: str | None) -> tuple[str, list[Path], list[Path]]:
    """The split asked for, its folders, and the folders of all splits; the folder itself where it has none.

    A folder is a split where it is called one, holds folders, and holds no picture itself: "train" with
    pictures in it is the class of trains, unless every folder beside it is called as splits are and holds folders.
    """
    there = folders(folder)
    called = [each for each in there if each.name.casefold() in SPLITS and folders(each)]
    splits = called if called == there else [each for each in called if not _holds_images(each)]
    found = [(SPLITS[each.name.casefold()], each) for each in splits]
    if not found:
        name, _ = resolve_split(split, ["all"], str(folder))
        return name, [folder], [folder]
    name, parts = resolve_split(split, [part for part, _ in found], str(folder))
    return name, [each for part in parts for known, each in found if known == part], [each for _, each in found]


def _holds_images(folder: Path) -> bool:
    return any(each.suffix.lower() in IMAGE_SUFFIXES for each in folder.iterdir() if each.is_file())


class Listing:
    """The pictures below a folder, found again by the names that a file of captions or labels calls them.

    Args:
        folder: Where names start, and which they cannot leave.
        below: Folders in it to look in too: "images" and, as Flickr8k has it, "Images".
        anywhere: Also find a bare file name in any folder below, where only one has it.
        absolute: Take absolute paths and `..` as they stand.
    """

    def __init__(
        self,
        folder: Path,
        below: Iterable[str] = ("images", "Images"),
        *,
        anywhere: bool = False,
        absolute: bool = False,
    ) -> None:
        self.folder, self.absolute = folder, absolute
        self._below = ("", *below)
        self._paths = {_composed(path.relative_to(folder).as_posix()): path for path in images(folder)}
        self._bare: dict[str, list[str]] = {}
        for known in self._paths if anywhere else ():
            self._bare.setdefault(PurePosixPath(known).name, []).append(known)

    def __len__(self) -> int:
        return len(self._paths)

    def find(self, name: str, asked: str) -> tuple[str, Path] | None:
        """The id and path of the picture called `name`, `None` where there is none.

        Raises:
            InputError: The name leads out of the folder, or several pictures are called so.
        """
        plain = name.strip().replace("\\", "/")
        pure = PurePosixPath(_composed(plain))
        if pure.is_absolute() or ".." in pure.parts or plain[1:2] == ":":
            if not self.absolute:
                do = "write paths relative to the folder, or pass absolute=True to follow any path"
                raise InputError(asked, f"the path {name!r}, which leads out of {self.folder}", do)
            path = self.folder / plain
            return (plain, path) if path.is_file() else None
        for below in self._below:
            known = (PurePosixPath(below) / pure).as_posix()
            if known in self._paths:
                return known, self._paths[known]
        same = self._bare.get(pure.name, [])
        if len(same) > 1:
            raise InputError(asked, f"{len(same)} pictures called {pure.name!r}: {', '.join(same[:3])}", "keep one")
        return (same[0], self._paths[same[0]]) if same else None


def _composed(name: str) -> str:
    """One spelling of "é": archives made on macOS have two characters for it, tables one."""
    return unicodedata.normalize("NFC", name)


def read_lines(path: Path, asked: str) -> list[str]:
    """The lines of a text file that are not blank.

    Raises:
        InputError: It is absent or not UTF-8.
    """
    return [line.strip() for line in read_text(path, asked).split("\n") if line.strip()]


def read_json(path: Path, asked: str) -> Any:
    """The value of a JSON file.

    Raises:
        InputError: It is absent, not UTF-8, or not JSON.
    """
    try:
        return json.loads(read_text(path, asked))
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(asked, f"{path} is not JSON: {error}", "download it again") from error


def read_text(path: Path, asked: str) -> str:
    """The text of a UTF-8 file, without a byte order mark.

    Raises:
        InputError: It is absent or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(asked, f"{path} is not UTF-8: byte {error.start}", "save it as text in UTF-8") from error
    except OSError as error:
        raise InputError(asked, f"{path} cannot be read: {error.strerror}", "check the folder") from error
