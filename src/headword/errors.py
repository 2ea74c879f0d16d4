"""Every error headword raises on purpose.

Each says three things: what was asked, what was found, what to do. Catch `HeadwordError` for all of them; most
also derive from the built-in exception a Python user would expect (`ValueError`, `ImportError`, `OSError`).
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from importlib.util import find_spec

__all__ = [
    "BadImageError", "EncoderMismatch", "HeadMismatch", "HeadwordError", "InputError", "LabelMismatch",
    "MissingExtra", "UnknownName", "WeightsUnavailable", "require", "suggestion",
]  # fmt: skip


class HeadwordError(Exception):
    """Root of headword's exceptions.

    Args:
        asked: What the caller wanted.
        found: What was there instead.
        do: What the caller can do now.
    """

    def __init__(self, asked: str, found: str, do: str) -> None:
        super().__init__(asked, found, do)
        self.asked, self.found, self.do = asked, found, do

    def __str__(self) -> str:
        return f"asked: {self.asked}\nfound: {self.found}\n   do: {self.do}"


class InputError(HeadwordError, ValueError):
    """An argument or a file has the wrong form."""


class LabelMismatch(InputError):
    """A head and a label set do not have the same number of classes, or no set can be told."""


class HeadMismatch(InputError):
    """The layer taken for the head does not reproduce the classifier's logits."""


class EncoderMismatch(InputError):
    """A saved model was fitted on another encoder than the one given."""


class BadImageError(InputError):
    """A picture cannot be read; raised only where `strict=True`."""


class UnknownName(HeadwordError, LookupError):
    """A name is in no registry."""


class WeightsUnavailable(HeadwordError, OSError):
    """Weights are neither on disk nor to be downloaded, or are not the ones expected."""


class MissingExtra(HeadwordError, ImportError):
    """An optional dependency is not installed."""


def require(module: str, extra: str, purpose: str) -> None:
    """Raises `MissingExtra` with the exact pip line unless `module` can be imported.

    Args:
        module: Top-level module that is needed, e.g. "timm".
        extra: headword's extra that brings it, e.g. "torch".
        purpose: What it is needed for, in the user's words.
    """
    if find_spec(module) is None:
        raise MissingExtra(
            purpose,
            f"the module {module!r} is not installed",
            f"pip install 'headword[{extra}]', or in a clone pip install -e '.[{extra}]'",
        )


def suggestion(name: str, known: Iterable[str], prefix: str = "") -> str:
    """Words for the end of an error: "did you mean 'ridge'? ", or "" where nothing in `known` is spelt nearly so.

    Args:
        name: What was asked for.
        known: All names there are.
        prefix: Of a library of models, "timm/"; the name then follows it without quotes.
    """
    close = get_close_matches(name, list(known), n=1)
    if not close:
        return ""
    return f"did you mean {prefix}{close[0]}?" if prefix else f"did you mean {close[0]!r}? "
