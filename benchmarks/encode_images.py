"""What does reading pictures from disk cost beside the network that embeds them?

    python benchmarks/encode_images.py [folder] [--encoder bundled/efficientnet-lite0] [--repeats 15]

The bare network runs over tensors that are already in memory, in whichever chunk suits it best, then `encode`
over the same pictures on disk, in turns within one process, so that whatever else the machine does hits both.
The loss is the median over the turns of 1 - bare time / encode time. The folder is the argument, else
`$HEADWORD_DATA/unseen/imagenet-500`, else JPEGs of random blots as large as ImageNet's (500 × 375) in a
temporary folder. Prints one JSON row.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from PIL import Image

import headword
from headword.encoders.batches import iter_batches
from headword.images.reading import find_images


def blots(folder: Path, n: int) -> Path:
    """Writes `n` JPEGs of soft random blots with grain."""
    rng = np.random.default_rng(0)
    for i in range(n):
        soft = Image.fromarray(rng.integers(0, 256, (15, 20, 3), dtype=np.uint8)).resize((500, 375))
        grain = np.asarray(soft) + rng.normal(0, 6, (375, 500, 3))
        Image.fromarray(grain.clip(0, 255).astype(np.uint8)).save(folder / f"{i:05}.jpg", quality=90)
    return folder


def seconds(run: Callable[[], Any]) -> float:
    """Wall-clock time of one call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def bare_network(network: Any, paths: list[str], batch_size: int) -> tuple[Callable[[], None], int]:
    """The network alone over tensors in memory, and the chunk in which it is fastest."""
    batches = iter_batches(paths, network.transform, batch_size=batch_size)
    pixels = torch.cat([network.transform.normalise(batch.pixels) for batch in batches])
    layout = torch.channels_last if network.channels_last else torch.contiguous_format
    pixels = pixels.contiguous(memory_format=layout)

    @torch.inference_mode()
    def run(chunk: int) -> None:
        for part in pixels.split(chunk):
            network.module(part)

    # Small chunks spare the allocator, large ones the calls; the encoder has to stand beside the best.
    chunk = min((batch_size, 16, 8, 4), key=lambda size: min(seconds(lambda: run(size)) for _ in range(2)))
    return lambda: run(chunk), chunk


def measure(folder: Path, name: str, batch_size: int, limit: int, repeats: int) -> dict[str, Any]:
    """Times the bare network and the encoder in turns."""
    paths = [source.id for source in find_images(folder)][:limit]
    encoder: Any = headword.load_image_encoder(name, device="cpu")
    encoder.encode(paths[:batch_size])
    network = encoder._running.network
    bare, chunk = bare_network(network, paths, batch_size)

    def encode() -> None:
        encoder.encode(paths, batch_size=batch_size, show_progress=False)

    times: dict[str, list[float]] = {"bare": [], "encode": []}
    for turn in range(repeats):
        pair = [("bare", bare), ("encode", encode)]
        for key, run in pair if turn % 2 else reversed(pair):
            times[key].append(seconds(run))
    losses = sorted(100 * (1 - a / b) for a, b in zip(times["bare"], times["encode"], strict=True))
    reading = seconds(lambda: list(iter_batches(paths, network.transform, batch_size=batch_size)))
    return {
        "benchmark": "encode_images",
        "encoder": name,
        "pictures": len(paths),
        "batch_size": batch_size,
        "bare_chunk": chunk,
        "repeats": repeats,
        "bare_per_second": round(len(paths) / median(times["bare"]), 1),
        "encode_per_second": round(len(paths) / median(times["encode"]), 1),
        "feed_alone_per_second": round(len(paths) / reading, 1),
        "loss_percent": round(median(losses), 1),
        "loss_percent_quartiles": [round(losses[len(losses) * q // 4], 1) for q in (1, 3)],
    }


def main() -> None:
    """Reads the command line and prints the row."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--encoder", default="bundled/efficientnet-lite0")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--pictures", type=int, default=128, help="how many at most")
    parser.add_argument("--repeats", type=int, default=15)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        known = Path(os.environ.get("HEADWORD_DATA", temporary)) / "unseen/imagenet-500"
        folder = given.folder or (known if known.is_dir() else blots(Path(temporary), given.images))
        row = measure(folder, given.encoder, given.batch_size, given.images, given.repeats)
        row["folder"] = "random blots" if folder == Path(temporary) else folder.name
    row["threads"] = torch.get_num_threads()
    row["versions"] = {
        "headword": headword.__version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
    }
    print(json.dumps(row))


if __name__ == "__main__":
    main()
