"""Lexicons: senses and definitions of words, and which class is a kind of which."""

from __future__ import annotations

from headword.lexicon.base import Lexicon, Sense
from headword.lexicon.hierarchy import Hierarchy, related_classes
from headword.lexicon.sources import open_lexicon

__all__ = ["Hierarchy", "Lexicon", "Sense", "open_lexicon", "related_classes"]
