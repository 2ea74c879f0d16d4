"""`headword compare`: two results, their settings that differ, and how sure the difference is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from headword.cli._common import Outcome, verb
from headword.cli._options import argument

First = Annotated[Path, argument("FIRST", "A file of `eval -o`, or a row of `bench`: runs/<key>.json.")]
Second = Annotated[Path, argument("SECOND", "Another one; changes are SECOND less FIRST.")]


@verb("headword compare before.json after.json")
def run(first: First, second: Second) -> Outcome:
    """Compare two results.

    Shows the settings that differ, and the 95 % interval of the change of each figure. Where both results keep the
    outcome of each picture, as files of `eval -o` do and rows of `bench` with `values = true`, it is a bootstrap of
    the paired difference; else it comes from two standard errors and is wider. Results on other data or other
    candidates are shown, with a warning.
    """
    from headword.report.compare import compare, read_result

    one, other = read_result(first), read_result(second)
    found = compare(one, other)
    one_mode, other_mode = found.modes
    view = [
        f"first:  {first}, {_about(one)}\nsecond: {second}, {_about(other)}",
        *(grid for grid in found.grids() if grid.rows),
        *([] if found.settings else ["nothing was set differently"]),
    ]
    notes = [f"not comparable: {each}" for each in found.warnings]
    notes += [f"different modes: first {one_mode}, second {other_mode}"] if one_mode != other_mode else []
    return Outcome({"first": str(first), "second": str(second), **found.as_dict()}, view, notes)


def _about(document: dict[str, Any]) -> str:
    result = document["result"]
    return f"{result['task']} on {result['data']}, {result['n']:,} pictures, {result['mode']}"
