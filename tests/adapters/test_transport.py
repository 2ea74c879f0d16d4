"""Optimal transport of pictures to labels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from headword.adapters.transport import OTTER, estimated_shares, potentials
from headword.errors import InputError


def logits_of(n: int, m: int, seed: int = 0) -> np.ndarray:
    return (3 * np.random.default_rng(seed).normal(size=(n, m))).astype(np.float32)


@pytest.mark.parametrize("epsilon", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("shares", [[0.25, 0.25, 0.25, 0.25], [0.7, 0.2, 0.09, 0.01]])
def test_labels_get_their_shares(epsilon, shares):
    logits = logits_of(300, 4)
    moved = potentials(logits, np.array(shares), epsilon)
    handed = softmax((logits + moved) / epsilon, axis=1).mean(axis=0)
    np.testing.assert_allclose(handed, shares, rtol=1e-3)
    assert moved @ shares == pytest.approx(0, abs=1e-4)


def test_true_shares_undo_a_planted_bias_exactly():
    logits, bias = logits_of(200, 5), np.array([3, -1, 0.5, 0, -4], np.float32)
    truth = softmax(logits.astype(float), axis=1).mean(axis=0)
    moved = potentials(logits + bias, truth)
    np.testing.assert_allclose(moved, -(bias - truth @ bias), atol=2e-3)


def test_true_shares_undo_a_bias_of_the_scores(folder, scores):
    f = folder(misheard=0.0, habit=0.0)
    biased = scores(f.plain.weight, [6, 0, 0, -6, 0])
    found = OTTER([0.2] * 5, epsilon=0.1).fit(f.image, biased)
    assert f.accuracy(biased(f.image)) < 0.8
    assert f.accuracy(found.scores(f.image)) > 0.97


def test_only_the_bias_moves(folder):
    f = folder()
    found = OTTER("equal").fit(f.image, f.plain)
    np.testing.assert_array_equal(found.scores.weight, f.plain.weight)
    assert found.scores.bias.std() > 0.1
    np.testing.assert_allclose(found.class_priors, 0.2)
    np.testing.assert_allclose(softmax(found.scores(f.image), axis=1).mean(axis=0), 0.2, atol=1e-3)


def test_with_little_entropy_every_label_gets_its_number_of_pictures():
    logits = logits_of(100, 4)
    moved = potentials(logits, np.array([0.4, 0.3, 0.2, 0.1]), 0.02)
    np.testing.assert_allclose(np.bincount((logits + moved).argmax(axis=1)), [40, 30, 20, 10], atol=1)


def test_a_share_of_nothing_is_no_picture():
    logits = logits_of(100, 3)
    moved = potentials(logits, np.array([0.5, 0.5, 0.0]))
    assert np.isfinite(moved).all()
    handed = softmax(logits + moved, axis=1).mean(axis=0)
    np.testing.assert_allclose(handed, [0.5, 0.5, 0], atol=1e-3)


def test_estimates_the_shares_of_a_mixture():
    rng = np.random.default_rng(0)
    truth = np.array([0.6, 0.25, 0.1, 0.05])
    means = rng.normal(size=(4, 6))
    seen = means[rng.choice(4, 5000, p=truth)] + rng.normal(size=(5000, 6))
    logits = (seen @ means.T - 0.5 * (means**2).sum(axis=1)).astype(np.float32)  # Bayes' rule for equal shares
    np.testing.assert_allclose(estimated_shares(logits, 1e-3), truth, atol=0.04)
    careful = estimated_shares(logits, 1.0)
    assert np.abs(careful - 0.25).max() < 0.5 * np.abs(truth - 0.25).max() + 0.05
    assert careful.argmax() == 0
    assert careful.min() > 0.125 - 1e-3  # half of the estimate is equal shares


def test_an_estimate_is_its_own_consequence():
    logits = logits_of(200, 5)
    shares = estimated_shares(logits, 0.5)
    told = softmax(logits + np.log(shares), axis=1).mean(axis=0)
    np.testing.assert_allclose(shares, (told + 0.5 / 5) / 1.5, atol=1e-4)


@pytest.mark.parametrize(
    "shares", ["eqaul", [0.5, 0.5], [0.2, 0.2, 0.2, 0.2, 0.3], [1.4, -0.1, -0.1, -0.1, -0.1], [np.nan] * 5, [[0.2] * 5]]
)
def test_says_which_shares_it_takes(folder, shares, unchecked):
    f = folder()
    with pytest.raises(
        InputError, match=r"(?s)shares of OTTER for 5 labels.*shares=.*one number from 0 for each label"
    ):
        OTTER(shares).fit(f.image, f.plain)
