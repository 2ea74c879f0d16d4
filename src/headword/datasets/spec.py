"""What a known data set is: a few facts, and the layouts in which copies of it lie on people's disks.

Besides its own layouts every set is read from a copy in webdataset shards, as Hugging Face's `datasets` writes
it, or in folders `<split>/<class>/<file>`. Classes are matched by name, whatever order a copy has them in.
"""

from __future__ import annotations

import csv
import logging
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from headword.datasets.base import Captioned, Labelled
from headword.datasets.readers.detect import reader_of
from headword.datasets.readers.files import resolve_split
from headword.datasets.readers.karpathy import read_caption_json
from headword.errors import HeadwordError, InputError
from headword.labels.label_set import LabelSet

__all__ = ["KARPATHY", "DatasetSpec", "KnownCaptions", "KnownClasses", "Layout", "Row", "classes"]

log = logging.getLogger("headword")

KARPATHY = "https://cs.stanford.edu/people/karpathy/deepimagesent/caption_datasets.zip"
"""Where the records of Karpathy's splits are."""


class Row(NamedTuple):
    """A picture: its id, what `ImageEncoder.embed` takes, and its class by key or by number from 0."""

    id: str
    image: Any
    key: str | int


@dataclass(frozen=True)
class Layout:
    """One way in which a data set lies on a disk.

    Attributes:
        needs: What a folder must hold to be such a copy.
        splits: The splits it has.
        rows: From the folder and a split to its pictures.
        labels: From the folder to the classes, where the data set does not name them itself.
    """

    needs: tuple[str, ...]
    splits: tuple[str, ...]
    rows: Callable[[Path, str], Iterable[Row]]
    labels: Callable[[Path], LabelSet] | None = None

    def fits(self, folder: Path) -> bool:
        """Whether `folder` is such a copy."""
        return all((folder / need).exists() for need in self.needs)


@dataclass(frozen=True, kw_only=True)
class DatasetSpec(ABC):
    """A data set with a name of its own.

    Attributes:
        name: As `load` takes it.
        title: As its authors write it.
        splits: Its splits, and how many pictures each has.
        licence: Terms of the pictures, in words.
        where: Where to get it.
        layout: How the folder must look, for people.
        folders: What its folder is called too.
        pool: The split to draw few-shot examples from, if there is one.
        checksums: MD5 of its archives, as torchvision verifies them.
        note: What to know about its splits.
    """

    name: str
    title: str
    splits: Mapping[str, int]
    licence: str
    where: str
    layout: str
    folders: tuple[str, ...] = ()
    pool: str | None = "train"
    checksums: Mapping[str, str] = field(default_factory=dict)
    note: str = ""

    def load(self, root: Path, split: str | None = None) -> Labelled | Captioned:
        """Loads a local copy from below `root`.

        Raises:
            InputError: There is none, or not of this split.
        """
        home, places = root / self.name, self.places(root)
        for place in places:
            data = self.own(place, split)
            if data is not None:
                return self._counted(data)
        trouble = f" ({places[0]} has another layout)" if places else ""
        for place in places:
            try:
                data = self.copied(place, split)
            except InputError as error:
                trouble = f" ({error.asked}: {error.found})"
            else:
                if data is not None:
                    return self._counted(data)
        raise InputError(
            f"the data set {self.name}",
            f"no copy of it in {home}{trouble}",
            f"get it at {self.where}, so that {home} holds {self.layout}; or pass root=…, or set "
            "$HEADWORD_DATA, to the folder above it",
        )

    def places(self, root: Path) -> list[Path]:
        """The folders below `root` that are called as it is; nothing in them is looked at."""
        home = root / self.name
        usual = (f"wds_{self.name}", f"wds_vtab-{self.name}", *self.folders)
        named = [home, *(base / each for each in usual for base in (root, home))]
        return [place for place in named if place.is_dir()]

    @abstractmethod
    def own(self, folder: Path, split: str | None) -> Labelled | Captioned | None:
        """Reads a copy as its authors publish it; `None` where `folder` holds none."""

    @abstractmethod
    def copied(self, folder: Path, split: str | None) -> Labelled | Captioned | None:
        """Reads a copy in a layout that any data set can have; `None` where `folder` holds none."""

    def _counted(self, data: Labelled | Captioned) -> Labelled | Captioned:
        parts = data.split.split("+")
        official = sum(self.splits.get(part, 0) for part in parts)
        if not official:
            log.warning("%s: %d pictures in a copy that is not divided as the official one", self.name, len(data))
        elif len(data) != official:
            template = "%s (%s): %d pictures, the official split has %d: a part of it, or another version"
            log.warning(template, self.name, data.split, len(data), official)
        return data


@dataclass(frozen=True, kw_only=True)
class KnownClasses(DatasetSpec):
    """A data set of pictures with classes.

    Attributes:
        classes: Key → name, in the official order; empty: each copy lists them itself.
        layouts: Layouts of its own.
        templates: The prompts that the weight-recycling paper uses; empty: the model's own.
    """

    classes: Mapping[str, str] = field(default_factory=dict)
    layouts: tuple[Layout, ...] = ()
    templates: tuple[str, ...] = ()

    def own(self, folder: Path, split: str | None) -> Labelled | None:
        """Reads a copy in one of `layouts`."""
        layout = next((each for each in self.layouts if each.fits(folder)), None)
        if layout is None:
            return None
        name, parts = resolve_split(split, layout.splits, self.name)
        rows, labels = self._listed(layout, folder, parts)
        place = {_plain(key): number for number, key in enumerate(labels.ids)}
        targets = [row.key if isinstance(row.key, int) else place.get(_plain(row.key), -1) for row in rows]
        if -1 in targets:
            key = rows[targets.index(-1)].key
            raise InputError(
                f"the classes of {self.name} in {folder}", f"{key!r}, which is none of them", "check the copy"
            )
        return Labelled(
            self.name,
            name,
            tuple(row.image for row in rows),
            tuple(row.id for row in rows),
            np.array(targets, dtype=np.int64),
            labels,
            self.templates,
            self.licence,
        )

    def _listed(self, layout: Layout, folder: Path, parts: list[str]) -> tuple[list[Row], LabelSet]:
        try:
            rows = [row for part in parts for row in layout.rows(folder, part)]
            return rows, layout.labels(folder) if layout.labels else self._labels()
        except HeadwordError:
            raise
        except (csv.Error, LookupError, TypeError, ValueError) as error:  # lists and numbers in a form of their own
            asked = f"{self.name} ({'+'.join(parts)}) in {folder}"
            raise InputError(asked, f"files in another form: {error!r}", "download its lists again") from error

    def copied(self, folder: Path, split: str | None) -> Labelled | None:
        """Reads any other copy, and says its classes as this set does."""
        reader = reader_of(folder)
        data = reader(split) if reader else None
        if not isinstance(data, Labelled):
            return None
        mine = replace(data, name=self.name, licence=self.licence, templates=data.templates or self.templates)
        if not self.classes:
            return mine
        rows = self._rows(data.labels)
        if None not in rows:
            targets = np.array(rows, dtype=np.int64)[data.targets]
            return replace(mine, targets=targets, labels=self._labels(), templates=self.templates)
        if not any(row is not None for row in rows):
            return None
        unknown = [name for name, row in zip(data.labels.names, rows, strict=True) if row is None]
        log.warning("%s: %d classes have names of their own, first %s; they stay", self.name, len(unknown), unknown[0])
        return mine

    def _rows(self, labels: LabelSet) -> list[int | None]:
        """Which of this set's classes each of `labels` is: by key, by name, or by number where it is one."""
        place = {_plain(word): row for row, pair in enumerate(self.classes.items()) for word in reversed(pair)}
        rows = [
            place.get(_plain(id), place.get(_plain(name))) for id, name in zip(labels.ids, labels.names, strict=True)
        ]
        numbers = [int(id) for id in labels.ids if id.isdecimal()]
        if not any(row is not None for row in rows) and len(numbers) == len(labels) and 0 in numbers:
            return [number if number < len(self.classes) else None for number in numbers]
        return rows

    def _labels(self) -> LabelSet:
        return LabelSet.from_names(list(self.classes.values()), ids=list(self.classes), name=self.name)


@dataclass(frozen=True, kw_only=True)
class KnownCaptions(DatasetSpec):
    """A data set of pictures with captions.

    Attributes:
        record: The file that says each picture's split.
        captions: How many captions of a picture the usual protocol takes, the first ones.
    """

    record: str
    captions: int = 5

    def own(self, folder: Path, split: str | None) -> Captioned | None:
        """Reads a copy with Karpathy's record."""
        record = folder / self.record
        if not record.is_file():
            return None
        data = read_caption_json(record, split, images=folder, captions=self.captions)
        return replace(data, name=self.name, licence=self.licence)

    def copied(self, folder: Path, split: str | None) -> Captioned | None:
        """Reads any other copy that has captions."""
        reader = reader_of(folder)
        found = reader(split) if reader else None
        if not isinstance(found, Captioned):
            return None
        seen: Counter[int] = Counter()
        kept: list[int] = []
        for at, row in enumerate(found.image_of.tolist()):
            seen[row] += 1
            kept += [at] if seen[row] <= self.captions else []
        captions = tuple(found.captions[at] for at in kept)
        return replace(found, name=self.name, licence=self.licence, captions=captions, image_of=found.image_of[kept])


def classes(text: str) -> dict[str, str]:
    """Key → name from "AnnualCrop: annual crop land; Forest"; a name without a key is its own."""
    pairs = [entry.partition(":") for entry in " ".join(text.split()).split(";") if entry.strip()]
    return {key.strip(): (name or key).strip() for key, _, name in pairs}


def _plain(word: str) -> str:
    """What remains of a class's name when people write it as one word, with hyphens or with capitals."""
    return "".join(sign for sign in word.casefold() if sign.isalnum())
