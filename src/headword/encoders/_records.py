"""Classes as a model's own record names them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from headword.labels import imagenet
from headword.labels.label_set import LabelSet

__all__ = ["from_config", "recognised"]


def from_config(index: Mapping[Any, Any], name: str) -> LabelSet | None:
    """The classes of a Hugging Face `id2label`; `None` where they are placeholders, "LABEL_0" and so on."""
    if all(re.fullmatch(r"LABEL_\d+", str(label)) for label in index.values()):
        return None
    return recognised(LabelSet.from_id2label(index, name=name))


def recognised(found: LabelSet) -> LabelSet:
    """The known set that `found` spells out, for its synset ids and definitions; else `found` itself.

    It is the known set only where every row agrees: it holds one of the row's known names, or all words of
    one ("crane bird" for "crane", as torchvision tells its two cranes apart).
    """
    for name in imagenet.of_width(len(found)):
        known = LabelSet.named(name)
        if all(map(_agree, found.synonyms, known.synonyms)):
            return known
    return found


def _agree(names: tuple[str, ...], known: tuple[str, ...]) -> bool:
    named = [set(each.casefold().split()) for each in names]
    return any(set(each.casefold().split()) <= words for each in known for words in named)
