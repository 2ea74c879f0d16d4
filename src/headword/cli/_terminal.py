"""Grids as tables in a terminal, where foreign text must not steer it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from headword.report.grid import Grid, printable

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

__all__ = ["TerminalGrid"]

GAP = 2
"""Blanks between columns."""


class TerminalGrid:
    """A grid that rich prints as a table; where there is no room for its words, each row becomes lines.

    Args:
        grid: The texts.
    """

    def __init__(self, grid: Grid) -> None:
        self.grid = grid

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.box import SIMPLE_HEAD
        from rich.table import Table
        from rich.text import Text

        grid = self.grid
        yield Text(printable(grid.title), style="bold")
        columns = [[printable(cell) for cell in cells] for cells in zip(grid.header, *grid.rows, strict=True)]
        # A path may be broken, a word or a figure with its ± not: where there is no room, each row becomes lines.
        words = [
            max(map(len, [*name.split(), *(cells if column in grid.numbers else " ".join(cells).split())]), default=0)
            for column, (name, *cells) in enumerate(columns)
        ]
        least = [min(word, options.max_width // 3) for word in words]
        if sum(least) + GAP * (len(least) + 1) > options.max_width:
            yield ""
            for row in zip(*(cells[1:] for cells in columns), strict=True):
                named = zip(grid.header, row, strict=True)
                yield from (Text(f"{printable(name)}: {cell}".removeprefix(": ")) for name, cell in named if cell)
                yield ""
            return
        table = Table(box=SIMPLE_HEAD, collapse_padding=True)
        for column, (name, *cells) in enumerate(columns):
            justify: Literal["left", "right"] = "right" if column in grid.numbers else "left"
            # A column of single words has nothing to give.
            firm = least[column] == max(map(len, (name, *cells)))
            table.add_column(Text(name), justify=justify, overflow="fold", min_width=least[column], no_wrap=firm)
        for row in grid.rows:
            table.add_row(*(Text(printable(cell)) for cell in row))
        yield table
