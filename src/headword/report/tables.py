"""Rows of a sweep as CSV, and as tables with the spread over seeds and chance beside every figure."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from headword.report.figures import Figure, flat, summarise_runs
from headword.report.formats import csv_text, number, spaced, value_text
from headword.report.grid import Grid
from headword.tasks.table import main_metrics

__all__ = [
    "Figure",
    "column_names",
    "figures_grid",
    "overview_grid",
    "rows_csv",
    "setting_texts",
    "shown",
    "summarise_runs",
    "sweep_markdown",
    "varying",
]


def rows_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """A line for each run: settings, figures, their standard errors and chance, seconds, and errors."""
    lines = [_line(row) for row in rows]
    header = dict.fromkeys(key for line in lines for key in line)
    last = ("fit_seconds", "seconds", "error", "key")
    names = [*(key for key in header if key not in last), *(key for key in last if key in header)]
    return csv_text([names, *([line.get(name) for name in names] for line in lines)])


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    result = row.get("result", {})
    line = {"schema": row["schema"], **flat(row["settings"])}
    line["parameters"] = json.dumps(row["settings"]["parameters"], sort_keys=True)
    line["mode"], line["n"] = result.get("mode"), result.get("n")
    for metric, value in result.get("metrics", {}).items():
        column = metric if result["mode"] == "inductive" else f"adapted {metric}"
        line[column] = f"{value:.6g}"
        for name, of in (("se", "spread"), ("chance", "chance")):
            if result[of].get(metric) is not None:
                line[f"{column} {name}"] = f"{result[of][metric]:.6g}"
    seconds = {key: f"{row[key]:.4g}" for key in ("fit_seconds", "seconds") if key in row}
    return line | seconds | {"error": row.get("error", {}).get("found"), "key": row["key"]}


def shown(figure: Figure) -> str:
    """A figure with its standard deviation over seeds: shares in per cent, ranks as they are."""
    spread = "" if figure.sd is None else f" ± {number(figure.sd, figure.metric)}"
    return number(figure.mean, figure.metric) + spread


def _chance(figure: Figure) -> str:
    return number(figure.chance, figure.metric, ".3g")


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f}" if seconds < 10 else f"{seconds:.0f}"


def varying(figures: Sequence[Figure]) -> tuple[list[str], dict[str, Any]]:
    """Names of the settings that differ between figures, and those that do not with their value."""
    names = dict.fromkeys(key for each in figures for key in each.setting)
    found = {key: {json.dumps(each.setting.get(key)): each.setting.get(key) for each in figures} for key in names}
    # Where there are no pairs there is none of these, which is no other setting; the same of what was not adapted.
    for key in ("pair_data", "mix", "weight_ratio", "adapt"):
        if len(found.get(key, ())) == 2:
            found[key].pop("null", None)
    return (
        [key for key, values in found.items() if len(values) > 1],
        {key: next(iter(values.values())) for key, values in found.items() if len(values) == 1},
    )


def overview_grid(figures: Sequence[Figure]) -> Grid:
    """A row for each setting, a column for each data set: the main metric of its task; chance and n come first."""
    main = [each for each in figures if each.metric in main_metrics()]
    columns = column_names(main)
    names, _ = varying(figures)
    cells: dict[tuple[str, ...], dict[str, Figure]] = {}
    for each in main:
        cells.setdefault(setting_texts(each, names), {})[columns[each.where, each.metric]] = each
    first = {columns[each.where, each.metric]: each for each in reversed(main)}
    means = _means({each: first[each] for each in columns.values()})
    blank, last = ("",) * max(len(names) - 1, 0), ("",) * (len(means) + 1)
    rows = [
        ("chance", *blank, *(_chance(first[each]) for each in columns.values()), *last),
        ("n", *blank, *(f"{first[each].n:,.0f}" for each in columns.values()), *last),
    ]
    for setting, found in cells.items():
        texts = [shown(found[each]) if each in found else "" for each in columns.values()]
        for over in means.values():
            whole = all(each in found for each in over)
            texts.append(f"{100 * statistics.fmean(found[each].mean for each in over):.1f}" if whole else "")
        seconds = statistics.median(each.fit_seconds for each in found.values())
        rows.append((*(setting or ("the model",)), *texts, _seconds(seconds)))
    header = (*(map(_setting_name, names) if names else ("",)), *columns.values(), *means, "fit s")
    return Grid("Overview, in per cent (± sd over seeds)", header, tuple(rows), range(max(len(names), 1), len(header)))


def _means(first: Mapping[str, Figure]) -> dict[str, list[str]]:
    """Columns whose mean is one: several data sets, shares of one kind, and models of one mode."""
    kinds: dict[tuple[str, bool], list[str]] = {}
    for column, figure in first.items():
        kinds.setdefault((figure.metric, figure.adapted), []).append(column)
    if len({metric for metric, _ in kinds}) > 1:
        return {}
    return {
        "mean" if len(kinds) == 1 else f"mean, {'adapted' if adapted else 'inductive'}": columns
        for (_, adapted), columns in kinds.items()
        if len(columns) > 1
    }


def column_names(figures: Sequence[Figure]) -> dict[tuple[str, str], str]:
    """What tables and plots call a task and its metric: the data set, and of the rest what tells it from others."""
    columns = {(each.where, each.metric): each for each in figures}
    shorter = {
        where: PurePath(str(each.task["data"])).name + (f", {each.mode}" if each.adapted else "")
        for (where, _), each in columns.items()
    }
    one_task = len({each.task["task"] for each in columns.values()}) == 1
    unique = one_task and len(set(shorter.values())) == len(shorter)
    one_metric = len({metric for _, metric in columns}) == 1
    return {
        (where, metric): (shorter[where] if unique else where) + ("" if one_metric else f", {metric}")
        for where, metric in columns
    }


def figures_grid(figures: Sequence[Figure]) -> Grid:
    """A row for each figure."""
    names, _ = varying(figures)
    header = (*map(_setting_name, names), "task", "metric", "value", "se", "chance", "n", "seeds", "fit s")
    rows = tuple(
        (
            *setting_texts(each, names), each.where, each.metric, shown(each), number(each.error, each.metric),
            _chance(each), f"{each.n:,.0f}", str(each.seeds), _seconds(each.fit_seconds),
        )
        for each in figures
    )  # fmt: skip
    title = "Every figure, in per cent (± sd over seeds; se over pictures)"
    return Grid(title, header, rows, range(len(names) + 2, len(header)))


def sweep_markdown(name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """The page of a sweep: what all runs share, the overview, every figure, and what went wrong."""
    parts = [f"# {name}"]
    if figures := summarise_runs(rows):
        same = [(_setting_name(key), value) for key, value in varying(figures)[1].items() if value is not None]
        settings = ", ".join(f"{setting} {_setting_text(value)}" for setting, value in same)
        metrics = ", ".join(dict.fromkeys(each.metric for each in figures if each.metric in main_metrics()))
        parts += [
            f"The same in all runs: {settings}. The overview shows {metrics}.",
            "± is the standard deviation over seeds; a figure without it is a single run. Figures are inductive, each "
            "picture judged by itself, where nothing else is said. se is the standard error over pictures, chance what "
            "guessing reaches.",
            f"## Overview\n\n{overview_grid(figures).as_markdown()}",
        ]
        for note, adapted in (("", False), (", adapted on the unlabelled pictures that are judged", True)):
            if some := [each for each in figures if each.adapted == adapted]:
                parts.append(f"## Every figure{note}\n\n{figures_grid(some).as_markdown()}")
    if failed := [row["error"]["found"] for row in rows if "error" in row]:
        reasons = "\n".join(f"- {each}" for each in dict.fromkeys(failed))
        parts.append(f"## Not run\n\n{len(failed)} of {len(rows)} runs ended in an error:\n\n{reasons}")
    return "\n\n".join(parts).rstrip() + "\n"


def setting_texts(figure: Figure, names: Sequence[str]) -> tuple[str, ...]:
    """What a figure's settings of these names are, in words."""
    return tuple(_setting_text(figure.setting.get(name)) for name in names)


def _setting_name(name: str) -> str:
    return {"recycle": "recycled rows", "pairs": "pictures"}.get(name, spaced(name))


def _setting_text(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else value_text(value)
