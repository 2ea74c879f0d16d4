"""What every data set becomes: pictures with classes, or pictures with captions, each picture under its own id."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Int, Int64

from headword._repr import short_repr
from headword.arrays import as_whole
from headword.errors import InputError
from headword.labels.label_set import LabelSet

__all__ = ["Captioned", "Labelled", "RowIndex"]

RowIndex = Sequence[int] | Sequence[bool] | Int[np.ndarray, " k"] | Bool[np.ndarray, " n"]


@dataclass(frozen=True, eq=False)
class Labelled:
    """Pictures with classes.

    Attributes:
        name: "cifar10", or the folder's name.
        split: Which part of it: "train", "val", "test", "train+val"; "all" where there are no parts.
        images: What `ImageEncoder.embed` takes, one each: paths, bytes, arrays, pictures read when needed.
        ids: One for each picture, all different, and the same wherever the copy lies: "test/cat/01.png".
        targets: (n,) row of `labels` each picture belongs to.
        labels: The classes, named as prompts say them.
        templates: The data set's own prompts, "A photo of a {}, a type of food."; empty: the model's own.
        licence: Terms of the pictures, in words.
    """

    name: str
    split: str
    images: Sequence[Any]
    ids: tuple[str, ...]
    targets: Int64[np.ndarray, " n"]
    labels: LabelSet
    templates: tuple[str, ...] = ()
    licence: str = "unknown"

    __repr__ = short_repr

    def __post_init__(self) -> None:
        asked = f"{self.name} ({self.split})"
        _settle(self, asked)
        targets = as_whole(self.targets, f"the classes of {asked}")
        object.__setattr__(self, "targets", targets)
        _check_length(asked, "targets", len(targets), len(self.ids))
        outside = np.flatnonzero((targets < 0) | (targets >= len(self.labels)))
        if len(outside):
            raise InputError(
                f"the class of {self.ids[outside[0]]!r} in {asked}",
                f"{targets[outside[0]]}, and {len(self.labels)} classes, numbered from 0",
                "number classes by their row in `labels`",
            )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def version(self) -> str:
        """Split hash: twelve digits that change with any picture's id, its class, the order, or a class name."""
        return _digest(self.ids, self.targets, self.labels.names)

    def take(self, rows: RowIndex) -> Labelled:
        """The pictures of `rows` (indices or a boolean mask), in that order; all classes stay candidates.

        Raises:
            InputError: An index out of range or taken twice, a mask of another length, or no row at all.
        """
        index = _index(rows, len(self), f"{self.name} ({self.split})")
        return replace(
            self,
            images=tuple(self.images[i] for i in index),
            ids=tuple(self.ids[i] for i in index),
            targets=self.targets[index],
        )


@dataclass(frozen=True, eq=False)
class Captioned:
    """Pictures with captions, any number of them each.

    Attributes:
        name: "flickr30k", or the folder's name.
        split: Which part of it: "train", "val", "test", "train+val"; "all" where there are no parts.
        images: What `ImageEncoder.embed` takes, one each: paths, bytes, arrays, pictures read when needed.
        ids: One for each picture, all different, and the same wherever the copy lies.
        captions: All captions.
        image_of: (m,) picture of each caption.
        licence: Terms of pictures and captions, in words.
    """

    name: str
    split: str
    images: Sequence[Any]
    ids: tuple[str, ...]
    captions: tuple[str, ...]
    image_of: Int64[np.ndarray, " m"]
    licence: str = "unknown"

    __repr__ = short_repr

    def __post_init__(self) -> None:
        asked = f"{self.name} ({self.split})"
        _settle(self, asked)
        image_of = as_whole(self.image_of, f"the pictures of the captions of {asked}")
        object.__setattr__(self, "image_of", image_of)
        object.__setattr__(self, "captions", tuple(self.captions))
        _check_length(asked, "image_of", len(image_of), len(self.captions), "captions")
        blank = next((i for i, text in enumerate(self.captions) if not isinstance(text, str) or not text.strip()), None)
        if blank is not None:
            raise InputError(f"caption {blank} of {asked}", repr(self.captions[blank]), "leave blank captions out")
        if len(image_of) and not 0 <= image_of.min() <= image_of.max() < len(self.ids):
            raise InputError(
                f"the pictures of the captions of {asked}",
                f"numbers from {image_of.min()} to {image_of.max()}, and {len(self.ids)} pictures",
                "number pictures by their row in `images`, from 0",
            )
        bare = np.setdiff1d(np.arange(len(self.ids)), image_of)
        if len(bare):
            raise InputError(
                f"captions for each picture of {asked}",
                f"none for {len(bare)} of {len(self.ids)}, first {self.ids[bare[0]]!r}",
                "leave these pictures out",
            )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def version(self) -> str:
        """Split hash: twelve digits that change with any picture's id, a caption, or the order."""
        return _digest(self.ids, self.image_of, self.captions)

    def take(self, rows: RowIndex) -> Captioned:
        """The pictures of `rows` (indices or a boolean mask), in that order; their captions follow.

        Raises:
            InputError: An index out of range or taken twice, a mask of another length, or no row at all.
        """
        index = _index(rows, len(self), f"{self.name} ({self.split})")
        place = np.full(len(self), -1, dtype=np.int64)
        place[index] = np.arange(len(index))
        moved = place[self.image_of]
        kept = np.flatnonzero(moved >= 0)
        kept = kept[np.argsort(moved[kept], kind="stable")]
        return replace(
            self,
            images=tuple(self.images[i] for i in index),
            ids=tuple(self.ids[i] for i in index),
            captions=tuple(self.captions[i] for i in kept),
            image_of=moved[kept],
        )


def _settle(data: Labelled | Captioned, asked: str) -> None:
    """Makes images and ids tuples and checks that they belong together."""
    object.__setattr__(data, "images", tuple(data.images))
    object.__setattr__(data, "ids", tuple(str(each) for each in data.ids))
    if not data.ids:
        raise InputError(f"the pictures of {asked}", "none", "check the folder and the split")
    _check_length(asked, "images", len(data.images), len(data.ids))
    if len(set(data.ids)) < len(data.ids):
        (first, times), *_ = Counter(data.ids).most_common(1)
        raise InputError(f"the pictures of {asked}", f"the id {first!r} {times} times", "give each picture its own id")


def _check_length(asked: str, field: str, found: int, expected: int, of: str = "ids") -> None:
    if found != expected:
        raise InputError(f"{asked} with one of `{field}` for each of `{of}`", f"{found} for {expected}", "pass as many")


def _index(rows: RowIndex, n: int, asked: str) -> Int64[np.ndarray, " k"]:
    try:
        index = np.arange(n)[np.asarray(rows)]
    except IndexError as error:
        raise InputError(f"rows of {asked}", str(error), f"pass indices below {n}, or a mask") from error
    if index.ndim != 1 or not len(index):
        raise InputError(f"rows of {asked}", f"a selection of shape {index.shape}", "pass at least one row")
    if len(np.unique(index)) < len(index):
        raise InputError(f"rows of {asked}", f"{len(index)} rows, some of them twice", "take each picture once")
    return index


def _digest(ids: tuple[str, ...], numbers: Int64[np.ndarray, " n"], texts: tuple[str, ...]) -> str:
    content = json.dumps([ids, numbers.tolist(), texts], ensure_ascii=False)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:12]
