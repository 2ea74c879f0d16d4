"""DeViSE: from pictures to words, by a margin."""

from __future__ import annotations

import numpy as np
import pytest

from headword import aligners
from headword.aligners import DeViSE
from headword.arrays import unit
from headword.errors import InputError


def pairs(n: int = 120, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 12))
    Y = X @ np.random.default_rng(42).normal(size=(12, 8)) + 0.3 * rng.normal(size=(n, 8))
    return X.astype(np.float32), Y.astype(np.float32)


def test_its_name_is_one_word():
    assert aligners.name_of(DeViSE) == "devise"
    assert aligners.registry["devise"] is DeViSE


def test_pictures_are_mapped_and_words_stay():
    X, Y = pairs()
    fitted = DeViSE(epochs=2).fit(X, Y)
    assert fitted.image_weight_.shape == (12, 8)
    assert fitted.transform_image(X).shape == (120, 8)
    np.testing.assert_allclose(fitted.transform_text(Y), unit(Y), atol=1e-6)
    np.testing.assert_allclose(fitted.transform_image(X), unit(unit(X) @ fitted.image_weight_), atol=1e-6)


def test_right_names_come_to_lead_by_the_margin():
    X, Y = pairs(40)
    fitted = DeViSE(margin=0.2, epochs=400, lr=0.03, weight_decay=0.0, patience=None).fit(X, Y)
    scores = unit(X) @ fitted.image_weight_ @ unit(Y).T
    lead = np.diag(scores)[:, None] - scores + np.where(np.eye(40) > 0, np.inf, 0)
    assert (lead > 0.15).mean() > 0.99
    assert fitted.history_[-1, 0] < 0.1 * fitted.history_[0, 0]


def test_finds_held_out_pairs():
    X, Y = pairs(400)
    fitted = DeViSE(epochs=100, lr=0.02).fit(X[:340], Y[:340])
    assert fitted.score(X[340:], Y[340:]) > 0.5  # chance is 1 / 60


def test_wrong_numbers_are_named():
    for wrong in ({"margin": -0.1}, {"duplicate": -3.0}):
        with pytest.raises(InputError, match=f"{next(iter(wrong))} of DeViSE"):
            DeViSE(**wrong).fit(*pairs())
