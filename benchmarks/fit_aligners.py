"""Seconds and memory of fitting each aligner on random rows, parameters chosen on held-out rows included.

    python benchmarks/fit_aligners.py                              # 1,000 rows, every aligner in closed form
    python benchmarks/fit_aligners.py --rows 21841 --aligners kernel-ridge
    python benchmarks/fit_aligners.py --epochs 5 --aligners mlp    # a trained one, seconds of one epoch

Trained aligners are measured when they are named, for some epochs alone: all of them may take hours.
Each fit runs in a process of its own, so that the peak is its own. Prints one JSON line a fit: median seconds over
repeats, peak of the process in GiB (with Python and SciPy, about 0.15), size of what was learnt in MB; for a trained
one also median CPU seconds of an epoch.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import time
from typing import Any

import numpy as np

from headword.aligners import registry
from headword.aligners.gradient import GradientAligner
from headword.model.saved import aligner_state


def measure(name: str, rows: int, image: int, text: int, repeats: int, epochs: int, results: Any) -> None:
    """Fits in this process and puts the figures into the queue."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((rows, image), dtype=np.float32)
    Y = rng.standard_normal((rows, text), dtype=np.float32)
    trained = issubclass(registry[name], GradientAligner)
    parameters: dict[str, Any] = {"epochs": epochs, "patience": None, "device": "cpu"} if trained else {}
    seconds, cpu = [], []
    for _ in range(repeats):
        started, worked = time.perf_counter(), time.process_time()
        aligner = registry[name](**parameters).fit(X, Y)
        seconds.append(time.perf_counter() - started)
        cpu.append(time.process_time() - worked)
    learnt = sum(array.nbytes for array in aligner_state(aligner)[1].values()) / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    row = {"seconds": round(float(np.median(seconds)), 3), "peak_gib": round(peak, 2), "learnt_mb": round(learnt, 1)}
    results.put({**row, "cpu_seconds_an_epoch": round(float(np.median(cpu)) / epochs, 3)} if trained else row)


def main() -> None:
    """Measures each aligner."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--image", type=int, default=768, help="width of the image side")
    parser.add_argument("--text", type=int, default=1_024, help="width of the text side")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5, help="of trained aligners")
    closed = [name for name in registry if not issubclass(registry[name], GradientAligner)]
    parser.add_argument("--aligners", nargs="*", default=closed, choices=list(registry), metavar="NAME")
    args = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    for name in args.aligners:
        results: Any = context.Queue()
        work = (name, args.rows, args.image, args.text, args.repeats, args.epochs, results)
        process = context.Process(target=measure, args=work)
        process.start()
        row = results.get()
        process.join()
        print(json.dumps({"aligner": name, "rows": args.rows, "image": args.image, "text": args.text, **row}))


if __name__ == "__main__":
    main()
