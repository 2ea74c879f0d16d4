"""Pictures inside larger files, read when they are needed: they behave as open files and keep nothing open."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

__all__ = ["ArrowCell", "ParquetCell", "Span"]


@dataclass(frozen=True)
class Span:
    """A stretch of a file, such as a member of a tar archive.

    Attributes:
        path: The file.
        start: First byte.
        size: Number of bytes.
        name: What the picture is called, for messages.
    """

    path: Path
    start: int
    size: int
    name: str

    def read(self, size: int = -1, /) -> bytes:
        """The first `size` bytes, all by default; every call starts anew."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            data = file.read(self.size)
        if len(data) < self.size:
            raise EOFError(f"{self.path} ends within {self.name}")
        return data if size < 0 else data[:size]


@dataclass(frozen=True, eq=False)
class ArrowCell:
    """A picture in a column of an Arrow table that lies in memory or in a mapped file.

    Attributes:
        column: The column, of bytes or of Hugging Face's {bytes, path}.
        row: Which of its rows.
        name: What the picture is called, for messages.
    """

    column: Any
    row: int
    name: str

    def read(self, size: int = -1, /) -> bytes:
        """The first `size` bytes, all by default; every call starts anew."""
        return _bytes(self.column[self.row].as_py(), self.name, size)


@dataclass(frozen=True)
class ParquetCell:
    """A picture in a column of a Parquet file, whose row groups are read one at a time.

    Attributes:
        path: The file.
        column: The column, of bytes or of Hugging Face's {bytes, path}.
        group: Which row group.
        row: Which row of the group.
        name: What the picture is called, for messages.
    """

    path: Path
    column: str
    group: int
    row: int
    name: str

    def read(self, size: int = -1, /) -> bytes:
        """The first `size` bytes, all by default; every call starts anew."""
        with _reading:  # threads that want the same group wait for one of them to read it
            column = _group(self.path, self.column, self.group)
        return _bytes(column[self.row].as_py(), self.name, size)


_reading = threading.Lock()


@lru_cache(maxsize=2)
def _group(path: Path, column: str, group: int) -> Any:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        return file.read_row_group(group, columns=[column]).column(0)


def _bytes(value: Any, name: str, size: int) -> bytes:
    data = value.get("bytes") if isinstance(value, dict) else value
    if not isinstance(data, bytes):
        raise OSError(f"{name} holds no picture, only {value!r:.80}")
    return data if size < 0 else data[:size]
