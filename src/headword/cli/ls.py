"""`headword ls`: the names that the other verbs take."""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

from headword.cli import _options as options
from headword.cli._common import Outcome, verb
from headword.cli._options import argument


class Kind(StrEnum):
    """What can be listed."""

    ALIGNERS = "aligners"
    ADAPTERS = "adapters"
    IMAGE_ENCODERS = "image-encoders"
    TEXT_ENCODERS = "text-encoders"
    DATA_SETS = "data-sets"
    LABEL_SETS = "label-sets"
    TEMPLATES = "templates"
    METRICS = "metrics"
    TASKS = "tasks"
    VERBS = "verbs"


_REGISTRIES = {
    Kind.ALIGNERS: "headword.aligners:registry",
    Kind.ADAPTERS: "headword.adapters:registry",
    Kind.IMAGE_ENCODERS: "headword.encoders:image_encoders",
    Kind.TEXT_ENCODERS: "headword.encoders:text_encoders",
    Kind.DATA_SETS: "headword.datasets:registry",
    Kind.LABEL_SETS: "headword.labels:registry",
    Kind.TEMPLATES: "headword.prompts.templates:TEMPLATES",
    Kind.METRICS: "headword.metrics:registry",
    Kind.TASKS: "headword.tasks:registry",
    Kind.VERBS: "headword.cli:registry",
}
EXAMPLES = {
    (Kind.IMAGE_ENCODERS, "bundled"): "bundled/efficientnet-lite0, -lite1, -lite2: weights that come by pip",
    (Kind.IMAGE_ENCODERS, "hf"): "hf/microsoft/resnet-50: any image classifier of transformers",
    (Kind.IMAGE_ENCODERS, "open_clip"): "open_clip/ViT-B-32:openai: the image tower of a CLIP, which has no head",
    (Kind.IMAGE_ENCODERS, "timm"): "timm/resnet50.a1_in1k: any classifier of timm",
    (Kind.IMAGE_ENCODERS, "torchvision"): "torchvision/resnet50.IMAGENET1K_V2: any classifier of torchvision",
    (Kind.TEXT_ENCODERS, "bundled"): "bundled/all-minilm-l6-v2: weights that come by pip",
    (Kind.TEXT_ENCODERS, "open_clip"): "open_clip/ViT-B-32:openai: the text tower of a CLIP",
    (Kind.TEXT_ENCODERS, "sentence-transformers"): (
        "sentence-transformers/all-roberta-large-v1: any model of that library"
    ),
}
"""How names of encoders are written, by kind and prefix."""

KindName = Annotated[Kind | None, argument("KIND", "What to list; by default everything.")]


@verb("headword ls", "headword ls aligners --json")
def run(kind: KindName = None, root: options.Root = None) -> Outcome:
    """List the names that the other verbs take."""
    from headword.report import Grid

    found = {each.value: _names(each, root) for each in ([kind] if kind else list(Kind))}
    grids = [Grid(each.replace("-", " "), ("name", ""), tuple(rows.items())) for each, rows in found.items()]
    return Outcome(found, grids)


def _names(kind: Kind, root: Path | None) -> dict[str, str]:
    """All names of a kind, each with a line about it."""
    module, _, attribute = _REGISTRIES[kind].partition(":")
    registry = getattr(import_module(module), attribute)
    if kind in (Kind.IMAGE_ENCODERS, Kind.TEXT_ENCODERS):
        return {name: EXAMPLES.get((kind, name), f"{name}/…: from another package") for name in registry}
    return {name: _about(kind, name, registry[name], root) for name in registry}


def _about(kind: Kind, name: str, entry: Any, root: Path | None) -> str:
    from headword.datasets import data_folder
    from headword.datasets.spec import KnownClasses
    from headword.labels.imagenet import SETS

    if kind is Kind.DATA_SETS:
        classes = f"{len(entry.classes) or 'own'} classes" if isinstance(entry, KnownClasses) else "captions"
        splits = ", ".join(f"{split} {images:,}" for split, images in entry.splits.items())
        place = next(iter(entry.places(data_folder(root))), None)
        return f"{classes}; {splits}; {'not here' if place is None else f'in {place}'}"
    if kind is Kind.LABEL_SETS:
        return f"{SETS[name][1] if name in SETS else len(entry()):,} classes"
    if kind is Kind.TEMPLATES:
        return str(entry[0]) if len(entry) == 1 else f"{len(entry)}: {entry[0]} …"
    if kind is Kind.METRICS:
        return f"{entry.about}; {'higher' if entry.higher_is_better else 'lower'} is better; chance: {entry.chance}"
    return str(entry.about) if kind is Kind.TASKS else (entry.__doc__ or "").partition("\n")[0]
