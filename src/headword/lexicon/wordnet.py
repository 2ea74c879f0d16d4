"""WordNet's nouns, read from what the user's machine holds.

Two forms: the Princeton WordNet's own files (`index.noun`, `data.noun`, format "wndb"), which Debian and NLTK
ship, in a folder or a zip; and the database of the package `wn`. What is a kind of what, by ImageNet's ids, is
told by version 3.0 in the first form alone: the ids are places in its `data.noun`.

NLTK's own reader does not do for the first form. It wants `lexnames` and `index.sense`, which Debian leaves out, and
folders on NLTK's search path alone; it keeps what is above a synset in a set, whose order changes from run to run; and
it takes eight seconds for the parents of ImageNet's 21,841 classes, where a quarter of one is enough.
"""

from __future__ import annotations

import logging
import os
import re
import sqlite3
import sys
import zipfile
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from headword.errors import InputError, require
from headword.lexicon.base import Lexicon, Sense, key

if TYPE_CHECKING:
    import wn

__all__ = ["WnDatabase", "WordNetFiles", "find_parents", "find_wordnet"]

log = logging.getLogger("headword")

T = TypeVar("T", bound=Hashable)

# NLTK's names for the WordNets of English.
_NLTK = ("wordnet", "wordnet31", "wordnet2021", "wordnet2022")
_PARENTS = ("@", "@i")
_SYSTEM = Path("/usr")
_INSTALL = (
    "apt install wordnet-base, or python -m nltk.downloader wordnet, or python -m wn download oewn:2024; "
    "NLTK_DATA and WN_DATA_DIR are honoured"
)


class _Synsets:
    """`data.noun`: a line for each synset, named by the byte it begins at."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._data = self.read("data.noun")

    @property
    def is_imagenets(self) -> bool:
        """Whether ImageNet's ids are its bytes: those of version 3.0 are, as its licence on top says."""
        return b"WordNet 3.0 Copyright" in self._data[:4096]

    def read(self, name: str) -> bytes:
        """A file beside it; `noun.exc` may be missing, and is empty then."""
        try:
            if self.path.is_dir():
                file = self.path / name
                return b"" if name == "noun.exc" and not file.exists() else file.read_bytes()
            with zipfile.ZipFile(self.path) as archive:
                members = [each for each in archive.namelist() if each.rpartition("/")[2] == name]
                if members or name != "noun.exc":
                    return archive.read(members[0])
                return b""
        except (OSError, IndexError, zipfile.BadZipFile) as error:
            raise self.broken(f"{name} cannot be read: {error}") from error

    def broken(self, found: str) -> InputError:
        return InputError(f"WordNet from {self.path}", found, f"install it again: {_INSTALL}")

    def __contains__(self, offset: int) -> bool:
        return self._data.startswith(b"%08d " % offset, offset) and self._data[offset - 1 : offset] == b"\n"

    def fields(self, offset: int) -> tuple[list[str], list[int], str]:
        """Lemmas, offsets of the parents, and the gloss of the synset at byte `offset`."""
        line = self._data[offset : self._data.find(b"\n", offset)].decode("utf-8", "replace")
        fields, _, gloss = line.partition("|")
        parts = fields.split()
        try:
            if int(parts[0]) != offset:
                raise ValueError(parts[0])
            count = int(parts[3], 16)
            lemmas = [each.replace("_", " ") for each in parts[4 : 4 + 2 * count : 2]]
            links = parts[5 + 2 * count :]
            pointers = [links[4 * i : 4 * i + 4] for i in range(int(parts[4 + 2 * count]))]
        except (IndexError, ValueError) as error:
            raise self.broken(f"no synset at byte {offset} of data.noun: {line[:40]!r}") from error
        return lemmas, [int(target) for symbol, target, *_ in pointers if symbol in _PARENTS], gloss


class WordNetFiles(Lexicon):
    """The nouns of a WordNet in its own database files.

    Args:
        path: A folder that holds `index.noun` and `data.noun`, or a zip of one.

    Raises:
        InputError: The files are not there, or are not WordNet's.
    """

    def __init__(self, path: str | Path) -> None:
        self._synsets = _Synsets(Path(path))
        self._offsets = self._read_index()
        words = (line.split() for line in self._synsets.read("noun.exc").decode("utf-8", "replace").splitlines())
        self._exceptions = {key(many): tuple(map(key, one)) for many, *one in filter(None, words)}
        self._sense = cache(self._parse)

    def _read_index(self) -> dict[str, list[int]]:
        offsets = {}
        for line in self._synsets.read("index.noun").decode("utf-8", "replace").splitlines():
            # lemma pos synset_cnt p_cnt [symbol…] sense_cnt tagsense_cnt offset…; the licence is indented.
            parts = line.split()
            if line.startswith(" ") or not parts:
                continue
            try:
                offsets[key(parts[0])] = [int(offset) for offset in parts[-int(parts[2]) :]]
            except (IndexError, ValueError) as error:
                raise self._synsets.broken(f"no line of an index in index.noun: {line[:40]!r}") from error
        return offsets

    def _singulars(self, phrase: str) -> tuple[str, ...]:
        return (*self._exceptions.get(phrase, ()), *super()._singulars(phrase))

    def _find(self, form: str) -> tuple[Sense, ...]:
        return tuple(self._sense(offset) for offset in self._offsets.get(form, ()))

    def _parse(self, offset: int) -> Sense:
        lemmas, _, gloss = self._synsets.fields(offset)
        above = _names_above(offset, lambda each: self._synsets.fields(each)[:2])
        return Sense(_wnid(offset), tuple(lemmas), _definition(gloss), above)


def _definition(gloss: str) -> str:
    """The gloss without its examples, which stand in quotation marks at its end."""
    return re.split(r';\s*"', gloss.strip())[0].strip().rstrip(";")


class WnDatabase(Lexicon):
    """The nouns of the first English WordNet in the database of the package `wn`, read through that package.

    Args:
        path: `wn.db`.

    Raises:
        InputError: It is no such database, or holds no English WordNet.
        MissingExtra: `wn` is not installed.
    """

    def __init__(self, path: str | Path) -> None:
        asked = f"WordNet from {path}"
        require("wn", "wordnet", asked)
        import wn

        wn.config.data_directory = Path(path).parent
        wn.config.allow_multithreading = True  # it is only read
        try:
            english = [each for each in wn.lexicons() if each.language.startswith("en") and each.extends() is None]
            if not english:
                raise InputError(asked, "no English WordNet in it", _INSTALL)
            self._nouns = wn.Wordnet(english[0].specifier(), expand="")
        except (wn.Error, sqlite3.Error) as error:
            raise InputError(asked, f"not readable: {error}", _INSTALL) from error

    def _find(self, form: str) -> tuple[Sense, ...]:
        return tuple(map(self._sense, self._nouns.synsets(form, pos="n")))

    def _sense(self, synset: wn.Synset) -> Sense:
        above = _names_above(synset, lambda each: (each.lemmas(), each.hypernyms()))
        return Sense(synset.id, tuple(synset.lemmas()), synset.definition() or "", above)


def _names_above(synset: T, read: Callable[[T], tuple[Sequence[str], Sequence[T]]]) -> tuple[str, ...]:
    """Words for everything that `synset` is a kind of, the nearest first; a circle ends where it began.

    Args:
        synset: Where to start.
        read: A synset's own words, and the synsets right above it.
    """
    words: dict[str, None] = {}
    seen, above = {synset}, read(synset)[1]
    while above:
        found = [read(each) for each in dict.fromkeys(above) if each not in seen]
        seen.update(above)
        words.update(dict.fromkeys(word for own, _ in found for word in own))
        above = [each for _, further in found for each in further]
    return tuple(words)


def _places() -> Iterator[Path]:
    """Where WordNet may be: what the environment says, Debian's folder, NLTK's search path, `wn`'s data."""
    for variable in ("WNSEARCHDIR", "WNHOME"):
        if os.environ.get(variable):
            yield from (Path(os.environ[variable]), Path(os.environ[variable], "dict"))
    roots = [Path(each) for each in os.environ.get("NLTK_DATA", "").split(os.pathsep) if each]
    roots += [Path.home() / "nltk_data"]
    roots += [Path(sys.prefix, *below, "nltk_data") for below in ((), ("share",), ("lib",))]
    roots += [
        _SYSTEM.joinpath(*below, "nltk_data") for below in (("share",), ("local", "share"), ("lib",), ("local", "lib"))
    ]
    for root in roots:
        for name in _NLTK:
            yield from (root / "corpora" / name, root / "corpora" / f"{name}.zip")
    yield _SYSTEM / "share" / "wordnet"
    yield Path(os.environ.get("WN_DATA_DIR") or Path.home() / ".wn_data") / "wn.db"


@cache
def _opened(place: Path) -> Lexicon:
    return WnDatabase(place) if place.suffix == ".db" else WordNetFiles(place)


def find_wordnet() -> Lexicon:
    """Opens the first WordNet on this machine.

    Raises:
        InputError: There is none; the message says how to get one.
        MissingExtra: There is `wn`'s database alone, and `wn` is not installed.
    """
    for place in _places():
        if _holds_files(place) or (place.suffix == ".db" and place.is_file()):
            return _opened(place)
    raise InputError(
        "definitions from WordNet", "neither wordnet-base, nor NLTK's data, nor wn's database here", _INSTALL
    )


def find_parents(wnids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """What each synset of ImageNet and everything above it is a kind of, by WordNet 3.0 where this machine has it.

    Args:
        wnids: "n02084071" and the like; those that are no synsets are left out.

    Returns:
        Ids to the ids right above them; empty where there is no WordNet 3.0.
    """
    synsets = next(filter(None, map(_imagenets, filter(_holds_files, _places()))), None)
    if synsets is None:
        log.info("which classes are kinds of others is not known: no WordNet 3.0 on this machine (%s)", _INSTALL)
        return {}
    parents: dict[str, tuple[str, ...]] = {}
    ahead = [int(each[1:]) for each in wnids if int(each[1:]) in synsets]
    while ahead:
        above = {offset: synsets.fields(offset)[1] for offset in dict.fromkeys(ahead)}
        parents |= {_wnid(offset): tuple(map(_wnid, found)) for offset, found in above.items()}
        ahead = [each for found in above.values() for each in found if _wnid(each) not in parents]
    return parents


def _holds_files(place: Path) -> bool:
    return (place / "data.noun").is_file() or (place.suffix == ".zip" and place.is_file())


def _imagenets(place: Path) -> _Synsets | None:
    """Version 3.0, if that is what is there; nobody asked for this place, so that one that is broken is passed over."""
    try:
        synsets = _Synsets(place)
    except InputError as error:
        log.warning("%s", error)
        return None
    return synsets if synsets.is_imagenets else None


def _wnid(offset: int) -> str:
    return f"n{offset:08d}"
