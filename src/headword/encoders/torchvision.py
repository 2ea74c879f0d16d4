"""`torchvision/<model[.WEIGHTS]>`: torchvision's classifiers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import constants
from torch import Tensor, nn

from headword.encoders._records import recognised
from headword.encoders._running import LoadedNetwork
from headword.encoders._torch import HeadLabels, TorchImageEncoder
from headword.encoders._weights import load_into, read_state_dict, unreachable
from headword.encoders.transform import Preprocess
from headword.errors import UnknownName, require, suggestion
from headword.labels.label_set import LabelSet

__all__ = ["TorchvisionEncoder"]


class TorchvisionEncoder(TorchImageEncoder):
    """A torchvision classifier with the preprocessing and the classes of its weights.

    Args:
        model: A model with or without the name of its weights: "resnet50", "resnet50.IMAGENET1K_V1". Without,
            it has the newest; with a checkpoint, the preprocessing of the first, which torchvision's training
            recipes use.
        device: "auto", "cpu", "cuda" or "mps".
        dtype: "auto", "float32", "bfloat16" or "float16".
        labels: Classes of the head, where the weights are a checkpoint.
        checkpoint: A local .safetensors or .pth file to take the weights from.
    """

    def __init__(
        self,
        model: str,
        *,
        device: str = "auto",
        dtype: str = "auto",
        labels: HeadLabels = None,
        checkpoint: str | Path | None = None,
    ) -> None:
        require("torchvision", "torch", f"the encoder torchvision/{model}")
        super().__init__(f"torchvision/{model}", device=device, dtype=dtype, labels=labels)
        self._model, self._checkpoint = model, checkpoint

    def _load(self) -> LoadedNetwork:
        from torchvision import models

        architecture, _, tag = self._model.partition(".")
        weights = _weights(architecture, tag, newest=self._checkpoint is None)
        labels: LabelSet | None = None
        if self._checkpoint is None:
            _fetch(weights.url, f"the weights of {self.name}")
            module = models.get_model(architecture, weights=weights)
            labels = recognised(LabelSet.from_names(weights.meta["categories"], name=str(weights)))
        else:
            state = read_state_dict(self._checkpoint)
            module = models.get_model(architecture, **_arguments(architecture, state))
            load_into(module, state, f"{self.name} with the weights of {self._checkpoint}")
        return LoadedNetwork(
            module,
            Preprocess.from_torchvision(weights.transforms()),
            architecture=f"torchvision {architecture}",
            labels=labels,
            channels_last=True,
        )


def _weights(architecture: str, tag: str, newest: bool) -> Any:
    from torchvision import models

    asked = f"the torchvision model {architecture + '.' * bool(tag) + tag!r}"
    known = models.list_models(module=models)
    if architecture not in known:
        do = suggestion(architecture, known, "torchvision/") or f"use one of {', '.join(known)}"
        raise UnknownName(asked, "torchvision has no classifier of that name", do)
    weights = models.get_model_weights(architecture)
    tags = list(weights.__members__)
    if tag and tag not in tags:
        raise UnknownName(asked, f"{architecture} has no weights of that name", f"use one of {', '.join(tags)}")
    return weights[tag] if tag else weights.DEFAULT if newest else weights[tags[0]]


def _fetch(url: str, asked: str) -> None:
    """Puts the file into torch.hub's cache, where torchvision looks, and makes sure that it runs nothing."""
    cached = Path(torch.hub.get_dir(), "checkpoints", url.rpartition("/")[2])
    if not cached.is_file():
        if constants.HF_HUB_OFFLINE:
            raise unreachable(asked, url, OSError("offline mode is on"))
        try:
            cached.parent.mkdir(parents=True, exist_ok=True)
            digits = cached.stem.rpartition("-")[2]
            torch.hub.download_url_to_file(url, str(cached), digits, progress=sys.stderr.isatty())
        except (OSError, RuntimeError) as error:
            raise unreachable(asked, url, error) from error
    read_state_dict(cached)


def _arguments(architecture: str, state: dict[str, Tensor]) -> dict[str, Any]:
    """Arguments that build the network a state dict was saved from, with as many classes."""
    from torchvision import models

    more: dict[str, Any] = {}
    if architecture in ("googlenet", "inception_v3"):
        more["init_weights"] = False
        more["aux_logits"] = any(name.startswith(("aux", "AuxLogits")) for name in state)
        more["transform_input"] = True  # as torchvision builds the two for its own weights
    with torch.device("meta"):
        skeleton = models.get_model(architecture, **more)
    linear = [name for name, layer in skeleton.named_modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    rows = state.get(f"{linear[-1]}.weight")
    return more if rows is None else {**more, "num_classes": len(rows)}
