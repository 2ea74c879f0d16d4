"""`headword compare`: two results, what was set differently, and what the difference is worth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from headword.cli._common import Outcome, verb
from headword.cli._options import Debug, Json, Quiet

EXAMPLES = ("headword compare before.json after.json",)


@verb
def run(
    first: Annotated[
        Path, typer.Argument(metavar="FIRST", help="A file of `eval -o`, or a row of `bench`: runs/<key>.json.")
    ],
    second: Annotated[Path, typer.Argument(metavar="SECOND", help="Another one; changes are SECOND less FIRST.")],
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> Outcome:
    """Compare two results.

    Tells what was set differently, and the 95 % interval of the change of each figure. Where both keep what became of
    each picture, as files of `eval -o` do and rows of `bench` with `values = true`, it is a bootstrap of the paired
    difference, else it is made from two standard errors and is wider. Results on other data or other candidates are
    shown, with a warning.
    """
    from headword.report.compare import compare, read_result

    one, other = read_result(first), read_result(second)
    found = compare(one, other)
    one_mode, other_mode = found.modes
    grids = [grid for grid in found.grids() if grid.rows]
    return Outcome(
        {"first": str(first), "second": str(second), **found.as_dict()},
        [
            f"first:  {first}, {_about(one)}\nsecond: {second}, {_about(other)}",
            *grids,
            *([] if found.settings else ["nothing was set differently"]),
        ],
        [
            *(f"not comparable: {each}" for each in found.warnings),
            *([f"different modes: first {one_mode}, second {other_mode}"] if one_mode != other_mode else []),
        ],
    )


def _about(document: dict[str, Any]) -> str:
    result = document["result"]
    return f"{result['task']} on {result['data']}, {result['n']:,} pictures, {result['mode']}"
