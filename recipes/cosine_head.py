"""Cosine head: what a classifier loses when its own classes are found by the angle to its prototypes alone.

    python recipes/cosine_head.py

For each bundled network, top-1 among all 1,000 classes with the linear head (weight and bias) and with the cosine head
(unit rows, no bias), on one picture each of 500 classes and on fifty each of ten; chance is 0.1 %. The loss is paired:
its spread is the standard error over pictures. Weight recycling reports 0.5 to 1.0 points on ImageNet's validation set.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from common import data_folder, embed, report

import headword as hw

NETWORKS = ("bundled/efficientnet-lite0", "bundled/efficientnet-lite1", "bundled/efficientnet-lite2")


def main() -> None:
    """Runs all networks on both sets and prints the table."""
    rows, prints = [], {}
    for name in NETWORKS:
        encoder = hw.load_image_encoder(name)
        head, prints[name] = encoder.head(), encoder.fingerprint
        for folder in (data_folder("unseen") / "imagenet-500", data_folder("zeroshot") / "imagenette-val"):
            found = embed(encoder, folder)
            truth = np.array([row_of(Path(each), head.labels) for each in found.ids])
            linear = head.logits(found.vectors).argmax(axis=1) == truth
            cosine = (found.vectors @ head.prototypes.T).argmax(axis=1) == truth
            loss = linear.astype(float) - cosine
            error = loss.std(ddof=1) / np.sqrt(len(loss))
            cells = [f"{100 * each.mean():.1f}" for each in (linear, cosine)]
            rows.append([name, folder.name, str(len(truth)), *cells, f"{100 * loss.mean():.1f} ± {100 * error:.1f}"])
    report("cosine_head", ["network", "pictures of", "n", "linear", "cosine", "loss"], rows, {"fingerprints": prints})


def row_of(image: Path, labels: hw.LabelSet) -> int:
    """The class of a picture: its file is named by wnid, or its folder by one of the class's names."""
    if image.stem in labels.ids:
        return labels.ids.index(image.stem)
    return next(row for row, names in enumerate(labels.synonyms) if image.parent.name in names)


if __name__ == "__main__":
    main()
