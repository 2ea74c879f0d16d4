"""The page of a demo: pictures with their best labels, and all that is needed to judge them.

The page loads nothing from anywhere, follows the reader's light or dark setting, and reads well on a phone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from headword.report.formats import percent
from headword.report.grid import Grid
from headword.report.rendering import asset, render, write_html

__all__ = ["Card", "write_page"]


@dataclass(frozen=True)
class Card:
    """A picture on the page.

    Attributes:
        name: What it is called.
        source: The picture itself, as a `data:` address.
        width: Width of the picture in `source`, in pixels.
        height: Its height, in pixels.
        truth: The right label.
        place: Where that stands among the best, 1 for the first; `None` where it is not among them.
        best: The best labels with their probabilities.
    """

    name: str
    source: str
    width: int
    height: int
    truth: str
    place: int | None
    best: tuple[tuple[str, float], ...]


def write_page(
    path: Path,
    *,
    title: str,
    lead: str,
    figures: Sequence[tuple[str, str]],
    cards: Sequence[Card],
    labels: Mapping[str, bool],
    labels_note: str,
    grid: Grid,
    facts: Mapping[str, str],
    next_command: str,
) -> None:
    """Writes the page; every text is escaped, and a page half-written is not left behind.

    Args:
        path: The file.
        title: Headline.
        lead: A sentence or two under it.
        figures: A few numbers that sum it up, each with its meaning.
        cards: The pictures.
        labels: All labels asked for, and whether the classifier's own classes have that name.
        labels_note: A sentence or two about them.
        grid: The table of held-out classes.
        facts: How it was made.
        next_command: What to type next.
    """
    text = render(
        "page.html",
        style=asset("page.css"),
        title=title,
        lead=lead,
        figures=[(meaning, value) for value, meaning in figures],
        cards=cards,
        labels=labels,
        labels_note=labels_note,
        grid=grid,
        facts=facts,
        next_command=next_command,
        percent=percent,
    )
    write_html(path, text)
