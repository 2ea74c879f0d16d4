"""Badly named rows: 20 of ImageNet-1k's 1,000 rows are given each other's labels; how many are found?

    python recipes/analysis_names.py

In each of ten draws 20 rows pass their labels (names, synonyms and definitions) on in a ring, or in ten exchanges.
Counted are those among the 40 rows that `badly_named` suspects most; guessing finds 0.8. The rows that really are as
they should be compete for these places: many of ImageNet's names are odd, and some wrong. Beside it, as a baseline, the
rank of a row's own text among all by left-out predictions of rows from texts alone.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
from common import Remembered, report

import headword as hw
from headword.aligners.folds import average
from headword.analysis.leave_one_out import left_out
from headword.analysis.naming import badly_named
from headword.arrays import unit

SWAPPED, LOOKED_AT, DRAWS = 20, 40, 10
TEXTS = {
    "names alone": {"synonyms": False, "definitions": None},
    "names and synonyms": {"definitions": None},
    "names, synonyms and definitions": {},
}


def passed_on(n: int, seed: int, exchanges: bool) -> tuple[np.ndarray, np.ndarray]:
    """Which rows get another's label, and for every row whose row of weights its label gets."""
    chosen = np.random.default_rng(seed).choice(n, SWAPPED, replace=False)
    order = np.arange(n)
    order[chosen] = chosen.reshape(-1, 2)[:, ::-1].ravel() if exchanges else np.roll(chosen, 1)
    return chosen, order


def baseline(pairs: hw.Pairs) -> np.ndarray:
    """Rows, those first whose own text ranks lowest by left-out predictions."""
    centred = [unit(each - each.mean(axis=0)) for each in (pairs.x[np.unique(pairs.group, return_index=True)[1]],
                                                           average(pairs.y, pairs.group, pairs.weight))]  # fmt: skip
    scores = centred[0] @ left_out(centred[1], centred[0]).unit.T
    ranks = (scores >= np.diag(scores)[:, None]).sum(axis=1)
    return np.argsort(-ranks, kind="stable")


def main() -> None:
    """Runs all draws and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image-encoder", default="bundled/efficientnet-lite0")
    parser.add_argument("--text", default="bundled/all-minilm-l6-v2")
    args = parser.parse_args()
    image, text = hw.load_image_encoder(args.image_encoder), Remembered(hw.load_text_encoder(args.text))
    head = image.head()
    table, raw = [], {}
    for said, options in TEXTS.items():
        pairs = hw.Pairs.from_head(head, text, **options)
        for way in ("ring", "exchanges"):
            counts = []
            for seed in range(DRAWS):
                chosen, order = passed_on(len(head), seed, way == "exchanges")
                swapped = replace(pairs, x=head.prototypes[order][pairs.group])
                found = badly_named(swapped, head.labels.names)
                suspects = [row.row for row in found.rows[:LOOKED_AT]], baseline(swapped)[:LOOKED_AT]
                counts.append([*(int(np.isin(each, chosen).sum()) for each in suspects), found.separation])
            ours, ranks, separation = np.transpose(counts)
            cells = [f"{each.mean():.1f} ± {each.std(ddof=1):.1f}" for each in (ours, ranks)]
            table.append([said, way, *cells, f"{SWAPPED * LOOKED_AT / len(head):.1f}", f"{separation.mean():.3f}"])
            raw[f"{said}, {way}"] = np.transpose(counts).tolist()
        worst = badly_named(pairs, head.labels.names).rows[:12]
        raw[f"{said}, as they are"] = [each.as_dict() for each in worst]
        for each in worst:
            print(f"{each.name} ({each.suspicion:.2f}, own name {each.name_rank}.): {', '.join(each.looks_like)}")
    header = ["texts", "labels passed on in", f"of {SWAPPED} among {LOOKED_AT}", "by rank alone", "guessing", "AUC"]
    report("analysis_names", header, table, {"fingerprints": [image.fingerprint, text.fingerprint], "raw": raw})


if __name__ == "__main__":
    main()
