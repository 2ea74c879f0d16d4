"""Rows for JSON: what a result was made with, so that it can be made again."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from headword._version import __version__

if TYPE_CHECKING:
    from headword.model.aligned import AlignedModel

__all__ = ["model_row", "provenance"]

_DECISIVE = (
    "numpy", "scipy", "scikit-learn", "pillow", "torch", "torchvision", "timm", "transformers",
    "sentence-transformers", "open-clip-torch",
)  # fmt: skip


def model_row(model: AlignedModel) -> dict[str, Any]:
    """What `describe` tells of a model, and its validation."""
    return {**model.describe(), "validation": [each.as_dict() for each in model.validation]}


def provenance(command: str | None = None) -> dict[str, Any]:
    """Versions of what decides a result, the day, and the command that made it."""
    found = {}
    for name in _DECISIVE:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "headword": __version__,
        "python": platform.python_version(),
        "packages": found,
        "date": datetime.now(UTC).date().isoformat(),
        "command": command,
    }
