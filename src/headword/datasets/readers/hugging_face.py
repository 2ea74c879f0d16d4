"""What Hugging Face's `datasets` leaves on a disk: Parquet files of a repository, or Arrow files of `save_to_disk`.

PyArrow reads both, `datasets` need not be installed. Columns are told by the features that the files record.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int64

from headword.datasets.base import Captioned, Labelled
from headword.datasets.readers.captions_file import CAPTION_COLUMNS, captioned
from headword.datasets.readers.files import SPLITS, read_json, resolve_split
from headword.datasets.readers.lazy import ArrowCell, ParquetCell
from headword.errors import InputError
from headword.labels.label_set import LabelSet

__all__ = ["cached_snapshot", "has_tables", "read_tables"]

_LABEL_COLUMNS = ("label", "labels", "fine_label", "target", "class", "cls", "category", "dx")
_PART = re.compile(r"(.+?)(?:-\d{5}-of-\d{5}(?:-[0-9a-f]+)?)?")


def has_tables(folder: Path) -> bool:
    """Whether `folder` holds what `datasets` writes."""
    return bool(_parts(folder))


def cached_snapshot(repository: str) -> Path:
    """The folder of a dataset repository in the Hugging Face cache; nothing is downloaded.

    Raises:
        InputError: It is not there.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(repository, repo_type="dataset", local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError) as error:
        raise InputError(
            f"the data set hf/{repository}",
            "it is not in the Hugging Face cache, and headword downloads no data sets",
            f"hf download {repository} --repo-type dataset",
        ) from error


def read_tables(
    folder: str | Path,
    split: str | None = None,
    *,
    image_column: str | None = None,
    label_column: str | None = None,
    caption_column: str | None = None,
) -> Labelled | Captioned:
    """Reads the Parquet or Arrow files of `folder`.

    Args:
        folder: A repository's folder, or one that `save_to_disk` wrote.
        split: Which split; several as "train+validation".
        image_column: Column of pictures; by default the one that the features call an Image.
        label_column: Column of classes; by default a ClassLabel, else "label", "fine_label", …
        caption_column: Column of captions (texts, or lists of them), where there are no classes.

    Raises:
        InputError: No such files, split or column.
    """
    folder = Path(folder)
    asked = f"the tables in {folder}"
    files = _parts(folder)
    if not files:
        raise InputError(asked, "neither .parquet nor .arrow files", "pass a folder that `datasets` wrote")
    features = _features(next(iter(files.values()))[0])
    image = image_column or _image_column(features, asked)
    label = label_column or (None if caption_column else _label_column(features))
    text = label or caption_column or next((each for each in CAPTION_COLUMNS if each in features), None)
    absent = next((each for each in (image, text) if each not in features), None)
    if text is None or absent is not None:
        do = "pass label_column=… or caption_column=…"
        raise InputError(f"{asked}: the column {absent or 'of classes or captions'}", f"{', '.join(features)}", do)
    name, rows = _rows(files, split, image, text, asked, marked="split" in features)
    ids, cells, values = tuple(row[0] for row in rows), [row[1] for row in rows], [row[2] for row in rows]
    title = folder.resolve().name
    if label is None:
        texts = [cell if isinstance(cell, list) else [cell] for cell in values]
        return captioned(title, name, dict(zip(ids, zip(cells, texts, strict=True), strict=True)), asked)
    names = features[label].get("names") or _names(files, label, asked)
    targets = _targets(values, names, asked)
    return Labelled(title, name, cells, ids, targets, LabelSet.from_names(names, ids=names, name=title))


def _parts(folder: Path) -> dict[str, list[Path]]:
    """Files by split."""
    saved = _saved(folder / "state.json")
    if "_data_files" in saved:
        part = _split(saved["_split"]) if saved.get("_split") else "all"
        return {part: [folder / Path(each["filename"]).name for each in saved["_data_files"]]}
    names = _saved(folder / "dataset_dict.json").get("splits", [])
    if names:
        return {_split(each): files for each in names for files in _parts(folder / Path(each).name).values()}
    found: dict[str, list[Path]] = {}
    places: dict[str, set[Path]] = {}
    for path in _parquet_files(folder):
        match = _PART.fullmatch(path.stem)
        stem = match[1] if match else path.stem
        part = _split(stem) if _split(stem) in SPLITS.values() else SPLITS.get(path.parent.name.casefold(), stem)
        found.setdefault(part, []).append(path)
        places.setdefault(part, set()).add(path.parent)
    twice = next((each for each in places.values() if len(each) > 1), None)
    if twice:
        found_text = f"several configurations: {', '.join(sorted(each.name for each in twice))}"
        raise InputError(f"the tables in {folder}", found_text, "pass the folder of one of them")
    return found


def _saved(path: Path) -> dict[str, Any]:
    value = read_json(path, f"the data set in {path.parent}") if path.is_file() else None
    return value if isinstance(value, dict) else {}


def _parquet_files(folder: Path) -> list[Path]:
    # Not `**`: to look through a folder of a million pictures takes a while.
    patterns = ["*.parquet", "*/*.parquet", *(f"*/{split}/*.parquet" for split in SPLITS)]
    return sorted({path for pattern in patterns for path in folder.glob(pattern)})


def _features(path: Path) -> dict[str, Any]:
    """Each column and what `datasets` recorded of it; an empty record where another program wrote the file."""
    schema = _schema(path)
    recorded: Any = {}
    with suppress(KeyError, RecursionError, TypeError, ValueError):  # no record, or none of this form
        recorded = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"] or {}
    plain = {
        name: each for name, each in dict(recorded).items() if isinstance(each, dict)
    }  # a list of values is a list
    return {field.name: plain.get(field.name, {}) | {"arrow": field.type} for field in schema}


def _schema(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_schema(path) if path.suffix == ".parquet" else _mapped(path).schema
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"the table {path}", str(error), "download it again") from error


def _mapped(path: Path) -> Any:
    import pyarrow as pa

    return pa.ipc.open_stream(pa.memory_map(str(path))).read_all()


def _image_column(features: Mapping[str, Any], asked: str) -> str:
    found = [name for name, each in features.items() if each.get("_type") == "Image"]
    found = found or [name for name, each in features.items() if _is_image(each["arrow"])]
    if len(found) != 1:
        what = f"the columns {', '.join(found or features)}"
        raise InputError(f"{asked}: the column of pictures", what, "pass image_column=…")
    return found[0]


def _is_image(kind: Any) -> bool:
    import pyarrow as pa

    return pa.types.is_binary(kind) or (pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0)


def _label_column(features: Mapping[str, Any]) -> str | None:
    classes = [name for name, each in features.items() if each.get("_type") == "ClassLabel"]
    usual = [name for name in _LABEL_COLUMNS if name in (classes or features)]
    return next(iter(usual), classes[0] if classes else None)


def _rows(
    files: Mapping[str, list[Path]], split: str | None, image: str, text: str, asked: str, *, marked: bool
) -> tuple[str, list[tuple[str, Any, Any]]]:
    """The split, and the id, picture and value of its rows; a column `split` tells more than the files' names do."""
    if not marked:
        name, parts = resolve_split(split, files, asked)
        return name, [row for part in parts for row in _of_files(files[part], part, image, text)]
    every = [row for part, paths in files.items() for row in _of_files(paths, part, image, text)]
    marks = [_split(mark) for paths in files.values() for path in paths for mark in _column(path, "split")]
    name, parts = resolve_split(split, marks, asked)
    return name, [row for row, mark in zip(every, marks, strict=True) if mark in parts]


def _of_files(paths: Iterable[Path], part: str, image: str, text: str) -> Iterator[tuple[str, Any, Any]]:
    number = 0
    for path in paths:
        for cell, value in zip(_cells(path, image), _column(path, text), strict=True):
            yield f"{part}/{number}", cell, value
            number += 1


def _column(path: Path, name: str) -> list[Any]:
    import pyarrow.parquet as pq

    caption_rows = pq.read_table(path, columns=[name]) if path.suffix == ".parquet" else _mapped(path)
    return caption_rows.column(name).to_pylist()


def _cells(path: Path, image: str) -> list[Any]:
    import pyarrow.parquet as pq

    if path.suffix != ".parquet":
        column = _mapped(path).column(image)
        return [ArrowCell(column, row, f"{path.name}, row {row}") for row in range(len(column))]
    with pq.ParquetFile(path) as file:
        sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
    return [
        ParquetCell(path, image, group, row, f"{path.name}, row {sum(sizes[:group]) + row}")
        for group, size in enumerate(sizes)
        for row in range(size)
    ]


def _names(files: Mapping[str, list[Path]], label: str, asked: str) -> list[str]:
    """Classes of a column without a record of them, those of all splits: "0" to the highest number, or sorted names."""
    values = [value for paths in files.values() for path in paths for value in _column(path, label)]
    strange = next((value for value in values if isinstance(value, list | dict)), None)
    if strange is not None:
        do = "pass label_column=…: a column with one class for each picture"
        raise InputError(f"{asked}: classes in the column {label!r}", f"{strange!r:.60} for one of them", do)
    found = set(values) - {None}
    if found and all(isinstance(value, int) for value in found):
        return [str(number) for number in range(max(found) + 1)]
    return sorted(map(str, found))


def _targets(values: list[Any], names: list[str], asked: str) -> Int64[np.ndarray, " n"]:
    row = {name: number for number, name in enumerate(names)}
    found = [value if isinstance(value, int) else row.get(str(value), -1) for value in values]
    if not all(0 <= number < len(names) for number in found):  # -1 is how `datasets` marks a split without classes
        raise InputError(asked, "pictures without a class", "choose a split that has classes")
    return np.array(found, dtype=np.int64)


def _split(name: Any) -> str:
    return SPLITS.get(str(name).casefold(), str(name))
