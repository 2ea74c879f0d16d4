"""`hf/…`: tiny classifiers with random weights, saved and loaded from a folder and from the hub's cache."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import (
    ConvNextConfig,
    ConvNextForImageClassification,
    ConvNextImageProcessor,
    ViTConfig,
    ViTForImageClassification,
    ViTImageProcessor,
    ViTModel,
)

from headword.encoders import load_image_encoder
from headword.errors import HeadMismatch, InputError, LabelMismatch, WeightsUnavailable

WORDS = {0: "tench, Tinca tinca", 1: "goldfish", 2: "great white shark"}


def vit_config(**more):
    return ViTConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        image_size=32,
        patch_size=8,
        **more,
    )


@pytest.fixture
def vit(tmp_path, randomised):
    torch.manual_seed(0)
    model = randomised(ViTForImageClassification(vit_config(id2label=WORDS)))
    model.save_pretrained(tmp_path / "vit")
    ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path / "vit")
    return tmp_path / "vit", model


def own_answer(model, processor, pictures):
    with torch.no_grad():
        return model.eval()(**processor(images=pictures, return_tensors="pt")).logits.numpy()


def test_vit(vit, pictures):
    folder, model = vit
    encoder = load_image_encoder(folder)
    head = encoder.head()
    logits = own_answer(model, ViTImageProcessor.from_pretrained(folder), pictures)
    np.testing.assert_allclose(head.logits(encoder.encode(pictures)), logits, atol=1e-5)
    assert head.layer == f"classifier of hf/{folder}"
    assert head.labels.names == ("tench", "goldfish", "great white shark")
    assert head.labels.synonyms[0] == ("tench", "Tinca tinca")


def test_convnext_with_its_crop(tmp_path, randomised, pictures):
    torch.manual_seed(0)
    config = ConvNextConfig(hidden_sizes=[8, 12, 16, 24], depths=[1, 1, 1, 1], num_labels=4)
    model = randomised(ConvNextForImageClassification(config))
    processor = ConvNextImageProcessor(size={"shortest_edge": 64}, crop_pct=0.5)
    model.save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    encoder = load_image_encoder(f"hf/{tmp_path}", labels=["a", "b", "c", "d"])
    logits = own_answer(model, processor, pictures)
    np.testing.assert_allclose(encoder.head().logits(encoder.encode(pictures)), logits, atol=1e-5)


def test_from_the_cache_with_the_same_fingerprint(vit, cached):
    folder, _ = vit
    cached("me/vit", folder)
    assert load_image_encoder("hf/me/vit").fingerprint == load_image_encoder(folder).fingerprint


def test_preprocessing_is_part_of_the_fingerprint(vit):
    folder, _ = vit
    first = load_image_encoder(folder).fingerprint
    ViTImageProcessor(size={"height": 32, "width": 32}, image_mean=[0.4, 0.5, 0.5]).save_pretrained(folder)
    assert load_image_encoder(folder).fingerprint != first


def test_placeholders_are_not_labels(tmp_path, randomised):
    randomised(ViTForImageClassification(vit_config(num_labels=3))).save_pretrained(tmp_path)
    ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path)
    with pytest.raises(LabelMismatch, match="3 rows of classifier of hf/"):
        load_image_encoder(tmp_path).head()
    assert load_image_encoder(tmp_path, labels=["x", "y", "z"]).head().labels.names == ("x", "y", "z")


def test_a_head_that_transformers_would_make_up_is_refused(tmp_path):
    ViTModel(vit_config()).save_pretrained(tmp_path)
    ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path)
    with pytest.raises(
        HeadMismatch, match=r"(?s)lack 2 tensors, first classifier.bias; transformers would make them up"
    ):
        load_image_encoder(tmp_path).head()


def test_weights_that_are_cut_short(vit):
    folder, _ = vit
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"(?i)incomplete|header"):
        load_image_encoder(folder).head()


def test_what_is_missing_is_named(vit):
    folder, _ = vit
    (folder / "preprocessor_config.json").unlink()
    with pytest.raises(InputError, match=r"preprocessor_config.json"):
        load_image_encoder(folder).head()
    with pytest.raises(WeightsUnavailable, match=r"(?s)hf/nobody/nothing.*not on disk"):
        load_image_encoder("hf/nobody/nothing").head()
