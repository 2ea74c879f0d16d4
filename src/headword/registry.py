"""Names to classes: what ships with headword, and what other packages add through entry points.

A third-party package adds an aligner by declaring, in its own `pyproject.toml`,

    [project.entry-points."headword.aligners"]
    my-aligner = "my_package:MyAligner"

and a script by `headword.aligners.registry.register("my-aligner", MyAligner)`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from headword.errors import UnknownName, suggestion

__all__ = ["Registry"]


class Registry:
    """A table of names and what is behind them, imported on first use.

    Args:
        kind: What the entries are, for messages: "aligner".
        group: Entry-point group that other packages extend.
        builtin: Name to "module:attribute", or to the entry itself.
    """

    def __init__(self, kind: str, group: str, builtin: Mapping[str, Any]) -> None:
        self.kind, self.group = kind, group
        self._entries: dict[str, Any] = dict(builtin)
        self._scanned = False

    def register(self, name: str, entry: Any) -> None:
        """Adds or replaces `name`; `entry` is a class, another object, or a "module:attribute" string."""
        self._entries[name] = entry

    def _scan(self) -> None:
        if not self._scanned:
            self._scanned = True
            for point in entry_points(group=self.group):
                self._entries.setdefault(point.name, point.value)

    def __getitem__(self, name: str) -> Any:
        if name not in self._entries:
            self._scan()
        if name not in self._entries:
            raise UnknownName(
                f"the {self.kind} {name!r}",
                f"known: {', '.join(sorted(self._entries))}",
                f"{suggestion(name, self._entries)}use one of these names",
            )
        entry = self._entries[name]
        if isinstance(entry, str):
            module, _, attribute = entry.partition(":")
            entry = self._entries[name] = getattr(import_module(module), attribute)
        return entry

    def __contains__(self, name: object) -> bool:
        self._scan()
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        self._scan()
        return iter(sorted(self._entries))
