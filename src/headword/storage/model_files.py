"""Files of a saved model: named arrays in safetensors, everything else in config.json, moved into place whole."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from headword.errors import InputError

__all__ = ["CONFIG", "LABELS", "WEIGHTS", "atomic_write", "read_model_folder", "replaceable", "write_model_folder"]

CONFIG, WEIGHTS, LABELS = "config.json", "model.safetensors", "labels.json"


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yields a path beside `path` to write to; it takes the place of `path` when the block ends well, else vanishes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
        fresh, old = Path(folder) / "new", Path(folder) / "old"
        yield fresh
        if path.is_dir() and not path.is_symlink():
            try:
                path.rename(old)
                fresh.rename(path)
            finally:  # an interrupt here would lose both
                if not path.exists():
                    old.rename(path)
            shutil.rmtree(old)
        else:
            fresh.replace(path)


def write_model_folder(
    path: Path, config: Mapping[str, Any], arrays: Mapping[str, np.ndarray], labels: list[dict[str, Any]] | None = None
) -> None:
    """Writes a model folder; an existing one is replaced, anything else in the way is an error.

    Raises:
        InputError: `path` exists and is not a model folder, or holds more than a model.
    """
    path = path.resolve()
    if path.exists() and not replaceable(path):
        raise InputError(f"to save a model in {path}", "something else is there", "choose a new folder")
    with atomic_write(path) as fresh:
        fresh.mkdir()
        save_file({name: np.asarray(array, order="C") for name, array in arrays.items()}, fresh / WEIGHTS)
        (fresh / CONFIG).write_text(
            json.dumps(config, indent=2, ensure_ascii=False, default=_plain) + "\n", encoding="utf-8"
        )
        if labels is not None:
            lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in labels)
            (fresh / LABELS).write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def replaceable(path: Path) -> bool:
    """Whether `path` is an empty folder, or a model of headword's and nothing else: what is replaced is lost."""
    if not path.is_dir():
        return False
    inside = {each.name for each in path.iterdir()}
    if CONFIG not in inside or not inside <= {CONFIG, WEIGHTS, LABELS}:
        return not inside
    try:
        config = json.loads((path / CONFIG).read_text(encoding="utf-8"))
    except ValueError:
        return True  # damaged, so that to save again is the remedy
    return isinstance(config, dict) and "headword" in config


def _plain(value: Any) -> Any:
    """NumPy's numbers as Python's, for JSON."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} does not go into {CONFIG}")


def read_model_folder(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Reads what `write_model_folder` wrote.

    Raises:
        InputError: Not a model folder, or its files are damaged.
    """
    asked = f"the saved model {path}"
    absent = [each for each in (CONFIG, WEIGHTS) if not (path / each).is_file()]
    if absent:
        found = "no such folder" if not path.is_dir() else f"no {' and '.join(absent)} in it"
        raise InputError(asked, found, "pass a folder that `save_pretrained` or `headword align -o` wrote")
    try:
        config = json.loads((path / CONFIG).read_text(encoding="utf-8"))
        arrays = load_file(path / WEIGHTS)
    except (OSError, ValueError, SafetensorError) as error:
        raise InputError(asked, f"damaged files: {error}", "save it again") from error
    if not isinstance(config, dict):
        raise InputError(asked, f"{CONFIG} holds a {type(config).__name__}", "save it again")
    return config, arrays
