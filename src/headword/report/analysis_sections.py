"""The parts of a model's page that tell why it works: maps, gaps, neighbours, names and hubs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from headword.report.figure_html import csv_link, figure, scrolled
from headword.report.grid import Grid
from headword.report.sections import Document, format_value, note
from headword.report.svg import MARKS, Curve, Dot, Point, curves, dots, scatter

__all__ = ["gaps", "hubs", "maps", "naming", "neighbours"]


def maps(document: Document) -> str:
    """The maps, which tell the name of what a pointer or the arrow keys are at."""
    if not document["maps"]:
        return note("None: there is nothing to draw.")
    return "\n".join(_map(each) for each in document["maps"])


def _map(found: Mapping[str, Any]) -> str:
    method, points = (
        found["method"],
        [Point(each["kind"], each["name"], each["x"], each["y"], each["of"]) for each in found["points"]],
    )
    kept = (
        f"; the two directions hold {format_value(found['kept'])} of the variance" if found["kept"] is not None else ""
    )
    caption = f"{method} of {len(points):,} places in the shared space{kept}. A line joins a prototype and its name."
    key = "".join(
        f'<span class="{kind}"><svg viewBox="-4 -4 8 8" aria-hidden="true">{mark}</svg>{kind}s</span>'
        for kind, mark in MARKS.items()
    )
    drawn = (
        f'<p class="key">{key}</p>\n<div class="map" tabindex="0" role="application" '
        f'aria-label="{method} map; arrow keys go from place to place">'
        f"{scatter(points, _word(method), f'{method} map of {len(points)} places')}</div>\n"
        f'<output class="told" aria-live="polite">Point at a mark, or focus the map and use the arrow keys.</output>'
    )
    header = ("kind", "name", "x", "y", "belongs to")
    rows = [(each.kind, each.name, each.x, each.y, each.partner) for each in points]
    return figure(drawn, caption, header, rows, f"map {method}")


def _word(text: str) -> str:
    return "-".join(text.casefold().replace(",", "").split())


def gaps(document: Document) -> str:
    """Gaps between kinds after each treatment, with the permutation test and the control of separability."""
    found = document["gaps"]
    if not found:
        return note("None: fewer than ten rows of each kind.")
    header = (
        "kinds", "rows are", "separability", "shuffled kinds", "centroid distance", "shuffled kinds", "p",
        "own kind among neighbours", "chance", "rows",
    )  # fmt: skip
    rows, marks = [], []
    for each in found:
        kinds = f"{each['first']} and {each['second']}, {each['space']} space"
        for words, at in _stages(each):
            null, control = at["distance_null"], at["separability_null"]
            rows.append((
                kinds, words, at["separability"], control["mean"], at["distance"], null["mean"], null["p"],
                at["own_kind"], at["own_kind_chance"], f"{each['rows'][0]} + {each['rows'][1]}",
            ))  # fmt: skip
            shuffled = format_value(control["mean"], control["sd"])
            told = f"{words}: {format_value(at['separability'])}, shuffled kinds {shuffled}"
            marks.append(Dot(kinds, told, at["separability"], None, 0.5))
    drawn = dots(marks, "How well a plane tells two kinds apart; the table has the numbers.")
    caption = "How well a plane tells two kinds apart on rows it has not seen; dashed: chance, one half."
    cells = tuple(
        (
            kinds, words, format_value(apart), format_value(control), f"{distance:.3f}", f"{shuffled:.3f}", f"{p:.2g}",
            format_value(own), format_value(chance), count,
        )
        for kinds, words, apart, control, distance, shuffled, p, own, chance, count in rows
    )  # fmt: skip
    title = f"Gaps; p by {found[0]['raw']['distance_null']['permutations']:,} permutations of the kinds"
    table = scrolled(Grid(title, header, cells, range(2, 10)))
    return table + figure(drawn, caption, header, rows, "gaps", table=False)


def _stages(gap: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """What was measured after each treatment; rows that have length 1 as they are need not be shown twice."""
    raw, unit, centred = (gap[stage] for stage in ("raw", "unit", "centred"))
    same = abs(raw["distance"] - unit["distance"]) <= 1e-4 * unit["distance"]
    treated = [("as they are", raw), ("of length 1", unit)][1 if same else 0 :]
    return [*treated, ("of length 1, centred", centred)]


def neighbours(document: Document) -> str:
    """m_NN over k with chance and null, and CKA."""
    found = document["neighbours"]
    if not found:
        return note("None: the model learnt from no head, and no captions were given.")
    return "\n".join(_agreement(each) for each in found)


def _agreement(found: Mapping[str, Any]) -> str:
    header = ("measure", "k", "n", "value", "chance", "permuted", "± sd", "p")
    rows = [
        (
            each["measure"], each["k"], each["n"], each["value"], each["chance"],
            each["null"]["mean"], each["null"]["sd"], each["null"]["p"],
        )
        for each in found["measures"]
    ]  # fmt: skip
    by_k = [each for each in found["measures"] if each["measure"] == "mutual k-NN"]
    lines = [
        Curve(tuple(each["value"] for each in by_k), "a"),
        Curve(tuple(each["null"]["mean"] for each in by_k), "b"),
        Curve(tuple(each["chance"] for each in by_k), "chance"),
    ]
    what = f"{found['what']}, n = {found['n']:,}"
    drawn = curves(lines, [str(each["k"]) for each in by_k], f"m_NN of {what}; the table has the numbers", "k")
    kinds = (("a", "m_NN"), ("b", "pairs permuted"), ("chance", "chance"))
    line = '<svg class="line" viewBox="0 0 28 8" aria-hidden="true"><polyline points="0,4 28,4"/></svg>'
    key = "".join(f'<span class="curve {kind}">{line}{word}</span>' for kind, word in kinds)
    caption = f"Mutual k nearest neighbours of {what}, over k, before any alignment. {_whole(found['measures'])}"
    drawn = f'<p class="key">{key}</p>\n{drawn}'
    return figure(drawn, caption, header, rows, f"neighbours {found['what']}")


def _whole(measures: Sequence[Mapping[str, Any]]) -> str:
    """Unbiased CKA in words."""
    (each,) = [each for each in measures if each["measure"] == "unbiased CKA"]
    null = each["null"]
    return (
        f"Of all similarities at once: unbiased CKA {each['value']:.3f} (chance 0; pairs permuted "
        f"{null['mean']:z.3f} ± {null['sd']:.3f}, p = {null['p']:.2g})."
    )


def naming(document: Document) -> str:
    """The classes most suspected of being badly named."""
    found = document["naming"]
    if found is None:
        return note(f"None: {document['left_out']['naming']}.")
    header = ("place", "row", "id", "name", "suspicion", "rank of its name", "looks like")
    rows = [
        (
            each["place"],
            each["row"],
            each["id"],
            each["name"],
            each["suspicion"],
            each["name_rank"],
            ", ".join(each["looks_like"]),
        )
        for each in found["rows"]
    ]
    trust = (
        f"A foreign name is more suspect than a true one in {format_value(found['separation'])} of cases (chance 50 %)."
    )
    cells = tuple((str(a), str(b), c, d, format_value(e), f"{f:,}", g) for a, b, c, d, e, f, g in rows)
    title = f"The {len(rows)} most suspect of {found['classes']:,} classes"
    return (
        note(trust) + scrolled(Grid(title, header, cells, (0, 1, 4, 5))) + f"<p>{csv_link(header, rows, 'names')}</p>"
    )


def hubs(document: Document) -> str:
    """What comes up for everything."""
    if not document["hubs"]:
        return note("None: there is nothing to look for.")
    header = ("what", "skewness", "at random", "± sd", "never found", "at random", "n", "k", "found most often (times)")
    rows = [
        (
            each["what"], each["skewness"], each["skewness_null"]["mean"], each["skewness_null"]["sd"],
            each["anti_hubs"], each["anti_hubs_null"]["mean"], each["n"], each["k"], _often(each),
        )
        for each in document["hubs"]
    ]  # fmt: skip
    cells = tuple(
        (
            what,
            f"{skew:.2f}",
            f"{mean:.2f} ± {sd:.2f}",
            format_value(never),
            format_value(chance),
            f"{n:,}",
            str(k),
            often,
        )
        for what, skew, mean, sd, never, chance, n, k, often in rows
    )
    shown = (*header[:3], *header[4:])
    grid = Grid("Hubs among the k nearest", shown, cells, range(1, 7))
    return scrolled(grid) + f"<p>{csv_link(header, rows, 'hubs')}</p>"


def _often(hubs: Mapping[str, Any]) -> str:
    found = zip(hubs["names"][:5], hubs["occurrences"][:5], strict=True)
    return "; ".join(f"{name if len(name) <= 40 else name[:40] + '…'} ({n})" for name, n in found)
