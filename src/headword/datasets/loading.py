"""`load`: a known data set by its name, or whatever lies in a folder or a file."""

from __future__ import annotations

import os
from pathlib import Path

from headword.datasets.base import Captioned, Labelled
from headword.datasets.known import registry
from headword.datasets.readers.detect import read_file, reader_of
from headword.datasets.readers.hugging_face import cached_snapshot
from headword.datasets.readers.shards import read_shards
from headword.errors import InputError, UnknownName

__all__ = ["data_folder", "load"]


def load(name_or_path: str | Path, *, root: str | Path | None = None, split: str | None = None) -> Labelled | Captioned:
    """Loads a data set from this machine; nothing is downloaded, and no picture is opened before it is embedded.

    Args:
        name_or_path: A known set ("food101"); a folder: one per class, with or without `train/`, `val/`, `test/`
            above, or pictures named by ImageNet's wnids, or with captions.csv, shards, or what Hugging Face's
            `datasets` writes; a table or JSON of captions; shards ("cc3m/{00000..00331}.tar"); or "hf/owner/name"
            in the Hugging Face cache.
        root: The folder that known sets lie in, one folder each; by default `$HEADWORD_DATA`, else `data`.
        split: "train", "val", "test", or several, "train+val". By default the test split, else the validation
            split, else all there is.

    Raises:
        InputError: It is not there, or not what it should be.
        UnknownName: No known set, folder or file is called so.
    """
    base = data_folder(root)
    text = str(name_or_path)
    if isinstance(name_or_path, str) and text in registry:
        return _known(text, base, split)
    if text.startswith("hf/"):
        return _folder(cached_snapshot(text.removeprefix("hf/")), split)
    path = next((each for each in (Path(text).expanduser(), base / text) if each.exists()), None)
    if path is None and text.endswith(".tar"):
        return read_shards(text, split)
    if path is None and (isinstance(name_or_path, Path) or "/" in text or "." in text):
        where = "" if Path(text).is_absolute() else f"; a relative path starts at {Path.cwd()} or {base}"
        raise InputError(f"the data set {text!r}", "no such file or folder", f"check the path{where}")
    if path is None:
        return _known(text, base, split)  # raises, with the names there are
    return read_file(path, split) if path.is_file() else _folder(path, split)


def data_folder(root: str | Path | None = None) -> Path:
    """The folder that known sets lie in: `root`, else `$HEADWORD_DATA`, else `data`."""
    return Path(root if root is not None else os.environ.get("HEADWORD_DATA", "data")).expanduser()


def _known(name: str, root: Path, split: str | None) -> Labelled | Captioned:
    try:
        spec = registry[name]
    except UnknownName as error:
        found = f"no folder or file of that name in {Path.cwd()} or {root}, and no known set; {error.found}"
        raise UnknownName(error.asked, found, f"{error.do}, or pass the path of your pictures") from error
    try:
        data: Labelled | Captioned = spec.load(root, split)
    except InputError as error:
        if not Path(name).exists() or (root / name).exists():
            raise
        do = f"for the folder {name} here, which is not looked at for a known name, pass './{name}'; or {error.do}"
        raise InputError(error.asked, error.found, do) from error
    return data


def _folder(folder: Path, split: str | None) -> Labelled | Captioned:
    reader = reader_of(folder)
    if reader is None:
        raise InputError(
            f"the data set in {folder}",
            "neither folders of pictures, nor captions.csv, shards (.tar), .parquet or .arrow files",
            "put pictures into one folder per class, or a captions.csv with the columns file and caption beside them",
        )
    return reader(split)
