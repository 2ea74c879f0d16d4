"""Maps forward: torch while they learn and NumPy ever after must be one and the same function."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from headword.aligners import networks
from headword.aligners.networks import Gated, Linear, TwoLayer

NETWORKS = {
    "linear": Linear(7, 5),
    "affine": Linear(7, 5, bias=True),
    "two layers": TwoLayer(7, 12, 5),
    "gated": Gated(7, 12, 5),
}


def drawn(network: networks.RowMap, seed: int = 0) -> dict[str, torch.Tensor]:
    """Parameters at random, those that start from 0 and 1 as well."""
    generator = torch.Generator().manual_seed(seed)
    start = network.init(generator)
    return {name: value + 0.1 * torch.randn(value.shape, generator=generator) for name, value in start.items()}


def rows(n: int = 20, width: int = 7) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(n, width)).astype(np.float32)


@pytest.mark.parametrize("name", NETWORKS)
def test_numpy_gives_what_torch_gives(name):
    network, x = NETWORKS[name], rows()
    p = drawn(network)
    there = network.forward_torch(p, torch.from_numpy(x), torch.Generator()).numpy()
    here = network({key: value.numpy() for key, value in p.items()}, x)
    assert here.dtype == np.float32
    np.testing.assert_allclose(here, there, atol=2e-6)


def test_two_layers_are_the_modules_of_torch():
    network, x = TwoLayer(7, 12, 5), rows()
    p = drawn(network)
    module = nn.Sequential(nn.Linear(7, 12), nn.GELU(), nn.Dropout(0.5), nn.Linear(12, 5), nn.LayerNorm(5)).eval()
    with torch.no_grad():
        for layer, weight, bias in ((0, "hidden_weight", "hidden_bias"), (3, "weight", "bias"), (4, "scale", "shift")):
            module[layer].weight.copy_(torch.from_numpy(p[weight].numpy().T.copy()))
            module[layer].bias.copy_(p[bias])
        expected = module(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(network({key: value.numpy() for key, value in p.items()}, x), expected, atol=2e-6)


def test_a_gate_is_what_the_equation_says():
    p = {name: value.double().numpy() for name, value in drawn(Gated(7, 12, 5)).items()}
    p["value_weight"] = p["value_weight"] * 1e4  # so that some products meet the clamp
    x = rows().astype(np.float64)
    z = (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-5) * p["scale"] + p["shift"]
    gate = np.minimum(np.maximum(z @ p["gate_weight"] + p["gate_bias"], 0), 6)
    product = gate * (z @ p["value_weight"] + p["value_bias"])
    assert (np.abs(product) > 1000).any()
    expected = np.clip(product, -1000, 1000) @ p["weight"] + p["bias"]
    found = Gated(7, 12, 5)({name: value.astype(np.float32) for name, value in p.items()}, rows())
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=0.5)


@pytest.mark.parametrize("name", NETWORKS)
def test_many_rows_go_through_in_parts(name, monkeypatch):
    network, x = NETWORKS[name], rows(20)
    p = {key: value.numpy() for key, value in drawn(network).items()}
    whole = network(p, x)
    monkeypatch.setattr(networks, "ROWS", 6)
    np.testing.assert_allclose(network(p, x), whole, atol=1e-6)


def test_layers_are_drawn_within_their_bounds():
    generator = torch.Generator().manual_seed(0)
    two = TwoLayer(400, 100, 300).init(generator)
    for name, bound in (("hidden_weight", 400**-0.5), ("hidden_bias", 400**-0.5), ("weight", 0.1), ("bias", 0.1)):
        assert 0.97 * bound < two[name].abs().max() <= bound
        assert abs(float(two[name].std()) - bound / math.sqrt(3)) < 0.1 * bound
    gated = Gated(200, 100, 50).init(generator)
    assert float(gated["gate_weight"].abs().max()) == pytest.approx(math.sqrt(6 / 300), rel=0.01)
    assert not gated["gate_bias"].any()
    assert not torch.equal(gated["gate_weight"], gated["value_weight"])


def test_corruption_zeroes_half_the_numbers_of_three_batches_in_ten():
    network, generator = Linear(50, 50, False, 0.3, 0.5), torch.Generator().manual_seed(0)
    p, x = {"weight": torch.eye(50)}, torch.ones(40, 50)
    batches = torch.stack([network.forward_torch(p, x, generator) for _ in range(400)])
    assert set(batches.unique().tolist()) == {0.0, 1.0}  # nothing is scaled up
    kept = batches.mean(dim=(1, 2))
    corrupted = kept < 1
    assert 0.2 < float(corrupted.float().mean()) < 0.4
    assert 0.47 < float(kept[corrupted].mean()) < 0.53


def test_dropout_keeps_the_mean():
    network = TwoLayer(3, 4000, 2, dropout=0.5)
    generator = torch.Generator().manual_seed(0)
    p = network.init(generator) | {"weight": torch.eye(4000)[:, :2], "bias": torch.zeros(2)}
    seen: list[torch.Tensor] = []

    def spy(x: torch.Tensor, *_: object) -> torch.Tensor:
        seen.append(x)
        return x

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.nn.functional, "layer_norm", spy)
        p["weight"] = torch.ones(4000, 2) / 4000
        dropped = network.forward_torch(p, torch.ones(50, 3), generator)
        whole = TwoLayer(3, 4000, 2).forward_torch(p, torch.ones(50, 3), generator)
    assert dropped.std(dim=0).min() > 0
    np.testing.assert_allclose(dropped.mean(dim=0), whole.mean(dim=0), rtol=0.05)
