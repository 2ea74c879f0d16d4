"""A drawing with what belongs to it: a caption, its data as a table for those who do not see it, and as a file."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from headword.report.formats import csv_text
from headword.report.grid import Grid
from headword.report.rendering import render

__all__ = ["figure", "saved_table"]

MOST_ROWS = 200
"""Rows of a table on the page; the file has all."""

Rows = Sequence[Sequence[Any]]


def figure(
    drawing: Markup, caption: str, header: Sequence[str], rows: Rows, name: str, *, above: Grid | None = None
) -> Markup:
    """The drawing with caption, file and table.

    Args:
        drawing: SVG.
        caption: In words.
        header: Of the data.
        rows: The data.
        name: What they are called.
        above: A table that stands above the drawing; without one, the data follow it as a table.
    """
    table = None if above else _data_table(caption, header, rows)
    file = _csv_file(header, rows, name)
    return render("figure.html", drawing=drawing, caption=caption, name=name, file=file, above=above, table=table)


def saved_table(grid: Grid, header: Sequence[str], rows: Rows, name: str) -> Markup:
    """A table with a link to a file of its data."""
    return render("saved_table.html", grid=grid, file=_csv_file(header, rows, name))


def _data_table(caption: str, header: Sequence[str], rows: Rows) -> Grid:
    shown = rows[:MOST_ROWS]
    title = caption if len(shown) == len(rows) else f"{caption} The first {MOST_ROWS} of {len(rows):,} rows."
    numbers = [place for place in range(len(header)) if all(isinstance(row[place], int | float) for row in shown)]
    return Grid(title, tuple(header), tuple(tuple(map(_cell, row)) for row in shown), numbers)


def _cell(value: Any) -> str:
    return "–" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


class _File(NamedTuple):
    """A file inside the page: what it is called when saved, and its content as a `data:` address."""

    name: str
    address: str


def _csv_file(header: Sequence[str], rows: Rows, name: str) -> _File:
    data = base64.b64encode(csv_text([header, *rows]).encode("utf-8", "surrogatepass")).decode()
    return _File(re.sub(r"\W+", "-", name) + ".csv", f"data:text/csv;base64,{data}")
