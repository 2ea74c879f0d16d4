"""AdaptedModel: an aligned model that has listened to the unlabelled pictures of a collection.

It answers all that its base does. `adapted.base` is the base again: nothing of it is changed or copied.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Float32, Int64

from headword import adapt
from headword.adapt import Adapted, Adapter, LinearScores
from headword.adapt.centre import collection_centre
from headword.adapt.distinct import distinct
from headword.adapt.query_bank import QueryBank
from headword.adaptation import HALF, Adaptation
from headword.brief import brief
from headword.model import AlignedModel
from headword.prompts import Query
from headword.scoring import Score, located

__all__ = ["AdaptedModel", "adapted", "per_label", "with_adaptation"]

log = logging.getLogger("headword")


@dataclass(frozen=True, eq=False)
class AdaptedModel(AlignedModel):
    """An aligned model and what unlabelled pictures taught it.

    Attributes:
        adaptation: What it learnt from them.
    """

    adaptation: Adaptation = field(kw_only=True)

    __repr__ = brief

    @property
    def base(self) -> AlignedModel:
        """The model before it was adapted."""
        return AlignedModel(**{each.name: getattr(self, each.name) for each in fields(AlignedModel)})

    @property
    def mode(self) -> str:
        """How it judges a picture: "adapted on 120 unlabelled pictures"."""
        return self.adaptation.mode

    def map_image(self, embeddings: Float[np.ndarray, "n dx"]) -> Float32[np.ndarray, "n k"]:
        """Embeddings of pictures in the shared space, which a query bank makes one coordinate wider.

        Takes and raises what `AlignedModel.map_image` does.
        """
        rows, bank = super().map_image(embeddings), self.adaptation.bank
        return rows if bank is None else bank.pictures(rows)

    def map_text(
        self,
        embeddings: Float[np.ndarray, "n dy"],
        groups: Int64[np.ndarray, " n"] | None = None,
        *,
        names: bool = False,
    ) -> Float32[np.ndarray, "m k"]:
        """Embeddings of texts in the same space as `map_image`.

        Takes and raises what `AlignedModel.map_text` does.
        """
        rows, bank = super().map_text(embeddings, groups, names=names), self.adaptation.bank
        return rows if bank is None else bank.texts(rows)

    def map_prototypes(self) -> Float32[np.ndarray, "c k"]:
        """The known classes' own rows in the same space as `map_image`.

        Raises what `AlignedModel.map_prototypes` does.
        """
        rows, bank = super().map_prototypes(), self.adaptation.bank
        return rows if bank is None else bank.pictures(rows)

    def told(self, queries: Sequence[Query]) -> str:
        """What of the adaptation counts for labels that `understand` gave, in words."""
        return self.adaptation.told(self.said(queries))

    def scorer(self, queries: Sequence[Query], *, known: bool = False) -> Score:
        """What scores embeddings of pictures among labels that `understand` gave.

        Which label a picture shows is told by what was learnt; whether it shows any, by the plain scores: the best
        label's score is the plain one's, so that "none of these" has the same share of false alarms. Known classes
        compete by plain scores, which the log says.
        """
        base, said = self.base, self.said(queries)
        if known:
            log.warning("known classes and labels compete by plain scores: %s counts for labels alone", self.mode)
        if known or not self.adaptation.trust(said):
            return base.scorer(queries, known=known)
        names, scale = [query.label for query in queries], self.calibration.scale
        different, first, place = located(base, queries)
        plain = LinearScores.plain(self.calibration, different)
        learnt = self.adaptation.scores([said[label] for label in first], plain)

        def score(embeddings: np.ndarray) -> tuple[list[str], np.ndarray]:
            image = base.map_image(embeddings)
            logits, before = learnt.logits(image, plain), plain(image)
            logits += (before.max(axis=1) - logits.max(axis=1))[:, None]
            return names, logits[:, place].astype(np.float64) / scale

        return score


def adapted(
    model: AlignedModel,
    vectors: Float32[np.ndarray, "n dx"],
    queries: Sequence[Query] | None,
    *,
    method: str | Adapter = "careful",
    bank: QueryBank | None = None,
) -> AdaptedModel:
    """`AlignedModel.adapt` for embeddings, and labels as they were understood; an adapted model starts from its base.

    Args:
        model: Stays as it is.
        vectors: (n, dx) pictures, embedded by its image encoder.
        queries: Labels; `None` for none.
        method: An adapter or its name.
        bank: For search; the pictures join its gallery.

    Raises:
        InputError: No picture.
        UnknownName: No adapter is called that.
    """
    base = model.base
    adapter: Adapter = adapt.registry[method]() if isinstance(method, str) else method
    image = base.map_image(vectors)
    different = distinct(image)
    several = len(different) > 1
    centre = collection_centre(image[different], HALF) if several else np.zeros(image.shape[1], np.float32)
    if bank is not None and several:
        bank = bank.adapted(image[different])
    found = Adaptation(len(image), centre, bank=bank)
    if queries is not None:
        found = replace(
            found,
            method=adapt.name_of(type(adapter)),
            parameters={name: _plain(value) for name, value in adapter.get_params().items()},
            said=base.said(queries),
            learnt=_learnt(base, image, queries, adapter if several else None),
        )
    return with_adaptation(base, found)


def with_adaptation(base: AlignedModel, found: Adaptation) -> AdaptedModel:
    """The model, and what unlabelled pictures taught it."""
    return AdaptedModel(**{each.name: getattr(base, each.name) for each in fields(base)}, adaptation=found)


def per_label(found: Adapted, place: Int64[np.ndarray, " m"]) -> Adapted:
    """What was learnt for different places, for the labels that are there; nothing of the pictures themselves.

    Args:
        found: Of the different places.
        place: (m,) the place of each label.
    """
    scores = LinearScores(found.scores.weight[place], found.scores.bias[place], found.scores.centre)
    shares = (found.shares / np.bincount(place))[place].astype(np.float32)
    return replace(found, scores=scores, shares=shares, assigned=None)


def _plain(value: Any) -> Any:
    """A parameter for JSON: OTTER's shares may be an array."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def _learnt(base: AlignedModel, image: np.ndarray, queries: Sequence[Query], adapter: Adapter | None) -> Adapted:
    """What an adapter learns, for each label; nothing, without one. Labels that map to one place are one to it."""
    different, _, place = located(base, queries)
    plain = LinearScores.plain(base.calibration, different)
    unknown = np.full(len(different), np.nan, np.float32)
    found = Adapted(plain, unknown, trust=0.0) if adapter is None else adapter.fit(image, plain)
    return per_label(found, place)
