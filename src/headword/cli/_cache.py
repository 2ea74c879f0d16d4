"""The options of verbs that keep embeddings, and the cache they mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

from headword.cli._options import option
from headword.errors import InputError

if TYPE_CHECKING:
    from headword.cache.embeddings import EmbeddingCache

__all__ = ["Cache", "NoCache", "opened"]

Cache = Annotated[
    Path | None,
    option("--cache", "Where to keep embeddings; by default $HEADWORD_CACHE, else your system's cache.", "FOLDER"),
]
NoCache = Annotated[bool, option("--no-cache", "Encode everything anew, and keep nothing.")]


@contextmanager
def opened(folder: Path | None, without: bool) -> Iterator[EmbeddingCache]:
    """The cache; without one, a folder that is gone when the verb ends, so that a run still encodes nothing twice."""
    from headword.cache.embeddings import EmbeddingCache

    if folder is not None and without:
        raise InputError("where to keep embeddings", "both --cache and --no-cache", "pass one of them")
    if folder is not None and folder.exists() and not folder.is_dir():
        raise InputError(f"to keep embeddings in {folder}", "a file of that name", "name a folder")
    if not without:
        cache = EmbeddingCache(folder)
        try:
            yield cache
        except OSError as error:
            place = Path(error.filename) if error.filename else None
            # In it, or a folder above that could not be made.
            if place is None or not (place.is_relative_to(cache.folder) or cache.folder.is_relative_to(place)):
                raise
            asked, do = f"to keep embeddings in {cache.folder}", "name another folder by --cache, or pass --no-cache"
            raise InputError(asked, error.strerror or str(error), do) from error
        return
    with TemporaryDirectory(prefix="headword-") as temporary:
        yield EmbeddingCache(temporary)
