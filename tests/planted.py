"""A small world with known answers: words have hidden meanings, and both encoders see them, each in its own way.

A meaning is a unit vector drawn from the hash of a word. The text encoder turns it one way and adds the noise of the
wording, the image encoder and the head's rows turn it another; pictures carry a meaning in their pixels. Whatever
pairs the two spaces rightly must find unseen words among pictures, and nothing else can.

Names: "planted/eye" and "planted/ear"; any other name behind the prefix is another encoder of the same widths.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import islice, product
from typing import Any

import numpy as np

from headword.arrays import unit
from headword.encoders.base import Embedded, ImageEncoder, TextEncoder
from headword.errors import BadImageError, InputError
from headword.heads import Head
from headword.images.reading import BadImage, find_images, read_image
from headword.labels.label_set import LabelSet

MEANING, IMAGE, TEXT, SIDE = 12, 24, 20, 8
CLASSES, UNSEEN = 150, 20

_NOUNS = (
    "".join(each) for each in product(("zb", "vr", "kl"), "aou", ("mn", "gd", "pt"), "io", ("xq", "kv", "zl", "nj"))
)
_DRAWN = list(islice(_NOUNS, CLASSES + UNSEEN))
WORDS, NEW_WORDS = tuple(_DRAWN[:CLASSES]), tuple(_DRAWN[CLASSES:])
"""The head's classes, and words it never saw; no dictionary knows any of them."""


def drawn(*shape: int, by: str) -> np.ndarray:
    """Standard normal numbers, the same for the same text on every machine."""
    seed = int.from_bytes(hashlib.sha256(by.encode()).digest()[:8], "little")
    return np.random.default_rng(seed).normal(size=shape)


def turn(rows: int, columns: int, by: str) -> np.ndarray:
    """Orthonormal columns."""
    basis: np.ndarray = np.linalg.qr(drawn(rows, columns, by=by))[0]
    return basis


def meaning(text: str) -> np.ndarray:
    """Of the last word of a text; what a colon or "a kind of" adds counts half."""
    first, *more = text.casefold().replace(", a kind of ", ": ").split(": ")
    total = drawn(MEANING, by=first.split()[-1].strip("."))
    for each in more:
        total = total + 0.5 * drawn(MEANING, by=each.split()[-1].strip("."))
    return total / np.linalg.norm(total)


def picture(word: str, seed: int = 0) -> np.ndarray:
    """A picture of what a word means, (8, 8, 3) uint8; each seed is another picture of it."""
    pixels = 128 + 200 * turn(SIDE * SIDE * 3, MEANING, "pixels") @ meaning(word) + 12 * drawn(192, by=f"{word} {seed}")
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8).reshape(SIDE, SIDE, 3)


class Eye(ImageEncoder):
    """Sees meanings in pixels.

    Args:
        name: Any; it decides how meanings are turned.
        device: Not used; every encoder takes it.
        dtype: Not used; every encoder takes it.
    """

    def __init__(self, name: str = "eye", *, device: str = "auto", dtype: str = "auto") -> None:
        self.name = f"planted/{name}"
        self._turn = turn(IMAGE, MEANING, self.name)

    @property
    def dim(self) -> int:
        return IMAGE

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self._turn.tobytes()).hexdigest()

    def embed(
        self, items: Any, *, batch_size: int = 32, show_progress: bool | None = None, strict: bool = False
    ) -> Embedded:
        seen, bad = [], []
        for source in find_images(items):
            try:
                pixels = np.asarray(read_image(source).resize((SIDE, SIDE)), dtype=np.float64).ravel() - 128
                seen.append((source.id, pixels, source.position))
            except BadImageError as error:
                if strict:
                    raise
                bad.append(BadImage(source.id, error.found, source.position))
        ids, pixels, positions = zip(*seen, strict=True) if seen else ((), (), ())
        meanings = np.reshape(pixels, (-1, SIDE * SIDE * 3)) @ turn(SIDE * SIDE * 3, MEANING, "pixels") / 200
        # An offset common to all pictures, as every network has.
        vectors = 10 * (meanings @ self._turn.T + 0.2).astype(np.float32)
        return Embedded(tuple(ids), vectors, tuple(positions), tuple(bad))

    def head(self, labels: LabelSet | Sequence[str] | str | None = None) -> Head:
        rows = np.array([meaning(word) for word in WORDS]) @ self._turn.T + 0.2 * drawn(CLASSES, IMAGE, by="head")
        own = LabelSet.from_names(
            [(word, f"old {word}") if row % 2 else (word,) for row, word in enumerate(WORDS)],
            definitions=[f"whatever is {word}" if row % 3 else None for row, word in enumerate(WORDS)],
            name="planted words",
        )
        found = own if labels is None else LabelSet.resolve(labels, CLASSES, self.name)
        return Head(rows.astype(np.float32), np.zeros(CLASSES, np.float32), found, f"head of {self.name}")


class Ear(TextEncoder):
    """Hears meanings in words.

    Args:
        name: Any; it decides how meanings are turned.
        device: Not used; every encoder takes it.
        dtype: Not used; every encoder takes it.
    """

    def __init__(self, name: str = "ear", *, device: str = "auto", dtype: str = "auto") -> None:
        self.name = f"planted/{name}"
        self._turn = turn(TEXT, MEANING, self.name)

    @property
    def dim(self) -> int:
        return TEXT

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self._turn.tobytes()).hexdigest()

    def encode(
        self, items: str | Sequence[str], *, batch_size: int = 64, show_progress: bool | None = None
    ) -> np.ndarray:
        texts = [items] if isinstance(items, str) else list(items)
        if not texts or not all(isinstance(each, str) and each.strip() for each in texts):
            raise InputError("texts to embed", repr(items)[:60], "pass at least one text")
        heard = np.array([self._turn @ meaning(each) + 0.2 * drawn(TEXT, by=each) for each in texts])
        return unit(heard + 0.1).astype(np.float32)
