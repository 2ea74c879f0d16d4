import numpy as np
import pytest
from scipy.sparse import csr_array

from headword.adapters.agreement import agreement, consistency, margin


def image(n=200):
    return np.random.default_rng(0).normal(size=(n, 4)).astype(np.float32)


def test_what_does_not_hang_on_the_pictures_agrees_wholly():
    assert agreement(lambda half: lambda rows: np.zeros(len(rows), int), image(), splits=3) == 1.0


def test_what_is_drawn_anew_agrees_as_chance_has_it():
    draw = np.random.default_rng(1)
    found = agreement(lambda half: lambda rows: draw.integers(0, 4, len(rows)), image(2000), splits=4)
    assert found == pytest.approx(0.25, abs=0.03)


def test_halves_are_apart_and_make_the_whole():
    seen, rows = [], np.arange(9, dtype=np.float32)[:, None]
    agreement(lambda half: seen.append(half[:, 0]) or (lambda _: np.zeros(9, int)), rows, splits=1)
    assert sorted(len(each) for each in seen) == [4, 5]
    assert sorted(np.concatenate(seen)) == list(range(9))


def test_one_picture_agrees_about_nothing():
    assert agreement(lambda half: lambda rows: np.zeros(len(rows), int), image(1), splits=2) == 0.0


def test_consistency_is_the_weight_between_equal_labels():
    links = csr_array(np.array([[0, 3, 1], [3, 0, 0], [1, 0, 0]], float))
    assert consistency(links, np.array([0, 0, 1])) == pytest.approx(6 / 8)
    assert np.isnan(consistency(csr_array((3, 3)), np.array([0, 0, 1])))


def test_margin_by_eye():
    assert margin(np.array([[0.7, 0.2, 0.1], [0.4, 0.1, 0.5]])) == pytest.approx((0.5 + 0.1) / 2)
    assert margin(np.ones((3, 1))) == 1.0
