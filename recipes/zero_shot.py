"""Zero-shot: classify folders of pictures by their folder names with a model fitted on the head's rows alone.

    python recipes/zero_shot.py
    python recipes/zero_shot.py --data my-pictures --image-encoder timm/convnext_base.fb_in22k

A data set is a folder with one folder per class, named as the class is called. Each picture is judged by itself
(inductive). Columns: top-1 as the mean over classes with plain names, with automatic definitions (looked up in the
table timm ships for names with just one sense there, and used if two thirds of the labels have one), and with every
definition so found; the spread is the standard error over pictures within classes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from common import data_folder, embed, report

import headword as hw
from headword.lexicon import open_lexicon


def main() -> None:
    """Runs every data set and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="*", help="data sets; default: all of zeroshot/ in the shared data")
    parser.add_argument("--image-encoder", default="bundled/efficientnet-lite0")
    parser.add_argument("--text", default="bundled/all-minilm-l6-v2")
    parser.add_argument("--aligner", default="kernel-ridge")
    args = parser.parse_args()
    sets = args.data or sorted(each for each in data_folder("zeroshot").iterdir() if each.is_dir())
    model = hw.align(args.image_encoder, args.text, args.aligner)
    found_ones = open_lexicon("auto")
    rows, means = [], []
    for folder in sets:
        found = embed(model.image_encoder, folder)
        labels = sorted(each.name for each in folder.iterdir() if each.is_dir())
        truth = np.array([labels.index(Path(each).parent.name) for each in found.ids])
        image, cells, tops = model.map_image(found.vectors), [], []
        for definitions in (None, "auto", found_ones):
            scores = model.calibration.standard(image, model.encode_labels(labels, definitions))
            right = scores.argmax(axis=1) == truth
            each = np.array([right[truth == c].mean() for c in range(len(labels))])
            sizes = np.bincount(truth)
            error = np.sqrt((each * (1 - each) / sizes).sum()) / len(labels)
            tops.append(each.mean())
            cells.append(f"{100 * each.mean():.1f} ± {100 * error:.1f}")
        defined = sum(query.definition is not None for query in model.parse_labels(labels, found_ones))
        means.append(tops)
        rows.append([folder.name, str(len(truth)), *cells, f"{defined} of {len(labels)}", f"{100 / len(labels):.1f}"])
    rows.append(["mean", "", *(f"{100 * each:.1f}" for each in np.mean(means, axis=0)), "", ""])
    header = ["data set", "pictures", "names", "automatic definitions", "every definition found", "found for", "chance"]
    facts = {"aligner": args.aligner, "fingerprints": [model.image_encoder.fingerprint, model.text_encoder.fingerprint]}
    report("zero_shot", header, rows, facts)


if __name__ == "__main__":
    main()
