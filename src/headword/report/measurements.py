"""What a report measures of a model besides its results: gaps, neighbours, names, hubs and controls, ready for JSON.

Each function gives what it found and says in words what it left out, and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import clone

from headword.aligners.gradient import GradientAligner
from headword.analysis import badly_named, cka, gap, hubness, mutual_neighbours
from headword.analysis.naming import FEWEST as FEWEST_NAMED
from headword.analysis.separability import FEWEST
from headword.arrays import unit
from headword.datasets import Labelled
from headword.metrics.statistics import mean_sd
from headword.model.aligned import AlignedModel
from headword.model.alignment import align_pairs
from headword.report.embedded_data import Classes, EmbeddedDataset, Meanings, sample
from headword.tasks import Result, retrieval, zero_shot
from headword.tasks.table import main_metrics

__all__ = ["evaluate_on", "measure_controls", "measure_gaps", "measure_hubs", "measure_naming", "measure_neighbours"]

MOST = 1_000
"""Rows of a kind in a gap, and texts among which neighbours are looked for."""

KS = (1, 3, 5, 10, 20, 50)
SUSPECTS = 30
DRAWS = 3


def evaluate_on(model: AlignedModel, data: Any, definitions: Meanings, adapt: bool, progress: bool | None) -> Result:
    """Zero-shot for pictures with classes, retrieval for pictures with captions."""
    if isinstance(data, Labelled):
        return zero_shot(model, data, definitions=definitions, adapt=adapt, show_progress=progress)
    return retrieval(model, data, adapt=adapt, show_progress=progress)


def measure_gaps(
    classes: Classes | None, sets: Sequence[EmbeddedDataset], permutations: int, seed: int
) -> list[dict[str, Any]]:
    """The gap between prototypes and names, and of both from the pictures and texts of each data set."""
    asked = list[tuple[str, str, str, np.ndarray, np.ndarray, bool]]()
    if classes is not None:
        rows, names = classes.shared_rows, classes.shared_names
        asked.append(("prototypes", "names", "shared", rows, names, True))
    for each in sets:
        name = each.data.name
        if classes is not None:
            asked.append(("prototypes", f"pictures of {name}", "image", classes.rows, each.images, False))
            if not _is_image_space(each.images, each.shared):
                asked.append(("prototypes", f"pictures of {name}", "shared", classes.shared_rows, each.shared, False))
        asked.append((f"pictures of {name}", f"{each.kind} of {name}", "shared", each.shared, each.shared_texts, False))
    out = []
    for first, second, space, A, B, paired in asked:
        if min(len(A), len(B)) < FEWEST:
            continue
        a = sample(len(A), MOST, seed)
        b = a if paired else sample(len(B), MOST, seed)
        found = gap(A[a], B[b], paired=paired, permutations=permutations, seed=seed)
        out.append({"first": first, "second": second, "space": space, **found.as_dict()})
    return out


def _is_image_space(rows: np.ndarray, shared: np.ndarray) -> bool:
    """Whether the shared space is image space, at unit length: then its gap is image space's."""
    return rows.shape == shared.shape and np.allclose(unit(rows), shared, atol=1e-5)


def measure_neighbours(
    classes: Classes | None, sets: Sequence[EmbeddedDataset], permutations: int, seed: int
) -> list[dict[str, Any]]:
    """Whether the two frozen spaces agree before any alignment: m_NN for several k, and CKA.

    Besides the classes of the head, data sets with captions are looked at.
    """
    asked = [] if classes is None else [("prototypes and names", classes.rows, classes.names)]
    for each in sets:
        if each.caption_means is not None:
            asked.append((f"pictures and captions of {each.data.name}", each.images, each.caption_means))
    out = []
    for what, A, B in asked:
        ks = [k for k in KS if k < len(A)]
        if len(A) < 4 or not ks:
            continue
        alike = mutual_neighbours(A, B, ks, permutations=permutations, seed=seed)
        whole = cka(A, B, permutations=permutations, seed=seed)
        out.append({"what": what, "n": len(A), "measures": [each.as_dict() for each in (*alike, *whole)]})
    return out


def measure_naming(classes: Classes | None, seed: int) -> tuple[dict[str, Any] | None, str | None]:
    """The classes most suspected of being badly named, or why there are none."""
    if classes is None:
        return None, "the model learnt from no head"
    if len(classes.labels) < FEWEST_NAMED:
        return None, f"{len(classes.labels)} classes are too few to tell from the others what one should be called"
    found = badly_named(classes.pairs, classes.labels.names, seed=seed)
    rows = [each.as_dict() | {"id": classes.labels.ids[each.row]} for each in found.rows[:SUSPECTS]]
    return {"classes": found.classes, "separation": found.separation, "rows": rows}, None


def measure_hubs(
    classes: Classes | None, sets: Sequence[EmbeddedDataset], permutations: int, seed: int
) -> list[dict[str, Any]]:
    """Which texts come up for every picture, and which pictures for every text."""
    asked = list[tuple[str, np.ndarray, np.ndarray, Sequence[str]]]()
    if classes is not None:
        asked.append(("names found by prototypes", classes.shared_names, classes.shared_rows, classes.labels.names))
    for each in sets:
        name, kind, ids = each.data.name, each.kind, [each.data.ids[row] for row in each.rows]
        asked.append((f"{kind} of {name} found by its pictures", each.shared_texts, each.shared, each.texts))
        asked.append((f"pictures of {name} found by its {kind}", each.shared, each.shared_texts, ids))
    out = []
    for what, rows, queries, names in asked:
        k = min(10, (len(rows) - 1) // 2)
        if k < 1:
            continue
        found = hubness(rows, queries, k=k, permutations=permutations, seed=seed)
        out.append({"what": what, "names": [names[row] for row in found.hubs], **found.as_dict()})
    return out


def measure_controls(
    model: AlignedModel,
    classes: Classes | None,
    results: Sequence[Result],
    data: Sequence[Any],
    definitions: Meanings,
    progress: bool | None,
) -> tuple[list[dict[str, Any]], str | None]:
    """The same model fitted the names of other classes, or why there is none: what it reaches is owed to no meaning.

    `results` are those of the model itself on `data`, each picture judged by itself.
    """
    if classes is None:
        return [], "the model learnt from no head, so there are no names to deal out anew"
    if isinstance(model.aligner, GradientAligner):
        return [], "the aligner is trained, and would take minutes for each draw; run headword validate --permuted"
    aligner = clone(model.aligner).set_params(**model.describe()["aligner"]["chosen"])
    fitted = [
        replace(
            align_pairs(model.image_encoder, model.text_encoder, classes.pairs.permuted(seed), aligner, classes.labels),
            templates=model.templates,
        )
        for seed in range(DRAWS)
    ]
    out = _held_out(model, fitted)
    for result, each in zip(results, data, strict=True):
        found = [evaluate_on(control, each, definitions, False, progress) for control in fitted]
        for metric in main_metrics():
            if metric in result.metrics:
                values = [control.metrics[metric] for control in found]
                what, value, spread = (
                    f"{result.task} on {result.data}",
                    result.metrics[metric],
                    result.spread.get(metric),
                )
                out.append(_control(what, metric, value, spread, values, result.chance[metric]))
    return out, None


def _held_out(model: AlignedModel, fitted: Sequence[AlignedModel]) -> list[dict[str, Any]]:
    """Of what model and controls were asked alike: a model may have been asked with captions, which heads lack."""
    out = []
    for own in model.validation:
        alike = [each.top1 for control in fitted for each in control.validation if each.query_kind == own.query_kind]
        if len(alike) == len(fitted):
            what = f"held-out classes, asked with {own.query_kind}"
            out.append(_control(what, "top1", own.top1, own.top1_sd, alike, own.chance1))
    return out


def _control(
    what: str, metric: str, value: float, spread: float | None, permuted: list[float], chance: float
) -> dict[str, Any]:
    mean, sd = mean_sd(permuted)
    return {
        "what": what, "metric": metric, "value": value, "spread": spread, "permuted": mean, "permuted_sd": sd,
        "draws": len(permuted), "chance": chance,
    }  # fmt: skip
