"""Layouts that several data sets share: lists of files, folders, binary records; and splits drawn by seed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from jaxtyping import Int64, UInt8

from headword.datasets.readers.files import folders, images, read_lines
from headword.datasets.spec import Layout, Row
from headword.errors import InputError
from headword.labels.label_set import LabelSet

__all__ = [
    "draw_split", "foldered", "image_row", "imagenet_labels", "listed", "mapped", "mat", "records", "scene_labels",
    "sorted_rows", "stratified",
]  # fmt: skip

Parse = Callable[[str], tuple[str, str | int]]
Choose = Callable[[list[Row]], Iterable[Row]]


def listed(
    images: str,
    lists: Mapping[str, str],
    parse: Parse,
    *,
    needs: tuple[str, ...] = (),
    labels: Callable[[Path], LabelSet] | None = None,
) -> Layout:
    """Pictures in one folder, and for each split a file with a picture a line.

    Args:
        images: Folder of the pictures.
        lists: Split → file.
        parse: From a line to the picture's file below `images` and its class.
        needs: What else must be there.
        labels: As for `Layout`.
    """

    def rows(folder: Path, split: str) -> list[Row]:
        parsed = map(parse, read_lines(folder / lists[split], f"the {split} split in {folder}"))
        return [image_row(folder, f"{images}/{file}" if images else file, key) for file, key in parsed]

    return Layout((images or ".", *lists.values(), *needs), tuple(lists), rows, labels)


def image_row(folder: Path, file: str, key: str | int) -> Row:
    """The row of the picture `file` in `folder`.

    Raises:
        InputError: It is not there, or the name leads out of the folder.
    """
    pure = PurePosixPath(file)
    if pure.is_absolute() or ".." in pure.parts:
        raise InputError(f"the picture {file!r}", f"a path that leads out of {folder}", "download the lists again")
    path = folder / pure
    if not path.is_file():
        raise InputError(f"the picture {file!r} in {folder}", "no such file", "complete the copy")
    return Row(pure.as_posix(), path, key)


def foldered(below: str, splits: Mapping[str, Choose], needs: tuple[str, ...]) -> Layout:
    """Pictures in `<class>/<file>` below a folder, all of them in one place.

    Args:
        below: That folder; empty for the data set's own.
        splits: Split → which of all rows, sorted by class and name, belong to it.
        needs: What must be there: some of the class folders.
    """

    def rows(folder: Path, split: str) -> Iterable[Row]:
        return splits[split](sorted_rows(folder, below))

    return Layout(needs, tuple(splits), rows)


def sorted_rows(folder: Path, below: str) -> list[Row]:
    """The pictures of `<below>/<class>/<file>`, sorted by class and name.

    Raises:
        InputError: There is no such folder.
    """
    if not (folder / below).is_dir():
        raise InputError(f"the pictures in {folder / below}", "no such folder", "complete the copy, or pass split=…")
    return [
        Row(path.relative_to(folder).as_posix(), path, each.name)
        for each in folders(folder / below)
        for path in images(each)
    ]


def records(
    files: Mapping[str, Sequence[str]], shape: tuple[int, int, int], *, label_at: int = 0, header: int = 1
) -> Layout:
    """Files of records of `header` bytes, one of which is the class, and the pixels, channel by channel.

    Args:
        files: Split → files.
        shape: Channels, height, width.
        label_at: Which byte of the header is the class.
        header: Bytes before the pixels.
    """

    def rows(folder: Path, split: str) -> Iterable[Row]:
        for file in files[split]:
            found = mapped(folder / file, header + int(np.prod(shape)))
            images = found[:, header:].reshape(-1, *shape).transpose(0, 2, 3, 1)
            for number, (image, label) in enumerate(zip(images, found[:, label_at], strict=True)):
                yield Row(f"{file}/{number}", image, int(label))

    return Layout(tuple(file for each in files.values() for file in each), tuple(files), rows)


def mapped(path: Path, width: int, header: int = 0) -> UInt8[np.ndarray, "n width"]:
    """A file of bytes as rows of `width`, after a header; it is read where and when it is used.

    Raises:
        InputError: It is absent, or its size is no multiple of `width`.
    """
    size = path.stat().st_size - header if path.is_file() else -1
    if size <= 0 or size % width:
        found = f"{size} bytes, not a multiple of {width}" if size >= 0 else "no such file"
        raise InputError(f"the records in {path}", found, "unpack the archive again")
    return np.asarray(np.memmap(path, np.uint8, "r", offset=header)).reshape(-1, width)


def draw_split(rows: Sequence[Row], counts: Sequence[int], part: int, seed: int = 42) -> list[Row]:
    """Part `part` of a split of each class into pieces of `counts` pictures, drawn by a seed of their own."""
    rng = np.random.default_rng(seed)
    start, stop = sum(counts[:part]), sum(counts[: part + 1])
    taken: list[int] = []
    for members in _by_class(rows):
        taken += rng.permutation(members)[start:stop].tolist()
    return [rows[i] for i in sorted(taken)]


def _by_class(rows: Sequence[Row]) -> list[Int64[np.ndarray, " k"]]:
    keys = np.array([str(row.key) for row in rows])
    return [np.flatnonzero(keys == key) for key in np.unique(keys)]


def stratified(rows: Sequence[Row], share: float, *, test: bool, seed: int = 42) -> list[Row]:
    """The training or the test part of scikit-learn's stratified `train_test_split` with that seed."""
    from sklearn.model_selection import train_test_split

    keys = [str(row.key) for row in rows]
    try:
        parts = train_test_split(np.arange(len(rows)), test_size=share, random_state=seed, stratify=keys)
    except ValueError as error:
        asked = f"a test part of {share:.0%} of {len(rows)} pictures, drawn class by class"
        raise InputError(asked, str(error), "complete the copy, or pass split='all'") from error
    return [rows[i] for i in sorted(parts[1 if test else 0].tolist())]


def mat(path: Path) -> Mapping[str, Any]:
    """The variables of a MATLAB file.

    Raises:
        InputError: It is damaged.
    """
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        return loadmat(path, squeeze_me=True)
    except (OSError, ValueError, MatReadError) as error:
        raise InputError(f"the MATLAB file {path}", str(error), "download it again") from error


def imagenet_labels(folder: Path) -> LabelSet:
    """ImageNet-1k's classes, whatever the folder.

    Raises:
        MissingExtra: timm, which ships them, is not installed.
    """
    return LabelSet.named("imagenet-1k")


def scene_labels(keys: Sequence[str], name: str) -> LabelSet:
    """Places called "/c/church/indoor", read as the weight-recycling paper does: "church indoor"."""
    return LabelSet.from_names([key[3:].replace("/", " ") for key in keys], ids=keys, name=name)
