"""Choosing encoders: quality, speed and width of image encoders with one text encoder, on the same splits and pictures.

    python recipes/choosing_encoders.py
    python recipes/choosing_encoders.py --image-encoders timm/resnet50.a1_in1k timm/convnext_base.fb_in22k_ft_in1k

Every image encoder must have the 1,000 classes of ImageNet-1k. The first one given is what others are compared with.

Unseen classes: the protocol of `unseen_classes.py`, with its code and the default aligner; chance is 0.5 % and 2.5 %.
Zero-shot: plain names, mean accuracy per class over the sets of zeroshot/; chance is the mean of 1 / classes. Speed:
the same pictures are embedded by each encoder in turn, several rounds; pictures a second of wall time, median and
range, and the seconds of processor time for each picture, for these depend less on what else the machine does.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from common import Remembered, data_folder, embed, pm, report
from unseen_classes import one_split

import headword as hw
from headword.aligners import registry
from headword.datasets import load
from headword.encoders.base import ImageEncoder
from headword.model.aligned import AlignedModel


def unseen(image: ImageEncoder, text: Remembered, aligner: str, splits: int) -> dict[str, np.ndarray]:
    """(splits, 2) top-1 and top-5 on classes that were hidden from the fit, by condition."""
    found = embed(image, data_folder("unseen") / "imagenet-500")
    head = image.head()
    classes = np.array([head.labels.ids.index(Path(each).stem) for each in found.ids])
    model = AlignedModel(image, text, registry[aligner]())
    pairs = hw.Pairs.from_head(head, text)
    runs = [one_split(seed, model, pairs, head.labels, found.vectors, classes) for seed in range(splits)]
    return {
        name: np.array([run[name] for run in runs]) for name in ("names", "names and definitions", "permuted names")
    }


def photographs(image: ImageEncoder, text: Remembered, aligner: str) -> dict[str, tuple[float, float, float]]:
    """Mean accuracy per class, its standard error over pictures, and chance, by data set."""
    model = hw.align(image, text, aligner)
    results = {}
    for folder in sorted(each for each in data_folder("zeroshot").iterdir() if each.is_dir()):
        data = load(folder)
        kept = embed(image, folder)
        place = {str(Path(each).resolve()): row for row, each in enumerate(kept.ids)}
        rows = kept.vectors[[place[str(Path(each).resolve())] for each in data.images]]
        answers = model.classify(rows, data.labels, 1, definitions=None)
        right = np.array([each.label for each in answers]) == np.array(data.labels.names)[data.targets]
        shares = np.array([right[data.targets == row].mean() for row in range(len(data.labels))])
        error = np.sqrt((shares * (1 - shares) / np.bincount(data.targets)).sum()) / len(shares)
        results[folder.name] = float(shares.mean()), float(error), 1 / len(shares)
    return results


def speed(encoders: list[ImageEncoder], pictures: list[Path], rounds: int) -> tuple[np.ndarray, np.ndarray]:
    """(rounds, encoders) pictures a second of wall time, and seconds of processor time for each picture."""
    wall, processor = np.zeros((rounds + 1, len(encoders))), np.zeros((rounds + 1, len(encoders)))
    for turn in range(rounds + 1):  # the first warms up
        for column, encoder in enumerate(encoders):
            began, used = time.perf_counter(), time.process_time()
            encoder.embed(pictures, strict=True, show_progress=False)
            wall[turn, column] = len(pictures) / (time.perf_counter() - began)
            processor[turn, column] = (time.process_time() - used) / len(pictures)
    return wall[1:], processor[1:]


def main() -> None:
    """Measures every encoder and prints two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    bundled = [f"bundled/efficientnet-lite{size}" for size in range(3)]
    parser.add_argument("--image-encoders", nargs="+", default=bundled)
    parser.add_argument("--text", default="bundled/all-minilm-l6-v2")
    parser.add_argument("--aligner", default="kernel-ridge")
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--pictures", type=int, default=96, help="how many to time")
    args = parser.parse_args()
    text = Remembered(hw.load_text_encoder(args.text))
    encoders = [hw.load_image_encoder(name) for name in args.image_encoders]
    hidden = {each.name: unseen(each, text, args.aligner, args.splits) for each in encoders}
    sets = {each.name: photographs(each, text, args.aligner) for each in encoders}
    pictures = sorted((data_folder("unseen") / "imagenet-500").iterdir())[: args.pictures]
    wall, processor = speed(encoders, pictures, args.rounds)
    first = encoders[0].name
    rows = []
    for column, encoder in enumerate(encoders):
        cells = [" / ".join(pm(each) for each in hidden[encoder.name][name].T) for name in hidden[first]]
        gain = hidden[encoder.name]["names"][:, 0] - hidden[first]["names"][:, 0]
        rates, relative = wall[:, column], processor[:, column] / processor[:, 0]
        rows.append(
            [
                encoder.name,
                str(encoder.dim),
                *cells,
                "–" if column == 0 else pm(gain),
                f"{np.median(rates):.0f} ({rates.min():.0f} to {rates.max():.0f})",
                f"{1000 * np.median(processor[:, column]):.0f}",
                f"{np.median(relative):.2f} ({relative.min():.2f} to {relative.max():.2f})",
            ]
        )
    header = [
        "image encoder",
        "width",
        *(f"unseen, {name}, top-1 / top-5" for name in hidden[first]),
        "top-1 by names, less the first's, same splits",
        "pictures a second",
        "processor ms a picture",
        "processor time, the first's = 1",
    ]
    facts: dict[str, Any] = {
        "text": args.text,
        "aligner": args.aligner,
        "splits": args.splits,
        "rounds": args.rounds,
        "pictures timed": len(pictures),
        "threads": torch.get_num_threads(),
        "fingerprints": {each.name: each.fingerprint for each in encoders},
        "chance": [0.005, 0.025],
        "raw": {name: {each: values.tolist() for each, values in found.items()} for name, found in hidden.items()},
    }
    report("choosing_encoders", header, rows, facts)
    names = list(sets[first])
    cells = {
        name: [f"{100 * sets[name][each][0]:.1f} ± {100 * sets[name][each][1]:.1f}" for each in names] for name in sets
    }
    table = [[name, *cells[name], f"{100 * np.mean([sets[name][each][0] for each in names]):.1f}"] for name in sets]
    chances = [sets[first][each][2] for each in names]
    table.append(["chance", *(f"{100 * each:.1f}" for each in chances), f"{100 * np.mean(chances):.1f}"])
    report("choosing_encoders_zero_shot", ["image encoder", *names, "mean"], table, facts)


if __name__ == "__main__":
    main()
