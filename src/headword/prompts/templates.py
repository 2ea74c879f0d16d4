"""Templates: the patterns that make a text out of a name, such as "a photo of a {}", with the name in place of `{}`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from headword.errors import InputError, UnknownName, suggestion
from headword.lexicon.english import article, split_determiner

__all__ = ["TEMPLATES", "expand", "fill"]


def _clip() -> tuple[str, ...]:
    lines = (files("headword") / "data" / "clip_templates.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


# "clip" is the set of 80 that CLIP's authors use for ImageNet.
TEMPLATES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"plain": ("{}",), "photo": ("a photo of a {}",), "clip": _clip()}
)


_FITTED = frozenset(("a", "an", "the", "one", "many", "my", "your", "our", "this", "that", "some"))


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
    """Puts `name` into `template`; "a" or "an" right before it follows the name's first letter.

    A determiner that `name` brings along takes the template's place, an article is not doubled.

    >>> fill("a photo of a {}", "apple pie"), fill("a photo of a {}", "the Eiffel tower")
    ('a photo of an apple pie', 'a photo of the Eiffel tower')

    Raises:
        InputError: `template` is no text with `{}` in it, or `name` is blank.
    """
    first, *pieces = _pieces(template)
    if not isinstance(name, str) or not name.strip():
        raise InputError(f"a text from {template!r}", f"the name {name!r}", "pass a name")
    filled = first
    for piece in pieces:
        filled = _place(filled, " ".join(name.split())) + piece
    return filled


def _pieces(template: Any) -> list[str]:
    pieces = template.split("{}") if isinstance(template, str) else []
    if len(pieces) < 2 or any(brace in piece for piece in pieces for brace in "{}"):
        raise InputError(
            "a template", repr(template), "write a text with {} where the name goes, such as 'a photo of a {}'"
        )
    return pieces


def _place(left: str, name: str) -> str:
    before, space, word = left[:-1].rpartition(" ")
    if not left.endswith(" ") or word.casefold() not in _FITTED:
        return left + name
    own, noun = split_determiner(name)
    if own in ("", "a", "an"):
        own = article(noun) if word.casefold() in ("a", "an") else word
    return f"{before}{space}{own[0].upper() + own[1:] if word[0].isupper() else own} {noun}"
