"""Definitions and senses of the words that users type, looked up offline.

A lexicon answers with every sense it knows and leaves the choice to its caller: "crane" is a bird and a
machine.
"""

from __future__ import annotations

import logging
import os
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from headword import imagenet, label_files
from headword.errors import InputError, MissingExtra
from headword.words import singulars, split_determiner

__all__ = ["Lexicon", "Sense", "Table", "open_lexicon"]

log = logging.getLogger("headword")


@dataclass(frozen=True)
class Sense:
    """One meaning of a word.

    Attributes:
        id: What tells it apart: a wnid such as "n02012849", or the name in the user's own file.
        names: All words for it, the usual one first.
        definition: The dictionary's sentence.
        parents: What it is a kind of, the nearest first: "wading bird", "wader", …, "bird", ….
    """

    id: str
    names: tuple[str, ...]
    definition: str
    parents: tuple[str, ...] = ()


class Lexicon(ABC):
    """Words and their senses."""

    def lookup(self, name: str) -> tuple[Sense, ...]:
        """All senses of `name`, empty where it is unknown.

        Case, underscores, hyphens, a leading article and the plural do not matter. The nearer a spelling
        is to the typed one, the earlier it is tried, and the first known one counts: "glasses", then "glass".
        """
        for form in dict.fromkeys(self._forms(name)):
            senses = self._find(form)
            if senses:
                return senses
        return ()

    def _forms(self, name: str) -> Iterator[str]:
        typed = key(name)
        bare = split_determiner(typed)[1]
        for phrase in (typed, bare, *self._singulars(bare)):
            yield from (phrase, phrase.replace("-", " "), phrase.replace(" ", "-"))
            yield phrase.replace("-", "").replace(" ", "")

    def _singulars(self, phrase: str) -> tuple[str, ...]:
        return singulars(phrase)

    @abstractmethod
    def _find(self, form: str) -> tuple[Sense, ...]:
        """Senses of exactly `form`, which is in lower case with single spaces."""


class Table(Lexicon):
    """Senses held in memory.

    Args:
        senses: All of them; a word has the senses in whose `names` it is.
    """

    def __init__(self, senses: Iterable[Sense]) -> None:
        self._senses: defaultdict[str, list[Sense]] = defaultdict(list)
        for sense in senses:
            for name in dict.fromkeys(map(key, sense.names)):
                self._senses[name].append(sense)

    def _find(self, form: str) -> tuple[Sense, ...]:
        return tuple(self._senses.get(form, ()))


def key(name: str) -> str:
    """`name` in lower case, underscores and runs of white space as single spaces."""
    return " ".join(name.replace("_", " ").split()).casefold()


def open_lexicon(
    definitions: Lexicon | Mapping[str, str] | str | os.PathLike[str] | bool | None,
) -> Lexicon | None:
    """Opens the place to look definitions up; nothing is ever downloaded.

    Args:
        definitions: "auto", the ImageNet-21k table that timm ships (none where timm is not installed);
            "wordnet", WordNet's nouns from Debian's `wordnet-base`, NLTK's data or `wn`'s database; a file of
            the user's own (.csv, .tsv, .txt, .json) or a mapping, name → definition; `None`, `False` or
            "none", no definitions; `True` means "auto". A `Lexicon` is returned as it is.

    Raises:
        InputError: The file is no such file, the mapping holds no text, or no WordNet is on this machine.
    """
    if definitions is None or definitions is False or definitions == "none":
        return None
    if isinstance(definitions, Lexicon):
        return definitions
    if definitions is True or definitions == "auto":
        return _imagenet()
    if definitions == "wordnet":
        from headword.wordnet import find_wordnet

        return find_wordnet()
    if isinstance(definitions, Mapping):
        return _own(definitions.items(), "definitions")
    path = Path(definitions)
    if not path.exists():
        raise InputError(
            f"definitions from {definitions!r}",
            "no such file",
            "pass 'auto', 'wordnet', None, a mapping name → definition, or a .csv, .tsv, .txt or .json file",
        )
    return _own(label_files.read_definitions(path), str(path))


@cache
def _imagenet() -> Lexicon | None:
    try:
        return Table(Sense(wnid, each.names, each.definition) for wnid, each in imagenet.table().items())
    except MissingExtra:
        log.info("no definitions: the table to look them up in comes with timm, which is not installed")
        return None


def _own(pairs: Iterable[tuple[str, str]], source: str) -> Table:
    pairs = list(pairs)
    for name, definition in pairs:
        if not all(isinstance(each, str) and each.strip() for each in (name, definition)):
            raise InputError(
                f"definitions from {source}",
                f"{name!r:.40}: {definition!r:.40}",
                "give each name one as text",
            )
    return Table(Sense(key(name), (name,), " ".join(definition.split())) for name, definition in dict.fromkeys(pairs))
