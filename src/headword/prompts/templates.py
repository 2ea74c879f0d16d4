"""Templates: the patterns that make a text out of a name, in good English.

A template is a text with `{}` where the name goes. The determiner that stands before it, with or without
adjectives between, is fitted to the name:

    a photo of a {}        an apple pie · a unicorn · trousers · rice · the Eiffel tower · my bicycle
    a photo of a clean {}  a clean apple pie · clean trousers · my clean bicycle
    a photo of many {}     many wolves · many sheep · rice
    a origami {}           an origami crane
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from headword.errors import InputError, UnknownName, suggestion
from headword.lexicon.english import article, ends_noun, is_mass, is_plural, plural, split_determiner

__all__ = ["TEMPLATES", "expand", "fill"]


def _clip() -> tuple[str, ...]:
    lines = (files("headword") / "data" / "clip_templates.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


# "clip" is the set of 80 that CLIP's authors use for ImageNet.
TEMPLATES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"plain": ("{}",), "photo": ("a photo of a {}",), "clip": _clip()}
)

_FITTED = frozenset(["a", "an", "the", "one", "many", "my", "your", "our", "this", "that", "some"])
_REACH = 5  # words that may stand between a determiner and its noun: "a hard to see {}"


def expand(templates: str | Sequence[str]) -> tuple[str, ...]:
    """The templates meant by names of `TEMPLATES` and by templates themselves, each once.

    Raises:
        InputError: None at all, or a template that is no text with `{}` in it.
        UnknownName: A name that is not in `TEMPLATES`.
    """
    asked = [templates] if isinstance(templates, str) else list(templates)
    if not asked:
        raise InputError("templates", "an empty list", f"name one of {', '.join(TEMPLATES)}, or write one with {{}}")
    found: dict[str, None] = {}
    for each in asked:
        if isinstance(each, str) and each not in TEMPLATES and "{" not in each:
            do = f"{suggestion(each, TEMPLATES)}write a text with {{}} where the name goes, such as 'a photo of a {{}}'"
            raise UnknownName(f"the templates {each!r}", f"known: {', '.join(TEMPLATES)}", do)
        found.update(dict.fromkeys(TEMPLATES.get(each) or ("{}".join(_pieces(each)),)))
    return tuple(found)


def fill(template: str, name: str) -> str:
    """Puts `name` into `template` with the article, or the plural, that English wants.

    An article or determiner that `name` brings along is not doubled: "a lighthouse", "my bicycle". Where the
    template has none, `name` stays as it is typed. Before another noun the article stays: "a {} texture".

    >>> fill("a photo of a {}", "apple pie"), fill("a photo of many {}", "wolf")
    ('a photo of an apple pie', 'a photo of many wolves')

    Raises:
        InputError: `template` is no text with `{}` in it, or `name` is blank.
    """
    first, *pieces = _pieces(template)
    if not isinstance(name, str) or not name.strip():
        raise InputError(f"a text from {template!r}", f"the name {name!r}", "pass a name")
    filled = first
    for piece in pieces:
        filled = _place(filled, " ".join(name.split()), piece) + piece
    return filled


def _pieces(template: Any) -> list[str]:
    pieces = template.split("{}") if isinstance(template, str) else []
    if len(pieces) < 2 or any(brace in piece for piece in pieces for brace in "{}"):
        raise InputError(
            "a template", repr(template), "write a text with {} where the name goes, such as 'a photo of a {}'"
        )
    return pieces


def _place(left: str, name: str, right: str) -> str:
    words = left.split(" ")
    at = _determiner_at(words)
    if at is None:
        return left + name
    own, noun = split_determiner(name)
    following = right[1:].split(" ")[0].strip(".,:;!?") if right.startswith(" ") else ""
    describes = bool(following) and not ends_noun(following)
    middle = words[at + 1 : -1]
    if own in ("", "a", "an"):
        own, noun = _agree(words[at].casefold(), " ".join(middle), noun, describes=describes)
    phrase = " ".join(filter(None, [own, *middle, noun]))
    if words[at][:1].isupper():
        phrase = phrase[:1].upper() + phrase[1:]
    return " ".join([*words[:at], phrase])


def _determiner_at(words: list[str]) -> int | None:
    """Where the determiner of the noun that follows `words` stands; the last of `words` must be empty."""
    if words[-1]:
        return None
    for at in range(len(words) - 2, max(len(words) - 3 - _REACH, -1), -1):
        word = words[at].casefold()
        if word in _FITTED:
            return at
        if word != "to" and (ends_noun(word) or word.endswith("ing") or not word.replace("-", "").isalpha()):
            return None
    return None


def _agree(determiner: str, adjectives: str, noun: str, *, describes: bool) -> tuple[str, str]:
    """A template's determiner and the noun, made to agree; `describes`: the noun qualifies another."""
    if describes:
        bare = False
    elif determiner == "many":
        noun, bare = plural(noun), is_mass(noun)
    else:
        bare = determiner in ("a", "an", "one") and (is_plural(noun) or is_mass(noun))
    if bare:
        return "", noun
    return (article(adjectives or noun) if determiner in ("a", "an") else determiner), noun
