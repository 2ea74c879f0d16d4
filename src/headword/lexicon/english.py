"""A little English: the article before a name, and what a plural may be the plural of.

More of it was measured: articles by sound ("an hour glass"), no article before plurals and mass nouns, and plurals
behind "many" moved no figure of `recipes/zero_shot.py` and none of `recipes/unseen_classes.py` by more than 0.1 points.
"""

from __future__ import annotations

__all__ = ["article", "singulars", "split_determiner"]

_DETERMINERS = frozenset(("a", "an", "the", "my", "your", "his", "her", "our", "their", "its", "this", "that", "some"))
# The same before a plural only: "two dogs", but "two-seater" and "all terrain vehicle".
_QUANTITIES = frozenset((
    "these", "those", "many", "several", "few", "all", "both", "two", "three", "four", "five", "six", "seven", "eight",
    "nine", "ten",
))  # fmt: skip
# The head noun stands before the first of these: "glass of wine", "people riding a bus".
_AFTER_HEAD = frozenset((
    "about", "above", "against", "along", "among", "around", "at", "behind", "below", "beneath", "beside", "between",
    "by", "during", "for", "from", "holding", "in", "inside", "into", "near", "of", "on", "onto", "over", "playing",
    "riding", "taken", "through", "to", "towards", "under", "wearing", "with", "within", "without", "and", "or", "as",
    "is", "are", "was", "made", "seen",
))  # fmt: skip
_IRREGULAR = {
    "children": "child", "dice": "die", "feet": "foot", "geese": "goose", "lice": "louse", "men": "man",
    "mice": "mouse", "oxen": "ox", "people": "person", "quizzes": "quiz", "teeth": "tooth", "women": "woman",
}  # fmt: skip
# "firemen", "grandchildren": compounds share the plural of their last part.
_COMPOUNDED = ("women", "children", "teeth", "feet", "men")
# Endings of plurals and what they stand for: WordNet's own rules of detachment for nouns, "wolves" and "potatoes".
_ENDINGS = (
    ("ves", "f"), ("ves", "fe"), ("ches", "ch"), ("shes", "sh"), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ies", "y"),
    ("oes", "o"),
)  # fmt: skip


def split_determiner(phrase: str) -> tuple[str, str]:
    """Parts a leading article or determiner from the rest: "my bicycle" → ("my", "bicycle").

    The first part is empty where there is none, or where nothing would be left: "a" alone is a letter.
    """
    first, _, rest = phrase.partition(" ")
    word = first.casefold()
    leads = word in _DETERMINERS or (word in _QUANTITIES and singulars(rest))
    return (word, rest) if rest and leads else ("", phrase)


def article(phrase: str) -> str:
    """Returns "a" or "an" by the first letter of `phrase`."""
    return "an" if phrase.casefold().startswith(tuple("aeiou")) else "a"


def singulars(phrase: str) -> tuple[str, ...]:
    """What `phrase` may be the plural of, likeliest first; to be looked up, since not all of them are words.

    >>> singulars("wolves")
    ('wolf', 'wolfe', 'wolve')
    """
    words = phrase.split(" ")
    head = next((i for i, word in enumerate(words) if i and word.casefold() in _AFTER_HEAD), len(words)) - 1
    noun = words[head]
    lower = noun.casefold()
    found = [_IRREGULAR[lower]] if lower in _IRREGULAR else []
    if not found:
        found += [noun[: -len(many)] + _IRREGULAR[many] for many in _COMPOUNDED if lower.endswith(many)][:1]
    found += [noun[: -len(end)] + one for end, one in _ENDINGS if lower.endswith(end)]
    if lower.endswith("s") and not lower.endswith("ss"):
        found.append(noun[:-1])
    return tuple(" ".join([*words[:head], one, *words[head + 1 :]]) for one in dict.fromkeys(found))
