"""What listening to n pictures costs: seconds to fit and to apply, and memory, by n.

    python benchmarks/adapt.py                                  # 1,000 … 100,000 pictures
    python benchmarks/adapt.py --rows 1000000 --labels 1000     # a million, some minutes of two cores
    python benchmarks/adapt.py --stream                         # pictures seen once, in batches of 1,024

Random unit rows, 512 wide. Each n runs in a process of its own, whose peak memory includes the pictures (2 GiB for a
million). The slope is that of log seconds over log n: 1 is linear.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np

from headword.adapters import Careful, LinearScores, Stream
from headword.arrays import chunks, unit

WIDTH = 512


def made(n: int, seed: int) -> np.ndarray:
    """N random rows of norm 1."""
    rng, rows = np.random.default_rng(seed), np.empty((n, WIDTH), np.float32)
    for part in chunks(n, 65_536):
        rows[part] = unit(rng.normal(size=(part.stop - part.start, WIDTH)))
    return rows


def once(n: int, labels: int, *, stream: bool) -> dict[str, float]:
    """One fit and one application."""
    image = made(n, 0)
    plain = LinearScores(30 * made(labels, 1), np.zeros(labels, np.float32), np.zeros(WIDTH, np.float32))
    started, spent = time.perf_counter(), time.process_time()
    if stream:
        listening = Stream(plain)
        listening.partial_fit(image)
        found = listening.adapted()
    else:
        found = Careful().fit(image, plain)
    fitted, used = time.perf_counter(), time.process_time()
    for part in chunks(n, 8_192):
        found.logits(image[part], plain).argmax(axis=1)
    applied = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"n": n, "fit s": fitted - started, "fit cpu s": used - spent, "apply s": applied - fitted, "peak GiB": peak}


def main() -> None:
    """Runs each n apart and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 3_000, 10_000, 30_000, 100_000])
    parser.add_argument("--labels", type=int, default=100)
    parser.add_argument("--stream", action="store_true")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(once(args.one, args.labels, stream=args.stream)))
        return
    found = []
    print("| pictures | fit s | fit CPU s | apply s | peak GiB |\n| --- | --- | --- | --- | --- |")
    for n in args.rows:
        command = [sys.executable, __file__, "--one", str(n), "--labels", str(args.labels)]
        done = subprocess.run([*command, *(["--stream"] if args.stream else [])], capture_output=True, check=True)
        row = json.loads(done.stdout)
        found.append(row)
        print(
            f"| {n:,} | {row['fit s']:.1f} | {row['fit cpu s']:.1f} | {row['apply s']:.1f} | {row['peak GiB']:.2f} |",
            flush=True,
        )
    if len(found) > 1:
        n = np.log([row["n"] for row in found])
        slopes = [np.polyfit(n, np.log([row[key] for row in found]), 1)[0] for key in ("fit cpu s", "apply s")]
        print(f"\nslope of fit (CPU) {slopes[0]:.2f}, of apply {slopes[1]:.2f}; {args.labels} labels, {WIDTH} wide")


if __name__ == "__main__":
    main()
