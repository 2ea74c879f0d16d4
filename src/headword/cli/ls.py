"""`headword ls`: the names that the other verbs take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from headword.cli import _options as options
from headword.cli._common import Outcome, verb
from headword.cli._options import argument
from headword.registry import Registry

if TYPE_CHECKING:
    from headword.datasets.spec import DatasetSpec


KINDS = Registry(
    "kind of name",
    "headword.kinds",
    {
        "aligners": "headword.aligners:registry",
        "adapters": "headword.adapters:registry",
        "image-encoders": "headword.encoders:image_encoders",
        "text-encoders": "headword.encoders:text_encoders",
        "data-sets": "headword.datasets:registry",
        "label-sets": "headword.labels:registry",
        "templates": "headword.prompts.templates:TEMPLATES",
        "metrics": "headword.metrics:registry",
        "tasks": "headword.tasks:registry",
        "verbs": "headword.cli:registry",
    },
)
IMAGE_ENCODERS = {
    "bundled": "bundled/efficientnet-lite0, -lite1, -lite2: weights that come by pip",
    "hf": "hf/microsoft/resnet-50: any image classifier of transformers",
    "open_clip": "open_clip/ViT-B-32:openai: the image tower of a CLIP, which has no head",
    "timm": "timm/resnet50.a1_in1k: any classifier of timm",
    "torchvision": "torchvision/resnet50.IMAGENET1K_V2: any classifier of torchvision",
}
TEXT_ENCODERS = {
    "bundled": "bundled/all-minilm-l6-v2: weights that come by pip",
    "open_clip": "open_clip/ViT-B-32:openai: the text tower of a CLIP",
    "sentence-transformers": "sentence-transformers/all-roberta-large-v1: any model of that library",
}

Kind = Annotated[str | None, argument("KIND", "What to list, such as aligners; by default everything.")]


@verb("headword ls", "headword ls aligners --json")
def run(kind: Kind = None, root: options.Root = None) -> Outcome:
    """List the names that the other verbs take."""
    from headword.report import Grid

    found = {each: {name: _about(each, name, root) for name in KINDS[each]} for each in ([kind] if kind else KINDS)}
    grids = [Grid(each.replace("-", " "), ("name", ""), tuple(rows.items())) for each, rows in found.items()]
    return Outcome(found, grids)


def _about(kind: str, name: str, root: Path | None) -> str:
    """A line about a name."""
    if kind in ("image-encoders", "text-encoders"):
        known = IMAGE_ENCODERS if kind == "image-encoders" else TEXT_ENCODERS
        return known.get(name, f"{name}/…: from another package")
    entry = KINDS[kind][name]
    if kind == "data-sets":
        return _about_data(entry, root)
    if kind == "label-sets":
        from headword.labels.imagenet import SETS

        return f"{SETS[name][1] if name in SETS else len(entry()):,} classes"
    if kind == "templates":
        return str(entry[0]) if len(entry) == 1 else f"{len(entry)}: {entry[0]} …"
    return str(entry.about) if kind in ("metrics", "tasks") else (entry.__doc__ or "").partition("\n")[0]


def _about_data(spec: DatasetSpec, root: Path | None) -> str:
    from headword.datasets import data_folder
    from headword.datasets.spec import KnownClasses

    classes = f"{len(spec.classes) or 'own'} classes" if isinstance(spec, KnownClasses) else "captions"
    splits = ", ".join(f"{split} {images:,}" for split, images in spec.splits.items())
    place = next(iter(spec.places(data_folder(root))), None)
    return f"{classes}; {splits}; {'not here' if place is None else f'in {place}'}"
