"""What is analysed: a head and its names, and where there are any, a model that maps both and pictures with classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float32, Int64

from headword._repr import short_repr
from headword.errors import InputError
from headword.heads import Head
from headword.model.scoring import rows_in
from headword.pairs.pairs import Pairs

if TYPE_CHECKING:
    from headword.datasets.base import Labelled
    from headword.encoders.base import ImageEncoder, TextEncoder
    from headword.images.reading import BadImage
    from headword.model.aligned import AlignedModel

__all__ = ["EmbeddedImages", "Subject", "embed_images"]


@dataclass(frozen=True, eq=False)
class EmbeddedImages:
    """Pictures with classes.

    Attributes:
        vectors: (m, d) by the classifier's own encoder.
        rows: (m,) row of the head that each picture's class is; -1 where it is none.
        shared: (m, k) in the shared space; `None` without a model.
        data: Name, split and version of the data set, for the record.
        bad: Those that could not be read.
    """

    vectors: Float32[np.ndarray, "m d"]
    rows: Int64[np.ndarray, " m"]
    shared: Float32[np.ndarray, "m k"] | None
    data: dict[str, Any]
    bad: tuple[BadImage, ...] = ()

    __repr__ = short_repr


@dataclass(frozen=True, eq=False)
class Subject:
    """A head with its names, as `study` takes it.

    Attributes:
        head: Its rows and labels.
        names: (c, q) embeddings of the classes' plain names, row by row.
        pairs: Rows with all texts of their classes.
        shared: Prototypes (c, k) and names (c, k) as a model maps them; `None` without one.
        images: Pictures with classes; `None` where there are none.
    """

    head: Head
    names: Float32[np.ndarray, "c q"]
    pairs: Pairs
    shared: tuple[Float32[np.ndarray, "c k"], Float32[np.ndarray, "c k"]] | None = None
    images: EmbeddedImages | None = None

    __repr__ = short_repr

    @classmethod
    def of(
        cls,
        head: Head,
        text_encoder: TextEncoder,
        *,
        model: AlignedModel | None = None,
        definitions: Any = "auto",
        show_progress: bool | None = None,
    ) -> Subject:
        """Embeds the names of a head.

        Args:
            head: The classifier's head.
            text_encoder: Embeds names and the other texts.
            model: Maps rows and names; it learnt from them, so it maps other words less closely.
            definitions: See `Pairs.from_head`.
            show_progress: A bar while texts are embedded; `None` shows it on a terminal only.
        """
        names = text_encoder.encode(list(head.labels.names), show_progress=show_progress)
        pairs = Pairs.from_head(head, text_encoder, definitions=definitions, show_progress=show_progress)
        shared = None
        if model is not None:
            base = model.base  # what a query bank adds to rows is no place in the shared space
            rows = base.map_prototypes() if base.prototypes is not None else base.map_image(head.prototypes)
            shared = rows, base.map_text(names, names=True)
        return cls(head, names, pairs, shared)


def embed_images(
    data: Labelled,
    head: Head,
    image_encoder: ImageEncoder,
    *,
    model: AlignedModel | None = None,
    show_progress: bool | None = None,
) -> EmbeddedImages:
    """Embeds pictures and finds their classes among those of a head, by id or by name.

    Args:
        data: Pictures with classes.
        head: The classifier's head.
        image_encoder: The classifier's image encoder.
        model: Maps them into the shared space.
        show_progress: A bar while pictures are embedded; `None` shows it on a terminal only.

    Raises:
        InputError: No picture can be read.
    """
    found = image_encoder.embed(data.images, show_progress=show_progress)
    if not found.ids:
        raise InputError(f"pictures of {data.name}", "none could be read", "check the files")
    row_of = rows_in(head.labels, data.labels.ids, data.labels.names)
    shared = model.base.map_image(found.vectors) if model is not None else None
    about = {"name": data.name, "split": data.split, "version": data.version}
    return EmbeddedImages(found.vectors, row_of[data.targets[list(found.positions)]], shared, about, found.bad)
