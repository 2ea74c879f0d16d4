"""A grid of texts that can be shown in Markdown and in HTML; each escapes what it must."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headword.report.rendering import render

if TYPE_CHECKING:
    from markupsafe import Markup

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

    @classmethod
    def of_values(
        cls, title: str, columns: Sequence[tuple[str, Callable[[Any], str]]], rows: Iterable[Sequence[Any]]
    ) -> Grid:
        """Values that each column writes in its own way; all but those written by `str` are flushed right."""
        names, forms = zip(*columns, strict=True)
        cells = (tuple(form(value) for form, value in zip(forms, row, strict=True)) for row in rows)
        return cls(title, names, tuple(cells), [place for place, form in enumerate(forms) if form is not str])

    def as_markdown(self) -> str:
        """For a README."""
        rule = tuple("---:" if column in self.numbers else "---" for column in range(len(self.header)))
        rows = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in (self.header, *self.rows)]
        return "\n".join(f"| {' | '.join(row)} |" for row in [rows[0], rule, *rows[1:]])

    def as_html(self) -> Markup:
        """For a page."""
        return render("table.html", grid=self)
