"""Prompts: the texts that stand for a label, on the user's side and on the head's.

A label is what the user types, "crane (bird)". A definition is looked up for it where the word has just one
sense, or where the hint in brackets picks one; an ambiguous word gets none, and its senses are listed to
choose from.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import shorten
from typing import Any

import numpy as np
from jaxtyping import Int64

from headword.errors import InputError
from headword.labels import imagenet
from headword.labels.label_set import LabelSet
from headword.lexicon.base import Lexicon, Sense
from headword.lexicon.english import singulars, split_determiner
from headword.lexicon.sources import open_lexicon
from headword.prompts.templates import TEMPLATES, expand, fill

__all__ = [
    "TEMPLATES", "Definitions", "LabelsLike", "Query", "explain", "fill", "flatten_prompts", "head_texts",
    "query_labels", "texts",
]  # fmt: skip

Definitions = Lexicon | Mapping[str, str] | Sequence[str | None] | str | os.PathLike[str] | bool | None
LabelsLike = Sequence[str] | LabelSet | str | os.PathLike[str]

COVERAGE = 2 / 3
"""Share of the labels that must have a definition before "auto" uses those it looked up. Labels compete with one
another, and one that is defined does not compete fairly with one that is only named: on six sets of photographs
definitions for a third of the labels cost 1 to 5 points, definitions for all gained."""

_HINT = re.compile(r"(.*\S)\s*\(([^()]*)\)")


@dataclass(frozen=True)
class Query:
    """A label to be recognised.

    Attributes:
        label: As it was typed: "a crane (bird)".
        name: What is asked for, without article and hint: "crane".
        hint: The user's word in brackets: "bird".
        definition: Of the one sense meant, or the user's own; `None` where it is unknown or ambiguous.
        sense: The one sense meant, where it is known.
        candidates: The senses of an ambiguous word, none of which was taken.
        looked_up: Whether `sense` was found for the bare word, not given with the label or picked by its hint.
    """

    label: str
    name: str
    hint: str | None = None
    definition: str | None = None
    sense: Sense | None = None
    candidates: tuple[Sense, ...] = ()
    looked_up: bool = False

    @property
    def ambiguous(self) -> bool:
        """Whether the word has several senses and nothing says which is meant."""
        return bool(self.candidates)


def query_labels(labels: LabelsLike, definitions: Definitions = "auto", *, unique: bool = True) -> tuple[Query, ...]:
    """Reads the user's labels and looks their definitions up.

    Args:
        labels: Labels as typed, a label set or its name, or a label file. A row's own definition is kept.
        definitions: Where to look the others up (see `open_lexicon`), or one for each of a list of labels; `None` uses
            no definition at all.
        unique: Refuse labels that are the same but for article, case and white space: no answer could tell
            them apart.

    Raises:
        InputError: No labels, a label that is blank, no text, or holds braces, or two that are the same; or another
            number of definitions than of labels.
    """
    if isinstance(definitions, Sequence) and not isinstance(definitions, str):
        defined = _with_definitions(labels, definitions)
        queries = query_labels(defined, None, unique=unique)
        return tuple(replace(each, definition=own) for each, own in zip(queries, defined.definitions, strict=True))
    if isinstance(labels, str | os.PathLike):
        labels = _from_one(labels)
    if isinstance(labels, LabelSet):
        if unique:
            _refuse_twins(labels)
        rows = zip(labels.ids, labels.synonyms, labels.definitions, strict=True)
        owned: list[Sense | None] = [Sense(key, names, gloss or "") for key, names, gloss in rows]
        typed = list(labels.names)
    else:
        typed = _checked(list(labels), unique=unique)
        owned = [None] * len(typed)
    lexicon = open_lexicon(definitions)
    queries = tuple(_query(label, lexicon, own) for label, own in zip(typed, owned, strict=True))
    return _comparable(queries) if definitions in ("auto", True) else queries


def texts(
    query: Query | str, templates: str | Sequence[str] = ("plain",), *, definition: bool = True, synonyms: bool = False
) -> list[str]:
    """Texts of one label, to be embedded and averaged.

    Args:
        query: From `query_labels`; a plain text is a label without definition.
        templates: Names of `TEMPLATES` or templates.
        definition: Say "name: definition" where there is one; else a hint says "name, a kind of hint".
        synonyms: Say each of the sense's other names too.
    """
    if isinstance(query, str):
        query = _query(query, None)
    names = (query.name, *(query.sense.names if synonyms and query.sense else ()))
    gloss = query.definition if definition else None
    return list(dict.fromkeys(_say(each, name, query.hint, gloss) for name in names for each in expand(templates)))


def flatten_prompts(
    queries: Sequence[Query], templates: str | Sequence[str] = ("plain",)
) -> tuple[list[str], Int64[np.ndarray, " t"]]:
    """The texts of several labels, one after the other, and the label of each, numbered from 0.

    Args:
        queries: From `query_labels`.
        templates: As `texts` takes them.
    """
    prompts = [texts(query, templates) for query in queries]
    return [text for each in prompts for text in each], np.repeat(
        np.arange(len(prompts)), [len(each) for each in prompts]
    )


def head_texts(
    labels: LabelSet,
    row: int,
    *,
    synonyms: bool = True,
    definitions: bool = True,
    templates: str | Sequence[str] = ("plain",),
) -> list[tuple[str, float]]:
    """Texts of one row of a head with their weights, for fitting.

    There are up to four kinds: the usual name, the other names, "name: definition", and the bare definition.
    Each kind that a row has weighs the same, however many texts it has, and a row's weights sum to 1.

    Args:
        labels: Classes of the head.
        row: Which of them.
        synonyms: Include the other names.
        definitions: Include the two kinds with the definition.
        templates: Names of `TEMPLATES` or templates.
    """
    patterns = expand(templates)
    name, *others = (_split_hint(each) for each in labels.synonyms[row])
    gloss = labels.definitions[row] if definitions else None
    kinds = [[_say(each, *name) for each in patterns]]
    if synonyms and others:
        kinds.append([_say(each, *other) for other in others for each in patterns])
    if gloss:
        kinds += [[_say(each, *name, gloss) for each in patterns], [gloss]]
    weights: defaultdict[str, float] = defaultdict(float)
    for kind in kinds:
        for text in kind:
            weights[text] += 1 / len(kinds) / len(kind)
    return list(weights.items())


def explain(queries: Sequence[Query]) -> str:
    """Says how many labels have a definition, which words are ambiguous, and how to say what is meant."""
    defined = sum(each.definition is not None for each in queries)
    lines = [f"{defined} of {len(queries)} labels have a definition"]
    if any(query.looked_up and query.definition is None for query in queries):
        known = sum(query.sense is not None for query in queries)
        lines = [f"{known} of {len(queries)} labels could be defined, too few to compare them fairly: names are used"]
    for query in queries:
        if query.ambiguous:
            lines.append(f"{query.label!r} may mean {len(query.candidates)} things, so no definition is used:")
        for sense in query.candidates:
            telling = (each for each in (*sense.parents, *sense.names) if _chosen(query.candidates, each) == sense)
            hint = next((f" ({each})" for each in telling), "")
            lines.append(f"  {query.name}{hint}: {shorten(sense.definition, 80)}")
    if any(query.ambiguous for query in queries):
        lines.append("say which by a word of its meaning in brackets, as in 'crane (bird)'")
    return "\n".join(lines)


def _say(template: str, name: str, hint: str | None, definition: str | None = None) -> str:
    text = fill(template, name)
    more = f": {definition}" if definition else f", a kind of {hint}" if hint else ""
    stop = "." if more and text.endswith(".") else ""
    return text.removesuffix(stop) + more + stop


def _split_hint(label: str) -> tuple[str, str | None]:
    found = _HINT.fullmatch(label)
    return (found[1], split_determiner(found[2].strip())[1]) if found else (label, None)


def _comparable(queries: tuple[Query, ...]) -> tuple[Query, ...]:
    """Leaves looked-up definitions out where too few labels have one; those given or picked by a hint are kept."""
    if sum(each.definition is not None for each in queries) >= COVERAGE * len(queries):
        return queries
    return tuple(replace(each, definition=None) if each.looked_up else each for each in queries)


def _query(label: str, lexicon: Lexicon | None, own: Sense | None = None) -> Query:
    name, hint = _split_hint(" ".join(label.replace("_", " ").split()))
    determiner, noun = split_determiner(name)
    name = noun if determiner in ("a", "an") else name
    if lexicon is None:
        return Query(label, name, hint, None, own)
    senses = () if own and own.definition else lexicon.lookup(name)
    found = _chosen(senses, hint) if hint else senses[0] if len(senses) == 1 else None
    sense = found or own
    candidates = senses if found is None and hint is None else ()
    definition = (sense.definition or None) if sense else None
    return Query(label, name, hint, definition, sense, candidates, looked_up=found is not None and hint is None)


def _chosen(senses: Sequence[Sense], hint: str) -> Sense | None:
    """The one sense that `hint` picks, by its names and parents first, then by its definition; or none."""
    forms = "|".join(map(re.escape, (hint, *singulars(hint))))
    word = re.compile(rf"\b(?:{forms})(?:e?s)?\b", re.IGNORECASE)
    found = [sense for sense in senses if any(word.search(each) for each in (*sense.names, *sense.parents))]
    found = found or [sense for sense in senses if word.search(sense.definition)]
    return found[0] if len(found) == 1 else None


def _with_definitions(labels: LabelsLike, definitions: Sequence[str | None]) -> LabelSet:
    names = labels if isinstance(labels, Sequence) and not isinstance(labels, str) else None
    if names is None or len(names) != len(definitions):
        raise InputError(
            "a definition for each label", f"{len(definitions)} definitions", "pass a list of labels as long"
        )
    return LabelSet.from_names(list(names), definitions=definitions)


def _from_one(path: str | os.PathLike[str]) -> LabelSet:
    if isinstance(path, str) and imagenet.canonical(path):
        return LabelSet.named(path)
    if isinstance(path, str) and not Path(path).suffix:
        raise InputError(
            "labels", f"the text {path!r:.60}", "pass a list, ['a cat', 'a dog'], a label file or a set's name"
        )
    return LabelSet.load(Path(path))


def _checked(labels: list[Any], *, unique: bool) -> list[str]:
    if not labels:
        raise InputError("labels", "an empty list", "pass at least one label")
    seen: dict[tuple[str, str | None], str] = {}
    for place, label in enumerate(labels, 1):
        asked = f"label {place} of {len(labels)}"
        if not isinstance(label, str):
            raise InputError(asked, f"{type(label).__name__} {label!r:.40}", "pass labels as text")
        if not label.replace("_", " ").strip():
            raise InputError(asked, f"a blank text, {label!r:.40}", "write a word, or leave it out")
        if "{" in label or "}" in label:
            raise InputError(asked, f"braces in {label!r:.60}", "pass plain words, and patterns as templates")
        query = _query(label, None)
        if query.hint == "":
            raise InputError(asked, f"empty brackets in {label!r:.60}", "write a hint in them: 'crane (bird)'")
        same = (query.name.casefold(), query.hint and query.hint.casefold())
        if unique and same in seen:
            found = f"{label!r:.60}, the same as {seen[same]!r:.60}"
            raise InputError(asked, found, "drop one, or tell them apart by a hint: 'crane (bird)'")
        seen[same] = label
    return labels


def _refuse_twins(labels: LabelSet) -> None:
    # Rows of one name may differ in definition, as ImageNet's two cranes do; rows alike may not be.
    seen: dict[tuple[object, ...], int] = {}
    for row, (names, gloss) in enumerate(zip(labels.synonyms, labels.definitions, strict=True)):
        first = seen.setdefault((tuple(map(str.casefold, names)), gloss), row)
        if first != row:
            found = f"{names[0]!r} in rows {first} and {row}, with no definition to tell them apart"
            raise InputError(f"labels of {labels.name}", found, "drop one, or give each a definition")
