"""Pairs from pictures: a data set with captions or with classes becomes something to learn from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from headword.errors import InputError
from headword.pairs.pairs import Pairs
from headword.prompts.queries import flatten_prompts, query_labels

if TYPE_CHECKING:
    from headword.datasets.base import Captioned, Labelled
    from headword.encoders.base import ImageEncoder, TextEncoder

__all__ = ["image_pairs", "images_at"]


def image_pairs(
    data: Captioned | Labelled | Pairs,
    image_encoder: ImageEncoder,
    text_encoder: TextEncoder,
    *,
    show_progress: bool | None = None,
) -> Pairs:
    """Embeds a data set: each picture with its captions, or each class's mean picture with the class's name.

    Pictures that cannot be read are logged and left out.

    Args:
        data: What to learn from; pairs are taken as they are.
        image_encoder: Embeds the pictures.
        text_encoder: Embeds captions and names.
        show_progress: Bars on stderr; `None` shows them on a terminal only.

    Raises:
        InputError: No picture can be read, or a class has none.
    """
    from headword.datasets.base import Labelled

    if isinstance(data, Pairs):
        return data
    found = image_encoder.embed(data.images, show_progress=show_progress)
    found.log_bad()
    if not found.ids:
        raise InputError(f"pictures of {data.name} to learn from", "none could be read", "see the log for the reasons")
    kept = data.take(np.array(found.positions, dtype=np.int64))
    if isinstance(kept, Labelled):
        said, class_of = flatten_prompts(query_labels(kept.labels, None, unique=False))
        names = text_encoder.encode(said, show_progress=show_progress)
        return Pairs.from_class_means(found.vectors, kept.targets, names, class_of)
    captions = text_encoder.encode(kept.captions, show_progress=show_progress)
    return Pairs.from_captions(found.vectors, captions, kept.image_of)


def images_at(name: str | Path) -> Captioned | Labelled:
    """What `headword.datasets.load` takes: its training split where there is one, else all, but no split to judge by.

    What is learnt from must not be what is judged by.

    Raises:
        InputError: It has no training split that can be read, and another for tests or validation.
    """
    from headword.datasets import load

    try:
        return load(name, split="train")
    except InputError as error:
        data = load(name)
        if data.split in ("test", "val"):
            do = f"to learn from its {data.split} split, pass the folder of that split, or `load(…, split=…)` in Python"
            raise InputError(error.asked, error.found, f"{error.do}; {do}") from error
        return data
