"""Classifiers of few classes: how well a head of 10 or 15 classes knows its own names, and is its confidence right.

    python recipes/small_heads.py
    python recipes/small_heads.py --image-encoder bundled/efficientnet-lite2

For each of the six sets a linear head is trained on one half of the pictures, on embeddings of the frozen network, and
judged on the other half; 3 halvings. Columns: the head itself; the angle to its rows; the names of its classes, by what
`align_pairs` makes of its rows and bare names; the mean probability of the best label, which should be the accuracy
before it; and how many pictures of another set are answered "none of these" when 10 % of them may be given a label.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from common import Remembered, data_folder, embed, pm, report
from sklearn.linear_model import LogisticRegression

import headword as hw
from headword.arrays import unit
from headword.model.alignment import align_pairs
from headword.model.predictions import NONE_OF_THESE

COLUMNS = ("head", "angle to rows", "own names", "mean probability", "none of these, another set")


def main() -> None:
    """Trains the heads and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image-encoder", default="bundled/efficientnet-lite0")
    parser.add_argument("--text", default="bundled/all-minilm-l6-v2")
    parser.add_argument("--halvings", type=int, default=3)
    args = parser.parse_args()
    image, text = hw.load_image_encoder(args.image_encoder), Remembered(hw.load_text_encoder(args.text))
    folders = sorted(each for each in data_folder("zeroshot").iterdir() if each.is_dir())
    sets = {folder.name: embed(image, folder) for folder in folders}
    rows, raw = [], dict[str, dict[str, list[float]]]()
    for place, (name, found) in enumerate(sets.items()):
        labels = sorted({Path(each).parent.name for each in found.ids})
        classes = np.array([labels.index(Path(each).parent.name) for each in found.ids])
        other = sets[folders[place - 1].name].vectors
        raw[name] = {column: [] for column in COLUMNS}
        for seed in range(args.halvings):
            order = np.random.default_rng(seed).permutation(len(classes))
            learnt, judged = np.array_split(order, 2)
            probe = LogisticRegression(max_iter=2000).fit(found.vectors[learnt], classes[learnt])
            head = hw.Head(probe.coef_, probe.intercept_, hw.LabelSet.from_names(labels))
            model = align_pairs(image, text, hw.Pairs.from_head(head, text, definitions=None), labels=head.labels)
            truth, images = classes[judged], found.vectors[judged]
            answers = model.classify(images, labels, definitions=None)
            strangers = model.classify(other, labels, definitions=None, none_of_these=True)
            figures = (
                np.mean(head.logits(images).argmax(axis=1) == truth),
                np.mean((unit(images) @ head.prototypes.T).argmax(axis=1) == truth),
                np.mean([each.label == labels[row] for each, row in zip(answers, truth, strict=True)]),
                np.mean([each.probability for each in answers]),
                np.mean([each.label == NONE_OF_THESE for each in strangers]),
            )
            for column, value in zip(COLUMNS, figures, strict=True):
                raw[name][column].append(float(value))
        rows.append(
            [name, str(len(labels)), *(pm(raw[name][column]) for column in COLUMNS), f"{100 / len(labels):.1f}"]
        )
    means = (np.mean([raw[name][column] for name in raw], axis=0).tolist() for column in COLUMNS)
    rows.append(["mean", "", *map(pm, means), ""])
    facts = {"halvings": args.halvings, "raw": raw, "fingerprints": [image.fingerprint, text.fingerprint]}
    report("small_heads", ["data set", "classes", *COLUMNS, "chance"], rows, facts)


if __name__ == "__main__":
    main()
