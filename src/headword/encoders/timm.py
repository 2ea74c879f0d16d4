"""`timm/<model[.tag]>`, `timm/hf-hub:<repository>` and folders that timm saved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from headword.encoders._running import LoadedNetwork
from headword.encoders._torch import HeadLabels, TorchImageEncoder
from headword.encoders._weights import load_into, mismatch, read_state_dict, snapshot, weight_file
from headword.encoders.transform import Preprocess
from headword.errors import InputError, UnknownName, WeightsUnavailable, require, suggestion
from headword.labels.label_set import LabelSet

__all__ = ["TimmEncoder", "timm_network"]

# What a saved config.json may hold beside the record, or in it but of the place it was loaded from.
_NOT_RECORD = ("architecture", "num_features", "labels", "global_pool", "source", "file", "hf_hub_id", "url")


@dataclass(frozen=True)
class _Recipe:
    """What it takes to build a timm model: name, record, arguments and, for a saved one, the folder.

    `source` is what timm takes as `pretrained_cfg`: a tag of its registry, or the record itself.
    """

    architecture: str
    config: dict[str, Any]
    source: str | dict[str, Any] | None
    arguments: dict[str, Any] = field(default_factory=dict)
    folder: Path | None = None


class TimmEncoder(TorchImageEncoder):
    """A timm model with its own preprocessing and classes.

    Args:
        model: A model with or without its tag, "hf-hub:owner/name", or a folder that timm saved.
        device: "auto", "cpu", "cuda" or "mps".
        dtype: "auto", "float32", "bfloat16" or "float16".
        labels: Classes of the head where timm's record does not tell them.
        revision: Branch, tag or commit on the hub.
        checkpoint: A local .safetensors or .pth file to take the weights from.
        pretrained: `False` leaves the weights random, which is of use in tests only.
        num_classes: Rows of the head; by default those of the checkpoint. 0 makes an encoder without a head.
    """

    def __init__(
        self,
        model: str,
        *,
        device: str = "auto",
        dtype: str = "auto",
        labels: HeadLabels = None,
        revision: str | None = None,
        checkpoint: str | Path | None = None,
        pretrained: bool = True,
        num_classes: int | None = None,
    ) -> None:
        require("timm", "torch", f"the encoder timm/{model}")
        super().__init__(f"timm/{model}", device=device, dtype=dtype, labels=labels)
        self._model, self._revision, self._checkpoint = model, revision, checkpoint
        self._pretrained, self._num_classes = pretrained, num_classes

    def _load(self) -> LoadedNetwork:
        recipe = self._recipe()
        if self._checkpoint is None and not self._pretrained:
            return timm_network(_create(recipe, self._num_classes), recipe.config)
        weights = Path(self._checkpoint) if self._checkpoint is not None else self._weights(recipe)
        state = read_state_dict(weights)
        rows = _rows(state, recipe.config) or self._num_classes or recipe.config.get("num_classes")
        module: Any = _filled(recipe, rows, weights, state, self.name)
        if self._num_classes == 0:
            module.reset_classifier(0)
        elif self._num_classes not in (None, rows):
            raise InputError(
                f"{self.name} with {self._num_classes} classes",
                f"{weights.name} has a head of {rows} rows",
                "leave num_classes= out; a head of another size would be random",
            )
        # A checkpoint of the user's own need not have the classes that the registry tells of.
        return timm_network(module, recipe.config if self._checkpoint is None else {})

    def _recipe(self) -> _Recipe:
        if self._model.startswith("hf-hub:"):
            repository = self._model.removeprefix("hf-hub:")
            return _saved(snapshot(repository, self._revision, f"the weights of {self.name}"), self.name)
        if Path(self._model).is_dir():
            return _saved(Path(self._model), self.name)
        return _registered(self._model)

    def _weights(self, recipe: _Recipe) -> Path:
        asked = f"the weights of {self.name}"
        if recipe.folder is not None:
            return weight_file(recipe.folder, asked)
        repository, _, revision = (recipe.config.get("hf_hub_id") or "").partition("@")
        if not repository:
            raise WeightsUnavailable(
                asked,
                "timm knows none for this model on the hub",
                "choose a model and tag of `timm.list_pretrained()`, or pass a file as checkpoint=",
            )
        return weight_file(snapshot(repository, self._revision or revision or None, asked), asked)


def timm_network(module: nn.Module, config: Mapping[str, Any]) -> LoadedNetwork:
    """A timm model with its own preprocessing, and with the classes that `config` records."""
    from timm.data import resolve_model_data_config

    own: dict[str, Any] = getattr(module, "pretrained_cfg", {})
    return LoadedNetwork(
        module,
        Preprocess.from_timm(resolve_model_data_config(module)),
        architecture=f"timm {own.get('architecture') or type(module).__name__}",
        labels=_recorded_labels(config),
        record=config.get("tag"),
        headless=getattr(module, "num_classes", None) == 0,
        channels_last=True,
    )


def _registered(name: str) -> _Recipe:
    import timm
    from timm.models import get_deprecated_models

    asked = f"the timm model {name!r}"
    architecture, _, tag = name.partition(".")
    renamed = get_deprecated_models().get(name)
    if renamed or not timm.is_model(architecture):
        if renamed:
            raise UnknownName(asked, "timm has renamed it", f"did you mean timm/{renamed}?")
        meant = suggestion(name, [*timm.list_models(), *timm.list_pretrained()], "timm/")
        raise UnknownName(asked, "timm has no model of that name", meant or "see `timm.list_models()` for its names")
    tags = [each for each in timm.list_pretrained() if each.startswith(f"{architecture}.")]
    if tag and name not in tags:
        do = f"use one of {', '.join(tags)}" if tags else "leave the tag out"
        raise UnknownName(asked, f"{architecture} has no weights tagged {tag!r}", do)
    config = timm.get_pretrained_cfg(name)
    return _Recipe(architecture, config.to_dict() if config else {}, config.tag if config else None)


def _saved(folder: Path, asked: str) -> _Recipe:
    """The recipe in a folder's config.json, in either of the forms that timm has written."""
    try:
        saved = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        architecture = saved["architecture"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            asked, f"no config.json with an architecture in {folder}", "save the model with timm.models.save_for_hf"
        ) from error
    config = dict(saved.get("pretrained_cfg", saved))
    config["label_names"] = saved.get("label_names", saved.get("labels"))
    for key in ("num_classes", "label_descriptions"):
        config[key] = saved.get(key, config.get(key))
    for key in _NOT_RECORD:
        config.pop(key, None)
    # Their number of classes is the head's, which is told apart from them.
    arguments = {key: value for key, value in (saved.get("model_args") or {}).items() if key != "num_classes"}
    return _Recipe(architecture, config, config, arguments, folder)


def _create(recipe: _Recipe, num_classes: int | None, weights: Path | None = None) -> nn.Module:
    import timm

    rows = recipe.config.get("num_classes") if num_classes is None else num_classes
    overlay = {
        "num_classes": rows,
        "file": weights and str(weights),
        "custom_load": False,
        "source": None,
        "hf_hub_id": None,
        "url": None,
    }
    module: nn.Module = timm.create_model(
        recipe.architecture,
        pretrained=weights is not None,
        pretrained_cfg=recipe.source,
        pretrained_cfg_overlay=overlay,
        num_classes=rows,
        **recipe.arguments,
    )
    return module


def _filled(recipe: _Recipe, rows: int | None, weights: Path, state: Mapping[str, Tensor], asked: str) -> nn.Module:
    """The model with every tensor from `state`; from `weights` by timm's own converter where names differ."""
    module = _create(recipe, rows)
    found = mismatch(module, state)
    if found is None:
        load_into(module, state, asked)
        return module
    try:
        # The file has passed `read_state_dict` and so runs nothing, whatever way timm opens it.
        return _create(recipe, rows, weights)
    except (AssertionError, AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:
        raise WeightsUnavailable(
            f"{asked} with the weights of {weights}", found, "pass weights of this very architecture"
        ) from error


def _rows(state: Mapping[str, Tensor], config: Mapping[str, Any]) -> int | None:
    """Rows of the head in a checkpoint that has timm's names."""
    names = config.get("classifier") or ()
    heads = (names,) if isinstance(names, str) else names
    return next((len(state[f"{name}.weight"]) for name in heads if f"{name}.weight" in state), None)


def _recorded_labels(config: Mapping[str, Any]) -> LabelSet | None:
    """The classes in `label_names`, a list or an index → name, told in words by `label_descriptions`."""
    names, words = config.get("label_names"), config.get("label_descriptions") or {}
    if not names:
        return None
    ordered = [names[key] for key in sorted(names, key=int)] if isinstance(names, Mapping) else names
    listed = [str(each) for each in ordered]
    if not words:
        return LabelSet.from_names(listed, name="label_names")
    synonyms = [[part.strip() for part in words.get(each, each).split(",")] for each in listed]
    return LabelSet.from_names(synonyms, ids=listed, name="label_names")
