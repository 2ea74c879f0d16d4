"""Two results side by side: what was set differently, and how far the difference of each figure can be trusted."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from headword.errors import InputError
from headword.metrics.table import metric_of
from headword.report.formats import number, value_text
from headword.report.grid import Grid

__all__ = ["Comparison", "Difference", "compare", "read_result"]

_Z = 1.959964
"""Standard errors from the middle of a 95 % interval to its ends."""

_SECTIONS = ("settings", "model", "dtype", "result", "provenance")
_NO_SETTINGS = (
    "result.metrics", "result.chance", "result.spread", "result.details", "result.values", "result.clusters",
    "result.n", "result.settings.aligner", "result.settings.adaptation.report", "result.settings.adaptation.summary",
    "result.settings.adaptation.trust", "model.adaptation", "model.aligner.chosen", "model.validation",
    "provenance.command", "provenance.date",
)  # fmt: skip
_SAME = {
    "result.task": "another task",
    "result.data": "other data",
    "result.settings.split_hash": "other pictures, classes or order (split hash)",
    "result.settings.labels_version": "other candidates",
    "result.settings.classes": "another number of candidates",
    "result.settings.known_version": "other known classes",
    "result.settings.new_classes": "another number of new classes",
}


@dataclass(frozen=True)
class Difference:
    """One metric of both results.

    Attributes:
        metric: Its name.
        first: Its value in the first result.
        second: Its value in the second.
        change: Second less first.
        low: Lower end of the 95 % interval of `change`; `None` where nothing is known of its spread.
        high: Upper end.
        method: "paired bootstrap", "standard errors" or "unknown".
        chance: What guessing reaches in the first; `None` where unknown.
        comparable: Whether both are of the same pictures and candidates.
    """

    metric: str
    first: float
    second: float
    change: float
    low: float | None
    high: float | None
    method: str
    chance: float | None
    comparable: bool

    @property
    def verdict(self) -> str:
        """Which is better, in words."""
        if not self.comparable:
            return "not comparable"
        if self.low is None or self.high is None:
            return "unknown spread"
        if self.low <= 0 <= self.high:
            return "undecided"
        upwards = self.change > 0
        return "second better" if upwards == metric_of(self.metric).higher_is_better else "first better"


@dataclass(frozen=True)
class Comparison:
    """What `compare` found.

    Attributes:
        differences: Metrics that both have.
        settings: What was set differently: name to first and second.
        warnings: Why the two are not comparable; none where they are.
        modes: How both results were judged: "inductive", or on how many unlabelled pictures the model was adapted.
    """

    differences: tuple[Difference, ...]
    settings: Mapping[str, tuple[Any, Any]]
    warnings: tuple[str, ...]
    modes: tuple[str, str]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "comparable": not self.warnings,
            "warnings": list(self.warnings),
            "modes": {"first": self.modes[0], "second": self.modes[1]},
            "metrics": [asdict(each) | {"verdict": each.verdict} for each in self.differences],
            "settings": {name: {"first": one, "second": other} for name, (one, other) in self.settings.items()},
        }

    def grids(self) -> list[Grid]:
        """For people: figures, then settings."""
        rows = tuple(_cells(each) for each in self.differences)
        one, other = self.modes
        methods = dict.fromkeys(each.method for each in self.differences if each.low is not None)
        by = f"; intervals by {' or '.join(methods)}" if methods else ""
        header = ("metric", "first", "second", "change", "95 % interval", "chance", "verdict")
        title = f"Figures, in per cent; first: {one}, second: {other}{by}"
        figures = Grid(title, header, rows, (1, 2, 3, 4, 5))
        settings = tuple((name, value_text(one), value_text(other)) for name, (one, other) in self.settings.items())
        return [figures, Grid("Set differently", ("setting", "first", "second"), settings)]


def read_result(path: str | Path) -> dict[str, Any]:
    """A result of `headword eval -o`, or a row of `headword bench`.

    Raises:
        InputError: No such file, or another kind of file.
    """
    path, do = Path(path), "pass a file of `headword eval -o`, or one of runs/ of `headword bench`"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"the result {path}", f"{error.strerror}".lower(), do) from None
    except ValueError as error:
        raise InputError(f"the result {path}", f"not JSON: {error}", do) from error
    if isinstance(document, dict) and "error" in document:
        found = document["error"].get("found", "an error")
        raise InputError(f"the result {path}", f"a run that failed: {found}", "mend that and run it again")
    if isinstance(document, dict) and "results" in document:
        found = f"{len(document['results'])} results in one file"
        raise InputError(f"the result {path}", found, "evaluate with one --shots and one --seed")
    result = document.get("result") if isinstance(document, dict) else None
    if not isinstance(result, dict) or "metrics" not in result:
        raise InputError(f"the result {path}", "JSON, but no result in it", do)
    return document


def compare(first: Mapping[str, Any], second: Mapping[str, Any]) -> Comparison:
    """Compares two documents of `read_result`.

    Where both keep what became of each picture of the same data, the interval is that of the paired difference; else
    it is made from the two standard errors as if the pictures were others, which is wider.
    """
    # Only rows of a sweep have settings besides those of the result.
    sections = [key for key in _SECTIONS if key in first and key in second]
    one, other = (dict(_leaves({key: each[key] for key in sections})) for each in (first, second))
    changed = {
        name: (one.get(name), other.get(name))
        for name in dict.fromkeys([*one, *other])
        if one.get(name) != other.get(name)
    }
    warnings = tuple(
        f"{why}: {value_text(changed[name][0])} and {value_text(changed[name][1])}"
        for name, why in _SAME.items()
        if name in changed and None not in changed[name]
    )
    a, b = first["result"], second["result"]
    unread = [each.get("details", {}).get("bad") for each in (a, b)]
    same_images = "result.settings.split_hash" not in changed and a["n"] == b["n"] and unread[0] == unread[1]
    differences = tuple(
        _difference(a, b, metric, same_images, not warnings) for metric in a["metrics"] if metric in b["metrics"]
    )
    return Comparison(differences, changed, warnings, (a["mode"], b["mode"]))


def _difference(
    a: Mapping[str, Any], b: Mapping[str, Any], metric: str, same_images: bool, comparable: bool
) -> Difference:
    from headword.metrics.statistics import paired

    low = high = None
    method = "unknown"
    values = [each.get("values", {}).get(metric) for each in (a, b)]
    errors = [each.get("spread", {}).get(metric) for each in (a, b)]
    change = b["metrics"][metric] - a["metrics"][metric]
    if same_images and None not in values and len(values[0]) == len(values[1]):
        clusters = a.get("clusters", {}).get(metric)
        one, other = (np.array(each, np.float64) for each in values)
        found = paired(other, one, None if clusters is None else np.array(clusters, np.int64))
        low, high, method = found.low, found.high, "paired bootstrap"
    elif None not in errors:
        reach = _Z * math.hypot(*errors)
        low, high, method = change - reach, change + reach, "standard errors"
    if low is not None and math.isnan(low):  # a single picture tells nothing of its spread
        low, high, method = None, None, "unknown"
    chance = a.get("chance", {}).get(metric)
    return Difference(metric, a["metrics"][metric], b["metrics"][metric], change, low, high, method, chance, comparable)


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if name in _NO_SETTINGS:
        return
    if isinstance(value, Mapping) and value:
        for key, each in value.items():
            yield from _leaves(each, f"{name}.{key}" if name else str(key))
    else:
        yield name, value


def _cells(each: Difference) -> tuple[str, ...]:
    first, second = (number(value, each.metric) for value in (each.first, each.second))
    change, low, high = (number(value, each.metric, "+.1f") for value in (each.change, each.low, each.high))
    interval = "–" if each.low is None else f"{low}…{high}"
    return (each.metric, first, second, change, interval, number(each.chance, each.metric, ".3g"), each.verdict)
