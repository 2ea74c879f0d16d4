"""Procrustes against SciPy's, and against what an optimal rotation must satisfy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes
from scipy.stats import ortho_group

from headword.aligners import Procrustes
from headword.arrays import unit
from headword.errors import InputError


def pairs(image: int, text: int, n: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(image * 100 + text)
    Y = rng.normal(size=(n, text)) + 0.5
    X = Y @ rng.normal(size=(text, image)) + 0.5 * rng.normal(size=(n, image)) - 1.0
    return X, Y, rng.uniform(0.2, 3, n)


def centred(rows: np.ndarray, weight: np.ndarray) -> np.ndarray:
    rows = unit(rows.astype(np.float32)).astype(np.float64)
    return rows - np.average(rows, axis=0, weights=weight)


@pytest.mark.parametrize("weighted", [False, True])
def test_is_the_rotation_that_scipy_finds(weighted):
    X, Y, weight = pairs(6, 6)
    weight = weight if weighted else np.ones(len(X))
    root = np.sqrt(weight)[:, None]
    expected, _ = orthogonal_procrustes(root * centred(Y, weight), root * centred(X, weight))
    aligner = Procrustes().fit(X, Y, weight)
    np.testing.assert_allclose(aligner.coef_, expected, atol=1e-6)
    np.testing.assert_allclose(aligner.transform_text(Y), unit(centred(Y, weight) @ expected), atol=1e-5)
    np.testing.assert_allclose(aligner.transform_image(X), unit(X), atol=1e-6)


def test_embeds_a_narrower_text_space_without_bending_it():
    X, Y, _ = pairs(9, 5)
    coef = Procrustes().fit(X, Y).coef_
    np.testing.assert_allclose(coef @ coef.T, np.eye(5), atol=1e-9)


def test_projects_a_wider_text_space_without_bending_it():
    X, Y, _ = pairs(5, 9)
    coef = Procrustes().fit(X, Y).coef_
    np.testing.assert_allclose(coef.T @ coef, np.eye(5), atol=1e-9)


@pytest.mark.parametrize(("image", "text"), [(9, 5), (5, 9), (6, 6)])
def test_no_other_rotation_agrees_better(image, text):
    X, Y, _ = pairs(image, text)
    even = np.ones(len(X))
    cross = centred(Y, even).T @ centred(X, even)
    best = np.trace(Procrustes().fit(X, Y).coef_.T @ cross)
    assert best == pytest.approx(np.linalg.svd(cross, compute_uv=False).sum())
    others = ortho_group.rvs(max(image, text), size=200, random_state=0)[:, :text, :image]
    assert all(np.trace(other.T @ cross) < best for other in others)


def test_finds_a_planted_rotation_exactly():
    rng = np.random.default_rng(0)
    Y = unit(rng.normal(size=(80, 7)))
    rotation = ortho_group.rvs(7, random_state=1)
    aligner = Procrustes().fit(Y @ rotation, Y)
    np.testing.assert_allclose(aligner.coef_, rotation, atol=1e-5)


@pytest.mark.parametrize("side", [0, 1])
def test_rows_that_are_all_the_same_have_no_rotation(side):
    both = list(pairs(6, 5)[:2])
    both[side][:] = both[side][0]
    with pytest.raises(InputError, match=r"(?s)side\): rows that differ.*at least two different rows"):
        Procrustes().fit(*both)
