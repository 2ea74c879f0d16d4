"""What analyses find."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Finding"]


@dataclass(frozen=True)
class Finding:
    """Base of what each analysis finds: a frozen dataclass whose fields JSON can hold."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)
