"""STL-10 (Coates et al., 2011): ten things, 96 pixels a side, pictures from ImageNet."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from headword.datasets.layouts import mapped
from headword.datasets.spec import KnownClasses, Layout, Row, classes


def _rows(folder: Path, split: str) -> Iterable[Row]:
    # Each channel is stored column by column.
    images = mapped(folder / f"{split}_X.bin", 3 * 96 * 96).reshape(-1, 3, 96, 96).transpose(0, 3, 2, 1)
    labels = mapped(folder / f"{split}_y.bin", 1)[:, 0]
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        yield Row(f"{split}_X.bin/{number}", image, int(label) - 1)


SPEC = KnownClasses(
    name="stl10",
    title="STL-10",
    splits={"train": 5_000, "test": 8_000},
    licence="ImageNet's: non-commercial research",
    where="https://cs.stanford.edu/~acoates/stl10/",
    layout="stl10_binary/test_X.bin, …/test_y.bin, …/train_X.bin, …/train_y.bin",
    folders=("stl10_binary",),
    classes=classes("airplane; bird; car; cat; deer; dog; horse; monkey; ship; truck"),
    layouts=(Layout(tuple(f"{split}_{x}.bin" for split in ("train", "test") for x in "Xy"), ("train", "test"), _rows),),
    checksums={"stl10_binary.tar.gz": "91f7769df0f17e558f3565bffb0c7dfb"},
)
