"""Left out in closed form is left out, and what is left out leaves no trace."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.clouds import rows
from headword.analysis import leave_one_out as module
from headword.analysis.leave_one_out import ALPHA, GAMMA, left_out
from headword.arrays import unit


def by_refits(inputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    out = []
    for i in range(len(inputs)):
        stay = np.arange(len(inputs)) != i
        K = np.exp(-GAMMA * ((inputs[:, None] - inputs[None]) ** 2).sum(axis=2))
        centred = targets[stay] - targets[stay].mean(axis=0)
        dual = np.linalg.solve(K[np.ix_(stay, stay)] + ALPHA * np.eye(stay.sum()), centred)
        out.append(K[i, stay] @ dual)
    return np.array(out)


def test_is_what_refits_without_each_row_give():
    inputs, targets = unit(rows(25, 4)).astype(np.float64), rows(25, 3, 1).astype(np.float64) + 2
    found, expected = left_out(inputs, targets), by_refits(inputs, targets)
    np.testing.assert_allclose(found.length[:, None] * found.unit, expected, atol=1e-4)


def test_spread_is_the_variance_of_a_prediction():
    inputs = unit(rows(20, 3)).astype(np.float64)
    K = np.exp(-GAMMA * ((inputs[:, None] - inputs[None]) ** 2).sum(axis=2))
    for i, spread in enumerate(left_out(inputs, rows(20, 2)).spread):
        stay = np.arange(20) != i
        known = K[i, stay] @ np.linalg.solve(K[np.ix_(stay, stay)] + ALPHA * np.eye(19), K[stay, i])
        assert spread == pytest.approx((1 - known + ALPHA) / ALPHA, rel=1e-3)


def test_inputs_that_know_nothing_do_not_lean_away():
    found = left_out(unit(rows(60, 40)).astype(np.float64), rows(60, 5, 1))
    own = (found.unit * unit(rows(60, 5, 1) - rows(60, 5, 1).mean(axis=0))).sum(axis=1)
    assert abs(own.mean()) < 4 * own.std() / np.sqrt(60)


def test_landmarks_come_near_the_exact_ones(monkeypatch):
    inputs = unit(rows(300, 3)).astype(np.float64)
    targets = np.tanh(2 * inputs) + 0.05 * rows(300, 3, 1)
    exact = left_out(inputs, targets)
    monkeypatch.setattr(module, "LANDMARKS", 100)
    near = left_out(inputs, targets)
    assert (near.unit * exact.unit).sum(axis=1).min() > 0.98
    np.testing.assert_allclose(near.spread, exact.spread, rtol=0.05)
