"""Webdataset shards: pictures stay in the archive, members are put together by stem."""

import io
import json
import tarfile

import pytest

from headword.datasets import Captioned, Labelled, load, read_shards
from headword.datasets.readers.shards import expand_shards
from headword.errors import InputError
from headword.images.sources import Readable


def shard(path, members):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            data = content if isinstance(content, bytes) else content.encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


@pytest.fixture
def benchmark(tmp_path, encoding):
    """What CLIP_benchmark publishes for classification."""
    folder = tmp_path / "wds_signs"
    for number in range(12):  # "10.tar" sorts before "2.tar" as text
        row = number % 3
        shard(
            folder / "test" / f"{number}.tar",
            {f"s{number:07d}.cls": str(row), f"s{number:07d}.webp": encoding(row, number)},
        )
    shard(folder / "train" / "0.tar", {"s0.jpg": encoding(2, 99), "s0.cls": "2"})
    (folder / "test" / "nshards.txt").write_text("12")
    (folder / "classnames.txt").write_text("stop\nyield\nno entry\n")
    (folder / "zeroshot_classification_templates.txt").write_text("a photo of a {c}.\na {c} sign\n")
    return folder


def test_classification(benchmark, reading):
    data = load(benchmark)
    assert isinstance(data, Labelled)
    assert (data.split, data.labels.names) == ("test", ("stop", "yield", "no entry"))
    assert data.templates == ("a photo of a {}.", "a {} sign")
    assert reading(data.images) == [(number % 3, number) for number in range(12)]
    assert data.targets.tolist() == [number % 3 for number in range(12)]
    assert data.ids[10] == "test/10.tar/s0000010"
    assert len(load(benchmark, split="train+test")) == 13


def test_a_picture_is_read_when_it_is_needed(benchmark):
    image = load(benchmark).images[3]
    assert isinstance(image, Readable)
    assert image.read(4) == image.read()[:4] == b"\x89PNG"
    path = benchmark / "test" / "3.tar"
    path.write_bytes(path.read_bytes()[:1024])
    with pytest.raises(EOFError, match=r"ends within test/3.tar/s0000003"):
        image.read()


def test_retrieval_has_a_caption_a_line(tmp_path, encoding, reading):
    shard(
        tmp_path / "walk" / "test" / "0.tar",
        {
            "a.jpg": encoding(1),
            "a.txt": "a dog \n\n a brown dog",
            "b.txt": "an ant",
            "b.jpg": encoding(2),
        },
    )
    data = load(tmp_path / "walk")
    assert isinstance(data, Captioned)
    assert data.captions == ("a dog", "a brown dog", "an ant")
    assert data.image_of.tolist() == [0, 0, 1]
    assert [row for row, _ in reading(data.images)] == [1, 2]


@pytest.mark.parametrize(
    ("record", "captions"),
    [({"caption": "a dog"}, ("a dog",)), ({"captions": ["a dog", "a cat"]}, ("a dog", "a cat")), ({"url": "x"}, None)],
)
def test_json_members(record, captions, tmp_path, encoding):
    members = {"x/1.png": encoding(1), "x/1.json": json.dumps(record), "x/2.png": encoding(2), "x/2.txt": "an owl"}
    data = read_shards(shard(tmp_path / "0.tar", members))
    assert data.captions == (*(captions or ()), "an owl")


def test_classes_by_name(tmp_path, encoding):
    members = {"1.png": encoding(1), "1.cls": "owl", "2.png": encoding(0), "2.json": '{"cls": "ant"}'}
    data = read_shards(shard(tmp_path / "0.tar", members))
    assert data.labels.names == ("ant", "owl")
    assert data.targets.tolist() == [1, 0]


def test_patterns(tmp_path, encoding):
    for number in range(9, 12):
        shard(tmp_path / f"cc3m-{number:05d}.tar", {"1.jpg": encoding(number), "1.txt": f"picture {number}"})
    braces = load(f"{tmp_path}/cc3m-{{00009..00011}}.tar")
    assert braces.captions == ("picture 9", "picture 10", "picture 11")
    assert len(load(f"{tmp_path}/cc3m-*.tar")) == len(load(tmp_path)) == 3
    assert [path.name for path in expand_shards(f"{tmp_path}/cc3m-{{00009,00011}}.tar")] == [
        "cc3m-00009.tar",
        "cc3m-00011.tar",
    ]
    with pytest.raises(InputError, match=r"no file .*cc3m-00012.tar, and 1 of 4 absent"):
        load(f"{tmp_path}/cc3m-{{00009..00012}}.tar")
    with pytest.raises(InputError, match="nothing matches"):
        load(f"{tmp_path}/laion-*.tar")


@pytest.mark.parametrize("pattern", ["", "/{0..1}.tar", "/*.tar"])
def test_names_of_classes_lie_beside_the_shards_however_these_are_called(pattern, tmp_path, encoding):
    for number in range(2):
        shard(tmp_path / "signs" / f"{number}.tar", {"1.png": encoding(number), "1.cls": str(number)})
    (tmp_path / "signs/classnames.txt").write_text("stop\nyield\n")
    data = load(f"{tmp_path}/signs{pattern}")
    assert (data.name, data.labels.names) == ("signs", ("stop", "yield"))
    assert data.ids == ("0.tar/1", "1.tar/1")


@pytest.mark.parametrize(
    ("members", "found"),
    [
        ({"1.txt": "an owl"}, r"the picture of 0.tar/1\nfound: only .txt"),
        ({"1.jpg": b"x"}, "1 pictures and no caption"),
        ({"1.jpg": b"x", "1.cls": "4"}, "classes numbered up to 4 and no names"),
        ({"1.jpg": b"x", "1.json": "{"}, "no JSON"),
        ({}, "no caption"),
    ],
)
def test_shards_that_are_wrong(members, found, tmp_path):
    with pytest.raises(InputError, match=found):
        read_shards(shard(tmp_path / "0.tar", members))


def test_archives_that_are_damaged_or_compressed(tmp_path, encoding):
    path = shard(tmp_path / "0.tar", {f"{number}.jpg": encoding(1) for number in range(9)})
    path.write_bytes(path.read_bytes()[:1700])
    with pytest.raises(InputError, match=r"the shard .*\nfound: unexpected end of data"):
        read_shards(path)
    with tarfile.open(tmp_path / "1.tar", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("1.jpg"))
    with pytest.raises(InputError, match=r"must be unpacked to .tar"):
        read_shards(tmp_path / "1.tar")


def test_links_and_paths_in_an_archive_reach_nothing(tmp_path, encoding):
    path = tmp_path / "0.tar"
    with tarfile.open(path, "w") as archive:
        link = tarfile.TarInfo("1.jpg")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        for name, data in (("1.txt", b"secret"), ("../../2.jpg", encoding(7)), ("../../2.txt", b"an owl")):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    with pytest.raises(InputError, match=r"the picture of 0.tar/1"):
        read_shards(path)


def test_a_known_set_from_shards(tmp_path, encoding):
    """Classes are this set's own where the names agree, prompts the paper's."""
    names = "annual crop land\nForest\nbrushland or shrubland\nhighway or road"
    folder = tmp_path / "wds_eurosat"
    shard(folder / "test" / "0.tar", {"1.cls": "2", "1.webp": encoding(2), "2.cls": "1", "2.webp": encoding(1)})
    (folder / "classnames.txt").write_text(names)
    (folder / "zeroshot_classification_templates.txt").write_text("a centered satellite photo of {c}.")
    data = load("eurosat", root=tmp_path)
    assert (len(data.labels), data.targets.tolist()) == (10, [2, 1])
    assert data.templates == ("A photo of a {} (aerial photo)",)
    (folder / "classnames.txt").write_text("annual crop land\nwood\nshrubs")
    own = load("eurosat", root=tmp_path)
    assert own.labels.names == ("annual crop land", "wood", "shrubs")
    assert own.templates == ("a centered satellite photo of {}.",)


def test_a_blank_class_name_never_moves_the_others(benchmark):
    (benchmark / "classnames.txt").write_text("stop\n\nno entry\n")
    with pytest.raises(InputError, match="a blank name"):
        load(benchmark)


def test_what_macos_adds_to_archives_is_no_picture(tmp_path, encoding):
    junk = {"._0001.png": b"junk", "._0001.txt": b"junk", "a/._2.png": b"junk"}
    shard(tmp_path / "x/0.tar", junk | {"0001.png": encoding(1), "0001.txt": "\ufeffa cat\u2028asleep".encode()})
    data = load(tmp_path / "x")
    assert (data.ids, data.captions) == (("0.tar/0001",), ("a cat asleep",))


def test_a_pattern_below_the_home_folder(tmp_path, encoding, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for row, name in enumerate("ab"):
        shard(tmp_path / "x" / name / "0.tar", {"1.png": encoding(row), "1.txt": name.encode()})
    data = read_shards("~/x/{a,b}/0.tar")
    assert (data.ids, data.captions) == (("a/0.tar/1", "b/0.tar/1"), ("a", "b"))
