"""What a model takes for what, with a few small pictures of each mistake."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Int64

from headword.arrays import chunks
from headword.datasets import Labelled
from headword.errors import BadImageError
from headword.metrics.classification import confusion_pairs, first_choices
from headword.model.aligned import AlignedModel
from headword.report.embedded_data import EmbeddedDataset, Meanings
from headword.report.thumbnails import thumbnail
from headword.tasks.zero_shot import prepared

__all__ = ["confusion_details"]

EXAMPLES = 3
PAIRS = 24
"""Confusions over all data sets: three pictures of each, at five kilobytes, leave room for the rest of the page."""

SIDE = 128
BLOCK = 2048


def confusion_details(
    model: AlignedModel, sets: Sequence[EmbeddedDataset], definitions: Meanings
) -> list[dict[str, Any]]:
    """The most frequent mistakes on each data set with classes, ready for JSON.

    Args:
        model: Classifies, as in the zero-shot task.
        sets: Data sets as the model sees them; those with captions are passed over.
        definitions: As in the zero-shot task.
    """
    labelled = [(each, each.data) for each in sets if isinstance(each.data, Labelled)]
    most = max(2, min(8, PAIRS // max(1, len(labelled))))
    return [_of_dataset(model, each, data, definitions, most) for each, data in labelled]


def _of_dataset(
    model: AlignedModel, embedded: EmbeddedDataset, data: Labelled, definitions: Meanings, most: int
) -> dict[str, Any]:
    speaker, queries, _ = prepared(model, data, definitions, None)
    score = speaker.scorer(queries)
    targets = data.targets[embedded.rows]
    predicted = np.concatenate([
        first_choices(score(embedded.images[part])[1], targets[part]) for part in chunks(len(targets), BLOCK)
    ])  # fmt: skip
    names, sizes = data.labels.names, np.bincount(targets, minlength=len(data.labels))
    pairs = [
        {
            "class": names[one], "taken_for": names[other], "n": n, "of": int(sizes[one]),
            "examples": _examples(data, embedded.rows[(targets == one) & (predicted == other)]),
        }
        for one, other, n in confusion_pairs(predicted, targets, most)
    ]  # fmt: skip
    wrong = int((predicted != targets).sum())
    return {"data": data.name, "mode": model.mode, "wrong": wrong, "n": len(targets), "pairs": pairs}


def _examples(data: Labelled, rows: Int64[np.ndarray, " e"]) -> list[dict[str, Any]]:
    """The first few of these pictures, small; one that can no longer be read is passed over."""
    out: list[dict[str, Any]] = []
    for row in rows.tolist():
        if len(out) == EXAMPLES:
            break
        try:
            source, width, height = thumbnail(data.images[row], SIDE)
        except BadImageError:
            continue
        out.append({"id": data.ids[row], "picture": source, "width": width, "height": height})
    return out
