"""Query bank: pictures that score high with any text (hubs) give up what unrelated texts score with them.

A bank of texts b = 1…B that nobody asks for tells how much of a picture's score says nothing. With r(i) the offset of
picture i and a the strength,

    s'(q, i) = s(q, i) − a r(i)

    csls      r(i) = mean of the k largest s(b, i)            CSLS (Conneau et al., ICLR 2018): k = 10, a = ½
    softmax   r(i) = log( 1/B Σ_b exp(β s(b, i)) ) / β        QB-Norm (Bogolin et al., CVPR 2022): a = 1

CSLS is 2 s(q, i) − r(i) − r(q): half of it is s', and r(q) does not change the order of pictures for a text. QB-Norm's
inverted softmax is exp(β s(q, i)) / Σ_b exp(β s(b, i)): its logarithm by β is s' but for a constant, which ranks alike;
with a mean in place of the sum an offset is a similarity, from the bank's mean (β → 0) to its largest (β → ∞).

An offset belongs to one picture alone, so no other picture of the collection is needed, and one more coordinate
carries it: −a r(i) in pictures and 1 in texts, and s' is the inner product of what `images` and `texts` give.
Texts that score high with any picture give up theirs likewise, r(q) over a bank of pictures in one coordinate more
(two banks: Wang et al., EMNLP 2023). The one changes the order of pictures alone, the other that of texts alone.

QB-Norm's dynamic form corrects a text only if its best picture of the collection is the best for some text of the
bank too: 0 in place of its 1 leaves a text alone.

Ours: the mean, the coordinates, and the defaults, chosen on pictures no table shows (`recipes/adapt_retrieval.py`).

    >>> bank = QueryBank(np.eye(2, dtype=np.float32), neighbours=1)
    >>> hub_and_other = np.array([[0.8, 0.6], [0.6, 0.0]])
    >>> bank.offset(hub_and_other)
    array([0.8, 0.6], dtype=float32)
    >>> bank.images(hub_and_other)[:, 2]
    array([-0.4, -0.3], dtype=float32)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol, Self, runtime_checkable

import numpy as np
from jaxtyping import Float, Float32, Int64

from headword._repr import short_repr
from headword.arrays import as_matrix, chunks
from headword.encoders.base import TextEncoder
from headword.errors import InputError, MissingExtra
from headword.labels.label_set import LabelSet
from headword.pairs.pairs import Pairs

__all__ = ["QueryBank"]

BLOCK = 2**24
"""Scores held at once: 64 MiB."""

MAX_ROWS = 4_000
"""Captions or pictures taken into a bank, drawn at random: more cost time and tell little more."""

NAME_SOURCE, MAX_NAMES = "imagenet-21k", 2_000
"""Where names that nobody asks for come from, and how many are drawn."""

HALF_WEIGHT = 100
"""So many pictures of a collection count as much as the gallery."""


@runtime_checkable
class Space(Protocol):
    """What a bank needs of an aligned model: the maps to its shared space, and the classes it knows."""

    @property
    def text_encoder(self) -> TextEncoder:
        """Texts to embeddings."""

    @property
    def prototypes(self) -> Float32[np.ndarray, "c dx"] | None:
        """(c, dx) rows of the head, where it learnt from one."""

    @property
    def labels(self) -> LabelSet | None:
        """The classes it learnt from."""

    def map_image(self, embeddings: Float[np.ndarray, "n dx"]) -> Float32[np.ndarray, "n k"]:
        """Image embeddings in the shared space."""

    def map_text(
        self,
        embeddings: Float[np.ndarray, "n dy"],
        groups: Int64[np.ndarray, " n"] | None = None,
        *,
        names: bool = False,
    ) -> Float32[np.ndarray, "m k"]:
        """Text embeddings in the shared space."""

    def map_prototypes(self) -> Float32[np.ndarray, "c k"]:
        """Rows of the head in the shared space."""


@dataclass(frozen=True, eq=False)
class QueryBank:
    """Texts nobody asks for, pictures nobody looks for, and how much of what they score is taken off.

    Attributes:
        bank: (b, k) texts in the shared space; float16 halves what is kept.
        gallery: (p, k) pictures in the shared space, for ranking texts; `None` leaves texts as they are.
        kind: "csls" or "softmax".
        neighbours: Of CSLS: how many of the best of a bank decide; all of a smaller bank.
        beta: Of the softmax: the larger, the more the best of a bank decide.
        strength: Factor of the offsets; 0 changes nothing.
        collection: (c, k) pictures of the collection itself; see `with_collection`.

    Raises:
        InputError: An empty bank, NaN, banks of different widths, or a number out of its range. Its methods: rows
            of another width, or NaN.
    """

    bank: Float[np.ndarray, "b k"]
    gallery: Float[np.ndarray, "p k"] | None = None
    kind: Literal["csls", "softmax"] = "csls"
    neighbours: int = 10
    beta: float = 50.0
    strength: float = 0.5
    collection: Float[np.ndarray, "c k"] | None = None

    __repr__ = short_repr

    def __post_init__(self) -> None:
        width = as_matrix(self.bank, "a query bank").shape[1]
        for images in (each for each in (self.gallery, self.collection) if each is not None):
            as_matrix(images, "a bank of pictures", width=width)
        wrong = {
            "kind": self.kind not in ("csls", "softmax"),
            "neighbours": self.neighbours < 1,
            "beta": not 0 < self.beta < np.inf,
            "strength": not 0 <= self.strength < np.inf,
        }
        for name in (name for name, bad in wrong.items() if bad):
            raise InputError(
                "a query bank of kind 'csls' or 'softmax', 1 or more neighbours, beta above 0, strength from 0",
                f"{name}={getattr(self, name)!r}",
                "leave it out for the default",
            )

    @classmethod
    def from_names(cls, model: Space, names: Sequence[str], pairs: Pairs | None = None, **options: Any) -> Self:
        """A bank of names of things, any things, and a gallery of the head's rows: no picture is needed.

        Captions and pictures join them, for they are like what will be asked; alone they would do for other
        collections of their kind, and harm elsewhere.

        Args:
            model: Maps all to the shared space.
            names: Two thousand will do, of the most different things; what is asked for may be among them.
            pairs: What the model learnt from; of its captions and their pictures at most `MAX_ROWS` each are taken.
            **options: `kind`, `neighbours`, `beta`, `strength`.

        Raises:
            InputError: No names, or options out of their range.
        """
        if isinstance(names, str) or not len(names):
            raise InputError("names for a query bank", repr(names), "pass a list, say the names of a label set")
        texts = [model.map_text(model.text_encoder.encode(list(names)), names=True)]
        images = [] if model.prototypes is None else [model.map_prototypes()]
        if pairs is not None and (own := pairs.comes_from("captions")).any():
            texts.append(model.map_text(pairs.y[_drawn(np.flatnonzero(own))]))
            images.append(model.map_image(pairs.x[_drawn(pairs.first_rows(own))]))
        return cls(np.concatenate(texts), np.concatenate(images) if images else None, **options)

    @classmethod
    def of(cls, model: Space, **options: Any) -> Self:
        """A bank of names that the model's classes do not have: of ImageNet-21k where timm is installed, else its own.

        With rows alone, its own names give half as much; and next to nothing where it has learnt from captions too.

        Raises:
            InputError: No timm, and a model without classes; or options out of their range.
        """
        own = () if model.labels is None else model.labels.names
        known = set() if model.labels is None else {name for names in model.labels.synonyms for name in names}
        try:
            others = [name for name in dict.fromkeys(LabelSet.named(NAME_SOURCE).names) if name not in known]
        except MissingExtra:
            others = []
        if not others and not own:
            do = "install timm, whose names serve, or pass QueryBank.from_names(model, names)"
            raise InputError("a query bank of names", "a model that knows no classes, and no timm", do)
        drawn = np.random.default_rng(0).permutation(len(others))[:MAX_NAMES]
        return cls.from_names(model, [others[row] for row in drawn] or own, **options)

    def with_collection(self, image: Float[np.ndarray, "n k"]) -> Self:
        """The same after listening to a collection: it knows best which texts score high with any of its pictures.

        Offsets of texts are then (c r(q) + 100 g(q)) / (c + 100), r over c pictures of the collection and g over the
        gallery, 0 without one: few pictures change little.
        """
        return replace(self, collection=self._checked(image)[_drawn(np.arange(len(image)))])

    def offset(self, image: Float[np.ndarray, "n k"]) -> Float32[np.ndarray, " n"]:
        """What the bank scores with each picture: large for a hub."""
        return self._offsets(self._checked(image), self.bank)

    def images(self, image: Float[np.ndarray, "n k"]) -> Float32[np.ndarray, "n _"]:
        """Pictures with one more coordinate, what they give up; and a 1 after it where there are banks of pictures."""
        rows = self._checked(image)
        ones = [np.ones(len(rows), dtype=np.float32)] if self._ranks_texts else []
        return np.column_stack([rows, -np.float32(self.strength) * self._offsets(rows, self.bank), *ones])

    def texts(
        self, text: Float[np.ndarray, "m k"], *, ranked: Float[np.ndarray, "n k"] | None = None
    ) -> Float32[np.ndarray, "m _"]:
        """Texts with one more coordinate, a 1; and what they give up after it where there are banks of pictures.

        Args:
            text: (m, k) texts in the shared space.
            ranked: (n, k) all pictures that are ranked, for the dynamic form: 0 for a text whose best picture is not
                the best for any text of the bank. For ranking pictures only: texts then differ in what they take off.

        Raises:
            InputError: Another width, or NaN.
        """
        rows = self._checked(text)
        corrected = np.ones(len(rows), dtype=np.float32)
        if ranked is not None:
            images = self._checked(ranked)
            corrected = np.isin(_best(rows, images), _best(_full(self.bank), images)).astype(np.float32)
        own = [-np.float32(self.strength) * self._of_texts(rows)] if self._ranks_texts else []
        return np.column_stack([rows, corrected, *own])

    @property
    def _ranks_texts(self) -> bool:
        return self.gallery is not None or self.collection is not None

    def _of_texts(self, rows: Float32[np.ndarray, "m k"]) -> Float32[np.ndarray, " m"]:
        """Offsets of texts, from the gallery and the collection."""
        g = np.zeros(len(rows), np.float32) if self.gallery is None else self._offsets(rows, self.gallery)
        if self.collection is None:
            return g
        share = np.float32(len(self.collection) / (len(self.collection) + HALF_WEIGHT))
        return share * self._offsets(rows, self.collection) + (1 - share) * g

    def _checked(self, rows: Any) -> Float32[np.ndarray, "n k"]:
        return as_matrix(rows, "rows of the bank's shared space", width=self.bank.shape[1])

    def _offsets(self, rows: Float32[np.ndarray, "n k"], bank: Float[np.ndarray, "b k"]) -> Float32[np.ndarray, " n"]:
        others = _full(bank).T
        parts = chunks(len(rows), max(1, BLOCK // len(bank)))
        return np.concatenate([self._level(rows[part] @ others) for part in parts])

    def _level(self, scores: Float32[np.ndarray, "n b"]) -> Float32[np.ndarray, " n"]:
        """Offset of each row of scores, which it may overwrite."""
        if self.kind == "csls":
            k = min(self.neighbours, scores.shape[1])
            scores.partition(scores.shape[1] - k, axis=1)
            return scores[:, -k:].mean(axis=1)
        largest = scores.max(axis=1, keepdims=True)
        scores -= largest
        np.exp(np.multiply(scores, np.float32(self.beta), out=scores), out=scores)
        return largest[:, 0] + np.log(scores.mean(axis=1)) / np.float32(self.beta)


def _drawn(rows: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " m"]:
    """At most `MAX_ROWS` of them, in their order."""
    return rows[np.sort(np.random.default_rng(0).permutation(len(rows))[:MAX_ROWS])]


def _full(bank: Float[np.ndarray, "b k"]) -> Float32[np.ndarray, "b k"]:
    return np.asarray(bank, dtype=np.float32)


def _best(queries: Float32[np.ndarray, "m k"], images: Float32[np.ndarray, "n k"]) -> Int64[np.ndarray, " m"]:
    """The picture that scores highest with each query."""
    parts = chunks(len(queries), max(1, BLOCK // len(images)))
    return np.concatenate([(queries[part] @ images.T).argmax(axis=1) for part in parts])
