"""AlignedModel: a frozen image encoder and a frozen text encoder that understand each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from jaxtyping import Float, Float32, Int64

from headword import saved
from headword.aligners.base import Aligner
from headword.arrays import as_matrix, chunks
from headword.bridge import Bridge
from headword.calibrate import UNCALIBRATED, Calibration
from headword.encoders import load_image_encoder, load_text_encoder
from headword.encoders.base import Embedded, ImageEncoder, TextEncoder
from headword.errors import InputError
from headword.labels import LabelSet
from headword.predictions import NONE_OF_THESE, Prediction, Predictions, Ranking
from headword.prompts import Definitions, Labels, Query, query_labels, spoken
from headword.scoring import none_score, scorer
from headword.validate import HeldOut

__all__ = ["AlignedModel"]

BLOCK = 512
"""Pictures classified at once, for known classes may be many."""


@dataclass(frozen=True, eq=False)
class AlignedModel:
    """Image encoder, text encoder and aligner: a small vision-language model.

    It holds its encoders by reference; a saved model names them and refuses others.

    Attributes:
        image_encoder: Pictures to embeddings.
        text_encoder: Texts to embeddings.
        aligner: Fitted on embeddings of these two, after the bridge where there is one.
        calibration: From similarities to scores and probabilities; `hw.align` learns it.
        templates: How a label is said when it is asked for; what the texts map to is averaged.
        validation: What held-out-class validation found when the model was made.
        labels: The classes it learnt from.
        prototypes: (c, dx) the head's rows for these classes, of norm 1; `None` where it did not learn from a head.
        bridge: What brings prototypes and pictures together, where it learnt from both.
        learnt_from: Versions of the data sets it learnt from; tasks do not judge it by these.
    """

    image_encoder: ImageEncoder
    text_encoder: TextEncoder
    aligner: Aligner
    calibration: Calibration = UNCALIBRATED
    templates: tuple[str, ...] = ("plain", "photo")
    validation: tuple[HeldOut, ...] = ()
    labels: LabelSet | None = None
    prototypes: Float32[np.ndarray, "c dx"] | None = None
    bridge: Bridge | None = None
    learnt_from: tuple[str, ...] = ()

    def map_image(self, embeddings: Float[np.ndarray, "n dx"]) -> Float32[np.ndarray, "n k"]:
        """Embeddings of pictures in the shared space.

        Args:
            embeddings: (n, dx) of the image encoder.

        Raises:
            InputError: Another width, or NaN.
        """
        rows = as_matrix(embeddings, "image embeddings", width=self.image_encoder.dim)
        return self.aligner.transform_image(self.bridge.pictures(rows) if self.bridge else rows)

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
        return self.aligner.transform_text(rows, groups)

    def map_prototypes(self) -> Float32[np.ndarray, "c k"]:
        """The known classes' own rows in the shared space.

        Raises:
            InputError: The model did not learn from a head.
        """
        if self.prototypes is None:
            raise InputError("the classes this model knows", "it did not learn from a head", "align with recycle=True")
        return self.aligner.transform_image(self.bridge.prototypes(self.prototypes) if self.bridge else self.prototypes)

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

    def encode_labels(self, labels: Labels, definitions: Definitions = "auto") -> Float32[np.ndarray, "n k"]:
        """Labels in the shared space, one row each: said in every template, with a definition where there is one.

        Args:
            labels: Words ("crane (bird)" with a hint), a label set, or a label file.
            definitions: Where to look definitions up (see `headword.lexicon.open_lexicon`), one for each label,
                or `None` for names only. An ambiguous word gets none.

        Raises:
            InputError: No labels, or a blank one.
        """
        return self.encode_queries(self.understand(labels, definitions, unique=False))

    def understand(
        self, labels: Labels, definitions: Definitions = "auto", *, unique: bool = True
    ) -> tuple[Query, ...]:
        """The labels as `encode_labels` takes them: name, hint, definition, and the senses of ambiguous words."""
        return query_labels(labels, definitions, unique=unique)

    def encode_queries(self, queries: Sequence[Query]) -> Float32[np.ndarray, "n k"]:
        """Labels as `understand` gave them, in the shared space, one row each."""
        said, groups = spoken(queries, self.templates)
        return self.map_text(self.text_encoder.encode(said), groups, names=True)

    def similarity(self, images: Any, texts: Any) -> Float32[np.ndarray, "n m"]:
        """Score of every picture with every text.

        Args:
            images: Rows of `encode_image`, or pictures.
            texts: Rows of `encode_text` or `encode_labels`, or texts.

        Raises:
            InputError: Rows that are not of this model's shared space.
        """
        shared_x = np.asarray(images if _is_rows(images) else self.encode_image(images), np.float32)
        shared_y = np.asarray(texts if _is_rows(texts) else self.encode_text(texts), np.float32)
        if shared_x.shape[1] != shared_y.shape[1]:
            raise InputError(
                "rows of one shared space",
                f"widths {shared_x.shape[1]} and {shared_y.shape[1]}",
                "pass what encode_image and encode_text of this model gave, or pictures and texts",
            )
        return shared_x @ shared_y.T

    def classify(
        self,
        images: Any,
        labels: Labels,
        top_k: int = 5,
        *,
        definitions: Definitions = "auto",
        known: bool = False,
        none_of_these: bool | float = False,
        strict: bool = False,
        show_progress: bool | None = None,
    ) -> Predictions:
        """Gives each picture its best labels with probabilities.

        Args:
            images: What `ImageEncoder.encode` takes, or embeddings of the image encoder, (n, dx) floats.
            labels: What may be in the pictures; see `encode_labels`.
            top_k: How many labels to give.
            definitions: See `encode_labels`.
            known: The classes the classifier was trained on may be answered too, each by its own row of the head; so
                is a label that is one of them.
            none_of_these: Let the answer be "none of these"; a number is the share of pictures without any of the
                labels that may still be given one (`True`: 0.1).
            strict: Raise on a picture that cannot be read, instead of reporting it in `bad`.
            show_progress: A bar on stderr; `None` shows it on a terminal only.

        Raises:
            InputError: No pictures, no labels, or `known` or `none_of_these` from a model that has not learnt them.
        """
        _require_some(top_k, "labels for each picture")
        queries = self.understand(labels, definitions)
        score = scorer(self, queries, known=known)
        level = none_score(self.calibration, len(queries), none_of_these) if none_of_these else None
        found = self._embedded(images, strict=strict, show_progress=show_progress)
        items: list[Prediction] = []
        for part in chunks(len(found.ids), BLOCK):
            names, scores = score(self.map_image(found.vectors[part]))
            if level is not None:
                names, scores = [*names, NONE_OF_THESE], np.column_stack([scores, np.full(len(scores), level)])
            items += Prediction.best(found.ids[part], names, scores, self.calibration.probabilities(scores), top_k)
        return Predictions(tuple(items), found.bad, queries)

    def rank(
        self,
        images: Any,
        texts: str | Sequence[str],
        top_k: int = 10,
        *,
        strict: bool = False,
        show_progress: bool | None = None,
    ) -> list[Ranking]:
        """Finds the pictures that fit each text best; pictures that cannot be read are logged and left out.

        Args:
            images: What `ImageEncoder.encode` takes, or embeddings of the image encoder.
            texts: One text or several, said as they are.
            top_k: How many pictures to give for each.
            strict: Raise on a picture that cannot be read.
            show_progress: A bar on stderr; `None` shows it on a terminal only.

        Raises:
            InputError: No pictures, no texts, or `top_k` below 1.
        """
        _require_some(top_k, "pictures for each text")
        asked = [texts] if isinstance(texts, str) else list(texts)
        text = self.encode_text(asked)
        found = self._embedded(images, strict=strict, show_progress=show_progress)
        found.log_bad()
        if not found.ids:
            return [Ranking(each, (), ()) for each in asked]
        return Ranking.best(asked, found.ids, text @ self.map_image(found.vectors).T, top_k)

    def _embedded(self, images: Any, **options: Any) -> Embedded:
        if _is_rows(images):
            rows = as_matrix(images, "image embeddings", width=self.image_encoder.dim)
            return Embedded(tuple(f"row {i}" for i in range(len(rows))), rows, tuple(range(len(rows))), ())
        return self.image_encoder.embed(images, **options)

    def save_pretrained(self, path: str | Path) -> None:
        """Writes the model as a folder: `config.json` and `model.safetensors`; encoders are named, not copied.

        Raises:
            InputError: Something else than a model is at `path`.
        """
        saved.write(self, Path(path))

    @classmethod
    def from_pretrained(
        cls,
        path: str | Path,
        *,
        image_encoder: str | Path | ImageEncoder | None = None,
        text_encoder: str | Path | TextEncoder | None = None,
        **options: Any,
    ) -> Self:
        """Reads a saved model and loads its encoders.

        Args:
            path: A folder that `save_pretrained` wrote.
            image_encoder: Where its image encoder is now, if not where it was.
            text_encoder: Where its text encoder is now.
            **options: `device` and `dtype` of both encoders.

        Raises:
            InputError: Not a saved model.
            EncoderMismatch: An encoder is not the one the model was fitted on.
        """
        parts = saved.read(Path(path))
        image = load_image_encoder(image_encoder or parts.image_encoder, **(options if image_encoder is None else {}))
        text = load_text_encoder(text_encoder or parts.text_encoder, **(options if text_encoder is None else {}))
        parts.check(image, text)
        return cls(image, text, **parts.fitted())


def _require_some(top_k: int, what: str) -> None:
    if top_k < 1:
        raise InputError(f"top_k {what}", f"top_k={top_k}", "ask for 1 or more")


def _is_rows(value: Any) -> bool:
    """Whether `value` is a matrix of embeddings rather than pictures or texts."""
    return isinstance(value, np.ndarray) and value.ndim == 2 and np.issubdtype(value.dtype, np.floating)
