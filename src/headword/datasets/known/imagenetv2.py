"""ImageNet-V2 (Recht et al., ICML 2019), matched frequency: ten new pictures of each ImageNet-1k class."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from headword.datasets.layouts import imagenet_labels, sorted_rows
from headword.datasets.spec import KnownClasses, Layout, Row


def _rows(folder: Path, split: str) -> Iterable[Row]:
    return (row._replace(key=int(row.key)) for row in sorted_rows(folder, ""))


SPEC = KnownClasses(
    name="imagenetv2",
    title="ImageNet-V2",
    splits={"test": 10_000},
    licence="MIT; pictures from Flickr",
    where="https://huggingface.co/datasets/vaishaal/ImageNetV2",
    layout="imagenetv2-matched-frequency-format-val/<class number>/<file>.jpeg",
    folders=("imagenetv2-matched-frequency-format-val", "imagenetv2-matched-frequency"),
    layouts=(Layout(("0", "999"), ("test",), _rows, imagenet_labels),),
    pool=None,
    note="folders are numbered as ImageNet-1k's classes are, which sorting by name gets wrong",
)
