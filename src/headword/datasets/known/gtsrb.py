"""GTSRB (Stallkamp et al., 2012): German traffic signs, described as CLIP's authors do, two words respelt."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from headword.datasets.layouts import image_row, sorted_rows
from headword.datasets.readers.files import read_lines
from headword.datasets.spec import KnownClasses, Layout, Row, classes


def _rows(folder: Path, split: str) -> Iterable[Row]:
    if split == "train":
        yield from (row._replace(key=int(row.key)) for row in sorted_rows(folder, "GTSRB/Training"))
        return
    for record in csv.DictReader(read_lines(folder / "GT-final_test.csv", "the classes of GTSRB"), delimiter=";"):
        yield image_row(folder, f"GTSRB/Final_Test/Images/{record['Filename']}", int(record["ClassId"]))


_NAMES = """
    red and white circle 20 kph speed limit; red and white circle 30 kph speed limit;
    red and white circle 50 kph speed limit; red and white circle 60 kph speed limit;
    red and white circle 70 kph speed limit; red and white circle 80 kph speed limit;
    end / de-restriction of 80 kph speed limit; red and white circle 100 kph speed limit;
    red and white circle 120 kph speed limit; red and white circle red car and black car no passing;
    red and white circle red truck and black car no passing; red and white triangle road intersection warning;
    white and yellow diamond priority road; red and white upside down triangle yield right-of-way; stop;
    empty red and white circle; red and white circle no truck entry;
    red circle with white horizonal stripe no entry: red circle with white horizontal stripe no entry;
    red and white triangle with exclamation mark warning;
    red and white triangle with black left curve approaching warning;
    red and white triangle with black right curve approaching warning;
    red and white triangle with black double curve approaching warning;
    red and white triangle rough / bumpy road warning; red and white triangle car skidding / slipping warning;
    red and white triangle with merging / narrow lanes warning;
    red and white triangle with person digging / construction / road work warning;
    red and white triangle with traffic light approaching warning;
    red and white triangle with person walking warning; red and white triangle with child and person walking warning;
    red and white triangle with bicyle warning: red and white triangle with bicycle warning;
    red and white triangle with snowflake / ice warning;
    red and white triangle with deer warning; white circle with gray strike bar no speed limit;
    blue circle with white right turn arrow mandatory; blue circle with white left turn arrow mandatory;
    blue circle with white forward arrow mandatory; blue circle with white forward or right turn arrow mandatory;
    blue circle with white forward or left turn arrow mandatory; blue circle with white keep right arrow mandatory;
    blue circle with white keep left arrow mandatory; blue circle with white arrows indicating a traffic circle;
    white circle with gray strike bar indicating no passing for cars has ended;
    white circle with gray strike bar indicating no passing for trucks has ended
"""

SPEC = KnownClasses(
    name="gtsrb",
    title="GTSRB",
    splits={"train": 26_640, "test": 12_630},
    licence="none stated; cite Stallkamp et al. 2012",
    where="https://benchmark.ini.rub.de/gtsrb_dataset.html",
    layout="GTSRB/Training/<number>/<file>.ppm, GTSRB/Final_Test/Images/<file>.ppm, GT-final_test.csv",
    folders=("GTSRB",),
    classes=classes(_NAMES),
    layouts=(Layout(("GTSRB/Training", "GTSRB/Final_Test/Images", "GT-final_test.csv"), ("train", "test"), _rows),),
    checksums={
        "GTSRB-Training_fixed.zip": "513f3c79a4c5141765e10e952eaa2478",
        "GTSRB_Final_Test_Images.zip": "c7e4e6327067d32654124b0fe9e82185",
        "GTSRB_Final_Test_GT.zip": "fe31e9c9270bbcd7b84b7f21a9d9d9e5",
    },
)
