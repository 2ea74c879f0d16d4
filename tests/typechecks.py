"""The type checker that the import hook lays over every function of headword while tests run.

A call is judged when it has returned: its arguments and its result must then have had the types and shapes that the
signature declares. A call that raises is left alone, for a wrong argument must meet headword's own error, as it would
with a user, and not the checker's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from beartype import beartype


def judged(function: Callable[..., Any]) -> Callable[..., Any]:
    """`beartype`, on a stand-in that jaxtyping makes of a function; `Self` means nothing there."""
    if not _gives_back(function):
        return function
    hints = function.__annotations__
    function.__annotations__ = {name: Any if hint is Self else hint for name, hint in hints.items()}
    checked: Callable[..., Any] = beartype(function)
    return checked


def _gives_back(function: Callable[..., Any]) -> bool:
    """Whether the stand-in takes what the function returned, as its last keyword, and returns it."""
    return any(each.startswith("ret") for each in function.__code__.co_varnames)
