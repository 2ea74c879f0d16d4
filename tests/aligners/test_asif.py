"""ASIF against the method written out in loops."""

from __future__ import annotations

import numpy as np
import pytest

from headword.aligners import ASIF
from headword.arrays import unit


def relative(row: np.ndarray, anchors: np.ndarray, k: int, power: int) -> np.ndarray:
    similarities = [float(row @ anchor) for anchor in anchors]
    best = sorted(range(len(anchors)), key=lambda i: -similarities[i])[:k]
    out = np.array([max(value, 0.0) ** power if i in best else 0.0 for i, value in enumerate(similarities)])
    return out / max(np.linalg.norm(out), 1e-12)


@pytest.mark.parametrize(("share", "k"), [(0.01, 1), (0.04, 2), (0.1, 4), (0.5, 20), (1.0, 40)])
@pytest.mark.parametrize("power", [1, 2, 8])
def test_is_the_method_in_loops(share, k, power):
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(40, 6)), rng.normal(size=(40, 5))
    new_X, new_Y = rng.normal(size=(8, 6)), rng.normal(size=(9, 5))
    expected = np.array(
        [[relative(x, unit(X), k, power) @ relative(y, unit(Y), k, power) for y in unit(new_Y)] for x in unit(new_X)]
    )
    aligner = ASIF(share=share, power=power).fit(X, Y)
    np.testing.assert_allclose(aligner.similarity(new_X, new_Y), expected, atol=1e-5)


def test_texts_of_one_row_are_one_anchor():
    rng = np.random.default_rng(0)
    X, Y = np.repeat(rng.normal(size=(20, 6)), 2, axis=0), rng.normal(size=(40, 5))
    weight = rng.uniform(0.5, 2, 40)
    aligner = ASIF(share=0.5, power=2).fit(X, Y, weight)
    assert aligner.image_anchors_.shape == (20, 6)
    mean = [np.average(unit(Y)[[i, i + 1]], axis=0, weights=weight[[i, i + 1]]) for i in range(0, 40, 2)]
    np.testing.assert_allclose(aligner.text_anchors_, unit(np.array(mean)), atol=1e-6)


def test_what_is_unlike_counts_nothing():
    # An even power would make the opposite of an anchor as like it as the anchor itself.
    X = Y = np.eye(4)
    aligner = ASIF(share=1.0, power=2).fit(X, Y)
    assert not aligner.transform_image(-np.eye(4)).any()
