"""Pairs: what an aligner learns from. Rows of image space and of text space that mean the same."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float32, Int64

from headword.arrays import as_matrix
from headword.labels import LabelSet
from headword.lexicon import Lexicon, open_lexicon
from headword.prompts import head_texts

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
        weight: (n,) float32; the weights of one class sum to 1.
        source: (n,) where each pair comes from: "head".
        group: (n,) which class (or picture) a pair belongs to, numbered from 0.
        is_name: (n,) whether the text is the class's plain name: what an unseen class will be asked by.
    """

    x: Float32[np.ndarray, "n dx"]
    y: Float32[np.ndarray, "n dy"]
    weight: Float32[np.ndarray, " n"]
    source: tuple[str, ...]
    group: Int64[np.ndarray, " n"]
    is_name: Bool[np.ndarray, " n"]

    def __len__(self) -> int:
        return len(self.x)

    @classmethod
    def from_head(
        cls,
        head: Head,
        text_encoder: TextEncoder,
        *,
        synonyms: bool = True,
        definitions: Lexicon | Mapping[str, str] | str | os.PathLike[str] | bool | None = "auto",
        templates: str | tuple[str, ...] = ("plain",),
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
            show_progress: A bar while texts are embedded; `None` shows it on a terminal only.
        """
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
        )

    def take(self, classes: Sequence[int] | Int64[np.ndarray, " k"]) -> Pairs:
        """The pairs of some classes, which are numbered anew in the given order.

        Args:
            classes: Numbers of `group`, each once.
        """
        order = np.full(int(self.group.max()) + 1, -1, dtype=np.int64)
        order[np.asarray(classes)] = np.arange(len(classes))
        kept = np.flatnonzero(order[self.group] >= 0)
        kept = kept[np.argsort(order[self.group[kept]], kind="stable")]
        return Pairs(
            self.x[kept],
            self.y[kept],
            self.weight[kept],
            tuple(self.source[i] for i in kept),
            order[self.group[kept]],
            self.is_name[kept],
        )

    def permuted(self, seed: int) -> Pairs:
        """The control: every class keeps its texts, and gets the prototype of a class drawn without replacement."""
        first = np.unique(self.group, return_index=True)[1]
        drawn = np.random.default_rng(seed).permutation(len(first))
        return replace(self, x=self.x[first[drawn]][self.group])


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
