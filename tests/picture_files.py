"""Pictures as files, made in memory."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

from headword.images.reading import find_images, read_image

PIXELS = np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)


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


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, *chunks, depth=8, colour=0):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")
