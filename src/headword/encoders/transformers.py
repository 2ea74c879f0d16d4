"""`hf/<repository or folder>`: image classifiers of Hugging Face's transformers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from headword.encoders._custom_transform import CustomTransform
from headword.encoders._records import from_config
from headword.encoders._running import LoadedNetwork
from headword.encoders._torch import HeadLabels, TorchImageEncoder
from headword.encoders._weights import first_line, snapshot
from headword.errors import HeadMismatch, InputError, WeightsUnavailable, require

__all__ = ["TransformersEncoder", "quiet_transformers"]

# What decides a picture's pixels; the rest of a processor's settings are names and defaults that versions
# change.
_SETTINGS = (
    *("do_resize", "size", "resample", "do_center_crop", "crop_size", "crop_pct", "do_pad", "pad_size"),
    *("do_rescale", "rescale_factor", "rescale_offset", "do_normalize", "image_mean", "image_std"),
    *("include_top", "do_flip_channel_order"),
)


class TransformersEncoder(TorchImageEncoder):
    """A classifier that `AutoModelForImageClassification` loads, with its own processor and classes.

    Args:
        model: A repository on the hub, or a local folder.
        device: "auto", "cpu", "cuda" or "mps".
        dtype: "auto", "float32", "bfloat16" or "float16".
        labels: Classes of the head, where the config has placeholders.
        revision: Branch, tag or commit on the hub.
    """

    def __init__(
        self,
        model: str,
        *,
        device: str = "auto",
        dtype: str = "auto",
        labels: HeadLabels = None,
        revision: str | None = None,
    ) -> None:
        require("transformers", "transformers", f"the encoder hf/{model}")
        super().__init__(f"hf/{model}", device=device, dtype=dtype, labels=labels)
        self._model, self._revision = model, revision

    def _load(self) -> LoadedNetwork:
        from transformers import AutoImageProcessor, AutoModelForImageClassification

        folder = Path(self._model)
        if not folder.is_dir():
            folder = snapshot(self._model, self._revision, f"the weights of {self.name}")
        try:
            with quiet_transformers():
                module, report = AutoModelForImageClassification.from_pretrained(
                    folder, local_files_only=True, output_loading_info=True
                )
                processor = AutoImageProcessor.from_pretrained(folder, local_files_only=True)
        except (KeyError, OSError, RuntimeError, SafetensorError, ValueError) as error:
            reason = first_line(error)
            raise InputError(
                f"the image classifier {self.name}",
                reason,
                "pass a folder with config.json, preprocessor_config.json and weights of an image classifier",
            ) from error
        self._check(report)
        config = module.config
        return LoadedNetwork(
            module.float(),
            CustomTransform(lambda image: _pixels(processor, image), _settings(processor)),
            architecture=f"transformers {type(module).__name__} {getattr(config, 'hidden_act', '')}".strip(),
            labels=from_config(config.id2label, self.name),
        )

    def _check(self, report: dict[str, Any]) -> None:
        absent = sorted(report["missing_keys"]) + sorted(str(key) for key in report["mismatched_keys"])
        if absent:
            head = any(name.startswith(("classifier", "head", "fc")) for name in absent)
            raise (HeadMismatch if head else WeightsUnavailable)(
                f"the image classifier {self.name}",
                f"its weights lack {len(absent)} tensors, first {absent[0]}; transformers would make them up",
                "use a checkpoint that was trained as an image classifier",
            )


def _pixels(processor: Any, image: Any) -> Any:
    return processor(images=image, return_tensors="pt")["pixel_values"][0]


def _settings(processor: Any) -> str:
    own = processor.to_dict()
    kind = type(processor).__name__.removesuffix("Fast").removesuffix("Pil")
    known = {key: own[key] for key in _SETTINGS if own.get(key) is not None}
    return f"{kind} {json.dumps(known or own, default=str, sort_keys=True)}"


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Without transformers' bars and reports: what they would tell is checked here."""
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
