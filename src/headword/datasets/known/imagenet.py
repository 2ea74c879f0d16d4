"""ImageNet-1k (Russakovsky et al., 2015): its validation pictures, 50 a class, as they are and cut into 45 and 5."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from headword.datasets.layouts import draw_split, imagenet_labels, sorted_rows
from headword.datasets.spec import KnownClasses, Layout, Row

_CUTS = {"val-45": 0, "val-5": 1}


def _rows(folder: Path, split: str, *, val: str, train: str) -> Iterable[Row]:
    every = sorted_rows(folder, train if split == "train" else val)
    return draw_split(every, (45, 5), _CUTS[split]) if split in _CUTS else every


def _layout(below: str) -> Layout:
    rows = partial(_rows, val=f"{below}val", train=f"{below}train")
    return Layout((f"{below}val/n01440764",), ("val", "val-45", "val-5", "train"), rows, imagenet_labels)


SPEC = KnownClasses(
    name="imagenet",
    title="ImageNet-1k",
    splits={"val": 50_000, "val-45": 45_000, "val-5": 5_000, "train": 1_281_167},
    licence="non-commercial research",
    where="https://image-net.org/download-images (ILSVRC2012, sorted into folders by wnid)",
    layout="val/<wnid>/<file>.JPEG, train/<wnid>/<file>.JPEG",
    folders=("imagenet-1k", "ILSVRC2012", "ILSVRC/Data/CLS-LOC", "wds_imagenet1k"),
    layouts=(_layout(""),),
    pool="val-5",
    checksums={
        "ILSVRC2012_img_val.tar": "29b22e2961454d5413ddabcf34fc5622",
        "ILSVRC2012_img_train.tar": "1d675b47d978889d74fa0da5fadfb00e",
        "ILSVRC2012_devkit_t12.tar.gz": "fa75699e90414af021442c21a62c3abf",
    },
    note="val-45 and val-5 are 45 and 5 pictures of each class, drawn with seed 42; val is all 50",
)
