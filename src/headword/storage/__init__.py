"""Files on disk: written beside and moved into place whole."""

from __future__ import annotations
