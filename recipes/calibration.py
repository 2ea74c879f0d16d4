"""Calibration: do the scores read as probabilities, and does "none of these" keep its promise, on real pictures?

    python recipes/calibration.py

The model has seen no picture when its scale and its threshold are set. For each data set: top-1 over pictures, mean
probability of the answer, expected calibration error (ten equal bins), the scale that would have been best for these
pictures (the model's own stands in the first line), and for "none of these" at a stated false-alarm rate of 10 %: the
share of pictures wrongly given a label when the labels of another set are asked for (some of which are right: striped
shirts, streets with cars), and the share refused although their label is there.

The second table keeps right labels out for certain: pictures of ImageNet classes that were hidden from the fit, asked
for by ten names of other hidden classes, or by their own name and nine others; 5 splits of `unseen_classes.py`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from common import data_folder, embed, pm, report
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

import headword as hw
from headword.model.alignment import align_pairs
from headword.model.predictions import NONE_OF_THESE


def main() -> None:
    """Runs every data set and prints the table."""
    model = hw.align("bundled/efficientnet-lite0", "bundled/all-minilm-l6-v2")
    print(f"scale {model.calibration.scale:.2f}\n")
    folders = sorted(each for each in data_folder("zeroshot").iterdir() if each.is_dir())
    sets = {folder.name: embed(model.image_encoder, folder) for folder in folders}
    names = {folder.name: sorted(each.name for each in folder.iterdir() if each.is_dir()) for folder in folders}
    rows = []
    for place, folder in enumerate(folders):
        found, labels = sets[folder.name], names[folder.name]
        truth = np.array([labels.index(Path(each).parent.name) for each in found.ids])
        scores = model.calibration.standard(model.map_image(found.vectors), model.encode_labels(labels, None))
        probability = model.calibration.probabilities(scores)
        right, sure = probability.argmax(axis=1) == truth, probability.max(axis=1)
        foreign = names[folders[(place + 1) % len(folders)].name]
        rows.append(
            [
                folder.name,
                f"{100 * right.mean():.1f}",
                f"{100 * sure.mean():.1f}",
                f"{100 * calibration_error(sure, right):.1f}",
                f"{best_scale(scores, truth):.2f}",
                f"{100 * (1 - refused(model, found.vectors, foreign)):.1f}",
                f"{100 * refused(model, found.vectors, labels):.1f}",
            ]
        )
    header = ["data set", "top-1", "mean probability", "calibration error", "best scale", "false alarms", "refused"]
    report("calibration", header, rows, {"scale": model.calibration.scale, "false_alarm": 0.1})
    print()
    report("none_of_these", ["promised false alarms", "false alarms", "refused"], absent(), {"labels": 10, "splits": 5})


def absent(splits: int = 5, labels: int = 10, draws: int = 10) -> list[list[str]]:
    """False alarms and refusals on pictures of hidden classes, at several promised rates."""
    image, text = hw.load_image_encoder("bundled/efficientnet-lite0"), hw.load_text_encoder("bundled/all-minilm-l6-v2")
    head = image.head()
    pairs, found = hw.Pairs.from_head(head, text), embed(image, data_folder("unseen") / "imagenet-500")
    classes = np.array([head.labels.ids.index(Path(each).stem) for each in found.ids])
    rates: dict[float, list[tuple[float, float]]] = {0.05: [], 0.1: [], 0.3: []}
    for split in range(splits):
        order, rng = np.random.RandomState(split).permutation(1000), np.random.default_rng(split)
        model, place = align_pairs(image, text, pairs.take(order[:800])), np.argsort(order) - 800
        tested = place[classes] >= 0
        words = model.encode_labels(head.labels.take(order[800:]), None)
        scores = model.calibration.standard(model.map_image(found.vectors[tested]), words)
        right = np.zeros(scores.shape, dtype=bool)
        right[np.arange(len(scores)), place[classes[tested]]] = True
        own, others = scores[right][:, None], scores[~right].reshape(len(scores), -1)
        drawn = rng.permuted(np.repeat(others[:, None], draws, axis=1), axis=2)
        best, beside = drawn[..., :labels].max(axis=2), np.maximum(drawn[..., : labels - 1].max(axis=2), own)
        for rate, kept in rates.items():
            level = model.calibration.none_score(labels, rate)
            kept.append((float((best > level).mean()), float((beside <= level).mean())))
    return [[f"{100 * rate:.0f}", *(pm(each) for each in zip(*kept, strict=True))] for rate, kept in rates.items()]


def calibration_error(sure: np.ndarray, right: np.ndarray) -> float:
    """Mean over ten bins of |accuracy - confidence|, weighted by their pictures."""
    bins = np.minimum((10 * sure).astype(int), 9)
    return sum((bins == b).mean() * abs(right[bins == b].mean() - sure[bins == b].mean()) for b in np.unique(bins))


def best_scale(scores: np.ndarray, truth: np.ndarray) -> float:
    """Maximum-likelihood scale with the pictures' own labels."""
    loss = lambda log_scale: -log_softmax(np.exp(log_scale) * scores, axis=1)[np.arange(len(truth)), truth].mean()  # noqa: E731
    return float(np.exp(minimize_scalar(loss, bounds=(-1.0, 7.0), method="bounded").x))


def refused(model: hw.AlignedModel, vectors: np.ndarray, labels: list[str]) -> float:
    """Share of pictures answered with "none of these"."""
    answers = model.classify(vectors, labels, 1, definitions=None, none_of_these=0.1)
    return float(np.mean([each.label == NONE_OF_THESE for each in answers]))


if __name__ == "__main__":
    main()
