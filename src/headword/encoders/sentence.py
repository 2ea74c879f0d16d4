"""`sentence-transformers/<repository>` and folders of sentence-transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor

from headword.encoders._text import TextNetwork, TorchTextEncoder, vocabulary_digest
from headword.encoders._weights import first_line, snapshot
from headword.encoders.transformers import quiet_transformers
from headword.errors import InputError, require

__all__ = ["SentenceEncoder"]


class SentenceEncoder(TorchTextEncoder):
    """A model of sentence-transformers, with its own tokenizer, pooling and prompt.

    Args:
        model: What follows "sentence-transformers/" in its name on the hub, any "owner/name", or a local
            folder.
        device: "auto", "cpu", "cuda" or "mps".
        dtype: "auto", "float32", "bfloat16" or "float16".
        revision: Branch, tag or commit on the hub.
    """

    def __init__(self, model: str, *, device: str = "auto", dtype: str = "auto", revision: str | None = None) -> None:
        require("sentence_transformers", "torch", f"the encoder sentence-transformers/{model}")
        super().__init__(f"sentence-transformers/{model}", device=device, dtype=dtype)
        self._model, self._revision = model, revision

    def _load(self, device: torch.device) -> TextNetwork:
        folder = Path(self._model)
        if not folder.is_dir():
            repository = self._model if "/" in self._model else self.name
            folder = snapshot(repository, self._revision, f"the weights of {self.name}")
        return sentence_network(folder, device, self.name)


def sentence_network(folder: Path, device: torch.device, asked: str) -> TextNetwork:
    """The network in a folder that sentence-transformers saved.

    Raises:
        InputError: The folder holds none.
    """
    if not (folder / "modules.json").is_file():
        raise InputError(
            f"the text encoder {asked}",
            f"no modules.json in {folder}: not a model of sentence-transformers",
            "save it with SentenceTransformer(…).save(folder); to pool a bare transformer would be a guess",
        )
    from sentence_transformers import SentenceTransformer

    try:
        with quiet_transformers():
            model = SentenceTransformer(str(folder), device=str(device), local_files_only=True).float()
    except (KeyError, OSError, RuntimeError, SafetensorError, ValueError) as error:
        raise InputError(f"the text encoder {asked}", first_line(error), "save it again") from error

    def embed(texts: list[str]) -> Tensor:
        rows: Tensor = model.encode(
            texts, batch_size=len(texts), show_progress_bar=False, convert_to_numpy=False, convert_to_tensor=True
        )
        return rows

    prompt = model.prompts.get(model.default_prompt_name, "") if model.default_prompt_name else ""
    tokenizer: Any = model.tokenizer
    parts = [getattr(part, "auto_model", part) for part in model]
    return TextNetwork(
        model,
        device,
        embed,
        tokens=lambda text: len(tokenizer(prompt + text, truncation=False, verbose=False)["input_ids"]),
        longest=model.max_seq_length,
        weights=parts,
        architecture=" > ".join(type(part).__name__ for part in parts),
        tokenizer_facts=[vocabulary_digest(tokenizer.get_vocab()), model.max_seq_length, prompt, *map(_mode, model)],
    )


def _mode(part: Any) -> str:
    """What a module does that its weights do not tell, in the words of all versions."""
    if hasattr(part, "get_pooling_mode_str"):
        return str(part.get_pooling_mode_str())
    activation = getattr(part, "activation_function", None)
    return str(getattr(part, "pooling_mode", "" if activation is None else type(activation).__name__))
