"""What the text encoders share: each text once, in batches of like length, normalised, cut ones counted."""

from __future__ import annotations

import hashlib
import json
import logging
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor, nn

from headword._progress import progress_bar
from headword.arrays import chunks, unit
from headword.encoders._device import Halving, pick_device, precision
from headword.encoders._torch import fingerprint_of
from headword.encoders._weights import digest
from headword.encoders.base import TextEncoder
from headword.errors import InputError

__all__ = ["TextNetwork", "TorchTextEncoder", "vocabulary_digest"]

log = logging.getLogger("headword")


@dataclass(frozen=True)
class TextNetwork:
    """A text encoder as a library hands it over.

    Attributes:
        module: The network.
        device: Where it is.
        embed: From texts to an (n, d) tensor.
        tokens: From a text to the number of its tokens, special ones included.
        longest: Number of tokens it reads, where there is a limit.
        weights: The modules whose weights decide the outcome, for the fingerprint.
        architecture: What the library calls them, for the fingerprint.
        tokenizer_facts: Tokenizer, limit, prompt and pooling, for the fingerprint.
    """

    module: nn.Module
    device: torch.device
    embed: Callable[[list[str]], Tensor]
    tokens: Callable[[str], int]
    longest: int | None
    weights: Sequence[nn.Module]
    architecture: str
    tokenizer_facts: Sequence[str | int | None]


def vocabulary_digest(vocabulary: dict[str, int]) -> str:
    """SHA-256 over the tokens and their numbers."""
    return hashlib.sha256(json.dumps(sorted(vocabulary.items())).encode()).hexdigest()


class TorchTextEncoder(TextEncoder):
    """A text encoder around a PyTorch network; a subclass says how that is loaded.

    Texts are few and short beside pictures, so "auto" computes in float32 on every device.

    Args:
        name: What it was loaded by.
        device: "auto", "cpu", "cuda" or "mps".
        dtype: "auto", "float32", "bfloat16" or "float16".
    """

    def __init__(self, name: str, *, device: str = "auto", dtype: str = "auto") -> None:
        self.name = name
        self._device, self._dtype = device, "float32" if dtype == "auto" else dtype
        self._halving = Halving()

    @abstractmethod
    def _load(self, device: torch.device) -> TextNetwork:
        """Builds the network with its weights, on `device`.

        Raises:
            WeightsUnavailable: They are neither on disk nor to be downloaded.
        """

    @cached_property
    def _network(self) -> TextNetwork:
        return self._load(pick_device(self._device))

    @cached_property
    def dim(self) -> int:
        """Width of its embeddings."""
        return int(self._run(["a"]).shape[1])

    @cached_property
    def fingerprint(self) -> str:
        """Hash of architecture, weights, tokenizer, pooling and, where asked for, half precision."""
        network = self._network
        return fingerprint_of(
            architecture=network.architecture,
            weights=" ".join(map(digest, network.weights)),
            reading=json.dumps(list(network.tokenizer_facts)),
            dtype=self._dtype,
        )

    def encode(
        self, items: Any, *, batch_size: int = 64, show_progress: bool | None = None
    ) -> Float32[np.ndarray, "n d"]:
        """One L2-normalised row per text, in order; see `TextEncoder.encode`."""
        texts = _checked(items, batch_size)
        # By length, so that little is padded; then by text, so that the order given changes nothing.
        unique = sorted(set(texts), key=lambda text: (-len(text), text))
        self._warn_of_cut(unique)
        parts: list[Float32[np.ndarray, "b d"]] = []
        with progress_bar(show=show_progress, total=len(unique), desc="encode", unit="text") as bar:
            for batch in (unique[part] for part in chunks(len(unique), batch_size)):
                run = partial(self._run, batch)
                parts += self._halving(run, len(batch))
                bar.update(len(batch))
        row = {text: i for i, text in enumerate(unique)}
        return np.concatenate(parts)[[row[text] for text in texts]]

    @torch.inference_mode()
    def _run(self, texts: list[str], start: int = 0, stop: int | None = None) -> Float32[np.ndarray, "n d"]:
        network = self._network
        network.module.eval()
        with precision(network.device, self._dtype):
            rows = network.embed(texts[start:stop])
        return unit(rows.float().cpu().numpy())

    def _warn_of_cut(self, texts: Sequence[str]) -> None:
        limit = self._network.longest
        if limit is None:
            return
        # A token is a byte at least, and two special ones are added: most texts need no second tokenizing.
        cut = [text for text in texts if len(text.encode()) + 2 > limit and self._network.tokens(text) > limit]
        if cut:
            log.warning(
                "%d of %d texts are longer than the %d tokens that %s reads, and were cut; the first: %.60r",
                len(cut),
                len(texts),
                limit,
                self.name,
                cut[0],
            )


def _checked(items: Any, batch_size: int) -> list[str]:
    asked = "embeddings of texts"
    if batch_size < 1:
        raise InputError(asked, f"batch_size={batch_size}", "pass a positive number")
    if not isinstance(items, Iterable):
        raise InputError(asked, f"{type(items).__name__} {items!r:.60}", "pass a text or a list of texts")
    texts = [items] if isinstance(items, str) else list(items)
    if not texts:
        raise InputError(asked, "no text", "pass a text or a list of texts")
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputError(asked, f"{type(text).__name__} {text!r:.60} in place {i}", "pass texts only")
        if not _is_unicode(text):
            raise InputError(asked, f"half a character in place {i}: {text!r:.60}", "decode the text as UTF-8")
    return texts


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
