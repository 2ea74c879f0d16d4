"""Which classes are a kind of which: "poodle" of "dog", and of "animal".

A picture of the one may well be a picture of the other, so that an aligner that learns from wrong pairs must not take
their pair for one. ImageNet-1k was chosen to have no such classes, and has none; of the 21,841 of ImageNet-21k, 101,822
pairs are so related, of ImageNet-12k's 43,162. They are known where WordNet 3.0 is on the machine, in whose bytes
ImageNet's ids count; elsewhere, and for classes of one's own, a mapping says it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import numpy as np
from jaxtyping import Int64

from headword.errors import InputError
from headword.lexicon.wordnet import find_parents

__all__ = ["Hierarchy", "related_classes"]

Hierarchy = Mapping[str, str | Sequence[str]] | Literal["auto"] | None
"""Ids of classes to what they are a kind of, one id or several; "auto" asks WordNet."""


def related_classes(ids: Sequence[str], hierarchy: Hierarchy = "auto") -> Int64[np.ndarray, "r 2"]:
    """Pairs of classes of which the first is a kind of the second, at any remove.

    Args:
        ids: Of the classes; where they were not given, they are the names.
        hierarchy: "auto" reads what is above each wnid from the WordNet 3.0 of this machine, if it has one; a mapping
            from id to the id (or ids) right above it, which need not be classes themselves; `None` knows of none.

    Raises:
        InputError: No mapping, or one that speaks of none of the classes.
    """
    if hierarchy is None:
        return np.zeros((0, 2), dtype=np.int64)
    if isinstance(hierarchy, str):
        if hierarchy != "auto":
            raise InputError("which classes are a kind of which", repr(hierarchy), _DO)
        wnids = [each for each in ids if re.fullmatch(r"n\d{8}", each)]
        parents = find_parents(wnids) if wnids else {}
    else:
        parents = _checked(hierarchy, ids)
    row = {key: place for place, key in enumerate(ids)}
    found = [(row[key], row[above]) for key in ids for above in _above(key, parents) if above in row]
    return np.array(found, dtype=np.int64).reshape(-1, 2)


_DO = "pass 'auto', None, or a mapping from the id of a class to what it is a kind of: {'poodle': 'dog'}"


def _checked(hierarchy: Mapping[str, str | Sequence[str]], ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    if not isinstance(hierarchy, Mapping):
        raise InputError("which classes are a kind of which", f"a {type(hierarchy).__name__}", _DO)
    parents: dict[str, tuple[str, ...]] = {}
    for key, above in hierarchy.items():
        parents[key] = (above,) if isinstance(above, str) or not isinstance(above, Iterable) else tuple(above)
        if not all(isinstance(each, str) for each in parents[key]):
            raise InputError(
                f"what {key!r} is a kind of", repr(above), "pass ids as text; leave out what is at the top"
            )
    if parents and parents.keys().isdisjoint(ids):
        raise InputError(
            f"what {len(ids)} classes are a kind of",
            f"a mapping of {len(parents)} others: {next(iter(parents))!r:.40}, where ids are such as {ids[0]!r:.40}",
            "let its keys be ids of the classes",
        )
    return parents


def _above(key: str, parents: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Everything above, each once; a circle ends where it began."""
    seen, ahead = {key}, list(parents.get(key, ()))
    while ahead:
        each = ahead.pop()
        if each not in seen:
            seen.add(each)
            yield each
            ahead.extend(parents.get(each, ()))
