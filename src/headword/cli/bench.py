"""`headword bench`: a sweep from a recipe, to rows, tables and a plot."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from headword.cli._cache import Cache, NoCache, opened
from headword.cli._common import Outcome, bars, command_line, log, verb
from headword.cli._inputs import check_folder
from headword.cli._options import argument, option
from headword.errors import MissingExtra

if TYPE_CHECKING:
    from headword.bench import Done, Recipe, Run
    from headword.report.tables import Figure

RECIPE, TABLE, CSV, PLOT = "recipe.json", "table.md", "results.csv", "plot.png"

RecipeFile = Annotated[Path, argument("RECIPE", "A TOML file, such as those in recipes/.")]
Output = Annotated[
    Path | None, option("--output -o", "Where to write; by default results/<name of the recipe>.", "FOLDER")
]
DryRun = Annotated[bool, option("--dry-run", "List the runs, and which of them are done.")]
ImageEncoders = Annotated[
    list[str] | None, option("--images", "Instead of the recipe's image encoders; repeat it for more.", "IMAGE_ENCODER")
]
TextEncoders = Annotated[
    list[str] | None, option("--texts", "Instead of its text encoders; repeat it for more.", "TEXT_ENCODER")
]
Aligners = Annotated[list[str] | None, option("--aligners", "Instead of its aligners; repeat it for more.", "NAME")]
Seeds = Annotated[list[int] | None, option("--seeds", "Instead of its seeds; repeat it for more.", "N")]
Root = Annotated[
    Path | None,
    option("--root", "Start of data sets' paths; by default $HEADWORD_DATA, else the recipe's root.", "FOLDER"),
]
Device = Annotated[
    str | None, option("--device", "Where the encoders run; by default as the recipe says.", "auto|cpu|cuda|mps")
]


@verb(
    "headword bench recipes/local_zero_shot.toml --dry-run",
    "headword bench recipes/local_zero_shot.toml -o results/local_zero_shot --seeds 0 --seeds 1",
)
def run(
    recipe: RecipeFile,
    output: Output = None,
    dry_run: DryRun = False,
    images: ImageEncoders = None,
    texts: TextEncoders = None,
    aligners: Aligners = None,
    seeds: Seeds = None,
    root: Root = None,
    device: Device = None,
    cache: Cache = None,
    no_cache: NoCache = False,
) -> Outcome:
    """Run a sweep from a recipe.

    It fits and evaluates all combinations of encoders, aligners, settings and seeds. Each run is a row of its own,
    runs/<key>.json, and a run that is done is not repeated: stop at any time, and type the same again. Beside the rows
    are results.csv, table.md with the spread over seeds and chance, and plot.png. A run that fails says so in its row,
    the others go on, and the exit code is 3. The docs page "Evaluating and sweeps" lists the keys of a recipe.
    """
    from headword.bench import Workbench, plan, read_recipe, sweep

    given = {"images": images, "texts": texts, "aligners": aligners, "seeds": seeds, "device": device}
    found = read_recipe(recipe, {key: value for key, value in given.items() if value}, root)
    folder = output or Path("results") / found.name
    check_folder(folder, "the sweep")
    runs = plan(found)
    if dry_run:
        return _list(runs, folder)
    log.info("%s; rows go to %s", _count(runs), folder)
    with opened(cache, no_cache) as store:
        bench = Workbench(found.root, store, found.device, bars())
        done = sweep(runs, folder, bench, values=found.values, command=command_line(), show_progress=bars())
    return _write(found, runs, folder, done)


def _count(runs: Sequence[Run]) -> str:
    return "1 run" if len(runs) == 1 else f"{len(runs):,} runs"


def _list(runs: Sequence[Run], folder: Path) -> Outcome:
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


def _write(recipe: Recipe, runs: Sequence[Run], folder: Path, done: Done) -> Outcome:
    """Writes tables and a plot of all rows."""
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
    not_drawn = _draw(figures, folder / PLOT, recipe.name)
    notes += not_drawn
    document = {
        "folder": str(folder),
        "runs": len(runs),
        "made": done.new,
        "failed": done.failed,
        "figures": [asdict(each) for each in figures],
        "errors": [{"key": row["key"], **row["error"]} for row in done.rows if "error" in row],
    }
    view: list[Any] = [overview_grid(figures)] if figures else []
    plot = f", {PLOT}" if figures and not not_drawn else ""
    view.append(f"{_count(runs)}, {done.new} of them new: {folder / TABLE}, {CSV}{plot}")
    return Outcome(document, view, notes, bool(done.failed))


def _draw(figures: Sequence[Figure], path: Path, title: str) -> list[str]:
    """Draws the plot, or says why it cannot."""
    from headword.report.plots import draw_sweep

    if not figures:
        return []
    try:
        draw_sweep(figures, path, title)
    except MissingExtra as error:
        return [f"{path} is not drawn: {error.found}; {error.do}"]
    return []
