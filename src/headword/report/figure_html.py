"""A drawing with what belongs to it: a caption, its data as a table for those who do not see it, and as a file."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Sequence
from html import escape
from typing import Any

from headword.report.grid import Grid

__all__ = ["csv_link", "figure", "scrolled"]

SHOWN = 200
"""Rows of a table on the page; the file has all."""


def figure(
    drawing: str, caption: str, header: Sequence[str], rows: Sequence[Sequence[Any]], file: str, *, table: bool = True
) -> str:
    """The drawing with caption, file and table.

    Args:
        drawing: SVG.
        caption: In words.
        header: Of the data.
        rows: The data.
        file: What the file is called, without suffix.
        table: Add the table; it is not needed where one stands beside.
    """
    link = csv_link(header, rows, file)
    inside = f"{drawing}\n<figcaption>{escape(caption)} {link}</figcaption>\n"
    if table:
        summary = escape(f"The same as a table: {file}")
        inside += f"<details><summary>{summary}</summary>\n{_table(caption, header, rows)}\n</details>\n"
    return f'<figure class="plot">\n{inside}</figure>'


def _table(caption: str, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    shown = rows[:SHOWN]
    title = caption if len(shown) == len(rows) else f"{caption} The first {SHOWN} of {len(rows):,} rows."
    numbers = [place for place in range(len(header)) if all(isinstance(row[place], int | float) for row in shown)]
    return scrolled(Grid(title, tuple(header), tuple(tuple(map(_said, row)) for row in shown), numbers))


def scrolled(grid: Grid) -> str:
    """A table that scrolls by itself where the screen is narrow, by keyboard too."""
    return (
        f'<div class="scroll" role="region" aria-label="{escape(grid.title)}" tabindex="0">\n{grid.as_html()}\n</div>'
    )


def csv_link(header: Sequence[str], rows: Sequence[Sequence[Any]], file: str) -> str:
    """A link that saves the data as a CSV file, which is inside the page."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([header, *rows])
    data = base64.b64encode(out.getvalue().encode("utf-8", "surrogatepass")).decode()
    name = re.sub(r"\W+", "-", file) + ".csv"
    return f'<a download="{escape(name)}" href="data:text/csv;base64,{data}">{escape(name)}</a>'


def _said(value: Any) -> str:
    return "–" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
