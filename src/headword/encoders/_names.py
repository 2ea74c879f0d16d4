"""From what a user writes to an encoder: names with a prefix, folders, and what else may have been meant."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from headword.errors import InputError, MissingExtra, UnknownName
from headword.registry import Registry

__all__ = ["build_encoder", "encoder_by_name", "refuse_options"]

T = TypeVar("T")
_WEIGHTS = (".bin", ".ckpt", ".onnx", ".pt", ".pth", ".safetensors")
_HEADS = (".npy", ".npz")
_EXTRAS = {"bundled": "bundled", "hf": "transformers", "open_clip": "openclip"}


def refuse_options(encoder: T, options: Mapping[str, Any]) -> T:
    """The encoder itself, which takes no options any more.

    Raises:
        InputError: There are some.
    """
    if options:
        raise InputError(
            f"{type(encoder).__name__} with {', '.join(options)}", "it is made already", "pass options where it is made"
        )
    return encoder


def build_encoder(kind: Any, what: Any, options: Mapping[str, Any]) -> Any:
    """`kind(what, **options)`.

    Raises:
        InputError: It takes no option of that name.
    """
    takes = inspect.signature(kind).parameters
    wrong = [option for option in options if option not in takes]
    if wrong and not any(each.kind is inspect.Parameter.VAR_KEYWORD for each in takes.values()):
        raise InputError(
            f"{kind.__name__} with the option {wrong[0]!r}",
            "it has no such option",
            f"it takes {', '.join(list(takes)[1:])}",
        )
    return kind(what, **options)


def encoder_by_name(registry: Registry, name: Any, options: Mapping[str, Any]) -> Any:
    """The encoder of that name in `registry`, or of the library that saved the folder `name`.

    Raises:
        UnknownName: No prefix of the registry, and no folder.
        InputError: A folder that none of the libraries saved, a file, or no name at all.
        MissingExtra: What the encoder is built on is not installed.
    """
    asked = f"the {registry.kind} {str(name)!r}"
    if not isinstance(name, str | Path) or not str(name):
        raise InputError(asked, f"{type(name).__name__}, not a name", "pass a name such as timm/resnet50, or a folder")
    prefix, _, rest = str(name).partition("/")
    if isinstance(name, str) and rest and prefix in registry:
        return build_encoder(_class(registry, prefix, asked), rest, options)
    path = Path(name).expanduser()
    if path.is_dir():
        library = _library(path, registry, asked)
        return build_encoder(_class(registry, library, asked), str(path.resolve()), options)
    if path.suffix in (*_WEIGHTS, *_HEADS) or path.is_file():
        raise _no_encoder(path, registry, asked)
    if isinstance(name, Path) or prefix in (".", "..", "~", ""):
        raise InputError(asked, "no such folder", "check the path")
    if prefix == "module":
        do = "make it again and pass the encoder itself: image_encoder=load_image_encoder(module, …)"
        raise UnknownName(asked, "a network of one's own, which no name brings back", do)
    known = ", ".join(f"{each}/…" for each in registry)
    raise UnknownName(
        asked, f"{registry.kind}s are {known}, or a local folder", _hint(registry, str(name), prefix, rest)
    )


def _class(registry: Registry, prefix: str, asked: str) -> Any:
    try:
        return registry[prefix]
    except ModuleNotFoundError as error:
        missing = f"the module {error.name!r} is not installed"
        raise MissingExtra(asked, missing, f"pip install 'headword[{_EXTRAS.get(prefix, 'torch')}]'") from error


def _library(folder: Path, registry: Registry, asked: str) -> str:
    """The prefix of the library that saved `folder`, told by its files."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        config = {}
    signs = {
        "sentence-transformers": (folder / "modules.json").is_file(),
        "open_clip": (folder / "open_clip_config.json").is_file(),
        "timm": "architecture" in config,
        "hf": "model_type" in config,
    }
    found = next((prefix for prefix, there in signs.items() if there and prefix in registry), None)
    if found is None:
        inside = ", ".join(sorted(each.name for each in folder.iterdir())[:8])
        libraries = " or ".join(prefix for prefix in signs if prefix in registry)
        raise InputError(
            asked,
            f"a folder with {inside or 'nothing'} in it",
            f"pass a folder that {libraries} saved, its config included",
        )
    return found


def _no_encoder(path: Path, registry: Registry, asked: str) -> InputError:
    if not path.is_file():
        return InputError(asked, "no such file", "check the path, or pass a name such as timm/resnet50")
    if path.suffix in _HEADS:
        return InputError(asked, "arrays: a head at best, but no network", "read it with hw.Head.load(path)")
    do = "pass the folder of a saved encoder"
    if "timm" in registry:
        do = f"name the architecture: load_image_encoder('timm/<model>', checkpoint={str(path)!r})"
    return InputError(asked, "a file, which does not tell the architecture of a network", do)


def _hint(registry: Registry, name: str, prefix: str, rest: str) -> str:
    image = "timm" in registry
    if not rest:
        if prefix in registry:
            return f"say which model: {prefix}/<model>"
        meant = f"timm/{name}" if image else f"sentence-transformers/{name}"
    elif prefix.replace("-", "_").casefold() in ("openclip", "open_clip", "clip"):
        meant = f"open_clip/{rest}"
    else:
        meant = f"hf/{name}" if image else f"sentence-transformers/{name}"
    return f"did you mean {meant!r}?"
