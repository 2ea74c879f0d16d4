"""Small drawings as SVG text: dot plots, curves and maps, in the page's own colours, with every text escaped.

Drawings have no style of their own: the page's sheet colours them by class, light and dark. They are made 440 units
wide, so that a phone's screen leaves their letters legible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["MARKS", "Curve", "Dot", "Point", "curves", "dots", "scatter"]

WIDE, LEFT, RIGHT = 440, 8, 8
ROW = 64
"""Height of a row of a dot plot: its name, the figure in words, and the line with the dot."""

LONGEST = 56
"""Letters of a name; the table has all of them."""

HIGH = 250
"""Height of curves, axes included."""

MARKS = {
    "prototype": '<circle r="2.3"/>',
    "picture": '<rect x="-2" y="-2" width="4" height="4"/>',
    "text": '<path d="M0-3 2.8 2H-2.8Z"/>',
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


@dataclass(frozen=True)
class Curve:
    """A line over the same places as all others.

    Attributes:
        values: One for each place.
        kind: Of its colour and dashes: "a", "b" or "chance".
    """

    values: tuple[float, ...]
    kind: str


@dataclass(frozen=True)
class Point:
    """A place on a map.

    Attributes:
        kind: A key of `MARKS`.
        name: What is there.
        x: Across.
        y: Up.
        partner: A number that points have in common which belong together.
    """

    kind: str
    name: str
    x: float
    y: float
    partner: int | None = None


def dots(points: Sequence[Dot], label: str) -> str:
    """A line from 0 to 1 for each figure, with its dot, its spread as a bar, and chance as a dashed tick.

    Args:
        points: The figures.
        label: For those who do not see it.
    """
    rows = [_dot(place * ROW, each) for place, each in enumerate(points)]
    return _drawing(ROW * len(points) + 4, label, rows)


def _dot(top: int, dot: Dot) -> str:
    line = top + 49
    name = dot.name if len(dot.name) <= LONGEST else f"{dot.name[:LONGEST]}…"
    spread = ""
    if dot.spread is not None:
        ends = (_along(max(0.0, dot.value - dot.spread)), _along(min(1.0, dot.value + dot.spread)))
        spread = f'<line class="spread" x1="{ends[0]}" x2="{ends[1]}" y1="{line}" y2="{line}"/>'
    chance = ""
    if dot.chance is not None:
        place = _along(dot.chance)
        chance = f'<line class="chance" x1="{place}" x2="{place}" y1="{line - 8}" y2="{line + 8}"/>'
    return (
        f'<text x="{LEFT}" y="{top + 16}">{escape(name)}</text>'
        f'<text class="said" x="{LEFT}" y="{top + 34}">{escape(dot.text)}</text>'
        f'<line class="axis" x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{line}" y2="{line}"/>{chance}{spread}'
        f'<circle class="dot" cx="{_along(dot.value)}" cy="{line}" r="5"/>'
    )


def _along(share: float) -> str:
    return f"{LEFT + share * (WIDE - LEFT - RIGHT):.1f}"


def curves(lines: Sequence[Curve], places: Sequence[str], label: str, across: str) -> str:
    """Lines over named places that stand at equal distances, from 0 to the highest value.

    Args:
        lines: At least one.
        places: Names of the places.
        label: For those who do not see it.
        across: What the places are.
    """
    left, bottom, top = 52, HIGH - 46, 12
    highest = max([0.05, *(value for each in lines for value in each.values)])
    step = next(each for each in (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0) if highest / each <= 5)
    ticks = [step * each for each in range(int(highest / step + 1e-9) + 2) if step * each <= highest + step]
    wide = WIDE - left - 16

    def x(place: int) -> float:
        return left + (wide / 2 if len(places) == 1 else wide * place / (len(places) - 1))

    def y(value: float) -> float:
        return bottom - (bottom - top) * value / ticks[-1]

    out = [
        f'<line class="axis" x1="{left}" x2="{WIDE - 8}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>'
        f'<text class="tick" x="{left - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{100 * tick:.0f} %</text>'
        for tick in ticks
    ]
    out += [
        f'<text class="tick" x="{x(place):.1f}" y="{bottom + 17}" text-anchor="middle">{escape(name)}</text>'
        for place, name in enumerate(places)
    ]
    out.append(f'<text class="tick" x="{left}" y="{HIGH - 6}">{escape(across)}</text>')
    for each in lines:
        path = " ".join(f"{x(place):.1f},{y(value):.1f}" for place, value in enumerate(each.values))
        ends = "".join(
            f'<circle cx="{x(place):.1f}" cy="{y(value):.1f}" r="{0 if each.kind == "chance" else 3.5}"/>'
            for place, value in enumerate(each.values)
        )
        out.append(f'<g class="curve {each.kind}"><polyline points="{path}"/>{ends}</g>')
    return _drawing(HIGH, label, out)


def scatter(points: Sequence[Point], name: str, label: str) -> str:
    """A map: a mark for each point, which tells its name where a pointer rests on it.

    Args:
        points: At least one; both directions have the same scale.
        name: Of the map, a word that no other map of the page has.
        label: For those who do not see it.
    """
    high, edge = 340, 8
    xs, ys = [each.x for each in points], [each.y for each in points]
    scale = min((WIDE - 2 * edge) / (max(xs) - min(xs) or 1.0), (high - 2 * edge) / (max(ys) - min(ys) or 1.0))
    left = (WIDE - scale * (max(xs) - min(xs))) / 2
    top = (high - scale * (max(ys) - min(ys))) / 2
    out = ["<defs>" + "".join(f'<g id="{name}-{kind}">{mark}</g>' for kind, mark in MARKS.items()) + "</defs>"]
    for kind in ("text", "picture", "prototype"):
        marks = [
            f'<use href="#{name}-{kind}" x="{left + scale * (each.x - min(xs)):.1f}" '
            f'y="{top + scale * (max(ys) - each.y):.1f}" data-of="{"" if each.partner is None else each.partner}">'
            f"<title>{escape(f'{kind}: {each.name}')}</title></use>"
            for each in points
            if each.kind == kind
        ]
        out.append(f'<g class="{kind}">{"".join(marks)}</g>')
    return _drawing(high, label, out)


def _drawing(high: int, label: str, inside: Sequence[str]) -> str:
    return f'<svg viewBox="0 0 {WIDE} {high}" role="img" aria-label="{escape(label)}">{"".join(inside)}</svg>'
