"""Generalised zero-shot: names the classifier knows and names it never saw, as candidates together.

It is what users meet, and harder than either alone: known names are scored by their own rows of the head, new ones by
what their texts predict, and the bolder scores of the known ones win. A handicap on known names moves the balance; the
curve over all handicaps, and the area under it, say what a model is worth before one is chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Float32

from headword.arrays import chunks
from headword.errors import InputError
from headword.heads import Head
from headword.labels.label_set import LabelSet
from headword.metrics.classification import class_error, class_shares, harmonic_mean
from headword.metrics.generalised import Balance, generalised_scores, tipping_points
from headword.model.aligned import AlignedModel
from headword.model.scoring import rows_in, unique_label_embeddings
from headword.prompts.queries import Definitions
from headword.tasks.base import SCORES, Result, embed, settings_of, texts_of, with_templates
from headword.tasks.table import Task

if TYPE_CHECKING:
    from headword.datasets.base import Labelled

__all__ = ["TASK", "Scorer", "Scores", "calibrated_scorer", "generalised", "plain_scorer"]

CURVE = 101
"""Points of the curve that a result keeps."""

Scores = Callable[[Float32[np.ndarray, "n dx"]], tuple[Float[np.ndarray, "n s"], Float[np.ndarray, "n u"]]]
"""Embeddings to scores of the known and of the new classes."""

Scorer = Callable[[Head, LabelSet], Scores]
"""Head of the known classes and new labels, to what scores them."""


def plain_scorer(model: AlignedModel, *, definitions: Definitions = "auto") -> Scorer:
    """Scores without any calibration: cosines to the head's rows and to what the new names map to."""

    def cosines(rows: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        return lambda image: image @ rows.T

    return _scorer(model, definitions, cosines, cosines)


def calibrated_scorer(model: AlignedModel, *, definitions: Definitions = "auto") -> Scorer:
    """Scores as `AlignedModel.classify` compares known and new names."""
    return _scorer(model, definitions, model.calibration.known_scorer, model.calibration.label_scorer)


def _scorer(model: AlignedModel, definitions: Definitions, known_scorer: Any, label_scorer: Any) -> Scorer:
    def scorer(known: Head, new: LabelSet) -> Scores:
        of_known = known_scorer(replace(model, prototypes=known.prototypes).map_prototypes())
        text, _, place = unique_label_embeddings(model, model.parse_labels(new, definitions, unique=False))
        of_new = label_scorer(text)

        def scores(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            image = model.map_image(vectors)
            return of_known(image), of_new(image)[:, place]

        return scores

    return scorer


def generalised(
    model: AlignedModel,
    data: Labelled,
    known: Head,
    *,
    scores: Scorer | None = None,
    offset: float = 0.0,
    definitions: Definitions = "auto",
    templates: str | Sequence[str] | None = None,
    show_progress: bool | None = None,
) -> Result:
    """Classifies pictures of known and of new classes among both.

    Candidates are all classes of `known` and those of the data set that are not among them (see `scoring.rows_in`). An
    adapted model is evaluated as its base: images teach nothing about known classes.

    Args:
        model: Fitted on `known` alone: a model that learnt from a new class is refused.
        data: Pictures of both kinds of classes; classes without pictures are candidates too.
        known: The head of the known classes.
        scores: What scores candidates; `None` takes `calibrated_scorer`, or `plain_scorer` where the model was not
            calibrated.
        offset: Handicap: what is taken from the scores of known names.
        definitions: See `AlignedModel.encode_labels`.
        templates: How new names are said; `None` takes the data set's own templates, or the model's.
        show_progress: Bars on stderr; `None` shows them on a terminal only.

    Returns:
        "seen_mean_per_class", "unseen_mean_per_class", "harmonic_mean" and "ausuc"; `details["curve"]`, and
        `details["best"]`: the best point of it, found with the targets and so no honest figure.

    Raises:
        InputError: No picture of known or of new classes, or a model that was taught a new class.
    """
    model = model.base
    new, place = _candidates(data.labels, known.labels)
    # All labels are asked for: those that are known show whether ids are codes.
    here = rows_in(model.labels, data.labels.ids, data.labels.names) if model.labels else np.full(len(place), -1)
    taught = np.flatnonzero(here[place >= len(known)] >= 0)
    if len(taught):
        raise InputError(
            f"{len(new)} classes of {data.name} as new ones",
            f"the model learnt from {len(taught)} of them, first {new.names[taught[0]]!r}",
            "fit it on the known rows alone: Pairs.from_head(known, …), then align_pairs",
        )
    speaker = with_templates(model, data, templates)
    usual = calibrated_scorer if len(model.calibration.background) else plain_scorer
    scorer = usual(speaker, definitions=definitions) if scores is None else scores
    score = scorer(known, new)
    vectors, rows, bad = embed(model, data, show_progress)
    targets = place[data.targets[rows]]
    block = max(1, SCORES // (len(known) + len(new)))
    found = [tipping_points(*score(vectors[part]), targets[part]) for part in chunks(len(vectors), block)]
    balance = generalised_scores(np.concatenate(found), targets, len(known), offset=offset)
    queries = speaker.parse_labels(new, definitions, unique=False)
    settings = settings_of(speaker, data) | texts_of(speaker, queries, definitions)
    settings |= {"known": known.labels.name, "known_version": known.labels.version, "offset": offset}
    settings |= {"known_classes": len(known), "new_classes": len(new)}
    settings["scores"] = "own" if scores is not None else usual.__name__
    return _result(data.name, balance, targets, len(known), len(new), settings, {"bad": bad})


TASK = Task(generalised, main=("harmonic_mean",))


def _result(
    data: str,
    balance: Balance,
    targets: np.ndarray,
    known: int,
    new: int,
    settings: dict[str, Any],
    details: dict[str, Any],
) -> Result:
    guess = 1 / (known + new)
    found = {
        "seen_mean_per_class": balance.seen,
        "unseen_mean_per_class": balance.unseen,
        "harmonic_mean": balance.harmonic_mean,
        "ausuc": balance.ausuc,
    }
    right, kinds = balance.right.astype(np.float64), {"seen": targets < known, "unseen": targets >= known}
    spread, values = dict[str, float](), dict[str, np.ndarray]()
    for name, kind in kinds.items():
        sizes, shares = class_shares(balance.right[kind], targets[kind], known + new)
        spread[f"{name}_mean_per_class"] = class_error(sizes, shares)
        # Pictures weigh by their class, so that their mean is the mean over classes.
        values[f"{name}_mean_per_class"] = right[kind] * kind.sum() / ((sizes > 0).sum() * sizes[targets[kind]])
    curve = balance.curve
    means = [harmonic_mean(seen, unseen) for _, seen, unseen in curve.tolist()]
    best = int(np.argmax(means))
    points = np.unique(np.linspace(0, len(curve) - 1, CURVE).round().astype(int))
    details |= {
        "curve": [dict(zip(("offset", "seen", "unseen"), point, strict=True)) for point in curve[points].tolist()],
        "best": {"offset": float(curve[best, 0]), "harmonic_mean": means[best], "tuned_on": "the test pictures"},
        "pictures": {"known": int((targets < known).sum()), "new": int((targets >= known).sum())},
    }
    chance = dict.fromkeys(("seen_mean_per_class", "unseen_mean_per_class", "harmonic_mean"), guess)
    return Result("generalised", data, "inductive", len(targets), found, chance, spread, settings, details, values)


def _candidates(labels: LabelSet, known: LabelSet) -> tuple[LabelSet, np.ndarray]:
    """Those of `labels` that are new, and the place of each of `labels` among known and new ones."""
    place = rows_in(known, labels.ids, labels.names)
    new = np.flatnonzero(place < 0)
    if not len(new) or len(new) == len(labels):
        raise InputError(
            f"known and new classes among the {len(labels)} labels",
            f"{len(new)} that are not in {known.name}",
            "take data with classes of both kinds, or pass the head of a part of them, by the data set's ids or names",
        )
    place[new] = len(known) + np.arange(len(new))
    return labels.take(new), place
