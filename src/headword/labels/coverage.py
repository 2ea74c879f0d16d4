"""What to know of a label set before trusting its names: repeats, ambiguity, missing definitions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import asdict, dataclass
from textwrap import shorten
from typing import Any

from headword.labels.label_set import LabelSet

__all__ = ["LabelReport", "SharedName", "label_report"]

_SHOWN = 5


@dataclass(frozen=True)
class SharedName:
    """A name that stands for several rows.

    Attributes:
        name: The name, as the first of the rows spells it.
        rows: The rows whose usual name it is, apart from case.
        ids: Their ids.
        definitions: Their definitions.
        told_apart: Whether all of them have a definition and no two share one.
    """

    name: str
    rows: tuple[int, ...]
    ids: tuple[str, ...]
    definitions: tuple[str | None, ...]
    told_apart: bool


@dataclass(frozen=True)
class LabelReport:
    """Coverage of a label set; `str()` is for reading, `as_dict()` for JSON.

    Attributes:
        name: What the set is called.
        version: Hash of its content.
        rows: Number of classes.
        unique_names: Number of different usual names, apart from case.
        with_definition: Rows that have a definition.
        with_synonyms: Rows that have more than one name.
        repeated: Usual names that stand for several rows: "crane", "maillot".
        identical: Lists of names, synonyms included, that several rows share word for word.
        ambiguous: Every name, usual or not, that stands for several rows, in lower case: "panther".
        undefined: Rows without a definition.
    """

    name: str
    version: str
    rows: int
    unique_names: int
    with_definition: int
    with_synonyms: int
    repeated: tuple[SharedName, ...]
    identical: int
    ambiguous: tuple[str, ...]
    undefined: tuple[int, ...]

    def as_dict(self) -> dict[str, Any]:
        """The fields as plain dicts, tuples, strings and numbers, ready for `json.dumps`."""
        return asdict(self)

    def __str__(self) -> str:
        untold = [each for each in self.repeated if not each.told_apart]
        lines = [
            f"{self.name}: {self.rows:,} classes (version {self.version})",
            f"  different names      {self.unique_names:,}",
            f"  with definition      {self.with_definition:,} ({self.with_definition / self.rows:.0%})",
            f"  with synonyms        {self.with_synonyms:,}",
            f"  repeated names       {len(self.repeated):,} ({len(untold):,} not told apart by definition)",
            f"  repeated name lists  {self.identical:,}",
            f"  ambiguous names      {len(self.ambiguous):,}{_examples(self.ambiguous)}",
        ]
        for shared in (untold + [each for each in self.repeated if each.told_apart])[:_SHOWN]:
            lines.append(f"  {shared.name!r} is {len(shared.rows)} classes:")
            lines += [
                f"    row {row}, {key}: {shorten(definition or '(no definition)', 80)}"
                for row, key, definition in zip(shared.rows, shared.ids, shared.definitions, strict=True)
            ]
        return "\n".join(lines)


def _examples(names: tuple[str, ...]) -> str:
    return f": {', '.join(names[:_SHOWN])}{', …' if len(names) > _SHOWN else ''}" if names else ""


def label_report(labels: LabelSet) -> LabelReport:
    """What to know of a label set before trusting its names: repeats, ambiguity, gaps.

    Args:
        labels: Any label set.
    """
    usual = _rows_by((names[0].casefold(), row) for row, names in enumerate(labels.synonyms))
    anywhere = _rows_by(
        (name, row) for row, names in enumerate(labels.synonyms) for name in {each.casefold() for each in names}
    )
    throughout = _rows_by((names, row) for row, names in enumerate(labels.synonyms))
    return LabelReport(
        name=labels.name,
        version=labels.version,
        rows=len(labels),
        unique_names=len(usual),
        with_definition=sum(each is not None for each in labels.definitions),
        with_synonyms=sum(len(each) > 1 for each in labels.synonyms),
        repeated=tuple(_shared(labels, rows) for rows in usual.values() if len(rows) > 1),
        identical=sum(len(rows) > 1 for rows in throughout.values()),
        ambiguous=tuple(str(name) for name, rows in anywhere.items() if len(rows) > 1),
        undefined=tuple(row for row, each in enumerate(labels.definitions) if each is None),
    )


def _rows_by(pairs: Iterable[tuple[Hashable, int]]) -> dict[Hashable, list[int]]:
    found = defaultdict(list)
    for key, row in pairs:
        found[key].append(row)
    return found


def _shared(labels: LabelSet, rows: list[int]) -> SharedName:
    definitions = tuple(labels.definitions[row] for row in rows)
    told_apart = None not in definitions and len(set(definitions)) == len(rows)
    return SharedName(
        labels.names[rows[0]], tuple(rows), tuple(labels.ids[row] for row in rows), definitions, told_apart
    )
