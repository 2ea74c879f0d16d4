"""Result: what a task found, with everything needed to repeat it and to compare it with another."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float32, Float64, Int64

from headword._repr import short_repr
from headword.errors import InputError
from headword.model.aligned import AlignedModel
from headword.prompts.queries import Definitions, Query, texts

if TYPE_CHECKING:
    from headword.datasets.base import Captioned, Labelled

__all__ = ["SCORES", "Result", "embed", "settings_of", "texts_of", "with_templates"]

SCORES = 2**23
"""Scores held at once: 64 MiB."""


@dataclass(frozen=True, eq=False)
class Result:
    """What a task found.

    Attributes:
        task: "zero-shot", "few-shot", "retrieval" or "generalised".
        data: The data set's name.
        mode: "inductive" if each image was classified by itself, else "adapted on 120 unlabelled pictures". Figures of
            different modes do not share a column.
        n: Number of images evaluated on.
        metrics: Shares in 0…1 by name; names that end in "_rank" are positions, 1 is best. Each name means the same in
            every task.
        chance: What guessing reaches, where that has a closed form.
        spread: Standard errors over pictures.
        settings: Everything needed to repeat it: split, its hash, templates, definitions, seed, shots.
        details: What stands behind the figures: classes, confusions, pictures that could not be read.
        values: The values whose mean is the metric, one for each picture or caption; two results on the same data are
            compared value by value (`headword.metrics.statistics.paired`).
        clusters: For metrics whose values are by caption: the picture of each.
    """

    task: str
    data: str
    mode: str
    n: int
    metrics: Mapping[str, float]
    chance: Mapping[str, float] = field(default_factory=dict)
    spread: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Float64[np.ndarray, " _"]] = field(default_factory=dict, repr=False)
    clusters: Mapping[str, Int64[np.ndarray, " _"]] = field(default_factory=dict, repr=False)

    __repr__ = short_repr

    def as_dict(self, *, values: bool = False) -> dict[str, Any]:
        """For JSON: plain dictionaries, lists, numbers and texts.

        Args:
            values: Include `values` and `clusters`, by which results can be compared pairwise later.
        """
        left_out = () if values else ("values", "clusters")
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self) if each.name not in left_out}


def embed(
    model: AlignedModel, data: Labelled | Captioned, show_progress: bool | None, *, evaluates: bool = True
) -> tuple[Float32[np.ndarray, "n d"], Int64[np.ndarray, " n"], list[dict[str, str]]]:
    """Embeddings of the pictures that can be read, their rows in `data`, and the others with reasons (also logged).

    Args:
        model: Its image encoder embeds.
        data: The pictures.
        show_progress: A bar on stderr; `None` shows it on a terminal only.
        evaluates: Whether the model is evaluated on them, and so must not have learnt from them.

    Raises:
        InputError: None can be read, or the model has learnt from just these.
    """
    if evaluates and data.version in model.learnt_from:
        raise InputError(
            f"to evaluate on {data.name} ({data.split})", "the model has learnt from it", "use another split or set"
        )
    found = model.image_encoder.embed(data.images, show_progress=show_progress)
    bad = [{"id": data.ids[each.position], "reason": each.reason} for each in found.bad]
    if not found.ids:
        asked = f"the {len(data)} pictures of {data.name} ({data.split})"
        raise InputError(asked, f"none could be read, the first: {bad[0]['reason']}", "check the copy of the data set")
    found.log_bad()
    return found.vectors, np.array(found.positions, dtype=np.int64), bad


def with_templates(model: AlignedModel, data: Labelled, templates: str | Sequence[str] | None) -> AlignedModel:
    """The model with the templates to use: those that are given, else the data set's own, else the model's."""
    given = (templates,) if isinstance(templates, str) else templates
    return replace(model, templates=tuple(given) if given is not None else data.templates or model.templates)


def settings_of(model: AlignedModel, data: Labelled | Captioned) -> dict[str, Any]:
    """What every task's result says of model and data."""
    return {"split": data.split, "split_hash": data.version, "licence": data.licence, **model.describe()}


def texts_of(model: AlignedModel, queries: Sequence[Query], definitions: Definitions) -> dict[str, Any]:
    """The settings of the labels' texts; `texts_hash` is equal only where every text is."""
    said = [texts(query, model.templates) for query in queries]
    source = definitions if isinstance(definitions, str | bool | None) else type(definitions).__name__
    return {
        "templates": list(model.templates),
        "definitions": source,
        "defined": sum(query.definition is not None for query in queries),
        "texts_hash": hashlib.sha256(repr(said).encode()).hexdigest()[:12],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
