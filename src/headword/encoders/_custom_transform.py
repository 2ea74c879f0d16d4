"""Preprocessing that comes as somebody else's function: the user's own, transformers', open_clip's."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from headword.errors import InputError

__all__ = ["CustomTransform"]

TRIALS = 8
"""How often a transform is tried for chance: one that flips half of two pictures gets by once in 65,536 times."""


class CustomTransform:
    """A function from a picture to the normalised (3, h, w) tensor of its network, as a transform.

    Args:
        function: The function.
        text: What decides its outcome, for the fingerprint; by default how it shows itself, or its code.
    """

    def __init__(self, function: Callable[[Image.Image], Any], text: str | None = None) -> None:
        self._function = function
        # The address in a function's text differs from run to run, and so would the fingerprint.
        self._text = text or re.sub(r" at 0x[0-9a-fA-F]+", "", repr(function)) + _code(function)

    def __call__(self, image: Image.Image, /) -> Tensor:
        """The function's answer, checked.

        Raises:
            InputError: It is not a (3, h, w) tensor of floats.
        """
        pixels = torch.as_tensor(self._function(image))
        if pixels.ndim != 3 or len(pixels) != 3 or not pixels.is_floating_point():
            raise InputError(
                "a transform from a picture to a (3, height, width) tensor of floats",
                f"{str(pixels.dtype).removeprefix('torch.')} of shape {tuple(pixels.shape)}",
                "end it with ToTensor() and Normalize(mean, std), as in training",
            )
        return pixels.float()

    def require_certain(self, images: Sequence[Image.Image]) -> None:
        """Raises `InputError` where it makes something else of the same pictures each time."""
        first = torch.stack([self(image) for image in images])
        again = (torch.stack([self(image) for image in images]) for _ in range(TRIALS))
        if not all(torch.equal(each, first) for each in again):
            raise InputError(
                f"the preprocessing {self._text.splitlines()[0]}",
                "other pixels each time it is given the same picture",
                "pass the transform of validation, without random crops, flips or colours",
            )

    def normalise(self, batch: Tensor, /) -> Tensor:
        """The batch itself: the function has normalised it."""
        return batch

    def __str__(self) -> str:
        return self._text


def _code(function: Callable[..., Any]) -> str:
    """The code of a plain function, in one spelling; nothing where it cannot be told."""
    if not isinstance(function, FunctionType):
        return ""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError, TypeError):  # typed at a prompt, or a part of a statement
        return ""
    wanted = ast.Lambda if function.__name__ == "<lambda>" else ast.FunctionDef
    found = [node for node in ast.walk(tree) if isinstance(node, wanted)]
    # Of several lambdas in a line, nothing tells which it is.
    return f"\n{ast.unparse(found[0])}" if found and (wanted is ast.FunctionDef or len(found) == 1) else ""
