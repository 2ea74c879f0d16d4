"""Scores that are linear in a centred picture, and what mixes them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headword.adapters import Adapted, Adapter
from headword.arrays import unit
from headword.model.calibration import UNCALIBRATED, Calibration


def rows(n: int, seed: int = 0, width: int = 8) -> np.ndarray:
    return unit(np.random.default_rng(seed).normal(size=(n, width))).astype(np.float32)


def test_plain_scores_are_the_calibrated_ones_times_their_scale():
    calibration = replace(Calibration.from_rows(rows(50, 1) + 0.3), scale=7.0)
    image, text = rows(9, 2), rows(4, 3)
    expected = 7 * calibration.standard(image, text)
    np.testing.assert_allclose(calibration.linear_scores(text)(image), expected, rtol=1e-4, atol=1e-4)


def test_plain_scores_without_a_calibration_are_cosines_times_thirty():
    image, text = rows(9, 2), rows(4, 3)
    plain = replace(UNCALIBRATED, background=np.zeros((0, 8), np.float32)).linear_scores(text)
    np.testing.assert_allclose(plain(image), 30 * image @ text.T, rtol=1e-4, atol=1e-4)


def test_a_centre_is_taken_off_before_pictures_are_put_back_on_the_sphere(scores):
    image, text = rows(9, 2), rows(4, 3)
    centred = replace(scores(5 * text, [1, 2, 3, 4]), centre=np.full(8, 0.2, np.float32))
    np.testing.assert_allclose(np.linalg.norm(centred.seen(image), axis=1), 1, rtol=1e-6)
    expected = unit(image - 0.2) @ (5 * text.T) + [1, 2, 3, 4]
    np.testing.assert_allclose(centred(image), expected, rtol=1e-4, atol=1e-5)


def test_without_a_centre_pictures_are_seen_as_they_are(scores):
    image = 3 * rows(9, 2)
    assert scores(rows(4, 3)).seen(image) is image


def test_a_weight_is_a_direction_and_how_steep_it_is(scores):
    text = rows(4, 3)
    s = scores(text * np.array([[1], [2], [3], [4]]))
    np.testing.assert_allclose(s.prototypes, text, rtol=1e-5)
    np.testing.assert_allclose(s.steepness, [1, 2, 3, 4], rtol=1e-5)


def test_turned_scores_are_as_steep_as_the_calibration_has_it():
    calibration = replace(Calibration.from_rows(rows(50, 1) + 0.3), scale=7.0)
    one, other = rows(4, 3), rows(4, 4)
    turned = calibration.linear_scores(one).with_directions(other)
    np.testing.assert_allclose(turned.weight, calibration.linear_scores(other).weight, rtol=1e-4, atol=1e-6)
    assert not turned.bias.any()


def test_turned_scores_that_know_no_calibration_stay_as_steep_as_they_were(scores):
    turned = scores(rows(4, 3) * np.array([[1], [2], [3], [4]]), 5.0).with_directions(rows(4, 4))
    np.testing.assert_allclose(turned.steepness, [1, 2, 3, 4], rtol=1e-5)
    assert not turned.bias.any()


@pytest.mark.parametrize("trust", [0.0, 0.25, 1.0])
def test_trust_mixes_logits(scores, trust):
    image, plain, own = rows(9, 2), scores(rows(4, 3)), scores(rows(4, 4), 2.0)
    found = Adapted(own, np.full(4, 0.25, np.float32), mixing_weight=trust)
    expected = trust * own(image) + (1 - trust) * plain(image)
    np.testing.assert_allclose(found.logits(image, plain), expected, rtol=1e-5, atol=1e-6)
    assert found.logits(image, plain).dtype == np.float32


def test_an_adapter_is_abstract():
    with pytest.raises(TypeError, match="_fit"):
        Adapter()


def test_pictures_reach_the_method_with_norm_one(scores):
    met = []

    class Listener(Adapter):
        def _fit(self, image, plain):
            met.append(image)
            return Adapted(plain, np.full(4, 0.25, np.float32))

    Listener().fit(3.0 * rows(9, 2), scores(rows(4, 3)))
    np.testing.assert_allclose(met[0], rows(9, 2), rtol=1e-5)
    assert met[0].dtype == np.float32
