"""Adapting a model: what an adapter learns from unlabelled images, and how an adapted model scores with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float32, Int64

from headword import adapters
from headword.adapters.adaptation import CENTRING_SHARE, Adaptation
from headword.adapters.base import Adapted, Adapter, LinearScores
from headword.adapters.centre import collection_centre
from headword.adapters.distinct import distinct
from headword.adapters.query_bank import QueryBank
from headword.model.scoring import Score, unique_label_embeddings
from headword.model.shared_space import SharedSpace
from headword.prompts.queries import Query

__all__ = ["adapted_scorer", "learn_adaptation", "per_label"]


def learn_adaptation(
    base: SharedSpace,
    vectors: Float32[np.ndarray, "n dx"],
    queries: Sequence[Query] | None,
    *,
    method: str | Adapter = "careful",
    bank: QueryBank | None = None,
) -> Adaptation:
    """`AlignedModel.adapt` for embeddings, (n, dx), and parsed labels; `base` was not adapted and stays as it is.

    Raises:
        InputError: No image.
        UnknownName: No adapter is called that.
    """
    adapter: Adapter = adapters.registry[method]() if isinstance(method, str) else method
    image = base.map_image(vectors)
    different = distinct(image)
    several = len(different) > 1
    centre = collection_centre(image[different], CENTRING_SHARE) if several else np.zeros(image.shape[1], np.float32)
    if bank is not None and several:
        bank = bank.with_collection(image[different])
    found = Adaptation(len(image), centre, bank=bank)
    if queries is None:
        return found
    return replace(
        found,
        method=adapters.name_of(type(adapter)),
        parameters={name: _for_json(value) for name, value in adapter.get_params().items()},
        prompts=base.prompts_for(queries),
        learnt=_learn_labels(base, image, queries, adapter if several else None),
    )


def adapted_scorer(base: SharedSpace, adaptation: Adaptation, queries: Sequence[Query]) -> Score:
    """Scores image embeddings among labels by what unlabelled images taught.

    What was learnt decides which label an image shows. The plain scores decide whether it shows any: the best label
    keeps the best plain score, so that "none of these" has the same share of false alarms.
    """
    names, scale, prompts = [query.label for query in queries], base.calibration.scale, base.prompts_for(queries)
    different, first, place = unique_label_embeddings(base, queries)
    plain = base.calibration.linear_scores(different)
    learnt = adaptation.scores([prompts[label] for label in first], plain)

    def score(embeddings: np.ndarray) -> tuple[list[str], np.ndarray]:
        image = base.map_image(embeddings)
        logits, before = learnt.logits(image, plain), plain(image)
        logits += (before.max(axis=1) - logits.max(axis=1))[:, None]
        return names, logits[:, place].astype(np.float64) / scale

    return score


def per_label(found: Adapted, place: Int64[np.ndarray, " m"]) -> Adapted:
    """Spreads what was learnt for different places over the labels that lie there (`place`), and drops the images."""
    scores = LinearScores(found.scores.weight[place], found.scores.bias[place], found.scores.centre)
    shares = (found.class_priors / np.bincount(place))[place].astype(np.float32)
    return replace(found, scores=scores, class_priors=shares, assigned=None)


def _for_json(value: Any) -> Any:
    """A parameter for JSON: OTTER's shares may be an array."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def _learn_labels(base: SharedSpace, image: np.ndarray, queries: Sequence[Query], adapter: Adapter | None) -> Adapted:
    """What an adapter learns for each label; nothing without one. Labels that map to one place are one to it."""
    different, _, place = unique_label_embeddings(base, queries)
    plain = base.calibration.linear_scores(different)
    unknown = np.full(len(different), np.nan, np.float32)
    found = Adapted(plain, unknown, mixing_weight=0.0) if adapter is None else adapter.fit(image, plain)
    return per_label(found, place)
