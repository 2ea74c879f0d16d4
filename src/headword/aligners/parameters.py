"""Parameters of aligners and adapters: the type of a number says which values it may have.

rounds: Count = 10               a whole number from 1
smooth: Share = 0.5              a number from 0 to 1
patience: Count | None = None    a whole number from 1, or None
"""

from __future__ import annotations

from math import inf
from numbers import Integral, Real
from types import NoneType
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

__all__ = [
    "Cosine",
    "Count",
    "CountFromZero",
    "Limits",
    "NotNegative",
    "Positive",
    "Share",
    "ShareBelowOne",
    "limits_of",
]

Count = Annotated[int, (1, inf)]
CountFromZero = Annotated[int, (0, inf)]
Cosine = Annotated[float, (-1.0, inf)]
"""Above 1 no cosine reaches it."""
Share = Annotated[float, (0.0, 1.0)]
ShareBelowOne = Annotated[float, (0.0, 1.0 - 1e-9)]
NotNegative = Annotated[float, (0.0, inf)]
Positive = Annotated[float, (1e-12, inf)]


class Limits(NamedTuple):
    """Which values a number may have.

    Attributes:
        low: The least.
        high: The greatest.
        whole: Whether it must be a whole number.
        optional: Whether it may be `None` instead.
    """

    low: float
    high: float
    whole: bool
    optional: bool

    def hold(self, value: Any) -> bool:
        """Whether `value` is a number of this kind within the limits."""
        return isinstance(value, Integral if self.whole else Real) and self.low <= float(value) <= self.high


def limits_of(kind: type) -> dict[str, Limits]:
    """The limits of a class's parameters, for those whose annotation names some."""
    found = {}
    for name, hint in get_type_hints(kind, include_extras=True).items():
        parts = (hint,) if get_origin(hint) is Annotated else get_args(hint)
        for number, (low, high) in (get_args(each) for each in parts if get_origin(each) is Annotated):
            found[name] = Limits(low, high, number is int, NoneType in parts)
    return found
