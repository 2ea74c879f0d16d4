"""Definitions and senses of the words that users type, looked up offline.

A lexicon answers with every sense it knows and leaves the choice to its caller: "crane" is a bird and a
machine.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from headword.lexicon.english import singulars, split_determiner

__all__ = ["Lexicon", "MemoryLexicon", "Sense", "key"]


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


class MemoryLexicon(Lexicon):
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
