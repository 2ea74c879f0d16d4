"""A Gaussian mixture with a text prior and a graph."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import multivariate_normal

from headword.adapters.graph import affinity
from headword.adapters.mixture import Mixture, TransCLIP, positive_semidefinite, surest_means
from headword.arrays import unit


@pytest.fixture
def mixture() -> Mixture:
    rng = np.random.default_rng(0)
    first, means = rng.normal(size=(2, 3, 6)).astype(np.float32)
    return Mixture(first, means, rng.uniform(0.5, 2, 6).astype(np.float32))


@pytest.mark.parametrize("prior", [0.0, 1.0])
def test_its_objective_never_falls(folder, prior):
    for seed in range(4):
        f = folder((30, 12, 5, 2, 0), seed=seed, noise=0.25)
        objectives = [
            TransCLIP(rounds=rounds, prior=prior).fit(f.image, f.plain).report["objective"] for rounds in range(1, 13)
        ]
        assert np.diff(objectives).min() > -1e-5 * np.abs(objectives).max()
        assert objectives[-1] > objectives[0]


def test_densities_are_gaussian(mixture):
    image = np.random.default_rng(1).normal(size=(7, 6)).astype(np.float32)
    expected = [multivariate_normal(mean, np.diag(mixture.variance)).logpdf(image) for mean in mixture.means]
    np.testing.assert_allclose(mixture.log_density(image), np.transpose(expected), rtol=1e-4, atol=1e-4)


def test_means_and_variances_are_the_weighted_ones_of_pictures_and_pseudo_pictures(mixture):
    rng = np.random.default_rng(1)
    image, assigned = rng.normal(size=(7, 6)).astype(np.float32), rng.dirichlet(np.ones(3), 7).astype(np.float32)
    found = mixture.of(image, assigned)
    rows, weight = np.vstack([image, mixture.first]), np.vstack([assigned, np.eye(3)])
    means = (weight.T @ rows) / weight.sum(axis=0)[:, None]
    np.testing.assert_allclose(found.means, means, rtol=1e-4, atol=1e-5)
    squares = sum(weight[i, j] * (rows[i] - means[j]) ** 2 for i in range(10) for j in range(3))
    np.testing.assert_allclose(found.variance, (squares + 3 / 6) / 10, rtol=1e-4)


def test_means_and_variances_maximise_the_likelihood(mixture):
    rng = np.random.default_rng(1)
    image, assigned = rng.normal(size=(9, 6)).astype(np.float32), rng.dirichlet(np.ones(3), 9).astype(np.float32)

    def likelihood(each: Mixture) -> float:
        return float((assigned * each.log_density(image)).sum()) + each.prior()

    best = mixture.of(image, assigned)
    for _ in range(20):
        means = best.means + 0.02 * rng.normal(size=(3, 6)).astype(np.float32)
        variance = best.variance * np.exp(0.05 * rng.normal(size=6)).astype(np.float32)
        assert likelihood(Mixture(best.first, means, best.variance)) < likelihood(best)
        assert likelihood(Mixture(best.first, best.means, variance)) < likelihood(best)


def test_first_means_are_of_the_surest_pictures(folder):
    image = folder((30, 30)).image
    text = np.column_stack([np.arange(60), -np.arange(60)]).astype(np.float32)
    np.testing.assert_allclose(surest_means(image, text), [image[-8:].mean(axis=0), image[:8].mean(axis=0)], atol=1e-6)
    np.testing.assert_allclose(surest_means(image[:3], text[:3]), np.tile(image[:3].mean(axis=0), (2, 1)), atol=1e-6)


def test_its_graph_is_positive_semidefinite_with_the_weights_it_was_given(folder):
    edges = affinity(folder((20, 10, 10)).image, 3)
    found = positive_semidefinite(edges).toarray()
    assert np.linalg.eigvalsh(found).min() > -1e-5
    np.testing.assert_allclose(found - np.diag(np.diag(found)), edges.toarray(), atol=1e-6)


def test_pictures_without_neighbours_are_assigned_what_its_scores_say(scores):
    image = unit(np.eye(6) - 1 / 6)  # all cosines are below zero
    plain = scores(4 * np.random.default_rng(0).normal(size=(3, 6)))
    found = TransCLIP(rounds=300).fit(image, plain)
    np.testing.assert_allclose(softmax(found.scores(image), axis=1), found.assigned, atol=1e-3)
