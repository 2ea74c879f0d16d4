"""The parts of a model's page that tell what it can do, made of the document alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from headword.model.validation import HeldOut
from headword.report.figure_html import figure
from headword.report.formats import format_value, spaced
from headword.report.grid import Grid
from headword.report.svg import Dot, dots
from headword.report.views import held_out_grid

if TYPE_CHECKING:
    from markupsafe import Markup

__all__ = ["controls", "estimate", "results"]

IN_DRAWING = ("top1", "top5", "mean_per_class", "_any")
IN_FILE_ONLY = ("_fraction", "precision@1")
"""Ends of the metrics that are drawn, and of those that stand in the file alone."""


def estimate(model: Mapping[str, Any]) -> Markup:
    """Held-out classes, of a model that has any."""
    found = [HeldOut(**each) for each in model["validation"]]
    marks = [
        _dot(f"asked with {each.query_kind}, {name}", value, sd, chance)
        for each in found
        for name, value, sd, chance in (
            ("found first", each.top1, each.top1_sd, each.chance1),
            ("in the first five", each.top5, each.top5_sd, each.chance5),
        )
    ]
    drawing = dots(marks, "Hidden classes that were found, with spread and chance; the table below has the numbers.")
    caption = "Hidden classes found by their texts; bar: standard deviation over parts, dashed: chance."
    rows = [tuple(each.as_dict().values()) for each in found]
    grid = held_out_grid([(model["aligner"]["kind"], each) for each in found])
    return figure(drawing, caption, tuple(found[0].as_dict()), rows, "held-out classes", above=grid)


def results(found: Sequence[Mapping[str, Any]], name: str) -> Markup:
    """Every figure of every data set, with its spread and chance level.

    Args:
        found: Results of one mode: figures of different modes do not share a table.
        name: Of the mode.
    """
    rows = [
        (each["data"], metric, value, each["spread"].get(metric), each["chance"].get(metric), each["mode"], each["n"])
        for each in found
        for metric, value in each["metrics"].items()
    ]
    marks = [
        _dot(f"{data}, {spaced(metric)}", value, spread, chance, f", {mode}")
        for data, metric, value, spread, chance, mode, _ in rows
        if chance is not None and metric.endswith(IN_DRAWING)
    ]
    cells = tuple(
        (data, spaced(metric), format_value(value, spread, metric), format_value(chance, None, metric), mode, f"{n:,}")
        for data, metric, value, spread, chance, mode, n in rows
        if not metric.endswith(IN_FILE_ONLY)
    )
    title = f"Results, {name} (± standard error over pictures); the file has a few more"
    grid = Grid(title, ("data", "metric", "value", "chance", "how", "pictures"), cells, (2, 3, 5))
    drawing = dots(marks, "Results with spread and chance; the table has the numbers.")
    header = ("data", "metric", "value", "standard error", "chance", "how", "pictures")
    caption = f"Results, {name}; bar: standard error over pictures, dashed: chance."
    return figure(drawing, caption, header, rows, f"results {name}", above=grid)


def controls(found: Sequence[Mapping[str, Any]]) -> Markup:
    """The same model taught wrong names."""
    marks = []
    for each in found:
        name, value, spread, chance = (
            f"{each['what']}, {spaced(each['metric'])}",
            each["value"],
            each["spread"],
            each["chance"],
        )
        marks.append(Dot(f"{name}: true names", format_value(value, spread), value, spread, chance))
        marks.append(_dot(f"{name}: permuted names", each["permuted"], each["permuted_sd"], chance))
    caption = (
        f"The model beside {found[0]['draws']} that were taught the names of other classes; bars: spread, of those "
        "over draws; dashed: chance."
    )
    drawing = dots(marks, "True and permuted names; the table has the numbers.")
    return figure(drawing, caption, tuple(found[0]), [tuple(each.values()) for each in found], "controls")


def _dot(name: str, value: float, spread: float | None, chance: float, more: str = "") -> Dot:
    """A figure whose text names its chance level too."""
    return Dot(name, f"{format_value(value, spread)}, chance {format_value(chance)}{more}", value, spread, chance)
