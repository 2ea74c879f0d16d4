"""How objects that hold arrays and long lists show themselves: in a line that a notebook can bear."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

__all__ = ["short_repr"]

ITEMS, LETTERS = 3, 60


def short_repr(value: Any) -> str:
    """A dataclass as its name and fields, arrays by their shape and sequences by their first items.

    A class that wants it writes `__repr__ = short_repr`.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass
        ... class Rows:
        ...     vectors: np.ndarray
        ...     ids: tuple[str, ...]
        ...     __repr__ = short_repr
        >>> Rows(np.zeros((1000, 4), np.float32), tuple("abcdefgh"))
        Rows(vectors=<1000 × 4 float32>, ids=<8: 'a', 'b', 'c', …>)
    """
    shown = (f"{each.name}={_shown(getattr(value, each.name))}" for each in fields(value) if each.repr)
    return f"{type(value).__name__}({', '.join(shown)})"


def _shown(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.size > ITEMS:
        return f"<{' × '.join(map(str, value.shape))} {value.dtype}>"
    if isinstance(value, tuple | list | dict | frozenset) and len(value) > ITEMS:
        return f"<{len(value)}: {', '.join(map(_shown, list(value)[:ITEMS]))}, …>"
    if type(value) is tuple:
        return f"({', '.join(map(_shown, value))}{',' * (len(value) == 1)})"
    if isinstance(value, float):
        return f"{value:.6g}"
    return f"{value[: LETTERS - 1]!r}…" if isinstance(value, str) and len(value) > LETTERS else repr(value)
