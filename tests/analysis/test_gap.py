"""Planted gaps are found, absent ones are not, and each treatment takes away what it should."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from analysis.clouds import rows
from headword.analysis import gap
from headword.analysis.gap import _centroid_test, _uniformity
from headword.analysis.separability import separability
from headword.arrays import unit
from headword.errors import InputError
from headword.metrics.statistics import binomial_interval


def clouds(n: int = 120, d: int = 20, *, shift: float = 0.0, scale: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Two kinds that point everywhere, far from 0 along their first axis."""
    first, second = (rows(n, d, seed) + np.eye(d, dtype=np.float32)[0] * 6 for seed in (0, 1))
    second[:, 1] += shift
    return first, scale * second


def test_a_planted_shift_is_found_and_goes_when_kinds_are_centred():
    found = gap(*clouds(shift=5), permutations=999)
    for at in (found.raw, found.unit):
        assert at.distance_null.p == 1 / 1000
        assert at.effect > 10
        assert at.separability > 0.95
        assert at.own_kind > 0.8
    assert found.centred.distance < found.unit.distance / 20
    assert found.centred.separability == pytest.approx(0.5, abs=0.1)
    assert found.centred.own_kind == pytest.approx(found.centred.own_kind_chance, abs=0.1)


def test_a_gap_of_lengths_alone_goes_with_them():
    found = gap(*clouds(scale=3), permutations=999)
    assert found.raw.distance_null.p == 1 / 1000
    assert found.raw.separability > 0.95
    assert found.unit.distance_null.p > 0.02
    assert found.unit.separability == pytest.approx(0.5, abs=0.12)


def test_without_a_gap_everything_is_chance():
    found = gap(*clouds(), permutations=999)
    for at in (found.raw, found.unit, found.centred):
        assert at.distance_null.p > 0.02
        assert abs(at.separability - 0.5) < 4 * at.separability_null.sd
        assert at.separability_null.mean == pytest.approx(0.5, abs=0.05)
        assert at.own_kind == pytest.approx(at.own_kind_chance, abs=0.05)
        assert at.own_kind_chance == 119 / 239


def test_without_a_gap_five_in_a_hundred_tests_reject_at_five_per_cent():
    p = []
    for seed in range(200):
        drawn = rows(30, 6, seed + 1)
        p.append(_centroid_test(drawn, 12, 199, seed)[1].p)
    low, high = binomial_interval(200, 0.05, 0.999)
    assert low <= np.mean(np.array(p) <= 0.05) <= high


def test_the_centroid_test_is_that_of_a_loop():
    drawn = rows(25, 4) + 3
    distance, null = _centroid_test(drawn, 9, 300, 0)
    assert distance == pytest.approx(np.linalg.norm(drawn[:9].mean(0) - drawn[9:].mean(0)), rel=1e-5)
    rng, found = np.random.default_rng(1), []
    for _ in range(2000):
        mixed = drawn[rng.permutation(25)]
        found.append(np.linalg.norm(mixed[:9].mean(0) - mixed[9:].mean(0)))
    assert null.mean == pytest.approx(np.mean(found), rel=0.1)
    assert null.sd == pytest.approx(np.std(found), rel=0.2)


def test_centring_does_not_lean_away_from_what_is_tested():
    # With means over all rows, every fold's rows lie on the other side of what the others teach.
    first, second = clouds(30, 60)
    accuracy, control = separability(
        unit(np.concatenate([first, second])), np.arange(60) < 30, centre=True, shuffles=40
    )
    assert 0.3 < accuracy < 0.7
    assert abs(control.mean - 0.5) < 4 * control.sd / np.sqrt(40) + 0.02


def test_kinds_of_different_size_have_a_balanced_chance():
    first, second = clouds(200)
    found = gap(first, second[:20], permutations=99)
    assert found.rows == (200, 20)
    assert abs(found.unit.separability - 0.5) < 4 * found.unit.separability_null.sd
    assert found.unit.own_kind_chance == pytest.approx((199 + 19) / 219 / 2)
    assert found.unit.alignment is None


def test_alignment_and_uniformity_are_those_of_loops():
    first, second = clouds(15, 4)
    found = gap(first, second, paired=True, permutations=9)
    a, b = unit(first), unit(second)
    squared = ((a[:, None] - b[None]) ** 2).sum(axis=2)
    off = ~np.eye(15, dtype=bool)
    assert found.unit.alignment == pytest.approx(np.diag(squared).mean(), abs=1e-5)
    assert found.unit.alignment_chance == pytest.approx(squared[off].mean(), abs=1e-5)
    within = ((a[:, None] - a[None]) ** 2).sum(axis=2)[off]
    assert found.unit.uniformity[0] == pytest.approx(np.log(np.exp(-2 * within).mean()), abs=1e-4)
    assert found.raw.uniformity is None
    assert json.loads(json.dumps(found.as_dict()))["unit"]["uniformity"][0] == found.unit.uniformity[0]


def test_blocks_change_nothing(monkeypatch):
    a = unit(rows(40, 5))
    whole, tested = _uniformity(a), _centroid_test(a, 15, 50, 0)
    monkeypatch.setattr(sys.modules[gap.__module__], "BLOCK", 130)
    assert _uniformity(a) == pytest.approx(whole, abs=1e-6)
    assert _centroid_test(a, 15, 50, 0)[1].mean == pytest.approx(tested[1].mean, rel=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda a, b: gap(a[:9], b), "9 rows and 12"),
        (lambda a, b: gap(a, b[:, :3]), "B with 4 columns"),
        (lambda a, b: gap(a, b[:11], paired=True), "B with 12 rows"),
        (lambda a, b: gap(a, b, permutations=0), "permutations=0"),
        (lambda a, b: gap(a, b, shuffles=1), "permutations=1"),
    ],
)
def test_says_what_is_wrong(call, message):
    with pytest.raises(InputError, match=message):
        call(*clouds(12, 4))
