"""`open_clip/<architecture>:<tag or file>`, `open_clip/hf-hub:<repository>` and folders: a CLIP's towers."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from headword.encoders._custom_transform import CustomTransform
from headword.encoders._running import LoadedNetwork
from headword.encoders._text import TextNetwork, TorchTextEncoder, vocabulary_digest
from headword.encoders._torch import TorchImageEncoder
from headword.encoders._weights import first_line, read_state_dict, snapshot, unreachable
from headword.errors import InputError, UnknownName, WeightsUnavailable, require, suggestion

__all__ = ["OpenClipImageEncoder", "OpenClipTextEncoder"]

_PREPROCESSING = ("mean", "std", "interpolation", "resize_mode", "fill_color")
_FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")


class OpenClipImageEncoder(TorchImageEncoder):
    """The image tower of a CLIP. It was trained on captions and has no classes, so no head.

    Args:
        model: "architecture:tag", "architecture:/path/to/weights", "hf-hub:owner/name", or a folder.
        device: "auto", "cpu", "cuda" or "mps".
        dtype: "auto", "float32", "bfloat16" or "float16".
        revision: Branch, tag or commit on the hub.
        checkpoint: A local file of weights, in place of the tag.
    """

    def __init__(
        self,
        model: str,
        *,
        device: str = "auto",
        dtype: str = "auto",
        revision: str | None = None,
        checkpoint: str | Path | None = None,
    ) -> None:
        require("open_clip", "openclip", f"the encoder open_clip/{model}")
        super().__init__(f"open_clip/{model}", device=device, dtype=dtype)
        self._source = _Source(model, revision, checkpoint)

    def _load(self) -> LoadedNetwork:
        from open_clip.transform import PreprocessCfg, image_transform_v2

        model, architecture = self._source.create()
        settings = PreprocessCfg(**model.visual.preprocess_cfg)
        transform = image_transform_v2(settings, is_train=False)
        return LoadedNetwork(
            model.visual,
            CustomTransform(transform, f"open_clip {json.dumps(model.visual.preprocess_cfg, sort_keys=True)}"),
            architecture=architecture,
            answer=_first,
            headless=True,
        )


class OpenClipTextEncoder(TorchTextEncoder):
    """The text tower of a CLIP, with its own tokenizer; arguments as for `OpenClipImageEncoder`."""

    def __init__(
        self,
        model: str,
        *,
        device: str = "auto",
        dtype: str = "auto",
        revision: str | None = None,
        checkpoint: str | Path | None = None,
    ) -> None:
        require("open_clip", "openclip", f"the encoder open_clip/{model}")
        super().__init__(f"open_clip/{model}", device=device, dtype=dtype)
        self._source = _Source(model, revision, checkpoint)

    def _load(self, device: torch.device) -> TextNetwork:
        model, architecture = self._source.create()
        tokenizer = self._source.tokenizer()
        # The image tower is of no use here, and may be larger than the rest.
        model.visual = nn.Identity()
        model.eval().to(device)
        longest = int(tokenizer.context_length)

        def embed(texts: list[str]) -> Tensor:
            rows: Tensor = model.encode_text(tokenizer(texts).to(device))
            return rows

        return TextNetwork(
            model,
            device,
            embed,
            tokens=_counter(tokenizer),
            longest=longest,
            weights=[model],
            architecture=architecture,
            tokenizer_facts=[type(tokenizer).__name__, longest, vocabulary_digest(_vocabulary(tokenizer))],
        )


@dataclass(frozen=True)
class _Source:
    """Where a CLIP comes from."""

    model: str
    revision: str | None
    checkpoint: str | Path | None

    @property
    def _asked(self) -> str:
        return f"the CLIP open_clip/{self.model}"

    def create(self) -> tuple[Any, str]:
        """The CLIP with its weights, and the text of its architecture."""
        import open_clip

        folder = self._folder()
        if folder is not None:
            config = _saved_config(folder, self._asked)
            return self._build(f"local-dir:{folder}"), _text_of(config)
        architecture, _, tag = self.model.partition(":")
        if architecture not in open_clip.list_models():
            meant = suggestion(architecture, open_clip.list_models(), "open_clip/")
            do = meant or "see `open_clip.list_models()` for its names"
            raise UnknownName(self._asked, f"open_clip has no architecture {architecture!r}", do)
        settings = open_clip.get_pretrained_cfg(architecture, tag) if tag else {}
        config = open_clip.get_model_config(architecture)
        # The tag knows the activation that its weights were trained with; open_clip itself would only warn.
        config["quick_gelu"] = settings.get("quick_gelu", config.get("quick_gelu", False))
        model = self._build(
            architecture,
            pretrained=str(self._file(architecture, tag, settings)),
            force_quick_gelu=config["quick_gelu"],
            force_preprocess_cfg={key: settings[key] for key in _PREPROCESSING if key in settings},
        )
        return model, _text_of(config)

    def tokenizer(self) -> Any:
        """The tokenizer that goes with it."""
        import open_clip

        folder = self._folder()
        name = self.model.partition(":")[0] if folder is None else f"local-dir:{folder}"
        asked = f"the tokenizer of open_clip/{self.model}"
        if folder is None:
            repository = open_clip.get_model_config(name)["text_cfg"].get("hf_tokenizer_name")
            if repository:  # found or missed here at once; open_clip would try to connect for minutes
                snapshot(repository, None, asked, ("tokenizer*", "vocab*", "*.model"))
        try:
            with _root_logger_untouched():
                return open_clip.get_tokenizer(name)
        except (OSError, ValueError) as error:
            raise unreachable(asked, "the tokenizer's files", error) from error

    def _folder(self) -> Path | None:
        if self.model.startswith("hf-hub:"):
            return snapshot(self.model.removeprefix("hf-hub:"), self.revision, self._asked, _FILES)
        return Path(self.model) if Path(self.model).is_dir() else None

    def _file(self, architecture: str, tag: str, settings: dict[str, Any]) -> Path:
        if self.checkpoint is not None or Path(tag).is_file():
            return Path(self.checkpoint or tag)
        if not settings:
            import open_clip

            tags = open_clip.list_pretrained_tags_by_model(architecture)
            raise UnknownName(
                f"the weights {tag!r} of open_clip/{architecture}" if tag else f"the weights of {self._asked}",
                f"neither a tag of {architecture} nor a file",
                f"write open_clip/{architecture}:<file> or one of its tags: {', '.join(tags) or 'none'}",
            )
        repository, _, name = settings["hf_hub"].rpartition("/")
        names = (f"{Path(name).stem}.safetensors", name) if name else _FILES
        folder = snapshot(repository, self.revision, self._asked, names)
        return next(folder / each for each in names if (folder / each).is_file())

    def _build(self, name: str, **more: Any) -> Any:
        import open_clip

        weights = more.get("pretrained")
        if weights is not None:
            read_state_dict(weights)  # says what is wrong with the file, and that it runs nothing
        try:
            with _root_logger_untouched():
                return open_clip.create_model(name, require_pretrained=True, weights_only=True, **more)
        except (AssertionError, KeyError, OSError, RuntimeError, SafetensorError, ValueError) as error:
            reason = first_line(error)
            raise WeightsUnavailable(self._asked, reason, "pass weights of this very architecture") from error


@contextmanager
def _root_logger_untouched() -> Iterator[None]:
    """`logging.info`, as open_clip uses it, gives a program without handlers one that writes to stderr."""
    root, handler = logging.getLogger(), logging.NullHandler()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)


def _saved_config(folder: Path, asked: str) -> dict[str, Any]:
    try:
        config: dict[str, Any] = json.loads((folder / "open_clip_config.json").read_text(encoding="utf-8"))["model_cfg"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(asked, f"no open_clip_config.json with a model_cfg in {folder}", "save it again") from error
    return config


def _text_of(config: dict[str, Any]) -> str:
    return f"open_clip {json.dumps({'quick_gelu': False, **config}, sort_keys=True)}"


def _first(visual: nn.Module, pixels: Tensor) -> Tensor:
    answer = visual(pixels)
    embedding: Tensor = answer[0] if isinstance(answer, tuple) else answer  # CoCa gives its tokens too
    return embedding


def _vocabulary(tokenizer: Any) -> dict[str, int]:
    own: dict[str, int] = tokenizer.encoder if hasattr(tokenizer, "encoder") else tokenizer.tokenizer.get_vocab()
    return own


def _counter(tokenizer: Any) -> Callable[[str], int]:
    if hasattr(tokenizer, "encode"):
        return lambda text: len(tokenizer.encode(text)) + 2
    return lambda text: len(tokenizer.tokenizer(text, truncation=False, verbose=False)["input_ids"])
