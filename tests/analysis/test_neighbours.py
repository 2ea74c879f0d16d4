"""Who is near whom, against loops and against what chance must give."""

from __future__ import annotations

import json

import numpy as np
import pytest

from analysis.clouds import rows, turned
from headword.analysis import mutual_neighbours, nearest, neighbourhoods
from headword.arrays import unit
from headword.errors import InputError


def test_nearest_are_those_of_a_full_sort_and_never_the_row_itself():
    A = rows(60, 5)
    cosine = unit(A) @ unit(A).T
    np.fill_diagonal(cosine, -2)
    np.testing.assert_array_equal(nearest(A, 7), np.argsort(-cosine, axis=1)[:, :7])


@pytest.mark.parametrize("block", [1, 60, 61, 999])
def test_blocks_change_nothing(block, monkeypatch):
    A = rows(60, 5)
    whole = nearest(A, 7)
    monkeypatch.setattr("headword.adapters.knn_graph.BLOCK", block)
    np.testing.assert_array_equal(nearest(A, 7), whole)


def test_a_rotated_copy_has_the_same_neighbours():
    A = rows(80, 6)
    for found in mutual_neighbours(A, turned(A), permutations=50):
        # In cycle k-NN a row returns if it is the neighbour of one of its neighbours.
        assert found.value == 1 or found.measure == "cycle k-NN"
        assert found.null.p == 1 / 51
        assert found.value > found.null.mean + 4 * found.null.sd


def test_both_measures_are_those_of_loops():
    A, B = rows(40, 4), rows(40, 6, 1) + np.pad(rows(40, 4), ((0, 0), (0, 2)))
    for mutual, cycle in zip(*[iter(mutual_neighbours(A, B, (1, 3, 5), permutations=2))] * 2, strict=True):
        near_a, near_b = (nearest(each, mutual.k).tolist() for each in (A, B))
        assert mutual.value == pytest.approx(
            np.mean([len(set(a) & set(b)) / mutual.k for a, b in zip(near_a, near_b, strict=True)])
        )
        assert cycle.value == pytest.approx(np.mean([any(i in near_b[j] for j in near_a[i]) for i in range(40)]))
        assert (cycle.k, cycle.n) == (mutual.k, 40)


def test_the_null_is_that_of_shuffled_rows():
    A, B = rows(30, 4), rows(30, 4, 1)
    one = mutual_neighbours(A, B, (3,), permutations=2, seed=5)[0]
    rng = np.random.default_rng(5)
    drawn = [mutual_neighbours(A, B[rng.permutation(30)], (3,), permutations=2)[0].value for _ in range(2)]
    assert one.null.mean == pytest.approx(np.mean(drawn))
    assert one.null.sd == pytest.approx(np.std(drawn, ddof=1))


@pytest.mark.parametrize("k", [3, 5, 10])
def test_independent_rows_agree_as_chance_has_it(k):
    found, _ = mutual_neighbours(rows(300, 8), rows(300, 12, 1), (k,), permutations=200)
    assert found.chance == k / 299
    assert abs(found.null.mean - found.chance) < 4 * found.null.sd / np.sqrt(200)
    assert abs(found.value - found.chance) < 3 * found.null.sd
    assert found.null.p > 0.01


def test_neighbourhoods_name_what_both_spaces_share():
    A, B = rows(30, 4), rows(30, 4, 1)
    B[:15] = A[:15]
    names = [f"class {i}" for i in range(30)]
    found = neighbourhoods(A, B, names, k=5)
    assert [each.agreement for each in found] == sorted((each.agreement for each in found), reverse=True)
    assert sorted(each.row for each in found) == list(range(30))
    near_a, near_b = nearest(A, 5), nearest(B, 5)
    for each in found:
        in_a, in_b = ([names[j] for j in near[each.row]] for near in (near_a, near_b))
        assert list(each.shared) == [name for name in in_a if name in in_b]
        assert sorted(each.shared + each.only_a) == sorted(in_a)
        assert sorted(each.shared + each.only_b) == sorted(in_b)
        assert each.agreement == len(each.shared) / 5
    json.dumps([each.as_dict() for each in found])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda A: mutual_neighbours(A, A[:9]), "B with 10 rows"),
        (lambda A: mutual_neighbours(A, A, (10,)), "pass k from 1 to 9"),
        (lambda A: mutual_neighbours(A, A, ()), "k = nothing"),
        (lambda A: mutual_neighbours(A, A, (3,), permutations=1), "permutations=1"),
        (lambda A: mutual_neighbours(A[:2], A[:2], (1,)), "2 rows"),
        (lambda A: nearest(A * np.nan, 3), "NaN or infinity"),
        (lambda A: nearest(A, 0), "each row needs k others"),
        (lambda A: neighbourhoods(A, A, ["one"], 3), "1 names"),
    ],
)
def test_says_what_is_wrong(call, message):
    with pytest.raises(InputError, match=message):
        call(rows(10, 3))
