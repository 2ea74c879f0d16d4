"""Pictures whose pixels say which class they are of, and which of its pictures they are."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from headword.images.reading import find_images, read_image


def encoded(row: int, number: int = 0) -> bytes:
    """A PNG: red and green hold the class, blue the number."""
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), (row % 256, row // 256, number)).save(buffer, "PNG")
    return buffer.getvalue()


def seen(images) -> list[tuple[int, int]]:
    """What `encoded` put into each picture, after reading it as an encoder does."""
    sources = find_images(tuple(images))
    assert len(sources) == len(images)
    pixels = [np.asarray(read_image(source))[0, 0] for source in sources]
    return [(int(red) + 256 * int(green), int(blue)) for red, green, blue in pixels]


class Writer:
    """Writes pictures below a folder and counts them."""

    def __init__(self, root: Path) -> None:
        self.root, self.count = root, 0

    def text(self, file: str, *lines: str) -> None:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def picture(self, file: str, row: int) -> None:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(row, self.count % 256))
        self.count += 1


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    return Writer(tmp_path)


@pytest.fixture(scope="session")
def reading() -> Callable:
    return seen


@pytest.fixture(scope="session")
def encoding() -> Callable:
    return encoded
