"""Pairs: rows of image space beside rows of text space, from heads, captions and class means."""

from __future__ import annotations

from headword.pairs.bridge import Bridge
from headword.pairs.controls import CONTROLS, control
from headword.pairs.pairs import Pairs

__all__ = ["CONTROLS", "Bridge", "Pairs", "control"]
