"""Rows for JSON: what a result was made with, so that it can be made again."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from headword import __version__

if TYPE_CHECKING:
    from headword.encoders.base import Encoder
    from headword.model import AlignedModel

__all__ = ["model_row", "provenance"]

_DECISIVE = (
    "numpy", "scipy", "scikit-learn", "pillow", "torch", "torchvision", "timm", "transformers",
    "sentence-transformers", "open-clip-torch",
)  # fmt: skip


def model_row(model: AlignedModel) -> dict[str, Any]:
    """A model's encoders with fingerprints, its aligner with the parameters it uses, and its validation."""
    from headword import aligners

    aligner = model.aligner
    parameters = {name: getattr(aligner, f"{name}_", value) for name, value in aligner.get_params().items()}
    return {
        "image_encoder": _encoder(model.image_encoder),
        "text_encoder": _encoder(model.text_encoder),
        "aligner": {
            "kind": aligners.name_of(type(aligner)),
            "parameters": parameters,
            "chosen": {name: parameters[name] for name in aligner.grid},
        },
        "validation": [each.as_dict() for each in model.validation],
    }


def _encoder(encoder: Encoder) -> dict[str, Any]:
    return {"name": encoder.name, "dim": encoder.dim, "fingerprint": encoder.fingerprint}


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
