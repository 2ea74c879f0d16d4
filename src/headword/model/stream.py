"""Pictures that come one after the other: a model that listens to each once, and keeps sums only."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import numpy as np

from headword import adapters
from headword.adapters.adaptation import CENTRING_SHARE, Adaptation
from headword.adapters.careful import Careful
from headword.adapters.centre import centre_of
from headword.adapters.stream import Stream
from headword.encoders.base import Embedded
from headword.encoders.inputs import embedded
from headword.model.adapting import per_label
from headword.model.scoring import unique_label_embeddings
from headword.model.shared_space import SharedSpace
from headword.prompts.queries import Definitions, LabelsLike

__all__ = ["ImageStream"]


Model = TypeVar("Model", bound=SharedSpace)


class ImageStream(Generic[Model]):
    """What a model learns from a stream; see `headword.adapters.Stream` for how.

    A picture that comes again counts again, and pictures are never looked at twice: where a folder is at hand,
    `AlignedModel.adapt` learns more from it.

    Args:
        model: Stays as it is.
        labels: What may be in the pictures.
        definitions: See `AlignedModel.encode_labels`.
        careful: How far it goes.
    """

    def __init__(
        self, model: Model, labels: LabelsLike, *, definitions: Definitions = "auto", careful: Careful | None = None
    ) -> None:
        self.base = model.base
        queries = self.base.parse_labels(labels, definitions)
        different, _, self._place = unique_label_embeddings(self.base, queries)
        self._prompts = self.base.prompts_for(queries)
        self._stream = Stream(self.base.calibration.linear_scores(different), careful)

    def __len__(self) -> int:
        return self._stream.images

    def partial_fit(self, images: Any, *, strict: bool = False, show_progress: bool | None = None) -> Embedded:
        """Takes in pictures; those that cannot be read are logged and left out.

        Args:
            images: What `AlignedModel.classify` takes.
            strict: Raise on a picture that cannot be read.
            show_progress: A bar on stderr; `None` shows it on a terminal only.

        Returns:
            Their embeddings, which `classify` takes too: no picture needs to be encoded twice.
        """
        found = embedded(self.base.image_encoder, images, strict=strict, show_progress=show_progress)
        found.log_bad()
        if found.ids:
            self._stream.partial_fit(self.base.map_image(found.vectors))
        return found

    def adapted(self) -> Model:
        """The model with what was learnt so far: it answers for the labels, and can be saved."""
        n, sums = len(self), self._stream.sums.sum(axis=(0, 1))
        centre = centre_of(sums / n, n, CENTRING_SHARE) if n > 1 else np.zeros(len(sums), np.float32)
        careful = self._stream.careful
        found = Adaptation(
            n,
            centre,
            adapters.name_of(type(careful)),
            careful.get_params(),
            self._prompts,
            per_label(self._stream.adapted(), self._place),
        )
        return self.base.with_adaptation(found)
