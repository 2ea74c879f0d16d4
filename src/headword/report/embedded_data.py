"""What a report on a model looks at: its classes and the pictures it is judged by, each embedded once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32, Int64

from headword.datasets import Captioned, Labelled
from headword.heads import Head
from headword.lexicon.base import Lexicon
from headword.model.aligned import AlignedModel
from headword.pairs.pairs import Pairs
from headword.tasks.base import embed
from headword.tasks.zero_shot import prepared

if TYPE_CHECKING:
    from headword.labels.label_set import LabelSet

__all__ = ["Classes", "EmbeddedDataset", "Meanings", "classes_of", "embed_dataset", "sample"]

Meanings = Lexicon | Mapping[str, str] | str | bool | None
"""Where definitions come from, for the head's classes and for labels alike."""


@dataclass(frozen=True, eq=False)
class Classes:
    """The classes a model learnt from its head.

    Attributes:
        labels: What they are called.
        pairs: Their rows with all their texts, as `hw.align` pairs them.
        rows: (c, dx) prototypes.
        names: (c, dy) embeddings of their plain names.
        shared_rows: (c, k) prototypes in the shared space.
        shared_names: (c, k) names as they are asked for, in the shared space.
    """

    labels: LabelSet
    pairs: Pairs
    rows: Float32[np.ndarray, "c dx"]
    names: Float32[np.ndarray, "c dy"]
    shared_rows: Float32[np.ndarray, "c k"]
    shared_names: Float32[np.ndarray, "c k"]


@dataclass(frozen=True, eq=False)
class EmbeddedDataset:
    """A data set as a model embeds it.

    Attributes:
        data: Pictures with classes, or with captions.
        rows: (n,) the pictures that could be read, by their rows in `data`.
        images: (n, dx) embeddings of these.
        shared: (n, k) the same in the shared space.
        texts: (m,) the labels asked for, or the captions of these pictures.
        shared_texts: (m, k) the same in the shared space.
        text_of: (n,) the label of each picture; (m,) for captions the picture of each.
        caption_means: (n, dy) for captions: the mean embedding of each picture's own; `None` for labels.
    """

    data: Labelled | Captioned
    rows: Int64[np.ndarray, " n"]
    images: Float32[np.ndarray, "n dx"]
    shared: Float32[np.ndarray, "n k"]
    texts: tuple[str, ...]
    shared_texts: Float32[np.ndarray, "m k"]
    text_of: Int64[np.ndarray, " _"]
    caption_means: Float32[np.ndarray, "n dy"] | None

    @property
    def kind(self) -> str:
        """What the texts are: "labels" or "captions"."""
        return "captions" if isinstance(self.data, Captioned) else "labels"


def classes_of(model: AlignedModel, definitions: Meanings, show_progress: bool | None) -> Classes | None:
    """The classes of a model's head; `None` where it learnt from pictures alone."""
    if model.prototypes is None or model.labels is None:
        return None
    head = Head(model.prototypes, np.zeros(len(model.labels), np.float32), model.labels)
    pairs = Pairs.from_head(head, model.text_encoder, definitions=definitions, show_progress=show_progress)
    named = pairs.y[pairs.first_rows(pairs.is_name)]
    asked = model.encode_labels(model.labels, None)
    return Classes(model.labels, pairs, model.prototypes, named, model.map_prototypes(), asked)


def embed_dataset(
    model: AlignedModel, data: Labelled | Captioned, definitions: Meanings, show_progress: bool | None
) -> EmbeddedDataset:
    """Embeds a data set.

    Raises:
        InputError: No picture can be read, or the model has learnt from just these.
    """
    vectors, rows, _ = embed(model, data, show_progress)
    shared = model.map_image(vectors)
    if isinstance(data, Labelled):
        speaker, queries, _ = prepared(model, data, definitions, None)
        labels = tuple(query.label for query in queries)
        asked = speaker.encode_queries(queries)
        return EmbeddedDataset(data, rows, vectors, shared, labels, asked, data.targets[rows], None)
    kept = data.take(rows)
    captions = model.text_encoder.encode(kept.captions, show_progress=show_progress)
    texts, means = model.map_text(captions), _means(captions, kept.image_of)
    return EmbeddedDataset(data, rows, vectors, shared, kept.captions, texts, kept.image_of, means)


def _means(rows: np.ndarray, group: np.ndarray) -> Float32[np.ndarray, "n d"]:
    """The mean of each group's rows."""
    totals = np.zeros((int(group.max()) + 1, rows.shape[1]))
    np.add.at(totals, group, rows)
    return (totals / np.bincount(group)[:, None]).astype(np.float32)


def sample(rows: int, most: int, seed: int) -> Sequence[int]:
    """At most so many of these rows, in order."""
    return np.sort(np.random.default_rng(seed).permutation(rows)[:most]).tolist()
