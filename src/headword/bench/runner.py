"""A sweep, run by run: each row is a file of its own, so that a sweep can be stopped at any time and taken up again."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headword._progress import progress_bar
from headword.bench.plan import SCHEMA, Run
from headword.bench.workbench import FittedModel, Workbench
from headword.errors import HeadwordError
from headword.report.rows import model_row, provenance
from headword.storage.json_safe import strict
from headword.storage.model_files import atomic_write
from headword.tasks import Result

__all__ = ["Done", "finished", "read_row", "result_row", "sweep", "write_row"]

log = logging.getLogger("headword")

RUNS = "runs"


@dataclass(frozen=True)
class Done:
    """The outcome of a sweep.

    Attributes:
        rows: One for each run, in the order of the plan.
        new: Number of rows made now.
        failed: Number of rows that are errors.
    """

    rows: list[dict[str, Any]]
    new: int
    failed: int


def sweep(
    runs: Sequence[Run],
    folder: Path,
    bench: Workbench,
    *,
    values: bool = False,
    command: str | None = None,
    show_progress: bool | None = None,
) -> Done:
    """Makes the rows that are missing, come from other weights or data, or lack the `values` asked for.

    A `HeadwordError` becomes a row that says so, and is tried again next time; any other error stops the sweep.

    Args:
        runs: Of `plan`.
        folder: Rows are written to `runs/<key>.json` in it.
        bench: Fits and evaluates the models.
        values: Keep the outcome of each image, and tables by class.
        command: The command line, for the record.
        show_progress: A bar on stderr; `None` shows it on a terminal only.
    """
    rows, new = [], 0
    for run in progress_bar(runs, show=show_progress, desc="bench", unit="run"):
        path = folder / RUNS / f"{run.key}.json"
        row = read_row(path)
        if not _up_to_date(row, run, bench, values):
            row = strict(_new_row(run, bench, values, command))
            write_row(path, row)
            new += 1
        assert row is not None
        rows.append(row)
    return Done(rows, new, sum("error" in row for row in rows))


def finished(run: Run, folder: Path) -> bool:
    """Whether there is a row for a run; not whether it is up to date."""
    return "result" in (read_row(folder / RUNS / f"{run.key}.json") or {})


def read_row(path: Path) -> dict[str, Any] | None:
    """A row; `None` where there is none, or none that can be read."""
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return row if isinstance(row, dict) else None


def write_row(path: Path, row: dict[str, Any]) -> None:
    """Writes a row, whole or not at all."""
    with atomic_write(path) as fresh:
        text = json.dumps(strict(row), indent=1, ensure_ascii=False, allow_nan=False)
        fresh.write_text(f"{text}\n", encoding="utf-8")


def result_row(result: Result, values: bool) -> dict[str, Any]:
    """A result for JSON; without `values` it has no outcomes of single pictures and no tables by class."""
    found = result.as_dict(values=values)
    if not values:
        found["details"] = {key: each for key, each in found["details"].items() if key in ("bad", "best", "pictures")}
    return found


def _up_to_date(row: dict[str, Any] | None, run: Run, bench: Workbench, values: bool) -> bool:
    if row is None or "result" not in row or row.get("schema") != SCHEMA:
        return False
    if values and "values" not in row["result"]:
        return False
    try:
        return bool(row.get("made_of") == bench.fingerprints(run))
    except HeadwordError as error:  # a row that cannot be made again is not thrown away
        log.warning("a finished run is kept though it cannot be checked: %s", error.found)
        return True


def _new_row(run: Run, bench: Workbench, values: bool, command: str | None) -> dict[str, Any]:
    row: dict[str, Any] = {"schema": SCHEMA, "key": run.key, "settings": run.settings()}
    started = time.perf_counter()
    try:
        row["made_of"] = bench.fingerprints(run)
        fitted, result = bench.evaluate(run)
    except HeadwordError as error:
        log.warning("%s: %s", run, error.found)
        found = {"kind": type(error).__name__, "asked": error.asked, "found": error.found, "do": error.do}
        return row | {"error": found, "provenance": provenance(command)}
    outcome = _outcome(fitted, result, values)
    return row | outcome | {"seconds": time.perf_counter() - started, "provenance": provenance(command)}


def _outcome(fitted: FittedModel, result: Result, values: bool) -> dict[str, Any]:
    return {
        "model": model_row(fitted.model),
        "learnt_from": {"pairs": fitted.pairs, "hidden_classes": len(fitted.hidden)},
        "fit_seconds": fitted.seconds,
        "dtype": "float32",
        "result": result_row(result, values),
    }
