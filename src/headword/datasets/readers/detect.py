"""Whatever lies in a folder or a file: tells the layout and hands over to its reader."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from headword.datasets.base import Captioned, Labelled
from headword.datasets.readers.captions_file import ENDINGS, read_captions
from headword.datasets.readers.files import folders
from headword.datasets.readers.hugging_face import has_tables, read_tables
from headword.datasets.readers.image_folder import read_image_folder
from headword.datasets.readers.karpathy import read_caption_json
from headword.datasets.readers.shards import has_shards, read_shards
from headword.datasets.readers.wnid_files import has_wnid_files, read_wnid_files

__all__ = ["read_file", "reader_of"]

_RECORDS = ("dataset_*.json", "captions*.json", "annotations/captions_*.json")

Reader = Callable[[str | None], Labelled | Captioned]


def read_file(path: Path, split: str | None) -> Labelled | Captioned:
    """Reads a table or JSON of captions, or a shard."""
    if path.suffix.casefold() == ".tar":
        return read_shards(path, split)
    if path.suffix.casefold() == ".json":
        return read_caption_json(path, split)
    return read_captions(path, split=split)


def reader_of(folder: Path) -> Reader | None:
    """What reads `folder`, `None` where it has no known layout; a table of captions comes first."""
    tables = [folder / f"{stem}{ending}" for stem in ("captions", "metadata") for ending in ENDINGS]
    table = next(filter(Path.is_file, tables), None)
    if table is not None:
        return lambda split: read_file(table, split)
    if has_shards(folder):
        return lambda split: read_shards(folder, split)
    if has_tables(folder):
        return lambda split: read_tables(folder, split)
    record = next((path for pattern in _RECORDS for path in sorted(folder.glob(pattern))), None)
    if record is not None:
        return lambda split: read_file(record, split)
    if folders(folder):
        return lambda split: read_image_folder(folder, split)
    return partial(read_wnid_files, folder) if has_wnid_files(folder) else None
