"""The version, as the installed package tells it: of the tag it was built at, or counted from the last one."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

__all__ = ["__version__"]

try:
    __version__ = version("headword")
except PackageNotFoundError:  # a source tree on the path
    __version__ = "0.0.0"
