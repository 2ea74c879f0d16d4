"""What a model answers: labels for pictures, pictures for texts, and what could not be answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, overload

import numpy as np
from jaxtyping import Float

from headword._repr import short_repr
from headword.arrays import top_k
from headword.images.reading import BadImage
from headword.prompts.queries import Query

__all__ = ["NONE_OF_THESE", "Prediction", "Predictions", "Ranking"]

NONE_OF_THESE = "none of these"


@dataclass(frozen=True)
class Prediction:
    """Labels of one picture, best first.

    Attributes:
        id: The picture: its path, or its place among the pictures given.
        labels: The best labels.
        probabilities: Of these labels, among all labels asked for; between 0 and 1.
        scores: Calibrated scores of these labels (see `headword.model.calibration`), by which they were ordered;
            comparable within one model only. "None of these" has the score that a label must pass.
    """

    id: str
    labels: tuple[str, ...]
    probabilities: tuple[float, ...]
    scores: tuple[float, ...]

    __repr__ = short_repr

    @classmethod
    def best(
        cls,
        ids: Sequence[str],
        names: Sequence[str],
        scores: Float[np.ndarray, "n m"],
        probability: Float[np.ndarray, "n m"],
        k: int,
    ) -> list[Prediction]:
        """The k best of all names for each picture."""
        return [
            cls(
                each,
                tuple(names[i] for i in best),
                tuple(float(probability[row, i]) for i in best),
                tuple(float(scores[row, i]) for i in best),
            )
            for row, (each, best) in enumerate(zip(ids, top_k(scores, k).tolist(), strict=True))
        ]

    @property
    def label(self) -> str:
        """The best label."""
        return self.labels[0]

    @property
    def probability(self) -> float:
        """Probability of the best label."""
        return self.probabilities[0]


@dataclass(frozen=True)
class Predictions(Sequence[Prediction]):
    """One `Prediction` for each readable picture, in order.

    Attributes:
        items: The predictions.
        bad: Pictures that could not be read, with reasons.
        queries: The labels as they were understood; `query.ambiguous` ones got no definition.
    """

    items: tuple[Prediction, ...]
    bad: tuple[BadImage, ...]
    queries: tuple[Query, ...]

    __repr__ = short_repr

    @overload
    def __getitem__(self, index: int) -> Prediction: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Prediction, ...]: ...
    def __getitem__(self, index: int | slice) -> Prediction | tuple[Prediction, ...]:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "predictions": [asdict(item) for item in self.items],
            "bad_images": [asdict(each) for each in self.bad],
            "labels": [query.label for query in self.queries],
            "ambiguous": [query.label for query in self.queries if query.ambiguous],
        }


@dataclass(frozen=True)
class Ranking:
    """Pictures for one text, best first.

    Attributes:
        text: What was asked for.
        ids: The pictures.
        scores: Their similarities to the text.
    """

    text: str
    ids: tuple[str, ...]
    scores: tuple[float, ...]

    __repr__ = short_repr

    @classmethod
    def best(cls, texts: Sequence[str], ids: Sequence[str], scores: Float[np.ndarray, "n m"], k: int) -> list[Ranking]:
        """The k best pictures for each text."""
        return [
            cls(each, tuple(ids[i] for i in best), tuple(float(scores[row, i]) for i in best))
            for row, (each, best) in enumerate(zip(texts, top_k(scores, k).tolist(), strict=True))
        ]
