"""What the image encoders built on PyTorch share: loading on first use, batches, head, fingerprint."""

from __future__ import annotations

import hashlib
import json
from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from headword.encoders._running import LoadedNetwork, Running
from headword.encoders._weights import digest
from headword.encoders.base import Embedded, ImageEncoder
from headword.encoders.batches import iter_batches
from headword.errors import HeadMismatch
from headword.heads import Head
from headword.images.reading import BadImage
from headword.labels.label_set import LabelSet

__all__ = ["HeadLabels", "TorchImageEncoder", "fingerprint_of"]

HeadLabels = LabelSet | Sequence[str] | str | Path | None


def fingerprint_of(**facts: str) -> str:
    """SHA-256 over facts that do not depend on the name or path a network was loaded by."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


class TorchImageEncoder(ImageEncoder):
    """An image encoder around a PyTorch network; a subclass says how that is loaded.

    On a CPU it computes in float32; on CUDA in bfloat16 or float16 by autocast. Embeddings are float32
    everywhere.

    Args:
        name: What it was loaded by.
        device: "auto", "cpu", "cuda" or "mps".
        dtype: "auto", "float32", "bfloat16" or "float16".
        labels: Classes of the head where its own record is wrong or silent.
    """

    def __init__(self, name: str, *, device: str = "auto", dtype: str = "auto", labels: HeadLabels = None) -> None:
        self.name = name
        self._device, self._dtype, self._labels = device, dtype, labels

    @abstractmethod
    def _load(self) -> LoadedNetwork:
        """Builds the network with its weights.

        Raises:
            WeightsUnavailable: They are neither on disk nor to be downloaded.
        """

    @cached_property
    def _running(self) -> Running:
        return Running(self._load(), self._device, self._dtype)

    @property
    def dim(self) -> int:
        """Width of its embeddings."""
        return self._running.dim

    @property
    def fingerprint(self) -> str:
        """Hash of architecture, weights, preprocessing, layer and, where asked for, half precision."""
        return self._fingerprint

    @cached_property
    def _fingerprint(self) -> str:
        running = self._running
        return fingerprint_of(
            architecture=running.network.architecture,
            weights=digest(running.network.module),
            preprocessing=str(running.network.transform),
            embedding="output" if running.last is None else " + ".join(running.last.layers),
            # "auto" counts as float32: the same model, to rounding, whatever machine it is loaded on.
            dtype="float32" if self._dtype == "auto" else self._dtype,
        )

    def embed(
        self, items: Any, *, batch_size: int = 32, show_progress: bool | None = None, strict: bool = False
    ) -> Embedded:
        """Embeds pictures and names those that could not be read; see `ImageEncoder.embed`."""
        running = self._running
        ids: list[str] = []
        positions: list[int] = []
        bad: list[BadImage] = []
        vectors = [np.empty((0, running.dim), np.float32)]
        batches = iter_batches(
            items, running.network.transform, batch_size=batch_size, strict=strict, show_progress=show_progress
        )
        for batch in batches:
            bad.extend(batch.bad)
            if len(batch.ids):
                ids.extend(batch.ids)
                positions.extend(batch.positions)
                vectors.append(running(batch.pixels))
        return Embedded(tuple(ids), np.concatenate(vectors), tuple(positions), tuple(bad))

    def head(self, labels: HeadLabels = None) -> Head:
        """The classifier's last linear layer with its classes, proven; see `ImageEncoder.head`."""
        running = self._running
        if running.last is None:
            raise HeadMismatch(
                f"the head of {self.name}",
                "this network ends in an embedding: it has no classes, so no rows to read",
                "use a checkpoint that was trained as a classifier",
            )
        layer = f"{' + '.join(running.last.layers)} of {self.name}"
        # Copies: the head must not change with the network, nor the network with the head.
        weight, bias = (part.cpu().numpy().copy() for part in (running.last.weight, running.last.bias))
        chosen = next((choice for choice in (labels, self._labels, running.network.labels) if choice is not None), None)
        known = LabelSet.resolve(chosen, len(weight), layer, running.network.record)
        return Head(weight, bias, known, layer)
