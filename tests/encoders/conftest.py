"""Pictures and networks for the tests of encoders; the hub is out of reach in all of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import huggingface_hub.constants
import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Offline mode with an empty cache, whose folder is returned."""
    cache = tmp_path / "hub"
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return cache


@pytest.fixture
def cached(no_network: Path):
    """Puts a folder's files into the hub's cache under a repository's name."""

    def put(repository: str, folder: Path, revision: str = "main") -> Path:
        place = no_network / f"models--{repository.replace('/', '--')}"
        (place / "refs").mkdir(parents=True, exist_ok=True)
        (place / "refs" / revision).write_text("0123abc")
        return Path(shutil.copytree(folder, place / "snapshots" / "0123abc"))

    return put


@pytest.fixture(scope="session")
def pictures() -> list[Image.Image]:
    """Three pictures of soft blots, of different sizes and none square."""
    rng = np.random.default_rng(1)
    sizes = [(300, 260), (256, 330), (280, 281)]
    blots = [rng.integers(0, 256, (6, 6, 3), dtype=np.uint8) for _ in sizes]
    return [
        Image.fromarray(blot).resize(size, Image.Resampling.BICUBIC) for blot, size in zip(blots, sizes, strict=True)
    ]


@pytest.fixture(scope="session")
def randomised():
    """Gives a network weights that leave nothing trivial: no zero head or bias, no identity norm."""

    def fill(module: nn.Module, seed: int = 0) -> nn.Module:
        generator = torch.Generator().manual_seed(seed)

        def noise(tensor: torch.Tensor) -> torch.Tensor:
            return torch.randn(tensor.shape, generator=generator)

        with torch.no_grad():
            for tensor in module.parameters():
                if tensor.ndim < 2:
                    tensor += 0.1 * noise(tensor)
                elif not tensor.any() or tensor.std() < 0.02:
                    tensor.copy_(0.05 * noise(tensor))
            for name, tensor in module.named_buffers():
                if name.endswith("running_mean"):
                    tensor += 0.1 * noise(tensor)
                elif name.endswith("running_var"):
                    tensor *= 0.5 + torch.rand(tensor.shape, generator=generator)
        return module

    return fill
