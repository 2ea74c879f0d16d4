"""Embeddings kept on disk: what an encoder has seen or read once it need not see or read again.

A picture is known by its content, a text by its letters, both under the fingerprint of the encoder. So a file that was
moved or renamed is found again, one that was edited is encoded anew, and another network, other weights or another
preprocessing never meet these rows. `EmbeddingCache` wraps encoders; what takes an encoder takes the wrapper.

    cache = EmbeddingCache()
    model = hw.align(cache.images(hw.load_image_encoder("bundled/efficientnet-lite0")))
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from jaxtyping import Float32
from PIL import Image
from platformdirs import user_cache_path

from headword._progress import progress_bar
from headword.arrays import chunks
from headword.cache.shards import DamagedShard, ShardStore
from headword.encoders.base import Embedded, ImageEncoder, TextEncoder
from headword.errors import BadImageError
from headword.images.faults import UNREADABLE
from headword.images.reading import BadImage, Source, find_images, iter_images, read_image

if TYPE_CHECKING:
    from headword.heads import Head
    from headword.labels.label_set import LabelSet

__all__ = ["EmbeddingCache", "default_folder"]

IMAGES_PER_SHARD, TEXTS_A_SHARD = 512, 8192
"""New rows between two writes: what a kill can cost."""

BYTES_A_SHARD = 1 << 28
"""Pictures that are not files wait in memory to be encoded, and wait no longer once they are this large together."""


def default_folder() -> Path:
    """$HEADWORD_CACHE, or "headword" in the folder where this system keeps its users' caches."""
    own = os.environ.get("HEADWORD_CACHE")
    if own:
        return Path(own).expanduser()
    # Earlier versions heeded it on macOS as well, where not every platformdirs does.
    xdg = os.environ.get("XDG_CACHE_HOME")
    if xdg and Path(xdg, "headword").is_dir():
        return Path(xdg, "headword")
    return user_cache_path("headword", appauthor=False, opinion=False)


class EmbeddingCache:
    """Wraps encoders so that each picture and each text is encoded once.

    Args:
        folder: Where embeddings are kept, in a folder for each encoder; `None` is `default_folder()`.
        dtype: "float32", so that a result is the same with and without the cache; or "float16" for half the space,
            where fresh embeddings are rounded like kept ones.
    """

    def __init__(self, folder: str | Path | None = None, *, dtype: Literal["float32", "float16"] = "float32") -> None:
        self.folder = default_folder() if folder is None else Path(folder)
        self.dtype = dtype

    def images(self, encoder: ImageEncoder) -> ImageEncoder:
        """The same image encoder, which looks here first; pictures that cannot be read are not kept."""
        return encoder if isinstance(encoder, _CachedImages) else _CachedImages(encoder, self)

    def texts(self, encoder: TextEncoder) -> TextEncoder:
        """The same text encoder, which looks here first."""
        return encoder if isinstance(encoder, _CachedTexts) else _CachedTexts(encoder, self)

    def store(self, kind: str, fingerprint: str, dim: int) -> ShardStore:
        """Where the rows of an encoder are kept."""
        digest = hashlib.sha256(fingerprint.encode()).hexdigest()[:32]
        folder = self.folder / f"{kind}-{digest}-{self.dtype}"
        return ShardStore(folder, dim, self.dtype, {"kind": kind, "fingerprint": fingerprint})


class _CachedImages(ImageEncoder):
    def __init__(self, encoder: ImageEncoder, cache: EmbeddingCache) -> None:
        self.name, self._encoder, self._cache = encoder.name, encoder, cache
        self._stores: dict[str, ShardStore] = {}

    @property
    def dim(self) -> int:
        """Of the encoder behind it."""
        return self._encoder.dim

    @property
    def fingerprint(self) -> str:
        """Of the encoder behind it: the embeddings are the same."""
        return self._encoder.fingerprint

    def head(self, labels: LabelSet | Sequence[str] | str | Path | None = None) -> Head:
        """Of the encoder behind it."""
        return self._encoder.head(labels)

    def embed(
        self, items: Any, *, batch_size: int = 32, show_progress: bool | None = None, strict: bool = False
    ) -> Embedded:
        """As the encoder behind it; what it has not seen yet is kept, a shard at a time."""
        store = self._open_store()
        sources = iter_images(items) if isinstance(items, Iterator) else find_images(items)
        total = len(sources) if isinstance(sources, list) else None
        with progress_bar(show=show_progress, total=total, desc="encode", unit="picture") as bar:
            run = _EmbedCall(self._encoder, store, bar, batch_size, strict)
            for source in sources:
                run.add(source)
            run.encode()
        try:
            return run.result()
        except DamagedShard:
            if isinstance(items, Iterator):  # drawn empty
                raise
        return self.embed(items, batch_size=batch_size, show_progress=show_progress, strict=strict)

    def _open_store(self) -> ShardStore:
        # Asked anew each time: a network of the user's own may have been trained on since.
        fingerprint = self.fingerprint
        if fingerprint not in self._stores:
            self._stores = {fingerprint: self._cache.store("images", fingerprint, self.dim)}
        self._stores[fingerprint].refresh()
        return self._stores[fingerprint]


# What a row is known by: the digest of a picture that can be kept, the position of one that cannot.
_Key = bytes | int


@dataclass
class _EmbedCall:
    """One call of `embed`: pictures come in, those that are new are encoded and kept shard by shard."""

    encoder: ImageEncoder
    store: ShardStore
    bar: Any
    batch_size: int
    strict: bool
    sources: list[tuple[str, _Key]] = field(default_factory=list)
    pending: dict[_Key, tuple[Source, Any]] = field(default_factory=dict)
    pending_bytes: int = 0
    unkept: dict[_Key, np.ndarray] = field(default_factory=dict)
    bad: dict[_Key, str] = field(default_factory=dict)

    def add(self, source: Source) -> None:
        """Takes note of a picture; once enough of them are new, they are encoded."""
        stamp = _stamp(source)  # before it is read: what is written from here on is noticed
        key, source = _key_of(source)
        self.sources.append((source.id, key))
        if source.problem is not None:
            if self.strict:
                self.encode()  # an earlier picture may be bad, too
            self._report_bad(key, source, source.problem)
        if key in self.pending or key in self.store or key in self.unkept or key in self.bad:
            self.bar.update()
            return
        self.pending[key] = source, stamp
        self.pending_bytes += _size(source.item)
        if len(self.pending) >= IMAGES_PER_SHARD or self.pending_bytes >= BYTES_A_SHARD:
            self.encode()

    def encode(self) -> None:
        """Encodes the new ones and keeps them."""
        if not self.pending:
            return
        keys, sources = list(self.pending), list(self.pending.values())
        # An encoder draws from an iterator as it goes, which moves the bar.
        items = (self.bar.update() or source.item for source, _ in sources)
        found = self.encoder.embed(items, batch_size=self.batch_size, show_progress=False)
        rows, kept = self.store.rounded(found.vectors), list[int]()
        for row, position in enumerate(found.positions):
            # A file written to between digest and encoding has the embedding of nobody knows what.
            if isinstance(keys[position], bytes) and _stamp(sources[position][0]) == sources[position][1]:
                kept.append(row)
            else:
                self.unkept[keys[position]] = rows[row]
        if kept:
            self.store.add([bytes(keys[found.positions[row]]) for row in kept], found.vectors[kept])
        for one in found.bad:
            self._report_bad(keys[one.position], sources[one.position][0], one.reason)
        self.pending, self.pending_bytes = {}, 0
        self.store.refresh()

    def _report_bad(self, key: _Key, source: Source, reason: str) -> None:
        if self.strict:
            read_image(replace(source, problem=reason))
        self.bad[key] = reason

    def result(self) -> Embedded:
        """All pictures, in their order."""
        good = [position for position, (_, key) in enumerate(self.sources) if key not in self.bad]
        keys = [self.sources[position][1] for position in good]
        vectors = np.empty((len(good), self.store.dim), np.float32)
        self.store.read([None if key in self.unkept else key for key in keys], vectors)
        for row, key in enumerate(keys):
            if key in self.unkept:
                vectors[row] = self.unkept[key]
        bad = (
            BadImage(name, self.bad[key], position)
            for position, (name, key) in enumerate(self.sources)
            if key in self.bad
        )
        return Embedded(tuple(self.sources[position][0] for position in good), vectors, tuple(good), tuple(bad))


def _key_of(source: Source) -> tuple[_Key, Source]:
    """A picture's key; an open file becomes its bytes, for to read it once may be all one can."""
    item = source.item
    try:
        if isinstance(item, Path):
            return (_digest_of(item) if stat.S_ISREG(item.stat().st_mode) else source.position), source
        if isinstance(item, Image.Image | np.ndarray):
            image = read_image(source)
            return hashlib.sha256(f"{image.size}".encode() + image.tobytes()).digest(), source
        if item is not None and not isinstance(item, bytes):
            source = replace(source, item=_content(item))
    except (*UNREADABLE, BadImageError):  # the encoder will say what is wrong with it
        return source.position, source
    return (hashlib.sha256(source.item).digest() if isinstance(source.item, bytes) else source.position), source


def _digest_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _content(file: Any) -> Any:
    if getattr(file, "seekable", bool)():
        file.seek(0)
    data = file.read()
    return data if isinstance(data, bytes) else file


def _stamp(source: Source) -> tuple[int, int] | None:
    """What changes when a file is written to."""
    try:
        found = source.item.stat() if isinstance(source.item, Path) else None
    except OSError:
        return None
    return found and (found.st_size, found.st_mtime_ns)


def _size(item: Any) -> int:
    if isinstance(item, Image.Image):
        return 4 * item.width * item.height
    return getattr(item, "nbytes", len(item) if isinstance(item, bytes) else 0)


class _CachedTexts(TextEncoder):
    def __init__(self, encoder: TextEncoder, cache: EmbeddingCache) -> None:
        self.name, self._encoder, self._cache = encoder.name, encoder, cache
        self._opened: ShardStore | None = None

    @property
    def dim(self) -> int:
        """Of the encoder behind it."""
        return self._encoder.dim

    @property
    def fingerprint(self) -> str:
        """Of the encoder behind it: the embeddings are the same."""
        return self._encoder.fingerprint

    def encode(
        self, items: str | Sequence[str], *, batch_size: int = 64, show_progress: bool | None = None
    ) -> Float32[np.ndarray, "n d"]:
        """As the encoder behind it; what it has not read yet is kept."""
        texts = [items] if isinstance(items, str) else list(items)
        if not texts or not all(isinstance(text, str) for text in texts):
            return self._encoder.encode(items, batch_size=batch_size, show_progress=show_progress)  # its own error
        store = self._open_store()
        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts]
        new = [key_text for key_text in dict(zip(keys, texts, strict=True)).items() if key_text[0] not in store]
        for part in chunks(len(new), TEXTS_A_SHARD):
            names, fresh = zip(*new[part], strict=True)
            store.add(names, self._encoder.encode(list(fresh), batch_size=batch_size, show_progress=show_progress))
        out = np.empty((len(texts), self.dim), np.float32)
        try:
            store.read(keys, out)
        except DamagedShard:
            return self.encode(texts, batch_size=batch_size, show_progress=show_progress)
        return out

    def _open_store(self) -> ShardStore:
        # Asked once: to digest a language model takes longer than to look up a label.
        if self._opened is None:
            self._opened = self._cache.store("texts", self.fingerprint, self.dim)
        self._opened.refresh()
        return self._opened
