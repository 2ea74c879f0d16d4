"""What Hugging Face's `datasets` writes, read without it: Parquet of a repository, Arrow of `save_to_disk`."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from headword.datasets import Captioned, Labelled, load, read_tables
from headword.errors import InputError
from headword.images.sources import Readable

IMAGE = {"_type": "Image"}
NAMES = {"names": ["cat", "dog", "owl"], "_type": "ClassLabel"}


def table(columns, features=None, *, shaped=True):
    arrays = dict(columns)
    if shaped and "image" in arrays:
        arrays["image"] = [{"bytes": each, "path": None} for each in arrays["image"]]
    made = pa.table(arrays)
    if features is None:
        return made
    return made.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})


def parquet(path, *args, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table(*args, **options), path, row_group_size=2)


def saved(folder, split, made):
    """As `Dataset.save_to_disk` does."""
    folder.mkdir(parents=True)
    name = "data-00000-of-00001.arrow"
    with pa.OSFile(str(folder / name), "wb") as sink, pa.ipc.new_stream(sink, made.schema) as stream:
        stream.write_table(made)
    (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": name}], "_split": split}))
    (folder / "dataset_info.json").write_text("{}")


@pytest.fixture
def rows(encoding):
    return {"image": [encoding(row, number) for number, row in enumerate([0, 2, 1, 1, 0])], "label": [0, 2, 1, 1, 0]}


@pytest.fixture
def features():
    return {"image": IMAGE, "label": NAMES}


def check(data, reading):
    assert isinstance(data, Labelled)
    assert data.labels.names == ("cat", "dog", "owl")
    assert data.targets.tolist() == [0, 2, 1, 1, 0]
    assert reading(data.images) == [(0, 0), (2, 1), (1, 2), (1, 3), (0, 4)]
    assert data.ids == tuple(f"test/{number}" for number in range(5))


def test_parquet_of_a_repository(tmp_path, rows, features, reading):
    first, second = ({name: values[part] for name, values in rows.items()} for part in (slice(3), slice(3, 5)))
    parquet(tmp_path / "pets/data/test-00000-of-00002.parquet", first, features)
    parquet(tmp_path / "pets/data/test-00001-of-00002-0123456789abcdef.parquet", second, features)
    parquet(tmp_path / "pets/data/train-00000-of-00001.parquet", first, features)
    check(load(tmp_path / "pets"), reading)
    assert len(load(tmp_path / "pets", split="train+test")) == 8
    assert isinstance(load(tmp_path / "pets").images[0], Readable)


@pytest.mark.parametrize("file", ["plain/test/0000.parquet", "test.parquet", "data/TEST-00000-of-00001.parquet"])
def test_other_ways_to_name_the_files(file, tmp_path, rows, features, reading):
    parquet(tmp_path / "pets" / file, rows, features)
    check(load(tmp_path / "pets"), reading)


def test_saved_to_disk(tmp_path, rows, features, reading):
    saved(tmp_path / "pets" / "test", "test", table(rows, features))
    saved(tmp_path / "pets" / "train", "train", table(rows, features))
    (tmp_path / "pets" / "dataset_dict.json").write_text(json.dumps({"splits": ["train", "test"]}))
    check(load(tmp_path / "pets"), reading)
    assert load(tmp_path / "pets", split="train").split == "train"
    check(load(tmp_path / "pets" / "test"), reading)


def test_columns_without_a_record(tmp_path, rows, reading):
    named = rows | {"label": [["cat", "dog", "owl"][row] for row in rows["label"]]}
    parquet(tmp_path / "named/test.parquet", named, shaped=False)
    check(load(tmp_path / "named"), reading)
    parquet(tmp_path / "numbered/test.parquet", rows)
    assert load(tmp_path / "numbered").labels.names == ("0", "1", "2")


def test_classes_are_those_of_all_splits(tmp_path, encoding):
    parquet(tmp_path / "test.parquet", {"image": [encoding(1)], "label": ["owl"]})
    parquet(tmp_path / "train.parquet", {"image": [encoding(0), encoding(1)], "label": ["cat", "owl"]})
    data = load(tmp_path)
    assert (data.labels.names, data.targets.tolist()) == (("cat", "owl"), [1])


def test_a_known_set_is_read_in_its_own_order(tmp_path, encoding, reading):
    names = ["zigzagged", "banded", "polka-dotted"]
    features = {"image": IMAGE, "label": {"names": names, "_type": "ClassLabel"}}
    rows = {"image": [encoding(46), encoding(0), encoding(30)], "label": [0, 1, 2]}
    parquet(tmp_path / "dtd/data/test-00000-of-00001.parquet", rows, features)
    data = load("dtd", root=tmp_path)
    assert data.targets.tolist() == [row for row, _ in reading(data.images)] == [46, 0, 30]
    assert len(data.labels) == 47
    assert data.templates == ("A photo of a {} texture",)


def test_captions(tmp_path, encoding, reading):
    rows = {"image": [encoding(0), encoding(1), encoding(2)], "caption": [["a cat", "a pet"], [" "], ["an owl", None]]}
    parquet(tmp_path / "walk/test.parquet", rows, {"image": IMAGE, "caption": [{"dtype": "string", "_type": "Value"}]})
    data = load(tmp_path / "walk")
    assert isinstance(data, Captioned)
    assert data.captions == ("a cat", "a pet", "an owl")
    assert data.image_of.tolist() == [0, 0, 1]
    assert [row for row, _ in reading(data.images)] == [0, 2]


def test_a_column_of_splits_rules_over_file_names(tmp_path, encoding):
    """As in the copies of Flickr30k, whose one split "test" holds all pictures."""
    texts = [[f"{row} {at}" for at in range(6)] for row in range(3)]
    rows = {"image": [encoding(row) for row in range(3)], "caption": texts, "split": ["train", "test", "val"]}
    parquet(tmp_path / "flickr30k/data/TEST-00000-of-00001.parquet", rows, {"image": IMAGE})
    data = load("flickr30k", root=tmp_path)
    assert data.split == "test"
    assert data.captions == tuple(f"1 {at}" for at in range(5))  # the protocol's five
    assert len(load("flickr30k", root=tmp_path, split="train+val")) == 2


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({"label": [0]}, "the column of pictures\nfound: the columns label"),
        ({"image": [b"x"], "mask": [b"y"], "label": [0]}, "found: the columns image, mask"),
        ({"image": [b"x"], "size": [3]}, "the column of classes or captions"),
        ({"image": [b"x"], "label": [-1]}, "found: pictures without a class"),
        ({"image": [b"x"], "caption": [None]}, "1 pictures and no caption"),
    ],
)
def test_tables_that_are_wrong(columns, found, tmp_path):
    parquet(tmp_path / "test.parquet", columns, shaped=False)
    with pytest.raises(InputError, match=found):
        load(tmp_path)


def test_columns_can_be_named(tmp_path, rows, features):
    columns = {"photo": rows["image"], "mask": rows["image"], "kind": rows["label"], "note": ["x"] * 5}
    parquet(tmp_path / "test.parquet", columns)
    data = read_tables(tmp_path, image_column="photo", label_column="kind")
    assert data.targets.tolist() == rows["label"]
    assert read_tables(tmp_path, image_column="mask", caption_column="note").captions == ("x",) * 5
    with pytest.raises(InputError, match="the column kinds"):
        read_tables(tmp_path, image_column="photo", label_column="kinds")


def test_several_configurations(tmp_path, rows, features):
    for name in ("fine", "coarse"):
        parquet(tmp_path / "pets" / name / "test-00000-of-00001.parquet", rows, features)
    with pytest.raises(InputError, match="several configurations: coarse, fine"):
        load(tmp_path / "pets")
    assert len(load(tmp_path / "pets" / "fine")) == 5


def test_a_damaged_file(tmp_path):
    (tmp_path / "test.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"the table .*test.parquet"):
        load(tmp_path)


def test_a_cell_without_a_picture_is_told_when_it_is_read(tmp_path):
    made = pa.table({"image": [{"bytes": None, "path": "far/away.png"}], "label": ["owl"]})
    pq.write_table(made, tmp_path / "test.parquet")
    with pytest.raises(OSError, match=r"test.parquet, row 0 holds no picture"):
        load(tmp_path).images[0].read()


def test_the_cache_of_the_hub(tmp_path, rows, features, monkeypatch, reading):
    asked = []

    def snapshot(repository, **options):
        asked.append((repository, options))
        return str(tmp_path / "snapshot")

    parquet(tmp_path / "snapshot/data/test-00000-of-00001.parquet", rows, features)
    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot)
    check(load("hf/someone/pets"), reading)
    assert asked == [("someone/pets", {"repo_type": "dataset", "local_files_only": True})]


def test_the_hub_is_never_asked(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(InputError, match=r"hf/someone/pets(.|\n)*do: hf download someone/pets --repo-type dataset"):
        load("hf/someone/pets")


@pytest.mark.parametrize("record", ["{", "[]", "null", '{"info": null}', '{"info": {"features": null}}', "[" * 99999])
def test_a_record_of_another_form_is_none(record, tmp_path, encoding):
    made = table({"image": [encoding(0), encoding(1)], "label": [1, 0]})
    pq.write_table(made.replace_schema_metadata({"huggingface": record}), tmp_path / "test.parquet")
    assert load(tmp_path).targets.tolist() == [1, 0]


def test_several_classes_of_one_picture_are_refused(tmp_path, encoding):
    parquet(tmp_path / "test.parquet", {"image": [encoding(0), encoding(1)], "labels": [["a"], ["a", "b"]]})
    with pytest.raises(InputError, match=r"classes in the column 'labels'\nfound: \['a'\] for one of them"):
        load(tmp_path)
