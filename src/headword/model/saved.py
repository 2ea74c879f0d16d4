"""What a saved model folder holds, and that it is used with the encoders it was made with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from headword import aligners
from headword._version import __version__
from headword.adapters.adaptation import Adaptation
from headword.aligners.base import Aligner
from headword.encoders.base import ImageEncoder, TextEncoder
from headword.errors import EncoderMismatch, InputError
from headword.labels.label_set import LabelSet
from headword.model.calibration import Calibration
from headword.model.validation import HeldOut
from headword.pairs.bridge import Bridge
from headword.storage import model_files as storage

__all__ = ["Parts", "aligner_state", "read", "restore_aligner", "write"]

FORMAT = 2
ADAPTED = 3
"""Of an adapted model: a version that knows nothing of adaptations must refuse it, and not use it without."""


NAMES = {"query_kind": "asked_with", "image_mean": "picture_mean", "image_map": "picture_map"}
"""Attributes whose names on disk are others: formats 2 and 3 are older than they are."""

_ATTRIBUTES = {on_disk: name for name, on_disk in NAMES.items()}


@dataclass(frozen=True)
class Parts:
    """A model without its encoders: what is saved. All other attributes are those of `AlignedModel`.

    Attributes:
        image_encoder: Name, width and fingerprint of the image encoder (`Encoder.describe`).
        text_encoder: Name, width and fingerprint of the text encoder.
    """

    image_encoder: Mapping[str, Any]
    text_encoder: Mapping[str, Any]
    aligner: Aligner
    calibration: Calibration
    templates: tuple[str, ...]
    validation: tuple[HeldOut, ...]
    labels: LabelSet | None
    prototypes: np.ndarray | None
    bridge: Bridge | None
    learnt_from: tuple[str, ...]
    adaptation: Adaptation | None = None

    def check(self, image: ImageEncoder, text: TextEncoder) -> None:
        """Raises `EncoderMismatch` unless both encoders give the embeddings the model was fitted on."""
        for encoder, kept in ((image, self.image_encoder), (text, self.text_encoder)):
            if encoder.fingerprint != kept["fingerprint"]:
                raise EncoderMismatch(
                    f"a model fitted on {kept['name']} (fingerprint {kept['fingerprint'][:12]})",
                    f"{encoder.name} (fingerprint {encoder.fingerprint[:12]}): other weights, preprocessing or type",
                    "load the encoder it was fitted on, or align again with this one",
                )


def aligner_state(aligner: Aligner) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The plain numbers and the arrays an aligner has learnt: its attributes that end in an underscore."""
    learnt = {name: value for name, value in vars(aligner).items() if name.endswith("_") and not name.startswith("_")}
    arrays = {name: value for name, value in learnt.items() if isinstance(value, np.ndarray)}
    plain = {name: value for name, value in learnt.items() if name not in arrays}
    return plain, arrays


def restore_aligner(
    kind: str, parameters: dict[str, Any], plain: dict[str, Any], arrays: dict[str, np.ndarray]
) -> Aligner:
    """Makes the aligner that `aligner_state` took apart.

    Raises:
        UnknownName: No aligner of that name is installed.
        InputError: It does not take these parameters.
    """
    try:
        aligner: Aligner = aligners.registry[kind](**parameters)
    except TypeError as error:
        raise InputError(
            f"a saved {kind} aligner", str(error), "use the version of headword that saved it, or align again"
        ) from error
    for name, value in {**plain, **arrays}.items():
        setattr(aligner, name, value)
    return aligner


def write(parts: Parts, path: Path) -> None:
    """Writes a model folder; see `AlignedModel.save_pretrained`."""
    plain, arrays = aligner_state(parts.aligner)
    config = {
        "format": FORMAT if parts.adaptation is None else ADAPTED,
        "headword": __version__,
        "image_encoder": parts.image_encoder,
        "text_encoder": parts.text_encoder,
        "aligner": {
            "kind": aligners.name_of(type(parts.aligner)),
            "parameters": parts.aligner.get_params(),
            "learnt": plain,
        },
        "templates": list(parts.templates),
        "learnt_from": list(parts.learnt_from),
        "scale": parts.calibration.scale,
        "offset": parts.calibration.offset,
        "validation": [{NAMES.get(k, k): v for k, v in each.as_dict().items()} for each in parts.validation],
        "labels": parts.labels.name if parts.labels else None,
    }
    named = {f"aligner.{name}": array for name, array in arrays.items()}
    named["calibration.background"] = parts.calibration.background
    named["calibration.wrong"] = parts.calibration.null_quantiles
    if parts.prototypes is not None:
        named["prototypes"] = parts.prototypes
    if parts.bridge is not None:
        named |= {f"bridge.{NAMES.get(name, name)}": array for name, array in vars(parts.bridge).items()}
    if parts.adaptation is not None:
        config["adaptation"], learnt = parts.adaptation.state()
        named |= {f"adaptation.{name}": array for name, array in learnt.items()}
    storage.write_model_folder(path, config, named, _classes(parts.labels) if parts.labels else None)


def read(path: Path) -> Parts:
    """Reads a model folder.

    Raises:
        InputError: Not a model folder, damaged, or of a newer format.
    """
    config, arrays = storage.read_model_folder(path)
    if config.get("format") not in (FORMAT, ADAPTED):
        do = "align again" if config.get("format") == 1 else "upgrade headword"
        asked = f"the saved model {path} in format {FORMAT} or {ADAPTED}"
        raise InputError(asked, f"format {config.get('format')!r}", do)
    try:
        kept, adapted = config["aligner"], config["format"] == ADAPTED
        return Parts(
            _encoder(config["image_encoder"]),
            _encoder(config["text_encoder"]),
            restore_aligner(kept["kind"], kept["parameters"], kept["learnt"], _part(arrays, "aligner")),
            Calibration(
                config["scale"], arrays["calibration.background"], arrays["calibration.wrong"], config["offset"]
            ),
            tuple(config["templates"]),
            tuple(HeldOut(**{_ATTRIBUTES.get(k, k): v for k, v in each.items()}) for each in config["validation"]),
            _labels(path, config["labels"]),
            arrays.get("prototypes"),
            _bridge(arrays),
            tuple(config["learnt_from"]),
            Adaptation.restored(config["adaptation"], _part(arrays, "adaptation")) if adapted else None,
        )
    except (KeyError, TypeError) as error:
        raise InputError(f"the saved model {path}", f"a config without {error}", "save it again") from error


def _classes(labels: LabelSet) -> list[dict[str, Any]]:
    rows = zip(labels.ids, labels.synonyms, labels.definitions, strict=True)
    return [{"id": key, "names": list(names), "definition": definition} for key, names, definition in rows]


def _encoder(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {name: kept[name] for name in ("name", "dim", "fingerprint")}


def _labels(path: Path, name: str | None) -> LabelSet | None:
    return None if name is None else replace(LabelSet.load(path / storage.LABELS), name=name)


def _part(arrays: dict[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    """The arrays of a part of the model, by their names in it."""
    prefix = f"{name}."
    return {key.removeprefix(prefix): array for key, array in arrays.items() if key.startswith(prefix)}


def _bridge(arrays: dict[str, np.ndarray]) -> Bridge | None:
    part = _part(arrays, "bridge")
    return Bridge(**{_ATTRIBUTES.get(name, name): array for name, array in part.items()}) if part else None
