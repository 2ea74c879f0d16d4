"""A user's own network and state dict."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn
from torchvision import transforms

from headword.encoders import load_image_encoder
from headword.encoders.module import head_from_state_dict
from headword.encoders.transform import Preprocess
from headword.errors import HeadMismatch, InputError, LabelMismatch, WeightsUnavailable


class Net(nn.Module):
    def __init__(self, classes=4):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3, 2), nn.BatchNorm2d(8), nn.ReLU())
        self.dropout = nn.Dropout(0.5)
        self.classifier = nn.Linear(8 * 7 * 7, classes)

    def forward(self, pixels):
        maps = self.body(pixels)
        return self.classifier(self.dropout(maps.view(len(maps), -1)))


TRANSFORM = transforms.Compose(
    [transforms.Resize((16, 16)), transforms.ToTensor(), transforms.Normalize([0.5] * 3, [0.25] * 3)]
)
CLASSES = ["oak", "ash", "elm", "yew"]


@pytest.fixture
def net(randomised):
    torch.manual_seed(0)
    return randomised(Net())


def test_its_head_and_embeddings(net, pictures):
    encoder = load_image_encoder(net, transform=TRANSFORM, labels=CLASSES)
    head = encoder.head()
    with torch.no_grad():
        logits = net.eval()(torch.stack([TRANSFORM(picture) for picture in pictures])).numpy()
    np.testing.assert_allclose(head.logits(encoder.encode(pictures)), logits, atol=1e-5)
    assert head.labels.names == tuple(CLASSES)
    assert head.layer == "classifier of module/Net"


def test_a_preprocess_does_as_well(net, pictures):
    mine = Preprocess((16, 16), (16, 16), "bilinear", (0.5,) * 3, (0.25,) * 3, crop_mode="squash")
    own = load_image_encoder(net, transform=TRANSFORM, labels=CLASSES).encode(pictures)
    np.testing.assert_allclose(load_image_encoder(net, transform=mine, labels=CLASSES).encode(pictures), own, atol=1e-5)


def test_weights_from_a_file(net, tmp_path, pictures):
    save_file(net.state_dict(), tmp_path / "net.safetensors")
    options = {"transform": TRANSFORM, "labels": CLASSES}
    fresh = load_image_encoder(Net(), checkpoint=tmp_path / "net.safetensors", **options)
    first = load_image_encoder(net, **options)
    np.testing.assert_array_equal(fresh.encode(pictures), first.encode(pictures))
    assert fresh.fingerprint == first.fingerprint
    with pytest.raises(WeightsUnavailable, match=r"(?s)classifier.weight is \(4, 392\) in the file, \(5, 392\) in"):
        load_image_encoder(Net(5), checkpoint=tmp_path / "net.safetensors", **options).head()


def test_a_module_that_is_trained_on_is_another(net):
    encoder = load_image_encoder(net, transform=TRANSFORM, labels=CLASSES)
    before = encoder.fingerprint
    with torch.no_grad():
        net.body[0].weight += 0.1
    assert encoder.fingerprint != before
    assert encoder.fingerprint == load_image_encoder(net, transform=TRANSFORM, labels=CLASSES).fingerprint


def test_preprocessing_must_be_given_and_is_part_of_the_fingerprint(net):
    with pytest.raises(InputError, match=r"(?s)class Net.*no preprocessing.*pass transform="):
        load_image_encoder(net)
    prints = {
        load_image_encoder(net, transform=function).fingerprint
        for function in (TRANSFORM, TRANSFORM, transforms.Compose(TRANSFORM.transforms[:2]))
    }
    assert len(prints) == 2


def by_name(picture):
    return TRANSFORM(picture)


def test_a_functions_address_is_not_part_of_the_fingerprint(net):
    text = str(load_image_encoder(net, transform=by_name)._running.network.transform)
    assert "by_name" in text
    assert "0x" not in text


def fingerprint(net, transform):
    return load_image_encoder(net, transform=transform).fingerprint


def test_a_functions_code_is(net):
    def scaled(picture):
        """Twice as bright."""
        return 2 * TRANSFORM(picture)

    thrice, fourfold = lambda picture: 3 * TRANSFORM(picture), lambda picture: 4 * TRANSFORM(picture)
    alone = lambda picture: 3 * TRANSFORM(picture)  # noqa: E731
    again = lambda picture: 3*TRANSFORM( picture )  # noqa: E731  # fmt: skip
    plain = lambda picture: TRANSFORM(picture)  # noqa: E731
    assert "2 * TRANSFORM" in str(load_image_encoder(net, transform=scaled)._running.network.transform)
    assert len({fingerprint(net, each) for each in (by_name, scaled, alone, plain)}) == 4
    assert fingerprint(net, again) == fingerprint(net, alone)
    # Which of two lambdas in a line it is, cannot be told.
    assert fingerprint(net, thrice) == fingerprint(net, fourfold)


@pytest.mark.parametrize(
    "step", [transforms.RandomHorizontalFlip(), transforms.RandomCrop(250), transforms.ColorJitter(0.3)]
)
def test_a_transform_that_is_random_is_refused(net, step):
    torch.manual_seed(1)
    encoder = load_image_encoder(net, transform=transforms.Compose([step, TRANSFORM]), labels=CLASSES)
    with pytest.raises(InputError, match=r"(?s)Compose.*other pixels each time.*transform of validation"):
        encoder.head()


@pytest.mark.parametrize(
    ("transform", "found"),
    [
        (transforms.PILToTensor(), "uint8"),
        (lambda picture: TRANSFORM(picture)[None], r"shape \(1, 3, 16, 16\)"),
        (lambda picture: np.asarray(picture.resize((16, 16))) / 255.0, r"float64 of shape \(16, 16, 3\)"),
    ],
)
def test_a_transform_that_gives_something_else(net, transform, found):
    with pytest.raises(InputError, match=f"(?s)3, height, width.*{found}.*ToTensor"):
        load_image_encoder(net, transform=transform).head()


def test_a_network_that_ends_in_an_embedding(net, pictures):
    body = nn.Sequential(net.body, nn.AdaptiveAvgPool2d(1))
    encoder = load_image_encoder(body, transform=TRANSFORM, headless=True)
    assert encoder.encode(pictures).shape == (3, 8)
    with pytest.raises(HeadMismatch, match="has no classes"):
        encoder.head()
    with pytest.raises(InputError, match=r"shape \(2, 8, 7, 7\) for 2 pictures"):
        load_image_encoder(net.body, transform=TRANSFORM, headless=True).encode(pictures)


def test_bad_pictures_are_reported_and_the_rest_go_on(net, pictures, tmp_path):
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    encoder = load_image_encoder(net, transform=TRANSFORM, labels=CLASSES)
    found = encoder.embed([pictures[0], tmp_path / "broken.jpg", pictures[1]], batch_size=1)
    assert found.positions == (0, 2)
    assert [each.position for each in found.bad] == [1]
    rows = encoder.encode([pictures[0], tmp_path / "broken.jpg", pictures[1]])
    assert np.isnan(rows[1]).all()
    np.testing.assert_allclose(rows[[0, 2]], found.vectors, atol=1e-6)
    only_bad = encoder.embed([tmp_path / "broken.jpg"])
    assert only_bad.vectors.shape == (0, encoder.dim)


def test_embedding_does_not_depend_on_the_batch(net, pictures):
    encoder = load_image_encoder(net, transform=TRANSFORM, labels=CLASSES)
    whole = encoder.encode(pictures * 3)
    np.testing.assert_allclose(encoder.encode(pictures * 3, batch_size=2), whole, atol=1e-6)
    np.testing.assert_allclose(whole[:3], whole[3:6], atol=1e-6)


def test_memory_that_runs_out_halves_the_batch_for_good(net, monkeypatch):
    sizes = []
    forward = Net.forward

    def tight(self, pixels):
        sizes.append(len(pixels))
        if len(pixels) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return forward(self, pixels)

    pictures = [Image.new("RGB", (20, 20), (10 * i, 0, 0)) for i in range(17)]
    whole = load_image_encoder(net, transform=TRANSFORM, labels=CLASSES).encode(pictures)
    monkeypatch.setattr(Net, "forward", tight)
    encoder = load_image_encoder(net, transform=TRANSFORM, labels=CLASSES)
    np.testing.assert_allclose(encoder.encode(pictures, batch_size=12), whole, atol=1e-6)
    probe, fits = sizes[:2], [size for size in sizes[2:] if size <= 3]
    assert probe == [2, 2]
    assert sum(fits) == 17
    assert 1 <= len(sizes) - len(probe) - len(fits) <= 2  # failures, after which the smaller size is kept


def test_other_errors_of_the_network_are_not_hidden(net, monkeypatch):
    encoder = load_image_encoder(net, transform=TRANSFORM, labels=CLASSES)
    assert encoder.dim

    def broken(self, pixels):
        raise RuntimeError("a bug")

    monkeypatch.setattr(Net, "forward", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        encoder.encode(Image.new("RGB", (20, 20)))


def test_a_head_from_a_state_dict(net, tmp_path):
    torch.save({"state_dict": net.state_dict()}, tmp_path / "net.pth")
    for source in (net.state_dict(), tmp_path / "net.pth"):
        head = head_from_state_dict(source, "classifier", CLASSES)
        np.testing.assert_array_equal(head.weight, net.classifier.weight.detach().numpy())
        np.testing.assert_array_equal(head.bias, net.classifier.bias.detach().numpy())
    convolution = {"head.weight": torch.ones(4, 5, 1, 1)}
    assert head_from_state_dict(convolution, "head", CLASSES).weight.shape == (4, 5)
    for layer in ("fc", "body.0", "body.1"):
        with pytest.raises(InputError, match=f"(?s)the layer '{layer}'.*one of its last ones: classifier"):
            head_from_state_dict(net.state_dict(), layer, CLASSES)
    with pytest.raises(LabelMismatch, match="4 rows"):
        head_from_state_dict(net.state_dict(), "classifier", ["oak"])
