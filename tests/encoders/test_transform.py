"""The same pixels as timm and torchvision, and what they cannot do: strips, and batches in one go."""

from types import SimpleNamespace

import numpy as np
import pytest

from headword.errors import InputError

torch = pytest.importorskip("torch")
timm_data = pytest.importorskip("timm.data")

from PIL import Image  # noqa: E402
from torchvision.transforms import InterpolationMode  # noqa: E402
from torchvision.transforms._presets import ImageClassification  # noqa: E402

from headword.encoders.transform import Preprocess  # noqa: E402

SIZES = [(64, 48), (48, 64), (50, 50), (37, 61), (200, 90), (23, 20), (48, 48), (301, 40)]
IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
ZERO_ONE = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}


def picture(width, height):
    pixels = np.random.default_rng(width * height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def apply(preprocess, image):
    return preprocess.normalise(preprocess(image)[None])[0]


def timm_config(**changes):
    config = {"input_size": (3, 40, 40), "interpolation": "bicubic", "crop_pct": 0.875, "crop_mode": "center"}
    return {**config, **IMAGENET, **changes}


@pytest.mark.parametrize("mode", ["center", "squash", "border"])
@pytest.mark.parametrize("share", [0.875, 0.9, 0.95, 1.0, 1.2])
@pytest.mark.parametrize("size", [(40, 40), (32, 48)])
def test_pixels_are_those_of_timm(mode, share, size):
    config = timm_config(input_size=(3, *size), crop_pct=share, crop_mode=mode)
    ours, theirs = Preprocess.from_timm(config), timm_data.create_transform(**config, is_training=False)
    for width, height in SIZES:
        image = picture(width, height)
        assert torch.equal(apply(ours, image), theirs(image)), (width, height)


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "lanczos", "nearest", "box", "hamming"])
@pytest.mark.parametrize("statistics", [IMAGENET, ZERO_ONE, {"mean": (0, 0, 0), "std": (1, 1, 1)}])
def test_interpolations_and_statistics_are_those_of_timm(interpolation, statistics):
    config = timm_config(interpolation=interpolation, **statistics)
    ours, theirs = Preprocess.from_timm(config), timm_data.create_transform(**config, is_training=False)
    for width, height in SIZES:
        image = picture(width, height)
        assert torch.equal(apply(ours, image), theirs(image)), (width, height)


@pytest.mark.parametrize("mode", ["center", "border"])
def test_one_channel_is_grey(mode):
    config = timm_config(input_size=(1, 40, 40), mean=(0.4,), std=(0.3,), crop_mode=mode)
    ours, theirs = Preprocess.from_timm(config), timm_data.create_transform(**config, is_training=False)
    image = picture(64, 20)
    assert torch.equal(apply(ours, image), theirs(image.convert("L")))
    assert apply(ours, image).shape == (1, 40, 40)


@pytest.mark.parametrize(("crop", "resize"), [(40, 46), (40, 40), (48, 40)])
@pytest.mark.parametrize("interpolation", [InterpolationMode.BILINEAR, InterpolationMode.BICUBIC])
def test_pixels_are_those_of_torchvision(crop, resize, interpolation):
    preset = ImageClassification(crop_size=crop, resize_size=resize, interpolation=interpolation)
    ours = Preprocess.from_torchvision(preset)
    for width, height in SIZES:
        image = picture(width, height)
        assert torch.equal(apply(ours, image), preset(image)), (width, height)


def test_a_torchvision_preset_that_squashes():
    preset = SimpleNamespace(
        resize_size=[46, 50], crop_size=[40, 44], interpolation=InterpolationMode.BILINEAR, **IMAGENET
    )
    assert str(Preprocess.from_torchvision(preset)).startswith("squash(46x50,bilinear)|center_crop(40x44)|")


def test_what_timm_leaves_out_has_its_defaults():
    config = timm_config(crop_pct=None, crop_mode=None)
    assert Preprocess.from_timm(config) == Preprocess.from_timm(timm_config())


def test_a_strip_costs_no_more_than_its_crop():
    # Resized whole it would have 40 × 2,000,000 pixels.
    ours = Preprocess(resize=40, crop=(32, 32), interpolation="bicubic", **ZERO_ONE)
    ramp = np.repeat(np.arange(50_000, dtype=np.float64)[None, :, None] / 50_000 * 255, 3, axis=2)
    strip = Image.fromarray(ramp.round().astype(np.uint8))
    middle = ours(strip)
    assert middle.shape == (3, 32, 32)
    assert (middle.to(int) - 128).abs().max() <= 1
    assert ours(strip.transpose(Image.Transpose.ROTATE_90)).shape == (3, 32, 32)


def test_a_window_is_what_the_whole_would_be(monkeypatch):
    ours = Preprocess(resize=46, crop=(40, 40), interpolation="bicubic", **ZERO_ONE)
    image = picture(8, 12).resize((150, 210), Image.Resampling.BICUBIC)
    whole = ours(image)
    monkeypatch.setattr("headword.encoders.transform._WHOLE", 0)
    assert (ours(image).to(int) - whole.to(int)).abs().max() <= 2


def test_a_strip_within_a_border_keeps_a_pixel():
    ours = Preprocess((40, 40), (40, 40), "bicubic", **ZERO_ONE, crop_mode="border", fill=(7, 7, 7))
    pixels = ours(Image.new("RGB", (1, 1000), "white"))
    assert (pixels[:, :, 0] == 7).all()
    assert (pixels == 255).sum() == 3 * 40


def test_a_picture_stays_bytes_with_its_channels_last_until_its_batch_is_whole():
    ours = Preprocess(resize=46, crop=(40, 32), interpolation="bicubic", **IMAGENET)
    pixels = ours(picture(64, 48))
    assert pixels.dtype == torch.uint8
    assert pixels.shape == (3, 40, 32)
    batch = ours.normalise(torch.stack([pixels, pixels]).contiguous(memory_format=torch.channels_last))
    assert batch.dtype == torch.float32
    assert batch.is_contiguous(memory_format=torch.channels_last)


def test_its_text_tells_everything_that_decides_the_pixels():
    one = Preprocess.from_timm(timm_config(input_size=(3, 224, 224)))
    assert str(one) == (
        "resize(256,bicubic)|center_crop(224)|normalise(mean=(0.485,0.456,0.406),std=(0.229,0.224,0.225))"
    )
    changes = [
        {"crop_pct": 0.9},
        {"crop_mode": "squash"},
        {"crop_mode": "border"},
        {"interpolation": "bilinear"},
        {"input_size": (3, 40, 48)},
        {"mean": (0.5, 0.456, 0.406)},
        {"std": (0.5, 0.224, 0.225)},
        {"input_size": (1, 40, 40), "mean": (0.4,), "std": (0.3,)},
    ]
    texts = {str(Preprocess.from_timm(timm_config(**change))) for change in [{}, *changes]}
    assert len(texts) == len(changes) + 1


def test_the_size_hint_is_the_larger_side_that_is_needed():
    assert Preprocess.from_timm(timm_config()).size_hint == 45
    assert Preprocess.from_timm(timm_config(input_size=(3, 35, 70))).size_hint == 80


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"interpolation": "cubic"}, "the interpolation 'cubic'(.|\n)*bicubic"),
        ({"crop_mode": "centre"}, "the crop mode 'centre'"),
        ({"mean": (0.5,)}, "same length"),
        ({"mean": (0.5, 0.5), "std": (0.5, 0.5)}, "1 or 3 channels"),
    ],
)
def test_bad_settings(change, message):
    settings = {"resize": 46, "crop": (40, 40), "interpolation": "bicubic", **IMAGENET, **change}
    with pytest.raises(InputError, match=message):
        Preprocess(**settings)
