"""Captions in a table, a row for each picture or each caption: CSV, TSV, JSON lines or Parquet."""

from __future__ import annotations

import csv
import io
import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from headword.datasets.base import Captioned
from headword.datasets.readers.files import SPLITS, Listing, read_text, resolve_split
from headword.errors import InputError

__all__ = [
    "CAPTION_COLUMNS", "ENDINGS", "FILE_COLUMNS", "Entry", "caption_rows", "captioned", "gather", "read_captions",
]  # fmt: skip

log = logging.getLogger("headword")

ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".txt")
FILE_COLUMNS = (
    "file", "file_name", "filename", "filepath", "image_path", "image", "image_name", "path", "img", "image_id",
)  # fmt: skip
CAPTION_COLUMNS = ("caption", "captions", "text", "texts", "title", "raw", "sentence", "sentences", "description")
_QUOTES = 'write the file again as CSV: a cell that begins with a quote ends with one, and has "" for those within'


class Entry(NamedTuple):
    """A picture as a file names it, some captions of it, and where that stands, for messages."""

    file: str
    captions: Sequence[Any]
    where: str


def read_captions(
    path: str | Path,
    *,
    images: str | Path | None = None,
    file_column: str | None = None,
    caption_column: str | None = None,
    split: str | None = None,
    absolute: bool = False,
) -> Captioned:
    """Reads a table of captions; pictures are found by name, beside it or in `images/` there.

    Blank captions, rows that stand twice and pictures without a caption are left out and counted in the log. A
    cell may hold several captions: a list, or in CSV a JSON list.

    Args:
        path: A .csv, .tsv, .jsonl or .parquet file.
        images: The folder that file names start from.
        file_column: The column of file names; else the first there is of `FILE_COLUMNS`.
        caption_column: The column of captions; else the first there is of `CAPTION_COLUMNS`.
        split: Which rows, by the column `split`, where there is one.
        absolute: Follow absolute paths, and paths that lead out of the folder.

    Raises:
        InputError: The table cannot be read, lacks a column, or names a picture that is not there.
    """
    path = Path(path)
    asked = f"captions from {path}"
    header, rows = caption_rows(path, asked)
    file = _column(file_column, FILE_COLUMNS, header, "file names", asked)
    caption = _column(caption_column, CAPTION_COLUMNS, [each for each in header if each != file], "captions", asked)
    name, kept = _of_split(rows, split, header, asked)
    entries = (Entry(_file_name(row[file], asked, where), _captions(row[caption]), where) for where, row in kept)
    folder = Path(images) if images is not None else path.parent
    listing = Listing(folder, absolute=absolute)
    title = path.parent.resolve().name if path.stem.casefold() in ("captions", "metadata") else path.stem
    return gather(title, name, entries, listing, asked)


def gather(
    name: str, split: str, entries: Iterable[Entry], listing: Listing, asked: str, *, repeats: bool = False
) -> Captioned:
    """Puts pictures and captions together by file name, in the order of the entries.

    Args:
        name: What the result is called.
        split: Its split.
        entries: Pictures with captions; a picture may come again.
        listing: Where the pictures are.
        asked: For messages.
        repeats: Keep a caption that a picture has twice: two people may have written the same.

    Raises:
        InputError: A picture is not there, or there is no caption at all.
    """
    found: dict[str, tuple[Path, list[Any]]] = {}
    missing: list[Entry] = []
    repeated = 0
    for entry in entries:
        place = listing.find(entry.file, f"{asked}, {entry.where}")
        if place is None:
            missing.append(entry)
            continue
        mine = found.setdefault(place[0], (place[1], []))[1]
        for text in map(_single_spaced, entry.captions):
            again = not repeats and text != "" and text in mine
            repeated += again
            mine += [] if again else [text]
    if missing:
        raise InputError(
            f"{asked}, {missing[0].where}",
            f"no picture {missing[0].file!r} below {listing.folder}; {len(missing)} such entries in all",
            "put the pictures there, or say with images=… where they are",
        )
    bare = len(listing) - len(found) if split == "all" else 0
    for count, what in ((repeated, "captions that a picture has twice"), (bare, "pictures without a caption")):
        if count:
            log.warning("%s: %d %s are left out", asked, count, what)
    return captioned(name, split, found, asked)


def captioned(name: str, split: str, found: Mapping[str, tuple[Any, Sequence[Any]]], asked: str) -> Captioned:
    """Pictures by id, each with its captions; blank captions and pictures left without one are left out.

    Raises:
        InputError: There is no caption at all.
    """
    clean = {id: (image, [text for text in map(_single_spaced, texts) if text]) for id, (image, texts) in found.items()}
    kept = {id: pair for id, pair in clean.items() if pair[1]}
    if not kept:
        raise InputError(asked, f"{len(found)} pictures and no caption", "check the file and the split")
    blank = sum(len(texts) - len(clean[id][1]) for id, (_, texts) in found.items())
    for count, what in ((blank, "blank captions"), (len(found) - len(kept), "pictures without a caption")):
        if count:
            log.warning("%s: %d %s are left out", asked, count, what)
    counts = [len(texts) for _, texts in kept.values()]
    return Captioned(
        name,
        split,
        tuple(image for image, _ in kept.values()),
        tuple(kept),
        tuple(text for _, texts in kept.values() for text in texts),
        np.repeat(np.arange(len(counts)), counts),
    )


def _single_spaced(text: Any) -> str:
    """A caption with single spaces; nothing where it is no text."""
    return " ".join(text.split()) if isinstance(text, str) else ""


def caption_rows(path: Path, asked: str) -> tuple[list[str], Iterator[tuple[str, dict[str, Any]]]]:
    """The columns of a table, and for each row where it stands and its cells by column.

    Raises:
        InputError: It is absent or no such table.
    """
    ending = path.suffix.casefold()
    if ending == ".parquet":
        return _from_parquet(path, asked)
    if ending in (".jsonl", ".ndjson"):
        return _from_json_lines(path, asked)
    if ending in (".csv", ".tsv", ".txt"):
        return _from_csv(path, asked)
    raise InputError(asked, f"the ending {path.suffix!r}", f"pass a file with one of {', '.join(ENDINGS)}")


def _from_csv(path: Path, asked: str) -> tuple[list[str], Iterator[tuple[str, dict[str, Any]]]]:
    text = read_text(path, asked)
    comma = path.suffix.casefold() == ".csv" or "\t" not in text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="," if comma else "\t", strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
    except csv.Error as error:
        raise InputError(asked, f"no header: {error}", _QUOTES) from error

    def rows() -> Iterator[tuple[str, dict[str, Any]]]:
        try:
            for cells in reader:
                where = f"line {reader.line_num}"
                if len(cells) not in (0, len(header)):
                    found = f"{len(cells)} columns, and {len(header)} in the header"
                    raise InputError(f"{asked}, {where}", found, "put captions with commas into quotes")
                if cells:
                    yield where, dict(zip(header, cells, strict=True))
        except csv.Error as error:
            raise InputError(f"{asked}, line {reader.line_num}", str(error), _QUOTES) from error

    return header, rows()


def _from_json_lines(path: Path, asked: str) -> tuple[list[str], Iterator[tuple[str, dict[str, Any]]]]:
    rows: list[tuple[str, dict[str, Any]]] = []
    for number, line in enumerate(read_text(path, asked).split("\n"), 1):
        try:
            value = json.loads(line) if line.strip() else {}
        except (json.JSONDecodeError, RecursionError) as error:
            raise InputError(f"{asked}, line {number}", f"no JSON: {error}", "write one object on each line") from error
        if not isinstance(value, dict):
            raise InputError(f"{asked}, line {number}", f"{value!r:.60}", "write one object on each line")
        if value:
            rows.append((f"line {number}", value))
    header = list(dict.fromkeys(key for _, value in rows for key in value))
    return header, ((where, {key: value.get(key) for key in header}) for where, value in rows)


def _from_parquet(path: Path, asked: str) -> tuple[list[str], Iterator[tuple[str, dict[str, Any]]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(asked, f"no Parquet file to read: {error}", "check the path") from error
    rows = (row for batch in file.iter_batches() for row in batch.to_pylist())
    return list(file.schema_arrow.names), ((f"row {number}", row) for number, row in enumerate(rows))


def _column(asked_for: str | None, usual: Sequence[str], header: Sequence[str], of: str, asked: str) -> str:
    if asked_for is not None and asked_for not in header:
        raise InputError(f"{asked}, column {asked_for!r}", f"the columns {', '.join(header)}", "pass one of them")
    plain = {each.casefold().replace(" ", "_"): each for each in reversed(header)}
    found = [asked_for] if asked_for is not None else [plain[each] for each in usual if each in plain]
    if not found:
        option = "file_column" if of == "file names" else "caption_column"
        raise InputError(
            f"{asked}: the column of {of}",
            f"the columns {', '.join(header)}",
            f"call it {usual[0]!r}, or pass {option}=…",
        )
    if header.count(found[0]) > 1:
        do = "give each its own name; several captions of a picture go into rows of their own, or into a JSON list"
        raise InputError(asked, f"{header.count(found[0])} columns called {found[0]!r}", do)
    return found[0]


def _of_split(
    rows: Iterator[tuple[str, dict[str, Any]]], split: str | None, header: Sequence[str], asked: str
) -> tuple[str, Iterable[tuple[str, dict[str, Any]]]]:
    if "split" not in header:
        return resolve_split(split, ["all"], asked)[0], rows
    marked = [(SPLITS.get(str(row["split"]).casefold(), str(row["split"])), where, row) for where, row in rows]
    name, parts = resolve_split(split, [mark for mark, _, _ in marked], asked)
    return name, [(where, row) for mark, where, row in marked if mark in parts]


def _file_name(cell: Any, asked: str, where: str) -> str:
    if not isinstance(cell, str | int) or not str(cell).strip():
        raise InputError(f"{asked}, {where}", f"{cell!r:.60} for a file name", "name the picture's file")
    return str(cell)


def _captions(cell: Any) -> Sequence[Any]:
    if isinstance(cell, str) and cell.lstrip().startswith('["'):
        try:
            cell = json.loads(cell)
        except (json.JSONDecodeError, RecursionError):  # a caption that begins with a bracket
            return [cell]
    return cell if isinstance(cell, list) else [cell]
