"""`align`: from a classifier and a text encoder to an open-vocabulary model, in one call."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from sklearn.base import clone

from headword import aligners
from headword.aligners.base import Aligner
from headword.aligners.gradient import GradientAligner
from headword.aligners.progress import progress
from headword.aligners.sequential import SequentialAligner, require_mix, sequential_aligner
from headword.arrays import unit
from headword.encoders import ImageEncoderSource, load_image_encoder, load_text_encoder
from headword.encoders.base import ImageEncoder, TextEncoder
from headword.errors import InputError
from headword.labels.label_set import LabelSet
from headword.lexicon.base import Lexicon
from headword.model.aligned import AlignedModel
from headword.model.calibration import MAX_KNOWN, MIN_ROWS, UNCALIBRATED, Calibration
from headword.model.validation import HeldOut, summarise_folds
from headword.pairs.bridge import Bridge
from headword.pairs.from_datasets import image_pairs, images_at
from headword.pairs.pairs import Pairs

if TYPE_CHECKING:
    from headword.datasets.base import Captioned, Labelled

__all__ = ["FittedPairs", "align", "align_pairs", "fit_pairs"]

log = logging.getLogger("headword")

FOLDS = 5

MAX_HIDDEN = 25_000
"""Classes or pictures that are hidden at most, drawn at random: all scores of a fold are held at once."""


def align(
    image_encoder: ImageEncoderSource,
    text: str | Path | TextEncoder = "bundled/all-minilm-l6-v2",
    aligner: str | Aligner = "kernel-ridge",
    labels: LabelSet | Sequence[str] | str | Path | None = None,
    definitions: Lexicon | Mapping[str, str] | str | os.PathLike[str] | bool | None = "auto",
    *,
    pairs: Captioned | Labelled | Pairs | str | Path | None = None,
    recycle: bool = True,
    mix: str = "bridge",
    weight_ratio: float | None = None,
    pairs_lr: float | None = None,
    device: str = "auto",
    show_progress: bool | None = None,
) -> AlignedModel:
    """Turns a trained classifier into an open-vocabulary model; no picture is needed, and a few help.

    Args:
        image_encoder: A classifier: a name, a local folder, a module of one's own, or a loaded encoder.
        text: A text encoder: a name, a local folder, or a loaded one.
        aligner: The name of an aligner (`headword ls`), or one with parameters of one's own.
        labels: The classifier's classes in the order of its rows, where its own record does not tell them.
        definitions: Where classes without a definition find one (see `Pairs.from_head`); `None` uses names only.
        pairs: Pictures with captions, or with classes, to learn from too: a data set, or what
            `headword.datasets.load` takes.
        recycle: Learn from the head's rows; without them, `pairs` alone.
        mix: How rows and pictures come together: across the `Bridge`; "plain", as they are; "sequential", rows first
            and then the pictures alone (see `align_pairs`).
        weight_ratio: Share of the rows in all weight; `None` counts each class and each picture alike.
        pairs_lr: Learning rate on the pictures of sequential mixing; a tenth of the aligner's where `None`.
        device: Where encoders given by name run: "auto", "cpu", "cuda", "mps".
        show_progress: Bars on stderr; `None` shows them on a terminal only.

    Returns:
        A calibrated model; `model.validation` estimates how well unseen names will work.

    Raises:
        HeadMismatch: The classifier does not end in a linear layer over an embedding.
        LabelMismatch: Its classes cannot be told, or `labels` has another number.
        InputError: Neither rows nor pairs to learn from, pairs that are none, labels of rows that are not learnt from,
            or mixing that the aligner cannot do.
    """
    require_mix(mix, _fresh(aligner), weight_ratio, pairs_lr, aligners.trained_names())
    _require_sources(pairs, recycle=recycle, labels=labels, weight_ratio=weight_ratio)
    options = {"device": device} if device != "auto" else {}
    image_encoder = load_image_encoder(image_encoder, **({} if isinstance(image_encoder, ImageEncoder) else options))
    text_encoder = load_text_encoder(text, **({} if isinstance(text, TextEncoder) else options))
    data = images_at(pairs) if isinstance(pairs, str | Path) else pairs
    head = image_encoder.head(labels) if recycle else None
    parts = []
    if head is not None:
        parts.append(Pairs.from_head(head, text_encoder, definitions=definitions, show_progress=show_progress))
    if data is not None:
        parts.append(image_pairs(data, image_encoder, text_encoder, show_progress=show_progress))
    model = align_pairs(
        image_encoder,
        text_encoder,
        parts[0] if len(parts) == 1 else parts[0] + parts[1],
        aligner,
        head.labels if head else None,
        mix=mix,
        weight_ratio=weight_ratio,
        pairs_lr=pairs_lr,
        show_progress=show_progress,
    )
    return model if data is None or isinstance(data, Pairs) else replace(model, learnt_from=(data.version,))


def _require_sources(pairs: object, *, recycle: bool, labels: object, weight_ratio: float | None) -> None:
    """Raises `InputError` where there is nothing to learn from, or what is given has no part in it."""
    if not recycle and pairs is None:
        raise InputError("to align without the head's rows", "no pairs either", "pass pairs, or recycle=True")
    # Pairs that are made already may be of both kinds.
    if weight_ratio is not None and not isinstance(pairs, Pairs) and (pairs is None or not recycle):
        raise InputError(f"weight_ratio={weight_ratio:g}", "rows or pictures alone", "learn from both, or leave it out")
    if not recycle and labels is not None:
        raise InputError("labels of the head's rows", "recycle=False: no row is read", "leave one of the two out")


def align_pairs(
    image_encoder: ImageEncoder,
    text_encoder: TextEncoder,
    pairs: Pairs,
    aligner: str | Aligner = "kernel-ridge",
    labels: LabelSet | None = None,
    *,
    mix: str = "bridge",
    weight_ratio: float | None = None,
    pairs_lr: float | None = None,
    show_progress: bool | None = None,
) -> AlignedModel:
    """Fits an aligner on pairs, validates it on held-out classes and calibrates it.

    Sequential mixing learns from the head's rows first and goes on from there with the pictures alone, both across the
    bridge; only a trained aligner can. Its validation hides classes of the head and goes through both stages for every
    fold; no picture is hidden.

    Args:
        image_encoder: Gave the image side of the pairs.
        text_encoder: Gave the text side.
        pairs: What to learn from: rows of a head, pictures with captions, class means, or a sum of these.
        aligner: A name, or an aligner with parameters of one's own.
        labels: The classes of the head's rows among the pairs, to be kept with the model.
        mix: As `align` takes it, like `weight_ratio` and `pairs_lr`.
        weight_ratio: Share of the head's rows in all weight.
        pairs_lr: Learning rate of the second stage.
        show_progress: Bars of training on stderr; `None` shows them on a terminal only.

    Raises:
        InputError: No such mixing, an aligner that cannot do it, pairs of one kind only, or of a single class.
    """
    with progress(show_progress):
        fitted = fit_pairs(pairs, aligner, mix=mix, weight_ratio=weight_ratio, pairs_lr=pairs_lr)
        calibration, validation = fitted.validate()
    return fitted.model(image_encoder, text_encoder, pairs, labels, calibration, validation)


@dataclass(frozen=True, eq=False)
class FittedPairs:
    """An aligner and what it was fitted on.

    Attributes:
        aligner: The fitted aligner; of sequential mixing both stages.
        pairs: The pairs as it saw them: across the bridge, weighted, those of the first stage.
        bridge: What brought rows and pictures together; `None` where nothing had to.
        seconds: How long the fit took.
    """

    aligner: Aligner
    pairs: Pairs
    bridge: Bridge | None
    seconds: float

    def model(
        self,
        image_encoder: ImageEncoder,
        text_encoder: TextEncoder,
        pairs: Pairs,
        labels: LabelSet | None,
        calibration: Calibration,
        validation: tuple[HeldOut, ...] = (),
    ) -> AlignedModel:
        """The model with this aligner; `pairs` are those it learnt from, as they were."""
        return AlignedModel(
            image_encoder,
            text_encoder,
            self.aligner.fitted_ if isinstance(self.aligner, SequentialAligner) else self.aligner,
            calibration,
            validation=validation,
            labels=labels,
            prototypes=_rows(pairs),
            bridge=self.bridge,
        )

    def validate(self) -> tuple[Calibration, tuple[HeldOut, ...]]:
        """Hides classes and pictures in turn; what is asked for by name decides the calibration, else captions do."""
        pairs = self.pairs
        captions = pairs.comes_from("captions")
        asks = {"names": pairs.is_name, "all texts": ~captions, "captions": captions}
        if (pairs.is_name == ~captions).all():
            del asks["all texts"]
        groups = {query_kind: np.unique(pairs.group[queries]) for query_kind, queries in asks.items()}
        some = {
            query_kind: asks[query_kind] & np.isin(pairs.group, np.random.default_rng(0).permutation(each)[:MAX_HIDDEN])
            for query_kind, each in groups.items()
            if len(each) >= 2 * FOLDS
        }
        _warn_of_few({query_kind: len(each) for query_kind, each in groups.items()})
        if not some:
            return UNCALIBRATED, ()
        rows, queries = (pairs.x, pairs.y, pairs.weight), [np.flatnonzero(each) for each in some.values()]
        hidden = self.aligner.held_out_each(*rows, queries, folds=FOLDS, known=MAX_KNOWN, related=pairs.related_rows)
        found = tuple(
            summarise_folds(folds, query_kind=query_kind) for query_kind, folds in zip(some, hidden, strict=True)
        )
        first = pairs.first_rows(next(iter(some.values())))
        return Calibration.fit(hidden[0], self.aligner.transform_image(pairs.x[first])), found


def fit_pairs(
    pairs: Pairs,
    aligner: str | Aligner,
    *,
    mix: str = "bridge",
    weight_ratio: float | None = None,
    pairs_lr: float | None = None,
) -> FittedPairs:
    """The fit of `align_pairs` alone: neither validated nor calibrated.

    Takes and raises what `align_pairs` does.
    """
    fresh = _fresh(aligner)
    require_mix(mix, fresh, weight_ratio, pairs_lr, aligners.trained_names())
    if not pairs.group.any():
        raise InputError(
            "to align what an encoder sees with words",
            "one class or picture, which nothing can be told from",
            "pass two or more; where a classifier has one logit for two classes, give its last layer two rows",
        )
    bridge = Bridge.fit(pairs) if mix != "plain" and set(pairs.source) != {"head"} else None
    learnt = bridge.pairs(pairs) if bridge else pairs
    if weight_ratio is not None:
        learnt = learnt.weighted(weight_ratio)
    if mix == "sequential":
        fresh, learnt = sequential_aligner(cast(GradientAligner, fresh), learnt, pairs_lr)
    started = time.perf_counter()
    fresh.fit(learnt.x, learnt.y, learnt.weight, related=learnt.related_rows)
    return FittedPairs(fresh, learnt, bridge, time.perf_counter() - started)


def _warn_of_few(groups: dict[str, int]) -> None:
    """Says how far to trust a model of few classes; `groups` are what can be hidden, by what they are asked with."""
    query_kind = next((each for each, count in groups.items() if count >= 2 * FOLDS), None)
    if query_kind is None:
        log.warning(
            "too few classes or pictures to hide some (%d of %d): nothing estimates how well other names will work, "
            "probabilities are not calibrated, and `known` and `none_of_these` cannot be asked for",
            max(groups.values()),
            2 * FOLDS,
        )
    elif groups[query_kind] < MIN_ROWS:
        log.warning(
            "only %d classes or pictures could be hidden: estimates and probabilities are rough, and names of other "
            "things than these are hardly understood; captioned pictures (pairs=) help",
            groups[query_kind],
        )


def _fresh(aligner: str | Aligner) -> Aligner:
    """By name, or a clone, for the caller may align several models with one and the same object."""
    fresh: Aligner = aligners.registry[aligner]() if isinstance(aligner, str) else clone(aligner)
    return fresh


def _rows(pairs: Pairs) -> np.ndarray | None:
    """The head's rows among the pairs, one for each class, in order."""
    rows = pairs.first_rows(pairs.comes_from("head"))
    return unit(pairs.x[rows]).astype(np.float32) if len(rows) else None
