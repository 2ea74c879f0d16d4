"""Data sets without splits are cut in two, the same two each time."""

import numpy as np
import pytest

from headword.datasets import Labelled, disjoint, holdout
from headword.errors import InputError
from headword.labels.label_set import LabelSet


def pictures(*sizes: int) -> Labelled:
    targets = np.random.default_rng(0).permutation(np.repeat(np.arange(len(sizes)), sizes))
    ids = tuple(f"{row}.jpg" for row in range(len(targets)))
    images = [each.encode() for each in ids]
    return Labelled("mine", "all", images, ids, targets, LabelSet.from_names([f"class {c}" for c in range(len(sizes))]))


@pytest.mark.parametrize(("share", "held"), [(0.5, [5, 2, 1, 0]), (0.2, [2, 1, 1, 0]), (0.9, [9, 4, 1, 0])])
def test_each_class_is_in_both_parts(share, held):
    data = pictures(10, 5, 2, 0)
    pool, test = holdout(data, share)
    np.testing.assert_array_equal(np.bincount(test.targets, minlength=4), held)
    assert {*pool.ids} | {*test.ids} == {*data.ids}
    assert len(pool) + len(test) == len(data)
    assert pool.labels == test.labels == data.labels
    disjoint(pool, test)
    assert (pool.split, test.split) == (f"all, {share:g} held out: pool", f"all, {share:g} held out: test")


def test_the_cut_is_that_of_its_seed():
    data = pictures(20, 20)
    assert holdout(data, 0.5)[1].ids == holdout(data, 0.5, seed=42)[1].ids
    assert holdout(data, 0.5)[1].ids != holdout(data, 0.5, seed=43)[1].ids


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5, float("nan")])
def test_a_share_that_is_none(share):
    with pytest.raises(InputError, match="no share between 0 and 1"):
        holdout(pictures(4, 4), share)


def test_a_class_of_one_picture_cannot_be_cut():
    with pytest.raises(InputError, match="1 classes have a single picture, first 'class 1'"):
        holdout(pictures(4, 1), 0.5)
