"""Unseen classes: fit on the rows of 800 ImageNet-1k classes, recognise pictures of the other 200 among their names.

    python recipes/unseen_classes.py                      # every aligner, 20 splits
    python recipes/unseen_classes.py --splits 3 --image-encoder bundled/efficientnet-lite2

Split s is `numpy.random.RandomState(s).permutation(1000)`: the first 800 are seen, the last 200 are not. Pictures of
the unseen classes (about 100 a split, one a class) are classified among all 200 names; chance is 0.5 % and 2.5 %. No
row and no picture of an unseen class is used to fit or to choose anything: parameters that are "auto" are chosen
on held-out rows among the 800. Columns: plain names (every label said as "X" and "a photo of a X"), the bare name
alone, names with definitions, and as a control plain names where the 800 rows have been given each other's texts.
Labels are compared by their scores over the 800 rows, as `classify` compares them.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
from common import Remembered, data_folder, embed, pm, report
from sklearn.base import clone

import headword as hw
from headword.aligners import Aligner, registry
from headword.model.aligned import AlignedModel
from headword.model.calibration import Calibration

TOP = (1, 5)


def accuracy(
    model: AlignedModel, vectors: np.ndarray, truth: np.ndarray, labels: hw.LabelSet, defined: bool
) -> list[float]:
    """Top-1 and top-5 of embeddings among the labels; a tie counts against."""
    text = model.encode_labels(labels, definitions="auto" if defined else None)
    scores = model.calibration.standard(model.map_image(vectors), text)
    ranks = (scores >= scores[np.arange(len(truth)), truth][:, None]).sum(axis=1) - 1
    return [float((ranks < k).mean()) for k in TOP]


def one_split(
    seed: int, model: AlignedModel, pairs: hw.Pairs, labels: hw.LabelSet, vectors: np.ndarray, classes: np.ndarray
) -> dict[str, list[float]]:
    """Accuracies of one split by condition, and the seconds of the fit."""
    order = np.random.RandomState(seed).permutation(1000)  # the protocol's generator
    seen, unseen = order[:800], order[800:]
    position = np.full(1000, -1)
    position[unseen] = np.arange(200)
    tested = position[classes] >= 0
    truth, images, names = position[classes[tested]], vectors[tested], labels.take(unseen)
    taught = pairs.take(seen)
    out = {}
    for condition, learnt in (("true", taught), ("permuted", taught.permuted(seed))):
        started = time.perf_counter()
        aligner: Aligner = clone(model.aligner).fit(learnt.x, learnt.y, learnt.weight)
        seconds = time.perf_counter() - started
        rows = aligner.transform_image(learnt.x[np.unique(learnt.group, return_index=True)[1]])
        scale = Calibration.from_rows(rows)
        fitted = AlignedModel(model.image_encoder, model.text_encoder, aligner, scale)
        if condition == "permuted":
            out["permuted names"] = accuracy(fitted, images, truth, names, defined=False)
            continue
        bare = replace(fitted, templates=("plain",))
        out["names"] = accuracy(fitted, images, truth, names, defined=False)
        out["bare name"] = accuracy(bare, images, truth, names, defined=False)
        out["names and definitions"] = accuracy(fitted, images, truth, names, defined=True)
        out["seconds"] = [seconds]
    return out


def main() -> None:
    """Runs the protocol and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image-encoder", default="bundled/efficientnet-lite0")
    parser.add_argument("--text", default="bundled/all-minilm-l6-v2")
    parser.add_argument("--aligners", nargs="*", default=["kernel-ridge", "asif", "csa", "procrustes", "ridge"])
    parser.add_argument("--splits", type=int, default=20)
    args = parser.parse_args()
    image, text = hw.load_image_encoder(args.image_encoder), Remembered(hw.load_text_encoder(args.text))
    head = image.head()
    found = embed(image, data_folder("unseen") / "imagenet-500")
    classes = np.array([head.labels.ids.index(Path(each).stem) for each in found.ids])
    logits, cosine = head.logits(found.vectors), found.vectors @ head.prototypes.T
    linear, unit = ((scores.argmax(axis=1) == classes).mean() for scores in (logits, cosine))
    pairs = hw.Pairs.from_head(head, text)
    conditions = ("bare name", "names", "names and definitions", "permuted names")
    rows, raw = [], {}
    for name in args.aligners:
        model = AlignedModel(image, text, registry[name]())
        results = defaultdict(list)
        for seed in range(args.splits):
            for key, values in one_split(seed, model, pairs, head.labels, found.vectors, classes).items():
                results[key].append(values)
        columns = [" / ".join(pm(each) for each in np.transpose(results[key])) for key in conditions]
        rows.append([name, *columns, f"{np.median(results['seconds']):.2f}"])
        raw[name] = dict(results)
    print(f"head on its own {len(classes)} pictures: linear {100 * linear:.1f} %, cosine {100 * unit:.1f} %\n")
    header = ["aligner", *(f"{each}, top-1 / top-5" for each in conditions), "fit s"]
    facts = {"splits": args.splits, "fingerprints": [image.fingerprint, text.fingerprint], "raw": raw}
    report(
        "unseen_classes",
        header,
        rows,
        facts | {"linear_head": float(linear), "cosine_head": float(unit), "chance": [0.005, 0.025]},
    )


if __name__ == "__main__":
    main()
