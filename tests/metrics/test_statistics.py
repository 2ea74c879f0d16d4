"""Intervals that hold what they should, as often as they should."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from headword.errors import InputError
from headword.metrics import statistics
from headword.metrics.statistics import Estimate, binomial_interval, bootstrap, mean_sd, paired, standard_error


def test_mean_sd():
    assert mean_sd([1.0, 2.0, 3.0]) == (2.0, 1.0)
    assert mean_sd([0.7]) == (0.7, 0.0)


def test_standard_error_by_eye():
    values = np.array([0.0, 0.0, 1.0, 1.0])
    assert standard_error(values) == pytest.approx(values.std(ddof=1) / 2)
    # Two clusters of two equal values are two values.
    assert standard_error(values, np.array([5, 5, 9, 9])) == pytest.approx(np.std([0, 1], ddof=1) / np.sqrt(2))
    assert np.isnan(standard_error(values, np.zeros(4, dtype=np.int64)))


def test_interval_is_that_of_the_normal_law_where_there_are_many():
    values = np.random.default_rng(0).normal(0.3, 2.0, 5_000)
    found = bootstrap(values)
    half = 1.96 * standard_error(values)
    assert found.low == pytest.approx(values.mean() - half, abs=0.1 * half)
    assert found.high == pytest.approx(values.mean() + half, abs=0.1 * half)
    assert (found.mean, found.n, found.level) == (values.mean(), 5_000, 0.95)


def test_an_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(1)
    found = [bootstrap(rng.exponential(size=80), level=0.9, resamples=300, seed=i) for i in range(300)]
    covered = sum(each.low < 1 < each.high for each in found)
    assert binom.ppf(0.001, 300, 0.86) <= covered <= binom.ppf(0.999, 300, 0.92)


def test_captions_of_one_picture_are_no_independent_evidence():
    pictures = np.random.default_rng(2).normal(size=200)
    each, clusters = np.repeat(pictures, 5), np.repeat(np.arange(200), 5)
    alone, together, wrong = bootstrap(pictures), bootstrap(each, clusters), bootstrap(each)
    assert together.n == 200
    assert together.high - together.low == pytest.approx(alone.high - alone.low, rel=0.1)
    assert wrong.high - wrong.low < 0.6 * (together.high - together.low)


def test_clusters_of_unequal_size_keep_the_mean_over_values():
    values, clusters = np.array([1.0, 1.0, 1.0, 0.0]), np.array([0, 0, 0, 1])
    found = bootstrap(values, clusters)
    assert found.mean == 0.75
    assert (found.low, found.high) == (0.0, 1.0)


def test_seeded_and_independent_of_memory(monkeypatch):
    values = np.random.default_rng(3).normal(size=500)
    found = bootstrap(values, seed=4)
    assert bootstrap(values, seed=4) == found
    assert bootstrap(values, seed=5) != found
    monkeypatch.setattr(statistics, "BLOCK", 7 * 500)
    assert bootstrap(values, seed=4) == found


def test_a_pair_is_judged_by_its_difference():
    rng = np.random.default_rng(6)
    hard = rng.normal(0, 5, 400)
    better, worse = hard + 0.3 + 0.1 * rng.normal(size=400), hard
    found = paired(better, worse)
    assert found.sign == 1
    assert found.low < 0.3 < found.high
    assert paired(worse, better).sign == -1
    assert paired(worse, worse + rng.normal(0, 1, 400)).sign == 0
    # Apart, the two could not be told from each other.
    assert bootstrap(better).low < bootstrap(worse).high


def test_no_difference_is_no_sign():
    values = np.array([1.0, 0.0, 1.0])
    assert paired(values, values) == Estimate(0.0, 0.0, 0.0, 0.95, 3)
    assert paired(values, values).sign == 0


def test_a_single_picture_tells_nothing_of_its_spread():
    for found in (paired(np.ones(1), np.zeros(1)), bootstrap(np.ones(3), np.zeros(3, dtype=np.int64))):
        assert (found.mean, found.n, found.sign) == (1.0, 1, 0)
        assert np.isnan([found.low, found.high]).all()


def test_estimate_for_json_and_eye():
    found = Estimate(0.5, 0.25, 0.75, 0.95, 8)
    assert found.as_dict() == {"mean": 0.5, "low": 0.25, "high": 0.75, "level": 0.95, "n": 8, "sign": 1}
    assert str(found) == "0.5000 [0.2500, 0.7500]"


def test_binomial_interval():
    low, high = binomial_interval(1_000, 0.1)
    assert low < 0.1 < high
    inside = binom.cdf(round(1_000 * high), 1_000, 0.1) - binom.cdf(round(1_000 * low) - 1, 1_000, 0.1)
    assert 0.95 <= inside < 0.96
    assert binomial_interval(10, 0.0) == (0.0, 0.0)
    assert binomial_interval(10, 1.0) == (1.0, 1.0)


@pytest.mark.parametrize("values", [np.array([]), np.array([1.0, np.nan])])
def test_nothing_to_average_is_refused(values):
    with pytest.raises(InputError, match="finite number for each"):
        bootstrap(values)
    with pytest.raises(InputError, match="finite number for each"):
        standard_error(values)


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="2 values and 3"):
        paired(np.ones(2), np.ones(3))
    with pytest.raises(InputError, match="2 for 3"):
        bootstrap(np.ones(3), np.zeros(2, dtype=np.int64))
    with pytest.raises(InputError, match="level=95"):
        bootstrap(np.ones(3), level=95)
    with pytest.raises(InputError, match="chance=50"):
        binomial_interval(10, 50)
