"""Probes against scikit-learn, and names that help only where they tell the truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.linear_model import LogisticRegression

from headword.arrays import unit
from headword.metrics.classification import top_k_accuracy
from headword.tasks.probes import ALPHAS, ONE_SHOT, PROBES, Shots, fit_logistic, logistic, prototype, ridge

CLASSES, WIDTH = 6, 30


class Crowd:
    """Classes in a noisy space, and scores of names that know them with noise of their own."""

    def __init__(self, each: int, noise: float = 2.0, hearing: float = 1.0, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        centres = unit(rng.normal(size=(CLASSES, WIDTH)))
        self.targets = np.repeat(np.arange(CLASSES), each)
        self.test = rng.integers(0, CLASSES, 400)
        spread = noise / WIDTH**0.5
        self.x, self.test_x = (
            unit(centres[t] + spread * rng.normal(size=(len(t), WIDTH))) for t in (self.targets, self.test)
        )
        self.names, self.test_names = (
            2 * np.eye(CLASSES)[t] + hearing * rng.normal(size=(len(t), CLASSES)) for t in (self.targets, self.test)
        )

    def accuracy(self, probe: str, *, names: bool) -> tuple[float, dict[str, float]]:
        shots = Shots(self.x, self.targets, self.names if names else None, CLASSES)
        scores, chosen = PROBES[probe](shots, self.test_x, self.test_names if names else None)
        return top_k_accuracy(scores, self.test), chosen


def test_prototype_is_the_nearest_mean_by_cosine():
    crowd = Crowd(3)
    scores, chosen = prototype(Shots(crowd.x, crowd.targets, None, CLASSES), crowd.test_x, None)
    # Of unit rows the nearest unit mean is the one of the largest cosine.
    means = unit(np.stack([crowd.x[crowd.targets == c].mean(axis=0) for c in range(CLASSES)]))
    np.testing.assert_array_equal(scores.argmax(axis=1), cdist(crowd.test_x, means).argmin(axis=1))
    assert chosen == {}


def test_logistic_is_scikit_learns_without_offset():
    crowd = Crowd(5)
    for rows in (crowd.x, crowd.x[:, :10]):
        (weight, bias) = next(fit_logistic(rows, crowd.targets, np.zeros((len(rows), CLASSES)), (3.0,)))
        known = LogisticRegression(C=3.0, tol=1e-6, max_iter=2_000).fit(rows, crowd.targets)
        mine, theirs = rows @ weight + bias, known.decision_function(rows)
        np.testing.assert_allclose(
            mine - mine.mean(axis=1, keepdims=True), theirs - theirs.mean(axis=1, keepdims=True), atol=0.01
        )


def test_a_path_of_costs_ends_where_each_alone_does():
    crowd = Crowd(3)
    zero = np.zeros((len(crowd.x), CLASSES))
    for cost, (weight, _) in zip((1.0, 30.0), fit_logistic(crowd.x, crowd.targets, zero, (1.0, 30.0)), strict=True):
        alone = next(fit_logistic(crowd.x, crowd.targets, zero, (cost,)))[0]
        np.testing.assert_allclose(weight, alone, atol=0.02 * np.abs(alone).max())


def test_strong_shrinkage_leaves_what_the_names_say():
    crowd = Crowd(2)
    weight, _ = next(fit_logistic(crowd.x, crowd.targets, crowd.names, (1e-6,)))
    assert np.abs(weight).max() < 1e-4


@pytest.mark.parametrize("probe", ["prototype", "ridge", "logistic"])
@pytest.mark.parametrize("each", [1, 2, 4])
def test_true_names_help(probe, each):
    with_, without = (
        np.mean([Crowd(each, seed=seed).accuracy(probe, names=names)[0] for seed in range(3)])
        for names in (True, False)
    )
    assert with_ > without + 0.03


@pytest.mark.parametrize("probe", ["prototype", "ridge", "logistic"])
def test_names_that_know_nothing_are_hardly_heard(probe):
    crowd = Crowd(8, noise=1.0)
    deaf = np.random.default_rng(9)
    crowd.names, crowd.test_names = (deaf.normal(size=each.shape) for each in (crowd.names, crowd.test_names))
    assert crowd.accuracy(probe, names=True)[0] > crowd.accuracy(probe, names=False)[0] - 0.03


def test_names_weigh_less_the_more_shots_there_are():
    shares = [
        np.mean([Crowd(each, seed=s).accuracy("prototype", names=True)[1]["share"] for s in range(3)])
        for each in (2, 16)
    ]
    assert shares[1] < shares[0]


def test_one_shot_follows_the_fixed_rule():
    crowd = Crowd(1)
    assert crowd.accuracy("prototype", names=True)[1] == {"share": ONE_SHOT["share"]}
    assert crowd.accuracy("ridge", names=True)[1] == {"alpha": ONE_SHOT["alpha"], "share": ONE_SHOT["share"]}
    assert crowd.accuracy("logistic", names=True)[1] == {"cost": ONE_SHOT["cost"], "factor": ONE_SHOT["factor"]}
    assert crowd.accuracy("logistic", names=False)[1]["factor"] == 0.0


def test_of_two_classes_one_shot_and_names_are_both_heard():
    # The picture says one class and the names the other: whoever is surer decides.
    shots = Shots(np.array([[1.0, 0.0], [0.6, 0.8]]), np.array([0, 1]), np.array([[1.0, -1.0], [-1.0, 1.0]]), 2)
    x = np.array([[1.0, 0.0], [1.0, 0.0]])
    scores, chosen = prototype(shots, x, np.array([[-0.1, 0.1], [-5.0, 5.0]]))
    assert scores.argmax(axis=1).tolist() == [0, 1]
    assert chosen == {"share": ONE_SHOT["share"]}


def test_chosen_by_the_shots_alone():
    crowd = Crowd(4)
    shots = Shots(crowd.x, crowd.targets, crowd.names, CLASSES)
    for probe in (prototype, ridge, logistic):
        whole, chosen = probe(shots, crowd.test_x, crowd.test_names)
        part, again = probe(shots, crowd.test_x[:3], crowd.test_names[:3])
        assert chosen == again
        np.testing.assert_allclose(part, whole[:3], atol=1e-9)
    assert chosen["cost"] > 0
    assert ridge(shots, crowd.test_x, crowd.test_names)[1]["alpha"] in ALPHAS
