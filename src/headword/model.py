"""AlignedModel: a frozen image encoder and a frozen text encoder that understand each other."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from jaxtyping import Float, Float32

from headword import saved
from headword.aligners.base import Aligner
from headword.arrays import as_matrix, top_k
from headword.calibrate import UNCALIBRATED, Calibration
from headword.encoders import load_image_encoder, load_text_encoder
from headword.encoders.base import Embedded, ImageEncoder, TextEncoder
from headword.errors import InputError
from headword.labels import LabelSet
from headword.lexicon import Lexicon
from headword.predictions import NONE_OF_THESE, Prediction, Predictions, Ranking
from headword.prompts import Query, query_labels, texts
from headword.validate import HeldOut

__all__ = ["AlignedModel"]

Definitions = Lexicon | Mapping[str, str] | Sequence[str | None] | str | os.PathLike[str] | bool | None
Labels = Sequence[str] | LabelSet | str | os.PathLike[str]


@dataclass(frozen=True, eq=False)
class AlignedModel:
    """Image encoder, text encoder and aligner: a small vision-language model.

    It holds its encoders by reference; a saved model names them and refuses others.

    Attributes:
        image_encoder: Pictures to embeddings.
        text_encoder: Texts to embeddings.
        aligner: Fitted on embeddings of these two.
        calibration: From similarities to probabilities; `hw.align` learns it.
        templates: How a label is said when it is asked for; what the texts map to is averaged.
        validation: What held-out-class validation found when the model was made.
        labels: The classes it learnt from.
    """

    image_encoder: ImageEncoder
    text_encoder: TextEncoder
    aligner: Aligner
    calibration: Calibration = UNCALIBRATED
    templates: tuple[str, ...] = ("plain", "photo")
    validation: tuple[HeldOut, ...] = ()
    labels: LabelSet | None = None

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
        shared = self.aligner.transform_image(rows[readable])
        out = np.full((len(rows), shared.shape[1]), np.nan, dtype=np.float32)
        out[readable] = shared
        return out

    def encode_text(self, items: str | Sequence[str], **options: Any) -> Float32[np.ndarray, "n k"]:
        """Texts in the shared space, one row each, as they are: no template, no definition.

        Args:
            items: One text or several.
            **options: `batch_size`, `show_progress` of `TextEncoder.encode`.
        """
        return self.aligner.transform_text(self.text_encoder.encode(items, **options))

    def encode_labels(self, labels: Labels, definitions: Definitions = "auto") -> Float32[np.ndarray, "n k"]:
        """Labels in the shared space, one row each: said in every template, with a definition where there is one.

        Args:
            labels: Words ("crane (bird)" with a hint), a label set, or a label file.
            definitions: Where to look definitions up (see `headword.lexicon.open_lexicon`), one for each label,
                or `None` for names only. An ambiguous word gets none.

        Raises:
            InputError: No labels, or a blank one.
        """
        return self._encode_queries(self.understand(labels, definitions, unique=False))

    def understand(
        self, labels: Labels, definitions: Definitions = "auto", *, unique: bool = True
    ) -> tuple[Query, ...]:
        """The labels as `encode_labels` takes them: name, hint, definition, and the senses of ambiguous words."""
        if isinstance(definitions, Sequence) and not isinstance(definitions, str):
            names = labels if isinstance(labels, Sequence) and not isinstance(labels, str) else None
            if names is None or len(names) != len(definitions):
                raise InputError(
                    "a definition for each label", f"{len(definitions)} definitions", "pass a list of labels as long"
                )
            labels, definitions = LabelSet.from_names(list(names), definitions=definitions), None
            return tuple(
                Query(query.label, query.name, query.hint, gloss, query.sense)
                for query, gloss in zip(query_labels(labels, None, unique=unique), labels.definitions, strict=True)
            )
        return query_labels(labels, definitions, unique=unique)

    def _encode_queries(self, queries: Sequence[Query]) -> Float32[np.ndarray, "n k"]:
        said = [texts(query, self.templates) for query in queries]
        groups = np.repeat(np.arange(len(said)), [len(each) for each in said])
        return self.aligner.transform_text(self.text_encoder.encode([text for each in said for text in each]), groups)

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
            none_of_these: Let the answer be "none of these"; a number is the share of pictures without any of the
                labels that may still be given one (`True`: 0.1).
            strict: Raise on a picture that cannot be read, instead of reporting it in `bad`.
            show_progress: A bar on stderr; `None` shows it on a terminal only.

        Raises:
            InputError: No pictures, no labels, or `none_of_these` from a model that was not calibrated.
        """
        _require_some(top_k, "labels for each picture")
        queries = self.understand(labels, definitions)
        text = self._encode_queries(queries)
        found = self._embedded(images, strict=strict, show_progress=show_progress)
        if not found.ids:
            return Predictions((), found.bad, queries)
        image = self.aligner.transform_image(found.vectors)
        similarity = (image @ text.T).astype(np.float64)
        names = [query.label for query in queries]
        if none_of_these:
            similarity = np.column_stack([similarity, self._none(image, len(names), none_of_these)])
            names.append(NONE_OF_THESE)
        probability = self.calibration.probabilities(similarity)
        items = tuple(
            Prediction(
                found.ids[row],
                tuple(names[i] for i in best),
                tuple(float(probability[row, i]) for i in best),
                tuple(float(similarity[row, i]) for i in best),
            )
            for row, best in enumerate(top_k_of(similarity, top_k))
        )
        return Predictions(items, found.bad, queries)

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
        scores = text @ self.aligner.transform_image(found.vectors).T
        return [
            Ranking(each, tuple(found.ids[i] for i in best), tuple(float(scores[row, i]) for i in best))
            for row, (each, best) in enumerate(zip(asked, top_k_of(scores, top_k), strict=True))
        ]

    def _embedded(self, images: Any, **options: Any) -> Embedded:
        if _is_rows(images):
            rows = as_matrix(images, "image embeddings", width=self.image_encoder.dim)
            return Embedded(tuple(f"row {i}" for i in range(len(rows))), rows, tuple(range(len(rows))), ())
        return self.image_encoder.embed(images, **options)

    def _none(self, image: np.ndarray, labels: int, asked: bool | float) -> np.ndarray:
        false_alarm = 0.1 if asked is True else float(asked)
        if not 0.0 < false_alarm < 1.0 or not len(self.calibration.background):
            raise InputError(
                '"none of these" as a possible answer',
                f"a share of false alarms of {false_alarm}" if len(self.calibration.background) else "no calibration",
                "pass a share between 0 and 1, and a model made by hw.align",
            )
        return self.calibration.none_similarity(image, labels, false_alarm)

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
        return cls(image, text, parts.aligner, parts.calibration, parts.templates, parts.validation, parts.labels)


def top_k_of(scores: Float[np.ndarray, "n m"], k: int) -> list[list[int]]:
    """`arrays.top_k` as lists of Python integers."""
    return top_k(scores, k).tolist()


def _require_some(top_k: int, what: str) -> None:
    if top_k < 1:
        raise InputError(f"top_k {what}", f"top_k={top_k}", "ask for 1 or more")


def _is_rows(value: Any) -> bool:
    """Whether `value` is a matrix of embeddings rather than pictures or texts."""
    return isinstance(value, np.ndarray) and value.ndim == 2 and np.issubdtype(value.dtype, np.floating)
