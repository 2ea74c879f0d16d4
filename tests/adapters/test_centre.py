"""Mean centring."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from headword.adapters.centre import Centre, collection_centre
from headword.arrays import unit


@pytest.mark.parametrize(("share", "pictures"), [(1.0, 10.0), (0.5, 10.0), (1.0, 0.0), (0.3, 100.0)])
def test_its_closed_form(folder, scores, share, pictures):
    f = folder((20, 10))
    plain = scores(f.plain.weight, [0.3, -0.2])
    found = Centre(share=share, images=pictures).fit(f.image, plain)
    g = share * 30 / (30 + pictures)
    expected = unit(f.image - g * f.image.mean(axis=0)) @ plain.weight.T + (1 - g) * plain.bias
    np.testing.assert_allclose(found.scores(f.image), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(found.class_priors, softmax(expected, axis=1).mean(axis=0), atol=1e-5)


def test_no_share_is_plain(folder):
    f = folder()
    found = Centre(share=0.0).fit(f.image, f.plain)
    np.testing.assert_array_equal(found.scores(f.image), f.plain(f.image))


def test_one_picture_changes_almost_nothing_and_thirty_do_most_of_it(folder, scores):
    f = folder((100,) * 5)
    plain = scores(f.plain.weight, np.linspace(-1, 1, 5))
    before, after = (softmax(s(f.image), axis=1) for s in (plain, Centre(images=0.0).fit(f.image, plain).scores))

    def way(n: int) -> float:
        """How far the probabilities go, as share of the way they go with all pictures in full."""
        then = softmax(Centre().fit(f.image[:n], plain).scores(f.image), axis=1)
        return np.abs(then - before).mean() / np.abs(after - before).mean()

    assert way(1) < 0.25
    assert 0.6 < way(30) < way(500) < 1.05


def test_a_folder_of_one_picture_is_not_left_without_it(folder):
    f = folder()
    image = np.repeat(f.image[:1], 10_000, axis=0)
    scores = Centre().fit(image, f.plain).scores
    np.testing.assert_allclose(scores.seen(image[:1]), image[:1], atol=1e-3)


def test_the_centre_needs_no_labels(folder):
    f = folder()
    np.testing.assert_allclose(collection_centre(f.image), f.image.mean(axis=0) * 150 / 160, rtol=1e-4, atol=1e-6)
    found = Centre().fit(f.image, f.plain)
    np.testing.assert_allclose(collection_centre(f.image), found.scores.centre, atol=1e-6)
    np.testing.assert_allclose(collection_centre(f.image, 0.5, 0.0), f.image.mean(axis=0) / 2, rtol=1e-4, atol=1e-6)


def test_takes_off_what_favours_one_label(folder):
    f = folder((40,) * 5, habit=1.5, misheard=0.0)
    found = Centre().fit(f.image, f.plain)
    assert f.accuracy(f.plain(f.image)) < 0.6
    assert f.accuracy(found.scores(f.image)) > 0.9


def test_whitening_in_its_closed_form(folder):
    f = folder((60,) * 5)
    found = Centre(images=0.0, power=1.0, shrinkage=0.5).fit(f.image, f.plain).scores
    seen = unit(f.image - f.image.mean(axis=0))
    covariance = np.cov(seen.T, bias=True)
    shrunk = covariance + 0.5 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    expected = unit(np.linalg.solve(shrunk, f.plain.prototypes.T).T)
    np.testing.assert_allclose(found.prototypes, expected, atol=1e-3)
    np.testing.assert_allclose(found.steepness, f.plain.steepness, rtol=1e-4)


def test_whitening_finds_what_loud_directions_hide(folder, scores):
    """Pictures differ most in light, which says nothing of the label."""
    rng = np.random.default_rng(0)
    f = folder((60,) * 5, misheard=0.0, habit=0.0)
    light = np.zeros(f.image.shape[1])
    light[0] = 1
    image = unit(f.image + 3 * rng.normal(size=(len(f.image), 1)) * light)
    centred, whitened = (f.accuracy(Centre(power=power).fit(image, f.plain).scores(image)) for power in (0.0, 1.0))
    assert whitened > centred + 0.1
