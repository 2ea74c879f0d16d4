"""Hidden rows: who is hidden with whom, and what counts as found."""

from __future__ import annotations

import numpy as np
import pytest

from headword.aligners import folds
from headword.aligners.folds import Fold, average, mean_reciprocal_rank, pick, split_groups
from headword.arrays import equal_rows


def fold(scores: list[list[float]]) -> Fold:
    """A fold with just these scores."""
    return Fold(np.arange(len(scores)), np.array(scores, dtype=float), np.eye(len(scores)))


def test_rank_is_how_many_others_score_as_high():
    found = fold([[3, 2, 1], [3, 2, 1], [3, 2, 1]])
    np.testing.assert_array_equal(found.ranks(), [0, 1, 2])
    np.testing.assert_array_equal(found.scores(), [[3, 2, 1]] * 3)


def test_pictures_are_rows_and_texts_are_columns():
    image, text = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 2.0], [0.0, 3.0]])
    found = Fold(np.arange(2), image, text)
    np.testing.assert_array_equal(found.scores(), [[1, 0], [2, 3]])


def test_ties_count_against():
    np.testing.assert_array_equal(fold([[1, 1, 1], [0, 2, 2], [1, 0, 1]]).ranks(), [2, 1, 1])


def test_mean_reciprocal_rank_by_hand():
    folds = [fold([[3, 2, 1], [3, 2, 1], [3, 2, 1]]), fold([[1.0]])]  # ranks 0, 1, 2 and 0
    assert mean_reciprocal_rank(folds) == pytest.approx((1 + 1 / 2 + 1 / 3 + 1) / 4)


def test_equal_rows_are_one_group_numbered_as_they_come():
    rows = np.array([[1.0, 2.0], [0.0, 1.0], [1.0, 2.0], [2.0, 1.0], [0.0, 1.0]])
    np.testing.assert_array_equal(equal_rows(rows), [0, 1, 0, 2, 1])
    np.testing.assert_array_equal(equal_rows(rows[:, ::-1]), [0, 1, 0, 2, 1])  # not contiguous


def test_groups_are_split_evenly_and_each_is_in_one_part():
    parts = split_groups(23, 5, seed=0)
    assert sorted(map(len, parts)) == [4, 4, 5, 5, 5]
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(23))
    assert all((np.diff(part) > 0).all() for part in parts)
    assert any((one != other).any() for one, other in zip(parts, split_groups(23, 5, seed=1), strict=True))
    assert all((one == other).all() for one, other in zip(parts, split_groups(23, 5, seed=0), strict=True))


def test_pick_takes_the_asked_pairs_of_the_hidden_groups():
    groups = np.array([0, 0, 1, 2, 2, 3])
    chosen, numbers = pick(groups, np.array([0, 2, 4, 5]), np.array([0, 2]))
    np.testing.assert_array_equal(chosen, [0, 4])
    np.testing.assert_array_equal(numbers, [0, 1])


def test_average_by_hand():
    rows, groups = np.array([[1.0, 0.0], [4.0, 8.0], [3.0, 2.0]]), np.array([1, 0, 1])
    np.testing.assert_allclose(average(rows, groups), [[4, 8], [2, 1]])
    np.testing.assert_allclose(average(rows, groups, np.array([3.0, 5.0, 1.0])), [[4, 8], [1.5, 0.5]])


def test_what_is_no_number_is_not_found():
    np.testing.assert_array_equal(fold([[np.nan, 1], [0, 1]]).ranks(), [1, 0])
    np.testing.assert_array_equal(fold([[1, np.nan], [np.nan, np.nan]]).ranks(), [1, 1])


def test_ranks_by_parts_are_the_same(monkeypatch):
    scores = np.random.default_rng(0).integers(0, 4, size=(17, 17)).astype(float)
    whole = fold(scores.tolist()).ranks()
    monkeypatch.setattr(folds, "BLOCK", 5 * 17)
    np.testing.assert_array_equal(fold(scores.tolist()).ranks(), whole)
    assert len(np.unique(whole)) > 3
