"""The parts of a model's page that tell what it can do, made of the document alone; foreign texts are escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from headword.metrics.table import metric_of
from headword.model.validation import HeldOut
from headword.report.figure_html import figure, scrolled
from headword.report.grid import Grid
from headword.report.svg import Dot, dots
from headword.report.views import held_out_grid

__all__ = ["Document", "confusions", "controls", "estimate", "format_value", "note", "results"]

Document = Mapping[str, Any]

DRAWN = ("top1", "top5", "mean_per_class", "_any")
FILED = ("_fraction", "precision@1")
"""Ends of the metrics that are drawn, and of those that stand in the file alone."""


def format_value(value: float, spread: float | None = None, metric: str = "") -> str:
    """A share in per cent, or a position, with its spread."""
    of = metric_of(metric)
    return f"{of.scale * value:.1f}{of.unit}" + ("" if spread is None else f" ± {of.scale * spread:.1f}")


def _judged(value: float, spread: float | None, chance: float) -> str:
    return f"{format_value(value, spread)}, chance {format_value(chance)}"


def note(text: str) -> str:
    """A paragraph."""
    return f"<p>{escape(text)}</p>"


def estimate(document: Document) -> str:
    """Held-out classes."""
    found = [HeldOut(**each) for each in document["model"]["validation"]]
    if not found:
        return note("Not made: too few classes or pictures to hide some.")
    drawn = dots(
        [
            Dot(
                f"asked with {each.query_kind}, {name}",
                f"{format_value(value, sd)}, chance {format_value(chance)}",
                value,
                sd,
                chance,
            )
            for each in found
            for name, value, sd, chance in (
                ("found first", each.top1, each.top1_sd, each.chance1),
                ("in the first five", each.top5, each.top5_sd, each.chance5),
            )
        ],
        "Hidden classes that were found, with spread and chance; the table below has the numbers.",
    )
    header = tuple(found[0].as_dict())
    rows = [tuple(each.as_dict().values()) for each in found]
    caption = "Hidden classes found by their texts; bar: standard deviation over parts, dashed: chance."
    grid = held_out_grid([(document["model"]["aligner"]["kind"], each) for each in found])
    return scrolled(grid) + figure(drawn, caption, header, rows, "held-out classes", table=False)


def results(document: Document) -> str:
    """Every figure of every data set, with its spread, chance level, and how the model judged."""
    found = document["results"]
    if not found:
        return note("None: the report was made without data. Name some: headword report MODEL --data FOLDER.")
    inductive = [each for each in found if each["mode"] == "inductive"]
    adapted = [each for each in found if each["mode"] != "inductive"]
    parts = [_results_of(kind, name) for kind, name in ((inductive, "inductive"), (adapted, "adapted")) if kind]
    lost = [f"{len(each['unreadable'])} pictures of {each['data']} could not be read." for each in found]
    unread = [line for line, each in zip(lost, found, strict=True) if each["unreadable"]]
    return "\n".join([*map(note, dict.fromkeys(unread)), *parts])


def _results_of(found: Sequence[Document], name: str) -> str:
    """Those of one mode: figures of different modes do not share a table."""
    rows = [
        (each["data"], metric, value, each["spread"].get(metric), each["chance"].get(metric), each["mode"], each["n"])
        for each in found
        for metric, value in each["metrics"].items()
    ]
    drawn = dots(
        [
            Dot(f"{data}, {_words(metric)}", f"{_judged(value, spread, chance)}, {mode}", value, spread, chance)
            for data, metric, value, spread, chance, mode, _ in rows
            if chance is not None and metric.endswith(DRAWN)
        ],
        "Results with spread and chance; the table has the numbers.",
    )
    header = ("data", "metric", "value", "standard error", "chance", "how", "pictures")
    caption = f"Results, {name}; bar: standard error over pictures, dashed: chance."
    grid = _result_grid(rows, f"Results, {name} (± standard error over pictures); the file has a few more")
    return scrolled(grid) + figure(drawn, caption, header, rows, f"results {name}", table=False)


def _result_grid(rows: Sequence[tuple[Any, ...]], title: str) -> Grid:
    cells = tuple(
        (
            data,
            _words(metric),
            format_value(value, spread, metric),
            "–" if chance is None else format_value(chance, None, metric),
            mode,
            f"{n:,}",
        )
        for data, metric, value, spread, chance, mode, n in rows
        if not metric.endswith(FILED)
    )
    return Grid(title, ("data", "metric", "value", "chance", "how", "pictures"), cells, (2, 3, 5))


def _words(metric: str) -> str:
    return metric.replace("_", " ")


def confusions(document: Document) -> str:
    """What is taken for what, with pictures."""
    found = [each for each in document["confusions"] if each["pairs"]]
    if not found:
        return note("None: no pictures with classes were given, or none was mistaken.")
    out = []
    for each in found:
        head = f"{each['data']}: {each['wrong']:,} of {each['n']:,} pictures mistaken, {each['mode']}"
        out.append(f'<h3>{escape(head)}</h3>\n<ul class="mistakes">{"".join(map(_mistake, each["pairs"]))}</ul>')
    return "\n".join(out)


def _mistake(pair: Mapping[str, Any]) -> str:
    one, other = escape(pair["class"]), escape(pair["taken_for"])
    images = "".join(
        f'<img src="{escape(each["picture"])}" width="{each["width"]}" height="{each["height"]}" '
        f'alt="{escape(each["id"])}" title="{escape(each["id"])}">'
        for each in pair["examples"]
    )
    return (
        f"<li><p><strong>{one}</strong> taken for <strong>{other}</strong><br>{pair['n']:,} of {pair['of']:,}</p>"
        f"<div>{images}</div></li>"
    )


def controls(document: Document) -> str:
    """The same model taught wrong names."""
    found: Sequence[Mapping[str, Any]] = document["controls"]
    if not found:
        return note(f"None: {document['left_out'].get('controls', 'nothing to compare')}.")
    marks = []
    for each in found:
        name = f"{each['what']}, {each['metric'].replace('_', ' ')}"
        marks.append(
            Dot(
                f"{name}: true names",
                format_value(each["value"], each["spread"]),
                each["value"],
                each["spread"],
                each["chance"],
            )
        )
        told = f"{format_value(each['permuted'], each['permuted_sd'])}, chance {format_value(each['chance'])}"
        marks.append(Dot(f"{name}: permuted names", told, each["permuted"], each["permuted_sd"], each["chance"]))
    header = tuple(found[0])
    caption = (
        f"The model beside {found[0]['draws']} that were taught the names of other classes; bars: spread, of those "
        "over draws; dashed: chance."
    )
    return figure(
        dots(marks, "True and permuted names; the table has the numbers."),
        caption,
        header,
        [tuple(each.values()) for each in found],
        "controls",
    )
