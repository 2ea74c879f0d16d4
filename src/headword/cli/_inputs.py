"""From what a user types to models and labels; mistakes are errors before anything slow begins."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from headword.cli._common import bars, log
from headword.cli._options import TEXT
from headword.errors import InputError

if TYPE_CHECKING:
    from headword.adapters import Adapter
    from headword.encoders import ImageEncoder
    from headword.labels.label_set import LabelSet
    from headword.model.aligned import AlignedModel

__all__ = [
    "LABEL_FILES", "adapter_of", "check_file", "check_folder", "check_output", "encoder_options", "find_sources",
    "gather_labels", "image_encoder_of", "is_saved_model", "open_model", "refuse_own", "require_saved_model",
    "saved_labels",
]  # fmt: skip

LABEL_FILES = (".txt", ".csv", ".tsv", ".json")


def is_saved_model(path: str | Path) -> bool:
    """Whether the folder `path` is a saved model, be it damaged; many others have a config.json too."""
    from headword.storage.model_files import CONFIG, LABELS, WEIGHTS

    folder = Path(path)
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return (folder / LABELS).is_file() and (folder / WEIGHTS).is_file()
    return isinstance(config, dict) and {"headword", "aligner"} <= config.keys()


def require_saved_model(path: str | Path) -> None:
    """Raises `InputError` unless the folder `path` is a saved model."""
    if not is_saved_model(path):
        do = "make one: headword align IMAGE_ENCODER -o FOLDER"
        raise InputError(f"the saved model {path}", "no such model", do)


def check_output(folder: Path) -> None:
    """Raises `InputError` unless a model may be saved at `folder`: a new, empty or saved model's folder."""
    from headword.storage.model_files import replaceable

    asked = f"to save a model in {folder}"
    if folder.exists() and not replaceable(folder):
        found = "a folder that holds something else" if folder.is_dir() else "a file of that name"
        raise InputError(asked, found, "choose a new folder")
    _check_place(asked, folder.resolve())


def check_folder(folder: Path, what: str) -> None:
    """Raises `InputError` unless `what` may be written into `folder`, which need not be there yet."""
    asked = f"to write {what} to {folder}"
    if folder.exists() and not folder.is_dir():
        raise InputError(asked, "a file of that name", "name a folder with -o")
    _check_place(asked, folder / "any file")


def check_file(path: Path | None, what: str) -> None:
    """Raises `InputError` unless `what` may be written to `path`, if it is asked for."""
    if path is None:
        return
    asked = f"to write {what} to {path}"
    if path.exists() and not path.is_file():  # a device, too: a file would take its place
        raise InputError(asked, "a folder" if path.is_dir() else "not a regular file", "name a file")
    _check_place(asked, path)


def _check_place(asked: str, path: Path) -> None:
    above = next(each for each in path.absolute().parents if each.exists())
    if not above.is_dir():
        raise InputError(asked, f"{above} is a file", "name another place")
    if not os.access(above, os.W_OK | os.X_OK):
        raise InputError(asked, f"{above} may not be written to", "name another place, or change its permissions")


def saved_labels(name: str) -> LabelSet | None:
    """The classes a saved model learnt from; `None` where `name` is no saved model or keeps none."""
    from headword.model import saved

    return saved.read(Path(name)).labels if is_saved_model(name) else None


def encoder_options(device: str) -> dict[str, str]:
    """What to pass to `load_image_encoder` and `load_text_encoder`."""
    return {} if device == "auto" else {"device": device}


def refuse_own(model: str, **given: str | None) -> None:
    """Raises `InputError` where a saved model is given what it has of its own."""
    named = [f"--{option}" for option, value in given.items() if value is not None]
    if named:
        asked = f"the saved model {model} with {' and '.join(named)}"
        raise InputError(asked, "it has its own", "name an image encoder instead")


def find_sources(images: list[str], asked: str) -> None:
    """Raises `InputError` unless one of the pictures can be found."""
    from headword.images.reading import find_images
    from headword.report import bad_lines

    sources = find_images(images)
    if all(source.problem for source in sources):
        raise InputError(asked, "; ".join(bad_lines(sources)), "check the paths")


def open_model(name: str, text: str | None, definitions: str, device: str) -> AlignedModel:
    """A saved model; or an image encoder of that name, aligned here and now with a text encoder."""
    import headword as hw

    if is_saved_model(name):
        refuse_own(name, text=text)
        return hw.AlignedModel.from_pretrained(name, **encoder_options(device))
    _refuse_other_folders(name)
    text = text or TEXT
    log.info("aligning %s with %s; to keep the model: headword align %s -o FOLDER", name, text, name)
    start = time.perf_counter()
    model = hw.align(name, text, definitions=definitions, device=device, show_progress=bars())
    log.info("aligned in %.0f s", time.perf_counter() - start)
    return model


def image_encoder_of(name: str, device: str = "auto") -> ImageEncoder:
    """The image encoder of a saved model, or the one of that name."""
    import headword as hw
    from headword.model import saved

    if is_saved_model(name):
        return hw.load_image_encoder(saved.read(Path(name)).image_encoder["name"], **encoder_options(device))
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
    from headword.adapters import Careful, registry

    found: Adapter = Careful() if name is None else registry[name]()
    return found


def gather_labels(one_by_one: list[str] | None, in_a_row: str | None, source: str | None) -> list[str] | str:
    """The labels of `--label`, `--labels` and `--labels-file`, in a form that `classify` takes.

    Raises:
        InputError: None at all, a file beside others, the name of a file where labels belong, or of no label file.
    """
    from headword.labels import is_known

    typed = [*(one_by_one or []), *(each.strip() for each in (in_a_row or "").split(",") if each.strip())]
    if source is not None and typed:
        raise InputError("labels", "both a file and single ones", "pass --labels-file, or --label and --labels")
    if source is not None:
        if not (is_known(source) or Path(source).suffix.casefold() in LABEL_FILES):
            found = f"no known set, and no {', '.join(LABEL_FILES)} file"
            raise InputError(f"--labels-file {source}", found, "pass one of these, or of `headword ls label-sets`")
        return source
    if not typed:
        raise InputError(
            "labels for the pictures",
            "none",
            "pass -l 'a cat' -l 'a dog', or --labels 'a cat, a dog', or --labels-file",
        )
    if len(typed) == 1 and Path(typed[0]).suffix.casefold() in LABEL_FILES and Path(typed[0]).is_file():
        raise InputError("labels", f"{typed[0]!r}, a file", f"pass --labels-file {typed[0]}")
    return typed
