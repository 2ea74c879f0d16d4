"""Results as grids for people, and as CSV."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING

from headword.report.formats import csv_text, format_value, percent
from headword.report.grid import Grid, printable

if TYPE_CHECKING:
    from headword.images.reading import BadImage, Source
    from headword.labels.coverage import LabelReport
    from headword.model.predictions import Prediction, Predictions
    from headword.model.validation import HeldOut

__all__ = ["bad_lines", "held_out_grid", "label_grids", "predictions_csv", "predictions_grid"]


def held_out_grid(found: Sequence[tuple[str, HeldOut]]) -> Grid:
    """What held-out-class validation found for aligners by name, with chance as the last row."""
    rows = [
        (
            name, each.query_kind, f"{each.classes:,}", f"{each.candidates:.0f}", format_value(each.top1, each.top1_sd),
            format_value(each.top5, each.top5_sd), f"{each.median_rank:g}",
        )
        for name, each in found
    ]  # fmt: skip
    chances = dict.fromkeys((each.candidates, each.chance1, each.chance5) for _, each in found)
    rows += [
        ("chance", "", "", f"{among:.0f}", format_value(one), format_value(five), f"{(among + 1) / 2:g}")
        for among, one, five in chances
    ]
    header = ("aligner", "asked with", "hidden", "among", "found first", "in the first five", "median rank")
    return Grid("Held-out classes (± sd over parts)", header, tuple(rows), range(2, 7))


def predictions_grid(found: Predictions) -> Grid:
    """A row for each picture: its best label with the probability, and the others."""
    folder = _common_folder([each.id for each in found])
    several = any(len(each.labels) > 1 for each in found)
    header = ("picture", "label", "probability", "then")[: 4 if several else 3]
    rows = [
        (os.path.relpath(each.id, folder) if folder else each.id, each.label, percent(each.probability), _others(each))
        for each in found
    ]
    count = "1 picture" if len(found) == 1 else f"{len(found):,} pictures"
    title = f"{count} in {folder}" if folder else count
    return Grid(title, header, tuple(row[: len(header)] for row in rows), (2,))


def _others(each: Prediction) -> str:
    rest = zip(each.labels[1:], each.probabilities[1:], strict=True)
    return ", ".join(f"{label} {percent(score)}" for label, score in rest)


def _common_folder(ids: Sequence[str]) -> str:
    folders = [Path(each).parent for each in ids]
    if len({each.anchor for each in folders}) != 1:  # relative and absolute ones, or two drives of Windows
        return ""
    common = os.path.commonpath(folders)
    return "" if common in ("", ".", "/") else common


def predictions_csv(found: Predictions) -> str:
    """A line for each label of each picture, with a header."""
    rows = (
        (each.id, rank, label, f"{probability:.6g}", f"{score:.6g}")
        for each in found
        for rank, (label, probability, score) in enumerate(
            zip(each.labels, each.probabilities, each.scores, strict=True), 1
        )
    )
    return csv_text([("picture", "rank", "label", "probability", "score"), *rows]).removesuffix("\n")


def bad_lines(bad: Sequence[BadImage] | Sequence[Source]) -> list[str]:
    """Pictures that could not be read, or not be found, each with its reason."""
    reasons = [(each.id, getattr(each, "reason", None) or getattr(each, "problem", None)) for each in bad]
    return [f"{printable(name)}: {reason}" for name, reason in reasons]


def label_grids(report: LabelReport, limit: int | None = None) -> list[Grid]:
    """The counts of a label set, and its repeated names, those first that no definition tells apart.

    Args:
        report: What `label_report` gives.
        limit: How many repeated names to show; all where `None`.
    """
    repeated = sorted(report.repeated, key=lambda each: each.told_apart)
    counts = (
        ("classes", report.rows),
        ("different names", report.unique_names),
        ("with a definition", report.with_definition),
        ("with synonyms", report.with_synonyms),
        ("names of several classes", len(repeated)),
        ("… not told apart by definition", sum(not each.told_apart for each in repeated)),
        ("rows' names repeated as a whole", report.identical),
        ("ambiguous names and synonyms", len(report.ambiguous)),
    )
    cells = tuple((what, f"{count:,}") for what, count in counts)
    summary = Grid(f"{report.name} (version {report.version})", ("", "number"), cells, (1,))
    rows = tuple(
        ("" if place else shared.name, f"{row:,}", key, shorten(definition or "(no definition)", 100))
        for shared in repeated[:limit]
        for place, (row, key, definition) in enumerate(zip(shared.rows, shared.ids, shared.definitions, strict=True))
    )
    shown = min(len(repeated), limit or len(repeated))
    title = f"Names of several classes ({shown:,} of {len(repeated):,})"
    return [summary, *([Grid(title, ("name", "row", "id", "definition"), rows, (1,))] if rows else [])]
