"""`torchvision/…`: heads against the library's own answers; preprocessing and classes of the weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torchvision import models

from headword.encoders import load_image_encoder
from headword.errors import HeadMismatch, UnknownName, WeightsUnavailable

CLASSES = [f"class {i}" for i in range(7)]


def saved(model, tmp_path):
    save_file(model.state_dict(), tmp_path / "weights.safetensors")
    return tmp_path / "weights.safetensors"


@pytest.mark.parametrize(
    ("name", "layer", "width"),
    [
        ("resnet18", "fc", 512),
        ("mobilenet_v3_small", "classifier.3", 1024),
        ("shufflenet_v2_x0_5", "fc", 1024),
        ("mnasnet0_5", "classifier.1", 1280),
        ("googlenet", "fc", 1024),
    ],
)
def test_head_on_embedding_is_the_models_own_answer(name, layer, width, tmp_path, pictures, randomised):
    torch.manual_seed(0)
    more = {"init_weights": False, "transform_input": True} if name == "googlenet" else {}
    model = randomised(models.get_model(name, num_classes=7, **more))
    encoder = load_image_encoder(f"torchvision/{name}", checkpoint=saved(model, tmp_path), labels=CLASSES)
    transform = models.get_model_weights(name).IMAGENET1K_V1.transforms()
    with torch.no_grad():
        logits = model.eval()(torch.stack([transform(picture) for picture in pictures])).numpy()
    head = encoder.head()
    scale = np.abs(logits - head.bias).max()
    np.testing.assert_allclose(head.logits(encoder.encode(pictures)), logits, rtol=0, atol=2e-4 * scale)
    assert head.layer == f"{layer} of torchvision/{name}"
    assert head.weight.shape == (7, width)


def test_a_vision_transformer(tmp_path, randomised, pictures):
    vit = models.VisionTransformer(224, 56, num_layers=1, num_heads=2, hidden_dim=16, mlp_dim=32, num_classes=7)
    transform = models.ViT_B_16_Weights.IMAGENET1K_V1.transforms()
    head = load_image_encoder(randomised(vit), transform=transform, labels=CLASSES).head()
    assert head.layer == "heads.head of module/VisionTransformer"
    assert head.weight.shape == (7, 16)


def test_what_is_not_linear_is_refused(tmp_path, randomised):
    model = randomised(models.squeezenet1_1(num_classes=7))  # a convolution, a ReLU, then the mean
    with pytest.raises(HeadMismatch, match="7 logits"):
        load_image_encoder("torchvision/squeezenet1_1", checkpoint=saved(model, tmp_path), labels=CLASSES).head()


def test_weights_in_torch_hubs_cache_bring_their_classes(tmp_path, randomised, pictures):
    model = randomised(models.shufflenet_v2_x0_5())
    url = models.ShuffleNet_V2_X0_5_Weights.IMAGENET1K_V1.url
    folder = tmp_path / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    torch.save(model.state_dict(), folder / url.rpartition("/")[2])
    for name in ("shufflenet_v2_x0_5", "shufflenet_v2_x0_5.IMAGENET1K_V1"):
        head = load_image_encoder(f"torchvision/{name}").head()
        assert head.labels.name == "imagenet-1k"
        assert head.labels.ids[134] == "n02012849"
        np.testing.assert_array_equal(head.weight, model.fc.weight.detach().numpy())


def test_names_and_weights_that_are_not_there():
    for name, hint in (
        ("resnet5O", "did you mean torchvision/resnet50"),
        ("resnet18.V9", "use one of IMAGENET1K_V1"),
    ):
        with pytest.raises(UnknownName, match=hint):
            load_image_encoder(f"torchvision/{name}").head()
    with pytest.raises(WeightsUnavailable, match=r"(?s)torchvision/resnet18.*download.pytorch.org.*offline"):
        load_image_encoder("torchvision/resnet18").head()
