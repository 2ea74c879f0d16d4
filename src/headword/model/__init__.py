"""Aligned models: an image encoder and a text encoder that understand each other."""

from __future__ import annotations

from headword.model.aligned import AlignedModel
from headword.model.alignment import align, align_pairs
from headword.model.calibration import Calibration
from headword.model.predictions import Prediction, Predictions, Ranking
from headword.model.stream import ImageStream
from headword.model.validation import HeldOut, held_out_asks, held_out_classes

__all__ = [
    "AlignedModel",
    "Calibration",
    "HeldOut",
    "ImageStream",
    "Prediction",
    "Predictions",
    "Ranking",
    "align",
    "align_pairs",
    "held_out_asks",
    "held_out_classes",
]
