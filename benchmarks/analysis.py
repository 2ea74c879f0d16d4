"""How long each part of `headword analyze` takes at as many classes as ImageNet-21k has, and in what memory.

    python benchmarks/analysis.py                                   # 21,841 rows × 1,280 against 384, every part
    python benchmarks/analysis.py --rows 1000 --parts names gap

Rows are synthetic: 64 common meanings under noise. Each part runs in a process of its own, by default on one thread,
and prints one JSON line: wall and CPU seconds, peak of the process in GiB, and what it was when the rows had been made.
To embed the names is not part of it. CPU seconds on one thread of a server's core, of which linear algebra is the most,
with 20 permutations (the gap: 4,000 rows of each kind and 10,000 permutations):

    neighbours 53 · cka 8 · gap 22 · hubness 45 · names 77: 205 s in all, and 2.1 GiB at most

With `--threads 2` on two cores that had nothing else to do the parts took 133 seconds of wall time together.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import time
from typing import Any

import numpy as np

from headword.analysis import Subject, study
from headword.analysis.parts import PARTS
from headword.arrays import unit
from headword.heads import Head
from headword.labels.label_set import LabelSet
from headword.pairs.pairs import Pairs

IMAGE, TEXT, MEANINGS, NOISE = 1_280, 384, 64, 4.0
HEADS_ALONE = tuple(part for part in PARTS if part not in ("picture-means", "cosine-head"))


def subject(n: int) -> Subject:
    """A head of n classes, their names, and both in a shared space."""
    rng = np.random.default_rng(0)

    def normal(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape, dtype=np.float32)

    meanings = normal(n, MEANINGS)
    rows, names, mapped = (
        unit(meanings @ normal(MEANINGS, width) + NOISE * normal(n, width)) for width in (IMAGE, TEXT, IMAGE)
    )
    labels = LabelSet.from_names([f"class {row}" for row in range(n)])
    whole, ones = np.arange(n), np.ones(n, dtype=np.float32)
    pairs = Pairs(rows, names, ones, ("head",) * n, whole, ones > 0)
    return Subject(Head(rows, np.zeros(n, np.float32), labels), names, pairs, (rows, mapped))


def measure(part: str, n: int, results: Any) -> None:
    """Runs one part in this process and puts the figures into the queue."""
    made = subject(n)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    started, worked = time.perf_counter(), time.process_time()
    study(made, [part])
    wall, cpu = time.perf_counter() - started, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    results.put({
        "wall": round(wall, 1), "cpu": round(cpu, 1), "peak_gib": round(peak, 2), "rows_gib": round(before, 2),
    })  # fmt: skip


def main() -> None:
    """Measures each part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=21_841)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--parts", nargs="+", default=HEADS_ALONE, choices=HEADS_ALONE, metavar="PART")
    args = parser.parse_args()
    # Linear algebra reads these when it is loaded, in the processes to come.
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(args.threads))
    context = multiprocessing.get_context("spawn")
    for part in args.parts:
        results: Any = context.Queue()
        process = context.Process(target=measure, args=(part, args.rows, results))
        process.start()
        row = results.get()
        process.join()
        print(json.dumps({"part": part, "rows": args.rows, "threads": args.threads, **row}), flush=True)


if __name__ == "__main__":
    main()
