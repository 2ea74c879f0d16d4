"""From what a user types to models and labels; whatever can be wrong is told before anything slow begins."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from headword.cli._common import log
from headword.errors import InputError

if TYPE_CHECKING:
    from headword.adapt import Adapter
    from headword.encoders import ImageEncoder
    from headword.labels import LabelSet
    from headword.model import AlignedModel

__all__ = [
    "adapter_of",
    "check_output",
    "encoder_options",
    "gather_labels",
    "image_encoder_of",
    "is_saved_model",
    "open_model",
    "require_saved_model",
    "saved_labels",
]


def is_saved_model(path: str | Path) -> bool:
    """Whether the folder `path` is a saved model; many others have a config.json too."""
    try:
        config = json.loads((Path(path) / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and {"headword", "aligner"} <= config.keys()


def require_saved_model(path: str | Path) -> None:
    """Raises `InputError` unless the folder `path` is a saved model."""
    if not is_saved_model(path):
        do = "make one: headword align IMAGE_ENCODER -o FOLDER"
        raise InputError(f"the saved model {path}", "no such model", do)


def check_output(folder: Path) -> None:
    """Raises `InputError` unless a model may be saved at `folder`: a new, empty or saved model's folder."""
    from headword.storage import replaceable

    if folder.exists() and not replaceable(folder):
        found = "a folder that holds something else" if folder.is_dir() else "a file of that name"
        raise InputError(f"to save a model in {folder}", found, "choose a new folder")


def saved_labels(name: str) -> LabelSet | None:
    """The classes a saved model learnt from; `None` where `name` is no saved model or keeps none."""
    from headword import saved

    return saved.read(Path(name)).labels if is_saved_model(name) else None


def encoder_options(device: str) -> dict[str, str]:
    """What to pass to `load_image_encoder` and `load_text_encoder`."""
    return {} if device == "auto" else {"device": device}


def open_model(
    name: str, text: str, definitions: str = "auto", device: str = "auto", *, quiet: bool = False
) -> AlignedModel:
    """A saved model; or an image encoder of that name, aligned here and now with the text encoder `text`."""
    import headword as hw

    if is_saved_model(name):
        return hw.AlignedModel.from_pretrained(name, **encoder_options(device))
    _refuse_other_folders(name)
    log.info("aligning %s with %s; to keep the model: headword align %s -o FOLDER", name, text, name)
    start = time.perf_counter()
    model = hw.align(name, text, definitions=definitions, device=device, show_progress=False if quiet else None)
    log.info("aligned in %.0f s", time.perf_counter() - start)
    return model


def image_encoder_of(name: str, device: str = "auto") -> ImageEncoder:
    """The image encoder of a saved model, or the one of that name."""
    import headword as hw
    from headword import saved

    if is_saved_model(name):
        return hw.load_image_encoder(saved.read(Path(name)).image_encoder, **encoder_options(device))
    _refuse_other_folders(name)
    return hw.load_image_encoder(name, **encoder_options(device))


def _refuse_other_folders(name: str) -> None:
    if "/" not in name and not Path(name).exists():
        raise InputError(
            f"the model {name!r}",
            "no folder of that name here, and no image encoder",
            "pass a folder of `headword align -o`, or an image encoder (`headword ls image-encoders`)",
        )


def adapter_of(name: str | None) -> Adapter:
    """The adapter of that name, or the default one.

    Raises:
        UnknownName: No adapter is called that.
    """
    from headword.adapt import Careful, registry

    found: Adapter = Careful() if name is None else registry[name]()
    return found


def gather_labels(one_by_one: list[str] | None, in_a_row: str | None, source: str | None) -> list[str] | str:
    """The labels of `--label`, `--labels` and `--labels-file`, in a form that `classify` takes.

    Raises:
        InputError: None at all, a file beside others, or the name of a file where labels belong.
    """
    typed = [*(one_by_one or []), *(each.strip() for each in (in_a_row or "").split(",") if each.strip())]
    if source is not None and typed:
        raise InputError("labels", "both a file and single ones", "pass --labels-file, or --label and --labels")
    if source is not None:
        return source
    if not typed:
        raise InputError(
            "labels for the pictures",
            "none",
            "pass -l 'a cat' -l 'a dog', or --labels 'a cat, a dog', or --labels-file",
        )
    if len(typed) == 1 and Path(typed[0]).suffix in (".txt", ".csv", ".tsv", ".json") and Path(typed[0]).is_file():
        raise InputError("labels", f"{typed[0]!r}, a file", f"pass --labels-file {typed[0]}")
    return typed
