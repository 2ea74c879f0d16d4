"""SUN397 (Xiao et al., CVPR 2010): 397 scenes, the first of its ten splits."""

from __future__ import annotations

from pathlib import Path

from headword.datasets.layouts import listed, scene_labels
from headword.datasets.readers.files import read_lines
from headword.datasets.spec import KnownClasses
from headword.labels.label_set import LabelSet


def _labels(folder: Path) -> LabelSet:
    return scene_labels(read_lines(folder / "ClassName.txt", "the classes of SUN397"), "sun397")


SPEC = KnownClasses(
    name="sun397",
    title="SUN397",
    splits={"train": 19_850, "test": 19_850},
    licence="research use",
    where="https://vision.princeton.edu/projects/2010/SUN/ (SUN397.tar.gz and Partitions.zip)",
    layout="SUN397/a/abbey/<file>.jpg, SUN397/ClassName.txt, SUN397/Testing_01.txt, SUN397/Training_01.txt",
    folders=("SUN397",),
    layouts=(
        listed(
            "",
            {"train": "Training_01.txt", "test": "Testing_01.txt"},
            lambda line: (line.lstrip("/"), line.rpartition("/")[0]),
            needs=("ClassName.txt",),
            labels=_labels,
        ),
    ),
    checksums={"SUN397.tar.gz": "8ca2778205c41d23104230ba66911c7a"},
)
