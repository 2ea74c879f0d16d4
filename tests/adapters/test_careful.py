"""Beyond what every adapter must do (`test_discovery`): that it holds back where it should."""

from dataclasses import replace

import numpy as np
import pytest

from headword.adapters import Careful, LinearScores, careful
from headword.arrays import unit


def gain(f, **options):
    found = Careful(**options).fit(f.image, f.plain)
    return f.accuracy(found.logits(f.image, f.plain)) - f.accuracy(f.plain(f.image)), found


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "counts", [(60,) * 5, (90, 40, 10, 5, 2), (50, 50, 0, 0, 0)], ids=["equal", "unequal", "absent"]
)
def test_does_no_harm_whatever_the_shares(folder, counts, seed):
    more, found = gain(folder(counts, seed))
    assert more > -0.03
    assert found.mixing_weight > 0


def test_gains_where_labels_are_misheard(folder):
    gains = [gain(folder((60,) * 5, seed, misheard=0.3))[0] for seed in range(4)]
    assert np.mean(gains) > 0.1


def test_where_halves_of_the_folder_disagree_the_plain_scores_stay(folder):
    """Pictures without any structure, among labels of other things."""
    f = folder((20,) * 10, 1, known=False, noise=0.8, misheard=0.0, habit=0.0)
    found = Careful(low=0.9, high=0.95).fit(f.image, replace(f.plain, weight=3 * f.plain.weight))
    assert 0.5 < found.report["agreement"] < 0.9
    assert found.mixing_weight == 0
    np.testing.assert_array_equal(found.logits(f.image, f.plain), f.plain(f.image))


def test_shares_are_estimated(folder):
    f = folder((120, 40, 20, 10, 0), 0, misheard=0.1)
    np.testing.assert_allclose(
        Careful().fit(f.image, f.plain).class_priors, np.array([120, 40, 20, 10, 0]) / 190, atol=0.08
    )


def test_labels_move_less_the_fewer_pictures_they_have(folder):
    f = folder((80, 80, 80, 80, 0), 0, misheard=0.3, noise=0.1)
    some, many = (Careful(trust=1.0).fit(f.image[:n], f.plain) for n in (8, 320))
    turned = [1 - (each.scores.prototypes * f.plain.prototypes).sum(axis=1).mean() for each in (some, many)]
    assert 0 < turned[0] < turned[1] / 2
    assert some.mixing_weight < many.mixing_weight / 5


def test_copies_count_once(folder):
    f = folder((20,) * 5)
    often = np.concatenate([f.image, np.repeat(f.image[:3], 50, axis=0)])
    once, more = Careful().fit(f.image, f.plain), Careful().fit(often, f.plain)
    np.testing.assert_array_equal(once.scores.weight, more.scores.weight)
    assert once.mixing_weight == more.mixing_weight


def test_blocks_and_what_is_kept_of_them_change_nothing(folder, monkeypatch):
    f = folder((30,) * 5)
    kept = Careful().fit(f.image, f.plain)
    monkeypatch.setattr(careful, "MAX_KEPT", 0)
    anew = Careful().fit(f.image, f.plain)
    np.testing.assert_array_equal(anew.scores.weight, kept.scores.weight)
    assert (anew.mixing_weight, anew.report) == (kept.mixing_weight, kept.report)
    monkeypatch.setattr(careful, "BLOCK", 100)
    parts = Careful().fit(f.image, f.plain)
    np.testing.assert_allclose(parts.scores.weight, kept.scores.weight, rtol=1e-4, atol=1e-4)


def test_pictures_are_centred_and_scored_plainly_once_whatever_the_rounds(folder, monkeypatch):
    f, calls, seen = folder((30,) * 5), [], LinearScores.seen
    monkeypatch.setattr(LinearScores, "seen", lambda scores, image: (calls.append(len(image)), seen(scores, image))[1])
    found = [(Careful(rounds=rounds).fit(f.image, f.plain), len(calls), calls.clear())[1] for rounds in (1, 7)]
    assert found[0] == found[1] > 0


def test_one_picture_changes_nothing(folder):
    f = folder((1, 0, 0, 0, 0))
    found = Careful().fit(f.image, f.plain)
    np.testing.assert_array_equal(found.logits(f.image, f.plain), f.plain(f.image))


def test_more_labels_than_pictures(folder):
    f = folder((1,) * 60 + (0,) * 240, 0)
    more, found = gain(f)
    assert more > -0.1
    assert np.isfinite(found.scores.weight).all()


def test_more_pictures_are_trusted_further():
    trusted = [Careful().mixing_weight_for(1.0, 0.0, n, 10) for n in (1, 30, 300, 30_000)]
    assert trusted == sorted(trusted)
    assert trusted[0] < 0.01
    assert trusted[-1] == pytest.approx(0.75, abs=0.01)


@pytest.mark.parametrize(("agreed", "gained"), [(0.5, 0.1), (1.0, -0.2)], ids=["halves disagree", "torn apart"])
def test_what_the_folder_does_not_bear_out_is_not_trusted(agreed, gained):
    assert Careful().mixing_weight_for(agreed, gained, 10**6, 10) == 0
    assert Careful().mixing_weight_for(agreed, float("nan"), 10**6, 10) == (
        0 if agreed < 0.74 else pytest.approx(0.75, abs=1e-3)
    )


def test_blocks_change_nothing(folder, monkeypatch):
    import headword.adapters.careful as module

    f = folder((20,) * 5)
    whole = Careful().fit(f.image, f.plain)
    monkeypatch.setattr(module, "BLOCK", 35)
    parts = Careful().fit(f.image, f.plain)
    np.testing.assert_allclose(parts.scores.weight, whole.scores.weight, atol=1e-4)


def test_calibration_measures_moved_prototypes_anew(folder):
    """A prototype's score is as steep as the calibration has it where the prototype has come to lie."""
    f = folder((20,) * 5)
    measured = replace(f.plain, measure=lambda prototypes: 3 + prototypes[:, 0])
    found = Careful().fit(f.image, measured).scores
    np.testing.assert_allclose(found.steepness, 3 + unit(found.weight)[:, 0], rtol=1e-4)
