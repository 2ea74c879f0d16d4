"""Stanford Cars (Krause et al., 2013): 196 models of cars."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from headword.datasets.layouts import image_row, mat
from headword.datasets.spec import KnownClasses, Layout, Row
from headword.labels.label_set import LabelSet

_LISTS = {"train": "devkit/cars_train_annos.mat", "test": "cars_test_annos_withlabels.mat"}


def _rows(folder: Path, split: str) -> Iterable[Row]:
    for record in mat(folder / _LISTS[split])["annotations"]:
        yield image_row(folder, f"cars_{split}/{record['fname']}", int(record["class"]) - 1)


def _labels(folder: Path) -> LabelSet:
    return LabelSet.from_names([str(name) for name in mat(folder / "devkit/cars_meta.mat")["class_names"]], name="cars")


SPEC = KnownClasses(
    name="cars",
    title="Stanford Cars",
    splits={"train": 8_144, "test": 8_041},
    licence="non-commercial research",
    where="https://huggingface.co/datasets/clip-benchmark/wds_cars (its own page is gone)",
    layout="test/<number>.tar; or stanford_cars/cars_test/…, …/devkit/…, …/cars_test_annos_withlabels.mat",
    folders=("stanford_cars",),
    layouts=(Layout(("devkit/cars_meta.mat", *_LISTS.values()), tuple(_LISTS), _rows, _labels),),
)
