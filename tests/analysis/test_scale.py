"""21,841 classes, as many as ImageNet-21k has, need little memory."""

from __future__ import annotations

import tracemalloc

import pytest

from analysis.clouds import rows, turned
from headword.analysis import cka, mutual_neighbours

pytestmark = pytest.mark.slow


def test_rotated_copies_of_as_many_classes_as_imagenet_21k_has():
    A = rows(21_841, 48)
    B = turned(A)
    tracemalloc.start()
    try:
        mutual, _ = mutual_neighbours(A, B, (10,), permutations=5)
        _, unbiased, correlation = cka(A, B, permutations=5)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert mutual.value == pytest.approx(1, abs=1e-3)  # float32 cannot tell the very nearest apart
    assert mutual.null.mean == pytest.approx(10 / 21_840, rel=0.2)
    assert unbiased.value == pytest.approx(1, abs=1e-4)
    assert correlation.value == pytest.approx(1, abs=1e-4)
    assert peak < 2**30
