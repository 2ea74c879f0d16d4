"""`headword eval`: a saved model on a data set, with spread and chance beside every figure."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headword.cli._cache import Cache, NoCache, opened
from headword.cli._common import Code, Outcome, command_line, log, verb
from headword.cli._inputs import adapter_of, check_file, encoder_options, require_saved_model
from headword.cli._options import Debug, DefinitionSource, Device, Json, Quiet, Root, Split
from headword.errors import InputError

if TYPE_CHECKING:
    from headword.datasets import Captioned, Labelled
    from headword.heads import Head
    from headword.model.aligned import AlignedModel
    from headword.report import Grid
    from headword.tasks import Result

EXAMPLES = (
    "headword eval lite0 --data my-pictures",
    "headword eval lite0 --data my-pictures --adapt",
    "headword eval lite0 --task retrieval --data flickr8k/captions.csv -o lite0.json",
)


class Task(StrEnum):
    """What a model can be judged by."""

    ZERO_SHOT = "zero-shot"
    FEW_SHOT = "few-shot"
    RETRIEVAL = "retrieval"
    GENERALISED = "generalised"


@verb
def run(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A saved model.")],
    data: Annotated[
        str,
        typer.Option(
            "--data",
            metavar="PATH|NAME",
            help="A folder with one folder per class, a captions file, or a known data set (`headword ls data-sets`).",
        ),
    ],
    task: Annotated[Task, typer.Option("--task", help="What it is judged by.")] = Task.ZERO_SHOT,
    split: Split = None,
    train: Annotated[
        str | None, typer.Option("--train", metavar="PATH|NAME", help="Few-shot: where its pictures come from.")
    ] = None,
    train_split: Annotated[
        str | None,
        typer.Option(
            "--train-split",
            metavar="SPLIT",
            help="Few-shot: the split of --train, or of --data where there is no --train.",
        ),
    ] = None,
    holdout: Annotated[
        float | None,
        typer.Option(
            "--holdout",
            metavar="SHARE",
            help="Few-shot on data without splits: share of each class to judge by, such as 0.5.",
        ),
    ] = None,
    shots: Annotated[
        list[int] | None,
        typer.Option("--shots", metavar="K", help="Few-shot: pictures a class; 1, 2, 4, 8 and 16 unless given."),
    ] = None,
    probe: Annotated[
        str | None,
        typer.Option(
            "--probe",
            metavar="prototype|ridge|logistic|names",
            help="Few-shot: what learns from the pictures; prototype unless given.",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed",
            metavar="N",
            help="Few-shot: of the draw of pictures; 42, 137, 823, 5619 and 9871 in turn unless given.",
        ),
    ] = None,
    root: Root = None,
    template: Annotated[
        list[str] | None,
        typer.Option(
            "--template", metavar="TEXT", help="How names are said, 'a photo of a {}'; give it once for each."
        ),
    ] = None,
    adapt: Annotated[
        bool,
        typer.Option(
            "--adapt",
            help="Zero-shot, retrieval: let the model listen to the judged pictures first, without their classes.",
        ),
    ] = False,
    method: Annotated[
        str | None,
        typer.Option(
            "--method",
            metavar="NAME",
            help="How: one of `headword ls adapters`, for retrieval csls or softmax; implies --adapt.",
        ),
    ] = None,
    definitions: DefinitionSource = "auto",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the result as JSON, for `headword compare`."),
    ] = None,
    cache: Cache = None,
    no_cache: NoCache = False,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> Outcome:
    """Judge a saved model on pictures with classes or captions.

    Every figure stands beside its standard error and what guessing would reach. Embeddings are kept, so that the
    next model with the same encoders is judged at once.
    """
    require_saved_model(model)
    check_file(output, "the result")
    import headword as hw
    from headword.bench import options_of, write_row
    from headword.datasets import load

    judged = load(data, root=root, split=split)
    learnt = load(train or data, root=root, split=train_split) if train or train_split else None
    options = {"definitions": definitions, "templates": template, "shots": shots, "probe": probe, "holdout": holdout}
    options["adapt"] = method or (True if adapt else None)
    given = {key: value for key, value in options.items() if value is not None and value != []}
    _check(task, [*given, *(["train"] if learnt else []), *(["seed"] if seed is not None else [])], method)
    _check_data(task, judged)
    given = {key: value for key, value in given.items() if key in options_of(task.value)}
    progress = False if quiet else None
    with opened(cache, no_cache) as kept:
        loaded = hw.AlignedModel.from_pretrained(model, **encoder_options(device)).cached(kept)
        log.info("%s on %s (%s), %s pictures", task.value, judged.name, judged.split, f"{len(judged):,}")
        results, document = _judged(task, loaded, judged, learnt, seed, given, progress)
    if output is not None:
        write_row(output, document)
    return _told(results, document, output)


def _check_data(task: Task, data: Labelled | Captioned) -> None:
    """Refuses captions where classes are asked for, and the other way round."""
    from headword.datasets import Captioned

    captioned = isinstance(data, Captioned)
    if captioned != (task is Task.RETRIEVAL):
        found, do = ("captions", "pass --task retrieval") if captioned else ("classes", "leave --task retrieval out")
        raise InputError(f"{task.value} on {data.name}", f"pictures with {found}", f"{do}, or name other data")


def _check(task: Task, given: Sequence[str], method: str | None) -> None:
    """Refuses what was asked for and would not be done, and adapters that there are not."""
    from headword.bench import options_of

    known = {*options_of(task.value), "definitions", *(("train", "seed") if task is Task.FEW_SHOT else ())}
    idle = [f"--{key.removesuffix('s') if key == 'templates' else key}" for key in given if key not in known]
    if task is Task.ZERO_SHOT and isinstance(method, str):
        adapter_of(method)
    if idle:
        raise InputError(f"--task {task.value}", f"{', '.join(idle)}, which it does not take", "leave that out")


def _judged(
    task: Task,
    model: AlignedModel,
    data: Labelled | Captioned,
    train: Labelled | Captioned | None,
    seed: int | None,
    options: dict[str, Any],
    progress: bool | None,
) -> tuple[list[Result], dict[str, Any]]:
    """The results, and the document that is kept of them."""
    from headword.bench import SCHEMA, judge, result_row
    from headword.report import model_row, provenance

    known = _known(model) if task is Task.GENERALISED else None
    started = time.perf_counter()
    results = judge(
        task.value, model, data, train=train, known=known, seed=seed, options=options, show_progress=progress
    )
    shared = {
        "schema": SCHEMA,
        "model": model_row(model),
        "dtype": "float32",
        "seconds": time.perf_counter() - started,
        "provenance": provenance(command_line()),
    }
    rows = [result_row(each, values=True) for each in results]
    return results, {**shared, **({"result": rows[0]} if len(rows) == 1 else {"results": rows})}


def _known(model: AlignedModel) -> Head:
    """The rows of the classifier's head that the model learnt from, as it keeps them."""
    import numpy as np

    from headword.heads import Head

    if model.prototypes is None or model.labels is None:
        return model.image_encoder.head()
    return Head(model.prototypes, np.zeros(len(model.labels), np.float32), model.labels)


def _told(results: Sequence[Result], document: dict[str, Any], output: Path | None) -> Outcome:
    first = results[0]
    bad = first.details.get("bad", [])
    about = f"{first.task} on {first.data} ({first.settings['split']}), {first.n:,} pictures, {first.mode}"
    notes = [f"{len(bad)} of {first.n + len(bad)} pictures could not be read:"] if bad else []
    notes += [f"  {each['id']}: {each['reason']}" for each in bad]
    adaptation = first.settings["adaptation"]
    notes += [adaptation["summary"]] if adaptation else []
    view: list[Any] = [about, _grid(results)]
    if output is not None:
        view.append(f"result: {output}")
    # What became of each picture is for `compare`, and would bury the figures.
    printed = {key: each for key, each in document.items() if key not in ("result", "results")}
    single = [{key: each for key, each in one.as_dict().items() if key != "details"} for one in results]
    printed |= {"result": single[0]} if len(single) == 1 else {"results": single}
    return Outcome(printed | {"bad_images": list(bad)}, view, notes, Code.BAD_IMAGES if bad else Code.DONE)


def _grid(results: Sequence[Result]) -> Grid:
    """Metrics with spread and chance; over several seeds the spread is theirs."""
    from headword.metrics.statistics import mean_sd
    from headword.report import Grid

    draws: dict[Any, list[Result]] = {}
    for each in results:
        draws.setdefault(each.settings.get("shots"), []).append(each)
    several = len(results) > 1
    rows = []
    for shots, group in draws.items():
        for metric in group[0].metrics:
            scale, unit = (1, "") if metric.endswith("_rank") else (100, " %")
            mean, sd = mean_sd([each.metrics[metric] for each in group])
            spread = sd if several else group[0].spread.get(metric)
            chance = group[0].chance.get(metric)
            rows.append((
                *([str(shots)] if several else []),
                metric,
                f"{scale * mean:.1f}{unit}",
                "–" if spread is None or math.isnan(spread) else f"{scale * spread:.1f}",
                "–" if chance is None else f"{scale * chance:.3g}{unit}",
            ))  # fmt: skip
    header = (*(["shots"] if several else []), "metric", "value", "± sd over seeds" if several else "± se", "chance")
    return Grid("", header, tuple(rows), range(len(header) - 3, len(header)))
