"""Captions beside pictures: tables of every kind, Karpathy's and COCO's records, and what is wrong with them."""

import csv
import json
import logging
import unicodedata

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from headword.datasets import Captioned, load, read_caption_json, read_captions
from headword.errors import InputError

TEXTS = {"b.jpg": ["a bee", "an insect, yellow"], "a.jpg": ["an ant"], "c/d.png": ['a "dog"']}
ROWS = [(file, text) for file, texts in TEXTS.items() for text in texts]


@pytest.fixture
def folder(writer):
    for row, file in enumerate(TEXTS):
        writer.picture(f"walk/images/{file}", row)
    return writer.root / "walk"


def write(path, rows, header=("file", "caption")):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter="\t" if path.suffix == ".tsv" else ",").writerows([header, *rows])
    return path


def check(data, reading):
    assert isinstance(data, Captioned)
    assert data.ids == tuple(f"images/{file}" for file in TEXTS)
    assert data.captions == tuple(text for _, text in ROWS)
    assert data.image_of.tolist() == [0, 0, 1, 2]
    assert [row for row, _ in reading(data.images)] == [0, 1, 2]


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".txt"])
def test_a_row_for_each_caption(ending, folder, reading):
    path = write(folder / f"captions{ending}", ROWS)
    check(load(path), reading)
    check(load(folder), reading)
    assert load(folder).name == "walk"


def test_flickr8k_as_kaggle_has_it(writer, caplog):
    for row, file in enumerate(("b.jpg", "a.jpg")):
        writer.picture(f"flickr8k/Images/{file}", row)
    write(writer.root / "flickr8k" / "captions.txt", ROWS[:3], ("image", "caption"))
    own, known = load(writer.root / "flickr8k"), load("flickr8k", root=writer.root)
    assert own.ids == known.ids == ("Images/b.jpg", "Images/a.jpg")
    assert own.captions == known.captions
    assert "not divided as the official one" in caplog.text


@pytest.mark.parametrize("cell", [list, json.dumps])
def test_a_row_for_each_picture(cell, folder, reading):
    table = pa.table({"image_path": list(TEXTS), "captions": [cell(texts) for texts in TEXTS.values()]})
    pq.write_table(table, folder / "captions.parquet")
    check(load(folder), reading)


def test_json_lines(folder, reading):
    lines = [json.dumps({"file_name": f"images/{file}", "text": texts}) for file, texts in TEXTS.items()]
    (folder / "metadata.jsonl").write_text("\n".join(lines) + "\n\n", encoding="utf-8")
    check(load(folder), reading)


def test_rows_of_a_picture_need_not_stand_together(folder):
    write(folder / "captions.csv", [ROWS[0], ROWS[2], ROWS[1], ROWS[3]])
    data = load(folder)
    assert data.captions == ("a bee", "an insect, yellow", "an ant", 'a "dog"')
    assert data.image_of.tolist() == [0, 0, 1, 2]


def test_columns_can_be_named(folder, reading):
    path = write(folder / "notes.csv", [(text, "x", file) for file, text in ROWS], ("what", "caption", "where"))
    check(read_captions(path, file_column="where", caption_column="what"), reading)
    with pytest.raises(InputError, match=r"column of file names\nfound: the columns what, caption, where"):
        read_captions(path)
    with pytest.raises(InputError, match="column 'whom'"):
        read_captions(path, file_column="whom")


def test_pictures_elsewhere(folder, tmp_path):
    path = write(tmp_path / "captions.csv", [("a.jpg", "an ant")])
    assert read_captions(path, images=folder / "images").ids == ("a.jpg",)
    with pytest.raises(InputError, match=r"no picture 'a.jpg' below .*; 1 such entries"):
        read_captions(path)


def test_what_is_left_out_is_counted(folder, caplog):
    rows = [("a.jpg", "an ant"), ("a.jpg", "an  ant "), ("a.jpg", "an ant"), ("a.jpg", "  "), ("b.jpg", "")]
    write(folder / "captions.csv", rows)
    with caplog.at_level(logging.WARNING, "headword"):
        data = load(folder)
    assert (data.ids, data.captions) == (("images/a.jpg",), ("an ant",))
    assert "2 captions that a picture has twice" in caplog.text
    assert "2 blank captions" in caplog.text
    assert "1 pictures without a caption" in caplog.text


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([("a.jpg", "x"), ("e.jpg", "y")], r"line 3\nfound: no picture 'e.jpg'"),
        ([("../secret.jpg", "x")], r"which leads out of .*\n   do: write paths relative"),
        ([("images/../../secret.jpg", "x")], "leads out of"),
        ([("/etc/passwd", "x")], "the path '/etc/passwd', which leads out"),
        ([("C:\\secret.jpg", "x")], "leads out of"),
        ([("a.jpg", " ")], "1 pictures and no caption"),
        ([("a.jpg", "x", "y")], "3 columns, and 2 in the header"),
        ([(" ", "x")], "for a file name"),
    ],
)
def test_tables_that_are_wrong(rows, found, folder):
    path = folder / "captions.csv"
    write(path, rows)
    with pytest.raises(InputError, match=found):
        load(folder)


def test_absolute_paths_only_when_asked(folder, tmp_path):
    path = write(tmp_path / "captions.csv", [(str(folder / "images/a.jpg"), "an ant")])
    with pytest.raises(InputError, match="absolute=True"):
        read_captions(path)
    assert read_captions(path, absolute=True).images == (folder / "images/a.jpg",)


def test_a_column_of_splits(folder):
    rows = [(file, text, split) for (file, text), split in zip(ROWS, ["train", "train", "dev", "test"], strict=True)]
    write(folder / "captions.csv", rows, ("file", "caption", "split"))
    assert load(folder).ids == ("images/c/d.png",)
    assert load(folder, split="train").captions == ("a bee", "an insect, yellow")
    assert load(folder, split="train+val").split == "train+val"
    with pytest.raises(InputError, match="the splits train, val, test"):
        load(folder, split="restval")


def test_damaged_files(folder):
    for name, content in (("captions.parquet", b"PAR1"), ("captions.jsonl", b"{"), ("captions.csv", b"\xff\xfe")):
        (folder / name).write_bytes(content)
        with pytest.raises(InputError, match=r"no Parquet file|no JSON|not UTF-8"):
            load(folder / name)
    with pytest.raises(InputError, match=r"the ending '.xls'"):
        read_captions(folder / "captions.xls")


def coco(folder):
    images = [{"id": number, "file_name": f"{number:012d}.jpg"} for number in (9, 4)]
    notes = [{"id": at, "image_id": at % 2 * 5 + 4, "caption": f"caption {at}"} for at in range(12)]
    (folder / "annotations").mkdir(parents=True)
    path = folder / "annotations" / "captions_val2017.json"
    path.write_text(json.dumps({"images": images, "annotations": notes}))
    return path


def test_coco_pairs_by_id(writer, reading):
    path = coco(writer.root / "coco")
    writer.picture("coco/val2017/000000000004.jpg", 4)
    writer.picture("coco/val2017/000000000009.jpg", 9)
    data = load(path)
    assert data.ids == ("val2017/000000000009.jpg", "val2017/000000000004.jpg")
    assert [row for row, _ in reading(data.images)] == [9, 4]
    assert data.captions[:6] == tuple(f"caption {at}" for at in range(1, 12, 2))
    assert len(read_caption_json(path, captions=5).captions) == 10


def test_a_name_that_two_pictures_have(writer):
    path = coco(writer.root / "coco")
    for place in ("val2017", "copy"):
        writer.picture(f"coco/{place}/000000000009.jpg", 9)
        writer.picture(f"coco/{place}/000000000004.jpg", 4)
    with pytest.raises(InputError, match=r"2 pictures called '000000000009.jpg'"):
        load(path)


def test_karpathy_keeps_what_two_people_wrote_alike(writer):
    writer.picture("images/1.jpg", 1)
    record = {"filename": "1.jpg", "split": "test", "sentences": [{"raw": "a dog"}, {"raw": "a dog"}]}
    writer.text("dataset_mine.json", json.dumps({"images": [record]}))
    assert load(writer.root).captions == ("a dog", "a dog")
    with pytest.raises(InputError, match="the split 'train'"):
        load(writer.root, split="train")


@pytest.mark.parametrize("value", [[], {"images": []}, {"images": [{"sentences": []}]}, {"images": [{"id": 1}]}, 3])
def test_json_of_another_form(value, writer):
    writer.text("dataset_mine.json", json.dumps(value))
    with pytest.raises(InputError, match=r"do: (pass dataset_flickr30k.json|download the file again)"):
        load(writer.root)


REAL = {"flickr8k-train": (1500, 7497), "flickr8k-dev": (300, 1500), "coco-mini": (179, 895)}


@pytest.mark.parametrize("name", REAL)
def test_real_captions(name, shared_data, caplog):
    data = load(shared_data / "captions" / name)
    assert (len(data), len(data.captions)) == REAL[name]
    assert all(path.is_file() for path in data.images)
    assert (len(caplog.records) == 1) == (name == "flickr8k-train")  # three captions stand there twice


def test_only_a_line_feed_ends_a_line(folder):
    said = "first\u2028second\x85third"
    line = json.dumps({"file": "a.jpg", "caption": said}, ensure_ascii=False)
    (folder / "captions.jsonl").write_text(line + "\n", encoding="utf-8")
    assert load(folder).captions == ("first second third",)


def test_a_quote_that_stays_open_swallows_no_rows(folder):
    path = folder / "captions.tsv"
    path.write_text('file\tcaption\na.jpg\t"Stop, he said\nb.jpg\ta bee\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"line 3\nfound: unexpected end of data\n   do: write the file again"):
        load(path)


def test_two_columns_of_one_name_are_refused_where_they_matter(folder):
    path = write(folder / "captions.csv", [("a.jpg", "x", "y")], ("file", "caption", "caption"))
    with pytest.raises(InputError, match="2 columns called 'caption'"):
        load(path)
    write(path, [("a.jpg", "x", "", "")], ("file", "caption", "", ""))
    assert load(path).captions == ("x",)


def test_letters_with_accents_are_the_same_however_they_are_spelt(tmp_path, encoding):
    (tmp_path / unicodedata.normalize("NFD", "café.png")).write_bytes(encoding(3))
    composed = unicodedata.normalize("NFC", "café.png")
    data = load(write(tmp_path / "captions.csv", [(composed, "a café")]))
    assert data.ids == (composed,)
    assert data.images[0].read_bytes() == encoding(3)
