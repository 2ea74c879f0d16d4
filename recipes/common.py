"""What the recipes share: where the pictures are, embeddings kept between runs, a table and a JSON row."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import headword as hw
from headword.encoders.base import Embedded, ImageEncoder, TextEncoder


def data_folder(name: str) -> Path:
    """A folder of $HEADWORD_DATA, or of ../shared/data beside the checkout."""
    root = Path(os.environ.get("HEADWORD_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not (root / name).is_dir():
        sys.exit(f"recipe: no pictures at {root / name}; set HEADWORD_DATA to a folder that has {name}/")
    return root / name


def embed(encoder: ImageEncoder, folder: Path) -> Embedded:
    """Embeddings of a folder, kept in results/cache under the encoder's fingerprint."""
    cache = Path("results/cache") / f"{encoder.fingerprint[:16]}-{folder.parent.name}-{folder.name}.npz"
    if cache.exists():
        with np.load(cache) as kept:
            ids = tuple(str(each) for each in kept["ids"])
            return Embedded(ids, kept["vectors"], tuple(range(len(ids))), ())
    found = encoder.embed(folder, strict=True)
    cache.parent.mkdir(parents=True, exist_ok=True)
    np.savez(cache, ids=np.array(found.ids), vectors=found.vectors)
    return found


class Remembered(TextEncoder):
    """A text encoder that embeds each text once in a run."""

    def __init__(self, encoder: TextEncoder) -> None:
        self.name, self._encoder, self._known = encoder.name, encoder, dict[str, np.ndarray]()

    @property
    def dim(self) -> int:
        """Width of the embeddings."""
        return self._encoder.dim

    @property
    def fingerprint(self) -> str:
        """Of the encoder behind it."""
        return self._encoder.fingerprint

    def encode(
        self, items: str | Sequence[str], *, batch_size: int = 64, show_progress: bool | None = None
    ) -> np.ndarray:
        """One row per text."""
        texts = [items] if isinstance(items, str) else list(items)
        fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
        if fresh:
            rows = self._encoder.encode(fresh, batch_size=batch_size, show_progress=show_progress)
            self._known.update(zip(fresh, rows, strict=True))
        return np.stack([self._known[text] for text in texts])


def pm(values: Sequence[float]) -> str:
    """Mean ± standard deviation, in percent."""
    return f"{100 * np.mean(values):.1f} ± {100 * np.std(values, ddof=1):.1f}"


def report(name: str, header: Sequence[str], rows: Sequence[Sequence[str]], facts: dict[str, Any]) -> None:
    """Prints a Markdown table and writes it with everything needed to repeat it to results/<name>.json."""
    lines = ["| " + " | ".join(each) + " |" for each in (header, ["---"] * len(header), *rows)]
    sys.stdout.write("\n".join(lines) + "\n")
    out = Path("results") / f"{name}.json"
    out.parent.mkdir(exist_ok=True)
    record = {
        "recipe": name,
        "command": " ".join(["python", *sys.argv]),
        "headword": hw.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        **facts,
        "table": [dict(zip(header, row, strict=True)) for row in rows],
    }
    out.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.write(f"\nwritten to {out}\n")


def report_by_mode(name: str, header: Sequence[str], rows: Sequence[Sequence[str]], facts: dict[str, Any]) -> None:
    """Two tables, for an inductive figure and an adapted one never share a column.

    What is inductive says so in one of its cells.
    """
    for mode in ("inductive", "adapted"):
        kept = [row for row in rows if any("inductive" in cell for cell in row) == (mode == "inductive")]
        sys.stdout.write(f"\n{mode}:\n")
        report(f"{name}_{mode}", header, kept, facts)
