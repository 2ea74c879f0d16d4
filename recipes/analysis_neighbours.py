"""Neighbours: do prototypes agree with text, and how many pictures is a prototype worth?

    python recipes/analysis_neighbours.py

m_NN, cycle k-NN, CKA and off-diagonal correlation of the bundled networks' prototypes with the names of all 1,000
classes; of prototypes and of one picture each with the names of the 500 classes that have a picture; and of means of n
pictures of each of ten classes, the only ones with fifty. Among themselves ten classes decide little (k = 3 of nine
others), so their neighbours are looked for among the prototypes of all other classes too, each kind less its own mean
(that of pictures over the 500). The names are bare, as in weight recycling; it reports m_NN 0.302 / 0.3035 / 0.304
(k = 3 / 5 / 10) for prototypes and 0.270 / 0.284 / 0.289 for means of ten pictures, of a network it does not name.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from common import Remembered, data_folder, embed, report
from cosine_head import NETWORKS, row_of

import headword as hw
from headword.analysis import Similarity, cka, means_against_text, mutual_neighbours, neighbourhoods
from headword.arrays import unit

COUNTS = (1, 2, 3, 5, 10, 20, 50)


def centred(rows: np.ndarray) -> np.ndarray:
    """Unit rows less their mean, unit again."""
    return unit(unit(rows) - unit(rows).mean(axis=0))


def shown(found: Similarity) -> str:
    """With its null."""
    return f"{found.value:.3f} ({found.null.mean:.3f} ± {found.null.sd:.3f}, p {found.null.p:.2g})"


def main() -> None:
    """Runs all networks and prints the tables."""
    text = Remembered(hw.load_text_encoder("bundled/all-minilm-l6-v2"))
    table, curves, raw = [], [], dict[str, Any]()
    for name in NETWORKS:
        image = hw.load_image_encoder(name)
        head = image.head()
        heard = text.encode(list(head.labels.names))
        few = embed(image, data_folder("unseen") / "imagenet-500")
        classes = np.array([row_of(Path(each), head.labels) for each in few.ids])
        many = embed(image, data_folder("zeroshot") / "imagenette-val")
        tens = np.array([row_of(Path(each), head.labels) for each in many.ids])
        kinds = {
            "prototypes, all classes": (head.prototypes, heard),
            "prototypes, classes with a picture": (head.prototypes[classes], heard[classes]),
            "one picture": (few.vectors, heard[classes]),
        }
        for kind, (rows, texts) in kinds.items():
            found = (*mutual_neighbours(rows, texts), *cka(rows, texts))
            measures = {f"{each.measure} {each.k or ''}".strip(): each for each in found}
            table.append([name, kind, str(len(rows)), *(shown(each) for each in found)])
            raw[f"{name}, {kind}"] = [each.as_dict() for each in found]
        header = ["network", "rows", "n", *measures]
        middle = unit(few.vectors).mean(axis=0)
        prototypes, images = centred(head.prototypes), unit(unit(many.vectors) - middle)
        for among, k in ((False, 3), (True, 10)):
            curve = means_against_text(
                images, tens, prototypes, heard, counts=COUNTS, k=k, draws=50, among_prototypes=among
            )
            gains = {each.images: each.gain for each in curve.points}
            cells = [f"{each.mean:.3f} ± {each.sd:.3f}" for each in curve.points]
            candidates = "all prototypes" if among else "themselves"
            curves.append([name, candidates, str(k), shown(curve.prototypes), *cells, str(gains[10]), str(gains[50])])
            raw[f"{name}, means among {candidates}"] = curve.as_dict()
        near = neighbourhoods(head.prototypes, heard, head.labels.names)
        for each in (*near[:3], *near[-3:]):
            named = (", ".join(some[:4]) for some in (each.shared, each.only_a, each.only_b))
            print(f"{each.name} ({each.agreement:.1f}): " + " | ".join(named))
    means = [f"mean of {n}" for n in COUNTS]
    columns = ["network", "among", "k", "prototypes", *means, "prototypes less mean of 10", "less mean of 50"]
    report("analysis_picture_means", columns, curves, {"classes": 10})
    report("analysis_neighbours", header, table, {"fingerprint": text.fingerprint, "raw": raw})


if __name__ == "__main__":
    main()
