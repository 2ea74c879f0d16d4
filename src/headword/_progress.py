"""One way to show progress: a bar on stderr, hidden, or shown on a terminal only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tqdm import tqdm

__all__ = ["progress_bar"]


def progress_bar(items: Iterable[Any] | None = None, *, show: bool | None, **options: Any) -> tqdm:
    """A tqdm bar over `items`.

    Args:
        items: What is looped over; `None` where the caller moves the bar itself.
        show: `None` shows it on a terminal only.
        **options: Of tqdm.
    """
    return tqdm(items, disable=None if show is None else not show, **options)
