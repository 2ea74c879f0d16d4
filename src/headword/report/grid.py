"""A grid of texts that can be shown in Markdown and in HTML; each escapes what it must."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["Grid", "printable"]


def printable(text: str) -> str:
    """`text` with control characters made visible, so that a file's name cannot steer the terminal."""
    return "".join(
        each if each.isprintable() else f"\\x{ord(each):02x}" if ord(each) < 256 else "\N{REPLACEMENT CHARACTER}"
        for each in text
    )


@dataclass(frozen=True)
class Grid:
    """Texts in rows and columns.

    Attributes:
        title: What it shows.
        header: A name for each column.
        rows: The cells.
        numbers: Which columns hold numbers and are flushed right.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: Sequence[int] = ()

    def as_markdown(self) -> str:
        """For a README."""
        rule = tuple("---:" if column in self.numbers else "---" for column in range(len(self.header)))
        rows = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in (self.header, *self.rows)]
        return "\n".join(f"| {' | '.join(row)} |" for row in [rows[0], rule, *rows[1:]])

    def as_html(self) -> str:
        """For a page."""

        def line(tag: str, cells: Sequence[str]) -> str:
            marks = [' class="number"' if column in self.numbers else "" for column in range(len(cells))]
            scope = ' scope="col"' if tag == "th" else ""
            inside = (f"<{tag}{scope}{mark}>{escape(cell)}</{tag}>" for mark, cell in zip(marks, cells, strict=True))
            return f"<tr>{''.join(inside)}</tr>"

        body = "\n".join(line("td", row) for row in self.rows)
        return (
            f"<table>\n<caption>{escape(self.title)}</caption>\n<thead>{line('th', self.header)}</thead>\n"
            f"<tbody>\n{body}\n</tbody>\n</table>"
        )
