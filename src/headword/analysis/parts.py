"""The parts of a study: what each measures on a subject, and what it lacks where it does not apply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from headword.analysis.cka import FEWEST as FEWEST_CLASSES
from headword.analysis.cka import cka
from headword.analysis.cosine_head import cosine_head
from headword.analysis.finding import Finding
from headword.analysis.gap import Gap, gap
from headword.analysis.hubness import Hubness, hubness
from headword.analysis.image_means import means_against_text
from headword.analysis.naming import FEWEST as FEWEST_NAMES
from headword.analysis.naming import badly_named
from headword.analysis.neighbours import mutual_neighbours, neighbourhoods
from headword.analysis.separability import FEWEST as FEWEST_KIND
from headword.analysis.subject import Subject
from headword.arrays import unit

__all__ = ["PARTS", "Hubs", "KindsGap", "Settings", "missing"]

LEARNT = "learnt names"
"""Names as a model maps them that learnt from them; others it maps less closely."""

COUNTS = (1, 2, 3, 5, 10, 20, 50)
FEWEST_MEANS = 10
"""Classes with pictures; fewer say nothing of the others."""

ALONE = 100
"""From so many classes on, means of pictures have their neighbours among themselves."""

GAP_ROWS = 4_000
"""Rows of a kind that a gap is measured on; of more, so many are drawn at random."""


@dataclass(frozen=True)
class KindsGap(Finding):
    """The gap between two kinds.

    Attributes:
        kinds: Names of both kinds.
        space: "image", the classifier's own, or "shared", the model's.
        rows_of: How many rows of each kind there were; `gap.rows` says how many of them were drawn.
        gap: The gap between them.
    """

    kinds: tuple[str, str]
    space: str
    rows_of: tuple[int, int]
    gap: Gap


@dataclass(frozen=True)
class Hubs(Finding):
    """Hubness of one kind as neighbours of another.

    Attributes:
        kind: Whose rows are neighbours.
        of: Whose neighbours they are.
        names: Names of the largest hubs.
        hubness: How unevenly those rows are neighbours.
    """

    kind: str
    of: str
    names: tuple[str, ...]
    hubness: Hubness


@dataclass(frozen=True)
class Settings:
    """What all parts are measured with."""

    ks: tuple[int, ...]
    permutations: int
    gap_permutations: int
    seed: int


def missing(subject: Subject, part: str) -> tuple[str, str] | None:
    """What a part lacks and what to do about it; `None` where it applies."""
    own = _own(subject)[1]
    labelled = "pass --data, pictures of classes that the head has"
    if part in ("neighbours", "cka", "hubness") and len(subject.head) < FEWEST_CLASSES:
        return f"{len(subject.head)} classes", f"it takes {FEWEST_CLASSES}"
    if part == "gap" and not _kinds(subject):
        do = "pass a saved model (headword align … -o FOLDER), or pictures with --data"
        return f"neither a model nor {FEWEST_KIND} pictures, so that nothing shares a space with prototypes", do
    if part == "names" and len(subject.head) < FEWEST_NAMES:
        return f"{len(subject.head)} classes", f"it takes {FEWEST_NAMES}"
    if part == "picture-means" and len(np.unique(own)) < FEWEST_MEANS:
        return f"pictures of {len(np.unique(own))} of the head's classes, and it takes {FEWEST_MEANS}", labelled
    if part == "cosine-head" and len(own) < 2:
        return "no pictures of the head's own classes", labelled
    return None


def _kinds(subject: Subject) -> list[tuple[tuple[str, str], str, np.ndarray, np.ndarray, bool]]:
    """Each two kinds that share a space, the space, their rows, and whether those are paired."""
    out = []
    if subject.images is not None:
        rows = subject.head.weight, subject.images.vectors
        out.append((("prototypes", "pictures"), "image", *rows, False))
    if subject.shared is not None:
        out.append((("prototypes", LEARNT), "shared", *subject.shared, True))
    if subject.shared is not None and subject.images is not None and subject.images.shared is not None:
        out.append((("pictures", LEARNT), "shared", subject.images.shared, subject.shared[1], False))
    return [each for each in out if min(len(each[2]), len(each[3])) >= FEWEST_KIND]


def _neighbours(subject: Subject, settings: Settings) -> dict[str, Any]:
    rows, names = subject.head.prototypes, subject.names
    found = mutual_neighbours(rows, names, settings.ks, permutations=settings.permutations, seed=settings.seed)
    by_name = neighbourhoods(rows, names, subject.head.labels.names, max(settings.ks))
    return {"neighbours": found, "neighbourhoods": by_name}


def _cka(subject: Subject, settings: Settings) -> dict[str, Any]:
    rows = subject.head.prototypes
    return {"cka": cka(rows, subject.names, permutations=settings.permutations, seed=settings.seed)}


def _gap(subject: Subject, settings: Settings) -> dict[str, Any]:
    rng, found = np.random.default_rng(settings.seed), []
    for kinds, space, one, other, paired in _kinds(subject):
        a = _rows_measured(len(one), rng)
        b = a if paired else _rows_measured(len(other), rng)
        measured = gap(one[a], other[b], paired=paired, permutations=settings.gap_permutations, seed=settings.seed)
        found.append(KindsGap(kinds, space, (len(one), len(other)), measured))
    return {"gap": tuple(found)}


def _rows_measured(n: int, rng: np.random.Generator) -> np.ndarray:
    """Rows to measure on: all, or `GAP_ROWS` at random."""
    return np.arange(n) if n <= GAP_ROWS else np.sort(rng.choice(n, GAP_ROWS, replace=False))


def _hubness(subject: Subject, settings: Settings) -> dict[str, Any]:
    asked: list[tuple[str, str, np.ndarray, np.ndarray | None]] = [
        ("prototypes", "prototypes", subject.head.prototypes, None),
        ("names", "names", subject.names, None),
    ]
    if subject.shared is not None:
        asked.append((LEARNT, "prototypes", subject.shared[1], subject.shared[0]))
        if subject.images is not None and subject.images.shared is not None:
            asked.append((LEARNT, "pictures", subject.shared[1], subject.images.shared))
    found = []
    for kind, of, rows, queries in asked:
        each = hubness(rows, queries, k=max(settings.ks), permutations=settings.permutations, seed=settings.seed)
        found.append(Hubs(kind, of, tuple(subject.head.labels.names[row] for row in each.hubs), each))
    return {"hubness": tuple(found)}


def _names(subject: Subject, settings: Settings) -> dict[str, Any]:
    return {"names": badly_named(subject.pairs, subject.head.labels.names, seed=settings.seed)}


def _image_means(subject: Subject, settings: Settings) -> dict[str, Any]:
    """Means among themselves where classes are many; else among all prototypes, each kind less its own mean."""
    vectors, rows = _own(subject)
    images = unit(vectors)
    prototypes = subject.head.prototypes
    sizes = np.bincount(rows)
    counts = [n for n in COUNTS if n == 1 or (sizes >= n).sum() >= max(FEWEST_MEANS, (sizes > 0).sum() / 2)]
    few = (sizes >= max(counts)).sum() < ALONE
    if few:
        images, prototypes = (unit(each - each.mean(axis=0)) for each in (images, prototypes))
    found = means_against_text(
        images, rows, prototypes, subject.names, counts=counts, k=max(settings.ks), among_prototypes=bool(few),
        permutations=settings.permutations, seed=settings.seed,
    )  # fmt: skip
    return {"image_means": found}


def _cosine_head(subject: Subject, settings: Settings) -> dict[str, Any]:
    return {"cosine_head": cosine_head(subject.head, *_own(subject))}


def _own(subject: Subject) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of the head's own classes, and the row of each."""
    found = subject.images
    if found is None:
        return np.zeros((0, subject.head.dim), dtype=np.float32), np.zeros(0, dtype=np.int64)
    return found.vectors[found.rows >= 0], found.rows[found.rows >= 0]


PARTS: dict[str, Callable[[Subject, Settings], dict[str, Any]]] = {
    "neighbours": _neighbours,
    "cka": _cka,
    "gap": _gap,
    "hubness": _hubness,
    "names": _names,
    "picture-means": _image_means,
    "cosine-head": _cosine_head,
}
"""Every part by its name, in the order of a study."""
