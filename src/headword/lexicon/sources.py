"""Opening a lexicon: ImageNet-21k's table, WordNet, or definitions of the user's own; nothing is downloaded."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from headword.errors import InputError, MissingExtra
from headword.labels import files as label_files
from headword.labels import imagenet
from headword.lexicon.base import Lexicon, MemoryLexicon, Sense, key
from headword.lexicon.wordnet import find_wordnet

__all__ = ["open_lexicon"]

log = logging.getLogger("headword")


def open_lexicon(definitions: Lexicon | Mapping[str, str] | str | os.PathLike[str] | bool | None) -> Lexicon | None:
    """Opens the place to look definitions up; nothing is ever downloaded.

    Args:
        definitions: "auto", the ImageNet-21k table that timm ships (none where timm is not installed);
            "wordnet", WordNet's nouns from Debian's `wordnet-base`, NLTK's data or `wn`'s database; a file of
            the user's own (.csv, .tsv, .txt, .json) or a mapping, name → definition; `None`, `False` or
            "none", no definitions; `True` means "auto". A `Lexicon` is returned as it is.

    Raises:
        InputError: The file is no such file, the mapping holds no text, or no WordNet is on this machine.
        MissingExtra: All there is of WordNet is `wn`'s database, and `wn` is not installed.
    """
    if definitions is None or definitions is False or definitions == "none":
        return None
    if isinstance(definitions, Lexicon):
        return definitions
    if definitions is True or definitions == "auto":
        return _imagenet()
    if definitions == "wordnet":
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
        return MemoryLexicon(Sense(wnid, each.names, each.definition) for wnid, each in imagenet.synset_table().items())
    except MissingExtra:
        log.info("no definitions: the table to look them up in comes with timm, which is not installed")
        return None


def _own(pairs: Iterable[tuple[str, str]], source: str) -> MemoryLexicon:
    pairs = list(pairs)
    for name, definition in pairs:
        if not all(isinstance(each, str) and each.strip() for each in (name, definition)):
            raise InputError(
                f"definitions from {source}", f"{name!r:.40}: {definition!r:.40}", "give each name one as text"
            )
    return MemoryLexicon(
        Sense(key(name), (name,), " ".join(definition.split())) for name, definition in dict.fromkeys(pairs)
    )
