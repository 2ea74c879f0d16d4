"""MNIST (LeCun et al., 1998): handwritten digits, 28 pixels a side."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from headword.datasets.layouts import mapped
from headword.datasets.spec import KnownClasses, Layout, Row, classes

_FILES = {"train": "train", "test": "t10k"}


def _rows(folder: Path, split: str) -> Iterable[Row]:
    stem = _FILES[split]
    images = mapped(folder / f"{stem}-images-idx3-ubyte", 28 * 28, header=16).reshape(-1, 28, 28)
    labels = mapped(folder / f"{stem}-labels-idx1-ubyte", 1, header=8)[:, 0]
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        yield Row(f"{stem}/{number}", image, int(label))


SPEC = KnownClasses(
    name="mnist",
    title="MNIST",
    splits={"train": 60_000, "test": 10_000},
    licence="CC BY-SA 3.0",
    where="https://ossci-datasets.s3.amazonaws.com/mnist/ (unpack the .gz files)",
    layout="MNIST/raw/t10k-images-idx3-ubyte, …/t10k-labels-idx1-ubyte",
    folders=("MNIST/raw", "raw"),
    templates=('A photo of the number: "{}"',),
    classes=classes("0; 1; 2; 3; 4; 5; 6; 7; 8; 9"),
    layouts=(
        Layout(
            tuple(f"{stem}-{kind}-ubyte" for stem in _FILES.values() for kind in ("images-idx3", "labels-idx1")),
            tuple(_FILES),
            _rows,
        ),
    ),
    checksums={
        "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
        "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
    },
)
