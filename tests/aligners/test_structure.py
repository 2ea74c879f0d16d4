"""STRUCTURE, alone and as a part of the other trained aligners."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from headword.aligners import MLP, STRUCTURE, Contrastive, DeViSE, training_loop
from headword.aligners.losses import structure_loss
from headword.errors import InputError


def pairs(n: int = 150, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    Y = rng.normal(size=(n, 10))
    X = np.tanh(Y @ np.random.default_rng(42).normal(size=(10, 14))) + 0.3 * rng.normal(size=(n, 14))
    return X.astype(np.float32), Y.astype(np.float32)


def bent(given: np.ndarray, mapped: np.ndarray) -> float:
    weight = torch.ones(len(given))
    return float(structure_loss(torch.from_numpy(given), torch.from_numpy(mapped), weight, 1, 0.05))


def test_its_settings_are_the_published_ones():
    parameters = STRUCTURE().get_params()
    published = {"temperature": 0.05, "structure": 10.0, "structure_levels": 1, "structure_temperature": 0.05}
    published |= {"structure_warmup": 1000, "lr": 1e-3, "weight_decay": 1e-4}
    assert published.items() <= parameters.items()
    assert (STRUCTURE.betas, STRUCTURE.clip) == ((0.9, 0.95), 1.0)


def test_keeps_neighbours_better_than_without():
    X, Y = pairs()
    settings = {"width": 12, "epochs": 60, "lr": 0.02, "patience": None, "structure_warmup": 10}
    held, free = (STRUCTURE(structure=strength, **settings).fit(X, Y) for strength in (30.0, 0.0))
    for side, rows in (("transform_image", X), ("transform_text", Y)):
        assert bent(rows, getattr(held, side)(rows)) < 0.6 * bent(rows, getattr(free, side)(rows))
    assert held.score(X, Y) > 0.3  # chance is 1 / 150


def test_acts_on_the_sides_that_have_a_map_only(monkeypatch):
    X, Y = pairs(40)
    widths: list[tuple[int, int]] = []

    def spy(given, mapped, weight, levels, temperature):
        widths.append((given.shape[1], mapped.shape[1]))
        return structure_loss(given, mapped, weight, levels, temperature)

    monkeypatch.setattr(training_loop, "structure_loss", spy)
    MLP(epochs=1, structure=1.0).fit(X, Y)
    DeViSE(epochs=1, structure=1.0).fit(X, Y)
    STRUCTURE(width=5, epochs=1).fit(X, Y)
    Contrastive(epochs=1).fit(X, Y)
    assert widths == [(10, 14), (14, 10), (14, 5), (10, 5)]


def test_sets_in_over_the_warm_up():
    X, Y = pairs(40)
    settings = {"epochs": 1, "lr": 1e-9, "patience": None, "learn_temperature": False}
    plain = Contrastive(**settings).fit(X, Y).history_[0, 0]
    whole = Contrastive(**settings, structure=4.0, structure_warmup=0).fit(X, Y).history_[0, 0] - plain
    early = Contrastive(**settings, structure=4.0, structure_warmup=8).fit(X, Y).history_[0, 0] - plain
    assert whole > 0.1
    assert early == pytest.approx(whole / 8, rel=1e-3)  # the first step of eight


def test_is_half_the_sum_over_both_sides():
    X, Y = pairs(40)
    settings = {"width": 5, "epochs": 1, "lr": 1e-9, "patience": None, "structure_warmup": 0}
    plain = STRUCTURE(**settings, structure=0.0).fit(X, Y)
    total = STRUCTURE(**settings, structure=4.0).fit(X, Y).history_[0, 0] - plain.history_[0, 0]
    # The maps of the returned aligner, not yet normalised; as good, for R looks at unit rows.
    unit_X, unit_Y = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (X, Y))
    parts = bent(unit_X, plain.transform_image(X)) + bent(unit_Y, plain.transform_text(Y))
    assert total == pytest.approx(4.0 * parts / 2, rel=1e-3)


def test_wrong_numbers_are_named():
    for wrong in ({"temperature": 0.0}, {"width": 0}, {"structure_levels": 0}):
        with pytest.raises(InputError, match=f"{next(iter(wrong))} of STRUCTURE"):
            STRUCTURE(**wrong).fit(*pairs(20))
