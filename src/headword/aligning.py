"""`align`: from a classifier and a text encoder to an open-vocabulary model, in one call."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import clone

from headword import aligners
from headword.aligners.base import Aligner
from headword.calibrate import UNCALIBRATED, Calibration
from headword.encoders import load_image_encoder, load_text_encoder
from headword.encoders.base import ImageEncoder, TextEncoder
from headword.labels import LabelSet
from headword.lexicon import Lexicon
from headword.model import AlignedModel
from headword.pairs import Pairs
from headword.validate import HeldOut, summarise

if TYPE_CHECKING:
    from torch import nn

__all__ = ["align", "align_pairs"]

FOLDS = 5


def align(
    image_encoder: str | Path | ImageEncoder | nn.Module,
    text: str | Path | TextEncoder = "bundled/all-minilm-l6-v2",
    aligner: str | Aligner = "kernel-ridge",
    labels: LabelSet | Sequence[str] | str | Path | None = None,
    definitions: Lexicon | Mapping[str, str] | str | os.PathLike[str] | bool | None = "auto",
    *,
    device: str = "auto",
    show_progress: bool | None = None,
) -> AlignedModel:
    """Turns a trained classifier into an open-vocabulary model; no picture is needed.

    Args:
        image_encoder: A classifier: a name, a local folder, a module of one's own, or a loaded encoder.
        text: A text encoder: a name, a local folder, or a loaded one.
        aligner: The name of an aligner (`headword ls`), or one with parameters of one's own.
        labels: The classifier's classes in the order of its rows, where its own record does not tell them.
        definitions: Where classes without a definition find one (see `Pairs.from_head`); `None` uses names only.
        device: Where encoders given by name run: "auto", "cpu", "cuda", "mps".
        show_progress: Bars on stderr; `None` shows them on a terminal only.

    Returns:
        A calibrated model; `model.validation` estimates how well unseen names will work.

    Raises:
        HeadMismatch: The classifier does not end in a linear layer over an embedding.
        LabelMismatch: Its classes cannot be told, or `labels` has another number.
    """
    options = {"device": device} if device != "auto" else {}
    seeing = load_image_encoder(image_encoder, **({} if isinstance(image_encoder, ImageEncoder) else options))
    reading = load_text_encoder(text, **({} if isinstance(text, TextEncoder) else options))
    head = seeing.head(labels)
    pairs = Pairs.from_head(head, reading, definitions=definitions, show_progress=show_progress)
    return align_pairs(seeing, reading, pairs, aligner, head.labels)


def align_pairs(
    image_encoder: ImageEncoder,
    text_encoder: TextEncoder,
    pairs: Pairs,
    aligner: str | Aligner = "kernel-ridge",
    labels: LabelSet | None = None,
) -> AlignedModel:
    """Fits an aligner on pairs, validates it on held-out classes and calibrates it.

    Args:
        image_encoder: Gave the image side of the pairs.
        text_encoder: Gave the text side.
        pairs: What to learn from.
        aligner: A name, or an aligner with parameters of one's own.
        labels: The classes of the pairs, to be kept with the model.
    """
    # A clone, for the caller may align several models with one and the same object.
    fresh: Aligner = aligners.registry[aligner]() if isinstance(aligner, str) else clone(aligner)
    fitted = fresh.fit(pairs.x, pairs.y, pairs.weight)
    calibration, validation = UNCALIBRATED, tuple[HeldOut, ...]()
    if pairs.group.max() + 1 >= 2 * FOLDS:
        calibration, validation = _judge(fitted, pairs)
    return AlignedModel(image_encoder, text_encoder, fitted, calibration, validation=validation, labels=labels)


def _judge(aligner: Aligner, pairs: Pairs) -> tuple[Calibration, tuple[HeldOut, ...]]:
    names = np.flatnonzero(pairs.is_name)
    by_name = aligner.held_out(pairs.x, pairs.y, pairs.weight, folds=FOLDS, queries=names)
    found = [summarise(by_name, asked_with="names")]
    if len(names) < len(pairs):
        by_all = aligner.held_out(pairs.x, pairs.y, pairs.weight, folds=FOLDS)
        found.append(summarise(by_all, asked_with="all texts"))
    background = aligner.transform_text(pairs.y[names], np.unique(pairs.group[names], return_inverse=True)[1])
    return Calibration.fit(by_name, background), tuple(found)
