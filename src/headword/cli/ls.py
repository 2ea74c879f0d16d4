"""`headword ls`: the names that the other verbs take."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from headword.cli._common import Outcome, verb
from headword.cli._options import Debug, Json, Quiet

EXAMPLES = ("headword ls", "headword ls aligners --json")

SEEING = {
    "bundled": "bundled/efficientnet-lite0, -lite1, -lite2: weights that come by pip",
    "hf": "hf/microsoft/resnet-50: any image classifier of transformers",
    "open_clip": "open_clip/ViT-B-32:openai: the image tower of a CLIP, which has no head",
    "timm": "timm/resnet50.a1_in1k: any classifier of timm",
    "torchvision": "torchvision/resnet50.IMAGENET1K_V2: any classifier of torchvision",
}
READING = {
    "bundled": "bundled/all-minilm-l6-v2: weights that come by pip",
    "open_clip": "open_clip/ViT-B-32:openai: the text tower of a CLIP",
    "sentence-transformers": "sentence-transformers/all-roberta-large-v1: any model of that library",
}


class Kind(StrEnum):
    """What can be listed."""

    ALIGNERS = "aligners"
    ADAPTERS = "adapters"
    IMAGE_ENCODERS = "image-encoders"
    TEXT_ENCODERS = "text-encoders"
    DATA_SETS = "data-sets"
    LABEL_SETS = "label-sets"
    TEMPLATES = "templates"


@verb
def run(
    kind: Annotated[Kind | None, typer.Argument(metavar="KIND", help="What to list; everything unless given.")] = None,
    root: Annotated[
        Path | None,
        typer.Option("--root", metavar="FOLDER", help="Where to look for data sets; $HEADWORD_DATA, else data."),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> Outcome:
    """List the names that the other verbs take."""
    from headword.report import Grid

    lists: dict[Kind, Callable[[], dict[str, str]]] = {**_LISTS, Kind.DATA_SETS: partial(_data_sets, root)}
    found = {each.value: lists[each]() for each in ([kind] if kind else list(Kind))}
    grids = [Grid(each.replace("-", " "), ("name", ""), tuple(rows.items())) for each, rows in found.items()]
    return Outcome(found, grids)


def _aligners() -> dict[str, str]:
    from headword.aligners import registry

    return {name: (registry[name].__doc__ or "").partition("\n")[0] for name in registry}


def _adapters() -> dict[str, str]:
    from headword.adapters import registry

    return {name: (registry[name].__doc__ or "").partition("\n")[0] for name in registry}


def _image_encoders() -> dict[str, str]:
    from headword.encoders import image_encoders

    return {name: SEEING.get(name, f"{name}/…: from another package") for name in image_encoders}


def _text_encoders() -> dict[str, str]:
    from headword.encoders import text_encoders

    return {name: READING.get(name, f"{name}/…: from another package") for name in text_encoders}


def _data_sets(root: Path | None) -> dict[str, str]:
    from headword.datasets import data_folder, registry
    from headword.datasets.spec import KnownClasses

    folder, found = data_folder(root), {}
    for name in registry:
        spec = registry[name]
        classes = f"{len(spec.classes) or 'own'} classes" if isinstance(spec, KnownClasses) else "captions"
        splits = ", ".join(f"{split} {images:,}" for split, images in spec.splits.items())
        place = next(iter(spec.places(folder)), None)
        found[name] = f"{classes}; {splits}; {'not here' if place is None else f'in {place}'}"
    return found


def _label_sets() -> dict[str, str]:
    from headword.labels.imagenet import SETS

    return {name: f"{rows:,} classes" for name, (_, rows) in SETS.items()}


def _templates() -> dict[str, str]:
    from headword.prompts.templates import TEMPLATES

    return {name: each[0] if len(each) == 1 else f"{len(each)}: {each[0]} …" for name, each in TEMPLATES.items()}


_LISTS: dict[Kind, Callable[[], dict[str, str]]] = {
    Kind.ALIGNERS: _aligners,
    Kind.ADAPTERS: _adapters,
    Kind.IMAGE_ENCODERS: _image_encoders,
    Kind.TEXT_ENCODERS: _text_encoders,
    Kind.LABEL_SETS: _label_sets,
    Kind.TEMPLATES: _templates,
}
