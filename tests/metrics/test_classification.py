"""Figures of classification and of generalised recognition: answers that can be checked by eye."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score, top_k_accuracy_score

from headword.errors import InputError
from headword.metrics import classification as metrics
from headword.metrics.generalised import generalised_scores, tipping_points

# Four pictures of three classes: right, second, last, and a tie of right and wrong.
SCORES = np.array([[0.9, 0.1, 0.2], [0.5, 0.4, 0.3], [0.7, 0.6, 0.1], [0.2, 0.8, 0.8]])
TARGETS = np.array([0, 1, 2, 2])


def test_ranks_by_eye():
    assert metrics.ranks(SCORES, TARGETS).tolist() == [0, 1, 2, 1]


def test_first_choices_by_eye():
    # The tie goes to the wrong class; the others get their best.
    assert metrics.first_choices(SCORES, TARGETS).tolist() == [0, 0, 0, 1]


@pytest.mark.usefixtures("unchecked")
def test_scores_may_be_counts():
    votes = np.array([[3, 3, 1], [2, 1, 0]])
    assert metrics.first_choices(votes, np.array([0, 0])).tolist() == [1, 0]


def test_top_k_accuracy_by_eye():
    assert [metrics.top_k_accuracy(SCORES, TARGETS, k) for k in (1, 2, 3, 9)] == [0.25, 0.75, 1.0, 1.0]


@pytest.mark.parametrize("targets", [[0, 1, 2], [2, 2, 2]])
def test_one_score_for_all_is_never_right(targets):
    scores = np.ones((3, 3))
    assert metrics.top_k_accuracy(scores, np.array(targets), 2) == 0.0
    assert (metrics.first_choices(scores, np.array(targets)) != targets).all()


def test_scores_are_left_as_they_were():
    before = SCORES.copy()
    metrics.first_choices(SCORES, TARGETS)
    np.testing.assert_array_equal(SCORES, before)


def test_mean_per_class_by_eye():
    # Class 0: 3 of 4, class 1: none of 1, class 2 has no picture.
    right, targets = np.array([True, True, True, False, False]), np.array([0, 0, 0, 0, 1])
    sizes, shares = metrics.class_shares(right, targets, 3)
    assert sizes.tolist() == [4, 1, 0]
    np.testing.assert_array_equal(shares, [0.75, 0.0, np.nan])
    assert metrics.mean_per_class(right, targets) == 0.375


def test_confusion_pairs_by_eye():
    targets, predicted = np.array([0, 0, 0, 1, 1, 2, 2]), np.array([1, 1, 0, 0, 2, 2, 0])
    assert metrics.confusion_pairs(predicted, targets) == [(0, 1, 2), (1, 0, 1), (1, 2, 1), (2, 0, 1)]
    assert metrics.confusion_pairs(predicted, targets, most=1) == [(0, 1, 2)]
    assert metrics.confusion_pairs(targets, targets) == []


def test_f1_by_eye():
    # Class 0: 1 hit, 2 of it, 2 given it: 2/4. Class 1: 1 hit, 2 of it, 1 given: 2/3. Class 2: given once, has none.
    targets, predicted = np.array([0, 0, 1, 1]), np.array([0, 2, 1, 0])
    assert metrics.macro_f1(predicted, targets) == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert metrics.weighted_f1(predicted, targets) == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    targets, scores = rng.integers(0, 7, 300), rng.normal(size=(300, 7))
    scores[np.arange(300), targets] += 1
    predicted = metrics.first_choices(scores, targets)
    np.testing.assert_array_equal(predicted, scores.argmax(axis=1))
    assert metrics.mean_per_class(predicted == targets, targets) == pytest.approx(
        balanced_accuracy_score(targets, predicted)
    )
    assert metrics.macro_f1(predicted, targets) == pytest.approx(f1_score(targets, predicted, average="macro"))
    assert metrics.weighted_f1(predicted, targets) == pytest.approx(f1_score(targets, predicted, average="weighted"))
    for k in (1, 3):
        assert metrics.top_k_accuracy(scores, targets, k) == pytest.approx(top_k_accuracy_score(targets, scores, k=k))


def test_harmonic_mean():
    assert metrics.harmonic_mean(0.5, 0.5) == 0.5
    assert metrics.harmonic_mean(0.2, 0.6) == pytest.approx(0.3)
    assert metrics.harmonic_mean(0.0, 0.9) == 0.0
    assert metrics.harmonic_mean(0.0, 0.0) == 0.0


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("scores", "targets", "message"),
    [
        (np.array([[0.1, np.nan]]), [0], "NaN in 1 of 1 rows"),
        (np.ones((2, 3)), [0, 3], "numbers from 0 to 3"),
        (np.ones((2, 3)), [-1, 0], "numbers from -1 to 0"),
        (np.ones((2, 3)), [0], r"shapes \(2, 3\) and \(1,\)"),
        (np.ones((0, 3)), [], "shapes"),
    ],
)
def test_bad_scores_are_refused(scores, targets, message):
    with pytest.raises(InputError, match=message):
        metrics.ranks(scores, np.array(targets, dtype=np.int64))


def test_no_place_is_refused():
    with pytest.raises(InputError, match="k=0"):
        metrics.top_k_accuracy(SCORES, TARGETS, 0)


# Known classes 0 and 1, new classes 2 and 3. Two pictures of known ones, three of new ones.
SEEN = np.array([[0.9, 0.3], [0.5, 0.8], [0.6, 0.2], [0.7, 0.1], [0.5, 0.1]])
UNSEEN = np.array([[0.2, 0.4], [0.7, 0.1], [0.5, 0.1], [0.2, 0.4], [0.1, 0.3]])
PLACE = np.array([0, 1, 2, 3, 2])


def test_tipping_points_by_eye():
    # 0.9 - 0.4; 0.8 - 0.7; 0.6 - 0.5; 0.7 - 0.4; the last is never right, for the other new name scores higher.
    np.testing.assert_allclose(tipping_points(SEEN, UNSEEN, PLACE), [0.5, 0.1, 0.1, 0.3, np.inf])


def test_generalised_by_eye():
    tipping = np.array([0.5, 0.1, 0.1, 0.3, np.inf])
    found = generalised_scores(tipping, PLACE, 2)
    # Without handicap both known pictures are right, and no new one.
    assert (found.seen, found.unseen, found.harmonic_mean) == (1.0, 0.0, 0.0)
    found = generalised_scores(tipping, PLACE, 2, offset=0.4)
    # One of two known classes; of the new ones class 2 has 1 of 2 and class 3 has 1 of 1.
    assert (found.seen, found.unseen, found.harmonic_mean) == (0.5, 0.75, 0.6)
    assert found.right.tolist() == [True, False, True, True, False]
    # Pairs that some handicap gets right: the first known one with both new ones that can be right.
    assert found.ausuc == pytest.approx(0.5 * 0.25 + 0.5 * 0.5)


def test_a_tie_of_known_and_new_is_wrong_either_way():
    same = np.array([[0.5]])
    for target in (0, 1):
        tipping = tipping_points(same, same, np.array([target]))
        assert tipping.tolist() == [0.0]
    found = generalised_scores(np.zeros(2), np.array([0, 1]), 1)
    assert (found.seen, found.unseen, found.ausuc) == (0.0, 0.0, 0.0)


@pytest.fixture(scope="module")
def crowd() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 10, 400)
    scores = rng.normal(size=(400, 10))
    scores[np.arange(400), targets] += 2
    scores[:, :6] += 1
    return scores[:, :6], scores[:, 6:], targets


def test_the_curve_is_what_each_handicap_gives(crowd):
    seen, unseen, targets = crowd
    found = generalised_scores(tipping_points(seen, unseen, targets), targets, 6)
    for offset, of_known, of_new in found.curve[::20]:
        predicted = np.column_stack([seen - offset, unseen]).argmax(axis=1)
        shares = metrics.class_shares(predicted == targets, targets, 10)[1]
        assert of_known == pytest.approx(shares[:6].mean())
        assert of_new == pytest.approx(shares[6:].mean())
    assert found.curve[0, 2] == found.curve[-1, 1] == 0.0


def test_the_area_is_the_area_under_the_curve(crowd):
    seen, unseen, targets = crowd
    found = generalised_scores(tipping_points(seen, unseen, targets), targets, 6)
    assert found.ausuc == pytest.approx(np.trapezoid(found.curve[:, 1], found.curve[:, 2]), abs=1e-9)


def test_generalised_without_one_kind_is_refused(crowd):
    with pytest.raises(InputError, match="2 of known and 0 of new"):
        generalised_scores(np.zeros(2), np.array([0, 1]), 2)
    with pytest.raises(InputError, match="NaN"):
        tipping_points(SEEN * np.nan, UNSEEN, PLACE)
    with pytest.raises(InputError, match="number known classes from 0"):
        tipping_points(SEEN, UNSEEN, PLACE + 1)
