"""Calibration: do the scores read as probabilities, and does "none of these" keep its promise, on real pictures?

    python recipes/calibration.py

The model has seen no picture when its scale and its threshold are set. For each data set: top-1 over pictures, mean
probability of the answer, expected calibration error (ten equal bins), the scale that would have been best for these
pictures (the model's own stands in the first line), and for "none of these" at a stated false-alarm rate of 10 %: the
share of pictures wrongly given a label when all right labels are absent (the labels of another set are asked for), and
the share refused although their label is there. Pictures of the other set are cut off to the same number.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from common import data_folder, embed, report
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

import headword as hw
from headword.predictions import NONE_OF_THESE


def main() -> None:
    """Runs every data set and prints the table."""
    model = hw.align("bundled/efficientnet-lite0", "bundled/all-minilm-l6-v2")
    print(f"scale {model.calibration.scale:.1f}\n")
    folders = sorted(each for each in data_folder("zeroshot").iterdir() if each.is_dir())
    sets = {folder.name: embed(model.image_encoder, folder) for folder in folders}
    names = {folder.name: sorted(each.name for each in folder.iterdir() if each.is_dir()) for folder in folders}
    rows = []
    for place, folder in enumerate(folders):
        found, labels = sets[folder.name], names[folder.name]
        truth = np.array([labels.index(Path(each).parent.name) for each in found.ids])
        scores = model.aligner.transform_image(found.vectors) @ model.encode_labels(labels, None).T
        probability = model.calibration.probabilities(scores)
        right, sure = probability.argmax(axis=1) == truth, probability.max(axis=1)
        foreign = names[folders[(place + 1) % len(folders)].name]
        rows.append(
            [
                folder.name,
                f"{100 * right.mean():.1f}",
                f"{100 * sure.mean():.1f}",
                f"{100 * calibration_error(sure, right):.1f}",
                f"{best_scale(scores, truth):.0f}",
                f"{100 * (1 - refused(model, found.vectors, foreign)):.1f}",
                f"{100 * refused(model, found.vectors, labels):.1f}",
            ]
        )
    header = ["data set", "top-1", "mean probability", "calibration error", "best scale", "false alarms", "refused"]
    report("calibration", header, rows, {"scale": model.calibration.scale, "false_alarm": 0.1})


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
