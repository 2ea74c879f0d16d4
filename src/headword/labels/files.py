"""Reads the user's own label files, in the forms in which classes of classifiers are handed around.

Row i of the file is row i of the head, so whatever could move a row is an error, with its line: a blank
line in the middle, a gap in an index, a ragged row.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from headword.errors import InputError
from headword.labels.records import ClassRecords, from_json, from_records, refuse, split_synonyms

__all__ = ["read_definitions", "read_label_file"]

_PLACES365 = re.compile(r"/[a-z]/(\S+) (\d+)")
_WNID_FIRST = re.compile(r"(n\d{8})[ \t]+(.+)")


def read_label_file(path: str | Path) -> ClassRecords:
    """Reads the classes in a label file.

    * `.txt`: a name a line; `id<TAB>name`; `n01440764 tench, Tinca tinca`; Places365's `/a/airfield 0`.
      In these a comma and a space part synonyms; a name that has a comma itself needs `.csv` or a JSON list.
    * `.csv`, `.tsv`: columns `name` and, if given, `id`, `synonyms` (parted by ";" or ", "), `definition`;
      the columns of iNaturalist's categories; or a single column without a header.
    * `.json`: a list of names, of lists of synonyms, or of objects with the keys above; index → name as in
      Hugging Face's `id2label`, name → index as in its `label2id`; name → definition; iNaturalist-2021's own
      annotations (their `categories`).

    Raises:
        InputError: The file is absent, empty, not UTF-8, or in none of these forms.
    """
    path = Path(path).expanduser()
    text = _text(path)
    suffix = path.suffix.casefold()
    if suffix == ".json":
        return from_json(text, str(path))
    if suffix == ".csv" or (suffix == ".tsv" and _has_header(_csv_rows(text, path))):
        return _from_table(_csv_rows(text, path), path)
    return _from_lines(text, path)


def read_definitions(path: str | Path) -> list[tuple[str, str]]:
    """Reads name → definition from `.json`, `.csv`, `.tsv` or `.txt` (parted by a tab); a header is optional.

    Raises:
        InputError: As `read_label_file`, or there is no definition in it.
    """
    path = Path(path).expanduser()
    text = _text(path)
    if path.suffix.casefold() == ".json" or _has_header(_csv_rows(text, path)):
        rows = read_label_file(path) if path.suffix.casefold() == ".json" else _from_table(_csv_rows(text, path), path)
        glosses = rows.definitions or [None] * len(rows.names)
        pairs = [(name, gloss) for names, gloss in zip(rows.names, glosses, strict=True) if gloss for name in names]
    else:
        cells = _csv_rows(text, path)
        for line, row in cells:
            if len(row) != 2 or not all(row):
                refuse(path, f"line {line} is not a name and its definition", "give it two columns on every line")
        pairs = [(row[0], row[1]) for _, row in cells]
    if not pairs:
        refuse(path, "no definition in it", "give it the columns 'name' and 'definition'")
    return pairs


def _text(path: Path) -> str:
    known = path.suffix.casefold() in (".txt", ".json", ".csv", ".tsv")
    try:
        folder = path.is_dir()
        raw = path.read_bytes() if known and not folder else b""
    except (OSError, ValueError) as error:  # the latter for a path with NUL in it
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"labels from {path}", f"it cannot be read: {reason}", "check the path") from error
    if folder or not known:
        found = "a folder" if folder else f"the ending {path.suffix!r}"
        refuse(path, found, "pass a .txt, .json, .csv or .tsv file")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"byte {error.start} (0x{raw[error.start]:02x}, line {_line(raw, error.start)}) is not UTF-8"
        raise InputError(f"labels from {path}", found, "save it as text in UTF-8") from error
    if "\0" in text:
        at = raw.index(b"\0")
        refuse(path, f"byte {at} (line {_line(raw, at)}) is NUL: no text, or UTF-16", "save it as text in UTF-8")
    if not text.strip():
        refuse(path, "nothing in it")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _line(raw: bytes, at: int) -> int:
    return raw.count(b"\n", 0, at) + 1


def _from_lines(text: str, path: Path) -> ClassRecords:
    lines = [line.strip() for line in text.rstrip().split("\n")]
    if "" in lines:
        blank = f"line {lines.index('') + 1} is blank, and the rows after it would move"
        refuse(path, blank, "delete it, or write the class's name there")
    places = [_PLACES365.fullmatch(line) for line in lines]
    if all(places):
        return _from_places365([(match[1], match[2]) for match in places if match], path)
    wnids = [_WNID_FIRST.fullmatch(line) for line in lines]
    if all(wnids):
        return ClassRecords(
            [split_synonyms(match[2]) for match in wnids if match], [match[1] for match in wnids if match]
        )
    cells = [line.split("\t") for line in lines]
    columns = len(cells[0])
    for number, cell in enumerate(cells, 1):
        if len(cell) != columns or columns > 2:
            found = f"line {number} has {len(cell)} columns, the first line {columns}"
            refuse(path, found, "write the name, or id<TAB>name, on every line")
    names = [split_synonyms(cell[-1]) for cell in cells]
    return ClassRecords(names, [cell[0] for cell in cells] if columns == 2 else None)


def _from_places365(rows: list[tuple[str, str]], path: Path) -> ClassRecords:
    """A place and what tells it apart, "church/indoor", becomes English: "indoor church"."""
    for expected, (_, index) in enumerate(rows):
        if int(index) != expected:
            refuse(path, f"line {expected + 1} has the index {index}", "sort the lines by index, from 0, without gaps")
    return ClassRecords([(" ".join(reversed(place.split("/"))),) for place, _ in rows], [place for place, _ in rows])


def _csv_rows(text: str, path: Path) -> list[tuple[int, list[str]]]:
    """The number and the cells of each line."""
    delimiter = "," if path.suffix.casefold() == ".csv" else "\t"
    reader = csv.reader(io.StringIO(text.rstrip("\n "), newline=""), delimiter=delimiter, strict=True)
    try:
        return [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise InputError(f"labels from {path}", f"line {reader.line_num}: {error}", "write it again as CSV") from error


def _has_header(table: list[tuple[int, list[str]]]) -> bool:
    return bool({"name", "names", "common_name"} & {cell.casefold() for cell in table[0][1]})


def _from_table(table: list[tuple[int, list[str]]], path: Path) -> ClassRecords:
    first = table[0][1]
    if not _has_header(table) and len(first) > 1:
        refuse(path, f"the columns {first}, none of them 'name'", "begin with a header: id,name,synonyms,definition")
    header, body = ([cell.casefold() for cell in first], table[1:]) if _has_header(table) else (["name"], table)
    if len(set(header)) < len(header):
        refuse(path, f"the columns {header}, one of them twice", "give each column a name of its own")
    for line, cells in body:
        if len(cells) != len(header):
            refuse(
                path, f"line {line} has {len(cells)} columns and the header {len(header)}", "quote cells with commas"
            )
    if not body:
        refuse(path, "a header and no rows")
    return from_records([dict(zip(header, cells, strict=True)) for _, cells in body], str(path))
