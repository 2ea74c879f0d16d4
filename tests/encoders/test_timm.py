"""`timm/…`: names, checkpoints, the hub's cache, saved folders; preprocessing and classes as recorded."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file

from headword.encoders import load_image_encoder
from headword.errors import HeadMismatch, InputError, LabelMismatch, UnknownName, WeightsUnavailable


@pytest.fixture
def model(randomised):
    torch.manual_seed(0)
    return randomised(timm.create_model("test_resnet"))


@pytest.fixture
def checkpoint(model, tmp_path):
    save_file(model.state_dict(), tmp_path / "weights.safetensors")
    return tmp_path / "weights.safetensors"


def saved_folder(model, folder, **more):
    folder.mkdir()
    save_file(model.state_dict(), folder / "model.safetensors")
    config = {
        "architecture": "test_resnet",
        "num_classes": model.num_classes,
        "pretrained_cfg": {"mean": [0.1, 0.2, 0.3]},
    }
    (folder / "config.json").write_text(json.dumps(config | more))
    return folder


def test_weights_come_from_the_checkpoint(model, checkpoint, pictures):
    encoder = load_image_encoder("timm/test_resnet", checkpoint=checkpoint)
    head = encoder.head()
    np.testing.assert_array_equal(head.weight, model.fc.weight.detach().numpy())
    assert head.labels.name == "imagenet-1k"
    assert head.layer == "fc of timm/test_resnet"
    own = load_image_encoder(model)
    np.testing.assert_allclose(encoder.encode(pictures), own.encode(pictures), atol=1e-5)


def test_one_fingerprint_whatever_the_way_to_the_weights(model, checkpoint, tmp_path):
    torch.save(
        {"epoch": 3, "state_dict": {f"module.{k}": v for k, v in model.state_dict().items()}},
        tmp_path / "w.pth",
    )
    first = load_image_encoder("timm/test_resnet", checkpoint=checkpoint).fingerprint
    assert len(first) == 64
    assert load_image_encoder("timm/test_resnet", checkpoint=tmp_path / "w.pth").fingerprint == first
    assert load_image_encoder("timm/test_resnet", checkpoint=checkpoint, device="cpu").fingerprint == first
    assert load_image_encoder(model).fingerprint == first


def test_another_fingerprint_where_anything_differs(model, checkpoint):
    first = load_image_encoder("timm/test_resnet", checkpoint=checkpoint).fingerprint
    assert load_image_encoder("timm/test_resnet", checkpoint=checkpoint, dtype="bfloat16").fingerprint != first
    assert load_image_encoder("timm/test_resnet.r160_in1k", checkpoint=checkpoint, num_classes=0).fingerprint != first
    model.pretrained_cfg["mean"] = (0.1, 0.2, 0.3)
    assert load_image_encoder(model).fingerprint != first
    model.pretrained_cfg["mean"] = timm.get_pretrained_cfg("test_resnet").mean
    assert load_image_encoder(model).fingerprint == first
    with torch.no_grad():
        model.layer1[0].conv1.weight[0, 0, 0, 0] += 1e-3
    assert load_image_encoder(model).fingerprint != first


def test_a_checkpoint_tells_its_own_number_of_classes(tmp_path, randomised):
    small = randomised(timm.create_model("test_resnet", num_classes=3))
    save_file(small.state_dict(), tmp_path / "three.safetensors")
    encoder = load_image_encoder("timm/test_resnet", checkpoint=tmp_path / "three.safetensors", labels=["x", "y", "z"])
    assert encoder.head().weight.shape == (3, 96)
    assert encoder.head(["p", "q", "r"]).labels.names == ("p", "q", "r")
    with pytest.raises(LabelMismatch, match=r"(?s)3 rows of fc of timm/test_resnet"):
        load_image_encoder("timm/test_resnet", checkpoint=tmp_path / "three.safetensors").head()
    with pytest.raises(InputError, match=r"(?s)with 7 classes.*3 rows.*would be random"):
        load_image_encoder("timm/test_resnet", checkpoint=tmp_path / "three.safetensors", num_classes=7).head()


def test_without_its_head_it_still_embeds(checkpoint, pictures):
    whole = load_image_encoder("timm/test_resnet", checkpoint=checkpoint)
    bare = load_image_encoder("timm/test_resnet", checkpoint=checkpoint, num_classes=0)
    np.testing.assert_allclose(bare.encode(pictures), whole.encode(pictures), rtol=1e-5)
    with pytest.raises(HeadMismatch, match="has no classes"):
        bare.head()


def test_names_of_the_original_authors_are_converted(tmp_path, randomised, pictures):
    model = randomised(timm.create_model("test_convnext", num_classes=5))
    theirs = {}
    for name, tensor in model.state_dict().items():
        name = re.sub(r"stages\.(\d)\.blocks\.", r"stages.\1.", name)
        name = re.sub(r"stages\.(\d)\.downsample\.", r"downsample_layers.\1.", name)
        for ours, other in (
            ("stem.", "downsample_layers.0."), ("conv_dw", "dwconv"), ("mlp.fc", "pwconv"),
            ("head.norm.", "norm."), ("head.fc.", "head."),
        ):  # fmt: skip
            name = name.replace(ours, other)
        theirs[name] = tensor
    assert not theirs.keys() <= model.state_dict().keys()
    torch.save({"model": theirs}, tmp_path / "theirs.pth")
    names = list("abcde")
    encoder = load_image_encoder("timm/test_convnext", checkpoint=tmp_path / "theirs.pth", num_classes=5, labels=names)
    own = load_image_encoder(model, labels=names)
    np.testing.assert_array_equal(encoder.head().weight, own.head().weight)
    np.testing.assert_allclose(encoder.encode(pictures), own.encode(pictures), atol=1e-5)


def test_weights_in_the_cache_are_used_and_nothing_else_is_asked_for(model, tmp_path, cached):
    folder = tmp_path / "repository"
    folder.mkdir()
    save_file(model.state_dict(), folder / "model.safetensors")
    cached("timm/test_resnet.r160_in1k", folder)
    head = load_image_encoder("timm/test_resnet.r160_in1k").head()
    np.testing.assert_array_equal(head.weight, model.fc.weight.detach().numpy())
    assert head.labels.name == "imagenet-1k"


def test_weights_that_are_nowhere_are_an_error_and_never_random():
    encoder = load_image_encoder("timm/resnet18.a1_in1k")
    with pytest.raises(WeightsUnavailable, match=r"(?s)timm/resnet18.a1_in1k.*not on disk.*hub.*checkpoint=.*bundled"):
        encoder.head()
    with pytest.raises(WeightsUnavailable, match="knows none for this model"):
        load_image_encoder("timm/regnetz_b16_evos").head()


def test_random_weights_only_where_asked_for():
    encoder = load_image_encoder("timm/test_vit", pretrained=False, num_classes=4, labels=list("abcd"))
    assert encoder.head().weight.shape == (4, 64)


def test_a_saved_folder_brings_preprocessing_and_classes(tmp_path, randomised):
    model = randomised(timm.create_model("test_resnet", num_classes=2))
    words = {"n01": "tench, Tinca tinca", "n02": "goldfish"}
    folder = saved_folder(model, tmp_path / "mine", label_names=["n02", "n01"], label_descriptions=words)
    for name in (folder, str(folder), f"timm/{folder}"):
        encoder = load_image_encoder(name)
        labels = encoder.head().labels
        assert labels.ids == ("n02", "n01")
        assert labels.synonyms[1] == ("tench", "Tinca tinca")
        assert "mean=(0.1,0.2,0.3)" in str(encoder._running.network.transform)


def test_a_folder_that_records_how_the_model_was_made(tmp_path, randomised):
    model = randomised(timm.create_model("test_resnet", num_classes=2))
    folder = saved_folder(
        model, tmp_path / "mine", label_names=["x", "y"], model_args={"num_classes": 2, "in_chans": 3}
    )
    head = load_image_encoder(folder).head()
    assert head.labels.names == ("x", "y")
    np.testing.assert_array_equal(head.weight, model.fc.weight.detach().numpy())


def test_a_folder_on_the_hub(tmp_path, cached, randomised):
    model = randomised(timm.create_model("test_resnet", num_classes=2))
    cached("me/fine-tuned", saved_folder(model, tmp_path / "mine", label_names=["x", "y"]))
    assert load_image_encoder("timm/hf-hub:me/fine-tuned").head().labels.names == ("x", "y")


def test_names_that_timm_does_not_know():
    for name, hint in (
        ("resnet5O", "did you mean timm/resnet50"),
        ("tv_densenet121", "renamed it.*densenet121.tv_in1k"),
        ("resnet18.in22k", "no weights tagged 'in22k'.*a1_in1k"),
    ):
        with pytest.raises(UnknownName, match=f"(?s){hint}"):
            load_image_encoder(f"timm/{name}").head()


def test_weights_of_another_architecture(checkpoint):
    with pytest.raises(WeightsUnavailable, match=r"(?s)test_vit.*tensors missing.*tensors too many.*very architecture"):
        load_image_encoder("timm/test_vit", checkpoint=checkpoint).head()
