"""Small drawings as SVG: dot plots, curves and maps, in the page's own colours.

Drawings have no style of their own: the page's sheet colours them by class, light and dark. They are made 440 units
wide, so that a phone's screen leaves their letters legible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from headword.report.rendering import render

__all__ = ["MARKS", "Dot", "curves", "dots", "scatter"]

WIDTH, LEFT, RIGHT = 440, 8, 432
"""Width of a drawing, and where its lines begin and end."""

DOT_ROW, CURVES_HEIGHT, MAP_HEIGHT = 64, 250, 340
"""Heights of a row of a dot plot (its name, the figure in words, and the line with the dot), of curves and of a map."""

LONGEST = 56
"""Letters of a name; the table has all of them."""

MARKS = {
    "prototype": Markup('<circle r="2.3"/>'),
    "picture": Markup('<rect x="-2" y="-2" width="4" height="4"/>'),
    "text": Markup('<path d="M0-3 2.8 2H-2.8Z"/>'),
}
"""The shape of each kind, so that none is told by colour alone."""


@dataclass(frozen=True)
class Dot:
    """A figure with what it is to be judged by, all in 0 … 1.

    Attributes:
        name: What it is.
        text: The figure in words.
        value: The figure.
        spread: Its standard error or deviation.
        chance: What guessing gives.
    """

    name: str
    text: str
    value: float
    spread: float | None = None
    chance: float | None = None


def dots(points: Sequence[Dot], label: str) -> Markup:
    """A line from 0 to 1 for each figure, with its dot, its spread as a bar, and chance as a dashed tick.

    `label` describes it to those who do not see it.
    """

    def across(share: float) -> str:
        return f"{LEFT + share * (RIGHT - LEFT):.1f}"

    size = {"width": WIDTH, "height": DOT_ROW * len(points) + 4, "left": LEFT, "right": RIGHT, "row": DOT_ROW}
    return render("dots.svg", dots=points, label=label, across=across, longest=LONGEST, **size)


def curves(lines: Mapping[str, Sequence[float]], places: Sequence[str], label: str, across: str) -> Markup:
    """Lines over named places that stand at equal distances, from 0 to the highest value.

    A line is called "a", "b" or "chance", which decides its colour and dashes, and has one value for each place.
    `across` says what the places are, and `label` describes the drawing to those who do not see it.
    """
    left, bottom, top = 52, CURVES_HEIGHT - 46, 12
    highest = max([0.05, *(value for values in lines.values() for value in values)])
    step = next(each for each in (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0) if highest / each <= 5)
    ticks = [step * each for each in range(int(highest / step + 1e-9) + 2) if step * each <= highest + step]
    wide = WIDTH - left - 16
    xs = [left + (wide / 2 if len(places) == 1 else wide * each / (len(places) - 1)) for each in range(len(places))]

    def y(value: float) -> float:
        return bottom - (bottom - top) * value / ticks[-1]

    return render(
        "curves.svg",
        width=WIDTH,
        height=CURVES_HEIGHT,
        left=left,
        right=RIGHT,
        bottom=bottom,
        label=label,
        across=across,
        ticks=[(tick, y(tick)) for tick in ticks],
        places=list(zip(places, xs, strict=True)),
        lines=[(kind, list(zip(xs, map(y, values), strict=True))) for kind, values in lines.items()],
    )


def scatter(points: Sequence[Mapping[str, Any]], name: str, label: str) -> Markup:
    """A map: a mark for each point, which tells its name where a pointer rests on it.

    A point has a place (x from left to right, y from bottom to top), a kind of `MARKS`, a name, and under "of" a
    number that it shares with its partner, or `None`. Both directions have the same scale. No other map of the page
    may have this name.
    """
    xs, ys = [each["x"] for each in points], [each["y"] for each in points]
    wide, high = max(xs) - min(xs), max(ys) - min(ys)
    scale = min((RIGHT - LEFT) / (wide or 1.0), (MAP_HEIGHT - 2 * LEFT) / (high or 1.0))
    left, top = (WIDTH - scale * wide) / 2, (MAP_HEIGHT - scale * high) / 2
    places = [(each, left + scale * (each["x"] - min(xs)), top + scale * (max(ys) - each["y"])) for each in points]
    return render("scatter.svg", width=WIDTH, height=MAP_HEIGHT, label=label, name=name, marks=MARKS, places=places)
