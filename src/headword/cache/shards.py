"""Rows under keys, on disk: Parquet shards that are written beside and moved into place, so that none is half a shard.

Any number of processes may read and write one folder at once: a shard has a name of its own, never changes once it is
in place, and a row that two of them wrote is there twice, which hurts nobody.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Float32

from headword.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["DamagedShard", "ShardStore"]

log = logging.getLogger("headword")

_OWN = re.compile(r"[0-9a-f]{32}\.parquet")


class DamagedShard(InputError):
    """A shard could be opened but not read; it is forgotten now, and its rows are to be made again."""


class ShardStore:
    """A folder of shards with rows of one width.

    Args:
        folder: Made with the first shard.
        dim: Width of the rows.
        dtype: "float32" or "float16": how they are kept.
        about: What the rows are, written into each shard; a shard that says something else is left alone.
    """

    def __init__(self, folder: Path, dim: int, dtype: str, about: Mapping[str, str]) -> None:
        self.folder, self.dim, self._dtype = folder, dim, np.dtype(dtype)
        self._about = {key.encode(): value.encode() for key, value in {**about, "dtype": dtype}.items()}
        self._shards: list[Path] = []
        self._place: dict[bytes, tuple[int, int]] = {}
        self._seen: set[str] = set()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._place

    def __len__(self) -> int:
        return len(self._place)

    def refresh(self) -> None:
        """Takes notice of the shards that other processes have written since."""
        try:
            found = sorted(self.folder.iterdir())
        except FileNotFoundError:
            return
        for path in found:
            if path.name not in self._seen and not path.name.startswith("."):
                self._seen.add(path.name)
                self._open(path)

    def add(self, keys: Sequence[bytes], rows: Float[np.ndarray, "n d"]) -> None:
        """Writes a shard.

        Args:
            keys: One for each row, 32 bytes long.
            rows: (n, d).
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        kept = np.ascontiguousarray(rows, self._dtype)
        schema = self._schema()
        vectors = pa.FixedSizeListArray.from_arrays(pa.array(kept.reshape(-1)), type=schema.field("vector").type)
        table = pa.Table.from_arrays([pa.array(keys, pa.binary(32)), vectors], schema=schema)
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{uuid.uuid4().hex}.parquet"
        fresh = self.folder / f".{name}"
        try:
            pq.write_table(
                table, fresh, compression="zstd", use_dictionary=False, write_statistics=False, write_page_checksum=True
            )
            fresh.rename(self.folder / name)
        finally:
            fresh.unlink(missing_ok=True)
        self._seen.add(name)
        self._index(self.folder / name, keys)

    def rounded(self, rows: Float32[np.ndarray, "n d"]) -> Float32[np.ndarray, "n d"]:
        """The rows as they will come back."""
        return rows.astype(self._dtype).astype(np.float32)

    def read(self, keys: Iterable[Hashable], out: Float32[np.ndarray, "n d"]) -> None:
        """Puts the rows of those keys that are here into `out`, and leaves its other rows alone.

        Args:
            keys: One for each row of `out`.
            out: (n, d) to write to; besides it no more than one shard is held.

        Raises:
            DamagedShard: A shard is damaged or gone; it is forgotten, so that its keys are no longer here.
        """
        wanted: dict[int, list[tuple[int, int]]] = {}
        for position, key in enumerate(keys):
            if key in self._place:
                shard, row = self._place[key]
                wanted.setdefault(shard, []).append((position, row))
        for shard, rows in wanted.items():
            to, of = np.array(rows).T
            out[to] = self._vectors(shard)[of]

    def _vectors(self, shard: int) -> np.ndarray:
        path = self._shards[shard]
        try:
            column = _column(path, "vector")
        except _unreadable() as error:
            self._place = {key: place for key, place in self._place.items() if place[0] != shard}
            self._drop(path, error)
            raise DamagedShard(f"embeddings kept in {path}", f"it cannot be read: {error}", "run it again") from error
        return column.flatten().to_numpy().reshape(-1, self.dim)

    def _open(self, path: Path) -> None:
        import pyarrow.parquet as pq

        try:
            schema = pq.read_schema(path)
            if schema.equals(self._schema()) and schema.metadata == self._schema().metadata:
                self._index(path, _column(path, "key").to_pylist())
                return
        except _unreadable() as error:
            if _OWN.fullmatch(path.name):
                self._drop(path, error)
                return
        log.warning("the cache leaves %s alone: it is no shard of these embeddings", path)

    def _index(self, path: Path, keys: Sequence[bytes]) -> None:
        shard = len(self._shards)
        self._shards.append(path)
        for row, key in enumerate(keys):
            self._place.setdefault(key, (shard, row))

    def _drop(self, path: Path, error: Exception) -> None:
        # What the system refuses (too many open files, no permission, gone already) says nothing against the file.
        if getattr(error, "errno", None) is None:
            path.unlink(missing_ok=True)
            log.warning("the cache removed %s, which is damaged (%s); its rows are made again", path, error)
        elif not isinstance(error, FileNotFoundError):
            log.warning("the cache cannot read %s (%s); its rows are made again", path, error)

    def _schema(self) -> pa.Schema:
        import pyarrow as pa

        number = pa.field("element", pa.from_numpy_dtype(self._dtype), nullable=False)
        fields = [
            pa.field("key", pa.binary(32), nullable=False),
            pa.field("vector", pa.list_(number, self.dim), nullable=False),
        ]
        return pa.schema(fields, metadata=self._about)


def _column(path: Path, name: str) -> Any:
    import pyarrow.parquet as pq

    # One file, not a data set: a name with "=" in a folder above it is no column.
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        return file.read([name]).column(name).combine_chunks()


def _unreadable() -> tuple[type[Exception], ...]:
    import pyarrow as pa

    return (pa.ArrowException, OSError)
