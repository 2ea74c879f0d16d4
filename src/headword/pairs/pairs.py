"""Pairs: what an aligner learns from. Rows of image space and of text space that mean the same."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float, Float32, Int64

from headword._repr import short_repr
from headword.arrays import as_matrix, as_whole, first_rows, unit
from headword.errors import InputError
from headword.labels.label_set import LabelSet
from headword.lexicon.base import Lexicon
from headword.lexicon.hierarchy import Hierarchy, related_classes
from headword.lexicon.sources import open_lexicon
from headword.prompts.queries import head_texts

if TYPE_CHECKING:
    from headword.encoders.base import TextEncoder
    from headword.heads import Head

__all__ = ["Pairs", "define"]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Paired embeddings.

    Attributes:
        x: (n, dx) float32, image side; the texts of one class repeat its prototype.
        y: (n, dy) float32, text side.
        weight: (n,) float32; the weights of one class or picture sum to 1.
        source: (n,) where each pair comes from: "head", "captions" or "class means".
        group: (n,) which class (or picture) a pair belongs to, numbered from 0.
        is_name: (n,) whether the text is the class's plain name: what an unseen class will be asked by.
        related: (r, 2) groups of which the first is a kind of the second, "poodle" of "dog": aligners that learn from
            wrong pairs take none of theirs for one.
    """

    x: Float32[np.ndarray, "n dx"]
    y: Float32[np.ndarray, "n dy"]
    weight: Float32[np.ndarray, " n"]
    source: tuple[str, ...]
    group: Int64[np.ndarray, " n"]
    is_name: Bool[np.ndarray, " n"]
    related: Int64[np.ndarray, "r 2"] = field(default_factory=lambda: np.zeros((0, 2), dtype=np.int64))

    __repr__ = short_repr

    def __len__(self) -> int:
        return len(self.x)

    def comes_from(self, source: str) -> Bool[np.ndarray, " n"]:
        """Which pairs come from there: "head", "captions" or "class means"."""
        return np.array([each == source for each in self.source], dtype=bool)

    def first_rows(self, among: Bool[np.ndarray, " n"] | None = None) -> Int64[np.ndarray, " g"]:
        """One pair of each group, the first, in the order of the groups; only pairs `among` those, where given."""
        rows = np.arange(len(self)) if among is None else np.flatnonzero(among)
        return rows[first_rows(self.group[rows])]

    @property
    def related_rows(self) -> Int64[np.ndarray, "r 2"]:
        """`related` by one pair of each group, of those that weigh anything: what `Aligner.fit` is told."""
        row = np.full(int(self.group.max()) + 1, -1, dtype=np.int64)
        weighing = np.flatnonzero(self.weight > 0)[::-1]
        row[self.group[weighing]] = weighing
        rows = row[self.related]
        return rows[(rows >= 0).all(axis=1)]

    @classmethod
    def from_head(
        cls,
        head: Head,
        text_encoder: TextEncoder,
        *,
        synonyms: bool = True,
        definitions: Lexicon | Mapping[str, str] | str | os.PathLike[str] | bool | None = "auto",
        templates: str | tuple[str, ...] = ("plain",),
        hierarchy: Hierarchy = "auto",
        show_progress: bool | None = None,
    ) -> Pairs:
        """Pairs each prototype of a head with the texts of its class.

        Args:
            head: The head; its label set names the classes and may define them.
            text_encoder: Embeds the texts.
            synonyms: Use the other names of a class too.
            definitions: Use definitions: those of the label set, and for classes without one those found where
                `headword.lexicon.open_lexicon` looks, if the name has just one sense there; `None` uses none.
            templates: How a name is said: "plain", "photo", "clip", or templates of one's own.
            hierarchy: Which classes are a kind of which: "auto" asks the WordNet of this machine, if it has one and ids
                are wnids; or a mapping from id to what is above it (see `headword.lexicon.hierarchy.related_classes`).
            show_progress: A bar while texts are embedded; `None` shows it on a terminal only.
        """
        related = related_classes(head.labels.ids, hierarchy)
        labels = define(head.labels, definitions)
        said = [head_texts(labels, row, synonyms=synonyms, templates=templates) for row in range(len(head))]
        names = [
            {text for text, _ in head_texts(labels, row, synonyms=False, definitions=False, templates=templates)}
            for row in range(len(head))
        ]
        texts = [(row, text, weight) for row, pairs in enumerate(said) for text, weight in pairs]
        group = np.array([row for row, _, _ in texts], dtype=np.int64)
        y = text_encoder.encode([text for _, text, _ in texts], show_progress=show_progress)
        return cls(
            head.prototypes[group],
            as_matrix(y, f"embeddings of {text_encoder.name}", rows=len(texts)),
            np.array([weight for _, _, weight in texts], dtype=np.float32),
            ("head",) * len(texts),
            group,
            np.array([text in names[row] for row, text, _ in texts]),
            related,
        )

    @classmethod
    def from_captions(
        cls,
        x: Float[np.ndarray, "p dx"],
        y: Float[np.ndarray, "m dy"],
        image_of: Int64[np.ndarray, " m"],
    ) -> Pairs:
        """Pairs each picture with its captions.

        Args:
            x: (p, dx) embeddings of pictures.
            y: (m, dy) embeddings of captions.
            image_of: (m,) the picture of each caption, numbered from 0.

        Raises:
            InputError: Numbers that are not of a picture, or not one for each caption.
        """
        return cls._of_images(x, y, image_of, "captions", named=False)

    @classmethod
    def from_class_means(
        cls,
        x: Float[np.ndarray, "n dx"],
        targets: Int64[np.ndarray, " n"],
        y: Float[np.ndarray, "m dy"],
        class_of: Int64[np.ndarray, " m"],
    ) -> Pairs:
        """Pairs each class's mean picture with what the class is called: few-shot, and the equal-budget control.

        Args:
            x: (n, dx) embeddings of pictures.
            targets: (n,) the class of each picture, numbered from 0; each class has at least one.
            y: (m, dy) embeddings of the classes' texts.
            class_of: (m,) the class of each text.

        Raises:
            InputError: A class without a picture, or numbers that are not of a class.
        """
        targets = as_whole(targets, "the class of each picture")
        counts = np.bincount(targets) if len(targets) and targets.min() >= 0 else np.zeros(1)
        if len(targets) != len(x) or not counts.all():
            raise InputError(
                f"a class for each of {len(x)} pictures, and a picture for each class",
                f"{len(targets)} classes given, {int((counts == 0).sum())} without a picture",
                "number the classes from 0 without gaps",
            )
        means = np.zeros((len(counts), x.shape[1]))
        np.add.at(means, targets, x)
        return cls._of_images(means / counts[:, None], y, class_of, "class means", named=True)

    @classmethod
    def _of_images(cls, x: Any, y: Any, row_of: Any, source: str, *, named: bool) -> Pairs:
        x, y = as_matrix(x, "embeddings of pictures"), as_matrix(y, "embeddings of texts")
        group = as_whole(row_of, "the picture or class of each text")
        if group.shape != (len(y),) or group.min() < 0 or group.max() >= len(x):
            raise InputError(
                f"for each of {len(y)} texts the number of its picture or class, from 0 to {len(x) - 1}",
                f"{group.size} numbers from {group.min(initial=0)} to {group.max(initial=0)}",
                "number them as the rows of x",
            )
        used, group = np.unique(group, return_inverse=True)
        share = (1.0 / np.bincount(group)[group]).astype(np.float32)
        kept = unit(x)[used]
        return cls(kept[group], y, share, (source,) * len(y), group.astype(np.int64), np.full(len(y), named))

    def __add__(self, other: Pairs) -> Pairs:
        """All pairs of both, as weight recycling mixes them; classes and pictures are numbered on."""
        if (self.x.shape[1], self.y.shape[1]) != (other.x.shape[1], other.y.shape[1]):
            raise InputError(
                f"more pairs of widths {self.x.shape[1]} and {self.y.shape[1]}",
                f"widths {other.x.shape[1]} and {other.y.shape[1]}",
                "embed both with the same two encoders",
            )
        return Pairs(
            np.concatenate([self.x, other.x]),
            np.concatenate([self.y, other.y]),
            np.concatenate([self.weight, other.weight]),
            self.source + other.source,
            np.concatenate([self.group, other.group + self.group.max() + 1]),
            np.concatenate([self.is_name, other.is_name]),
            np.concatenate([self.related, other.related + self.group.max() + 1]),
        )

    def weighted(self, ratio: float) -> Pairs:
        """The same pairs, with the head's rows making up a share of all weight.

        A trained aligner then gives them that share of every batch's loss, a closed form of its sums.

        Args:
            ratio: Share of the head's rows, between 0 and 1; the classes count alike among themselves, and so do the
                pictures.

        Raises:
            InputError: Another ratio, or pairs of one kind only.
        """
        rows = self.comes_from("head")
        if not 0.0 < ratio < 1.0 or rows.all() or not rows.any():
            found = "pairs of one kind" if rows.all() or not rows.any() else repr(ratio)
            raise InputError("a share of the head's rows among mixed pairs", found, "pass a ratio between 0 and 1")
        total, head = float(self.weight.sum()), float(self.weight[rows].sum())
        factor = np.where(rows, ratio * total / head, (1.0 - ratio) * total / (total - head))
        return replace(self, weight=(self.weight * factor).astype(np.float32))

    def take(self, classes: Sequence[int] | Int64[np.ndarray, " k"]) -> Pairs:
        """The pairs of some classes, which are numbered anew in the given order.

        Args:
            classes: Numbers of `group`, each once.
        """
        order = np.full(int(self.group.max()) + 1, -1, dtype=np.int64)
        order[np.asarray(classes)] = np.arange(len(classes))
        kept = np.flatnonzero(order[self.group] >= 0)
        kept = kept[np.argsort(order[self.group[kept]], kind="stable")]
        related = order[self.related]
        return Pairs(
            self.x[kept],
            self.y[kept],
            self.weight[kept],
            tuple(self.source[i] for i in kept),
            order[self.group[kept]],
            self.is_name[kept],
            related[(related >= 0).all(axis=1)],
        )

    def permuted(self, seed: int) -> Pairs:
        """The control: every class or picture keeps its texts, and gets the image side of one drawn of its kind.

        Each is drawn once, so that one of them, on average, keeps its own.
        """
        rng, kinds, x = np.random.default_rng(seed), np.array(self.source), self.x.copy()
        for kind in dict.fromkeys(self.source):
            where = np.flatnonzero(kinds == kind)
            _, first, groups = np.unique(self.group[where], return_index=True, return_inverse=True)
            x[where] = self.x[where[first[rng.permutation(len(first))]]][groups]
        return replace(self, x=x)


def define(
    labels: LabelSet, definitions: Lexicon | Mapping[str, str] | str | os.PathLike[str] | bool | None
) -> LabelSet:
    """`labels` with definitions looked up for the classes that have none and whose name has just one sense.

    Args:
        labels: The classes.
        definitions: Where to look (see `open_lexicon`); `None` or `False` drops all definitions.
    """
    if definitions is None or definitions is False or definitions == "none":
        return replace(labels, definitions=(None,) * len(labels))
    lexicon = open_lexicon(definitions)
    if lexicon is None or all(labels.definitions):
        return labels
    senses = [
        () if gloss else lexicon.lookup(name) for name, gloss in zip(labels.names, labels.definitions, strict=True)
    ]
    found = [each[0].definition if len(each) == 1 else None for each in senses]
    glosses = tuple(own or looked_up for own, looked_up in zip(labels.definitions, found, strict=True))
    return replace(labels, definitions=glosses)
