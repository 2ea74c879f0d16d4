"""Pictures in one folder per class, `<class>/<file>`, with or without `train/`, `val/`, `test/` above."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from headword.datasets.base import Labelled
from headword.datasets.readers.files import choose_split, folders, images, read_json
from headword.errors import InputError
from headword.labels import files as label_files
from headword.labels.label_set import LabelSet

__all__ = ["read_image_folder"]

log = logging.getLogger("headword")

_NAME_FILES = [f"{stem}.{ending}" for stem in ("classes", "classnames", "labels") for ending in ("txt", "json", "csv")]


def read_image_folder(folder: str | Path, split: str | None = None) -> Labelled:
    """Reads `folder`; a class is called as its folder, underscores as spaces, and is the same in every split.

    A file classes.txt, .csv or .json (or labels.…) beside the class folders says otherwise: `folder<TAB>name` on
    each line, the columns id and name, or an object {folder: name}. Folders that are all wnids get timm's names.

    Raises:
        InputError: No such split, no class folders, no pictures in them, or names that do not fit the folders.
    """
    folder = Path(folder)
    name, chosen, every = choose_split(folder, split)
    keys = sorted({each.name for part in every for each in folders(part)})
    if not keys:
        stray = len(images(folder))
        found = f"{stray} pictures and no folder" if stray else "neither folders nor pictures"
        raise InputError(f"pictures with classes from {folder}", found, "put them into one folder per class")
    rows = [(path, row) for part in chosen for row, key in enumerate(keys) for path in _inside(part / key)]
    if not rows:
        do = "check the folder: pictures must lie in <class>/<file>"
        raise InputError(f"pictures with classes from {folder}", f"{len(keys)} folders without a picture", do)
    targets = np.array([row for _, row in rows], dtype=np.int64)
    empty = np.setdiff1d(np.arange(len(keys)), targets)
    if len(empty):
        log.warning("%s (%s): no picture of %d classes, first %s", folder, name, len(empty), keys[empty[0]])
    return Labelled(
        folder.resolve().name,
        name,
        tuple(path for path, _ in rows),
        tuple(path.relative_to(folder).as_posix() for path, _ in rows),
        targets,
        _labels(folder, keys),
    )


def _inside(folder: Path) -> list[Path]:
    return images(folder) if folder.is_dir() else []


def _labels(folder: Path, keys: Sequence[str]) -> LabelSet:
    name = folder.resolve().name
    name_files = [folder / each for each in _NAME_FILES if (folder / each).is_file()]
    if not name_files:
        wnids = all(re.fullmatch(r"n\d{8}", key) for key in keys)
        return LabelSet.from_names(keys, ids=None if wnids else keys, name=name)
    asked = f"the names of the class folders in {folder}"
    if len(name_files) > 1:
        raise InputError(asked, f"both {name_files[0].name} and {name_files[1].name}", "keep one of them")
    names = _named_by(name_files[0], keys, asked)
    unnamed = [key for key in keys if key not in names]
    if unnamed:
        raise InputError(
            asked,
            f"{name_files[0].name} does not name {len(unnamed)} of {len(keys)} folders, first {unnamed[0]!r}",
            "write folder<TAB>name on each line: the order of lines does not tell which folder is meant",
        )
    return LabelSet.from_names([names[key] for key in keys], ids=keys, name=name)


def _named_by(path: Path, keys: Sequence[str], asked: str) -> Mapping[str, Any]:
    """Names by folder; in a plain list each stands for the folder called so, or numbered so from "0"."""
    value = read_json(path, asked) if path.suffix == ".json" else None
    if isinstance(value, dict) and all(key in value for key in keys):
        return value
    rows = label_files.read_label_file(path)
    if rows.ids is not None:
        return dict(zip(rows.ids, rows.names, strict=True))
    if all(key.isdecimal() for key in keys) and 0 in map(int, keys):
        return {key: rows.names[int(key)] for key in keys if int(key) < len(rows.names)}
    by_name = {names[0].replace("_", " "): names for names in rows.names}
    return {key: by_name[key.replace("_", " ")] for key in keys if key.replace("_", " ") in by_name}
