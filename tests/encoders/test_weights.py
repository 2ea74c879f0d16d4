"""Files of weights: what is read, what is refused, and that nothing is ever run."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from headword.encoders import load_image_encoder
from headword.encoders._weights import read_state_dict
from headword.errors import WeightsUnavailable


class Danger:
    def __reduce__(self):
        return (open, ("touched", "w"))


def error_of(path):
    with pytest.raises(WeightsUnavailable) as caught:
        load_image_encoder("timm/test_vit", checkpoint=path).head()
    return str(caught.value)


def test_a_file_that_needs_pickle_is_refused_and_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"state_dict": {"head.weight": torch.ones(2, 2)}, "args": Danger()}, "danger.pth")
    assert "would need pickle, which can run any code" in error_of("danger.pth")
    assert not (tmp_path / "touched").exists()
    torch.save(nn.Linear(2, 2), "whole.pt")
    assert "would need pickle" in error_of("whole.pt")


def test_damaged_and_foreign_files(tmp_path):
    save_file({"a": torch.ones(1000)}, tmp_path / "cut.safetensors")
    whole = (tmp_path / "cut.safetensors").read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(whole[:500])
    (tmp_path / "empty.safetensors").write_bytes(b"")
    (tmp_path / "empty.pth").write_bytes(b"")
    (tmp_path / "text.pth").write_text("not weights at all")
    for name in ("cut.safetensors", "empty.safetensors", "empty.pth", "text.pth"):
        assert "cannot be read" in error_of(tmp_path / name), name
    assert "no such file" in error_of(tmp_path / "missing.pth")


@pytest.mark.filterwarnings("ignore")  # of what a damaged file seems to say
@pytest.mark.parametrize("as_zip", [True, False])
def test_whatever_byte_is_damaged_the_file_is_named(as_zip, tmp_path):
    path, draw = tmp_path / "damaged.pth", np.random.default_rng(0)
    torch.save({"state_dict": {"a.weight": torch.ones(3, 4)}}, path, _use_new_zipfile_serialization=as_zip)
    whole, refused = np.frombuffer(path.read_bytes(), np.uint8), []
    for place in draw.integers(0, 500, 150):
        damaged = whole.copy()
        damaged[place % len(whole)] = draw.integers(0, 256)
        path.write_bytes(damaged.tobytes())
        try:
            read_state_dict(path)
        except WeightsUnavailable as error:
            refused.append(error.asked)
    assert len(refused) > 50
    assert set(refused) == {f"weights from {path}"}


@pytest.mark.parametrize("nest", ["state_dict", "model", "model_state_dict", "net"])
def test_what_training_scripts_wrap_is_unwrapped(nest, tmp_path):
    torch.save({"epoch": 3, nest: {"fc.weight": torch.ones(2, 2)}, "optimizer": {"state": {}}}, tmp_path / "mine.pth")
    assert list(read_state_dict(tmp_path / "mine.pth")) == ["fc.weight"]


@pytest.mark.parametrize("content", [[torch.ones(2)], {"a": 3}, {}, torch.ones(3)])
def test_a_file_without_a_state_dict(content, tmp_path):
    torch.save(content, tmp_path / "other.pth")
    assert "something else than named tensors" in error_of(tmp_path / "other.pth")
