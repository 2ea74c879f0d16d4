"""Scores that labels, known classes and "none of these" share, and probabilities that mean what they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from headword.aligners.folds import Fold
from headword.arrays import unit
from headword.model.calibration import MAX_BACKGROUND, UNCALIBRATED, Calibration


def planted_folds(scale: float, rows: int = 300, folds: int = 3) -> list[Fold]:
    """Rows whose right text is drawn with the probabilities of softmax(scale · score)."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(folds):
        scores = rng.normal(scale=0.2, size=(rows, rows))
        for row in range(rows):
            chances = np.exp(scale * scores[row])
            right = rng.choice(rows, p=chances / chances.sum())
            scores[row, [row, right]] = scores[row, [right, row]]
        found.append(fold_of(scores))
    return found


def fold_of(scores: np.ndarray) -> Fold:
    """A fold with these scores: over its known rows every name has mean 0 and spread 1."""
    return Fold(np.arange(len(scores)), scores, np.eye(len(scores)), np.outer([1, -1], np.ones(len(scores))))


def scaled(scale: float) -> Calibration:
    return replace(UNCALIBRATED, scale=scale)


@pytest.mark.parametrize("scale", [5.0, 20.0, 50.0])
def test_recovers_a_planted_scale(scale):
    found = Calibration.fit(planted_folds(scale), np.eye(4)).scale
    assert found == pytest.approx(scale, rel=0.1)


def test_scale_is_the_likeliest():
    folds = planted_folds(20.0, rows=60)
    found = Calibration.fit(folds, np.eye(4)).scale

    def likelihood(scale: float) -> float:
        return sum(np.log(scaled(scale).probabilities(fold.scores()).diagonal()).sum() for fold in folds)

    assert likelihood(found) > max(likelihood(0.97 * found), likelihood(1.03 * found))


@pytest.mark.parametrize("right", [-1.0, 1.0])
def test_few_rows_do_not_make_answers_certain_or_empty(right):
    folds = [fold_of(0.2 * right * np.eye(2)) for _ in range(5)]  # ten rows, two by two: all wrong, or all right
    assert 2 < Calibration.fit(folds, np.eye(4)).scale < 30
    many = Calibration.fit(folds * 5, np.eye(4)).scale
    assert many < 0.1 if right < 0 else many > 50


def test_probabilities_are_a_softmax():
    similarity = np.array([[0.1, 0.5, 0.3], [-1.0, -1.0, -1.0]], dtype=np.float32)
    found = scaled(7.0).probabilities(similarity)
    weights = np.exp(7.0 * similarity.astype(np.float64))
    np.testing.assert_allclose(found, weights / weights.sum(axis=1, keepdims=True), rtol=1e-12)
    np.testing.assert_allclose(found[1], 1 / 3)


def test_probabilities_sum_to_one_and_keep_the_order_however_sharp():
    similarity = np.random.default_rng(0).normal(size=(50, 20))
    for scale in (0.3, 30.0, 1e4):
        found = scaled(scale).probabilities(similarity)
        np.testing.assert_allclose(found.sum(axis=1), 1)
        assert np.isfinite(found).all()
        np.testing.assert_array_equal(found.argmax(axis=1), similarity.argmax(axis=1))
    gentle = scaled(1.0).probabilities(similarity)
    np.testing.assert_array_equal(np.argsort(gentle, axis=1), np.argsort(similarity, axis=1))


@pytest.fixture(scope="module")
def strangers() -> Calibration:
    """Fitted where names and pictures know nothing of each other, so that every score is of a wrong name."""
    rng = np.random.default_rng(0)
    sides = [unit(rng.normal(size=(400, 64))).reshape(2, 200, 64) for _ in range(5)]
    folds = [Fold(np.arange(200), image, text, rows(rng)) for image, text in sides]
    return Calibration.fit(folds, rows(rng))


def rows(rng: np.random.Generator) -> np.ndarray:
    return unit(rng.normal(size=(800, 64)))


@pytest.mark.parametrize("false_alarm", [0.02, 0.1, 0.5])
@pytest.mark.parametrize("labels", [1, 10, 100])
def test_none_of_these_is_overruled_as_often_as_asked(strangers, false_alarm, labels):
    rng = np.random.default_rng(1)
    image, text = unit(rng.normal(size=(2000, 64))).astype(np.float32), unit(rng.normal(size=(labels, 64)))
    alarms = strangers.standard(image, text).max(axis=1) > strangers.none_score(labels, false_alarm)
    low, high = binom.ppf([1e-4, 1 - 1e-4], 2000, false_alarm)
    assert low <= alarms.sum() <= high


def test_right_names_do_not_count_among_the_wrong():
    scores = np.random.default_rng(0).normal(size=(30, 30))
    one, other = (
        Calibration.fit([fold_of(scores + right * np.eye(30))], np.eye(4)).null_quantiles for right in (0.0, 100.0)
    )
    np.testing.assert_allclose(one, other, atol=1e-6)
    assert (one[0], one[-1]) == pytest.approx((one.min(), one.max()))


def test_standard_scores_by_hand():
    background = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [1.0, 1.0]], dtype=np.float32)
    calibration = replace(UNCALIBRATED, background=np.tile(background, (13, 1)))
    image, text = np.array([[2.0, 3.0]], dtype=np.float32), np.array([[1.0, 0.0], [2.0, 2.0]], dtype=np.float32)
    # Over the rows the first label scores 1, 0, 0, 1 and the second 2, 2, 0, 4; the picture scores 2 and 10.
    np.testing.assert_allclose(
        calibration.standard(image, text), [[(2 - 0.5) / 0.5**0.5, (10 - 2) / 2**0.25]], rtol=1e-6
    )


def test_few_rows_leave_labels_in_the_order_of_their_cosines():
    background = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [1.0, 1.0]], dtype=np.float32)
    image, text = np.array([[2.0, 3.0]], dtype=np.float32), np.array([[1.0, 0.0], [2.0, 2.0]], dtype=np.float32)
    # The mean of both labels' means, ½ and 2, and of the roots of their spreads.
    root = (0.5**0.5 + 2**0.25) / 2
    few = replace(UNCALIBRATED, background=np.tile(background, (12, 1)))
    np.testing.assert_allclose(few.standard(image, text), [[(2 - 1.25) / root, (10 - 1.25) / root]], rtol=1e-6)


def test_few_held_out_rows_are_compared_as_labels_will_be():
    rng = np.random.default_rng(0)
    rows = unit(rng.normal(size=(40, 6)))
    image, text = unit(rng.normal(size=(8, 6))), unit(rng.normal(size=(8, 6)))
    calibration = Calibration.fit([Fold(np.arange(8), image, text, rows)], rows)
    wrong = calibration.standard(image, text)[~np.eye(8, dtype=bool)]
    np.testing.assert_allclose(
        calibration.null_quantiles[[0, -1]], [wrong.min(), np.quantile(wrong, 1 - 1e-5)], rtol=1e-4
    )


def test_a_label_near_everything_must_stand_out_further():
    rng = np.random.default_rng(0)
    background = rng.normal(size=(500, 8))
    background[:, 0] += np.repeat([4, -4], 250)
    background = unit(background)
    calibration = replace(UNCALIBRATED, background=background.astype(np.float32))
    hub, other = np.eye(8)[:2]
    picture = unit((hub + 0.9 * other)[None])
    assert (picture @ np.stack([hub, other]).T).argmax() == 0
    assert calibration.standard(picture, np.stack([hub, other])).argmax() == 1


def test_known_rows_are_measured_against_the_other_rows():
    rng = np.random.default_rng(0)
    rows = unit(rng.normal(size=(40, 6))).astype(np.float32)
    calibration = replace(UNCALIBRATED, background=rows, offset=1.5)
    image = unit(rng.normal(size=(7, 6))).astype(np.float32)
    others = [np.delete(rows @ row, place) for place, row in enumerate(rows)]
    expected = (image @ rows.T - [each.mean() for each in others]) / [each.std() ** 0.5 for each in others] - 1.5
    np.testing.assert_allclose(calibration.known(image, rows), expected, rtol=1e-4, atol=1e-4)


def test_the_offset_lets_two_of_three_hidden_rows_win():
    rng = np.random.default_rng(0)
    known, image = unit(rng.normal(size=(300, 16))), unit(rng.normal(size=(90, 16)))
    text = unit(image + 2.0 * unit(rng.normal(size=(90, 16))))
    calibration = Calibration.fit([Fold(np.arange(90), image, text, known)], known)
    own = np.diag(calibration.standard(image, text))
    wins = own > calibration.known(image, known).max(axis=1)
    assert wins.mean() == pytest.approx(2 / 3, abs=0.02)
    assert (own > replace(calibration, offset=0.0).known(image, known).max(axis=1)).mean() < 0.5


def test_none_of_these_by_hand():
    levels = np.arange(101, dtype=np.float32)
    calibration = Calibration(1.0, np.eye(2, dtype=np.float32), levels)
    # One label, every second picture wrong: the level below which half of all wrong scores lie.
    assert calibration.none_score(1, 0.5) == pytest.approx(np.interp(0.5, 1 - np.logspace(0, -5, 101), levels))
    # Two labels: the better of two wrong ones stays below with the square of the probability of one.
    assert calibration.none_score(2, 0.75) == pytest.approx(calibration.none_score(1, 0.5))


def test_more_labels_and_fewer_alarms_ask_for_more(strangers):
    few, many, strict = (strangers.none_score(*each) for each in ((3, 0.1), (300, 0.1), (3, 0.01)))
    assert min(many, strict) > few


def test_keeps_some_of_many_background_rows():
    background = np.arange(3 * MAX_BACKGROUND * 2, dtype=np.float64).reshape(-1, 2)
    kept = Calibration.fit(planted_folds(5.0, rows=20), background).background
    assert kept.shape == (MAX_BACKGROUND, 2)
    assert kept.dtype == np.float32
    assert (np.diff(kept[:, 0]) > 0).all()
    np.testing.assert_array_equal(Calibration.fit(planted_folds(5.0, rows=20), background).background, kept)


def test_uncalibrated_has_a_scale_and_no_background():
    np.testing.assert_allclose(UNCALIBRATED.probabilities(np.zeros((2, 4))), 0.25)
    assert len(UNCALIBRATED.background) == 0
    image, text = np.eye(2, 3), np.ones((4, 3))
    np.testing.assert_allclose(UNCALIBRATED.standard(image, text), image @ text.T)
