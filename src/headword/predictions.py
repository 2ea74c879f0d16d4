"""What a model answers: labels for pictures, pictures for texts, and what could not be answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, overload

from headword.images import BadImage
from headword.prompts import Query

__all__ = ["NONE_OF_THESE", "Prediction", "Predictions", "Ranking"]

NONE_OF_THESE = "none of these"


@dataclass(frozen=True)
class Prediction:
    """Labels of one picture, best first.

    Attributes:
        id: The picture: its path, or its place among the pictures given.
        labels: The best labels.
        scores: Their probabilities among all labels asked for.
        similarities: Their raw scores; comparable within one model only. "None of these" has the level that a
            label must pass.
    """

    id: str
    labels: tuple[str, ...]
    scores: tuple[float, ...]
    similarities: tuple[float, ...]

    @property
    def label(self) -> str:
        """The best label."""
        return self.labels[0]

    @property
    def score(self) -> float:
        """Probability of the best label."""
        return self.scores[0]


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

    @overload
    def __getitem__(self, index: int) -> Prediction: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Prediction, ...]: ...
    def __getitem__(self, index: int | slice) -> Prediction | tuple[Prediction, ...]:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Prediction]:
        return iter(self.items)

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
