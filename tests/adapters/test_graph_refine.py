"""Refinement with assignments that neighbours share."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from headword.adapters.graph import affinity, normalised
from headword.adapters.graph_refine import GraphRefine
from headword.adapters.refine import Refine


@pytest.mark.parametrize("alone", [{"steps": 0}, {"smooth": 0.0}])
def test_without_neighbours_it_is_refinement(folder, alone):
    f = folder()
    found, plain = GraphRefine(keep=0.7, **alone).fit(f.image, f.plain), Refine(keep=0.7).fit(f.image, f.plain)
    np.testing.assert_allclose(found.scores.weight, plain.scores.weight, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(found.assigned, softmax(plain.scores(f.image), axis=1), atol=1e-4)


def test_its_assignments_are_the_spread_ones(folder):
    f = folder((20, 10, 10))
    found = GraphRefine(smooth=0.6, steps=200).fit(f.image, f.plain)
    edges = normalised(affinity(found.scores.seen(f.image), 8, 3.0)).toarray()
    alone = softmax(found.scores(f.image).astype(float), axis=1)
    spread = 0.4 * np.linalg.solve(np.eye(40) - 0.6 * edges, alone)
    np.testing.assert_allclose(found.assigned, spread / spread.sum(axis=1, keepdims=True), atol=1e-4)


def test_neighbours_help_where_pictures_are_noisy(folder):
    gains = []
    for seed in range(5):
        f = folder((60,) * 4, seed=seed, noise=0.3)
        graph, alone = (each.fit(f.image, f.plain) for each in (GraphRefine(keep=0.7), Refine(keep=0.7)))
        gains.append(f.accuracy(graph.assigned) - f.accuracy(alone.scores(f.image)))
    assert np.mean(gains) > 0.01
