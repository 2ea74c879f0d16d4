"""Encoders: frozen networks from pictures or texts to embeddings, by name, by folder, or one's own.

A name is a prefix and what that library calls the model: "timm/resnet50.a1_in1k". Adding an encoder is one
file with one class, and one line in a table below; from outside, `image_encoders.register("mine", MyEncoder)`
or an entry point in the group "headword.image_encoders" or "headword.text_encoders". The class is called with
what follows the prefix.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from headword.encoders._names import build_encoder, encoder_by_name, refuse_options
from headword.encoders.base import Embedded, Encoder, ImageEncoder, TextEncoder
from headword.registry import Registry

if TYPE_CHECKING:
    from torch import nn

    ImageEncoderSource: TypeAlias = str | Path | ImageEncoder | nn.Module
else:
    ImageEncoderSource = Any  # torch is not loaded to name its type

__all__ = [
    "Embedded", "Encoder", "ImageEncoder", "TextEncoder", "image_encoders", "load_image_encoder", "load_text_encoder",
    "text_encoders",
]  # fmt: skip

image_encoders = Registry(
    "image encoder",
    "headword.image_encoders",
    {
        "bundled": "headword.encoders.bundled:BundledImageEncoder",
        "hf": "headword.encoders.transformers:TransformersEncoder",
        "open_clip": "headword.encoders.open_clip:OpenClipImageEncoder",
        "timm": "headword.encoders.timm:TimmEncoder",
        "torchvision": "headword.encoders.torchvision:TorchvisionEncoder",
    },
)
text_encoders = Registry(
    "text encoder",
    "headword.text_encoders",
    {
        "bundled": "headword.encoders.bundled:BundledTextEncoder",
        "open_clip": "headword.encoders.open_clip:OpenClipTextEncoder",
        "sentence-transformers": "headword.encoders.sentence:SentenceEncoder",
    },
)


def load_image_encoder(name_or_path: ImageEncoderSource, **options: Any) -> ImageEncoder:
    """An image encoder by name; its weights are loaded on first use.

    Args:
        name_or_path: "timm/<model[.tag]>", "torchvision/<model[.WEIGHTS]>", "hf/<repository>",
            "open_clip/<architecture>:<tag or file>", "bundled/efficientnet-lite0" (or 1, 2), a local folder
            of timm, transformers or open_clip, or a PyTorch classifier of one's own. An encoder is returned
            as it is.
        **options: What the encoder takes: `device` ("auto", "cpu", "cuda", "mps") and `dtype` ("auto",
            "float32", "bfloat16", "float16") always; `labels`, `revision`, `checkpoint`, `num_classes`,
            `layer`, `transform` where they make sense.

    Raises:
        UnknownName: No encoder of that name.
        InputError: A folder that holds no classifier, or an option the encoder does not take.
        MissingExtra: The library behind it is not installed.
    """
    if isinstance(name_or_path, ImageEncoder):
        return refuse_options(name_or_path, options)
    torch = sys.modules.get("torch")  # whoever passes a module has imported it
    if torch is not None and isinstance(name_or_path, torch.nn.Module):
        from headword.encoders.module import ModuleEncoder

        own: ImageEncoder = build_encoder(ModuleEncoder, name_or_path, options)
        return own
    encoder: ImageEncoder = encoder_by_name(image_encoders, name_or_path, options)
    return encoder


def load_text_encoder(name_or_path: str | Path | TextEncoder, **options: Any) -> TextEncoder:
    """A text encoder by name; its weights are loaded on first use.

    Args:
        name_or_path: "sentence-transformers/<model>", "open_clip/<architecture>:<tag or file>",
            "bundled/all-minilm-l6-v2", or a local folder of sentence-transformers or open_clip. An encoder is
            returned as it is.
        **options: What the encoder takes: `device` and `dtype` always, `revision` and `checkpoint` where they
            make sense.

    Raises:
        UnknownName: No encoder of that name.
        InputError: A folder that holds no text encoder, or an option the encoder does not take.
        MissingExtra: The library behind it is not installed.
    """
    if isinstance(name_or_path, TextEncoder):
        return refuse_options(name_or_path, options)
    encoder: TextEncoder = encoder_by_name(text_encoders, name_or_path, options)
    return encoder
