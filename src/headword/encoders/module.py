"""A user's own network, and a head from a state dict alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor, nn

from headword.encoders._custom_transform import CustomTransform
from headword.encoders._last_linear import weight_rows
from headword.encoders._running import LoadedNetwork
from headword.encoders._torch import HeadLabels, TorchImageEncoder
from headword.encoders._weights import load_into, read_state_dict
from headword.encoders.timm import timm_network
from headword.encoders.transform import Preprocess
from headword.errors import InputError
from headword.heads import Head
from headword.labels.label_set import LabelSet

__all__ = ["ModuleEncoder", "head_from_state_dict"]


class ModuleEncoder(TorchImageEncoder):
    """A classifier of the user's own; it is put into evaluation mode and float32, and moved to the device.

    Args:
        module: Pixels in, one row of logits per picture out. A timm model brings its own preprocessing.
        transform: The preprocessing it was trained with: a `Preprocess`, or a function from a PIL picture
            (RGB) to a normalised (3, h, w) tensor, such as torchvision's.
        device: "auto", "cpu", "cuda" or "mps".
        dtype: "auto", "float32", "bfloat16" or "float16".
        labels: Its classes, in the order of the head's rows.
        layer: Name of its last linear layer (several where it averages them); by default it is found.
        checkpoint: A .safetensors or .pth file of weights to load into it first.
        headless: It ends in an embedding, not in logits.
    """

    def __init__(
        self,
        module: nn.Module,
        *,
        transform: Callable[[Image.Image], Any] | None = None,
        device: str = "auto",
        dtype: str = "auto",
        labels: HeadLabels = None,
        layer: str | Sequence[str] | None = None,
        checkpoint: str | Path | None = None,
        headless: bool = False,
    ) -> None:
        super().__init__(f"module/{type(module).__name__}", device=device, dtype=dtype, labels=labels)
        if transform is None and not hasattr(module, "pretrained_cfg"):
            raise InputError(
                f"an encoder from a module of class {type(module).__name__}",
                "no preprocessing",
                "pass transform=, exactly as in training: a wrong mean costs ten points in silence",
            )
        self._module, self._transform, self._checkpoint, self._headless = (module, transform, checkpoint, headless)
        self._layers = (layer,) if isinstance(layer, str) else tuple(layer or ())

    @property
    def fingerprint(self) -> str:
        """As for other encoders, but of the weights as they are now: the module is the user's, who may train it on."""
        self.__dict__.pop("_fingerprint", None)
        return super().fingerprint

    def _load(self) -> LoadedNetwork:
        if self._checkpoint is not None:
            load_into(self._module, read_state_dict(self._checkpoint), f"{self.name} with {self._checkpoint}")
        if hasattr(self._module, "pretrained_cfg"):
            network = timm_network(self._module, {})
            if self._transform is not None:
                network = replace(network, transform=_as_transform(self._transform))
        else:
            assert self._transform is not None
            kind = type(self._module)
            network = LoadedNetwork(
                self._module, _as_transform(self._transform), f"{kind.__module__}.{kind.__qualname__}"
            )
        # The module stays the user's: its weights keep their layout.
        return replace(network, layers=self._layers, headless=network.headless or self._headless, channels_last=False)


def _as_transform(function: Callable[[Image.Image], Any]) -> CustomTransform | Preprocess:
    return function if isinstance(function, Preprocess) else CustomTransform(function)


def head_from_state_dict(
    source: str | Path | Mapping[str, Tensor], layer: str, labels: LabelSet | Sequence[str] | str | Path | None = None
) -> Head:
    """The head in a state dict, by the name of its layer; without the network nothing can be proven of it.

    Args:
        source: A state dict, or a .safetensors or .pth file of one.
        layer: Name of the last linear layer: "fc" for "fc.weight" and "fc.bias".
        labels: Its classes, in the order of its rows; a known set of that width where there is just one.

    Raises:
        InputError: No such layer, or one whose weight is not a matrix.
        WeightsUnavailable: The file is absent or damaged, or needs pickle.
        LabelMismatch: The labels do not fit the rows.
    """
    state = source if isinstance(source, Mapping) else read_state_dict(source)
    weight, bias = state.get(f"{layer}.weight"), state.get(f"{layer}.bias")
    holder = nn.Module()
    if weight is not None:
        holder.weight = nn.Parameter(weight.detach().clone(), requires_grad=False)
    rows = weight_rows(holder)
    if rows is None:
        linear = [
            name.removesuffix(".weight")
            for name, value in state.items()
            if name.endswith(".weight") and value.ndim == 2
        ]
        raise InputError(
            f"the layer {layer!r} of a state dict",
            "no linear layer of that name in it",
            f"use one of its last ones: {', '.join(linear[-5:]) or 'it has none'}",
        )
    matrix = rows.cpu().numpy()
    vector = np.zeros(len(matrix), np.float32) if bias is None else bias.detach().float().cpu().numpy()
    return Head(matrix, vector, LabelSet.resolve(labels, len(matrix), f"{layer} of a state dict"), layer)
