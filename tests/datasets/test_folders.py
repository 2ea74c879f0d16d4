"""Folders of classes as people have them, and `load` on whatever lies on a disk."""

import json
import logging

import numpy as np
import pytest

from headword.datasets import Labelled, load, read_image_folder
from headword.errors import InputError, UnknownName


def test_folders_are_classes(writer, reading):
    for row, name in enumerate(("apple_pie", "baklava", "pho")):
        writer.picture(f"food/{name}/{row}.jpg", row)
        writer.picture(f"food/{name}/more/{row}.PNG", row)
    writer.text("food/pho/notes.txt", "not a picture")
    writer.text("food/.cache/x.jpg", "hidden")
    data = load(writer.root / "food")
    assert (data.name, data.split, data.labels.names) == ("food", "all", ("apple pie", "baklava", "pho"))
    assert [row for row, _ in reading(data.images)] == data.targets.tolist() == [0, 0, 1, 1, 2, 2]
    assert data.ids[:2] == ("apple_pie/0.jpg", "apple_pie/more/0.PNG")
    assert data.labels.ids == ("apple_pie", "baklava", "pho")


def test_a_level_of_splits(writer):
    for split, names in {"train": ("cat", "dog", "owl"), "valid": ("cat",), "Test": ("cat", "owl")}.items():
        for name in names:
            writer.picture(f"pets/{split}/{name}/1.jpg", 0)
    found = {split: read_image_folder(writer.root / "pets", split) for split in ("train", "val", "test", "train+val")}
    assert {split: len(data) for split, data in found.items()} == {"train": 3, "val": 1, "test": 2, "train+val": 4}
    assert {data.labels.names for data in found.values()} == {("cat", "dog", "owl")}
    assert found["test"].targets.tolist() == [0, 2]
    assert found["test"].ids == ("Test/cat/1.jpg", "Test/owl/1.jpg")
    assert load(writer.root / "pets").split == "test"
    assert found["train"].version != found["test"].version
    with pytest.raises(InputError, match=r"the split 'holdout' of .*\nfound: the splits"):
        load(writer.root / "pets", split="holdout")


def test_a_class_may_be_called_train(writer):
    for name in ("boat", "train", "tram"):
        writer.picture(f"rides/{name}/1.jpg", 0)
    assert load(writer.root / "rides").labels.names == ("boat", "train", "tram")
    with pytest.raises(InputError, match="found: no division into splits"):
        load(writer.root / "rides", split="test")


def test_classes_without_a_picture_stay_and_are_told(writer, caplog):
    writer.picture("pets/cat/1.jpg", 0)
    (writer.root / "pets" / "dog").mkdir()
    with caplog.at_level(logging.WARNING, "headword"):
        data = load(writer.root / "pets")
    assert data.labels.names == ("cat", "dog")
    assert "no picture of 1 classes, first dog" in caplog.text


@pytest.mark.parametrize(
    ("file", "lines"),
    [
        ("classes.txt", ["b\tBengal cat", "a\tAbyssinian cat"]),
        ("labels.json", [json.dumps({"a": "Abyssinian cat", "b": "Bengal cat", "unused": "x"})]),
        ("labels.csv", ["id,name", "b,Bengal cat", "a,Abyssinian cat"]),
    ],
)
def test_a_file_of_names_overrides_by_folder(writer, file, lines):
    writer.picture("cats/a/1.jpg", 0)
    writer.picture("cats/b/1.jpg", 0)
    writer.text(f"cats/{file}", *lines)
    labels = load(writer.root / "cats").labels
    assert labels.names == ("Abyssinian cat", "Bengal cat")
    assert labels.ids == ("a", "b")


def test_a_plain_list_numbers_folders_that_are_numbers(writer):
    for folder in ("0", "2", "10"):
        writer.picture(f"signs/{folder}/1.jpg", 0)
    writer.text("signs/classes.txt", *(f"sign {number}" for number in range(12)))
    data = load(writer.root / "signs")
    assert dict(zip(data.labels.ids, data.labels.names, strict=True)) == {"0": "sign 0", "10": "sign 10", "2": "sign 2"}


def test_a_list_in_another_order_never_names_a_folder(writer):
    writer.picture("cats/a/1.jpg", 0)
    writer.picture("cats/b/1.jpg", 0)
    writer.text("cats/classes.txt", "Abyssinian", "Bengal")
    with pytest.raises(InputError, match=r"classes.txt does not name 2 of 2 folders, first 'a'"):
        load(writer.root / "cats")


def test_folders_of_wnids_get_their_names(writer):
    writer.picture("net/n01440764/1.JPEG", 0)
    writer.picture("net/n02012849/1.JPEG", 0)
    labels = load(writer.root / "net").labels
    assert labels.names == ("tench", "crane")
    assert labels.ids == ("n01440764", "n02012849")


def test_pictures_named_by_wnids(writer, reading):
    writer.picture("flat/n02012849_10026.JPEG", 7)
    writer.picture("flat/n01440764.jpg", 3)
    writer.picture("flat/n02012849.png", 5)
    writer.text("flat/readme.txt", "not a picture")
    data = load(writer.root / "flat")
    assert (len(data.labels), data.labels.ids[134]) == (1000, "n02012849")
    assert dict(zip(data.ids, data.targets.tolist(), strict=True)) == {
        "n01440764.jpg": 0,
        "n02012849.png": 134,
        "n02012849_10026.JPEG": 134,
    }
    seen = [row for row, _ in reading(data.images)]
    assert dict(zip(seen, data.targets.tolist(), strict=True)) == {3: 0, 5: 134, 7: 134}
    with pytest.raises(InputError, match="no division into splits"):
        load(writer.root / "flat", split="val")


@pytest.mark.parametrize("stray", ["holiday.jpg", "n99999999.jpg", "n014407641.jpg"])
def test_a_picture_that_no_wnid_names_is_refused(writer, stray):
    writer.picture("flat/n01440764.jpg", 0)
    writer.picture(f"flat/{stray}", 1)
    with pytest.raises(InputError, match=rf"1 of 2 are not, first {stray}"):
        load(writer.root / "flat")


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["a.jpg", "b.jpg"], "neither folders of pictures"),
        (["cat/readme.txt"], "1 folders without a picture"),
        ([], "neither folders of pictures"),
    ],
)
def test_a_folder_without_classes(writer, files, found):
    (writer.root / "mine").mkdir()
    for file in files:
        writer.text(f"mine/{file}", "x")
    with pytest.raises(InputError, match=found):
        load(writer.root / "mine")


def test_names_that_are_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("HEADWORD_DATA", str(tmp_path))
    with pytest.raises(UnknownName, match=r"(?s)the data set 'food11'.*no folder or file.*did you mean 'food101'"):
        load("food11")
    with pytest.raises(InputError, match="no such file or folder"):
        load("somewhere/food")
    with pytest.raises(InputError, match="no such file or folder"):
        load(tmp_path / "food")


def test_root_also_finds_folders_that_are_no_known_set(writer, monkeypatch):
    writer.picture("birds/owl/1.jpg", 0)
    assert load("birds", root=writer.root).labels.names == ("owl",)
    monkeypatch.setenv("HEADWORD_DATA", str(writer.root))
    assert load("birds").labels.names == ("owl",)


def test_an_unknown_layout_names_the_layouts(writer):
    writer.text("mine/a.xyz", "x")
    with pytest.raises(InputError, match=r"captions.csv, shards \(.tar\)"):
        load(writer.root / "mine")


SIZES = {
    "cifar10": 500,
    "clothing-small": 372,
    "dtd-10": 500,
    "food101-10": 500,
    "imagenette-val": 500,
    "scene-15": 750,
}


@pytest.mark.parametrize("name", SIZES)
def test_real_folders(name, shared_data):
    data = load(shared_data / "zeroshot" / name)
    assert isinstance(data, Labelled)
    assert len(data) == SIZES[name]
    assert len(data.labels) == (15 if name == "scene-15" else 10)
    assert all(np.bincount(data.targets) > 0)
    assert all(
        path.parent.name.replace("_", " ") == data.labels.names[row]
        for path, row in zip(data.images, data.targets, strict=True)
    )


def test_a_folder_called_as_a_known_set_is_pointed_to(writer, monkeypatch):
    writer.picture("pets/owl/1.jpg", 0)
    monkeypatch.chdir(writer.root)
    monkeypatch.delenv("HEADWORD_DATA", raising=False)
    with pytest.raises(InputError, match=r"do: for the folder pets here.*pass './pets'; or get it at"):
        load("pets")
    assert load("./pets").labels.names == ("owl",)


def test_a_stray_picture_makes_no_class_of_a_split(writer):
    for split in ("train", "test"):
        writer.picture(f"pets/{split}/overview.png", 0)
        for name in ("cat", "dog"):
            writer.picture(f"pets/{split}/{name}/1.png", 1)
    data = load(writer.root / "pets")
    assert (data.split, data.labels.names, data.ids) == ("test", ("cat", "dog"), ("test/cat/1.png", "test/dog/1.png"))
