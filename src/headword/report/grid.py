"""A grid of texts that can be shown in a terminal, in Markdown and in HTML; each escapes what it must."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

__all__ = ["Grid", "printable"]

GAP = 2
"""Blanks between columns."""


def printable(text: str) -> str:
    """`text` with control characters made visible, so that a file's name cannot steer the terminal."""
    return "".join(
        each if each.isprintable() else f"\\x{ord(each):02x}" if ord(each) < 256 else "\N{REPLACEMENT CHARACTER}"
        for each in text
    )


@dataclass(frozen=True)
class Grid:
    """Texts in rows and columns; rich prints it as a table.

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

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.box import SIMPLE_HEAD
        from rich.table import Table
        from rich.text import Text

        yield Text(printable(self.title), style="bold")
        columns = [[printable(cell) for cell in cells] for cells in zip(self.header, *self.rows, strict=True)]
        # A path may be broken, a word or a figure with its ± not: where there is no room, each row becomes lines.
        words = [
            max(map(len, [*name.split(), *(cells if column in self.numbers else " ".join(cells).split())]), default=0)
            for column, (name, *cells) in enumerate(columns)
        ]
        least = [min(word, options.max_width // 3) for word in words]
        if sum(least) + GAP * (len(least) + 1) > options.max_width:
            yield ""
            for row in zip(*(cells[1:] for cells in columns), strict=True):
                named = zip(self.header, row, strict=True)
                yield from (Text(f"{printable(name)}: {cell}".removeprefix(": ")) for name, cell in named if cell)
                yield ""
            return
        table = Table(box=SIMPLE_HEAD, collapse_padding=True)
        for column, (name, *cells) in enumerate(columns):
            justify: Literal["left", "right"] = "right" if column in self.numbers else "left"
            # A column of single words has nothing to give.
            firm = least[column] == max(map(len, (name, *cells)))
            table.add_column(Text(name), justify=justify, overflow="fold", min_width=least[column], no_wrap=firm)
        for row in self.rows:
            table.add_row(*(Text(printable(cell)) for cell in row))
        yield table

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
