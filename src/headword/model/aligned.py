"""AlignedModel: a frozen image encoder and a frozen text encoder that understand each other."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from jaxtyping import Float32

from headword import aligners
from headword._repr import short_repr
from headword.adapters.adaptation import Adaptation
from headword.adapters.base import Adapter
from headword.adapters.query_bank import QueryBank
from headword.aligners.base import Aligner
from headword.arrays import chunks
from headword.encoders import load_image_encoder, load_text_encoder
from headword.encoders.base import ImageEncoder, TextEncoder
from headword.encoders.inputs import embedded
from headword.errors import InputError
from headword.labels.label_set import LabelSet
from headword.model import saved
from headword.model.adapting import adapted_scorer, learn_adaptation
from headword.model.calibration import UNCALIBRATED, Calibration
from headword.model.predictions import NONE_OF_THESE, Prediction, Predictions, Ranking
from headword.model.scoring import Score, none_score, scorer
from headword.model.shared_space import SharedSpace
from headword.model.validation import HeldOut
from headword.pairs.bridge import Bridge
from headword.prompts.queries import Definitions, LabelsLike, Query

if TYPE_CHECKING:
    from headword.cache.embeddings import EmbeddingCache
    from headword.model.stream import ImageStream

__all__ = ["AlignedModel"]

log = logging.getLogger("headword")

BLOCK = 512
"""Pictures classified at once, for known classes may be many."""


@dataclass(frozen=True, eq=False)
class AlignedModel(SharedSpace):
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
        adaptation: What unlabelled images taught it; `None` where it was not adapted.
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
    adaptation: Adaptation | None = None

    __repr__ = short_repr

    def classify(
        self,
        images: Any,
        labels: LabelsLike,
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
            images: What `ImageEncoder.embed` takes or gave, or embeddings of the image encoder, (n, dx) floats.
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
        queries = self.parse_labels(labels, definitions)
        score = self.scorer(queries, known=known)
        asked = none_of_these is not False
        level = none_score(self.calibration, len(queries), none_of_these) if asked else None
        found = embedded(self.image_encoder, images, strict=strict, show_progress=show_progress)
        items: list[Prediction] = []
        for part in chunks(len(found.ids), BLOCK):
            names, scores = score(found.vectors[part])
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
            images: What `classify` takes.
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
        found = embedded(self.image_encoder, images, strict=strict, show_progress=show_progress)
        found.log_bad()
        if not found.ids:
            return [Ranking(each, (), ()) for each in asked]
        return Ranking.best(asked, found.ids, text @ self.map_image(found.vectors).T, top_k)

    def scorer(self, queries: Sequence[Query], *, known: bool = False) -> Score:
        """Scores image embeddings among parsed labels; see `headword.model.scoring.scorer`.

        Known classes compete by plain scores, which the log says of an adapted model.
        """
        base, adaptation = self.base, self.adaptation
        if adaptation is not None and known:
            log.warning("known classes and labels compete by plain scores: %s counts for labels alone", self.mode)
        if adaptation is None or known or not adaptation.mixing_weight(self.prompts_for(queries)):
            return scorer(base, queries, known=known)
        return adapted_scorer(base, adaptation, queries)

    @property
    def base(self) -> Self:
        """The model without what unlabelled images taught it."""
        return self if self.adaptation is None else replace(self, adaptation=None)

    def with_adaptation(self, adaptation: Adaptation) -> Self:
        """The base, and what unlabelled images taught it; see `SharedSpace.with_adaptation`."""
        return replace(self, adaptation=adaptation)

    def describe(self) -> dict[str, Any]:
        """Encoders with fingerprints, the aligner's parameters, and what it was adapted on, ready for JSON."""
        aligner = self.aligner
        parameters = {name: getattr(aligner, f"{name}_", value) for name, value in aligner.get_params().items()}
        return {
            "image_encoder": self.image_encoder.describe(),
            "text_encoder": self.text_encoder.describe(),
            "aligner": {
                "kind": aligners.name_of(type(aligner)),
                "parameters": parameters,
                "chosen": {name: parameters[name] for name in aligner.grid},
            },
            "adaptation": self.adaptation.as_dict() if self.adaptation else None,
        }

    def adapt(
        self,
        images: Any,
        labels: LabelsLike | None = None,
        *,
        method: str | Adapter = "careful",
        definitions: Definitions = "auto",
        bank: QueryBank | bool | None = None,
        strict: bool = False,
        show_progress: bool | None = None,
    ) -> Self:
        """Learns from unlabelled pictures of the collection that it will be asked about; this model stays as it is.

        Args:
            images: What `classify` takes; pictures that cannot be read are logged and left out.
            labels: What may be in them. The model is adapted for these, or any of them, said in the same way; for
                others, and without labels, pictures are only centred half-way.
            method: The name of an adapter (`headword ls adapters`), or one with parameters of one's own.
            definitions: See `encode_labels`.
            bank: Corrects hubs in search (`rank`, `encode_image` beside `encode_text`); the pictures join its gallery.
                `True` is `QueryBank.of`, `None` the same where no labels are given.
            strict: Raise on a picture that cannot be read.
            show_progress: A bar on stderr; `None` shows it on a terminal only.

        Raises:
            InputError: No picture, or none that can be read.
            UnknownName: No adapter is called that.
        """
        queries = None if labels is None else self.parse_labels(labels, definitions)
        found = embedded(self.image_encoder, images, strict=strict, show_progress=show_progress)
        if not found.ids:
            raise InputError(
                "pictures to adapt to",
                f"none of {len(found.bad)} could be read",
                "see `ImageEncoder.embed` for the reasons",
            )
        found.log_bad()
        bank = queries is None if bank is None else bank
        if isinstance(bank, bool):
            bank = QueryBank.of(self.base) if bank else None
        return self.with_adaptation(learn_adaptation(self.base, found.vectors, queries, method=method, bank=bank))

    def stream(self, labels: LabelsLike, *, definitions: Definitions = "auto") -> ImageStream[Self]:
        """Listens to pictures as they come, each of them once; this model stays as it is.

        Args:
            labels: What may be in them.
            definitions: See `encode_labels`.
        """
        from headword.model.stream import ImageStream

        return ImageStream(self, labels, definitions=definitions)

    def cached(self, cache: EmbeddingCache) -> Self:
        """The same model, with encoders that keep what they embed."""
        images, texts = cache.images(self.image_encoder), cache.texts(self.text_encoder)
        return replace(self, image_encoder=images, text_encoder=texts)

    def save_pretrained(self, path: str | Path) -> None:
        """Writes the model as a folder: `config.json` and `model.safetensors`; encoders are named, not copied.

        Raises:
            InputError: Something else than a model is at `path`.
        """
        kept = {each.name: getattr(self, each.name) for each in fields(self)}
        kept |= {name: kept[name].describe() for name in ("image_encoder", "text_encoder")}
        saved.write(saved.Parts(**kept), Path(path).expanduser())

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
            **options: `device` and `dtype` of both encoders, as far as they are not made already.

        Raises:
            InputError: Not a saved model, or options for encoders that are both made already.
            EncoderMismatch: An encoder is not the one the model was fitted on.
        """
        parts = saved.read(Path(path).expanduser())
        made = isinstance(image_encoder, ImageEncoder), isinstance(text_encoder, TextEncoder)
        names = parts.image_encoder["name"], parts.text_encoder["name"]
        image = load_image_encoder(image_encoder or names[0], **({} if made == (True, False) else options))
        text = load_text_encoder(text_encoder or names[1], **({} if made == (False, True) else options))
        parts.check(image, text)
        return cls(**{**vars(parts), "image_encoder": image, "text_encoder": text})


def _require_some(top_k: int, what: str) -> None:
    if not isinstance(top_k, Integral) or top_k < 1:
        raise InputError(f"top_k {what}", f"top_k={top_k!r}", "ask for 1 or more, a whole number")
