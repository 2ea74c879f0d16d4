"""Generalised zero-shot: names the classifier knows and names it never saw, as candidates together.

    python recipes/generalised.py                       # 20 splits of unseen_classes.py
    python recipes/generalised.py --splits 3 --aligner csa

The splits of `recipes/unseen_classes.py`: the 800 seen classes are known, asked for by their own rows of the head, the
200 others by name; all 500 pictures are classified among all 1,000. Columns: accuracy on pictures of seen and of unseen
classes and their harmonic mean H, with the offset that `align` chose on held-out rows of the 800 (no picture); H of
plain cosines without offset; H of the offset that would have been best for these pictures ("oracle": what calibration
could gain at most). Chance is 0.1 %.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
from common import Remembered, data_folder, embed, pm, report

import headword as hw
from headword.model.alignment import align_pairs

OFFSETS = np.arange(-4.0, 12.0, 0.05)


def balance(known: np.ndarray, new: np.ndarray, truth: np.ndarray, offset: float = 0.0) -> tuple[float, float, float]:
    """Accuracy on pictures of known and of new classes, and their harmonic mean.

    `truth` numbers known classes first; a tie counts for the known.
    """
    known = known - offset
    best = np.where(new.max(axis=1) > known.max(axis=1), known.shape[1] + new.argmax(axis=1), known.argmax(axis=1))
    right, seen = best == truth, truth < known.shape[1]
    one, other = float(right[seen].mean()), float(right[~seen].mean())
    return one, other, 2 * one * other / max(one + other, 1e-12)


def main() -> None:
    """Runs the protocol and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image-encoder", default="bundled/efficientnet-lite0")
    parser.add_argument("--text", default="bundled/all-minilm-l6-v2")
    parser.add_argument("--aligner", default="kernel-ridge")
    parser.add_argument("--splits", type=int, default=20)
    args = parser.parse_args()
    image, text = hw.load_image_encoder(args.image_encoder), Remembered(hw.load_text_encoder(args.text))
    head = image.head()
    found = embed(image, data_folder("unseen") / "imagenet-500")
    classes = np.array([head.labels.ids.index(Path(each).stem) for each in found.ids])
    pairs = hw.Pairs.from_head(head, text)
    raw: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for seed in range(args.splits):
        order = np.random.RandomState(seed).permutation(1000)  # the protocol's generator
        place = np.argsort(order)
        truth = place[classes]
        learnt, new = pairs.take(order[:800]), head.labels.take(order[800:])
        for control in (False, True):
            taught = learnt.permuted(seed) if control else learnt
            model = align_pairs(image, text, taught, args.aligner, head.labels.take(order[:800]))
            # The known classes keep their own rows; the control deals the wrong names to them.
            model = replace(model, prototypes=head.prototypes[order[:800]])
            shared, rows = model.map_image(found.vectors), model.map_prototypes()
            for kind, definitions in (("names", None), ("names and definitions", "auto")):
                words = model.encode_labels(new, definitions)
                known, fresh = model.calibration.known(shared, rows), model.calibration.standard(shared, words)
                if control:
                    raw[kind]["unseen, permuted"].append(balance(known, fresh, truth)[1])
                    continue
                for key, value in zip(("seen", "unseen", "H"), balance(known, fresh, truth), strict=True):
                    raw[kind][key].append(value)
                plain = balance(shared @ rows.T, shared @ words.T, truth)
                raw[kind]["H, plain"].append(plain[2])
                raw[kind]["H, oracle"].append(max(balance(known, fresh, truth, each)[2] for each in OFFSETS))
                raw[kind]["offset"].append(model.calibration.offset)
    columns = ("seen", "unseen", "H", "H, plain", "H, oracle", "unseen, permuted")
    rows = [[kind, *(pm(raw[kind][key]) for key in columns)] for kind in raw]
    facts = {
        "splits": args.splits,
        "aligner": args.aligner,
        "chance": 0.001,
        "raw": {k: dict(v) for k, v in raw.items()},
    }
    report(
        "generalised", ["asked with", *columns], rows, facts | {"fingerprints": [image.fingerprint, text.fingerprint]}
    )


if __name__ == "__main__":
    main()
