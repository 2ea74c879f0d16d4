"""Nearest other pictures of each: how many are found, how soon and in what memory, beside index libraries.

    python benchmarks/neighbours.py                                     # 100,000 × 512, clustered, headword alone
    python benchmarks/neighbours.py --pictures random clustered unequal --methods cells exact
    pip install faiss-cpu usearch                                       # neither is needed by headword
    python benchmarks/neighbours.py --methods cells ivf hnsw usearch-f16 usearch-i8

Pictures: random, of norm 1 and no structure; clustered, 1,000 equal clusters whose spread is as wide as their centres';
unequal, clusters with shares from a Dirichlet(0.5) in a space whose directions fade by a power law, as embeddings do.
Each measurement runs in a process of its own, by default on one thread. Prints one JSON line each: recall, the share
of the true neighbours of 500 pictures that were found, equally near ones counted as found; cosine, the mean found over
the mean of the true ones; wall and CPU seconds; peak of the process in GiB, and what it was when the pictures had been
made.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from headword.adapters.knn_graph import neighbours
from headword.arrays import chunks, unit

CLUSTERS, ASKED = 1_000, 500


def images(kind: str, n: int, width: int) -> np.ndarray:
    """(n, width) float32 rows of norm 1."""
    rng = np.random.default_rng(0)
    scale = np.arange(1, width + 1, dtype=np.float32) ** (-0.5 if kind == "unequal" else 0)
    centres = scale * rng.standard_normal((CLUSTERS, width), dtype=np.float32)
    shares = rng.dirichlet(np.full(CLUSTERS, 0.5)) if kind == "unequal" else None
    out = np.empty((n, width), np.float32)
    for part in chunks(n, 50_000):
        rows = scale * rng.standard_normal(out[part].shape, dtype=np.float32)
        if kind == "unequal":
            rows *= 0.8
        if kind != "random":
            rows += centres[rng.choice(CLUSTERS, len(rows), p=shares)]
        out[part] = unit(rows)
    return out


def ivf(image: np.ndarray, k: int) -> np.ndarray:
    """Inverted file of faiss: 1,000 cells, of which each picture asks 8."""
    import faiss

    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(image.shape[1]), image.shape[1], 1_000, faiss.METRIC_INNER_PRODUCT)
    index.cp.max_points_per_centroid = 40
    index.train(image)
    index.add(image)
    index.nprobe = 8
    return index.search(image, k + 1)[1]


def hnsw(image: np.ndarray, k: int) -> np.ndarray:
    """Navigable graph of faiss, with its own parameters."""
    import faiss

    index = faiss.IndexHNSWFlat(image.shape[1], 16, faiss.METRIC_INNER_PRODUCT)
    index.add(image)
    return index.search(image, k + 1)[1]


def usearch(image: np.ndarray, k: int, dtype: str) -> np.ndarray:
    """Navigable graph of usearch, with fewer comparisons than its own parameters ask for."""
    from usearch.index import Index

    threads = int(os.environ["OMP_NUM_THREADS"])
    parameters = {"connectivity": 16, "expansion_add": 64, "expansion_search": 32}
    index = Index(ndim=image.shape[1], metric="ip", dtype=dtype, **parameters)
    index.add(np.arange(len(image)), image, threads=threads)
    return index.search(image, k + 1, threads=threads).keys.astype(np.int64)


METHODS: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "cells": lambda image, k: neighbours(image, k)[0],
    "exact": lambda image, k: neighbours(image, k, exact_rows=len(image))[0],
    "ivf": ivf,
    "hnsw": hnsw,
    "usearch-f16": lambda image, k: usearch(image, k, "f16"),
    "usearch-i8": lambda image, k: usearch(image, k, "i8"),
}


def found(image: np.ndarray, index: np.ndarray, k: int) -> dict[str, float]:
    """Recall and share of the cosine; a library's answer may hold the picture itself."""
    asked = np.random.default_rng(1).choice(len(image), ASKED, replace=False)
    true = image[asked] @ image.T
    true[np.arange(ASKED), asked] = -1
    best = -np.sort(np.partition(-true, k - 1, axis=1)[:, :k], axis=1)
    shares, cosines = [], []
    for row, scores, cut in zip(asked, true, best[:, -1], strict=True):
        answer = [each for each in dict.fromkeys(index[row]) if each not in (row, -1)][:k]
        shares.append(np.count_nonzero(scores[answer] >= cut - 1e-5) / k)
        cosines.append(scores[answer].sum() / k)
    return {"recall": round(float(np.mean(shares)), 4), "cosine": round(float(np.mean(cosines) / best.mean()), 4)}


def measure(method: str, kind: str, n: int, width: int, k: int, results: Any) -> None:
    """Searches in this process and puts the figures into the queue."""
    image = images(kind, n, width)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    started, worked = time.perf_counter(), time.process_time()
    index = METHODS[method](image, k)
    wall, cpu = time.perf_counter() - started, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    times = {"wall": round(wall, 1), "cpu": round(cpu, 1), "peak_gib": round(peak, 2), "pictures_gib": round(before, 2)}
    results.put({**found(image, index, k), **times})


def main() -> None:
    """Measures each method on each kind of pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000])
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--k", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    kinds = ("random", "clustered", "unequal")
    parser.add_argument("--pictures", nargs="+", default=["clustered"], choices=kinds, metavar="KIND")
    parser.add_argument("--methods", nargs="+", default=["cells"], choices=list(METHODS), metavar="METHOD")
    args = parser.parse_args()
    # Linear algebra reads these when it is loaded, in the processes to come.
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(args.threads))
    context = multiprocessing.get_context("spawn")
    for n in args.rows:
        for kind in args.images:
            for method in args.methods:
                results: Any = context.Queue()
                process = context.Process(target=measure, args=(method, kind, n, args.width, args.k, results))
                process.start()
                row = results.get()
                process.join()
                print(json.dumps({"method": method, "pictures": kind, "rows": n, "k": args.k, **row}), flush=True)


if __name__ == "__main__":
    main()
