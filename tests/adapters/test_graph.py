"""Label propagation over a graph of pictures and labels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from headword.adapters.graph import ZLaP, affinity, normalised, propagated
from headword.arrays import unit


def dense_affinity(image: np.ndarray, k: int, power: float = 1.0) -> np.ndarray:
    cosine = image @ image.T
    np.fill_diagonal(cosine, -np.inf)
    near = cosine >= np.sort(cosine, axis=1)[:, [-k]]
    return np.where(near | near.T, np.maximum(cosine, 0) ** power, 0)


def dense_normalised(edges: np.ndarray) -> np.ndarray:
    degree = edges.sum(axis=1)
    root = np.where(degree > 0, degree, np.inf) ** -0.5
    return root[:, None] * edges * root


@pytest.mark.parametrize(("k", "power"), [(1, 1.0), (4, 3.0), (500, 1.0)])
def test_neighbours_of_either_are_tied_by_a_power_of_their_cosine(folder, k, power):
    image = folder((9, 8, 7)).image
    expected = dense_affinity(image, min(k, 23), power)
    found = affinity(image, k, power)
    np.testing.assert_allclose(found.toarray(), expected, atol=1e-5)
    assert found.dtype == np.float32


def test_normalised_weights_have_eigenvalues_up_to_one(folder):
    edges = affinity(folder((9, 8, 7)).image, 3)
    found = normalised(edges).toarray()
    np.testing.assert_allclose(found, dense_normalised(edges.toarray()), atol=1e-5)
    np.testing.assert_allclose(np.abs(np.linalg.eigvalsh(found)).max(), 1, rtol=1e-5)


def test_a_node_without_ties_keeps_none():
    edges = csr_array(np.array([[0, 2, 0], [2, 0, 0], [0, 0, 0]], np.float32))
    np.testing.assert_allclose(normalised(edges).toarray(), [[0, 1, 0], [1, 0, 0], [0, 0, 0]])


@pytest.mark.parametrize("alpha", [0.0, 0.3, 0.95])
def test_propagation_is_the_dense_solution(folder, alpha):
    edges = normalised(affinity(folder((20, 10, 10)).image, 4))
    sources = np.random.default_rng(0).random((40, 3)).astype(np.float32)
    sources[:, 2] = 0  # flows nowhere
    expected = np.linalg.solve(np.eye(40) - alpha * edges.toarray(), sources)
    np.testing.assert_allclose(propagated(edges, sources, alpha), expected, atol=2e-4)


@pytest.mark.parametrize(("k", "alpha", "gamma"), [(3, 0.3, 0.2), (2, 0.8, 1.0)])
def test_zlap_is_the_dense_solution_on_the_graph_of_the_paper(folder, k, alpha, gamma):
    f = folder((9, 8, 7, 0))
    n, m = 24, 4
    edges = np.zeros((n + m, n + m))
    edges[:n, :n] = dense_affinity(f.image, k)
    logits = f.plain(f.image).astype(float)
    for picture in range(n):
        for label in np.argsort(-logits[picture])[:k]:
            edges[picture, n + label] = np.exp(gamma * (logits[picture, label] - logits[picture].max()))
    edges[n:, :n] = edges[:n, n:].T
    flow = np.linalg.inv(np.eye(n + m) - alpha * dense_normalised(edges))[:n, n:]
    found = ZLaP(k=k, alpha=alpha, gamma=gamma).fit(f.image, f.plain)
    np.testing.assert_allclose(found.assigned, flow / flow.sum(axis=1, keepdims=True), atol=1e-4)
    expected = np.bincount(flow.argmax(axis=1), minlength=m) / n
    np.testing.assert_allclose(found.class_priors, expected, atol=1e-6)


def test_a_picture_between_two_labels_goes_with_its_neighbours(scores):
    text = np.eye(3)[:2]
    group = unit(np.array([[0.2, 1.0, 5], [0.1, 1.0, 5], [0.0, 1.0, 5], [0.52, 0.48, 5], [1.0, 0.1, -5]]))
    plain = scores(100 * text)
    found = ZLaP(k=2).fit(group, plain)
    assert plain(group.astype(np.float32)).argmax(axis=1).tolist() == [1, 1, 1, 0, 0]
    assert ZLaP(k=2, alpha=0.8).fit(group, plain).assigned.argmax(axis=1).tolist() == [1, 1, 1, 1, 0]
    assert found.assigned[3, 1] > 0.3
