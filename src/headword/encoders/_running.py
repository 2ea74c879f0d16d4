"""A network on its device: evaluation mode, proven head, batches to embeddings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Float32
from PIL import Image
from torch import Tensor, nn

from headword.arrays import chunks
from headword.encoders._custom_transform import CustomTransform
from headword.encoders._device import Halving, pick_device, precision
from headword.encoders._last_linear import LastLinear, Tap, find_last_linear, vectors
from headword.labels.label_set import LabelSet

__all__ = ["LoadedNetwork", "Running", "Transform"]


@runtime_checkable
class Transform(Protocol):
    """A picture to a tensor; its text tells all that decides the outcome, for the fingerprint."""

    def __call__(self, image: Image.Image, /) -> Tensor:
        """One picture, of any size and in RGB, as a tensor that stacks with the others."""
        ...

    def normalise(self, batch: Tensor, /) -> Tensor:
        """A stack of them as the (n, channels, h, w) float32 batch the network reads."""
        ...


def _call(module: nn.Module, pixels: Tensor) -> Any:
    answer = module(pixels)
    return getattr(answer, "logits", answer)  # transformers wraps its answers


@dataclass(frozen=True)
class LoadedNetwork:
    """A classifier as a library hands it over, and what is known about it.

    Attributes:
        module: The network, weights loaded, on the CPU.
        transform: Its own preprocessing.
        architecture: What the library calls it, for the fingerprint.
        answer: From module and pixels to logits; to the embedding where the network is headless.
        labels: Its classes, where its record lists them.
        record: Its record's word for its classes (timm's tag), where there is one.
        layers: The layers to take for the head; found by the proof when empty.
        headless: It ends in an embedding.
        channels_last: Known to accept that layout, and faster in it.
    """

    module: nn.Module
    transform: Transform
    architecture: str
    answer: Callable[[nn.Module, Tensor], Any] = _call
    labels: LabelSet | None = None
    record: str | None = None
    layers: tuple[str, ...] = ()
    headless: bool = False
    channels_last: bool = False


MIN_STEP = 4
"""On a CPU a batch goes through in steps of two pictures a thread, and at least this many: the activations of 32
pictures outgrow what the allocator keeps, and the page faults of asking for them anew cost more than the network."""


class Running:
    """A network that answers with embeddings.

    Args:
        network: The network; its module is put into evaluation mode and float32, and moved to the device.
        device: "auto", "cpu", "cuda", "cuda:1" or "mps".
        dtype: "auto", "float32", "bfloat16" or "float16".

    Raises:
        InputError: No such device or precision; the answer is not one row per picture.
        HeadMismatch: The head cannot be proven.
    """

    def __init__(self, network: LoadedNetwork, device: str, dtype: str) -> None:
        self.network, self.dtype = network, dtype
        wanted = pick_device(device)
        self._halving = Halving()
        self._layout = torch.channels_last if network.channels_last else torch.contiguous_format
        # The proof runs on the CPU: a GPU may round products to ten bits (TF32) and miss the tolerance.
        self.device = torch.device("cpu")
        self._module = network.module.eval().float().to(self.device).to(memory_format=self._layout)
        self.last: LastLinear | None = None
        probe = torch.stack([network.transform(image) for image in _probe_images()])
        if isinstance(network.transform, CustomTransform):
            network.transform.require_certain(_probe_images())
        if not network.headless:
            with torch.inference_mode():
                self.last = find_last_linear(self._module, self._answer, self._pixels(probe), network.layers)
        self._tap = Tap(self._module, self.last.layers if self.last else ())
        self.device = wanted
        self._module.to(self.device)
        self.dim = int(self(probe).shape[1])

    def __call__(self, batch: Tensor) -> Float32[np.ndarray, "n d"]:
        """Embeddings of pictures that went through the transform."""
        # The caller may have trained the module in the meantime; dropout must stay off.
        self._module.eval()
        step = max(MIN_STEP, 2 * torch.get_num_threads()) if self.device.type == "cpu" else len(batch)
        parts: list[Float32[np.ndarray, "b d"]] = []
        for part in chunks(len(batch), step):
            piece = batch[part]
            run = partial(self._rows, piece)
            parts += self._halving(run, len(piece))
        return np.concatenate(parts)

    def _rows(self, batch: Tensor, start: int, stop: int) -> Float32[np.ndarray, "n d"]:
        return self._embed(batch[start:stop])

    @torch.inference_mode()
    def _embed(self, batch: Tensor) -> Float32[np.ndarray, "n d"]:
        with precision(self.device, self.dtype):
            answer = self._tap.run(self._answer, self._pixels(batch))
        read = [self._tap.inputs[name] for name in self.last.layers] if self.last else [answer]
        return torch.cat([vectors(rows, len(batch)) for rows in read], dim=1).cpu().numpy()

    def _answer(self, pixels: Float[Tensor, "n channels h w"]) -> Any:
        return self.network.answer(self._module, pixels)

    def _pixels(self, batch: Tensor) -> Float[Tensor, "n channels h w"]:
        return self.network.transform.normalise(batch.to(self.device)).contiguous(memory_format=self._layout)


def _probe_images() -> list[Image.Image]:
    """Two pictures of soft random blots, the same in every run."""
    blots = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)
    return [Image.fromarray(blot).resize((320, 320), Image.Resampling.BICUBIC) for blot in blots]
