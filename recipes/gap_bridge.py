"""The gap between prototypes and pictures: what bridges it, measured by retrieval with both kinds in one fit.

    python recipes/gap_bridge.py                # 100 and 500 pictures with captions, 3 draws

Kernel ridge learns from the head's rows and n captioned pictures of flickr8k-train, mixed in each of these ways, and
ranks three sets it has not learnt from: 500 other pictures of flickr8k-train (on which the bridge was chosen),
flickr8k-dev and coco-mini. Figures: R@1, R@5, R@10 ("any hit") averaged, text→image / image→text, in percent. "rows
alone" and "pictures alone" learn from one kind.

- plain: concatenated as they are, as weight recycling does.
- centred: each kind minus its own mean, pictures, rows, names and captions.
- pictures Σ^-p: centred, then pictures whitened in part; p = 1/4 is the default of `Bridge`.
- rows Σ^p: centred, then rows moved towards class means by the pictures' covariance.
- affine: centred, and pictures moved half-way along a ridge regression from each picture to the row of the class that
  the classifier itself sees in it (softly), learnt on the n pictures.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from all_aligners import KS, Bench
from common import report

import headword as hw
from headword.aligners import KernelRidge
from headword.arrays import unit
from headword.metrics.retrieval import retrieval_ranks
from headword.pairs.bridge import Bridge, _power

HELD_BACK = 1000
"""Pictures of flickr8k-train from here on are never drawn."""

Over = Callable[[np.ndarray], np.ndarray]


class Moved(Bridge):
    """A bridge whose rows or pictures are moved otherwise."""

    rows_to: Over
    pictures_to: Over

    def prototypes(self, X: np.ndarray) -> np.ndarray:
        """Centred rows, moved."""
        return unit(self.rows_to(super().prototypes(X))).astype(np.float32)

    def images(self, X: np.ndarray) -> np.ndarray:
        """Centred pictures, moved."""
        return unit(self.pictures_to(super().images(X))).astype(np.float32)


def moved(pairs: hw.Pairs, *, rows_to: Over = lambda X: X, pictures_to: Over = lambda X: X) -> Bridge:
    """A bridge that centres, and moves rows or pictures besides."""
    centred = Bridge.fit(pairs, power=0.0)
    bridge = Moved(**vars(centred))
    object.__setattr__(bridge, "rows_to", rows_to)
    object.__setattr__(bridge, "pictures_to", pictures_to)
    return bridge


def pictures_of(pairs: hw.Pairs) -> np.ndarray:
    """One row for each picture, centred."""
    own = np.array([source == "captions" for source in pairs.source])
    x = unit(pairs.x[own][np.unique(pairs.group[own], return_index=True)[1]])
    return unit(x - x.mean(axis=0))


def rows_moved(pairs: hw.Pairs, power: float) -> Bridge:
    """Σ^p on the rows."""
    x = pictures_of(pairs)
    map_ = _power(x, np.ones(len(x)), power, 1.0)
    return moved(pairs, rows_to=lambda X: X @ map_)


def affine(pairs: hw.Pairs, head: np.ndarray) -> Bridge:
    """Half-way from pictures to the rows that the classifier sees in them."""
    x, rows = pictures_of(pairs), unit(head - head.mean(axis=0))
    seen = np.exp(60.0 * (x @ rows.T - (x @ rows.T).max(axis=1, keepdims=True)))
    target = unit(seen @ rows)
    gram = x.T @ x / len(x)
    map_ = np.linalg.solve(gram + np.trace(gram) / len(gram) * np.eye(len(gram)), x.T @ target / len(x))
    return moved(pairs, pictures_to=lambda X: X + 0.5 * unit(X @ map_))


def recalls(bench: Bench, pairs: hw.Pairs, bridge: Bridge | None) -> list[float]:
    """Mean recall on the three sets, both ways."""
    learnt = bridge.pairs(pairs) if bridge else pairs
    aligner = KernelRidge().fit(learnt.x, learnt.y, learnt.weight)
    out = []
    for name in ("flickr8k-train", "flickr8k-dev", "coco-mini"):
        x, y, image_of = bench.captioned[name]
        if name == "flickr8k-train":
            x, y, image_of = x[HELD_BACK:], y[image_of >= HELD_BACK], image_of[image_of >= HELD_BACK] - HELD_BACK
        if bridge:
            x, y = bridge.images(x), bridge.captions(y)
        ranks = retrieval_ranks(aligner.transform_image(x), aligner.transform_text(y), image_of, show_progress=False)
        for way, found in (("t2i", ranks.text_to_image(KS)), ("i2t", ranks.image_to_text(KS))):
            out.append(float(np.mean([found[f"{way}_recall@{k}_any"].mean() for k in KS])))
    return out


def main() -> None:
    """Runs every way of mixing and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image-encoder", default="bundled/efficientnet-lite0")
    parser.add_argument("--text", default="bundled/all-minilm-l6-v2")
    parser.add_argument("--pairs", type=int, nargs="*", default=[100, 500])
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    bench = Bench(args.image_encoder, args.text)
    x, y, image_of = bench.captioned["flickr8k-train"]
    first = image_of < HELD_BACK
    bench.captioned["drawn from"] = (x[:HELD_BACK], y[first], image_of[first])
    ways: dict[str, Callable[[hw.Pairs], Bridge | None]] = {
        "plain": lambda pairs: None,
        "centred": lambda pairs: Bridge.fit(pairs, power=0.0),
        "pictures Σ^-1/8": lambda pairs: Bridge.fit(pairs, power=0.125),
        "pictures Σ^-1/4 (default)": Bridge.fit,
        "pictures Σ^-1/2": lambda pairs: Bridge.fit(pairs, power=0.5),
        "rows Σ^1/4": lambda pairs: rows_moved(pairs, 0.25),
        "rows Σ^1": lambda pairs: rows_moved(pairs, 1.0),
        "affine": lambda pairs: affine(pairs, bench.head.prototypes),
    }
    table, raw = [], {}
    for n in args.pairs:
        drawn = [bench.drawn(n, seed, "drawn from") for seed in range(args.seeds)]
        results = {"rows alone": [recalls(bench, bench.every, None)]}
        results["pictures alone"] = [recalls(bench, each, Bridge.fit(each)) for each in drawn]
        for way, fit in ways.items():
            both = [bench.every + each for each in drawn]
            results[way] = [recalls(bench, each, fit(each)) for each in both]
        for way, values in results.items():
            mean, spread = np.mean(values, axis=0), np.std(values, axis=0, ddof=1) if len(values) > 1 else None
            cells = [f"{100 * m:.1f}" + (f" ± {100 * s:.1f}" if spread is not None else "") for m, s in
                     zip(mean, spread if spread is not None else mean, strict=True)]  # fmt: skip
            table.append([str(n), way, *(f"{a} / {b}" for a, b in zip(cells[::2], cells[1::2], strict=True))])
            raw[f"{n} {way}"] = values
    header = ["pictures", "mixed", "flickr8k-train, held back", "flickr8k-dev", "coco-mini"]
    report("gap_bridge", header, table, {"seeds": args.seeds, "raw": raw})


if __name__ == "__main__":
    main()
