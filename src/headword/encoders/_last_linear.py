"""Finds the last linear layer of a classifier, and proves that it is the head.

The embedding is whatever enters that layer: pooling, pre-head norm and hidden layer are part of the network.
No table of layer names is consulted. On a probe batch, every layer with one row per class that reads one
vector per picture is a candidate, and only arithmetic decides: `embedding @ weight.T + bias` has to be the
classifier's logits.

Networks that average k linear heads (DeiT's distilled token pair, LeViT, CrossViT's two branches) are linear
over the concatenation of what the heads read: weight = [W1, …, Wk] / k, bias = mean of the biases. That is
exact, and the same proof covers it. Anything else (cosine heads, temperatures, soft caps, the maximum over
auxiliary tokens) is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from headword.errors import HeadMismatch, InputError

__all__ = ["TOLERANCE", "LastLinear", "Tap", "find_last_linear", "vectors", "weight_rows"]

TOLERANCE = 1e-4
"""Largest difference allowed between computed and true logits, relative to the largest |logit − bias|.

Over all families of timm, float32 leaves less than 1e-6; a head scaled by 1.001 misses by 1e-3.
"""

Answer = Callable[[Tensor], Any]


@dataclass(frozen=True)
class LastLinear:
    """The proven head of a network.

    Attributes:
        layers: Names of the linear layers, more than one where the network averages them.
        weight: (C, d) rows; blocks side by side, divided by their number, where there are several layers.
        bias: (C,) zeros where the layers have none.
    """

    layers: tuple[str, ...]
    weight: Float[Tensor, "c d"]
    bias: Float[Tensor, " c"]


class Tap:
    """Records what enters the named layers while a network runs.

    Args:
        module: The network.
        layers: Names of layers inside it.
    """

    def __init__(self, module: nn.Module, layers: Sequence[str]) -> None:
        self._modules = {name: module.get_submodule(name) for name in layers}
        self.inputs: dict[str, Tensor] = {}

    def run(self, answer: Answer, pixels: Float[Tensor, "n channels h w"]) -> Any:
        """Returns the network's answer; `inputs` then holds what each layer read last, in order of calls."""
        self.inputs.clear()
        with ExitStack() as stack:
            for name, layer in self._modules.items():
                stack.callback(layer.register_forward_pre_hook(self._recorder(name), with_kwargs=True).remove)
            return answer(pixels)

    def _recorder(self, name: str) -> Callable[[nn.Module, tuple[Any, ...], dict[str, Any]], None]:
        def record(_: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]) -> None:
            self.inputs.pop(name, None)
            read = next(iter((*inputs, *named.values())), None)
            if isinstance(read, Tensor):
                self.inputs[name] = read

        return record


def weight_rows(layer: nn.Module) -> Tensor | None:
    """The (C, d) matrix of a linear layer or 1×1 convolution; `None` for any other module."""
    weight = getattr(layer, "weight", None)
    if not isinstance(weight, Tensor) or weight.ndim not in (2, 4) or weight.shape[2:].numel() != 1:
        return None
    if isinstance(layer, nn.Embedding) or getattr(layer, "groups", 1) != 1:
        return None
    return weight.detach().flatten(1).float()


def vectors(answer: Any, n: int) -> Float[Tensor, "n c"]:
    """A network's answer to `n` pictures as one row of floats each.

    Raises:
        InputError: It is something else, such as a tuple or a map of features.
    """
    shape = tuple(answer.shape) if isinstance(answer, Tensor) else ()
    if len(shape) < 2 or shape[0] != n or math.prod(shape[2:]) != 1:
        raise InputError(
            "one row of numbers per picture from the network",
            f"{f'shape {shape}' if shape else type(answer).__name__} for {n} pictures",
            "pass a module that returns logits, or one pooled embedding, for each picture",
        )
    rows: Tensor = answer.flatten(1).float()
    return rows


def find_last_linear(
    module: nn.Module, answer: Answer, pixels: Float[Tensor, "n channels h w"], layers: Sequence[str] = ()
) -> LastLinear:
    """Finds and proves the head of `module`.

    Args:
        module: A classifier in evaluation mode.
        answer: Pixels to (n, C) logits through `module`.
        pixels: Two or more different pictures, preprocessed.
        layers: Names to consider; all layers when empty.

    Raises:
        InputError: A named layer does not exist or is not linear, or the answer is not a row of logits per
            picture.
        HeadMismatch: No layer, and no mean of layers, reproduces the logits.
    """
    names = _candidates(module, layers)
    tap = Tap(module, names)
    logits = vectors(tap.run(answer, pixels), len(pixels))
    fitting = _fitting(module, tap.inputs, logits)
    groups = [[name] for name in reversed(fitting)] + ([list(fitting)] if len(fitting) > 1 else [])
    return _first_proven(module, groups, fitting, logits, layers)


def _candidates(module: nn.Module, layers: Sequence[str]) -> list[str]:
    known = {name: layer for name, layer in module.named_modules() if name and weight_rows(layer) is not None}
    missing = [name for name in layers if name not in known]
    if missing:
        raise InputError(
            f"the layer {missing[0]!r} as the head",
            "the module has no linear layer of that name",
            f"use one of its linear layers: {', '.join(list(known)[-8:]) or 'it has none'}",
        )
    return list(layers) or list(known)


def _fitting(module: nn.Module, inputs: dict[str, Tensor], logits: Tensor) -> dict[str, Tensor]:
    """Layers, in order of their calls, with a row per class, and the one vector per picture they read."""
    found: dict[str, Tensor] = {}
    for name, value in inputs.items():
        rows = weight_rows(module.get_submodule(name))
        if rows is None or len(rows) != logits.shape[1] or value.numel() != len(logits) * rows.shape[1]:
            continue
        if len(value) == len(logits):
            found[name] = value.flatten(1).float()
    return found


def _first_proven(
    module: nn.Module, groups: list[list[str]], read: dict[str, Tensor], logits: Tensor, layers: Sequence[str]
) -> LastLinear:
    asked = f"the last linear layer, embedding @ weight.T + bias equal to the {logits.shape[1]} logits"
    closest, gap, allowed = "", float("inf"), 0.0
    for group in groups:
        head = _joined(module, group)
        embedding = torch.cat([read[name] for name in group], dim=1)
        scale = float((logits - head.bias).abs().max())
        difference = float((embedding @ head.weight.T + head.bias - logits).abs().max())
        if scale == 0:
            raise HeadMismatch(
                asked,
                f"{' + '.join(group)} adds nothing to its bias, as in a network that was never trained",
                "load the trained weights",
            )
        if difference <= TOLERANCE * scale:
            return head
        if not closest or difference < gap:
            closest, gap, allowed = " + ".join(group), difference, TOLERANCE * scale
    found = (
        f"{closest} comes closest, and misses the logits by up to {gap:.3g} where {allowed:.3g} is allowed"
        if closest
        else f"no linear layer with {logits.shape[1]} rows reads one vector per picture"
    )
    raise HeadMismatch(asked, found, _advice(layers))


def _advice(layers: Sequence[str]) -> str:
    if layers:
        return "name another layer, or leave layer= out to have it found"
    return (
        "use a classifier whose logits are a linear layer over one embedding, without a softmax or sigmoid behind it; "
        "with num_classes=0 a timm model serves as an encoder without a head"
    )


def _joined(module: nn.Module, names: Sequence[str]) -> LastLinear:
    weights, biases = [], []
    for name in names:
        layer = module.get_submodule(name)
        rows = weight_rows(layer)
        assert rows is not None
        bias = getattr(layer, "bias", None)
        weights.append(rows / len(names) if len(names) > 1 else rows)
        biases.append(bias.detach().float() if isinstance(bias, Tensor) else rows.new_zeros(len(rows)))
    return LastLinear(tuple(names), torch.cat(weights, dim=1), torch.stack(biases).mean(dim=0))
