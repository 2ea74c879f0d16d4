"""Arrays at the doors: what is let in, unit rows, and the k best."""

from __future__ import annotations

import numpy as np
import pytest

from headword.arrays import as_matrix, as_whole, chunks, top_k, unit
from headword.errors import InputError


@pytest.mark.parametrize(
    "value",
    [
        [[1, 2], [3, 4]],
        ((1.0, 2.0), (3.0, 4.0)),
        np.array([[1, 2], [3, 4]], dtype=np.int16),
        np.array([[1, 2], [3, 4]], dtype=np.float16),
        np.array([[1, 3], [2, 4]], dtype=np.float64).T,
        np.array([[9, 1, 2], [9, 3, 4]], dtype=np.float32)[:, 1:],
    ],
)
def test_numbers_in_any_form_become_contiguous_float32(value):
    matrix = as_matrix(value, "X")
    assert matrix.dtype == np.float32
    assert matrix.flags.c_contiguous
    np.testing.assert_array_equal(matrix, [[1, 2], [3, 4]])


def test_a_good_matrix_is_not_copied():
    matrix = np.ones((3, 2), dtype=np.float32)
    assert as_matrix(matrix, "X") is matrix


@pytest.mark.parametrize(
    ("value", "options", "message"),
    [
        ([1.0, 2.0], {}, r"scores as an \(n, d\) matrix.*shape \(2,\).*vector\[None, :\]"),
        (np.ones((2, 2, 2)), {}, r"scores as an \(n, d\) matrix.*shape \(2, 2, 2\)"),
        (5, {}, r"shape \(\)"),
        ([], {}, r"at least one row.*shape \(0,\)"),
        (np.ones((0, 3)), {}, r"at least one row.*shape \(0, 3\)"),
        (np.ones((3, 0)), {}, r"one column.*shape \(3, 0\)"),
        ([["a"]], {}, "scores as .* matrix of numbers.*could not convert"),
        ([[1, 2], [3]], {}, "scores as .* matrix of numbers.*inhomogeneous"),
        ({"a": 1}, {}, "scores as .* matrix of numbers"),
        (np.ones((2, 3)), {"width": 4}, "scores with 4 columns.*3 columns.*encoder this was fitted on"),
        (np.ones((2, 3)), {"rows": 5}, "scores with 5 rows.*2 rows.*one row for each row"),
        ([[1, 2], [np.nan, 2], [1, np.inf]], {}, "finite.*NaN or infinity in 2 of 3 rows, first in row 1"),
        ([[1e39, 1.0]], {}, "finite.*in 1 of 1 rows, first in row 0"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning")
def test_says_what_is_wrong_with_a_matrix(value, options, message):
    with pytest.raises(InputError, match=rf"(?s){message}"):
        as_matrix(value, "scores", **options)


@pytest.mark.parametrize("value", [[0.0, 1.0], [True, False], [[0, 1]], ["0"]])
def test_what_is_no_whole_number_is_not_cut_to_one(value):
    with pytest.raises(InputError, match=r"(?s)rows as whole numbers \(n,\).*pass an int64 array"):
        as_whole(value, "rows")
    np.testing.assert_array_equal(as_whole(np.array([2, 0], np.uint8), "rows"), [2, 0])
    assert as_whole([], "rows").dtype == np.int64


def test_unit_rows():
    rows = np.array([[3.0, 4.0], [0.0, 0.0], [-2.0, 0.0]])
    np.testing.assert_allclose(unit(rows), [[0.6, 0.8], [0, 0], [-1, 0]])
    assert unit(rows.astype(np.float32)).dtype == np.float32


def test_chunks_cover_everything_once_in_order():
    for n, size in [(10, 3), (9, 3), (1, 5), (0, 3)]:
        parts = chunks(n, size)
        assert [i for part in parts for i in range(part.start, part.stop)] == list(range(n))
        assert all(0 < part.stop - part.start <= size for part in parts)


@pytest.mark.parametrize("k", [1, 3, 10, 24, 25, 100, 500])
def test_top_k_is_the_head_of_the_sorted_row(k):
    scores = np.random.default_rng(0).normal(size=(20, 100))
    expected = np.array([sorted(range(100), key=lambda column: -row[column])[:k] for row in scores])
    np.testing.assert_array_equal(top_k(scores, k), expected)


def test_ties_go_to_the_lower_index():
    np.testing.assert_array_equal(top_k(np.array([[1.0, 3.0, 3.0, 2.0, 3.0]]), 4), [[1, 2, 4, 3]])
    many = np.random.default_rng(0).integers(0, 5, size=(20, 200)).astype(float)
    for k in (3, 20, 120):
        expected = np.array([sorted(range(200), key=lambda column: (-row[column], column))[:k] for row in many])
        np.testing.assert_array_equal(top_k(many, k), expected)
