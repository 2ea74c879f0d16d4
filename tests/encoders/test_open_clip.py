"""`open_clip/…`: both towers of a tiny CLIP with random weights, by file, folder, tag and cache."""

from __future__ import annotations

import json
import logging

import numpy as np
import open_clip
import pytest
import torch
from safetensors.torch import save_file

from headword.encoders import load_image_encoder, load_text_encoder
from headword.errors import HeadMismatch, InputError, UnknownName, WeightsUnavailable

CONFIG = {
    "embed_dim": 24,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 64, "head_width": 32, "patch_size": 8},
    "text_cfg": {"context_length": 12, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
}
TEXTS = ["a dog", "a photo of a lighthouse", "my bicycle"]


@pytest.fixture
def clip(tmp_path, monkeypatch):
    """A CLIP, its architecture known to open_clip as "Tiny", its weights in tiny.safetensors."""
    torch.manual_seed(0)
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "Tiny.json").write_text(json.dumps(CONFIG))
    monkeypatch.setattr("open_clip.factory._MODEL_CONFIGS", dict(open_clip.factory._MODEL_CONFIGS))
    monkeypatch.setattr("open_clip.factory._MODEL_CONFIG_PATHS", list(open_clip.factory._MODEL_CONFIG_PATHS))
    open_clip.add_model_config(tmp_path / "configs")
    model = open_clip.create_model("Tiny").eval()
    save_file(model.state_dict(), tmp_path / "tiny.safetensors")
    return model


@pytest.fixture
def folder(clip, tmp_path):
    place = tmp_path / "folder"
    place.mkdir()
    settings = {
        "mean": [0.1, 0.2, 0.3],
        "std": [0.5, 0.5, 0.5],
        "interpolation": "bilinear",
        "resize_mode": "squash",
    }
    (place / "open_clip_config.json").write_text(json.dumps({"model_cfg": CONFIG, "preprocess_cfg": settings}))
    save_file(clip.state_dict(), place / "open_clip_model.safetensors")
    return place


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_image_tower(clip, tmp_path, pictures):
    encoder = load_image_encoder(f"open_clip/Tiny:{tmp_path}/tiny.safetensors")
    transform = open_clip.image_transform(32, is_train=False)
    with torch.no_grad():
        own = clip.encode_image(torch.stack([transform(picture) for picture in pictures])).numpy()
    np.testing.assert_allclose(encoder.encode(pictures), own, atol=1e-5)
    assert encoder.dim == 24
    with pytest.raises(HeadMismatch, match=r"(?s)head of open_clip/Tiny.*no classes"):
        encoder.head()


def test_text_tower(clip, tmp_path):
    encoder = load_text_encoder("open_clip/Tiny", checkpoint=tmp_path / "tiny.safetensors")
    with torch.no_grad():
        own = clip.encode_text(open_clip.get_tokenizer("Tiny")(TEXTS)).numpy()
    np.testing.assert_allclose(encoder.encode(TEXTS), unit(own), atol=1e-6)
    np.testing.assert_allclose(encoder.encode(TEXTS[1]), unit(own)[1:2], atol=1e-6)


def test_texts_that_are_cut_are_counted(clip, tmp_path, caplog):
    encoder = load_text_encoder(f"open_clip/Tiny:{tmp_path}/tiny.safetensors")
    with caplog.at_level(logging.WARNING, "headword"):
        encoder.encode(["dog " * 10, "dog " * 11])
    assert "1 of 2 texts are longer than the 12 tokens" in caplog.text


def test_a_folder_brings_its_own_preprocessing(clip, folder, tmp_path, pictures):
    plain = load_image_encoder(f"open_clip/Tiny:{tmp_path}/tiny.safetensors")
    encoder = load_image_encoder(folder)
    assert encoder.name == f"open_clip/{folder}"
    assert encoder.fingerprint != plain.fingerprint
    assert np.abs(encoder.encode(pictures) - plain.encode(pictures)).max() > 1e-3
    text = load_text_encoder(folder)
    assert text.fingerprint == load_text_encoder(f"open_clip/Tiny:{tmp_path}/tiny.safetensors").fingerprint


def test_from_the_hubs_cache(folder, cached, pictures):
    cached("me/tiny-clip", folder)
    encoder = load_image_encoder("open_clip/hf-hub:me/tiny-clip")
    np.testing.assert_array_equal(encoder.encode(pictures), load_image_encoder(folder).encode(pictures))


def test_a_tag_brings_its_activation_and_preprocessing(clip, folder, cached, monkeypatch):
    tag = {"hf_hub": "me/tiny-clip/", "quick_gelu": True, "mean": (0.4, 0.4, 0.4), "std": (0.2, 0.2, 0.2)}
    monkeypatch.setitem(open_clip.pretrained._PRETRAINED, "Tiny", {"mine": tag})
    (folder / "open_clip_config.json").unlink()
    cached("me/tiny-clip", folder)
    encoder = load_image_encoder("open_clip/Tiny:mine")
    network = encoder._running.network
    assert "QuickGELU" in {type(part).__name__ for part in network.module.modules()}
    assert '"mean": [0.4, 0.4, 0.4]' in str(network.transform)
    assert encoder.fingerprint != load_image_encoder(f"open_clip/Tiny:{folder}/open_clip_model.safetensors").fingerprint


def test_names_and_weights_that_are_not_there(clip, tmp_path):
    for name, error, found in (
        ("open_clip/ViT-B-33:openai", UnknownName, "did you mean open_clip/ViT-B-32"),
        ("open_clip/ViT-B-32", UnknownName, "one of its tags: openai, laion400m_e31"),
        ("open_clip/ViT-B-32:imagenet", UnknownName, "'imagenet'.*neither a tag of ViT-B-32 nor a file"),
        (
            "open_clip/ViT-B-32:openai",
            WeightsUnavailable,
            "not on disk.*timm/vit_base_patch32_clip_224.openai",
        ),
        (f"open_clip/ViT-B-32:{tmp_path}/tiny.safetensors", WeightsUnavailable, "very architecture"),
    ):
        for load in (load_image_encoder, load_text_encoder):
            with pytest.raises(error, match=f"(?s){found}"):
                load(name).dim  # noqa: B018


def test_a_folder_without_config(tmp_path):
    with pytest.raises(InputError, match=r"no open_clip_config.json"):
        load_image_encoder(f"open_clip/{tmp_path}").dim  # noqa: B018


def test_the_programs_logging_stays_as_it_was(clip, tmp_path):
    handlers = list(logging.getLogger().handlers)
    load_text_encoder(f"open_clip/Tiny:{tmp_path}/tiny.safetensors").encode("a dog")
    assert logging.getLogger().handlers == handlers
