"""The parts of a model's page that tell why it works: maps, gaps, neighbours, names and hubs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from headword.report.figure_html import figure, saved_table
from headword.report.formats import format_value
from headword.report.grid import Grid
from headword.report.rendering import render
from headword.report.svg import MARKS, Dot, curves, dots, scatter

if TYPE_CHECKING:
    from markupsafe import Markup

__all__ = ["gaps", "hubs", "map_of", "naming", "neighbours"]


def map_of(found: Mapping[str, Any]) -> Markup:
    """A map, which tells the name of what a pointer or the arrow keys are at."""
    method = found["method"]
    points = found["points"]
    name = "-".join(method.casefold().replace(",", "").split())
    svg = scatter(points, name, f"{method} map of {len(points)} places")
    kept = "" if found["kept"] is None else f"; the two directions hold {format_value(found['kept'])} of the variance"
    caption = f"{method} of {len(points):,} places in the shared space{kept}. A line joins a prototype and its name."
    rows = [tuple(each[key] for key in ("kind", "name", "x", "y", "of")) for each in points]
    drawing = render("map.html", method=method, marks=MARKS, drawing=svg)
    return figure(drawing, caption, ("kind", "name", "x", "y", "belongs to"), rows, f"map {method}")


GAP_COLUMNS = (
    ("kinds", str),
    ("rows are", str),
    ("separability", format_value),
    ("shuffled kinds", format_value),
    ("centroid distance", "{:.3f}".format),
    ("shuffled kinds", "{:.3f}".format),
    ("p", "{:.2g}".format),
    ("own kind among neighbours", format_value),
    ("chance", format_value),
    ("rows", "{}".format),
)


def gaps(found: Sequence[Mapping[str, Any]]) -> Markup:
    """Gaps between kinds after each treatment, with the permutation test and the control of separability."""
    rows, marks = [], []
    for each in found:
        kinds = f"{each['first']} and {each['second']}, {each['space']} space"
        for treatment, at in _treatments(each):
            null, control = at["distance_null"], at["separability_null"]
            rows.append((
                kinds, treatment, at["separability"], control["mean"], at["distance"], null["mean"], null["p"],
                at["own_kind"], at["own_kind_chance"], f"{each['rows'][0]} + {each['rows'][1]}",
            ))  # fmt: skip
            shuffled = format_value(control["mean"], control["sd"])
            text = f"{treatment}: {format_value(at['separability'])}, shuffled kinds {shuffled}"
            marks.append(Dot(kinds, text, at["separability"], None, 0.5))
    drawing = dots(marks, "How well a plane tells two kinds apart; the table has the numbers.")
    caption = "How well a plane tells two kinds apart on rows it has not seen; dashed: chance, one half."
    title = f"Gaps; p by {found[0]['raw']['distance_null']['permutations']:,} permutations of the kinds"
    grid = Grid.of_values(title, GAP_COLUMNS, rows)
    return figure(drawing, caption, grid.header, rows, "gaps", above=grid)


def _treatments(gap: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """What was measured after each treatment; rows that have length 1 as they are need not be shown twice."""
    raw, unit, centred = (gap[stage] for stage in ("raw", "unit", "centred"))
    same = abs(raw["distance"] - unit["distance"]) <= 1e-4 * unit["distance"]
    treated = [("as they are", raw), ("of length 1", unit)][1 if same else 0 :]
    return [*treated, ("of length 1, centred", centred)]


def neighbours(found: Mapping[str, Any]) -> Markup:
    """m_NN over k with chance and null, and CKA."""
    measures = found["measures"]
    rows = [
        (
            *(each[key] for key in ("measure", "k", "n", "value", "chance")),
            *(each["null"][key] for key in ("mean", "sd", "p")),
        )
        for each in measures
    ]
    by_k = [each for each in measures if each["measure"] == "mutual k-NN"]
    lines = {
        "a": [each["value"] for each in by_k],
        "b": [each["null"]["mean"] for each in by_k],
        "chance": [each["chance"] for each in by_k],
    }
    what = f"{found['what']}, n = {found['n']:,}"
    svg = curves(lines, [str(each["k"]) for each in by_k], f"m_NN of {what}; the table has the numbers", "k")
    (cka,) = [each for each in measures if each["measure"] == "unbiased CKA"]
    null = cka["null"]
    at_random = f"{null['mean']:z.3f} ± {null['sd']:.3f}, p = {null['p']:.2g}"
    caption = (
        f"Mutual k nearest neighbours of {what}, over k, before any alignment. Of all similarities at once: unbiased "
        f"CKA {cka['value']:.3f} (chance 0; pairs permuted {at_random})."
    )
    header = ("measure", "k", "n", "value", "chance", "permuted", "± sd", "p")
    return figure(render("agreement.html", drawing=svg), caption, header, rows, f"neighbours {found['what']}")


NAMING_COLUMNS = (
    ("place", "{:d}".format),
    ("row", "{:d}".format),
    ("id", str),
    ("name", str),
    ("suspicion", format_value),
    ("rank of its name", "{:,}".format),
    ("looks like", str),
)


def naming(found: Mapping[str, Any]) -> Markup:
    """The classes most suspected of being badly named."""
    keys = ("place", "row", "id", "name", "suspicion", "name_rank")
    rows = [(*(each[key] for key in keys), ", ".join(each["looks_like"])) for each in found["rows"]]
    title = f"The {len(rows)} most suspect of {found['classes']:,} classes"
    grid = Grid.of_values(title, NAMING_COLUMNS, rows)
    return saved_table(grid, grid.header, rows, "names")


HUB_COLUMNS = (
    ("what", str),
    ("skewness", "{:.2f}".format),
    ("at random", "{}".format),
    ("never found", format_value),
    ("at random", format_value),
    ("n", "{:,}".format),
    ("k", "{:d}".format),
    ("found most often (times)", str),
)


def hubs(found: Sequence[Mapping[str, Any]]) -> Markup:
    """What comes up for everything."""
    rows = [
        (
            each["what"], each["skewness"], each["skewness_null"]["mean"], each["skewness_null"]["sd"],
            each["anti_hubs"], each["anti_hubs_null"]["mean"], each["n"], each["k"], _most_found(each),
        )
        for each in found
    ]  # fmt: skip
    shown = [(what, skew, f"{mean:.2f} ± {sd:.2f}", *others) for what, skew, mean, sd, *others in rows]
    grid = Grid.of_values("Hubs among the k nearest", HUB_COLUMNS, shown)
    return saved_table(grid, (*grid.header[:3], "± sd", *grid.header[3:]), rows, "hubs")


def _most_found(hubs: Mapping[str, Any]) -> str:
    found = zip(hubs["names"][:5], hubs["occurrences"][:5], strict=True)
    return "; ".join(f"{name if len(name) <= 40 else name[:40] + '…'} ({n})" for name, n in found)
