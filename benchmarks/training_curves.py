"""Loss and held-out rank of the paper's MLP, epoch by epoch, on a classifier's real head.

    python benchmarks/training_curves.py                                  # 300 epochs, about four minutes on one core
    python benchmarks/training_curves.py --plot docs/images/training_curves.png

One text a class, its plain name, as in the paper. A tenth of the classes is hidden; after each epoch their names are
looked for among them. Nothing is stopped early. Prints one JSON line for each epoch of the table in docs/aligners.md.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

import headword as hw
from headword.aligners import MLP

SHOWN = (1, 2, 5, 10, 20, 50, 100, 150, 200, 250, 300, 500, 1000, 2500)


def plot(history: np.ndarray, path: Path, title: str) -> None:
    """Draws both curves into a PNG."""
    from matplotlib.figure import Figure

    epochs = np.arange(1, len(history) + 1)
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    left = figure.subplots()
    right = left.twinx()
    (loss,) = left.plot(epochs, history[:, 0], color="tab:blue", label="training loss")
    (rank,) = right.plot(epochs, history[:, 1], color="tab:orange", label="rank of hidden classes")
    left.set(xlabel="epoch", ylabel="1 − cosine", title=title)
    right.set(ylabel="mean reciprocal rank", ylim=(0, None))
    left.legend(handles=[loss, rank], loc="center right")
    figure.savefig(path, dpi=110)


def main() -> None:
    """Trains once and tells the history."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", default="bundled/efficientnet-lite0", help="image encoder with a head")
    parser.add_argument("--text", default="bundled/all-minilm-l6-v2", help="text encoder")
    parser.add_argument("--epochs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--plot", type=Path, help="PNG to draw; needs matplotlib")
    args = parser.parse_args()
    head = hw.load_image_encoder(args.image).head()
    reading = hw.load_text_encoder(args.text)
    pairs = hw.Pairs.from_head(head, reading, synonyms=False, definitions=None)
    started = time.perf_counter()
    aligner = MLP(epochs=args.epochs, patience=args.epochs, seed=args.seed, device="cpu")
    history = aligner.fit(pairs.x, pairs.y, pairs.weight).history_
    seconds = (time.perf_counter() - started) / len(history)
    for epoch in SHOWN:
        if epoch <= len(history):
            loss, rank = history[epoch - 1]
            print(json.dumps({"epoch": epoch, "loss": round(loss, 4), "mrr": round(rank, 4)}))
    hidden = round(aligner.validation * len(head))
    chance = float((1 / np.arange(1, hidden + 1)).mean())
    best = int(history[:, 1].argmax()) + 1
    print(json.dumps({"pairs": len(pairs), "hidden": hidden, "chance": round(chance, 4), "best_epoch": best}))
    print(json.dumps({"seconds_per_epoch": round(seconds, 3), "epochs": len(history)}))
    if args.plot:
        plot(history, args.plot, f"MLP on the head of {args.image.rpartition('/')[2]}")


if __name__ == "__main__":
    main()
