"""A model's report: everything that can be told of it, as numbers first, and as page and card made of them alone.

report = model_report(model, ["my-pictures"], name="lite0")
report.write(Path("report.html"))
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from headword.aligners import name_of
from headword.datasets import Captioned, Labelled, load
from headword.report.rendering import write_html
from headword.report.rows import model_row, provenance
from headword.storage.json_safe import strict

if TYPE_CHECKING:
    from headword.cache.embeddings import EmbeddingCache
    from headword.model.aligned import AlignedModel
    from headword.report.embedded_data import Meanings
    from headword.tasks import Result

__all__ = ["Report", "model_report"]

SCHEMA = 1


@dataclass(frozen=True)
class Report:
    """What was found of a model. Page and card are functions of the document and of nothing else.

    Attributes:
        document: Everything, in JSON's own types; thumbnails are texts in it.
    """

    document: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return dict(self.document)

    def html(self) -> str:
        """One page that loads nothing from anywhere."""
        from headword.report.model_page import page

        return page(self.document)

    def card(self, licence: str = "unknown") -> str:
        """A model card in Markdown, with the front matter that Hugging Face reads.

        Args:
            licence: The model's licence, as Hugging Face calls it: "apache-2.0".
        """
        from headword.report.card import card

        return card(self.document, licence)

    def write(self, path: Path) -> None:
        """Writes the page; one that is half-written is not left behind."""
        write_html(path, self.html())


def model_report(
    model: AlignedModel,
    data: Sequence[Labelled | Captioned | str | Path] = (),
    *,
    name: str = "model",
    definitions: Meanings = "auto",
    adapt: bool = False,
    permutations: int = 10_000,
    seed: int = 0,
    root: str | Path | None = None,
    cache: EmbeddingCache | None = None,
    command: str | None = None,
    show_progress: bool | None = None,
) -> Report:
    """Measures a model and gathers what it is made of.

    Args:
        model: Any aligned model. Results are its own; where it is an adapted one, all else is of its base.
        data: What it is judged by: pictures with classes are classified, captions and pictures find each other. Data
            sets, or what `headword.datasets.load` takes.
        name: What it is called, and where it is saved: part of the commands that are shown.
        definitions: Definitions of labels and of the head's classes, see `AlignedModel.encode_labels`.
        adapt: Judge it on every data set once more, adapted on its pictures.
        permutations: How often the test of centroids shuffles; other nulls take 200.
        seed: Decides every draw.
        root: Where known data sets lie, see `headword.datasets.load`.
        cache: Where embeddings are kept; `None` keeps them for this call only.
        command: What was typed, for the record.
        show_progress: Bars on stderr; `None` shows them on a terminal only.

    Raises:
        InputError: Data that are none or that cannot be read, or that the model has learnt from.
        UnknownName: No data set is called so.
    """
    from headword.cache.embeddings import EmbeddingCache

    sets = [load(each, root=root) if isinstance(each, str | Path) else each for each in data]
    with ExitStack() as stack:
        kept = cache or EmbeddingCache(stack.enter_context(TemporaryDirectory(prefix="headword-")))
        measured = _measured(model.cached(kept), sets, definitions, adapt, permutations, seed, show_progress)
    named = list(zip(data, sets, strict=True))
    about = {
        "schema": SCHEMA,
        "name": name,
        "model": _model(model),
        "seed": seed,
        "definitions": definitions if isinstance(definitions, str | bool | None) else "own",
        "commands": [
            *_align_command(model, name),
            *_eval_commands(name, named, root, adapt),
            *([{"what": "This page", "command": command}] if command else []),
        ],
        "provenance": provenance(command),
    }
    return Report(strict(about | measured))


def _measured(
    model: AlignedModel,
    sets: Sequence[Labelled | Captioned],
    definitions: Meanings,
    adapt: bool,
    permutations: int,
    seed: int,
    progress: bool | None,
) -> dict[str, Any]:
    """All that takes time; results first, since what is wrong with data shows there."""
    from headword.report import confusions, embedded_data, map2d, measurements

    def judged(judge: AlignedModel, adapt: bool = False) -> list[Result]:
        return [measurements.evaluate_on(judge, each, definitions, adapt, progress) for each in sets]

    base = model.base
    results = judged(model)
    inductive = results if base is model else judged(base)
    more = judged(model, adapt=True) if adapt else []
    classes = embedded_data.classes_of(base, definitions, progress)
    embedded = [embedded_data.embed_dataset(base, each, definitions, progress) for each in sets]
    named, no_names = measurements.measure_naming(classes, seed)
    shuffled, no_controls = measurements.measure_controls(base, classes, inductive, sets, definitions, progress)
    nulls = min(permutations, 200)
    return {
        "results": [_result(each) for each in (*results, *more)],
        "confusions": confusions.confusion_details(model, embedded, definitions),
        "maps": map2d.maps(classes, embedded, seed),
        "gaps": measurements.measure_gaps(classes, embedded, permutations, seed),
        "neighbours": measurements.measure_neighbours(classes, embedded, nulls, seed),
        "naming": named,
        "hubs": measurements.measure_hubs(classes, embedded, nulls, seed),
        "controls": shuffled,
        "left_out": {key: why for key, why in (("naming", no_names), ("controls", no_controls)) if why},
    }


def _model(model: AlignedModel) -> dict[str, Any]:
    labels = model.labels
    return {
        **model_row(model),
        "mode": model.mode,
        "templates": list(model.templates),
        "classes": None if labels is None else len(labels),
        "labels": None if labels is None else {"name": labels.name, "version": labels.version},
        "rows": None if model.prototypes is None else len(model.prototypes),
        "bridge": model.bridge is not None,
        "learnt_from": list(model.learnt_from),
    }


def _result(result: Result) -> dict[str, Any]:
    found = result.as_dict()
    kept = ("task", "data", "mode", "n", "metrics", "chance", "spread")
    of_data = ("split", "split_hash", "licence", "classes", "captions", "templates", "definitions", "texts_hash")
    settings = {key: found["settings"][key] for key in of_data if key in found["settings"]}
    return {key: found[key] for key in kept} | {"settings": settings, "unreadable": found["details"]["bad"]}


def _align_command(model: AlignedModel, name: str) -> list[dict[str, str]]:
    """What to type for the same model; nothing where a command cannot say all of it."""
    aligner = model.aligner
    if model.prototypes is None or model.bridge or model.learnt_from:
        return []
    if aligner.get_params() != type(aligner)().get_params():
        return []
    words = ["headword", "align", model.image_encoder.name, "--text", model.text_encoder.name]
    words += ["--aligner", name_of(type(aligner)), "-o", name]
    return [{"what": "The model, if labels and definitions were the usual ones", "command": shlex.join(words)}]


def _eval_commands(
    name: str, data: Sequence[tuple[Any, Labelled | Captioned]], root: str | Path | None, adapt: bool
) -> list[dict[str, str]]:
    """What to type for each result on data that has a name."""
    out = []
    for given, loaded in data:
        if isinstance(given, str | Path):
            words = ["headword", "eval", name, "--data", str(given)]
            words += ["--task", "retrieval"] if isinstance(loaded, Captioned) else []
            words += ["--root", str(root)] if root else []
            out.append({"what": f"Its result on {loaded.name}", "command": shlex.join(words)})
            if adapt:
                again = shlex.join([*words, "--adapt"])
                out.append({"what": f"Its result on {loaded.name}, adapted", "command": again})
    return out
