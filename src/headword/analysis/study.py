"""`study`: every analysis that applies to a head, a model and pictures, each with its N, chance and null.

| part | compares | needs |
|---|---|---|
| neighbours | who is near whom, among prototypes and among names | a head |
| cka | all similarities at once, of prototypes and of names | a head |
| gap | the clouds of prototypes, names and pictures | a model, or pictures |
| hubness | rows that are everybody's neighbour | a head |
| names | each row with what it is called | 50 classes |
| picture-means | names with means of n pictures, and with prototypes | pictures of 10 of its classes |
| cosine-head | the head with its prototypes, on pictures | pictures of its classes |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from headword._progress import progress_bar
from headword._repr import short_repr
from headword.analysis.cosine_head import CosineHead
from headword.analysis.image_means import MeansCurve
from headword.analysis.naming import Naming
from headword.analysis.neighbours import Neighbourhood
from headword.analysis.nulls import Similarity, require_permutations
from headword.analysis.parts import PARTS, Hubs, KindsGap, Settings, missing
from headword.analysis.subject import Subject
from headword.errors import InputError

__all__ = ["Study", "study"]

KS = (3, 5, 10)
MANY, FEWER, USUAL = 5_000, 20, 200
"""Beyond so many classes so few permutations, else the usual number: with them a null narrows too."""

GAP_PERMUTATIONS = 10_000


@dataclass(frozen=True)
class Study:
    """What was found; a part that was not asked for, or does not apply, is empty.

    Attributes:
        classes: Rows of the head.
        neighbours: Mutual and cycle k-NN of prototypes with names.
        neighbourhoods: Every row's neighbours in both spaces, those that agree most first.
        cka: Biased, unbiased and off-diagonal, of prototypes with names.
        gap: Between each two kinds that share a space.
        hubness: How unevenly rows of each kind are neighbours.
        names: How well rows are named.
        image_means: Names with means of n pictures, and with prototypes.
        cosine_head: The head with and without lengths and bias.
        left_out: Parts that do not apply, with the reason.
    """

    classes: int
    neighbours: tuple[Similarity, ...] = ()
    neighbourhoods: tuple[Neighbourhood, ...] = ()
    cka: tuple[Similarity, ...] = ()
    gap: tuple[KindsGap, ...] = ()
    hubness: tuple[Hubs, ...] = ()
    names: Naming | None = None
    image_means: MeansCurve | None = None
    cosine_head: CosineHead | None = None
    left_out: tuple[tuple[str, str], ...] = ()

    __repr__ = short_repr

    def as_dict(self, most: int | None = None) -> dict[str, Any]:
        """For JSON.

        Args:
            most: How many rows to give by name, and neighbourhoods from either end; all where `None`.
        """
        found = self
        if most is not None and self.names is not None:
            found = replace(found, names=replace(self.names, rows=self.names.rows[:most]))
        if most is not None and len(self.neighbourhoods) > 2 * most:
            found = replace(found, neighbourhoods=self.neighbourhoods[:most] + self.neighbourhoods[-most:])
        out = {each.name: _plain(getattr(found, each.name)) for each in fields(found)}
        return {**out, "left_out": dict(self.left_out)}


def study(
    subject: Subject,
    what: Sequence[str] | None = None,
    *,
    ks: Sequence[int] | None = None,
    permutations: int | None = None,
    seed: int = 0,
    show_progress: bool | None = None,
) -> Study:
    """Runs analyses.

    Args:
        subject: What is analysed.
        what: Parts, of `PARTS`; where `None` all that apply, and `left_out` says why the others do not.
        ks: Numbers of neighbours; 3, 5 and 10 where `None`, as far as the classes reach.
        permutations: How often every null permutes; where `None` 10,000 times for the centroid test, and 200 for the
            others, 20 beyond 5,000 classes.
        seed: Decides permutations and draws.
        show_progress: A bar on stderr; `None` shows it on a terminal only.

    Raises:
        InputError: No such part, one that was asked for and does not apply, or settings that do not.
    """
    if what is not None and (strangers := [each for each in what if each not in PARTS]):
        raise InputError(f"the analysis {strangers[0]!r}", "no such part", f"choose of {', '.join(PARTS)}")
    n = len(subject.head)
    usual = USUAL if n <= MANY else FEWER
    found = tuple(k for k in KS if k < n) if ks is None else tuple(ks)
    settings = Settings(found, permutations or usual, permutations or GAP_PERMUTATIONS, seed)
    require_permutations(usual if permutations is None else permutations)
    absent = {part: why for part in PARTS if (why := missing(subject, part))}
    for part in what or ():
        if part in absent:
            raise InputError(f"the analysis {part!r}", *absent[part])
    parts = [part for part in PARTS if (part in what if what is not None else part not in absent)]
    out: dict[str, Any] = {}
    with progress_bar(parts, show=show_progress, unit="part") as bar:
        for part in bar:
            bar.set_description(part)
            out |= PARTS[part](subject, settings)
    left_out = tuple((part, found) for part, (found, _) in absent.items()) if what is None else ()
    return Study(n, **out, left_out=left_out)


def _plain(value: Any) -> Any:
    """A field for JSON."""
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value.as_dict() if hasattr(value, "as_dict") else value
