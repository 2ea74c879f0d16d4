"""Equal budget and controls: what a row of the head is worth beside a picture, and what is left without meaning.

    python recipes/equal_budget.py

One aligner, one text for each class (its bare name), five things for the image side: the rows of all 1,000 classes; the
rows of 500 classes; one picture of each of the same 500 classes (the paper's control by class means, with one picture
a class, which is all that lies here); and rows from which nothing can be learnt, 3 draws each: permuted, drawn from a
normal distribution with the rows' mean and covariance, and those of a head before training. Zero-shot: mean over the
six sets of the mean accuracy per class. Retrieval: R@1, R@5 and R@10 averaged, text→image / image→text, nothing having
been learnt from captions.
"""

from __future__ import annotations

import argparse

import numpy as np
from all_aligners import SETS, Bench, Line
from common import pm, report

import headword as hw
from headword.pairs.controls import CONTROLS, control


def main() -> None:
    """Runs all five and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image-encoder", default="bundled/efficientnet-lite0")
    parser.add_argument("--text", default="bundled/all-minilm-l6-v2")
    parser.add_argument("--aligner", default="kernel-ridge")
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    bench, line = Bench(args.image_encoder, args.text), Line(args.aligner)
    order = np.argsort(bench.classes)
    classes = bench.classes[order]
    rows = bench.bare.take(classes)
    images = hw.Pairs.from_class_means(bench.images[order], np.arange(len(classes)), rows.y, rows.group)
    tried = {
        "rows of 1,000 classes": [bench.bare],
        f"rows of {len(classes)} classes": [rows],
        f"one picture of each of {len(classes)} classes": [images],
        **{f"control: {each}": [control(each)(bench.bare, s) for s in range(args.seeds)] for each in CONTROLS},
    }
    table = []
    for name, pairs in tried.items():
        models = [bench.model(line, each, 0)[0] for each in pairs]
        zero = [float(np.mean(list(bench.zero_shot(model).values()))) for model in models]
        found = [bench.retrieval(model) for model in models]
        cells = [[each[f"{s} {way}"] for each in found] for s in SETS for way in ("t2i", "i2t")]
        shown = [pm(each) if len(each) > 1 else f"{100 * each[0]:.1f}" for each in (zero, *cells)]
        table.append([name, shown[0], f"{shown[1]} / {shown[2]}", f"{shown[3]} / {shown[4]}"])
    report("equal_budget", ["learnt from", "zero-shot", *SETS], table, {"aligner": args.aligner, "seeds": args.seeds})


if __name__ == "__main__":
    main()
