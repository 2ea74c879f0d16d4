"""What people's disks hold instead of pictures: read or refused with a reason, never anything else."""

import os
import struct
import threading
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from headword.errors import BadImageError
from headword.images.reading import MAX_PIXELS, Source, find_images, read_image
from picture_files import JPEG, PIXELS, PNG, chunk, encode, ids, png, read

RNG = np.random.default_rng(0)


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
