"""Figures of a sweep: rows that differ by the seed alone, as one mean with its spread."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Figure", "flat", "summarise_runs"]

_TASK = ("task", "data", "split", "classes", "train", "train_split")
_LEFT_OUT = ("kind", "parameters", "options", "pair_split", "labels")


@dataclass(frozen=True)
class Figure:
    """A metric of one model setting on one data set, over seeds.

    Attributes:
        setting: What decides the model and how it is asked, by name.
        task: With the data set, the split, the candidates, and where the shots are from.
        mode: "inductive", or on how many unlabelled pictures the model was adapted; figures of different modes do not
            share a column.
        metric: Its name.
        mean: Mean over seeds.
        sd: Standard deviation over seeds (n - 1 below); `None` for a single one.
        error: Standard error over pictures, mean over seeds; `None` where unknown.
        chance: What guessing reaches; `None` where that has no closed form.
        seeds: How many runs.
        n: How many pictures were judged, mean over seeds.
        fit_seconds: Seconds that the fit took, median over seeds.
    """

    setting: Mapping[str, Any]
    task: Mapping[str, Any]
    mode: str
    metric: str
    mean: float
    sd: float | None
    error: float | None
    chance: float | None
    seeds: int
    n: float
    fit_seconds: float

    @property
    def where(self) -> str:
        """Task, data, candidates and shots in words, and the mode of an adapted model."""
        task, data, split, classes, *shots = (self.task[key] for key in _TASK)
        parts = [data, *([split] if split else []), *(["hidden classes"] if classes == "hidden" else [])]
        parts += [f"shots of {' '.join(filter(None, shots))}"] if any(shots) else []
        parts += [self.mode] if self.adapted else []
        return f"{task}: {', '.join(parts)}"

    @property
    def adapted(self) -> bool:
        """Whether the model had listened to other pictures."""
        return self.mode != "inductive"


def summarise_runs(rows: Iterable[Mapping[str, Any]]) -> list[Figure]:
    """Figures of rows that ended well, in their order; runs that differ by the seed alone are one."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        if "result" in row:
            setting = {key: value for key, value in row["settings"].items() if key != "seed"}
            mode = row["result"]["mode"]
            groups.setdefault(json.dumps([setting, mode], sort_keys=True), []).append(row)
    return [
        _figure(group, metric)
        for group in groups.values()
        for metric in group[0]["result"]["metrics"]
        if all(metric in row["result"]["metrics"] for row in group)
    ]


def _figure(group: Sequence[Mapping[str, Any]], metric: str) -> Figure:
    results = [row["result"] for row in group]
    values = [each["metrics"][metric] for each in results]
    errors = [each["spread"].get(metric) for each in results]
    chances = [each["chance"].get(metric) for each in results]
    settings = flat(group[0]["settings"])
    return Figure(
        {key: value for key, value in settings.items() if key not in (*_TASK, "seed")},
        {key: settings.get(key) for key in _TASK},
        results[0]["mode"],
        metric,
        statistics.fmean(values),
        statistics.stdev(values) if len(values) > 1 else None,
        None if None in errors else statistics.fmean(errors),
        None if None in chances else statistics.fmean(chances),
        len(group),
        statistics.fmean(each["n"] for each in results),
        statistics.median(row["fit_seconds"] for row in group),
    )


def flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with the task's options among them; what the aligner's name and the recipe tell is left out."""
    kept = {key: value for key, value in settings.items() if key not in _LEFT_OUT}
    # A task may ask with other definitions than the fit was taught.
    options = {f"asked with {key}" if key in kept else key: value for key, value in settings["options"].items()}
    # The mode tells whether; what is left to tell is by what.
    if "adapt" in options:
        options["adapt"] = {False: None, True: "default"}.get(options["adapt"], options["adapt"])
    return kept | options
