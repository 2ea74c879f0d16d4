"""Whether training shows bars: said once, around all the fits and refits it is about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["SHOWN", "progress"]

SHOWN: ContextVar[bool | None] = ContextVar("SHOWN", default=None)
"""`None` shows bars on a terminal only."""


@contextmanager
def progress(show: bool | None) -> Iterator[None]:
    """Bars of training on stderr within the block: `True`, `False`, or on a terminal only, `None`."""
    token = SHOWN.set(show)
    try:
        yield
    finally:
        SHOWN.reset(token)
