"""From a recipe to its runs: each combination once, without those that say nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from itertools import product
from typing import Any

from headword import aligners
from headword._version import __version__
from headword.bench.recipe import Recipe, TaskSpec
from headword.tasks.table import registry

__all__ = ["SCHEMA", "Fit", "Run", "plan"]

SCHEMA = 1
"""Version of a row's form; rows of another are made anew."""

_EXPANDED = ("adapt", "shots", "probe", "recycled", "sequential")


@dataclass(frozen=True)
class Fit:
    """What decides a fitted model; fields are those of a `Recipe`, with one value each.

    Attributes:
        image_encoder: Its name.
        text_encoder: Its name.
        aligner: Its name in the recipe.
        kind: Its name in the registry.
        parameters: Parameters of the aligner.
        mix: `None` where no images are learnt from.
        weight_ratio: `None` counts each class and each image alike.
        seed: Of the draws, and of an aligner that draws; `None` where nothing is drawn.
    """

    image_encoder: str
    text_encoder: str
    aligner: str
    kind: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    labels: str | None = None
    definitions: str = "auto"
    recycle: bool = True
    control: str = "none"
    hide: int = 0
    pairs: int = 0
    pair_data: str | None = None
    pair_split: str | None = None
    mix: str | None = None
    weight_ratio: float | None = None
    seed: int | None = None


@dataclass(frozen=True)
class Run:
    """A fit and a task: one row.

    Attributes:
        fit: The model.
        spec: The task.
        seed: Of the fit, or of a task that draws; `None` where nothing is drawn.
    """

    fit: Fit
    spec: TaskSpec
    seed: int | None

    def settings(self) -> dict[str, Any]:
        """All that decides it, as one flat table."""
        spec = asdict(self.spec)
        return {**asdict(self.fit), **spec, "seed": self.seed}

    @property
    def key(self) -> str:
        """Digest of the settings, the version of headword and the form of a row.

        The commits that a version under development counts are left out, or a sweep would start anew at each.
        """
        release, dev, _ = __version__.partition(".dev")
        content = json.dumps([SCHEMA, release + dev, self.settings()], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:20]

    def __str__(self) -> str:
        fit, spec = self.fit, self.spec
        learnt = [
            *(["rows" if fit.control == "none" else f"{fit.control} rows"] if fit.recycle else []),
            *([f"{fit.pairs} pictures of {fit.pair_data}"] if fit.pairs else []),
        ]
        return ", ".join(
            [
                f"{fit.image_encoder} with {fit.text_encoder}",
                f"{fit.aligner} on {' and '.join(learnt) or 'nothing'}",
                *([f"mix {fit.mix}"] if fit.mix else []),
                *([f"weight ratio {fit.weight_ratio:g}"] if fit.weight_ratio is not None else []),
                f"definitions {fit.definitions}",
                f"{spec.task} on {spec.data}{f' ({spec.split})' if spec.split else ''}",
                *(f"{key} {value}" for key, value in spec.options.items()),
                *([f"seed {self.seed}"] if self.seed is not None else []),
            ]
        )


def plan(recipe: Recipe) -> list[Run]:
    """The runs of a recipe, those of one model together, so that it is fitted once.

    Left out are fits on nothing. Where neither fit nor task draws anything, the seeds are one run and not many.
    """
    runs = [
        Run(fit, spec, seed if "seeds" in registry[spec.task].keywords else fit.seed)
        for draft in _fits(recipe)
        for seed in recipe.seeds
        for fit in [replace(draft, seed=seed) if _draws(draft) else draft]
        for spec in _specs(recipe)
        if fit.recycle or fit.pairs
    ]
    return list({run.key: run for run in runs}.values())


def _fits(recipe: Recipe) -> Iterator[Fit]:
    for image, text, definitions, aligner in product(recipe.images, recipe.texts, recipe.definitions, recipe.aligners):
        kind, parameters = recipe.aligner(aligner)
        base = Fit(image, text, aligner, kind, parameters, recipe.labels, definitions, hide=recipe.hide)
        more = product(recipe.recycle, recipe.pairs, recipe.mix, recipe.weight_ratio or (None,), recipe.control)
        for recycle, pairs, mix, ratio, control in more:
            yield replace(
                base,
                recycle=recycle,
                control=control if recycle else "none",
                pairs=pairs,
                pair_data=recipe.pair_data if pairs else None,
                pair_split=recipe.pair_split if pairs else None,
                mix=mix if pairs else None,
                weight_ratio=ratio if recycle and pairs else None,
            )


def _draws(fit: Fit) -> bool:
    own = _takes_seed(fit.kind) and "seed" not in fit.parameters
    return bool(own or fit.hide or fit.pairs or fit.control != "none")


@cache
def _takes_seed(kind: str) -> bool:
    return "seed" in aligners.registry[kind]().get_params()


def _specs(recipe: Recipe) -> Iterator[TaskSpec]:
    for spec in recipe.tasks:
        lists = {key: spec.options[key] for key in _EXPANDED if isinstance(spec.options.get(key), list)}
        for values in product(*lists.values()):
            yield replace(spec, options={**spec.options, **dict(zip(lists, values, strict=True))})
