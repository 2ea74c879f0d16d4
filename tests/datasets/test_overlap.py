"""Pictures in two data sets are found by id, by file and by content."""

import io
import sys

import numpy as np
import pytest
from PIL import Image

from headword.datasets import Labelled, disjoint, load, overlap
from headword.datasets.readers.lazy import Span
from headword.errors import InputError
from headword.labels.label_set import LabelSet


def data(images, ids=None, name="a", split="train"):
    ids = ids or tuple(f"{name}/{split}/{number}" for number in range(len(images)))
    return Labelled(name, split, images, ids, np.zeros(len(images), np.int64), LabelSet.from_names(["thing"]))


def test_different_pictures_are_disjoint(writer):
    for number in range(6):
        writer.picture(f"{'train' if number < 4 else 'test'}/cat/{number}.png", number)
    train, test = load(writer.root, split="train"), load(writer.root, split="test")
    disjoint(train, test)
    assert overlap(train, test).tolist() == [False] * 4


def test_a_copy_under_another_name_is_found(writer):
    for number in range(4):
        writer.picture(f"learn/cat/{number}.png", number)
    (writer.root / "judge/kitten").mkdir(parents=True)
    copied = (writer.root / "learn/cat/2.png").read_bytes()
    (writer.root / "judge/kitten/x.png").write_bytes(copied)
    learn, judge = load(writer.root / "learn"), load(writer.root / "judge")
    assert overlap(learn, judge).tolist() == [False, False, True, False]
    disjoint(learn, judge, contents=False)
    with pytest.raises(
        InputError, match=r"in both learn \(all\) and judge \(all\)\nfound: 1 of 4 are, first 'cat/2.png'"
    ):
        disjoint(learn, judge)
    disjoint(learn.take(~overlap(learn, judge)), judge)


def test_the_same_file_is_found_without_opening_it(writer):
    writer.picture("pets/cat/1.png", 1)
    first = load(writer.root / "pets")
    second = data([str(writer.root / "pets" / "cat" / ".." / "cat" / "1.png")], name="b")
    assert overlap(first, second, contents=False).tolist() == [True]


def test_an_id_counts_within_one_data_set_only():
    first = data([b"1", b"2"], ("0", "1"))
    assert overlap(first, data([b"9"], ("1",)), contents=False).tolist() == [False, True]
    assert overlap(first, data([b"9"], ("1",), name="b"), contents=False).tolist() == [False, False]


def test_pictures_of_one_size_and_end_are_told_apart():
    first, second = b"1" + bytes(9000), b"2" + bytes(9000)
    assert overlap(data([first, second]), data([second], name="b")).tolist() == [False, True]


def test_every_kind_of_picture(tmp_path, encoding):
    content = encoding(3)
    path = tmp_path / "1.png"
    path.write_bytes(content)
    (tmp_path / "0.tar").write_bytes(b"header" + content + b"end")
    span = Span(tmp_path / "0.tar", 6, len(content), "1.png")
    array = np.full((4, 4, 3), 7, dtype=np.uint8)
    absent = tmp_path / "absent.png"
    first = data([path, span, content, io.BytesIO(content), array, Image.fromarray(array), absent])
    second = data([content, array, absent.with_name("gone.png")], name="b")
    assert overlap(first, second).tolist() == [True] * 6 + [False]


def test_real_parts_are_disjoint(shared_data):
    train, dev = (load(shared_data / "captions" / f"flickr8k-{part}") for part in ("train", "dev"))
    disjoint(train, dev)
    with pytest.raises(InputError, match="found: 3 of 3 are"):
        disjoint(train.take([1, 2, 3]), train)


def test_pictures_that_end_alike_are_read_once_each(monkeypatch):
    bars = np.zeros((20, 60, 40, 3), np.uint8)
    bars[:, 0, 0, 0] = np.arange(20)  # letterboxed: black below
    read = []
    module = sys.modules["headword.datasets.overlap"]  # the function hides it
    content = module._content
    monkeypatch.setattr(module, "_content", lambda item: (read.append(1), content(item))[1])
    assert overlap(data(list(bars[:12])), data(list(bars[8:]), name="b")).tolist() == [False] * 8 + [True] * 4
    assert len(read) == 3 * (12 + 12)  # for its size, its end and all of it
