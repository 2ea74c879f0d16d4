"""One self-contained HTML page: pictures with their best labels, and all that is needed to judge them.

The page loads nothing from anywhere, follows the reader's light or dark setting, and reads well on a phone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from headword.report.grid import Grid
from headword.report.views import percent

__all__ = ["Card", "asset", "write_page"]


@dataclass(frozen=True)
class Card:
    """A picture on the page.

    Attributes:
        name: What it is called.
        source: The picture itself, as a `data:` address.
        width: Of the picture in `source`, in pixels.
        height: Of the picture in `source`, in pixels.
        truth: The label that is right.
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


def asset(name: str) -> str:
    """The text of a template, sheet or script that lies beside this file."""
    return (files("headword.report") / name).read_text(encoding="utf-8")


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
    from headword.storage.model_files import atomic_write

    text = Template(asset("page.html")).substitute(
        style=asset("page.css"),
        title=escape(title),
        lead=escape(lead),
        figures="\n".join(f"<div><dt>{escape(what)}</dt><dd>{escape(number)}</dd></div>" for number, what in figures),
        cards="\n".join(map(_card, cards)),
        labels="\n".join(
            f'<li class="{"known" if known else "new"}">{escape(label)}</li>' for label, known in labels.items()
        ),
        labels_note=escape(labels_note),
        asked=str(len(labels)),
        grid=grid.as_html(),
        facts="\n".join(f"<div><dt>{escape(what)}</dt><dd>{escape(fact)}</dd></div>" for what, fact in facts.items()),
        next_command=escape(next_command),
    )
    with atomic_write(path) as fresh:
        fresh.write_text(text, encoding="utf-8")


def _card(card: Card) -> str:
    verdict = {1: "found first", None: "not among them"}.get(card.place, f"place {card.place}")
    rows = "\n".join(
        f'<li{" class=right" if label == card.truth else ""}><span class="label">{escape(label)}</span>'
        f'<span class="share">{escape(percent(score))}</span>'
        f'<span class="bar" style="--share:{100 * score:.1f}%" aria-hidden="true"></span></li>'
        for label, score in card.best
    )
    return (
        f'<li class="card"><figure>\n<img src="{card.source}" width="{card.width}" height="{card.height}" '
        f'alt="{escape(f"{card.name}, a photograph of: {card.truth}")}">\n'
        f'<figcaption><span class="truth">{escape(card.truth)}</span>'
        f'<span class="file">{escape(card.name)}</span>'
        f'<span class="{"hit" if card.place == 1 else "miss"}">{verdict}</span></figcaption>\n'
        f'<ol aria-label="best labels">\n{rows}\n</ol></figure></li>'
    )
