"""Reports: grids escape what they show, rows are JSON, the page stands alone."""

from __future__ import annotations

import base64
import csv
import io
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from jinja2 import UndefinedError
from PIL import Image
from rich.console import Console

import headword as hw
from headword.cli._terminal import TerminalGrid
from headword.errors import BadImageError
from headword.images.reading import BadImage
from headword.labels.coverage import label_report
from headword.model.predictions import Prediction, Predictions
from headword.model.validation import HeldOut
from headword.report import (
    Card,
    Grid,
    bad_lines,
    held_out_grid,
    label_grids,
    model_row,
    percent,
    predictions_csv,
    predictions_grid,
    provenance,
    thumbnail,
    write_page,
)

NASTY = '<script>"a|b" & [bold]\x1b[31m'


def shown(grid: Grid, width: int = 150) -> str:
    out = io.StringIO()
    Console(file=out, width=width, markup=False).print(TerminalGrid(grid))
    return out.getvalue()


METRICS = Grid(
    "Figures",
    ("metric", "first", "second", "interval", "verdict"),
    (
        ("mean_per_class", "58.3", "63.3", "+0.0…+11.7", "not comparable"),
        ("macro_f1", "56.3", "59.9", "–", "undecided"),
    ),
    (1, 2, 3),
)


@pytest.mark.parametrize("width", range(57, 70))
def test_a_table_breaks_no_word_while_there_is_room(width: int) -> None:
    lines = [line.split() for line in shown(METRICS, width).splitlines()]
    assert list(METRICS.header) in lines
    assert ["mean_per_class", "58.3", "63.3", "+0.0…+11.7", "not"] in [line[:5] for line in lines]
    assert ["macro_f1", "56.3", "59.9", "–", "undecided"] in lines


@pytest.mark.parametrize("width", [24, 40, 50])
def test_where_there_is_none_rows_become_lines(width: int) -> None:
    lines = shown(METRICS, width).splitlines()
    assert lines[:6] == ["Figures", "", "metric: mean_per_class", "first: 58.3", "second: 63.3", "interval: +0.0…+11.7"]
    assert "verdict: undecided" in lines


@pytest.mark.parametrize("width", [34, 44, 60])
def test_a_number_is_not_parted_from_its_spread(width: int) -> None:
    row = ("off-diagonal correlation", "1,000", "0.003 ± 0.001")
    assert row[2] in shown(Grid("Chance", ("measure", "N", "null"), (row,), (1, 2)), width)


def test_a_title_is_as_wide_as_the_terminal_and_what_is_empty_is_no_line() -> None:
    found = Grid("A title that is longer than the table", ("rows", "", "p"), (("names", "all", ""),), (2,))
    assert shown(found).splitlines()[0] == found.title
    assert shown(found, 12).rstrip().splitlines()[-2:] == ["rows: names", "all"]


def test_a_path_is_broken_and_not_lost() -> None:
    path = "/".join(["pictures"] * 30)
    lines = shown(Grid("Paths", ("path", "label"), ((path, "7"),)), 60)
    assert "path: " not in lines
    assert "".join(lines.replace("7", "").split()).count("pictures") == 30


def test_a_grid_escapes_for_each_reader() -> None:
    grid = Grid(NASTY, ("what", NASTY), ((NASTY, "1"),), (1,))
    assert "\x1b" not in shown(grid)
    assert shown(grid).count('<script>"a|b" & [bold]\\x1b[31m') == 3
    html = grid.as_html()
    assert "<script>" not in html
    assert html.count("&lt;script&gt;&#34;a|b&#34; &amp; [bold]") == 3
    assert '<td class="number">1</td>' in html
    header, rule, row = grid.as_markdown().splitlines()
    assert rule == "| --- | ---: |"
    for line in (header, row):
        assert line.replace("\\|", "").count("|") == 3


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (1e-9, "< 1 %"),
        (0.0099, "< 1 %"),
        (0.01, "1 %"),
        (0.5, "50 %"),
        (0.99, "99 %"),
        (0.9901, "> 99 %"),
        (1.0, "100 %"),
    ],
)
def test_percent_never_claims_certainty(share: float, text: str) -> None:
    assert percent(share) == text


def predictions(*ids: str, k: int = 2) -> Predictions:
    items = (Prediction(each, ("a cat", "a dog")[:k], (0.75, 0.25)[:k], (0.4, -0.1)[:k]) for each in ids)
    return Predictions(tuple(items), (BadImage("b\x07.jpg", "the file is empty (0 bytes)", 1),), ())


def test_predictions_name_their_folder_once() -> None:
    grid = predictions_grid(predictions("photos/may/a.jpg", "photos/june/b.jpg"))
    assert grid.title == "2 pictures in photos"
    assert grid.rows[0] == (str(Path("may/a.jpg")), "a cat", "75 %", "a dog 25 %")
    assert predictions_grid(predictions("a.jpg")).rows[0][0] == "a.jpg"
    assert predictions_grid(predictions("/x/a.jpg", "y/b.jpg")).rows[1][0] == "y/b.jpg"
    assert predictions_grid(predictions("image 0", "/x/b.jpg")).rows[0][0] == "image 0"
    assert predictions_grid(predictions("a.jpg", k=1)).header == ("picture", "label", "probability")


def test_predictions_as_csv_read_back() -> None:
    name = 'x/"a", b\n.jpg'
    rows = list(csv.reader(io.StringIO(predictions_csv(predictions(name)))))
    assert rows == [
        ["picture", "rank", "label", "probability", "score"],
        [name, "1", "a cat", "0.75", "0.4"],
        [name, "2", "a dog", "0.25", "-0.1"],
    ]


def test_bad_pictures_have_their_reasons() -> None:
    assert bad_lines(predictions("a.jpg").bad) == ["b\\x07.jpg: the file is empty (0 bytes)"]


def test_held_out_classes_stand_beside_chance() -> None:
    found = HeldOut("names", 1000, 200.0, 0.474, 0.689, 0.04, 0.041, 2.0, 0.005, 0.025)
    first, chance = held_out_grid([("ridge", found)]).rows
    assert first == ("ridge", "names", "1,000", "200", "47.4 % ± 4.0", "68.9 % ± 4.1", "2")
    assert chance == ("chance", "", "", "200", "0.5 %", "2.5 %", "100.5")


def test_label_grids_put_untold_names_first() -> None:
    labels = hw.LabelSet.from_names(
        ["crane", "dog", "dog", "crane"],
        definitions=["a bird", None, None, "a machine"],
        ids=["a", "b", "c", "d"],
    )
    summary, repeated = label_grids(label_report(labels))
    assert dict(summary.rows)["names of several classes"] == "2"
    assert dict(summary.rows)["… not told apart by definition"] == "1"
    assert [row[:3] for row in repeated.rows] == [
        ("dog", "1", "b"),
        ("", "2", "c"),
        ("crane", "0", "a"),
        ("", "3", "d"),
    ]
    assert len(label_grids(label_report(labels), 1)[1].rows) == 2
    assert len(label_grids(label_report(hw.LabelSet.from_names(["a", "b"])))) == 1


def test_a_models_row_is_json(planted_model: hw.AlignedModel) -> None:
    row = json.loads(json.dumps(model_row(planted_model)))
    assert row["aligner"]["kind"] == "kernel-ridge"
    assert row["aligner"]["chosen"] == {
        "gamma": planted_model.aligner.gamma_,
        "alpha": planted_model.aligner.alpha_,
    }
    assert row["aligner"]["parameters"].keys() > row["aligner"]["chosen"].keys()
    assert row["text_encoder"]["fingerprint"] == planted_model.text_encoder.fingerprint


def test_provenance_tells_versions_and_command() -> None:
    found = provenance("headword align x")
    assert found["command"] == "headword align x"
    assert found["packages"]["numpy"] == np.__version__
    assert "pytest" not in found["packages"]


def test_a_thumbnail_is_a_small_jpeg(tmp_path: Path) -> None:
    path = tmp_path / "wide [1].png"
    Image.new("RGBA", (900, 300), (255, 0, 0, 128)).save(path)
    address, width, height = thumbnail(path, 90)
    assert (width, height) == (90, 30)
    start, _, data = address.partition(",")
    assert start == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (90, 30))
    (tmp_path / "bad.png").write_bytes(b"")
    with pytest.raises(BadImageError, match="empty"):
        thumbnail(tmp_path / "bad.png")


def test_the_page_escapes_every_text(tmp_path: Path) -> None:
    card = Card(NASTY, "data:image/jpeg;base64,", 4, 3, NASTY, 2, (("a $cat", 0.7), (NASTY, 0.3)))
    page = tmp_path / "index.html"
    write_page(
        page,
        title=NASTY,
        lead=NASTY,
        figures=[(NASTY, NASTY)],
        cards=[card],
        labels={NASTY: True, "a $cat": False},
        labels_note=NASTY,
        grid=Grid(NASTY, (NASTY,), ((NASTY,),)),
        facts={NASTY: NASTY},
        next_command=NASTY,
    )
    text = page.read_text(encoding="utf-8")
    assert "<script>" not in text
    assert "a $cat" in text
    assert "place 2" in text
    assert 'class="known"' in text
    assert [each.name for each in tmp_path.iterdir()] == ["index.html"]


def test_a_page_that_cannot_be_made_leaves_the_old_one(tmp_path: Path, planted: ModuleType) -> None:
    page = tmp_path / "index.html"
    page.write_text("old", encoding="utf-8")
    with pytest.raises(UndefinedError, match="has no attribute"):
        write_page(
            page,
            title="t",
            lead="",
            figures=[],
            cards=[None],
            labels={},
            labels_note="",
            grid=Grid("", (), ()),
            facts={},
            next_command="",
        )
    assert page.read_text(encoding="utf-8") == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["index.html"]
