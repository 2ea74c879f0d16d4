"""Parameters that are "auto": what held-out rows say, on enough rows and not too many."""

from __future__ import annotations

import numpy as np
import pytest

from headword import aligners
from headword.aligners import model_selection
from headword.aligners.folds import mean_reciprocal_rank

TUNED = [name for name in aligners.registry if aligners.registry[name].grid]


def pairs(n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    hidden = rng.normal(size=(n, 5))
    X = hidden @ rng.normal(size=(5, 12)) + rng.normal(size=(n, 12))
    Y = hidden @ rng.normal(size=(5, 9)) + rng.normal(size=(n, 9))
    return X, Y


def chosen(aligner: aligners.Aligner) -> dict[str, float]:
    return {name: getattr(aligner, f"{name}_") for name in aligner.grid}


def searched(kind: type[aligners.Aligner], X: np.ndarray, Y: np.ndarray) -> dict[str, float]:
    """From the middle of the grid, the best value of one parameter after the other."""
    best = {name: grid[len(grid) // 2] for name, grid in kind.grid.items()}
    for name, grid in kind.grid.items():
        found = [mean_reciprocal_rank(kind(**(best | {name: value})).held_out(X, Y, folds=5, seed=0)) for value in grid]
        best[name] = grid[int(np.argmax(found))]
    return best


@pytest.mark.parametrize("name", TUNED)
def test_auto_is_what_finds_held_out_rows_best(name):
    kind = aligners.registry[name]
    X, Y = pairs(60)
    assert chosen(kind().fit(X, Y)) == searched(kind, X, Y)


@pytest.mark.parametrize("name", TUNED)
def test_a_value_of_ones_own_is_kept_while_the_rest_is_chosen(name):
    kind = aligners.registry[name]
    X, Y = pairs(40)
    for own, grid in kind.grid.items():
        assert chosen(kind(**{own: 2 * grid[-1]}).fit(X, Y))[own] == 2 * grid[-1]


@pytest.mark.parametrize("name", TUNED)
def test_with_few_rows_auto_is_the_middle_of_the_grid(name):
    kind = aligners.registry[name]
    X, Y = pairs(9)
    assert chosen(kind().fit(X, Y)) == {each: grid[len(grid) // 2] for each, grid in kind.grid.items()}


def test_texts_of_one_row_do_not_make_it_two():
    X, Y = np.repeat(pairs(9)[0], 3, axis=0), pairs(27)[1]
    assert chosen(aligners.Ridge().fit(X, Y)) == {"alpha": aligners.Ridge.grid["alpha"][3]}


@pytest.fixture
def searches(monkeypatch) -> list[np.ndarray]:
    """The rows of X on which each search of `aligners.Ridge` took place."""
    seen: list[np.ndarray] = []
    trials = aligners.Ridge._trials
    monkeypatch.setattr(aligners.Ridge, "_trials", lambda self, X, Y, w: seen.append(X) or trials(self, X, Y, w))
    return seen


def test_ten_rows_are_enough_to_search(searches):
    aligners.Ridge().fit(*pairs(9))
    assert len(searches) == 0
    aligners.Ridge().fit(*pairs(10))
    assert len(searches) == 1


def test_on_many_rows_auto_is_chosen_on_some_of_them(searches, monkeypatch):
    X, Y = pairs(120)
    monkeypatch.setattr(model_selection, "SEARCH_ROWS", 50)
    aligners.Ridge().fit(np.repeat(X, 2, axis=0), np.tile(Y, (2, 1)))
    assert len(searches[0]) == 100  # 50 rows with both their texts
    assert len(np.unique(searches[0], axis=0)) == 50


def test_without_auto_there_is_no_search(searches):
    aligners.Ridge(alpha=1.0).fit(*pairs(60))
    assert searches == []
