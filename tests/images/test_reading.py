"""Pictures in every form become upright RGB; large JPEGs are decoded small where that is safe."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from headword.errors import BadImageError
from picture_files import PIXELS, PNG, chunk, encode, png, read

RNG = np.random.default_rng(0)


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
