"""What does decoding a large JPEG at a fraction of its size change?

    python benchmarks/jpeg_scaling.py [folder] [--pictures 100]

Each picture is brought to a small side, once from its full decode and once from the decode at half size, so
that `keep` times that side is left between the two. Prints one JSON row per `keep` and, to compare with, for
saving the JPEG again at quality 95 and 75: the difference in pixels (root mean square, of 255 levels) and the
cosine distance between the embeddings. Pictures whose sides do not divide are left out, as `read_image` does
not touch them. The folder defaults to `$HEADWORD_DATA/unseen/imagenet-500`.
"""

from __future__ import annotations

import argparse
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

import headword
from headword.images.reading import find_images


def small(image: Image.Image, side: int) -> Image.Image:
    """Resized to `side`, bicubic, as a network's preprocessing does."""
    scale = side / min(image.size)
    size = int(image.width * scale), int(image.height * scale)
    return image.resize(size, Image.Resampling.BICUBIC)


def full(data: bytes) -> Image.Image:
    """The whole decode."""
    return Image.open(io.BytesIO(data)).convert("RGB")


def halved(data: bytes) -> Image.Image:
    """The decode at half the size."""
    image = Image.open(io.BytesIO(data))
    image.draft("RGB", (image.width // 2, image.height // 2))
    return image.convert("RGB")


def saved_again(quality: int) -> Callable[[bytes], Image.Image]:
    """The whole decode of the picture's next generation."""

    def decode(data: bytes) -> Image.Image:
        buffer = io.BytesIO()
        full(data).save(buffer, "JPEG", quality=quality)
        return full(buffer.getvalue())

    return decode


def resized(files: list[bytes], decode: Callable[[bytes], Image.Image], keep: int) -> list[Image.Image]:
    """Every file decoded and brought to 1 / (2 keep) of its size."""
    return [small(decode(data), min(full(data).size) // 2 // keep) for data in files]


def main() -> None:
    """Reads the command line and prints the rows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    default = Path(os.environ.get("HEADWORD_DATA", ".")) / "unseen/imagenet-500"
    parser.add_argument("folder", type=Path, nargs="?", default=default)
    parser.add_argument("--pictures", type=int, default=100)
    given = parser.parse_args()
    files = [Path(source.id).read_bytes() for source in find_images(given.folder)]
    files = [data for data in files if all(side % 8 == 0 for side in full(data).size)][: given.images]
    encoder = headword.load_image_encoder("bundled/efficientnet-lite0", device="cpu")
    ways = {"half": halved, "quality 95": saved_again(95), "quality 75": saved_again(75)}
    for keep in (1, 2, 4):
        reference = resized(files, full, keep)
        truth = encoder.encode(reference)
        for way, decode in ways.items():
            images = resized(files, decode, keep)
            pixels = [np.subtract(a, b, dtype=np.float64) for a, b in zip(images, reference, strict=True)]
            vectors = encoder.encode(images)
            norms = np.linalg.norm(vectors, axis=1) * np.linalg.norm(truth, axis=1)
            row = {
                "benchmark": "jpeg_scaling",
                "keep": keep,
                "way": way,
                "pictures": len(files),
                "pixel_rms": round(float(np.mean([np.sqrt((one**2).mean()) for one in pixels])), 2),
                "cosine_distance": round(float(1 - ((vectors * truth).sum(axis=1) / norms).mean()), 4),
            }
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
