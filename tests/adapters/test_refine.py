"""Soft prototype refinement."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from headword.adapters.refine import Refine, moved
from headword.arrays import unit


def test_two_rounds_by_hand(folder):
    f = folder((20, 10, 5))
    found = Refine(rounds=2, keep=0.6, images=0.0).fit(f.image, f.plain)
    z, text = unit(f.image - f.image.mean(axis=0)), unit(f.plain.weight)
    prototypes = text
    for _ in range(2):
        q = softmax(10 * z @ prototypes.T, axis=1)
        prototypes = unit(0.6 * text + 0.4 * unit(q.T @ z))
    np.testing.assert_allclose(found.scores.prototypes, prototypes, atol=1e-4)
    np.testing.assert_allclose(found.scores.steepness, 10, rtol=1e-4)
    np.testing.assert_allclose(found.class_priors, softmax(10 * z @ prototypes.T, axis=1).mean(axis=0), atol=1e-4)


def test_a_label_that_is_kept_stays(folder):
    f = folder()
    found = Refine(keep=1.0).fit(f.image, f.plain)
    np.testing.assert_allclose(found.scores.weight, f.plain.weight, rtol=1e-4, atol=1e-4)


def test_prototypes_come_nearer_to_the_means_of_their_pictures(folder):
    f = folder((40,) * 5)
    found = Refine().fit(f.image, f.plain)
    seen = found.scores.seen(f.image)
    means = unit(np.array([seen[f.classes == label].mean(axis=0) for label in range(5)]))
    before, after = ((means * each.prototypes).sum(axis=1) for each in (f.plain, found.scores))
    assert after.mean() > before.mean() + 0.1


@pytest.mark.parametrize("keep", [0.0, 0.5, 1.0])
def test_a_label_without_pictures_keeps_its_direction(folder, keep):
    f = folder()
    assigned = np.zeros((len(f.image), 5), np.float32)
    assigned[:, 0] = 1
    scores = moved(f.plain, f.image, assigned, f.plain, keep)
    np.testing.assert_allclose(scores.weight[1:], f.plain.weight[1:], rtol=1e-4, atol=1e-4)
    own = unit(keep * f.plain.prototypes[:1] + (1 - keep) * unit(f.image.sum(axis=0)[None]))
    np.testing.assert_allclose(scores.prototypes[:1], own, atol=1e-4)


def test_pictures_that_cancel_leave_a_direction(folder):
    f = folder()
    image = np.vstack([f.image, -f.image])
    assigned = np.full((len(image), 5), 0.2, np.float32)
    scores = moved(f.plain, image, assigned, f.plain, 0.0)
    np.testing.assert_allclose(scores.steepness, 10, rtol=1e-4)
