"""Label sets: which class each row of a head stands for.

A class is known by its id (a WordNet synset such as n02012849, or the user's own), not by its name: in
ImageNet-1k two rows are called "crane" and two "maillot". Which set a head has is told by the user, else by
the model's own record, else by the number of rows, where just one known set has as many; it is never guessed.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Int

from headword._repr import short_repr
from headword.errors import InputError, LabelMismatch
from headword.labels import files as label_files
from headword.labels import imagenet
from headword.labels import records as label_records
from headword.labels.records import clean_definition, clean_names, unique_ids
from headword.registry import Registry

__all__ = ["LabelSet", "is_known", "registry"]

log = logging.getLogger("headword")

# Widths of well-known heads whose names no table here holds.
_WELL_KNOWN = {
    1: "a binary classifier's one logit: give its last layer two rows, minus and plus half its weight and bias, for "
    "the class that a negative logit means and the other",
    365: "Places365's, named by its official categories_places365.txt",
    10000: "iNaturalist 2021's, named by its official val.json",
    1001: "ImageNet-1k's after TensorFlow's 'background' in row 0: drop that row",
}


@dataclass(frozen=True)
class LabelSet:
    """Ordered classes; equal where ids, names and definitions are equal.

    Attributes:
        ids: All different: a wnid, the user's own, or the name (where it is repeated, "crane #2").
        names: The usual name of each class.
        synonyms: All names of each class, the usual one first.
        definitions: The dictionary's sentence for each class, where there is one.
        name: What the set is called: "imagenet-1k", "labels.txt", "own list".
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    synonyms: tuple[tuple[str, ...], ...]
    definitions: tuple[str | None, ...]
    name: str = field(default="own list", compare=False)

    __repr__ = short_repr

    def __post_init__(self) -> None:
        counts = {len(self.ids), len(self.names), len(self.synonyms), len(self.definitions)}
        if counts != {len(self.ids)} or not self.ids:
            raise InputError(
                f"labels for {self.name}", f"{sorted(counts)} ids, names and definitions", "give one of each per class"
            )
        if "" in self.ids:
            found = f"row {self.ids.index('')} with a blank id"
            raise InputError(f"labels for {self.name}", found, "give each class its own id")
        if len(set(self.ids)) < len(self.ids):
            (first, times), *_ = Counter(self.ids).most_common(1)
            raise InputError(f"labels for {self.name}", f"the id {first!r} {times} times", "give each class its own id")

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def version(self) -> str:
        """Short hash of ids, names and definitions in their order."""
        content = json.dumps([self.ids, self.synonyms, self.definitions], ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def take(self, rows: Sequence[int] | Sequence[bool] | Int[np.ndarray, " k"] | Bool[np.ndarray, " c"]) -> LabelSet:
        """The classes of `rows` (indices or a boolean mask), in that order.

        Raises:
            InputError: An index out of range or taken twice, a mask of another length, or no row at all.
        """
        try:
            index = np.arange(len(self))[np.asarray(rows)]
        except IndexError as error:
            raise InputError(
                f"rows of {self.name}", str(error), f"pass indices below {len(self)}, or a mask"
            ) from error
        return LabelSet(
            tuple(self.ids[i] for i in index),
            tuple(self.names[i] for i in index),
            tuple(self.synonyms[i] for i in index),
            tuple(self.definitions[i] for i in index),
            self.name,
        )

    @classmethod
    def from_names(
        cls,
        names: Sequence[str | Sequence[str]],
        *,
        definitions: Sequence[str | None] | None = None,
        ids: Sequence[str] | None = None,
        name: str = "own list",
    ) -> LabelSet:
        """A label set from names in the order of the head's rows.

        Underscores become spaces. Where all names are wnids ("n02012849"), timm's table gives the names.

        Args:
            names: A name, or several with the usual one first, for each class.
            definitions: One, or `None`, for each class.
            ids: One for each class; by default the name.
            name: What to call the set.

        Raises:
            InputError: No names, one that is blank or no text, repeated ids, or lists of different lengths.
        """
        if isinstance(names, str) or not len(names):
            found = f"the text {names!r:.60}" if isinstance(names, str) else "an empty list"
            raise InputError(f"labels for {name}", found, "pass a list with one name for each class")
        asked = f"labels for {name}"
        synonyms = [clean_names(each, f"{asked}, row {row}") for row, each in enumerate(names)]
        if ids is None and all(len(each) == 1 and re.fullmatch(r"n\d{8}", each[0]) for each in synonyms):
            return cls._from_wnids(tuple(each[0] for each in synonyms), name)
        firsts = tuple(each[0] for each in synonyms)
        glosses = [None] * len(synonyms) if definitions is None else definitions
        return cls(
            unique_ids(firsts) if ids is None else tuple(str(each).strip() for each in ids),
            firsts,
            tuple(synonyms),
            tuple(clean_definition(each, f"{asked}, row {row}") for row, each in enumerate(glosses)),
            name,
        )

    @classmethod
    def _from_wnids(cls, wnids: tuple[str, ...], name: str) -> LabelSet:
        found = imagenet.describe(wnids, f"the names of {name}")
        synonyms = tuple(each.names for each in found)
        return cls(wnids, tuple(each[0] for each in synonyms), synonyms, tuple(each.definition for each in found), name)

    @classmethod
    def from_id2label(cls, index: Mapping[Any, Any], *, name: str = "id2label") -> LabelSet:
        """Classes from a Hugging Face config's index → name; ", " parts synonyms ("tench, Tinca tinca").

        Raises:
            InputError: A gap in the indices, or placeholders such as "LABEL_0".
        """
        rows = label_records.from_index(index, name)
        return cls.from_names(rows.names, ids=rows.ids, name=name)

    @classmethod
    def load(cls, path: str | Path) -> LabelSet:
        """Reads a label file in any form of `read_label_file`, Places365's and iNaturalist's among them.

        Raises:
            InputError: The file is absent, not text in UTF-8, or in no known form.
        """
        rows = label_files.read_label_file(path)
        return cls.from_names(rows.names, definitions=rows.definitions, ids=rows.ids, name=Path(path).name)

    @classmethod
    def named(cls, name: str) -> LabelSet:
        """A set whose table timm ships, or one in `registry`.

        Args:
            name: "imagenet-1k", "imagenet-12k", "imagenet-21k" (21,841 rows), "imagenet-21k-goog" (21,843;
                also "imagenet-21k+2"), "imagenet-22k-ms" (21,842), "imagenet-21k-miil" (11,221) or
                "imagenet-21k-miil-w21" (10,450).

        Raises:
            UnknownName: No set is called that.
            MissingExtra: timm is not installed.
        """
        if imagenet.canonical(name) is None and name in registry:
            registered: LabelSet = registry[name]()
            return registered
        wnids = imagenet.synsets(name)
        return cls._from_wnids(wnids, str(imagenet.canonical(name)))

    @classmethod
    def resolve(
        cls, labels: LabelSet | Sequence[str] | str | Path | None, rows: int, asked: str, record: str | None = None
    ) -> LabelSet:
        """The classes of a head with `rows` rows.

        Args:
            labels: What the user says: a set, names, the name of a known set, or a label file.
            rows: Rows of the head.
            asked: The head, for messages: "head.fc of timm/resnet50".
            record: What the model says of itself, e.g. the timm tag "augreg_in21k"; for `labels=None`.

        Raises:
            LabelMismatch: Not as many labels as rows, a record that contradicts the rows, or no set to tell.
            UnknownName: `labels` is neither a known set nor a file.
            InputError: The label file is not what it should be.
        """
        if labels is None:
            return cls.named(_recorded_set(record, rows, asked))
        found = _as_label_set(labels)
        if len(found) != rows:
            raise _mismatch(
                asked, rows, f"the head has {rows} rows but label set {found.name!r} has {len(found)} names"
            )
        return found


registry = Registry("label set", "headword.label_sets", {name: partial(LabelSet.named, name) for name in imagenet.SETS})
"""Named sets; each entry is a function without arguments that gives the set."""


def is_known(name: str) -> bool:
    """Whether `LabelSet.named` has a set of that name."""
    return imagenet.canonical(name) is not None or name in registry


def _as_label_set(labels: LabelSet | Sequence[str] | str | Path) -> LabelSet:
    if isinstance(labels, LabelSet):
        return labels
    if isinstance(labels, str) and (is_known(labels) or not Path(labels).suffix):
        return LabelSet.named(labels)
    return LabelSet.load(labels) if isinstance(labels, str | Path) else LabelSet.from_names(labels)


def _recorded_set(record: str | None, rows: int, asked: str) -> str:
    data, candidates = imagenet.sets_of_record(record or "")
    fitting = imagenet.of_width(rows)
    if data is None:
        if len(fitting) == 1:
            log.info("%s: labels of %s, the only known set of %d classes", asked, fitting[0], rows)
            return fitting[0]
        raise _mismatch(
            asked, rows, f"{rows} rows, and {'several known sets have' if fitting else 'no known set has'} as many"
        )
    matching = [each for each in candidates if each in fitting]
    if len(matching) == 1:
        return matching[0]
    known = imagenet.widths(candidates) if candidates else "a data set whose names headword does not hold"
    raise _mismatch(asked, rows, f"the head has {rows} rows, but its record {record!r} says {data!r}: {known}")


def _mismatch(asked: str, rows: int, found: str) -> LabelMismatch:
    near = imagenet.of_width(rows) or imagenet.of_width(rows, within=5)
    hint = f"did you mean {imagenet.widths(near)}? " if near else ""
    if rows in _WELL_KNOWN:
        hint = f"{rows} rows may be {_WELL_KNOWN[rows]}. "
    others = "" if hint else f"; known: {imagenet.widths(imagenet.SETS)}"
    return LabelMismatch(
        f"one label for each of the {rows} rows of {asked}",
        found,
        f"{hint}Pass labels=…, in the order of the rows: names, a label file or the name of a set{others}",
    )
