"""`headword eval`: a saved model on a data set, with spread and chance beside every figure."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from headword.cli import _options as options
from headword.cli._cache import Cache, NoCache, opened
from headword.cli._common import Outcome, bars, command_line, log, unread, verb
from headword.cli._inputs import adapter_of, check_file, encoder_options, require_saved_model
from headword.cli._options import option
from headword.errors import InputError

if TYPE_CHECKING:
    from headword.datasets import Captioned, Labelled
    from headword.heads import Head
    from headword.model.aligned import AlignedModel
    from headword.report import Grid
    from headword.tasks import Result, Task

Data = Annotated[
    str, option("--data", "A folder with one folder per class, a captions file, or a known data set.", "PATH|NAME")
]
TaskName = Annotated[str, option("--task", "One of `headword ls tasks`.", "NAME")]
Train = Annotated[str | None, option("--train", "Few-shot: where its pictures come from.", "PATH|NAME")]
TrainSplit = Annotated[
    str | None, option("--train-split", "Few-shot: the split of --train; without it, of --data.", "SPLIT")
]
Holdout = Annotated[
    float | None,
    option("--holdout", "Few-shot without splits: share of each class to evaluate on, such as 0.5.", "SHARE"),
]
Shots = Annotated[list[int] | None, option("--shots", "Few-shot: pictures a class; by default 1, 2, 4, 8 and 16.", "K")]
Probe = Annotated[
    str | None, option("--probe", "Few-shot: what learns; by default prototype.", "prototype|ridge|logistic|names")
]
Seed = Annotated[
    int | None, option("--seed", "Few-shot: seed of the sample; by default 42, 137, 823, 5619 and 9871 in turn.", "N")
]
Template = Annotated[
    list[str] | None, option("--template", "Text for names, 'a photo of a {}'; repeat it for more.", "TEXT")
]
Adapt = Annotated[bool, option("--adapt", "Zero-shot, retrieval: first learn from the same pictures, unlabelled.")]
Method = Annotated[
    str | None,
    option("--method", "One of `headword ls adapters`; for retrieval csls or softmax. Implies --adapt.", "NAME"),
]


@verb(
    "headword eval lite0 --data my-pictures",
    "headword eval lite0 --data my-pictures --adapt",
    "headword eval lite0 --task retrieval --data flickr8k/captions.csv -o lite0.json",
)
def run(
    model: options.Model,
    data: Data,
    task: TaskName = "zero-shot",
    split: options.Split = None,
    train: Train = None,
    train_split: TrainSplit = None,
    holdout: Holdout = None,
    shots: Shots = None,
    probe: Probe = None,
    seed: Seed = None,
    root: options.Root = None,
    template: Template = None,
    adapt: Adapt = False,
    method: Method = None,
    definitions: options.DefinitionSource = "auto",
    output: options.OutputFile = None,
    cache: Cache = None,
    no_cache: NoCache = False,
    device: options.Device = "auto",
) -> Outcome:
    """Evaluate a saved model on pictures with classes or captions.

    Every figure stands beside its standard error and what guessing would reach. Embeddings are kept, so that the
    next model with the same encoders is evaluated at once.
    """
    require_saved_model(model)
    check_file(output, "the result")
    from headword.bench import write_row
    from headword.datasets import load

    given: dict[str, Any] = {"definitions": definitions, "templates": template, "shots": shots, "probe": probe}
    given |= {"holdout": holdout, "adapt": method or adapt or None, "seed": seed}
    test = load(data, root=root, split=split)
    given["train"] = load(train or data, root=root, split=train_split) if train or train_split else None
    given = _checked(task, test, {key: value for key, value in given.items() if value not in (None, [])})
    with opened(cache, no_cache) as store:
        results, document = _results(task, _load(model, device).cached(store), test, given)
    if output is not None:
        write_row(output, document)
    return _outcome(results, document, output)


def _load(model: str, device: str) -> AlignedModel:
    import headword as hw

    return hw.AlignedModel.from_pretrained(model, **encoder_options(device))


def _checked(name: str, data: Labelled | Captioned, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a task takes of what is given; refuses what it would ignore, unknown adapters, and data of another kind."""
    from headword.datasets import Captioned
    from headword.tasks import registry

    task: Task = registry[name]
    takes = {*task.options, *task.inputs, *(["seed"] if "seeds" in task.keywords else [])}
    ignored = [f"--{'template' if key == 'templates' else key}" for key in given if key not in {*takes, "definitions"}]
    if task.adapters is None and isinstance(given.get("adapt"), str):
        adapter_of(given["adapt"])
    if ignored:
        raise InputError(f"--task {name}", f"{', '.join(ignored)}, which it does not take", "leave that out")
    found = "captions" if isinstance(data, Captioned) else "classes"
    if found != task.data:
        do = "pass --task retrieval" if found == "captions" else f"leave --task {name} out"
        raise InputError(f"{name} on {data.name}", f"pictures with {found}", f"{do}, or name other data")
    return {key: value for key, value in given.items() if key in takes}


def _results(
    name: str, model: AlignedModel, data: Labelled | Captioned, given: dict[str, Any]
) -> tuple[list[Result], dict[str, Any]]:
    """The results, and the document about them that is written to a file."""
    from headword.bench import SCHEMA, result_row
    from headword.report import model_row, provenance
    from headword.tasks import evaluate, registry

    log.info("%s on %s (%s), %s pictures", name, data.name, data.split, f"{len(data):,}")
    inputs = {key: given.pop(key, None) for key in ("train", "seed")}
    known = _known(model) if "known" in registry[name].inputs else None
    started = time.perf_counter()
    results = evaluate(name, model, data, **inputs, known=known, options=given, show_progress=bars())
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
    """The rows of the classifier's head that the model learnt from."""
    import numpy as np

    from headword.heads import Head

    if model.prototypes is None or model.labels is None:
        return model.image_encoder.head()
    return Head(model.prototypes, np.zeros(len(model.labels), np.float32), model.labels)


def _outcome(results: Sequence[Result], document: dict[str, Any], output: Path | None) -> Outcome:
    first = results[0]
    bad = first.details.get("bad", [])
    about = f"{first.task} on {first.data} ({first.settings['split']}), {first.n:,} pictures, {first.mode}"
    notes = unread([f"{each['id']}: {each['reason']}" for each in bad], first.n + len(bad))
    adaptation = first.settings["adaptation"]
    notes += [adaptation["summary"]] if adaptation else []
    view = [about, _grid(results), *([] if output is None else [f"result: {output}"])]
    # The outcome of each picture is for `compare`, and would bury the figures.
    printed = {key: each for key, each in document.items() if key not in ("result", "results")}
    single = [{key: each for key, each in one.as_dict().items() if key != "details"} for one in results]
    printed |= {"result": single[0]} if len(single) == 1 else {"results": single}
    return Outcome(printed | {"bad_images": list(bad)}, view, notes, bool(bad))


def _grid(results: Sequence[Result]) -> Grid:
    """Metrics with spread and chance; over several seeds the spread is theirs."""
    from headword.metrics import mean_sd, metric_of
    from headword.report import Grid

    by_shots: dict[Any, list[Result]] = {}
    for each in results:
        by_shots.setdefault(each.settings.get("shots"), []).append(each)
    several = len(results) > 1
    rows = []
    for shots, group in by_shots.items():
        for name in group[0].metrics:
            metric = metric_of(name)
            mean, sd = mean_sd([each.metrics[name] for each in group])
            spread = sd if several else group[0].spread.get(name)
            chance = group[0].chance.get(name)
            rows.append((
                *([str(shots)] if several else []),
                name,
                f"{metric.scale * mean:.1f}{metric.unit}",
                "–" if spread is None or math.isnan(spread) else f"{metric.scale * spread:.1f}",
                "–" if chance is None else f"{metric.scale * chance:.3g}{metric.unit}",
            ))  # fmt: skip
    header = (*(["shots"] if several else []), "metric", "value", "± sd over seeds" if several else "± se", "chance")
    return Grid("", header, tuple(rows), range(len(header) - 3, len(header)))
