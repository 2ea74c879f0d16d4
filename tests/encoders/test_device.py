"""Devices, precision and what is done when memory runs out."""

from __future__ import annotations

import numpy as np
import pytest
import timm
import torch

from headword.encoders import load_image_encoder, load_text_encoder
from headword.encoders._device import Halving
from headword.errors import InputError

NAMES = ["a", "b", "c"]


@pytest.fixture
def model(randomised):
    torch.manual_seed(0)
    return randomised(timm.create_model("test_vit", num_classes=3))


def test_low_precision_is_near_and_gives_float32(model, pictures):
    full = load_image_encoder(model, labels=NAMES).encode(pictures)
    low = load_image_encoder(model, labels=NAMES, dtype="bfloat16").encode(pictures)
    assert low.dtype == np.float32
    assert 1e-5 < np.abs(low - full).max() / np.abs(full).max() < 0.1


def test_the_head_is_proven_in_full_precision_whatever_the_dtype(model):
    encoder = load_image_encoder(model, labels=NAMES, dtype="bfloat16")
    np.testing.assert_array_equal(encoder.head().weight, model.head.weight.detach().numpy())


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"device": "gpu"}, "no such kind of device"),
        ({"device": "meta"}, "finds none on this machine"),
        ({"dtype": "int8"}, r"(?s)dtype='int8'.*auto, float32, bfloat16 or float16"),
    ],
)
def test_devices_and_precisions_that_are_not_there(model, options, found):
    with pytest.raises(InputError, match=found):
        load_image_encoder(model, labels=NAMES, **options).head()
    with pytest.raises(InputError, match=found):
        load_text_encoder("bundled/all-minilm-l6-v2", **options).encode("a")


def runner(limit, seen):
    def run(start, stop):
        seen.append(stop - start)
        if stop - start > limit:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes")
        return list(range(start, stop))

    return run


def test_halving_covers_everything_once_and_remembers():
    halving, seen = Halving(), []
    assert [i for part in halving(runner(5, seen), 16) for i in part] == list(range(16))
    assert seen == [16, 8, 4, 4, 4, 4]
    assert [i for part in halving(runner(5, seen), 6) for i in part] == list(range(6))
    assert seen[6:] == [4, 2]


def test_one_item_that_does_not_fit_is_an_error():
    with pytest.raises(RuntimeError, match="can't allocate"):
        Halving()(runner(0, []), 4)


def test_an_empty_batch_is_no_call():
    assert Halving()(runner(0, []), 0) == []
