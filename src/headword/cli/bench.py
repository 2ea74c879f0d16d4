"""`headword bench`: a sweep from a recipe, to rows, tables and a plot."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headword.cli._cache import Cache, NoCache, opened
from headword.cli._common import Code, Outcome, command_line, log, verb
from headword.cli._inputs import check_folder
from headword.cli._options import Debug, Json, Quiet
from headword.errors import MissingExtra

if TYPE_CHECKING:
    from headword.bench import Done, Recipe, Run
    from headword.report.tables import Figure

EXAMPLES = (
    "headword bench recipes/local_zero_shot.toml --dry-run",
    "headword bench recipes/local_zero_shot.toml -o results/local_zero_shot --seeds 0 --seeds 1",
)
RECIPE, TABLE, CSV, PLOT = "recipe.json", "table.md", "results.csv", "plot.png"


@verb
def run(
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE", help="A TOML file, such as those in recipes/.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FOLDER", help="Where to write; results/<name of the recipe> unless given."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List the runs, and which of them are done.")] = False,
    images: Annotated[
        list[str] | None,
        typer.Option(
            "--images", metavar="IMAGE_ENCODER", help="In place of the recipe's image encoders; give it once for each."
        ),
    ] = None,
    texts: Annotated[
        list[str] | None,
        typer.Option("--texts", metavar="TEXT_ENCODER", help="In place of its text encoders; once for each."),
    ] = None,
    aligners: Annotated[
        list[str] | None, typer.Option("--aligners", metavar="NAME", help="In place of its aligners; once for each.")
    ] = None,
    seeds: Annotated[
        list[int] | None, typer.Option("--seeds", metavar="N", help="In place of its seeds; once for each.")
    ] = None,
    root: Annotated[
        Path | None,
        typer.Option(
            "--root",
            metavar="FOLDER",
            help="Where paths of data sets start; $HEADWORD_DATA, else the recipe's root, unless given.",
        ),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(
            "--device", metavar="auto|cpu|cuda|mps", help="Where the encoders run; as the recipe says unless given."
        ),
    ] = None,
    cache: Cache = None,
    no_cache: NoCache = False,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> Outcome:
    """Run a sweep from a recipe.

    All its combinations of encoders, aligners, settings and seeds are fitted and judged.
    Each run is a row of its own, runs/<key>.json, and a run that is done is not repeated: stop at any time, and type
    the same again. Beside them: results.csv, table.md with the spread over seeds and chance, and plot.png. A run
    that fails says so in its row, the others go on, and the exit code is 3. The keys of a recipe are on the docs page
    "Evaluating and sweeps".
    """
    from headword.bench import Workbench, plan, read_recipe, sweep

    given = {"images": images, "texts": texts, "aligners": aligners, "seeds": seeds, "device": device}
    found = read_recipe(recipe, {key: value for key, value in given.items() if value}, root)
    folder = output or Path("results") / found.name
    check_folder(folder, "the sweep")
    runs = plan(found)
    if dry_run:
        return _listed(runs, folder)
    progress = False if quiet else None
    log.info("%s; rows go to %s", _count(runs), folder)
    with opened(cache, no_cache) as kept:
        bench = Workbench(found.root, kept, found.device, progress)
        done = sweep(runs, folder, bench, values=found.values, command=command_line(), show_progress=progress)
    return _written(found, runs, folder, done)


def _count(runs: Sequence[Run]) -> str:
    return "1 run" if len(runs) == 1 else f"{len(runs):,} runs"


def _listed(runs: Sequence[Run], folder: Path) -> Outcome:
    from headword.bench import finished
    from headword.report import Grid

    states = [finished(run, folder) for run in runs]
    rows = tuple((str(run), "done" if state else "to do") for run, state in zip(runs, states, strict=True))
    document = {
        "folder": str(folder),
        "runs": [{"key": run.key, "done": state, **run.settings()} for run, state in zip(runs, states, strict=True)],
    }
    title = f"{_count(runs)}, {sum(states)} of them done in {folder}"
    return Outcome(document, [Grid(title, ("run", ""), rows)])


def _written(recipe: Recipe, runs: Sequence[Run], folder: Path, done: Done) -> Outcome:
    """Tables and plot of all rows, and what to tell of them."""
    from headword.report.tables import overview_grid, rows_csv, summarise_runs, sweep_markdown
    from headword.storage.model_files import atomic_write

    figures = summarise_runs(done.rows)
    resolved = json.dumps(asdict(recipe), indent=2, ensure_ascii=False, default=str)
    texts = {RECIPE: f"{resolved}\n", CSV: rows_csv(done.rows), TABLE: sweep_markdown(recipe.name, done.rows)}
    for name, text in texts.items():
        with atomic_write(folder / name) as fresh:
            fresh.write_text(text, encoding="utf-8")
    notes = [f"{done.failed} of {_count(runs)} failed; {folder / TABLE} says why, and they are tried again next time"]
    notes = notes if done.failed else []
    undrawn = _undrawn(figures, folder / PLOT, recipe.name)
    notes += undrawn
    document = {
        "folder": str(folder),
        "runs": len(runs),
        "made": done.made,
        "failed": done.failed,
        "figures": [asdict(each) for each in figures],
        "errors": [{"key": row["key"], **row["error"]} for row in done.rows if "error" in row],
    }
    view: list[Any] = [overview_grid(figures)] if figures else []
    drawn = f", {PLOT}" if figures and not undrawn else ""
    view.append(f"{_count(runs)}, {done.made} of them new: {folder / TABLE}, {CSV}{drawn}")
    return Outcome(document, view, notes, Code.BAD_IMAGES if done.failed else Code.DONE)


def _undrawn(figures: Sequence[Figure], path: Path, title: str) -> list[str]:
    """Draws the plot, or says why it cannot."""
    from headword.report.plots import draw_sweep

    if not figures:
        return []
    try:
        draw_sweep(figures, path, title)
    except MissingExtra as error:
        return [f"{path} is not drawn: {error.found}; {error.do}"]
    return []
