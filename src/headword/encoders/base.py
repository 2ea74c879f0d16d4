"""What every encoder is: a frozen network behind `encode(items) -> (n, d) float32`."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float32

from headword._repr import short_repr
from headword.images.reading import BadImage

if TYPE_CHECKING:
    from headword.heads import Head
    from headword.labels.label_set import LabelSet

__all__ = ["Embedded", "Encoder", "ImageEncoder", "TextEncoder"]

log = logging.getLogger("headword")


@dataclass(frozen=True, eq=False)
class Embedded:
    """Pictures that could be read, as embeddings, and those that could not.

    Attributes:
        ids: One id (path, archive member or position) per row of `vectors`.
        vectors: (n, d) embeddings of the readable pictures.
        positions: (n,) where each row stood in the input.
        bad: The unreadable ones, with reasons.
    """

    ids: tuple[str, ...]
    vectors: Float32[np.ndarray, "n d"]
    positions: tuple[int, ...]
    bad: tuple[BadImage, ...]

    __repr__ = short_repr

    def log_bad(self) -> None:
        """Logs a warning where pictures could not be read, for callers whose answer has no place to name them."""
        if self.bad:
            total, first = len(self.ids) + len(self.bad), self.bad[0]
            template = "%d of %d pictures could not be read, first %s: %s"
            log.warning(template, len(self.bad), total, first.id, first.reason)


class Encoder(ABC):
    """A frozen network; weights are loaded on first use.

    Attributes:
        name: The name it was loaded by, prefix included: "timm/resnet50.a1_in1k".
    """

    name: str

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    @property
    @abstractmethod
    def dim(self) -> int:
        """Width of its embeddings."""

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Hash of architecture, weights, preprocessing and pooling: equal only where the embeddings are."""

    def describe(self) -> dict[str, Any]:
        """Name, width and fingerprint, ready for JSON."""
        return {"name": self.name, "dim": self.dim, "fingerprint": self.fingerprint}


class ImageEncoder(Encoder):
    """Pictures to embeddings."""

    @abstractmethod
    def embed(
        self, items: Any, *, batch_size: int = 32, show_progress: bool | None = None, strict: bool = False
    ) -> Embedded:
        """Embeds pictures and names those that could not be read.

        Args:
            items: A path, glob, folder, PIL image, array or bytes, or a sequence of these.
            batch_size: Pictures a forward pass; halved where memory runs out.
            show_progress: A bar on stderr; `None` shows it on a terminal only.
            strict: Raise on the first unreadable picture instead of reporting it.

        Raises:
            InputError: `items` is empty or not pictures.
            BadImageError: With `strict`, a picture cannot be read.
        """

    @abstractmethod
    def head(self, labels: LabelSet | Sequence[str] | str | Path | None = None) -> Head:
        """The classifier's last linear layer with its classes, proven on a probe batch.

        Args:
            labels: Classes of the rows where the model's own record does not tell them.

        Raises:
            HeadMismatch: The layer does not reproduce the logits, or is not linear over one embedding.
            LabelMismatch: The number of labels is not the number of rows, or cannot be told.
        """

    def encode(
        self, items: Any, *, batch_size: int = 32, show_progress: bool | None = None, strict: bool = False
    ) -> Float32[np.ndarray, "n d"]:
        """One row per picture, in order; a picture that cannot be read is a row of NaN and is logged.

        Takes and raises what `embed` does; `embed` tells bad pictures apart by name.
        """
        found = self.embed(items, batch_size=batch_size, show_progress=show_progress, strict=strict)
        rows = np.full((len(found.ids) + len(found.bad), self.dim), np.nan, dtype=np.float32)
        rows[list(found.positions)] = found.vectors
        found.log_bad()
        return rows


class TextEncoder(Encoder):
    """Texts to embeddings."""

    @abstractmethod
    def encode(
        self, items: str | Sequence[str], *, batch_size: int = 64, show_progress: bool | None = None
    ) -> Float32[np.ndarray, "n d"]:
        """One L2-normalised row per text, in order; a text longer than the encoder reads is logged.

        Raises:
            InputError: No text, or something that is not a string.
        """
