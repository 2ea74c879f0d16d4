"""Vision proxies learnt from balanced pseudo-labels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from headword.adapters.proxies import InMaP, fit_proxies, largest_eigenvalue
from headword.arrays import unit


def test_curvature_is_the_largest_eigenvalue_of_the_second_moment(folder):
    image = folder().image
    expected = np.linalg.eigvalsh(image.T @ image / len(image)).max()
    assert largest_eigenvalue(image) == pytest.approx(expected, rel=1e-3)


def test_curvature_of_pictures_that_cancel():
    image = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]], np.float32)
    assert largest_eigenvalue(image) == pytest.approx(1 / 2)


def test_proxies_are_where_the_loss_has_no_slope_along_the_sphere(folder):
    f = folder((20, 20, 20))
    pseudo_labels = softmax(f.plain(f.image), axis=1)
    found = fit_proxies(f.image, pseudo_labels, f.plain.prototypes, 2.5, 3000)
    slope = (softmax(2.5 * f.image @ found.T, axis=1) - pseudo_labels).T @ f.image / 60
    along = slope - (slope * found).sum(axis=1, keepdims=True) * found
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
    assert np.linalg.norm(along, axis=1).max() < 1e-4


def test_fifty_rounds_are_most_of_the_way(folder):
    f = folder()
    pseudo_labels = softmax(f.plain(f.image), axis=1)

    def loss(rounds: int) -> float:
        proxies = fit_proxies(f.image, pseudo_labels, f.plain.prototypes, 2.5, rounds)
        return float(-(pseudo_labels * log_softmax(2.5 * f.image @ proxies.T, axis=1)).sum(axis=1).mean())

    none, some, many = loss(0), loss(50), loss(1000)
    assert none - some > 0.95 * (none - many) > 0


def test_proxies_that_fit_stay(folder):
    f = folder()
    pseudo_labels = softmax(2.5 * f.image @ f.plain.prototypes.T, axis=1)
    found = fit_proxies(f.image, pseudo_labels, f.plain.prototypes, 2.5, 50)
    np.testing.assert_allclose(found, f.plain.prototypes, atol=1e-4)


@pytest.mark.parametrize("power", [0.0, 0.6, 1.0])
def test_shares_are_flattened(folder, power):
    f = folder((60, 20, 10, 5, 5))
    found = InMaP(rounds=1, share_power=power).fit(f.image, f.plain)
    expected = softmax(f.plain(f.image), axis=1).mean(axis=0) ** power
    np.testing.assert_allclose(found.class_priors, expected / expected.sum(), rtol=1e-3)


def test_proxies_lie_among_the_pictures(folder):
    f = folder(habit=1.0)
    found = InMaP(rounds=1000).fit(f.image, f.plain)
    base = np.linalg.svd(f.image[:, :], full_matrices=False)[2][:6]  # the means of five labels and what all share

    def inside(prototypes: np.ndarray) -> float:
        return float(np.linalg.norm(unit(prototypes) @ base.T, axis=1).mean())

    assert inside(found.scores.weight) > inside(f.plain.weight)
    np.testing.assert_allclose(found.scores.steepness, 2.5, rtol=1e-4)
