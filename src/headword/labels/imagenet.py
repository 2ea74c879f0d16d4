"""ImageNet's label sets and its table of synsets, read from the files that timm ships.

timm is only located, never imported: no torch is needed to know the classes. A list of another length, or a
synset that the table lacks, is an error: timm once shipped a table without "teddy bear" (row 851), and every
later name stood one row off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from headword.errors import InputError, UnknownName, require, suggestion

__all__ = ["SETS", "Synset", "canonical", "describe", "of_width", "sets_of_record", "synset_table", "synsets", "widths"]


class Synset(NamedTuple):
    """A line of the table: all names of a synset, the usual one first, and its definition."""

    names: tuple[str, ...]
    definition: str


# Name of the set → timm's file and the rows it must have.
SETS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "imagenet-1k": ("imagenet_synsets.txt", 1000),
        "imagenet-12k": ("imagenet12k_synsets.txt", 11821),
        "imagenet-21k": ("imagenet22k_synsets.txt", 21841),
        "imagenet-21k-goog": ("imagenet21k_goog_synsets.txt", 21843),
        "imagenet-22k-ms": ("imagenet22k_ms_synsets.txt", 21842),
        "imagenet-21k-miil": ("imagenet21k_miil_synsets.txt", 11221),
        "imagenet-21k-miil-w21": ("imagenet21k_miil_w21_synsets.txt", 10450),
    }
)
_ALIASES = {"imagenet": "imagenet-1k", "imagenet-21k+2": "imagenet-21k-goog", "imagenet-22k": "imagenet-21k"}
# What a model's record calls its data → the sets that go by that name; the head's width tells them apart.
_FAMILIES = {
    "1k": ("imagenet-1k",),
    "12k": ("imagenet-12k",),
    "21k": ("imagenet-21k-goog", "imagenet-21k", "imagenet-21k-miil", "imagenet-21k-miil-w21"),
    "22k": ("imagenet-21k", "imagenet-22k-ms"),
}
_DATASET = re.compile(
    r"""(?<![a-z0-9])(?:
        (?:imagenet|in|ft|pt)?[-_ ]?(?P<size>1k|12k|21k|22k)
      | (?P<ilsvrc>ilsvrc(?:[-_ ]?20\d\d)?)
      | (?P<any>imagenet(?![-_ ]?w?\d+k))
      | (?P<unheld>(?:imagenet[-_ ]?|in)w21k|places[-_ ]?(?:365|205)|inat(?:uralist)?[-_ ]?(?:20)?\d*|bamboo)
    )(?![a-z0-9])""",
    re.VERBOSE,
)


def _squeezed(name: str) -> str:
    return re.sub(r"[-_\s]", "", name.casefold())


def canonical(name: str) -> str | None:
    """The name in `SETS` that `name` stands for ("ImageNet_21k+2" → "imagenet-21k-goog"), or `None`."""
    known = {each: each for each in SETS} | _ALIASES
    return {_squeezed(spelling): each for spelling, each in known.items()}.get(_squeezed(name))


def of_width(rows: int, *, within: int = 0) -> tuple[str, ...]:
    """The sets that have `rows` rows, give or take `within`."""
    return tuple(name for name, (_, width) in SETS.items() if abs(width - rows) <= within)


def widths(names: Iterable[str]) -> str:
    """Sets with their number of rows, for messages: "'imagenet-1k' (1000), …"."""
    return ", ".join(f"{name!r} ({SETS[name][1]})" for name in names)


def sets_of_record(record: str) -> tuple[str | None, tuple[str, ...]]:
    """Reads which data a head was trained on out of a model's own record.

    The last data set named is the head's: "in22k_ft_in1k" ends in ImageNet-1k.

    Args:
        record: A timm tag or full name ("convnext_base.fb_in22k_ft_in1k_384"), a torchvision weight
            ("IMAGENET1K_V2"), a Hugging Face id ("microsoft/beit-base-patch16-224-pt22k-ft22k"), a set.

    Returns:
        The word that names the data, `None` where none is named; and the sets of `SETS` it may mean, none
        where headword does not hold its names.
    """
    exact = canonical(record)
    if exact and _squeezed(record) != "imagenet":
        return record, (exact,)
    found = list(_DATASET.finditer(record.casefold()))
    if not found:
        return None, ()
    last = found[-1]
    if last["any"]:
        return "imagenet", tuple(SETS)
    return last[0], _FAMILIES["1k"] if last["ilsvrc"] else _FAMILIES.get(last["size"] or "", ())


def _folder() -> Path:
    require("timm", "torch", "the names of ImageNet's classes, which timm ships")
    spec = find_spec("timm")
    places = (spec.submodule_search_locations if spec else None) or []
    return Path(next(iter(places), "")) / "data" / "_info"


def _lines(file: str) -> list[str]:
    path = _folder() / file
    if not path.is_file():
        raise InputError(f"timm's {file}", f"it is not in {path.parent}", _update())
    return path.read_text(encoding="utf-8").splitlines()


def _update() -> str:
    try:
        installed = version("timm")
    except PackageNotFoundError:
        installed = "?"
    return f"pip install -U timm (installed: {installed})"


@cache
def synset_table() -> Mapping[str, Synset]:
    """Every synset that timm's table describes, by wnid.

    Raises:
        MissingExtra: timm is not installed.
        InputError: timm's files are not what they should be.
    """
    definitions = dict(line.split("\t", 1) for line in _lines("imagenet_synset_to_definition.txt"))
    names = (line.split("\t", 1) for line in _lines("imagenet_synset_to_lemma.txt"))
    return MappingProxyType(
        {wnid: Synset(tuple(lemmas.split(", ")), definitions[wnid]) for wnid, lemmas in names if wnid in definitions}
    )


def describe(wnids: tuple[str, ...], asked: str) -> list[Synset]:
    """Looks each wnid up; a missing one is an error, so that no row can move.

    Raises:
        InputError: The table lacks one.
    """
    missing = [(row, wnid) for row, wnid in enumerate(wnids) if wnid not in synset_table()]
    if missing:
        row, wnid = missing[0]
        raise InputError(
            asked, f"{len(missing)} synsets without a name in timm's table, first {wnid} (row {row})", _update()
        )
    return [synset_table()[wnid] for wnid in wnids]


def synsets(name: str) -> tuple[str, ...]:
    """The wnids of a set of `SETS` or one of its aliases, in the order of a head's rows.

    Raises:
        UnknownName: No set is called that.
        MissingExtra: timm is not installed.
        InputError: timm's list has another length than the set.
    """
    found = canonical(name)
    if found is None:
        meant = suggestion(name.casefold(), SETS)
        do = f"{meant}use one of these, or pass a list of names or a label file (.txt, .json, .csv)"
        raise UnknownName(f"the label set {name!r}", f"known: {widths(SETS)}", do)
    file, rows = SETS[found]
    wnids = tuple(_lines(file))
    if len(wnids) != rows or len(set(wnids)) != rows:
        raise InputError(
            f"the {rows} classes of {found!r}",
            f"{len(wnids)} lines, {len(set(wnids))} of them different, in timm's {file}",
            _update(),
        )
    return wnids
