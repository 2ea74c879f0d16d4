"""A sweep as a picture: a panel for each data set, with chance and the spread over seeds.

Where the number of picture-pairs varies it is a curve for each setting, else a point for each. Colours are Okabe and
Ito's, which colour-blind readers tell apart, and every line has a marker of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headword.errors import InputError, require
from headword.metrics.table import metric_of
from headword.report.formats import spaced
from headword.report.tables import Figure, column_names, setting_texts, varying
from headword.tasks.table import main_metrics

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

__all__ = ["draw_sweep"]

_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MARKERS = "osD^vPX*<>hp"
_DASHES = ("-", "--", ":", "-.")
_ACROSS, _WIDE, _HIGH = 3, 4.4, 3.3
_MOST = 24
"""Panels; more than that are no longer read."""


def draw_sweep(figures: Sequence[Figure], path: Path, title: str) -> None:
    """Writes a PNG.

    Args:
        figures: What `summarise_runs` gives.
        path: The file.
        title: Above all panels.

    Raises:
        MissingExtra: matplotlib is not installed.
        InputError: There is nothing to draw.
    """
    require("matplotlib", "plots", f"the plot {path}")
    from matplotlib import rc_context

    from headword.storage.model_files import atomic_write

    main = _from_none([each for each in figures if each.metric in main_metrics()])
    panels = list(column_names(main).items())[:_MOST]
    if not panels:
        raise InputError(f"the plot {path}", "no figure to draw", "run the sweep first")
    with rc_context({"text.parse_math": False}), atomic_write(path) as fresh:  # a "$" in a name is no formula
        _canvas(main, panels, title).savefig(fresh, format="png")


def _canvas(main: Sequence[Figure], panels: Sequence[tuple[tuple[str, str], str]], title: str) -> Canvas:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    lines = _Lines(main)
    across = 2 if len(panels) == 4 else min(_ACROSS, len(panels))
    down = -(-len(panels) // across)
    high = _HIGH if lines.curves else max(1.4, 0.24 * len(lines.looks) + 1.0)
    canvas = Canvas(figsize=(_WIDE * across + 1.0, high * down + 0.9), layout="constrained", dpi=130)
    FigureCanvasAgg(canvas)
    axes = canvas.subplots(down, across, squeeze=False, sharey=False if lines.curves else "row")
    for axis, ((where, metric), name) in zip(axes.flat, panels, strict=False):
        _panel(axis, [each for each in main if (each.where, each.metric) == (where, metric)], lines)
        axis.set_title(name, fontsize=9)
    for axis in axes.flat[len(panels) :]:
        axis.set_visible(False)
    if lines.curves:
        handles, labels = _legend(axes.flat)
        columns = max(1, min(len(labels), 4 * across // 3))
        canvas.legend(handles, labels, loc="outside lower center", ncols=columns, fontsize=8, frameon=False)
    canvas.suptitle(f"{title}   (bars: standard deviation over seeds; dashed: chance)", fontsize=10)
    return canvas


def _from_none(figures: Sequence[Figure]) -> list[Figure]:
    """The figures, with that of no pictures once for each way of mixing: every curve begins there."""
    out = list(figures)
    for name in ("pair_data", "mix", "weight_ratio"):
        ways = [way for way in dict.fromkeys(each.setting.get(name) for each in figures) if way is not None]
        out = [
            replace(each, setting={**each.setting, name: way}) if each.setting.get("pairs") == 0 and ways else each
            for each in out
            for way in (ways if each.setting.get("pairs") == 0 and ways else [None])
        ]
    return out


class _Lines:
    """Which settings have a line, and how it looks: colour by the first setting that varies, the rest by marker."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        names, _ = varying(figures)
        self.curves = "pairs" in names
        self._names = [name for name in names if name != "pairs"]
        self.looks: dict[str, dict[str, Any]] = {}
        colours, kinds = dict[str, int](), dict[str, int]()
        for each in figures:
            first, *rest = *setting_texts(each, self._names), ""
            colour = colours.setdefault(first, len(colours))
            kind = kinds.setdefault(str(rest), len(kinds))
            self.looks.setdefault(
                self.of(each),
                {
                    "color": _COLOURS[colour % len(_COLOURS)],
                    "marker": _MARKERS[kind % len(_MARKERS)],
                    "linestyle": _DASHES[kind % len(_DASHES)] if self.curves else "none",
                    # A control is hollow.
                    "markerfacecolor": None if each.setting.get("control") == "none" else "white",
                },
            )

    def of(self, figure: Figure) -> str:
        """The line of a figure, in words."""
        return ", ".join(filter(None, map(partial(_setting_phrase, figure), self._names))) or "the model"


def _setting_phrase(figure: Figure, name: str) -> str:
    value = figure.setting.get(name)
    (text,) = setting_texts(figure, [name])
    if name == "definitions":
        return {"none": "no definitions", "auto": "definitions"}.get(text, f"definitions {text}")
    if name == "recycle":
        return "with head rows" if value else "without head rows"
    if name == "control":
        return "" if value == "none" else f"{text} rows"
    return text if name in ("aligner", "image_encoder", "text_encoder") else f"{spaced(name)} {text}"


def _panel(axis: Axes, found: Sequence[Figure], lines: _Lines) -> None:
    chance = next((each.chance for each in found if each.chance is not None), None)
    metric = found[0].metric
    of = metric_of(metric)
    scale, unit = of.scale, ", %" if of.percent else ""
    for place, (line, looks) in enumerate(lines.looks.items()):
        own = sorted((each for each in found if lines.of(each) == line), key=lambda each: each.setting["pairs"])
        values = [scale * each.mean for each in own]
        spread = [scale * (each.sd or 0.0) for each in own]
        style: dict[str, Any] = {"capsize": 2.5, "elinewidth": 1, "markersize": 5, "linewidth": 1.4, **looks}
        if lines.curves:
            axis.errorbar([each.setting["pairs"] for each in own], values, yerr=spread, label=line, **style)
        elif own:
            axis.errorbar(values, [place] * len(own), xerr=spread, **style)
    if chance is not None:
        draw = axis.axhline if lines.curves else axis.axvline
        draw(scale * chance, color="#666666", linestyle="--", linewidth=1, label="chance")
    axis_name = spaced(metric) + unit
    if lines.curves:
        _along_pairs(axis, found, axis_name)
    else:
        _along_values(axis, list(lines.looks), axis_name)
    axis.tick_params(labelsize=8)
    axis.grid(alpha=0.25, linewidth=0.6)
    axis.spines[["top", "right"]].set_visible(False)


def _along_pairs(axis: Axes, found: Sequence[Figure], axis_name: str) -> None:
    ticks = sorted({each.setting["pairs"] for each in found})
    # Logarithmic, with a place for none.
    smallest = min((each for each in ticks if each), default=1)
    axis.set_xscale("symlog", linthresh=smallest)
    axis.set_xlim(-0.15 * smallest if 0 in ticks else 0.8 * smallest, 1.3 * max(ticks))
    axis.set_xticks(ticks, [f"{each:,}" for each in ticks])
    axis.minorticks_off()
    axis.set_xlabel("pictures with captions learnt from", fontsize=8)
    axis.set_ylabel(axis_name, fontsize=8)
    axis.set_ylim(bottom=0)


def _along_values(axis: Axes, lines: Sequence[str], axis_name: str) -> None:
    axis.set_yticks(range(len(lines)), lines)
    axis.set_ylim(len(lines) - 0.4, -0.6)
    axis.set_xlabel(axis_name, fontsize=8)
    axis.set_xlim(left=0)


def _legend(axes: Iterable[Axes]) -> tuple[list[Any], list[str]]:
    found = {label: handle for axis in axes for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    chance = {"chance": found.pop("chance")} if "chance" in found else {}
    return [*found.values(), *chance.values()], [*found, *chance]
