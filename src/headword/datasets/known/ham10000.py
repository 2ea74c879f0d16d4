"""HAM10000 (Tschandl et al., 2018): dermatoscopic pictures of pigmented skin."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from headword.datasets.layouts import image_row
from headword.datasets.readers.files import read_lines
from headword.datasets.spec import KnownClasses, Layout, Row, classes

_HOMES = ("HAM10000_images_part_1", "HAM10000_images_part_2", "images")


def _rows(folder: Path, split: str) -> Iterable[Row]:
    for record in csv.DictReader(read_lines(folder / "HAM10000_metadata.csv", "the classes of HAM10000")):
        names = [f"{home}/{record['image_id']}.jpg" for home in _HOMES]
        yield image_row(folder, next((name for name in names if (folder / name).is_file()), names[0]), record["dx"])


SPEC = KnownClasses(
    name="ham10000",
    title="HAM10000",
    splits={"all": 10_015},
    licence="CC BY-NC 4.0",
    where="https://doi.org/10.7910/DVN/DBW86T",
    layout="HAM10000_images_part_1/<id>.jpg, HAM10000_images_part_2/<id>.jpg, HAM10000_metadata.csv",
    folders=("HAM10000",),
    classes=classes("""
        akiec: actinic keratoses; bcc: basal cell carcinoma; bkl: benign keratosis-like lesions; df: dermatofibroma;
        mel: melanoma; nv: melanocytic nevi; vasc: vascular lesions
    """),
    layouts=(Layout(("HAM10000_metadata.csv",), ("all",), _rows),),
    pool=None,
    note="no official split; several pictures show one lesion, and copies that are split anew repeat pictures",
)
