"""Seconds and memory of retrieval metrics on random unit rows, both directions.

    python benchmarks/retrieval_metrics.py                          # 5,000 pictures × 25,000 captions, 64 wide
    python benchmarks/retrieval_metrics.py --images 100000 --captions 500000

Prints one JSON line: seconds, peak of the process in GiB (Python, NumPy and the rows included), and how far each metric
is from its chance level in standard errors; random rows must be at chance.
"""

from __future__ import annotations

import argparse
import json
import resource
import time

import numpy as np

from headword.arrays import unit
from headword.metrics.retrieval import retrieval_chance, retrieval_ranks
from headword.metrics.statistics import standard_error


def main() -> None:
    """Measures one size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=5_000)
    parser.add_argument("--captions", type=int, default=25_000)
    parser.add_argument("--width", type=int, default=64)
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    X = unit(rng.standard_normal((args.images, args.width), dtype=np.float32))
    Y = unit(rng.standard_normal((args.captions, args.width), dtype=np.float32))
    image_of = np.arange(args.captions) % args.images
    started = time.perf_counter()
    ranks = retrieval_ranks(X, Y, image_of, show_progress=None)
    chance = retrieval_chance(image_of)
    away = {}
    for key, values in (ranks.image_to_text() | ranks.text_to_image()).items():
        error = standard_error(values, image_of if key.startswith("t2i") else None)
        if key in chance and error:
            away[key] = round((float(values.mean()) - chance[key]) / error, 2)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    figures = {"seconds": round(seconds, 1), "peak_gib": round(peak, 2), "errors_from_chance": away}
    print(json.dumps({"images": args.images, "captions": args.captions, "width": args.width, **figures}))


if __name__ == "__main__":
    main()
