"""Preprocessing that comes as somebody else's function: the user's own, transformers', open_clip's."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from headword.errors import InputError

__all__ = ["GivenTransform"]


class GivenTransform:
    """A function from a picture to the normalised (3, h, w) tensor of its network, as a transform.

    Args:
        function: The function.
        text: What decides its outcome, for the fingerprint; by default its own text or name.
    """

    def __init__(self, function: Callable[[Image.Image], Any], text: str | None = None) -> None:
        self._function = function
        # The address in a lambda's text differs from run to run, and so would the fingerprint.
        self._text = text or re.sub(r" at 0x[0-9a-fA-F]+", "", repr(function))

    def __call__(self, picture: Image.Image, /) -> Tensor:
        """The function's answer, checked.

        Raises:
            InputError: It is not a (3, h, w) tensor of floats.
        """
        pixels = torch.as_tensor(self._function(picture))
        if pixels.ndim != 3 or len(pixels) != 3 or not pixels.is_floating_point():
            raise InputError(
                "a transform from a picture to a (3, height, width) tensor of floats",
                f"{str(pixels.dtype).removeprefix('torch.')} of shape {tuple(pixels.shape)}",
                "end it with ToTensor() and Normalize(mean, std), as in training",
            )
        return pixels.float()

    def normalise(self, batch: Tensor, /) -> Tensor:
        """The batch itself: the function has normalised it."""
        return batch

    def __str__(self) -> str:
        return self._text
