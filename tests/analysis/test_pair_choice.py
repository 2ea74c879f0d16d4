"""Encoders that see the same meanings go together, and a score that orders them rightly is told from others."""

from __future__ import annotations

import json

import numpy as np
import pytest

import headword as hw
from analysis.clouds import rows
from headword.aligners import Ridge
from headword.analysis import pair_scores, predicts
from headword.errors import InputError
from headword.pairs.pairs import Pairs


@pytest.fixture(scope="module")
def head_pairs() -> Pairs:
    head = hw.load_image_encoder("planted/eye").head()
    return Pairs.from_head(head, hw.load_text_encoder("planted/ear"), definitions={})


def test_true_pairs_come_before_permuted_ones(head_pairs):
    given = {("eye", "deaf"): head_pairs.permuted(0), ("eye", "ear"): head_pairs}
    good, bad = pair_scores(given, permutations=50)
    assert (good.image, good.text, bad.text) == ("eye", "ear", "deaf")
    for one, other in ((good.cka, bad.cka), (good.mutual, bad.mutual)):
        assert one.null.p == 1 / 51
        assert abs(other.value - other.null.mean) < 4 * other.null.sd
    assert good.held_out.top1 > 0.3 > 5 * bad.held_out.top1
    assert good.held_out.query_kind == "names"
    assert good.cka.measure == "unbiased CKA"
    json.dumps(good.as_dict())


def test_captions_are_asked_with_all_texts_and_any_aligner():
    hidden = rows(60, 5)
    pairs = Pairs.from_captions(hidden, np.repeat(hidden, 2, axis=0) + 0.1, np.repeat(np.arange(60), 2))
    (found,) = pair_scores({("a", "b"): pairs}, aligner=Ridge(), k=5, permutations=10)
    assert found.held_out.query_kind == "all texts"
    assert (found.mutual.k, found.mutual.n) == (5, 60)


def test_combinations_must_be_of_one_kind(head_pairs):
    with pytest.raises(InputError, match=r"2 combinations of \[140, 150\] classes"):
        pair_scores({("a", "b"): head_pairs, ("c", "b"): head_pairs.take(range(140))})
    with pytest.raises(InputError, match="0 combinations"):
        pair_scores({})


def test_a_score_in_the_same_order_predicts():
    value, null = predicts([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [0.1, 0.2, 0.3, 0.4, 0.5, 0.61], permutations=5000)
    assert value == pytest.approx(1)
    assert null.p < 0.005
    assert null.mean == pytest.approx(0, abs=0.05)
    assert predicts([1.0, 2.0, 3.0, 4.0], [0.9, 0.7, 0.5, 0.3])[0] == pytest.approx(-1)
    tied = predicts([1.0, 1.0, 2.0, 3.0], [0.1, 0.2, 0.3, 0.4])[0]
    assert tied == pytest.approx(np.corrcoef([1.5, 1.5, 3, 4], [1, 2, 3, 4])[0, 1])


@pytest.mark.parametrize(("one", "other"), [([1, 2], [1, 2]), ([1, 2, 3], [1, 2]), ([1, 1, 1], [1, 2, 3])])
def test_a_correlation_needs_three_that_differ(one, other):
    with pytest.raises(InputError, match="at least three"):
        predicts(one, other)
