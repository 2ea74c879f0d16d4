"""Every registered data set, read from a small copy with the layout of the real one."""

import csv
import io
import itertools
import json
import logging
import shutil
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from headword.datasets import Labelled, disjoint, load, registry
from headword.datasets.spec import KnownCaptions, KnownClasses, _plain
from headword.errors import InputError
from headword.labels.label_set import LabelSet
from headword.pairs.from_datasets import images_at

ROWS = (0, 1, 3)  # classes that have pictures


def by_list(pictures, lists, line):
    """A copy with one list per split; `pictures` and `line` are made of class key and number."""

    def build(write, spec):
        keys, number = list(spec.classes), itertools.count(1)
        for file in lists.values():
            lines = []
            for row in ROWS:
                for _ in range(2):
                    at = next(number)
                    write.picture(pictures(keys[row], at), row)
                    lines.append(line(keys[row], at))
            write.text(file, *lines)
        return {split: 6 for split in lists}

    return build


def snake(key):
    return key.replace(" ", "_")


def cifar(folder, files, header):
    def build(write, spec):
        (write.root / folder).mkdir(parents=True)
        for names in files.values():
            for name in names:
                write.count += 1
                records = [planar(row, write.count) for row in ROWS]
                heads = [bytes([9] * (header - 1) + [row]) for row in ROWS]
                content = b"".join(head + pixels for head, pixels in zip(heads, records, strict=True))
                (write.root / folder / name).write_bytes(content)
        return {split: 3 * len(names) for split, names in files.items()}

    return build


def planar(row, number, side=32):
    return np.repeat(np.array([row, 0, number], dtype=np.uint8), side * side).tobytes()


def stl10(write, spec):
    folder = write.root / "stl10_binary"
    folder.mkdir()
    for number, split in enumerate(("train", "test")):
        pixels = np.frombuffer(b"".join(planar(row, number, 96) for row in ROWS), np.uint8).copy()
        pixels.reshape(3, 3, 96, 96)[:, :, 5, 0] = 200  # the sixth column's first pixel
        (folder / f"{split}_X.bin").write_bytes(pixels.tobytes())
        (folder / f"{split}_y.bin").write_bytes(bytes(row + 1 for row in ROWS))
    return {"train": 3, "test": 3}


def mnist(write, spec):
    folder = write.root / "MNIST" / "raw"
    folder.mkdir(parents=True)
    for number, stem in enumerate(("train", "t10k")):
        pixels = b"".join(bytes([row]) * 784 for row in ROWS)
        (folder / f"{stem}-images-idx3-ubyte").write_bytes(bytes(15) + bytes([number]) + pixels)
        (folder / f"{stem}-labels-idx1-ubyte").write_bytes(bytes(8) + bytes(ROWS))
    return {"train": 3, "test": 3}


def flowers102(write, spec):
    base = write.root / "flowers-102"
    labels = np.array([[row + 1 for row in ROWS for _ in range(3)]])
    for number, label in enumerate(labels[0], 1):
        write.picture(f"flowers-102/jpg/image_{number:05d}.jpg", int(label) - 1)
    scipy.io.savemat(base / "imagelabels.mat", {"labels": labels})
    parts = {"trnid": [[1, 4, 7]], "valid": [[2, 5, 8]], "tstid": [[3, 6, 9]]}
    scipy.io.savemat(base / "setid.mat", {name: np.array(ids) for name, ids in parts.items()})
    return {"train": 3, "val": 3, "test": 3, "train+val": 6}


def cars(write, spec):
    base = write.root / "stanford_cars"
    names = np.array(["AM General Hummer SUV 2000", "Acura RL Sedan 2012", "Audi V8", "BMW M5"], dtype=object)
    lists = {"train": "devkit/cars_train_annos.mat", "test": "cars_test_annos_withlabels.mat"}
    for split, file in lists.items():
        records = [(f"{row:05d}.jpg", row + 1) for row in ROWS]
        for name, number in records:
            write.picture(f"stanford_cars/cars_{split}/{name}", number - 1)
        (base / "devkit").mkdir(exist_ok=True)
        made = np.array([records], dtype=[("fname", object), ("class", object)]).reshape(1, -1)
        scipy.io.savemat(base / file, {"annotations": made})
    scipy.io.savemat(base / "devkit/cars_meta.mat", {"class_names": names.reshape(1, -1)})
    return {"train": 3, "test": 3}


def by_folder(template, per_class, expected, keys=None):
    def build(write, spec):
        for row in ROWS:
            for number in range(per_class):
                write.picture(template.format(key=(keys or list(spec.classes))[row], number=number), row)
        return expected

    return build


def places365(write, spec):
    lines = ["/a/airfield 0", "/c/church/indoor 1", "/d/dam 2", "/a/amusement_park 3"]
    write.text("places365/categories_places365.txt", *lines)
    listed = []
    for row in ROWS:
        for number in range(50):
            name = f"Places365_val_{row:04d}{number:04d}.jpg"
            write.picture(f"places365/val_256/{name}", row)
            listed.append(f"{name} {row}")
    write.text("places365/places365_val.txt", *listed)
    return {"test": 120, "train": 30, "val": 150}


def imagenet(write, spec):
    wnids = LabelSet.named("imagenet-1k").ids
    for row, number in itertools.product(ROWS, range(50)):
        write.picture(f"imagenet/val/{wnids[row]}/ILSVRC2012_val_{number:08d}.JPEG", row)
    write.picture(f"imagenet/train/{wnids[1]}/a.JPEG", 1)
    return {"val": 150, "val-45": 135, "val-5": 15, "train": 1}


def imagenetv2(write, spec):
    for row in (0, 2, 10, 999):
        write.picture(f"imagenetv2-matched-frequency-format-val/{row}/a.jpeg", row)
    return {"test": 4}


def ham10000(write, spec):
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization"])
    for number, row in enumerate(ROWS):
        write.picture(f"ham10000/HAM10000_images_part_{1 + number % 2}/ISIC_{number:07d}.jpg", row)
        table.writerow(
            [f"HAM_{number}", f"ISIC_{number:07d}", list(spec.classes)[row], "histo", "80.0", "male", "scalp"]
        )
    write.text("ham10000/HAM10000_metadata.csv", out.getvalue().strip())
    return {"all": 3}


def gtsrb(write, spec):
    lines = ["Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2;ClassId"]
    for row in ROWS:
        write.picture(f"gtsrb/GTSRB/Training/{row:05d}/00000_00000.ppm", row)
        write.picture(f"gtsrb/GTSRB/Final_Test/Images/{row:05d}.ppm", row)
        lines.append(f"{row:05d}.ppm;53;54;6;5;48;49;{row}")
    write.text("gtsrb/GT-final_test.csv", *lines)
    return {"train": 3, "test": 3}


def sun397(write, spec):
    names = ["/a/abbey", "/a/airplane_cabin", "/c/church/indoor", "/c/church/outdoor"]
    write.text("SUN397/ClassName.txt", *names)
    for split in ("Training_01", "Testing_01"):
        files = [f"{names[row]}/sun_{split}{row}.jpg" for row in ROWS]
        for row, file in zip(ROWS, files, strict=True):
            write.picture(f"SUN397{file}", row)
        write.text(f"SUN397/{split}.txt", *files)
    return {"train": 3, "test": 3}


def country211(write, spec):
    for folder in ("train", "valid", "test"):
        for row, key in enumerate(spec.classes):
            if row < 6:
                write.picture(f"country211/{folder}/{key}/{row}.jpg", row)
    return {"train": 6, "val": 6, "test": 6}


def pcam(write, spec):
    for split, key in itertools.product(("train", "test"), (0, 1)):
        write.picture(f"pcam/{split}/{key}/{key}.png", key)
    return {"train": 2, "test": 2}


def karpathy(record, filepath, file, splits):
    """Eight pictures; the row in the pixels is the picture's number in the record."""

    def build(write, spec):
        images, expected = [], {}
        for number in range(8):
            split = splits[number % len(splits)]
            expected[split] = expected.get(split, 0) + 1
            folder = filepath(split) if filepath else None
            write.picture(f"{spec.name}/{file.format(number=number, folder=folder)}", number)
            entry = {"filename": f"{number:04d}.jpg", "split": split, "imgid": number}
            entry["sentences"] = [{"raw": f"caption {at} of picture {number} ."} for at in range(6)]
            images.append(entry | ({"filepath": folder} if folder else {}))
        write.text(f"{spec.name}/{record}", json.dumps({"images": images, "dataset": spec.name}))
        return expected

    return build


BUILD = {
    "aircraft": by_list(
        lambda key, at: f"fgvc-aircraft-2013b/data/images/{at:07d}.jpg",
        {split: f"fgvc-aircraft-2013b/data/images_variant_{split}.txt" for split in ("train", "val", "test")},
        lambda key, at: f"{at:07d} {key}",
    ),
    "caltech101": by_folder(
        "caltech101/101_ObjectCategories/{key}/image_{number:04d}.jpg",
        34,
        {"train": 90, "test": 12, "all": 102},
        ["BACKGROUND_Google", "Faces", "", "Leopards"],
    ),
    "cars": cars,
    "cifar10": cifar(
        "cifar-10-batches-bin",
        {"train": [f"data_batch_{i}.bin" for i in range(1, 6)], "test": ["test_batch.bin"]},
        1,
    ),
    "cifar100": cifar("cifar-100-binary", {"train": ["train.bin"], "test": ["test.bin"]}, 2),
    "coco": karpathy(
        "dataset_coco.json",
        lambda split: "train2014" if split == "train" else "val2014",
        "{folder}/{number:04d}.jpg",
        ("train", "restval", "val", "test"),
    ),
    "country211": country211,
    "dtd": by_list(
        lambda key, at: f"dtd/dtd/images/{key}/{key}_{at:04d}.jpg",
        {split: f"dtd/dtd/labels/{split}1.txt" for split in ("train", "val", "test")},
        lambda key, at: f"{key}/{key}_{at:04d}.jpg",
    ),
    "eurosat": by_folder("eurosat/2750/{key}/{key}_{number}.jpg", 20, {"train": 54, "test": 6, "all": 60}),
    "flickr30k": karpathy(
        "dataset_flickr30k.json", None, "flickr30k-images/{number:04d}.jpg", ("train", "val", "test")
    ),
    "flickr8k": karpathy("dataset_flickr8k.json", None, "Images/{number:04d}.jpg", ("train", "val", "test")),
    "flowers102": flowers102,
    "food101": by_list(
        lambda key, at: f"food-101/images/{snake(key)}/{at}.jpg",
        {split: f"food-101/meta/{split}.txt" for split in ("train", "test")},
        lambda key, at: f"{snake(key)}/{at}",
    ),
    "gtsrb": gtsrb,
    "ham10000": ham10000,
    "imagenet": imagenet,
    "imagenetv2": imagenetv2,
    "mnist": mnist,
    "pcam": pcam,
    "pets": by_list(
        lambda key, at: f"oxford-iiit-pet/images/{snake(key)}_{at}.jpg",
        {"train": "oxford-iiit-pet/annotations/trainval.txt", "test": "oxford-iiit-pet/annotations/test.txt"},
        lambda key, at: f"{snake(key)}_{at} 1 1 1",
    ),
    "places365": places365,
    "resisc45": by_list(
        lambda key, at: f"resisc45/NWPU-RESISC45/{snake(key)}/{snake(key)}_{at:03d}.jpg",
        {split: f"resisc45/resisc45-{split}.txt" for split in ("train", "val", "test")},
        lambda key, at: f"{snake(key)}_{at:03d}.jpg",
    ),
    "stl10": stl10,
    "sun397": sun397,
}
CLASSES = {
    "aircraft": 100, "caltech101": 102, "cars": 4, "cifar10": 10, "cifar100": 100, "country211": 211, "dtd": 47,
    "eurosat": 10, "flowers102": 102, "food101": 101, "gtsrb": 43, "ham10000": 7, "imagenet": 1000,
    "imagenetv2": 1000, "mnist": 10, "pcam": 2, "pets": 37, "places365": 4, "resisc45": 45, "stl10": 10, "sun397": 4,
}  # fmt: skip


@pytest.mark.parametrize("name", list(registry))
def test_a_copy_with_the_real_layout_is_read(name, writer, reading):
    spec = registry[name]
    expected = BUILD[name](writer, spec)
    found = {split: load(name, root=writer.root, split=split) for split in expected}
    for split, data in found.items():
        assert (data.name, data.split, len(data)) == (name, split, expected[split])
        assert (data.licence, len(data.images)) == (spec.licence, len(data.ids))
        shown = reading(data.images)
        if isinstance(data, Labelled):
            assert len(data.labels) == CLASSES[name]
            rows = [row % 256 if name == "mnist" else row for row, _ in shown]  # grey has one channel
            assert rows == data.targets.tolist()
        else:
            told = [data.captions[i].split()[-2] for i in range(len(data.captions))]
            assert told == [str(shown[row][0]) for row in data.image_of]
            assert len(data.captions) == 5 * len(data)
    assert load(name, root=writer.root).split == next(each for each in ("test", "val", "all") if each in expected)


@pytest.mark.parametrize("name", list(registry))
def test_training_and_test_parts_share_no_picture(name, writer):
    expected = BUILD[name](writer, registry[name])
    found = {split: load(name, root=writer.root, split=split) for split in expected if "+" not in split}
    judged = found.get("test") or found.get("val-45") or found.get("all")
    pool = registry[name].pool
    if pool is None:
        return
    learnt = load(name, root=writer.root, split=pool) if set(pool.split("+")) <= set(found) else found["train"]
    assert not set(learnt.ids) & set(judged.ids)
    disjoint(learnt, judged, contents=False)
    with pytest.raises(InputError, match=f"found: {len(judged)} of {len(judged)} are"):
        disjoint(judged, judged)


@pytest.mark.parametrize("name", list(registry))
def test_an_absent_copy_says_where_to_get_it(name, tmp_path):
    with pytest.raises(InputError, match=r"found: no copy of it in (.|\n)*get it at https?://(.|\n)*\$HEADWORD_DATA"):
        load(name, root=tmp_path)


@pytest.mark.parametrize("name", list(registry))
def test_facts_are_complete(name):
    spec = registry[name]
    assert isinstance(spec, KnownClasses | KnownCaptions)
    assert spec.name == name
    assert spec.title
    assert spec.licence
    assert all(count > 0 for count in spec.splits.values())
    assert spec.pool is None or set(spec.pool.split("+")) <= set(spec.splits)
    assert all(len(md5) == 32 and int(md5, 16) for md5 in spec.checksums.values())
    if isinstance(spec, KnownClasses) and spec.classes:
        assert len(spec.classes) == CLASSES[name]
        words = [{_plain(key), _plain(said)} for key, said in spec.classes.items()]
        assert sum(map(len, words)) == len(set().union(*words))  # a word means one class only
        assert all("{}" in template for template in spec.templates)
        assert not any("_" in said for said in spec.classes.values())


def test_the_split_hash_follows_the_copy(writer):
    BUILD["dtd"](writer, registry["dtd"])
    before = load("dtd", root=writer.root).version
    assert load("dtd", root=writer.root).version == before
    path = writer.root / "dtd/dtd/labels/test1.txt"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:-1]))
    fewer = load("dtd", root=writer.root).version
    path.write_text("\n".join(reversed(lines)))
    other_order = load("dtd", root=writer.root).version
    assert len({before, fewer, other_order}) == 3


def test_a_missing_picture_of_a_list_is_named(writer):
    BUILD["food101"](writer, registry["food101"])
    (writer.root / "food-101/images/apple_pie/7.jpg").unlink()
    with pytest.raises(InputError, match=r"the picture 'images/apple_pie/7\.jpg' in"):
        load("food101", root=writer.root)


def test_a_list_cannot_lead_out_of_the_copy(writer):
    BUILD["dtd"](writer, registry["dtd"])
    writer.text("dtd/dtd/labels/test1.txt", "../../../secret.jpg")
    with pytest.raises(InputError, match="leads out of"):
        load("dtd", root=writer.root)


def test_a_truncated_archive_is_named(writer):
    BUILD["cifar10"](writer, registry["cifar10"])
    path = writer.root / "cifar-10-batches-bin/test_batch.bin"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"test_batch.bin\nfound: 9218 bytes, not a multiple of 3073"):
        load("cifar10", root=writer.root)


def test_stl10_is_stored_column_by_column(writer):
    stl10(writer, registry["stl10"])
    image = load("stl10", root=writer.root).images[1]
    assert image.shape == (96, 96, 3)
    assert image[0, 5].tolist() == [200, 200, 200]
    assert image[5, 0].tolist() == [1, 0, 1]


def test_a_part_of_a_known_set_keeps_all_its_classes(shared_data):
    data = registry["dtd"].copied(shared_data / "zeroshot/dtd-10", None)
    assert len(data.labels) == 47
    assert set(np.bincount(data.targets, minlength=47).tolist()) == {0, 50}
    assert data.templates == ("A photo of a {} texture",)


def test_deer_is_said_as_the_paper_says_it(shared_data):
    data = load("cifar10", root=shared_data / "zeroshot")
    assert data.labels.names[4] == "deer/elk"
    assert (data.targets == 4).sum() == 50
    assert len(data) == 500


def test_a_folder_copy_with_split_folders_is_read_by_class_name(writer, reading, caplog):
    for row, name in ((9, "Sea_Lake"), (2, "HerbaceousVegetation"), (0, "annual crop land")):
        writer.picture(f"eurosat/test/{name}/a.jpg", row)
        writer.picture(f"eurosat/train/{name}/b.jpg", row)
    with caplog.at_level(logging.WARNING, "headword"):
        data = load("eurosat", root=writer.root)
    assert [row for row, _ in reading(data.images)] == data.targets.tolist()
    assert sorted(data.targets.tolist()) == [0, 2, 9]
    assert data.labels.names[9] == "lake or sea"
    assert "3 pictures, the official split has 2700" in caplog.text


def test_folders_of_something_else_are_no_copy(writer):
    writer.picture("dtd/images/a.jpg", 0)
    writer.picture("dtd/imdb/b.jpg", 0)
    with pytest.raises(InputError, match="has another layout"):
        load("dtd", root=writer.root)


def test_numbered_folders_are_numbered_classes(writer, reading):
    for row in (0, 2, 10):
        writer.picture(f"cifar100/test/{row}/a.png", row)
    data = load("cifar100", root=writer.root)
    assert [row for row, _ in reading(data.images)] == data.targets.tolist()
    assert data.labels.names[10] == "bowl"


def test_a_missing_record_of_splits_is_no_reason_to_draw_one(writer):
    for number in range(4):
        writer.picture(f"flickr30k/flickr30k-images/{number}.jpg", number)
    with pytest.raises(InputError, match=r"holds dataset_flickr30k\.json"):
        load("flickr30k", root=writer.root)


def test_drawn_splits_do_not_depend_on_the_state_of_numpy(writer):
    places365(writer, registry["places365"])
    np.random.seed(1)  # noqa: NPY002, the state that must not matter
    first = load("places365", root=writer.root)
    np.random.seed(2)  # noqa: NPY002
    again = load("places365", root=writer.root)
    assert first.version == again.version
    assert np.bincount(first.targets).tolist() == [40, 40, 0, 40]
    assert first.labels.names == ("airfield", "church indoor", "dam", "amusement park")


def facts(spec):
    """The line of docs/datasets.md on a data set."""
    told = len(getattr(spec, "classes", ()))
    kinds = "captions" if isinstance(spec, KnownCaptions) else f"{told:,}" if told else "the copy's"
    splits = " · ".join(f"{split} {count:,}" for split, count in spec.splits.items())
    return f"| `{spec.name}` | {spec.title} | {kinds} | {splits} | {spec.pool or '–'} | {spec.licence} |"


def layout(spec):
    """The line of docs/datasets.md on what a copy of it looks like."""
    return f"| `{spec.name}` | `{spec.layout}` | {spec.where} |"


@pytest.mark.parametrize("name", list(registry))
def test_the_page_tells_of_it(name):
    lines = (Path(__file__).parents[2] / "docs" / "datasets.md").read_text(encoding="utf-8").splitlines()
    assert facts(registry[name]) in lines
    assert layout(registry[name]) in lines
    assert not registry[name].note or f"- `{name}`: {registry[name].note}." in lines


@pytest.mark.parametrize(
    ("name", "file", "text"),
    [
        ("gtsrb", "gtsrb/GT-final_test.csv", "Filename,ClassId\n00000.ppm,0\n"),
        ("ham10000", "ham10000/HAM10000_metadata.csv", "a,b\n1,2\n"),
        ("places365", "places365/places365_val.txt", "a.jpg\n"),
        ("places365", "places365/categories_places365.txt", "/a/airfield zero\n"),
        ("imagenetv2", "imagenetv2-matched-frequency-format-val/readme/a.jpeg", ""),
    ],
)
def test_lists_in_another_form_are_named(name, file, text, writer):
    BUILD[name](writer, registry[name])
    writer.text(file, text)
    with pytest.raises(InputError, match=rf"asked: {name} \((test|all)\) in .*\nfound: files in another form: "):
        load(name, root=writer.root)


def test_a_part_that_a_copy_lacks_is_named(writer):
    BUILD["imagenet"](writer, registry["imagenet"])
    shutil.rmtree(writer.root / "imagenet/train")
    with pytest.raises(InputError, match=r"asked: the pictures in .*train\nfound: no such folder"):
        load("imagenet", root=writer.root, split="train")


@pytest.mark.parametrize(
    ("name", "home"),
    [("imagenet", "wds_imagenet1k"), ("aircraft", "wds_fgvc_aircraft"), ("coco", "wds_mscoco_captions"),
     ("flowers102", "wds_vtab-flowers"), ("cars", "wds_cars"), ("pcam", "wds_vtab-pcam")],
)  # fmt: skip
def test_copies_have_the_names_that_clip_benchmark_gives_them(name, home, tmp_path):
    (tmp_path / home).mkdir()
    assert registry[name].places(tmp_path) == [tmp_path / home]


def test_a_test_part_is_never_learnt_from(writer, monkeypatch):
    monkeypatch.setenv("HEADWORD_DATA", str(writer.root))
    BUILD["food101"](writer, registry["food101"])
    assert images_at("food101").split == "train"
    learnt = load("food101", split="train").images[0]
    learnt.unlink()
    with pytest.raises(
        InputError, match=rf"the picture 'images/.*/{learnt.name}' in (.|\n)*to learn from its test split"
    ):
        images_at("food101")
    assert images_at(writer.root / "food-101/images").split == "all"
