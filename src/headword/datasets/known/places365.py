"""Places365 (Zhou et al., 2017): scenes; the validation pictures, 100 a class, as they are and cut into 40 and 10."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from headword.datasets.layouts import draw_split, image_row, scene_labels
from headword.datasets.readers.files import read_lines
from headword.datasets.spec import KnownClasses, Layout, Row
from headword.labels.label_set import LabelSet

_CUTS = {"test": 0, "train": 1}


def _labels(folder: Path) -> LabelSet:
    lines = read_lines(folder / "categories_places365.txt", "the classes of places365")
    pairs = sorted((int(number), key) for key, number in map(str.split, lines))
    return scene_labels([key for _, key in pairs], "places365")


def _rows(folder: Path, split: str, *, images: str) -> Iterable[Row]:
    parsed = (line.split() for line in read_lines(folder / "places365_val.txt", "the pictures of places365"))
    rows = [image_row(folder, f"{images}/{file}", int(number)) for file, number in parsed]
    return rows if split == "val" else draw_split(rows, (40, 10), _CUTS[split])


def _layout(images: str) -> Layout:
    needs = (images, "places365_val.txt", "categories_places365.txt")
    return Layout(needs, ("test", "train", "val"), partial(_rows, images=images), _labels)


SPEC = KnownClasses(
    name="places365",
    title="Places365",
    splits={"test": 14_600, "train": 3_650, "val": 36_500},
    licence="research and education, non-commercial",
    where="http://places2.csail.mit.edu/download.html (small images, validation, and the file lists)",
    layout="val_256/Places365_val_<number>.jpg, places365_val.txt, categories_places365.txt",
    folders=("places365_standard",),
    layouts=(_layout("val_256"), _layout("val_large")),
    checksums={
        "val_256.tar": "e27b17d8d44f4af9a78502beb927f808",
        "filelist_places365-standard.tar": "35a0585fee1fa656440f3ab298f8479c",
        "categories_places365.txt": "06c963b85866bd0649f97cb43dd16673",
        "places365_val.txt": "e9f2fd57bfd9d07630173f4e8708e4b1",
    },
    note="test and train are 40 and 10 of each class's 100 validation pictures, drawn with seed 42; val is all of them",
)
