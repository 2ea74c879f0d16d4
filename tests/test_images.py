"""Pictures from every kind of source, in every form, and everything that people's disks hold instead."""

import io
import os
import struct
import threading
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from headword.errors import BadImageError, InputError
from headword.images import MAX_PIXELS, Source, find_images, iter_images, read_image

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (12, 16, 3), dtype=np.uint8)


def encode(image, format, **options):
    buffer = io.BytesIO()
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    image.save(buffer, format, **options)
    return buffer.getvalue()


def read(item, **options):
    (source,) = find_images(item)
    image = read_image(source, **options)
    assert image.mode == "RGB"
    return np.asarray(image)


def ids(items):
    return [source.id for source in find_images(items)]


PNG = encode(PIXELS, "PNG")
JPEG = encode(PIXELS, "JPEG", quality=95)


# Where pictures come from


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


@pytest.mark.parametrize(
    ("array", "white"),
    [
        (np.array([[0, 255]], np.uint8), 255),
        (np.array([[0, 65535]], np.uint16), 255),
        (np.array([[0, 65535]], ">u2"), 255),
        (np.array([[0, 0x8080]], np.uint16), 128),
        (np.array([[False, True]]), 255),
        (np.array([[0, 1.0]]), 255),
        (np.array([[0, 0.5]], np.float16), 128),
        (np.array([[[0], [255]]], np.uint8), 255),
        (np.array([[[0, 0, 0, 255], [255, 255, 255, 255]]], np.uint8), 255),
    ],
)
def test_arrays_are_scaled_to_bytes(array, white):
    np.testing.assert_array_equal(read(array)[0, :, 1], [0, white])


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


# Forms


STORED = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a.transpose(1, 0, 2)[::-1, ::-1],
    8: lambda a: np.rot90(a, -1),
}


@pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", STORED)
def test_exif_rotation_is_applied(orientation, format):
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = np.ascontiguousarray(STORED[orientation](PIXELS))
    data = encode(stored, format, exif=exif, **({"lossless": True} if format == "WEBP" else {}))
    np.testing.assert_array_equal(read(data), PIXELS)
    np.testing.assert_array_equal(read(Image.open(io.BytesIO(data))), PIXELS)


def test_exif_rotation_of_a_jpeg():
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = np.zeros((32, 16, 3), np.uint8)
    upright[:16] = 200
    error = read(encode(np.rot90(upright, 1).copy(), "JPEG", exif=exif)).astype(int) - upright
    assert abs(error).max() < 10


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"]
)
def test_a_damaged_exif_block_does_not_cost_the_picture(exif):
    assert read(encode(PIXELS, "JPEG", exif=exif)).shape == PIXELS.shape


def test_transparency_is_laid_on_white():
    rgba = np.zeros((1, 3, 4), np.uint8)
    rgba[0, :, 3] = 0, 51, 255
    np.testing.assert_array_equal(read(encode(rgba, "PNG"))[0], [[255] * 3, [204] * 3, [0] * 3])
    grey = Image.merge("LA", [Image.new("L", (2, 1), 10), Image.fromarray(np.array([[0, 255]], np.uint8))])
    np.testing.assert_array_equal(read(encode(grey, "PNG"))[0, :, 0], [255, 10])


def test_palettes_with_and_without_a_transparent_colour():
    palette = Image.new("P", (2, 1))
    palette.putpalette([200, 0, 0, 0, 100, 0])
    palette.putpixel((1, 0), 1)
    np.testing.assert_array_equal(read(encode(palette, "PNG"))[0], [[200, 0, 0], [0, 100, 0]])
    for format in ("PNG", "GIF"):
        np.testing.assert_array_equal(read(encode(palette, format, transparency=1))[0], [[200, 0, 0], [255] * 3])
    alphas = encode(palette, "PNG", transparency=bytes([255, 0]))
    np.testing.assert_array_equal(read(alphas)[0], [[200, 0, 0], [255] * 3])


def test_an_rgb_png_with_a_transparent_colour():
    pixels = np.array([[[1, 2, 3], [9, 9, 9]]], np.uint8)
    np.testing.assert_array_equal(read(encode(pixels, "PNG", transparency=(1, 2, 3)))[0], [[255] * 3, [9] * 3])


def test_cmyk_is_not_inverted():
    # 100 % cyan ink absorbs red.
    inks = Image.merge("CMYK", [Image.new("L", (16, 16), ink) for ink in (255, 0, 0, 0)])
    for format in ("TIFF", "JPEG"):
        red, green, blue = read(encode(inks, format)).mean(axis=(0, 1))
        assert red < 5
        assert green > 250
        assert blue > 250


@pytest.mark.parametrize("format", ["PNG", "TIFF", "PPM", "JPEG2000"])
def test_16_bit_grey_is_scaled_and_not_clipped(format):
    grey = Image.fromarray(np.array([[0, 257, 32896, 65535]] * 4, np.uint16))
    np.testing.assert_array_equal(read(encode(grey, format))[0, :, 0], [0, 1, 128, 255])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255]),
        ([0.0, 128.0, 255.0], [0, 128, 255]),
        ([0.0, 25700.0, 65535.0], [0, 100, 255]),
        ([-100.0, 0.0, 100.0], [0, 128, 255]),
        ([5.0, 5.0, 100000.0], [0, 0, 255]),
    ],
)
def test_float_pixels(values, expected):
    np.testing.assert_array_equal(read(encode(np.array([values], np.float32), "TIFF"))[0, :, 0], expected)


def test_32_bit_integers():
    np.testing.assert_array_equal(read(encode(np.array([[0, 257, 65535]], np.int32), "TIFF"))[0, :, 0], [0, 1, 255])
    np.testing.assert_array_equal(read(encode(np.array([[-7, -7]], np.int32), "TIFF"))[0, :, 0], [0, 0])


def test_one_bit_grey_and_small_pictures():
    np.testing.assert_array_equal(read(encode(Image.new("1", (2, 1), 1), "PNG")), np.full((1, 2, 3), 255))
    np.testing.assert_array_equal(read(encode(Image.new("L", (1, 1), 7), "PNG")), np.full((1, 1, 3), 7))


@pytest.mark.parametrize("format", ["GIF", "WEBP", "TIFF", "PNG", "MPO"])
def test_animations_and_pages_give_their_first(format):
    first, second = Image.new("RGB", (16, 16), (240, 0, 0)), Image.new("RGB", (16, 16), (0, 0, 240))
    red, green, blue = read(encode(first, format, save_all=True, append_images=[second])).mean(axis=(0, 1))
    assert red > 230
    assert max(green, blue) < 12


@pytest.mark.parametrize("format", ["BMP", "ICO", "PPM", "AVIF", "JPEG2000", "WEBP"])
def test_other_formats(format):
    if format not in Image.SAVE:
        pytest.skip(f"this Pillow does not write {format}")
    square = Image.new("RGB", (16, 16), (10, 200, 30))
    np.testing.assert_allclose(read(encode(square, format)).mean(axis=(0, 1)), [10, 200, 30], atol=4)


def test_content_counts_and_not_the_suffix(tmp_path):
    path = tmp_path / "picture.jpg"
    path.write_bytes(PNG)
    np.testing.assert_array_equal(read(path), PIXELS)


def test_the_owners_picture_is_left_as_it_is():
    mine = Image.open(io.BytesIO(encode(np.zeros((512, 512, 3), np.uint8), "JPEG")))
    read(mine, size_hint=8)
    assert mine.size == (512, 512)


def test_16_bit_colour():
    row = struct.pack(">B6H", 0, 0, 0x0101, 0x8080, 0xFFFF, 0x4040, 0)
    data = png(2, 1, chunk(b"IDAT", zlib.compress(row)), depth=16, colour=2)
    np.testing.assert_array_equal(read(data)[0], [[0, 1, 128], [255, 64, 0]])


# Large pictures


def smooth(width, height):
    small = Image.fromarray(RNG.integers(0, 256, (height // 32, width // 32, 3), dtype=np.uint8))
    return small.resize((width, height), Image.Resampling.BICUBIC)


@pytest.mark.parametrize(
    ("size", "hint", "expected"),
    [
        ((1024, 768), 96, (512, 384)),
        ((1024, 768), 48, (256, 192)),
        ((1024, 768), 16, (128, 96)),
        ((1024, 768), 97, (1024, 768)),
        ((1023, 768), 16, (1023, 768)),
        ((1024, 768), None, (1024, 768)),
    ],
)
def test_a_large_jpeg_is_decoded_small_where_that_is_safe(size, hint, expected):
    height, width, _ = read(encode(smooth(*size), "JPEG", quality=95), size_hint=hint).shape
    assert (width, height) == expected


def test_the_smaller_decode_resizes_to_the_same_pixels():
    noise = RNG.normal(0, 8, (768, 1024, 3))
    noisy = Image.fromarray((np.asarray(smooth(1024, 768)) + noise).clip(0, 255).astype(np.uint8))
    data = encode(noisy, "JPEG", quality=92)

    def resized(**options):
        return np.asarray(Image.fromarray(read(data, **options)).resize((128, 96), Image.Resampling.BICUBIC), float)

    error = resized(size_hint=96) - resized()
    assert np.sqrt((error**2).mean()) < 1.0


def test_the_limit_on_pixels_can_be_lowered():
    with pytest.raises(BadImageError, match="declares 16 × 12 pixels, more than the limit of 100"):
        read(PNG, max_pixels=100)
    with pytest.raises(BadImageError, match="more than the limit of 100"):
        read(Image.fromarray(PIXELS), max_pixels=100)


# Hostile files


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, *chunks, depth=8, colour=0):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


def bmp(width, height):
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + info


def tiff(width, height):
    tags = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
        (279, 4, 9),
    ]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + entries + bytes(4)


def half(data):
    return data[: len(data) // 2]


LIMIT = f"more( pixels)? than the limit of {MAX_PIXELS:,}"
BROKEN = "damaged or cut short|damaged at its start"
HOSTILE = {
    "empty.jpg": (b"", "the file is empty"),
    "one-byte.jpg": (b"\xff", "damaged at its start"),
    "zeros.jpg": (bytes(5000), "only zero bytes"),
    "random.png": (RNG.bytes(3000), "damaged at its start"),
    "cut.jpg": (half(JPEG), BROKEN),
    "cut.png": (half(PNG), BROKEN),
    "cut.gif": (encode(PIXELS, "GIF")[:30], BROKEN),
    "cut.webp": (half(encode(PIXELS, "WEBP")), BROKEN),
    "cut.tif": (half(encode(PIXELS, "TIFF")), BROKEN),
    "cut.bmp": (half(encode(PIXELS, "BMP")), BROKEN),
    "cut.ppm": (half(encode(PIXELS, "PPM")), BROKEN),
    "cut.jp2": (half(encode(PIXELS, "JPEG2000")), BROKEN),
    "only-its-signature.png": (PNG[:8], BROKEN),
    "only-its-start.jpg": (JPEG[:4], BROKEN),
    "bad-checksum.png": (PNG[:20] + b"\xff" + PNG[21:], BROKEN),
    "no-data.png": (png(16, 12), BROKEN),
    "text-bomb.png": (png(4, 4, chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(2**22)))), BROKEN),
    "notes.jpg": (b"Dear diary,\nnothing happened.\n", "text, not a picture"),
    "table.png": (b"path,label\na.jpg,cat\n", "text, not a picture"),
    "download.jpg": (b"<!DOCTYPE html>\n<html><body>404</body></html>", "an HTML page"),
    "page.jpg": (b"\n <html lang='en'>\xc3\xa9</html>", "an HTML page"),
    "drawing.jpg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing; export it as PNG"),
    "prologue.svg": (b"<?xml version='1.0'?>\n<!-- x -->\n<svg/>", "an SVG drawing"),
    "paper.jpg": (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
    "archive.jpg": (b"PK\x03\x04" + bytes(30), "an archive; unpack it"),
    "zipped.png": (b"\x1f\x8b\x08" + bytes(30), "an archive"),
    "pointer.jpg": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
    "phone.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64), "pip install pillow-heif|" + BROKEN),
    "film.jpg": (b"\0\0\0\x18ftypisom" + bytes(64), "a video; save a frame"),
    "film.avi": (b"RIFF\x10\0\0\0AVI LIST" + bytes(64), "a video"),
    "layers.psd": (b"8BPS\0\x01" + bytes(64), "a Photoshop file"),
    "scan.jpg": (bytes(128) + b"DICM" + bytes(64), "a DICOM scan"),
    "script.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "text, not a picture"),
    "bomb.png": (png(20_000, 20_000, chunk(b"IDAT", zlib.compress(bytes(100)))), LIMIT),
    "just-over.png": (png(20_000, 9_000, chunk(b"IDAT", zlib.compress(bytes(100)))), LIMIT),
    "lying-header.png": (png(13_000, 13_000, chunk(b"IDAT", zlib.compress(bytes(100)))), BROKEN),
    "bomb.bmp": (bmp(20_000, 20_000), LIMIT),
    "bomb.ppm": (b"P6 20000 20000 255\n", LIMIT),
    "bomb.tif": (tiff(20_000, 20_000), LIMIT),
    "bomb.gif": (b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0, 0, 0) + b",", f"{LIMIT}|{BROKEN}"),
    "no-width.png": (png(0, 5), BROKEN + "|no pixel"),
    "no-size.bmp": (bmp(0, 0), BROKEN + "|no pixel"),
    "no-size.gif": (b"GIF89a" + bytes(7) + b",\0\0\0\0\0\0\0\0\0\x02\0;", BROKEN + "|no pixel"),
    "no-size.ppm": (b"P6 0 0 255\n\0", BROKEN + "|no pixel"),
    "four-bands-of-64-bit.tif": (
        tiff(2, 2).replace(b"\x02\x01\x03\0\x01\0\0\0\x08", b"\x02\x01\x03\0\x01\0\0\0\x40"),
        "depth that Pillow cannot read",
    ),
    "nan.tif": (encode(np.full((2, 2), np.nan, np.float32), "TIFF"), "NaN or infinity"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_its_reason(name, tmp_path, capfd):
    data, reason = HOSTILE[name]
    path = tmp_path / name
    path.write_bytes(data)
    for item in (path, data):
        (source,) = find_images(item)
        with pytest.raises(BadImageError, match=reason) as caught:
            read_image(source)
        assert source.id in caught.value.asked
    assert capfd.readouterr() == ("", "")


def make_pipe(path):
    os.mkfifo(path)


def make_dangling_link(path):
    path.symlink_to(path.with_name("gone.jpg"))


def make_circular_link(path):
    path.symlink_to(path)


def make_device(path):
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (make_pipe, "a pipe or device"),
        (make_device, "a pipe or device"),
        (make_dangling_link, "a link that leads nowhere"),
        (make_circular_link, "damaged or cut short: .*symbolic links|leads nowhere"),
    ],
)
def test_what_is_no_regular_file_is_refused_without_waiting(make, reason, tmp_path):
    path = tmp_path / "x.jpg"
    make(path)
    for items in (path, [path], tmp_path):
        (source,) = find_images(items)
        with pytest.raises(BadImageError, match=reason):
            read_image(source)


def test_a_folder_that_is_called_like_a_picture(tmp_path):
    (tmp_path / "x.jpg").mkdir()
    (source,) = find_images([tmp_path / "x.jpg"])
    with pytest.raises(BadImageError, match="no file in it or below it"):
        read_image(source)
    (tmp_path / "x.jpg" / "y.png").write_bytes(PNG)
    assert ids(tmp_path) == [str(tmp_path / "x.jpg/y.png")]
    with pytest.raises(BadImageError, match="a folder, not a file"):
        read_image(Source("x.jpg", 0, tmp_path / "x.jpg"))


def test_a_file_that_is_gone_by_the_time_it_is_read(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    (source,) = find_images(path)
    path.unlink()
    with pytest.raises(BadImageError, match="no such file"):
        read_image(source)


def test_a_file_without_permission_to_read(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    path.chmod(0)
    if os.geteuid() == 0:  # root may read everything

        def forbid(*_):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", forbid)
    (source,) = find_images(path)
    with pytest.raises(BadImageError, match="no permission to read it"):
        read_image(source)


def test_a_closed_file_and_a_closed_picture(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    with path.open("rb") as file, Image.open(path) as image:
        sources = find_images([file, image])
    for source in sources:
        with pytest.raises(BadImageError, match="damaged or cut short"):
            read_image(source)


def test_garbage_after_the_picture_is_no_matter():
    np.testing.assert_array_equal(read(PNG + RNG.bytes(500)), PIXELS)


VALID = {
    "PNG": PNG,
    "JPEG": JPEG,
    "progressive": encode(
        PIXELS, "JPEG", progressive=True, exif=b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\1\3\0\1\0\0\0\6\0\0\0"
    ),
    "GIF": encode(PIXELS, "GIF", save_all=True, append_images=[Image.fromarray(PIXELS[::-1].copy())]),
    "WEBP": encode(PIXELS, "WEBP", lossless=True),
    "TIFF": encode(PIXELS, "TIFF"),
    "LZW": encode(PIXELS, "TIFF", compression="tiff_lzw"),
    "BMP": encode(PIXELS, "BMP"),
    "ICO": encode(PIXELS, "ICO", sizes=[(16, 12)]),
    "JPEG2000": encode(PIXELS, "JPEG2000"),
}


def is_read_or_refused(data, size_hint=None):
    try:
        image = read_image(Source("fuzz", 0, data), size_hint=size_hint, max_pixels=2**22)
    except BadImageError:
        return False
    assert image.mode == "RGB"
    assert min(image.size) > 0
    return True


@pytest.mark.parametrize("format", VALID)
def test_truncations_are_read_or_refused(format, capfd):
    data = VALID[format]
    assert is_read_or_refused(data)
    readable = [is_read_or_refused(data[:end]) for end in range(0, len(data), 10)]
    assert sum(readable) < len(readable)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("format", VALID)
def test_flipped_bytes_are_read_or_refused(format, capfd):
    data, rng = np.frombuffer(VALID[format], np.uint8), np.random.default_rng(1)
    for trial in range(300):
        damaged = data.copy()
        # Headers are where damage hurts; half of the trials stay within the first 64 bytes.
        where = rng.integers(0, 64 if trial % 2 else len(data), rng.integers(1, 6))
        damaged[where % len(data)] = rng.integers(0, 256, len(where))
        is_read_or_refused(damaged.tobytes(), size_hint=2)
    # libtiff, which only the compressed kind meets, writes of damage to stderr from C, past Python.
    assert format == "LZW" or capfd.readouterr() == ("", "")


def test_warnings_are_silenced_in_threads_and_the_filters_left_as_they_were():
    noisy = VALID["TIFF"][:-40] + bytes(40)
    is_read_or_refused(noisy)
    before = list(warnings.filters)
    caught = []

    def work():
        try:
            for _ in range(200):
                is_read_or_refused(noisy)
        except Warning as warning:
            caught.append(warning)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not caught
    assert list(warnings.filters) == before
    with pytest.raises(UserWarning, match="mine"):
        warnings.warn("mine", stacklevel=1)
