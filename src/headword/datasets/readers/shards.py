"""Webdataset shards: tar archives in which files of the same stem belong together, `0001.jpg` with `0001.txt`.

Only the archives' headers and the small text members are read; pictures stay where they are until embedded. Also
what CLIP_benchmark publishes: `test/*.tar`, `classnames.txt` and `zeroshot_classification_templates.txt`; in its
retrieval sets a `.txt` member has a caption a line.
"""

from __future__ import annotations

import json
import logging
import re
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from headword.datasets.base import Captioned, Labelled
from headword.datasets.readers.captions_file import captioned
from headword.datasets.readers.files import SPLITS, folders, read_lines, read_text, resolve_split
from headword.datasets.readers.lazy import Span
from headword.errors import InputError
from headword.images.sources import IMAGE_SUFFIXES
from headword.labels.label_set import LabelSet

__all__ = ["expand_shards", "has_shards", "read_shards"]

log = logging.getLogger("headword")

_TEXTS = frozenset((".txt", ".json", ".cls", ".caption"))
_CAPTION_KEYS = ("caption", "captions", "text", "txt", "title")
_CLASS_KEYS = ("cls", "label", "class")


def has_shards(folder: Path) -> bool:
    """Whether `folder`, or a split in it, holds tar archives."""
    return any(folder.glob("*.tar")) or any(any(each.glob("*.tar")) for each in _splits(folder).values())


def read_shards(where: str | Path, split: str | None = None) -> Labelled | Captioned:
    """Reads shards: with classes where they have `.cls` members (or "cls" in `.json`), else with captions.

    Args:
        where: A .tar file, a pattern ("cc3m/{00000..00331}.tar", "cc3m/*.tar"), or a folder of archives, with or
            without one folder per split.
        split: Which of these folders.

    Raises:
        InputError: No archive, one that is damaged, or members that do not belong together.
    """
    folder = Path(where)
    if folder.is_dir():
        known = {"all": folder} if any(folder.glob("*.tar")) else _splits(folder)
        name, parts = resolve_split(split, known, f"shards in {folder}")
        paths = [path for part in parts for path in sorted(known[part].glob("*.tar"), key=_by_number)]
    else:
        # With a sign after it, so that "cc3m/{0..9}.tar" lies in cc3m.
        paths, folder = expand_shards(str(where)), Path(str(where).partition("{")[0] + "*").expanduser().parent
        name, _ = resolve_split(split, ["all"], f"the shards {where}")
    samples: dict[str, dict[str, Span]] = {}
    for path in paths:
        samples.update(_samples(path, folder))
    return _assemble(folder, name, samples)


def expand_shards(pattern: str) -> list[Path]:
    """The archives of a pattern with braces ("{000..012}", "{a,b}") or wildcards.

    Raises:
        InputError: One of the archives is absent, or nothing matches.
    """
    asked = f"the shards {pattern}"
    found: list[Path] = []
    for text in _braces(pattern):
        path = Path(text).expanduser()
        wild = "*" in path.name or "?" in path.name
        found += sorted(path.parent.glob(path.name), key=_by_number) if wild else [path]
    absent = [path for path in found if not path.is_file()]
    if absent or not found:
        what = f"no file {absent[0]}, and {len(absent)} of {len(found)} absent" if absent else "nothing matches"
        raise InputError(asked, what, "check the numbers in the pattern")
    return found


def _braces(pattern: str) -> list[str]:
    match = re.search(r"\{([^{}]*)\}", pattern)
    if match is None:
        return [pattern]
    ends = re.fullmatch(r"(\d+)\.\.(\d+)", match[1])
    width = len(ends[1]) if ends else 0
    inner = [f"{i:0{width}}" for i in range(int(ends[1]), int(ends[2]) + 1)] if ends else match[1].split(",")
    return [rest for each in inner for rest in _braces(pattern[: match.start()] + each + pattern[match.end() :])]


def _by_number(path: Path) -> tuple[int, str]:
    """Sorts "10.tar" after "9.tar"."""
    return (int(path.stem) if path.stem.isdecimal() else 0, path.name)


def _splits(folder: Path) -> dict[str, Path]:
    found = {SPLITS.get(each.name.casefold(), each.name): each for each in folders(folder)}
    return {name: each for name, each in found.items() if any(each.glob("*.tar"))}


def _samples(path: Path, folder: Path) -> Iterator[tuple[str, dict[str, Span]]]:
    """The members of an archive by their stem."""
    shard = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
    found: dict[str, dict[str, Span]] = {}
    try:
        with tarfile.open(path, "r:") as archive:
            for member in archive:
                stem, ending = _parted(member.name)
                # What begins with a dot is what macOS adds to archives, "._0001.jpg".
                named = stem.rpartition("/")[2] != ""
                if named and member.isreg() and (ending in _TEXTS or ending in IMAGE_SUFFIXES):
                    name = f"{shard}/{member.name}"
                    found.setdefault(stem, {})[ending] = Span(path, member.offset_data, member.size, name)
    except (tarfile.TarError, EOFError) as error:
        do = "download it again; a compressed archive (.tar.gz) must be unpacked to .tar first"
        raise InputError(f"the shard {path}", str(error), do) from error
    except OSError as error:
        raise InputError(f"the shard {path}", error.strerror or str(error), "check the path") from error
    yield from ((f"{shard}/{stem}", members) for stem, members in found.items())


def _parted(name: str) -> tuple[str, str]:
    """Parts "a/0001.large.jpg" into the stem "a/0001" and the ending ".jpg"."""
    head, slash, base = name.rpartition("/")
    return head + slash + base.partition(".")[0], Path(base).suffix.lower()


def _assemble(folder: Path, split: str, samples: Mapping[str, Mapping[str, Span]]) -> Labelled | Captioned:
    asked = f"shards in {folder}"
    found: dict[str, tuple[Span, list[Any]]] = {}
    marks: dict[str, int | str] = {}
    for stem, members in samples.items():
        image = next((span for ending, span in members.items() if ending in IMAGE_SUFFIXES), None)
        if image is None:
            do = "put a picture (.jpg, .png, .webp) into the archive, or take the text out"
            raise InputError(f"{asked}: the picture of {stem}", f"only {', '.join(members)}", do)
        mark, texts = _annotation(members, asked)
        found[stem] = (image, texts)
        if mark is not None:
            marks[stem] = mark
    name = folder.resolve().name
    if not marks:
        return captioned(name, split, found, asked)
    if len(marks) < len(found):
        log.warning("%s: %d pictures without a class are left out", asked, len(found) - len(marks))
    spans = tuple(found[stem][0] for stem in marks)
    targets, labels = _classes(folder, list(marks.values()), asked)
    return Labelled(name, split, spans, tuple(marks), targets, labels, _templates(folder, asked))


def _annotation(members: Mapping[str, Span], asked: str) -> tuple[int | str | None, list[Any]]:
    """The class of a sample, if it has one, and its captions."""
    mark: int | str | None = None
    lines: list[Any] = []
    for ending, span in members.items():
        if ending not in _TEXTS:
            continue
        text = span.read().decode("utf-8-sig", "replace").strip()
        if ending == ".cls":
            mark = int(text) if text.isdecimal() else text
        elif ending == ".json":
            record = _record(text, span, asked)
            mark = next((record[key] for key in _CLASS_KEYS if isinstance(record.get(key), int | str)), mark)
            texts: Any = next((record[key] for key in _CAPTION_KEYS if record.get(key)), [])
            lines += [] if ".txt" in members else texts if isinstance(texts, list) else [texts]
        else:
            lines += text.split("\n")
    return mark, lines


def _record(text: str, span: Span, asked: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{asked}: {span.name}", f"no JSON: {error}", "write the archive again") from error
    return value if isinstance(value, dict) else {}


def _classes(folder: Path, marks: list[int | str], asked: str) -> tuple[Any, LabelSet]:
    names_file = folder / "classnames.txt"
    # A blank line is kept, and refused as a name: without it, the rows after it would move.
    names = read_text(names_file, asked).rstrip().split("\n") if names_file.is_file() else None
    if all(isinstance(mark, int) for mark in marks):
        top = max(int(mark) for mark in marks)
        if names is None or top >= len(names):
            found = f"classes numbered up to {top} and {len(names) if names else 'no'} names"
            raise InputError(asked, found, f"write {folder / 'classnames.txt'}: a name a line, from class 0")
        return np.array(marks, dtype=np.int64), LabelSet.from_names(names, name=folder.name)
    known = names or sorted({str(mark) for mark in marks})
    absent = next((mark for mark in marks if str(mark) not in known), None)
    if absent is not None:
        raise InputError(asked, f"the class {absent!r}, which is not in {names_file}", "add it there")
    row = {name: number for number, name in enumerate(known)}
    return np.array([row[str(mark)] for mark in marks], dtype=np.int64), LabelSet.from_names(known, name=folder.name)


def _templates(folder: Path, asked: str) -> tuple[str, ...]:
    path = folder / "zeroshot_classification_templates.txt"
    return tuple(line.replace("{c}", "{}") for line in read_lines(path, asked)) if path.is_file() else ()
