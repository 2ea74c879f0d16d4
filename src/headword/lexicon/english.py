"""A little English: articles, plurals and singulars of noun phrases.

The rules are few on purpose; nouns that break them are listed in `data/english.txt`. A noun in none of these
lists may get a wrong article or plural, which costs a text encoder next to nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from importlib.resources import files

__all__ = ["article", "ends_noun", "is_mass", "is_plural", "plural", "singulars", "split_determiner"]


def _read_lists() -> dict[str, dict[str, None]]:
    lists: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for line in (files("headword") / "data" / "english.txt").read_text(encoding="utf-8").splitlines():
        name, colon, words = line.partition(": ")
        if colon and not line.startswith("#"):
            lists[name].update(dict.fromkeys(words.split()))
    return lists


_LISTS = _read_lists()
_PAIRS = list(_LISTS["irregular"])
_IRREGULAR = dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))
_IRREGULAR_PLURALS = {many: one for one, many in _IRREGULAR.items()}
# "fireman", "grandchild": compounds share the plural of their last part.
_COMPOUNDED = ("woman", "child", "tooth", "foot", "man")

_SILENT_H = ("heir", "honest", "honor", "honour", "hour")
# "u" as in "unit" (unicorn, ukulele, urinal; neither "uninvited" nor "umbrella") and "o" as in "one".
_GLIDE = re.compile(r"eu|ew|uni(?!dent|mag|mp|n)|u[bcfghjkqrstv][aeiou]|one\b|once\b|ouija")
# Said letter by letter: "an SUV", "an F-16", "an x-ray", "a T-shirt".
_INITIALS = re.compile(r"[A-Z][A-Z0-9]{1,2}\b|[A-Z]\b|x-")


def split_determiner(phrase: str) -> tuple[str, str]:
    """Parts a leading article or determiner from the rest: "my bicycle" → ("my", "bicycle").

    The first part is empty where there is none, or where nothing would be left: "a" alone is a letter.
    """
    first, _, rest = phrase.partition(" ")
    word = first.casefold()
    if rest and (word in ("a", "an") or word in _LISTS["determiners"]):
        return word, rest
    if rest and word in _LISTS["quantities"] and (is_plural(rest) or is_mass(rest)):
        return word, rest
    return "", phrase


def article(phrase: str) -> str:
    """Returns "a" or "an" by the sound `phrase` begins with: "an hour glass", "a unicorn", "an SUV"."""
    plain = unicodedata.normalize("NFKD", phrase).lstrip("'\"“‘([ ")
    lower = plain.casefold()
    if _INITIALS.match(plain):
        return "an" if lower.startswith(tuple("aefhilmnorsx")) else "a"
    if lower.startswith(_SILENT_H) or re.match(r"8|1[18](?!\d)", lower):
        return "an"
    return "an" if lower.startswith(tuple("aeiou")) and not _GLIDE.match(lower) else "a"


def ends_noun(word: str) -> bool:
    """Whether `word` may follow the head of a noun phrase: "of", "in", "wearing"."""
    return word.casefold() in _LISTS["after-head"]


def is_plural(phrase: str) -> bool:
    """Whether the head noun is plural: "baby back ribs", "people on a beach"; not "bus", "pair of shoes"."""
    noun = _around_head(phrase)[1].casefold()
    if noun in _LISTS["plural"] or _irregular_singular(noun):
        return True
    if noun in _LISTS["singular"] or noun in _LISTS["same"]:
        return False
    return noun.endswith("s") and len(noun) > 3 and not noun.endswith(("ss", "us", "is"))


def is_mass(phrase: str) -> bool:
    """Whether the head noun takes no article: "rice", "red wine"; a closed list of some eighty words."""
    return _around_head(phrase)[1].casefold() in _LISTS["mass"]


def plural(phrase: str) -> str:
    """The plural: "wolves", "sheep", "glasses of wine"; what is plural or mass already stays as it is."""
    if is_plural(phrase) or is_mass(phrase):
        return phrase
    before, noun, after = _around_head(phrase)
    return before + _plural_noun(noun) + after


def singulars(phrase: str) -> tuple[str, ...]:
    """What `phrase` may be the plural of, likeliest first; to be looked up, since not all of them are words.

    >>> singulars("wolves")
    ('wolf', 'wolfe', 'wolve')
    """
    before, noun, after = _around_head(phrase)
    lower = noun.casefold()
    found = [_irregular_singular(lower)]
    if lower.endswith("ves"):
        found += [noun[:-3] + "f", noun[:-3] + "fe"]
    # WordNet's own rules of detachment for nouns, and "potatoes".
    rules = (("ches", "ch"), ("shes", "sh"), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ies", "y"), ("oes", "o"))
    found += [noun[: -len(end)] + one for end, one in rules if lower.endswith(end)]
    if lower.endswith("s") and not lower.endswith("ss"):
        found.append(noun[:-1])
    return tuple(dict.fromkeys(before + one + after for one in found if one))


def _around_head(phrase: str) -> tuple[str, str, str]:
    """Text before the head noun, the noun, and the text after it."""
    words = phrase.split(" ")
    end = next((i for i, word in enumerate(words) if i and ends_noun(word)), len(words))
    before = "".join(f"{word} " for word in words[: end - 1])
    return before, words[end - 1], "".join(f" {word}" for word in words[end:])


def _irregular_singular(noun: str) -> str | None:
    if noun in _IRREGULAR_PLURALS:
        return _IRREGULAR_PLURALS[noun]
    for one in _COMPOUNDED:
        if noun.endswith(_IRREGULAR[one]) and noun not in _LISTS["no-compound"]:
            return noun.removesuffix(_IRREGULAR[one]) + one
    return None


def _plural_noun(noun: str) -> str:
    lower = noun.casefold()
    if lower in _LISTS["same"] or lower.endswith(("deer", "fish", "sheep")):
        return noun
    if lower in _IRREGULAR:
        return _IRREGULAR[lower]
    for one in _COMPOUNDED:
        if lower.endswith(one) and lower not in _LISTS["no-compound"]:
            return noun[: -len(one)] + _IRREGULAR[one]
    if lower.endswith(tuple(_LISTS["f-to-ves"])):
        return re.sub(r"fe?$", "ves", noun)
    hisses = lower.endswith(("s", "x", "z", "ch", "sh")) and lower not in _LISTS["ch-as-k"]
    if hisses or lower in _LISTS["o-to-oes"]:
        return noun + "es"
    return noun[:-1] + "ies" if re.search(r"[^aeiou]y$", lower) else noun + "s"
