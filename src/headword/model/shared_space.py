"""The shared space: pictures, texts, labels and the known classes' own rows, all as rows that can be compared."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from jaxtyping import Float, Float32, Int64

from headword.adapters.adaptation import Adaptation
from headword.adapters.query_bank import QueryBank
from headword.aligners.base import Aligner
from headword.arrays import as_matrix
from headword.encoders.base import ImageEncoder, TextEncoder
from headword.encoders.inputs import is_rows
from headword.errors import InputError
from headword.labels.label_set import LabelSet
from headword.model.calibration import Calibration
from headword.pairs.bridge import Bridge
from headword.prompts.queries import Definitions, LabelsLike, Query, flatten_prompts, query_labels, texts

__all__ = ["SharedSpace"]


class SharedSpace(ABC):
    """Maps what two encoders and the head say of the world into one space.

    The attributes are those of `AlignedModel`.
    """

    image_encoder: ImageEncoder
    text_encoder: TextEncoder
    aligner: Aligner
    templates: tuple[str, ...]
    calibration: Calibration
    labels: LabelSet | None
    prototypes: Float32[np.ndarray, "c dx"] | None
    bridge: Bridge | None
    adaptation: Adaptation | None

    @property
    @abstractmethod
    def base(self) -> Self:
        """The model without what unlabelled images taught it."""

    @abstractmethod
    def with_adaptation(self, adaptation: Adaptation) -> Self:
        """The base, and what unlabelled images taught it in its shared space."""

    def map_image(self, embeddings: Float[np.ndarray, "n dx"]) -> Float32[np.ndarray, "n k"]:
        """Embeddings of pictures in the shared space.

        Args:
            embeddings: (n, dx) of the image encoder.

        Raises:
            InputError: Another width, or NaN.
        """
        rows = as_matrix(embeddings, "image embeddings", width=self.image_encoder.dim)
        return self._corrected(self.aligner.transform_image(self.bridge.images(rows) if self.bridge else rows))

    def map_text(
        self,
        embeddings: Float[np.ndarray, "n dy"],
        groups: Int64[np.ndarray, " n"] | None = None,
        *,
        names: bool = False,
    ) -> Float32[np.ndarray, "m k"]:
        """Embeddings of texts in the shared space; one row per text, or per group of texts that mean the same.

        Args:
            embeddings: (n, dy) of the text encoder.
            groups: (n,) see `Aligner.transform_text`.
            names: They say what something is called; else they are sentences about a picture.

        Raises:
            InputError: Another width, or NaN.
        """
        rows = as_matrix(embeddings, "text embeddings", width=self.text_encoder.dim)
        if self.bridge:
            rows = self.bridge.names(rows) if names else self.bridge.captions(rows)
        shared = self.aligner.transform_text(rows, groups)
        return shared if self._bank is None else self._bank.texts(shared)

    def map_prototypes(self) -> Float32[np.ndarray, "c k"]:
        """The known classes' own rows in the shared space.

        Raises:
            InputError: The model did not learn from a head.
        """
        if self.prototypes is None:
            raise InputError("the classes this model knows", "it did not learn from a head", "align with recycle=True")
        rows = self.bridge.prototypes(self.prototypes) if self.bridge else self.prototypes
        return self._corrected(self.aligner.transform_image(rows))

    @property
    def _bank(self) -> QueryBank | None:
        return None if self.adaptation is None else self.adaptation.bank

    def _corrected(self, rows: Float32[np.ndarray, "n k"]) -> Float32[np.ndarray, "n _"]:
        """Image rows, one or two coordinates wider where there is a query bank."""
        return rows if self._bank is None else self._bank.images(rows)

    @property
    def mode(self) -> str:
        """How it judges an image: "inductive", by itself, or "adapted on 120 unlabelled pictures"."""
        return "inductive" if self.adaptation is None else self.adaptation.mode

    def summary_for(self, queries: Sequence[Query]) -> str | None:
        """What of its adaptation counts for parsed labels, in words; `None` without one."""
        return None if self.adaptation is None else self.adaptation.summary_for(self.prompts_for(queries))

    def encode_image(self, images: Any, **options: Any) -> Float32[np.ndarray, "n k"]:
        """Pictures in the shared space, one row each; a picture that cannot be read is a row of NaN and is logged.

        Args:
            images: What `ImageEncoder.encode` takes: a path, glob, folder, picture, array, or a list of these.
            **options: `batch_size`, `show_progress`, `strict` of `ImageEncoder.encode`.
        """
        rows = self.image_encoder.encode(images, **options)
        readable = ~np.isnan(rows).any(axis=1)
        if not readable.any():
            raise InputError("pictures to embed", f"none of {len(rows)} could be read", "see the log for the reasons")
        shared = self.map_image(rows[readable])
        out = np.full((len(rows), shared.shape[1]), np.nan, dtype=np.float32)
        out[readable] = shared
        return out

    def encode_text(self, items: str | Sequence[str], **options: Any) -> Float32[np.ndarray, "n k"]:
        """Texts in the shared space, one row each, as they are: no template, no definition.

        Args:
            items: One text or several.
            **options: `batch_size`, `show_progress` of `TextEncoder.encode`.
        """
        return self.map_text(self.text_encoder.encode(items, **options))

    def encode_labels(self, labels: LabelsLike, definitions: Definitions = "auto") -> Float32[np.ndarray, "n k"]:
        """Labels in the shared space, one row each: said in every template, with a definition where there is one.

        Args:
            labels: Words ("crane (bird)" with a hint), a label set, or a label file.
            definitions: Where to look definitions up (see `headword.lexicon.open_lexicon`), one for each label,
                or `None` for names only. An ambiguous word gets none.

        Raises:
            InputError: No labels, or a blank one.
        """
        return self.encode_queries(self.parse_labels(labels, definitions, unique=False))

    def parse_labels(
        self, labels: LabelsLike, definitions: Definitions = "auto", *, unique: bool = True
    ) -> tuple[Query, ...]:
        """The labels as `encode_labels` takes them: name, hint, definition, and the senses of ambiguous words."""
        return query_labels(labels, definitions, unique=unique)

    def prompts_for(self, queries: Sequence[Query]) -> tuple[tuple[str, ...], ...]:
        """The texts of each label that `parse_labels` gave: labels said alike are the same to this model."""
        return tuple(tuple(texts(query, self.templates)) for query in queries)

    def encode_queries(self, queries: Sequence[Query]) -> Float32[np.ndarray, "n k"]:
        """Labels as `parse_labels` gave them, in the shared space, one row each."""
        prompts, groups = flatten_prompts(queries, self.templates)
        return self.map_text(self.text_encoder.encode(prompts), groups, names=True)

    def similarity(self, images: Any, texts: Any) -> Float32[np.ndarray, "n m"]:
        """Score of every picture with every text.

        Args:
            images: Rows of `encode_image`, or pictures.
            texts: Rows of `encode_text` or `encode_labels`, or texts.

        Raises:
            InputError: Rows that are not of this model's shared space.
        """
        shared_x = np.asarray(images if is_rows(images) else self.encode_image(images), np.float32)
        shared_y = np.asarray(texts if is_rows(texts) else self.encode_text(texts), np.float32)
        if shared_x.shape[1] != shared_y.shape[1]:
            raise InputError(
                "rows of one shared space",
                f"widths {shared_x.shape[1]} and {shared_y.shape[1]}",
                "pass what encode_image and encode_text of this model gave, or pictures and texts",
            )
        return shared_x @ shared_y.T
