"""Controls: what they keep, what they break, and that nothing can be learnt from them."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy.stats import binom

from headword.aligners import Ridge
from headword.errors import UnknownName
from headword.model.validation import held_out_classes
from headword.pairs.controls import CONTROLS, control, gaussian, untrained
from headword.pairs.pairs import Pairs


@pytest.fixture(scope="module")
def pairs(planted) -> Pairs:
    return Pairs.from_head(planted.Eye().head(), planted.Ear(), definitions={})


@pytest.mark.parametrize("name", CONTROLS)
def test_texts_stay_and_a_class_keeps_one_row(pairs, name):
    broken = control(name)(pairs, 3)
    np.testing.assert_array_equal(broken.y, pairs.y)
    np.testing.assert_array_equal(broken.group, pairs.group)
    rows = [np.unique(broken.x[broken.group == g], axis=0) for g in range(150)]
    assert {len(each) for each in rows} == {1}
    assert len(np.unique(np.concatenate(rows), axis=0)) == 150
    np.testing.assert_allclose(np.linalg.norm(broken.x, axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(control(name)(pairs, 3).x, broken.x)
    assert not np.array_equal(control(name)(pairs, 4).x, broken.x)


@pytest.mark.parametrize("name", CONTROLS)
def test_nothing_is_learnt_from_a_control(pairs, name):
    hits = sum(held_out_classes(Ridge(alpha=1.0), control(name)(pairs, seed)).top1 * 150 for seed in range(6))
    low, high = binom.ppf([1e-4, 1 - 1e-4], 900, 1 / 30)
    assert low <= hits <= high
    assert held_out_classes(Ridge(alpha=1.0), pairs).top1 > 0.4


def test_gaussian_rows_have_the_covariance_of_the_true_ones(pairs):
    true = pairs.x[np.unique(pairs.group, return_index=True)[1]]
    many = np.concatenate([gaussian(pairs, s).x[np.unique(pairs.group, return_index=True)[1]] for s in range(60)])
    assert np.corrcoef(np.cov(many.T).ravel(), np.cov(true.T).ravel())[0, 1] > 0.98
    np.testing.assert_allclose(many.mean(axis=0), true.mean(axis=0), atol=0.03)


def test_gaussian_rows_of_many_classes_take_no_square_of_memory():
    x = np.random.default_rng(0).normal(size=(6_000, 4)).astype(np.float32)
    pairs = Pairs.from_captions(x, x, np.arange(len(x)))
    tracemalloc.start()
    drawn = gaussian(pairs, 0).x
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * x.nbytes
    assert len(np.unique(drawn, axis=0)) == len(x)


def test_gaussian_rows_of_few_classes_lie_in_their_span():
    x = np.random.default_rng(0).normal(size=(3, 9)).astype(np.float32)
    drawn = gaussian(Pairs.from_captions(x, x, np.arange(3)), 0).x
    assert np.linalg.matrix_rank(np.vstack([x, drawn]), tol=1e-4) == 3


def test_untrained_rows_know_nothing_of_the_head(pairs):
    drawn = untrained(pairs, 0).x
    assert abs((drawn * pairs.x).sum(axis=1).mean()) < 0.1


def test_permuting_keeps_each_kind_to_itself(pairs):
    pictures = Pairs.from_captions(
        np.random.default_rng(0).normal(size=(9, pairs.x.shape[1])),
        np.random.default_rng(1).normal(size=(18, pairs.y.shape[1])),
        np.repeat(np.arange(9), 2),
    )
    both = pairs + pictures
    broken = both.permuted(0)
    for kind in ("head", "captions"):
        where = np.array([source == kind for source in both.source])
        one, other = (np.unique(each.x[where], axis=0) for each in (both, broken))
        np.testing.assert_array_equal(one, other)
    assert (broken.x != both.x).any(axis=1).mean() > 0.8


def test_unknown_control():
    with pytest.raises(UnknownName, match=r"(?s)'shuffled'.*gaussian, permuted, untrained"):
        control("shuffled")
