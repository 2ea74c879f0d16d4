"""Every kind of thing that stands for pictures, and what does not."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from headword.errors import BadImageError, InputError
from headword.images.reading import find_images, iter_images, read_image
from picture_files import JPEG, PIXELS, PNG, ids, read


@pytest.fixture
def album(tmp_path):
    for name in (
        "b.png",
        "a.PNG",
        "notes.txt",
        ".hidden.png",
        "sub/c.jpg",
        "sub/deeper/d.png",
        ".cache/e.png",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(JPEG if name.endswith("jpg") else PNG)
    return tmp_path


def under(album, *names):
    return [str(album / name) for name in names]


def test_a_folder_gives_its_pictures_sorted_without_hidden_ones(album):
    assert ids(album) == ids(str(album)) == under(album, "a.PNG", "b.png", "sub/c.jpg", "sub/deeper/d.png")


def test_links_in_a_folder_are_followed_once(album):
    (album / "sub/up").symlink_to(album)
    (album / "sub/other").symlink_to(album / "sub/deeper")
    assert sorted(Path(path).name for path in ids(album)) == ["a.PNG", "b.png", "c.jpg", "d.png"]


def test_globs(album, monkeypatch):
    assert ids(f"{album}/*") == under(album, "a.PNG", "b.png")
    assert ids(f"{album}/**/*.png") == under(album, "b.png", "sub/deeper/d.png")
    assert ids(f"{album}/sub/**") == under(album, "sub/c.jpg", "sub/deeper/d.png")
    assert ids(f"{album}/*.txt") == under(album, "notes.txt")
    assert ids(f"{album}/.hid*.png") == under(album, ".hidden.png")
    monkeypatch.setenv("HOME", str(album))
    assert ids("~/?.png") == under(album, "b.png")
    monkeypatch.chdir(album)
    assert ids("sub/*.jpg") == ["sub/c.jpg"]


def test_a_file_whose_name_looks_like_a_glob(tmp_path):
    path = tmp_path / "cat[1].png"
    path.write_bytes(PNG)
    assert ids(str(path)) == [str(path)]


def test_a_path_named_on_its_own_is_taken_whatever_its_suffix(tmp_path):
    path = tmp_path / "picture.dat"
    path.write_bytes(PNG)
    np.testing.assert_array_equal(read(str(path)), PIXELS)


def test_memory_items_and_their_ids(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    with path.open("rb") as file:
        items = [Image.fromarray(PIXELS), PIXELS, PNG, bytearray(PNG), io.BytesIO(PNG), file, path]
        sources = find_images(items)
        assert [source.id for source in sources] == [*(f"image {n}" for n in range(5)), str(path), str(path)]
        assert [source.position for source in sources] == list(range(7))
        for source in sources:
            np.testing.assert_array_equal(np.asarray(read_image(source)), PIXELS)


def test_a_file_that_was_just_written_to_is_read_from_its_start():
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, "PNG")
    np.testing.assert_array_equal(read(buffer), PIXELS)


def test_a_batch_array_is_many_pictures_and_paths_may_be_an_array(album):
    assert len(find_images(np.stack([PIXELS, PIXELS]))) == 2
    assert ids(np.array(under(album, "b.png", "a.PNG"))) == under(album, "b.png", "a.PNG")


def test_an_iterator_is_drawn_from_as_needed():
    drawn = []

    def pictures():
        for n in range(100):
            drawn.append(n)
            yield PIXELS

    sources = iter_images(pictures())
    assert [next(sources).position for _ in range(3)] == [0, 1, 2]
    assert len(drawn) == 3


class Tensor:
    __module__ = "torch"


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([], "empty collection"),
        (iter(()), "empty collection"),
        (None, "NoneType"),
        (3, "type int"),
        ([PIXELS, 3], "type int"),
        ({"a.png": 1}, "a dict"),
        ({"a.png"}, "no order|has none"),
        ([Tensor()], r"permute\(1, 2, 0\)"),
        ("absent.png", "no such file or folder.*\n.*relative path starts at"),
        (Path("/absent/b.png"), "no such file"),
        ("nothing-*.png", "matches nothing"),
        ("a**b/*.png", "can only be an entire path component|matches nothing"),
        ("https://example.org/cat.jpg", "download it"),
        ("with\0nul.png", "no such file"),
        ("", "an empty path"),
        ("x" * 5000, "no such file"),
        ("~nobody-of-this-name/a.png", "no such file"),
        (io.StringIO("text"), "mode 'rb'"),
        (PIXELS.astype(np.int64), r"astype\(np\.uint8\)"),
        (PIXELS.transpose(2, 0, 1), r"transpose\(1, 2, 0\)"),
        (np.zeros((2, 3, 12, 16), np.uint8), r"transpose\(0, 2, 3, 1\)"),
        (np.zeros((4, 12, 16, 2), np.uint8), r"shape \(4, 12, 16, 2\)"),
        (np.zeros(7, np.uint8), r"shape \(7,\)"),
        (np.zeros((0, 4, 3), np.uint8), "no pixel"),
        (np.full((2, 2), np.nan), "NaN"),
        (np.full((2, 2), np.inf), "NaN or infinity"),
        (PIXELS.astype(float), "floats from 0 to 255, not from 0 to 1|from .* to 255"),
        (PIXELS / -255, "not from 0 to 1"),
    ],
)
def test_what_is_no_picture_is_an_error_in_three_parts(items, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message) as caught:
        find_images(items)
    assert all((caught.value.asked, caught.value.found, caught.value.do))


def test_a_folder_without_pictures_says_so(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(InputError, match="no file in it or below it has a picture's suffix"):
        find_images(tmp_path)
    (tmp_path / "sub").mkdir()
    with pytest.raises(InputError, match="found: folders only"):
        find_images(f"{tmp_path}/s*")


def test_in_a_collection_the_missing_are_listed_and_the_rest_go_on(tmp_path):
    (tmp_path / "empty").mkdir()
    items = ["absent.png", PIXELS, f"{tmp_path}/*.png", np.full((2, 2), np.nan), tmp_path / "empty", PNG]
    sources = find_images(items)
    assert [source.problem is None for source in sources] == [False, True, False, False, False, True]
    assert [source.id for source in sources[:4]] == ["absent.png", "image 1", f"{tmp_path}/*.png", "image 3"]
    with pytest.raises(BadImageError, match=r"absent\.png \(position 0\)\nfound: no such file"):
        read_image(sources[0])


def test_of_two_ways_to_a_folder_the_first_by_name_is_taken(tmp_path, monkeypatch):
    (tmp_path / "b").mkdir()
    (tmp_path / "b/1.png").write_bytes(b"")
    (tmp_path / "a").symlink_to(tmp_path / "b")
    walk = os.walk

    def unsorted(*args, **options):
        for root, folders, names in walk(*args, **options):
            folders.sort(reverse=True)
            yield root, folders, names

    monkeypatch.setattr(os, "walk", unsorted)
    assert [Path(each.id).relative_to(tmp_path).as_posix() for each in find_images(tmp_path)] == ["a/1.png"]
