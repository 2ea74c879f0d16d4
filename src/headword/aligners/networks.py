"""The maps that are trained: drawn and run forward by torch while they learn, by NumPy alone ever after.

    Linear    W x (+ b)
    TwoLayer  LayerNorm( W₂ dropout(gelu(W₁ x + b₁)) + b₂ )
    Gated     W₃ clamp( ReLU6(W₁ z + b₁) ⊙ (W₂ z + b₂), ±1000 ) + b₃,   z = LayerNorm(x)

gelu is the exact one, x Φ(x); LayerNorm adds 1e-5 to the variance; both as torch has them. Weights are (inputs,
outputs), so that a map of rows is `x @ weight`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float32
from scipy.special import erf

from headword.arrays import chunks

if TYPE_CHECKING:
    from torch import Generator

__all__ = ["Gated", "Linear", "RowMap", "TwoLayer"]

EPS = 1e-5
"""What LayerNorm adds to the variance."""

CLAMP = 1e3
"""Bound of the gated product: SAIL's."""

ROWS = 4096
"""Rows that go through a map at once: hidden layers are several times as wide as what they are given."""

Array = Float32[np.ndarray, "..."]
Rows = Float32[np.ndarray, "n _"]


class RowMap(ABC):
    """A map of rows. Its parameters are named arrays; it holds none itself, so one object serves torch and NumPy."""

    @abstractmethod
    def init(self, generator: Generator) -> dict[str, Any]:
        """Parameters to start from, as float32 tensors on the CPU."""

    @abstractmethod
    def forward_torch(self, p: Mapping[str, Any], x: Any, generator: Generator) -> Any:
        """Rows of tensors forward, with all that is random in training."""

    @abstractmethod
    def forward_numpy(self, p: Mapping[str, Array], x: Rows) -> Rows:
        """Rows of arrays forward, with nothing random."""

    def __call__(self, p: Mapping[str, Array], x: Rows) -> Rows:
        """`forward_numpy`, some rows at a time."""
        return np.concatenate([self.forward_numpy(p, x[part]) for part in chunks(len(x), ROWS)])


@dataclass(frozen=True)
class Linear(RowMap):
    """One matrix.

    Attributes:
        inputs: Width of what it is given.
        outputs: Width of what it gives.
        bias: Whether it adds one.
        corrupt_batches: As in `TwoLayer`.
        corrupt_share: As in `TwoLayer`.
    """

    inputs: int
    outputs: int
    bias: bool = False
    corrupt_batches: float = 0.0
    corrupt_share: float = 0.0

    def init(self, generator: Generator) -> dict[str, Any]:
        """As torch draws: uniform in ± 1 / √inputs."""
        return _layer("", self.inputs, self.outputs, generator, bias=self.bias)

    def forward_torch(self, p: Mapping[str, Any], x: Any, generator: Generator) -> Any:
        """Corrupts some batches."""
        return _affine(p, "", _corrupted(x, self.corrupt_batches, self.corrupt_share, generator))

    def forward_numpy(self, p: Mapping[str, Array], x: Rows) -> Rows:
        """The same in NumPy."""
        return _affine(p, "", x)


@dataclass(frozen=True)
class TwoLayer(RowMap):
    """Weight recycling's text map.

    Attributes:
        inputs: Width of what it is given.
        hidden: Width of the layer between.
        outputs: Width of what it gives.
        dropout: Share of hidden units that are dropped, the others scaled up for it.
        corrupt_batches: Probability that a batch is corrupted.
        corrupt_share: Share of the input's numbers that are zeroed in such a batch; the others stay as they are.
    """

    inputs: int
    hidden: int
    outputs: int
    dropout: float = 0.0
    corrupt_batches: float = 0.0
    corrupt_share: float = 0.0

    def init(self, generator: Generator) -> dict[str, Any]:
        """As torch draws: uniform in ± 1 / √inputs of each layer."""
        return {
            **_layer("hidden_", self.inputs, self.hidden, generator),
            **_layer("", self.hidden, self.outputs, generator),
            **_norm(self.outputs),
        }

    def forward_torch(self, p: Mapping[str, Any], x: Any, generator: Generator) -> Any:
        """Corrupts some batches, drops hidden units."""
        from torch.nn import functional

        x = _corrupted(x, self.corrupt_batches, self.corrupt_share, generator)
        hidden = functional.gelu(_affine(p, "hidden_", x))
        if self.dropout:
            hidden = hidden * (_kept(hidden, self.dropout, generator) * (1 / (1 - self.dropout)))
        out = _affine(p, "", hidden)
        return functional.layer_norm(out, out.shape[-1:], p["scale"], p["shift"], EPS)

    def forward_numpy(self, p: Mapping[str, Array], x: Rows) -> Rows:
        """The same in NumPy, nothing corrupted or dropped."""
        hidden = _affine(p, "hidden_", x)
        hidden = hidden * (np.float32(0.5) * (1 + erf(hidden * np.float32(math.sqrt(0.5)))))
        return _layer_norm(_affine(p, "", hidden), p["scale"], p["shift"])


@dataclass(frozen=True)
class Gated(RowMap):
    """SAIL's head: a gated linear unit between two linear layers.

    Attributes:
        inputs: Width of what it is given.
        hidden: Width of the two layers that are multiplied.
        outputs: Width of what it gives.
    """

    inputs: int
    hidden: int
    outputs: int

    def init(self, generator: Generator) -> dict[str, Any]:
        """Xavier's uniform draw for weights, biases 0, as SAIL has it."""
        return {
            **_norm(self.inputs),
            **_layer("gate_", self.inputs, self.hidden, generator, xavier=True),
            **_layer("value_", self.inputs, self.hidden, generator, xavier=True),
            **_layer("", self.hidden, self.outputs, generator, xavier=True),
        }

    def forward_torch(self, p: Mapping[str, Any], x: Any, generator: Generator) -> Any:
        """Nothing is random."""
        from torch.nn import functional

        z = functional.layer_norm(x, x.shape[-1:], p["scale"], p["shift"], EPS)
        product = functional.relu6(_affine(p, "gate_", z)) * _affine(p, "value_", z)
        return _affine(p, "", product.clamp(-CLAMP, CLAMP))

    def forward_numpy(self, p: Mapping[str, Array], x: Rows) -> Rows:
        """The same in NumPy."""
        z = _layer_norm(x, p["scale"], p["shift"])
        product = np.clip(_affine(p, "gate_", z), 0.0, 6.0) * _affine(p, "value_", z)
        return _affine(p, "", np.clip(product, -CLAMP, CLAMP))


def _affine(p: Mapping[str, Any], name: str, x: Any) -> Any:
    """X W + b, in whichever library x is of."""
    out = x @ p[f"{name}weight"]
    return out + p[f"{name}bias"] if f"{name}bias" in p else out


def _layer_norm(x: Array, scale: Array, shift: Array) -> Array:
    centred = x - x.mean(axis=1, keepdims=True)
    deviation = np.sqrt(np.square(centred).mean(axis=1, keepdims=True) + np.float32(EPS))
    return centred / deviation * scale + shift


def _layer(
    name: str, inputs: int, outputs: int, generator: Generator, *, bias: bool = True, xavier: bool = False
) -> dict[str, Any]:
    """Weight and bias of a linear layer, uniform within torch's default bound or within Xavier's."""
    import torch

    bound = math.sqrt(6 / (inputs + outputs)) if xavier else 1 / math.sqrt(inputs)
    drawn = {f"{name}weight": torch.empty(inputs, outputs).uniform_(-bound, bound, generator=generator)}
    if bias:
        drawn[f"{name}bias"] = torch.zeros(outputs)
        if not xavier:
            drawn[f"{name}bias"].uniform_(-bound, bound, generator=generator)
    return drawn


def _norm(width: int) -> dict[str, Any]:
    import torch

    return {"scale": torch.ones(width), "shift": torch.zeros(width)}


def _corrupted(x: Any, batches: float, share: float, generator: Generator) -> Any:
    """x, or with probability `batches` x with a `share` of its numbers zeroed and no other scaled up for it."""
    import torch

    if not batches or torch.rand((), generator=generator, device=generator.device) >= batches:
        return x
    return x * _kept(x, share, generator)


def _kept(x: Any, dropped: float, generator: Generator) -> Any:
    """A mask of x's shape: 0 with probability `dropped`, else 1."""
    import torch

    # Uniform numbers compared: four times as fast as Tensor.bernoulli_ on a CPU.
    return (torch.rand(x.shape, generator=generator, device=x.device) >= dropped).to(x.dtype)
