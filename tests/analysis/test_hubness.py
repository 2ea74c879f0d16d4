"""A planted hub is found; rows that point everywhere have none."""

from __future__ import annotations

import json

import numpy as np
import pytest

from analysis.clouds import rows
from headword.analysis import hubness, nearest
from headword.errors import InputError


def test_rows_on_a_circle_have_no_hubs():
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    found = hubness(np.column_stack([np.cos(angle), np.sin(angle)]), k=2, permutations=50)
    assert (found.skewness, found.anti_hubs) == (0, 0)
    assert found.occurrences == (2,) * 10
    assert found.skewness_null.p > 0.9
    assert found.anti_hubs_null.mean == pytest.approx(np.exp(-2), abs=0.03)


def test_a_planted_hub_is_named_first():
    A = rows(100, 30)
    A += 4 * A[7]
    found = hubness(A, k=5, permutations=50)
    counts = np.bincount(nearest(A, 5).ravel(), minlength=100)
    assert found.hubs[0] == 7
    assert found.occurrences[0] == counts[7] > 30
    assert found.anti_hubs == (counts == 0).mean()
    assert found.skewness == pytest.approx(((counts - 5) ** 3).mean() / counts.std() ** 3)
    assert found.skewness_null.p == 1 / 51
    json.dumps(found.as_dict())


def test_queries_of_another_kind_may_be_the_row_itself():
    A = rows(40, 6)
    found = hubness(A, A[:30], k=1, permutations=10)
    assert (found.n, found.queries) == (40, 30)
    assert found.anti_hubs == 0.25
    assert sorted(found.occurrences) == [1] * 10


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda A: hubness(A, k=10), "pass k from 1 to 9"),
        (lambda A: hubness(A, A, k=10), "10 nearest rows of each query"),
        (lambda A: hubness(A, A[:, :2], k=2), "queries with 3 columns"),
        (lambda A: hubness(A, k=2, permutations=1), "permutations=1"),
    ],
)
def test_says_what_is_wrong(call, message):
    with pytest.raises(InputError, match=message):
        call(rows(10, 3))
