"""ImageNet pictures in one folder, each named by its class: `n01440764.jpg`, `n01440764_10026.JPEG`."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from headword.datasets.base import Labelled
from headword.datasets.readers.files import images, resolve_split
from headword.errors import InputError
from headword.images.sources import IMAGE_SUFFIXES
from headword.labels.label_set import LabelSet

__all__ = ["has_wnid_files", "read_wnid_files"]

_NAME = re.compile(r"(n\d{8})(_.*)?")


def has_wnid_files(folder: Path) -> bool:
    """Whether pictures named by wnids lie in `folder` itself."""
    return any(each.suffix.casefold() in IMAGE_SUFFIXES and _NAME.fullmatch(each.stem) for each in folder.iterdir())


def read_wnid_files(folder: str | Path, split: str | None = None) -> Labelled:
    """Reads `folder`; all 1,000 classes of ImageNet-1k are candidates, whichever have pictures.

    Raises:
        InputError: A split is asked for, or a picture is not named by a class of ImageNet-1k.
        MissingExtra: timm, which ships the names, is not installed.
    """
    folder = Path(folder)
    name, _ = resolve_split(split, ["all"], str(folder))
    paths = images(folder)
    labels = LabelSet.named("imagenet-1k")
    place = {wnid: row for row, wnid in enumerate(labels.ids)}
    targets = [place.get(_wnid(path), -1) for path in paths]
    if not paths or -1 in targets:
        strange = [path for path, row in zip(paths, targets, strict=True) if row < 0]
        found = f"{len(strange)} of {len(paths)} are not, first {strange[0].name}" if strange else "no picture"
        raise InputError(
            f"pictures named by classes of ImageNet-1k in {folder}",
            found,
            "call them <wnid>.jpg or <wnid>_<anything>.jpg, or put them into one folder per class",
        )
    ids = tuple(path.relative_to(folder).as_posix() for path in paths)
    return Labelled(folder.resolve().name, name, tuple(paths), ids, np.array(targets, dtype=np.int64), labels)


def _wnid(path: Path) -> str:
    found = _NAME.fullmatch(path.stem)
    return found[1] if found else ""
