"""Data sets of the planted world."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import headword as hw
import planted as world
from headword.datasets.base import Captioned, Labelled


def labelled(words: Sequence[str], seeds: Sequence[int], split: str = "test", spoilt: Sequence[int] = ()) -> Labelled:
    """A picture of each word for each seed; those at `spoilt` cannot be read."""
    drawn = [(row, seed) for row in range(len(words)) for seed in seeds]
    images = [world.picture(words[row], seed) for row, seed in drawn]
    return Labelled(
        "planted",
        split,
        [b"no picture" if i in spoilt else image for i, image in enumerate(images)],
        tuple(f"{split}/{words[row]}/{seed}" for row, seed in drawn),
        np.array([row for row, _ in drawn]),
        hw.LabelSet.from_names(list(words)),
    )


def captioned(words: Sequence[str], spoilt: Sequence[int] = ()) -> Captioned:
    """One picture of each word with three captions, in mixed order."""
    said = [(row, f"{start} {word}") for start in ("a", "one", "my") for row, word in enumerate(words)]
    return Captioned(
        "planted",
        "test",
        [b"no picture" if row in spoilt else world.picture(word) for row, word in enumerate(words)],
        tuple(words),
        tuple(text for _, text in said),
        np.array([row for row, _ in said]),
    )
