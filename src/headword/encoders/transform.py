"""From a picture to the numbers a network takes: resize, crop, normalise, as timm and torchvision do it.

Their chains of objects end in arithmetic on one picture at a time, too small a tensor for the threads that
torch gives it. Here a picture stays uint8 until its batch is whole.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32, UInt8
from PIL import Image

from headword.errors import InputError

__all__ = ["Preprocess"]

# Pixels of a resized picture above which only the window that the crop keeps is computed: a strip of
# 1 × 50,000 whose shorter side becomes 256 is 3 gigapixels. Below it, resize and crop are the reference's own
# two steps, since Pillow rounds a window a level or two differently.
_WHOLE = 2**24


@dataclass(frozen=True)
class Preprocess:
    """How one network wants its pictures; hashable, and its string is part of an encoder's fingerprint.

    Attributes:
        resize: Length of the shorter side in pixels, or (height, width).
        crop: (height, width) that are cut from the middle; what the picture lacks is filled.
        interpolation: "nearest", "box", "bilinear", "hamming", "bicubic" or "lanczos".
        mean: Per channel, on the scale from 0 to 1; one channel makes the picture grey.
        std: Per channel.
        crop_mode: With two lengths in `resize`, "center" covers them, "border" stays within them, "squash"
            ignores the picture's aspect ratio.
        fill: Colour of what the picture lacks.
    """

    resize: int | tuple[int, int]
    crop: tuple[int, int]
    interpolation: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    crop_mode: str = "center"
    fill: tuple[int, ...] = (0, 0, 0)

    def __post_init__(self) -> None:
        known = [filter_.name.lower() for filter_ in Image.Resampling]
        if self.interpolation not in known:
            raise InputError(
                f"the interpolation {self.interpolation!r}", f"known: {', '.join(known)}", "use one of them"
            )
        if self.crop_mode not in ("center", "border", "squash"):
            raise InputError(f"the crop mode {self.crop_mode!r}", "known: center, border, squash", "use one of them")
        if len(self.mean) not in (1, 3) or len(self.std) != len(self.mean):
            raise InputError(
                "a mean and a standard deviation for each of 1 or 3 channels",
                f"mean {self.mean}, std {self.std}",
                "give both the same length",
            )

    @classmethod
    def from_timm(cls, config: Mapping[str, Any]) -> Preprocess:
        """Reads what `timm.data.resolve_model_data_config` returns.

        Raises:
            InputError: The config asks for something unknown.
        """
        height, width = config["input_size"][-2:]
        share = config.get("crop_pct") or 0.875
        mode = config.get("crop_mode") or "center"
        resize = math.floor(height / share), math.floor(width / share)
        mean = tuple(map(float, config["mean"]))
        return cls(
            resize=resize[0] if mode not in ("border", "squash") and resize[0] == resize[1] else resize,
            crop=(height, width),
            interpolation=config["interpolation"],
            mean=mean,
            std=tuple(map(float, config["std"])),
            crop_mode=mode if mode in ("border", "squash") else "center",
            fill=tuple(round(255 * value) for value in mean) if mode == "border" else (0,) * len(mean),
        )

    @classmethod
    def from_torchvision(cls, preset: Any) -> Preprocess:
        """Reads what `weights.transforms()` returns for a classifier.

        Args:
            preset: A `torchvision.transforms._presets.ImageClassification`.
        """
        resize, crop = list(preset.resize_size), list(preset.crop_size)
        return cls(
            resize=resize[0] if len(resize) == 1 else (resize[0], resize[1]),
            crop=(crop[0], crop[-1]),
            interpolation=str(preset.interpolation.value),
            mean=tuple(map(float, preset.mean)),
            std=tuple(map(float, preset.std)),
            crop_mode="center" if len(resize) == 1 else "squash",
        )

    @property
    def size_hint(self) -> int:
        """Pixels of the shorter side that are needed, for `read_image`."""
        return self.resize if isinstance(self.resize, int) else max(self.resize)

    def __str__(self) -> str:
        size = self.resize if isinstance(self.resize, int) else "x".join(map(str, self.resize))
        crop = self.crop[0] if self.crop[0] == self.crop[1] else "x".join(map(str, self.crop))
        verb = {"center": "resize", "border": "resize_within", "squash": "squash"}[self.crop_mode]
        grey = "grey|" if len(self.mean) == 1 else ""
        fill = f"|fill{self.fill}" if any(self.fill) else ""
        return (
            f"{grey}{verb}({size},{self.interpolation})|center_crop({crop}){fill}"
            f"|normalise(mean={self.mean},std={self.std})"
        ).replace(" ", "")

    def __call__(self, image: Image.Image) -> UInt8[torch.Tensor, "c h w"]:
        """Resizes and crops one picture; `normalise` does the rest to the whole batch."""
        mode = "L" if len(self.mean) == 1 else "RGB"
        image = image if image.mode == mode else image.convert(mode)
        (height, width), (width_in, height_in) = self.crop, self._scaled(*image.size)
        left, top = _offset(width_in, width), _offset(height_in, height)
        window = max(left, 0), max(top, 0), min(left + width, width_in), min(top + height, height_in)
        image = self._resized(image, (width_in, height_in), window)
        if image.size != (width, height):
            canvas = Image.new(mode, (width, height), self.fill if mode == "RGB" else self.fill[0])
            canvas.paste(image, (max(-left, 0), max(-top, 0)))
            image = canvas
        pixels = torch.from_numpy(np.array(image))
        return pixels[None] if mode == "L" else pixels.permute(2, 0, 1)

    def normalise(self, batch: UInt8[torch.Tensor, "b c h w"]) -> Float32[torch.Tensor, "b c h w"]:
        """Scales a batch to 0…1, subtracts the mean, divides by the deviation; bit for bit as torchvision.

        It runs where the batch is. The result lies channels last in memory, as pictures do and as
        convolutions on a CPU prefer.
        """
        b, c, h, w = batch.shape
        rows = batch.permute(0, 2, 3, 1).reshape(b, h, w * c).to(torch.float32)
        # Constants as long as a row are vectorised, three numbers over channels that lie last are not.
        mean, std = (
            torch.tensor(values, dtype=torch.float32, device=batch.device).repeat(w) for values in (self.mean, self.std)
        )
        return rows.div_(255).sub_(mean).div_(std).view(b, h, w, c).permute(0, 3, 1, 2)

    def _scaled(self, width: int, height: int) -> tuple[int, int]:
        if isinstance(self.resize, int):
            # torchvision cuts the longer side off where timm, below, rounds it.
            short, long = self.resize, int(self.resize * max(width, height) / min(width, height))
            return (short, long) if width <= height else (long, short)
        if self.crop_mode == "squash":
            return self.resize[1], self.resize[0]
        ratios = height / self.resize[0], width / self.resize[1]
        ratio = max(ratios) if self.crop_mode == "border" else min(ratios)
        return max(1, round(width / ratio)), max(1, round(height / ratio))

    def _resized(self, image: Image.Image, size: tuple[int, int], window: tuple[int, int, int, int]) -> Image.Image:
        resample = Image.Resampling[self.interpolation.upper()]
        (width, height), (left, top, right, bottom) = size, window
        if width * height <= _WHOLE:
            return (image if image.size == size else image.resize(size, resample)).crop(window)
        x, y = image.width / width, image.height / height
        box = left * x, top * y, min(right * x, image.width), min(bottom * y, image.height)
        return image.resize((right - left, bottom - top), resample, box)


def _offset(size: int, crop: int) -> int:
    return round((size - crop) / 2) if size >= crop else -((crop - size) // 2)
