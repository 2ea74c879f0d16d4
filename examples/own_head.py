"""A head out of your own state dict, and embeddings from your own pipeline: no network is needed at fit.

    python examples/own_head.py

Here both are made from bundled weights, so that the example runs as it is: a file of weights in which the last layer is
called "classifier", a label file, and a matrix of embeddings. Put yours in their place.
"""

from __future__ import annotations

import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

import headword as hw
from headword.encoders.module import head_from_state_dict

LABELS = ["a cat", "a cup of coffee", "a rocket", "a motorcycle", "a horse", "a birthday cake"]


def stand_in(folder: Path) -> tuple[Path, Path, np.ndarray, list[str]]:
    """Weights, a label file, embeddings of scikit-image's photographs, and their names."""
    encoder = hw.load_image_encoder("bundled/efficientnet-lite0")
    head = encoder.head()
    weights, classes = folder / "mine.safetensors", folder / "classes.txt"
    save_file({"classifier.weight": head.weight, "classifier.bias": head.bias}, weights)
    classes.write_text("\n".join(map(", ".join, head.labels.synonyms)), encoding="utf-8")
    spec = find_spec("skimage")
    assert spec is not None
    assert spec.submodule_search_locations
    data = Path(spec.submodule_search_locations[0]) / "data"
    names = ["chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png"]
    return weights, classes, encoder.encode([data / name for name in names]), names


def main() -> None:
    """Fits on the head and labels the embeddings."""
    text = hw.load_text_encoder("bundled/all-minilm-l6-v2")
    with tempfile.TemporaryDirectory() as folder:
        weights, classes, embeddings, names = stand_in(Path(folder))
        head = head_from_state_dict(weights, "classifier", labels=classes)
    pairs = hw.Pairs.from_head(head, text)
    aligner = hw.aligners.KernelRidge().fit(pairs.x, pairs.y, pairs.weight)
    scores = aligner.similarity(embeddings, text.encode(LABELS))
    for name, row in zip(names, scores, strict=True):
        print(f"{name:20} {LABELS[row.argmax()]}")


if __name__ == "__main__":
    main()
