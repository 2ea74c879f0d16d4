"""Few-shot draws fairly, never from the test pictures, and gains from shots."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import headword as hw
import planted as world
from headword.errors import InputError, UnknownName
from headword.metrics.statistics import binomial_interval
from headword.tasks import evaluate, few_shot
from headword.tasks.few_shot import class_mean_pairs, draw_shots, shared_images
from tasks.worlds import labelled

CLASSES = len(world.NEW_WORDS)
TARGETS = np.repeat(np.arange(4), [3, 5, 9, 4])


def test_a_draw_is_balanced_and_ordered_by_class():
    rows = draw_shots(TARGETS, 4, 3, 42, "some pictures")
    assert TARGETS[rows].tolist() == np.repeat(np.arange(4), 3).tolist()
    assert len(set(rows.tolist())) == 12


def test_smaller_draws_are_part_of_larger_ones():
    for few, more in ((1, 2), (2, 3)):
        small, large = (draw_shots(TARGETS, 4, k, 42, "x").reshape(4, k) for k in (few, more))
        np.testing.assert_array_equal(large[:, :few], small)


def test_draws_differ_by_seed_and_class_and_nothing_else():
    same = np.repeat(np.arange(5), 50)
    one = draw_shots(same, 5, 10, 42, "x").reshape(5, 10) % 50
    assert (one != draw_shots(same, 5, 10, 137, "x").reshape(5, 10) % 50).any(axis=1).all()
    assert (one[0] != one[1]).any()
    # A class keeps its draw when another loses a picture.
    np.testing.assert_array_equal(draw_shots(same[1:], 5, 10, 42, "x")[10:] + 1, draw_shots(same, 5, 10, 42, "x")[10:])


def test_too_few_pictures_are_refused():
    with pytest.raises(InputError, match=r"3 of class 0; 2 classes have fewer than 5"):
        draw_shots(TARGETS, 4, 5, 42, "some pictures")
    with pytest.raises(InputError, match="0 of class 4"):
        draw_shots(TARGETS, 5, 1, 42, "some pictures")


def test_shots_are_no_test_pictures(taught, train_set, test_set):
    for result in few_shot(taught(), train_set, test_set, shots=(1, 4), seeds=(42, 137)):
        assert not set(result.details["shots"]) & set(test_set.ids)
        assert len(set(result.details["shots"])) == CLASSES * result.settings["shots"]


def test_one_set_for_both_leaves_nothing_to_draw(taught, test_set):
    with pytest.raises(InputError, match="0 of class 0"):
        few_shot(taught(), test_set, test_set, shots=(1,))


def test_copies_of_test_pictures_are_never_drawn(taught, test_set):
    # Under other ids: two of the test part's pictures of each class, and two others.
    mixed = labelled(world.NEW_WORDS, (104, 105, 7, 8), "train")
    for result in few_shot(taught(), mixed, test_set, shots=(2,), seeds=(0, 1, 2)):
        assert {each.rpartition("/")[2] for each in result.details["shots"]} == {"7", "8"}
        assert result.settings["left_out_of_train"] == 2 * CLASSES
    with pytest.raises(InputError, match="ask for fewer shots"):
        few_shot(taught(), mixed, test_set, shots=(3,))


def test_shared_pictures_by_id(test_set):
    rng = np.random.default_rng(0)
    x, rows = rng.normal(size=(2, len(test_set), 8)).astype(np.float32), np.arange(len(test_set))
    assert shared_images(test_set, test_set, rows, x[0], x[1]).all()
    other = replace(test_set, name="other", ids=tuple(f"other {i}" for i in rows))
    assert not shared_images(other, test_set, rows, x[0], x[1]).any()
    moved = x[0].copy()
    moved[[3, 5]] = 2 * x[1][[9, 0]]
    assert np.flatnonzero(shared_images(other, test_set, rows, moved, x[1])).tolist() == [3, 5]


@pytest.mark.parametrize("probe", ["prototype", "ridge", "logistic"])
def test_shots_teach(taught, train_set, test_set, probe):
    found = few_shot(taught(), train_set, test_set, shots=(1, 4), seeds=(42,), probe=probe, recycled=False)
    assert found[1].metrics["few_shot_top1"] > 0.9
    assert found[0].chance["few_shot_top1"] == 1 / CLASSES
    assert (found[0].settings["shots"], found[1].settings["shots"], found[0].settings["seed"]) == (1, 4, 42)
    assert found[0].settings["recycled"] is False


@pytest.mark.parametrize("probe", ["prototype", "ridge", "logistic"])
def test_wrong_shots_and_no_names_are_at_chance(taught, train_set, test_set, probe):
    seeds, right = range(3), []
    for seed in seeds:
        wrong = np.random.default_rng(seed).permutation(CLASSES)[train_set.targets]
        spoilt = replace(train_set, targets=wrong)
        result = few_shot(taught(), spoilt, test_set, shots=(1,), seeds=(seed,), probe=probe, recycled=False)[0]
        right.append(result.metrics["few_shot_top1"])
    low, high = binomial_interval(CLASSES * len(seeds), 1 / CLASSES, 0.999)
    assert low <= np.mean(right) <= high


def test_names_alone_do_not_depend_on_shots_unless_refitted(taught, train_set, test_set):
    model, pairs_seen = taught(), []

    def refit(pairs: hw.Pairs) -> hw.AlignedModel:
        pairs_seen.append(pairs)
        return taught(pairs)

    plain = few_shot(model, train_set, test_set, shots=(1, 4), seeds=(42,), probe="names")
    assert plain[0].metrics == plain[1].metrics
    again = few_shot(model, train_set, test_set, shots=(1, 4), seeds=(42,), probe="names", refit=refit)
    assert again[0].settings["sequential"] is True
    with pytest.raises(InputError, match="nothing that fits anew"):
        evaluate("few-shot", model, test_set, train=train_set, options={"sequential": True})
    assert again[0].metrics != plain[0].metrics
    assert again[1].metrics["few_shot_top1"] > 0.9
    assert set(pairs_seen[0].source) == {"class means"}


def test_class_mean_pairs_by_eye(taught):
    model = replace(taught(), templates=("plain", "photo"))
    x = np.array([[3, 3], [1, -3], [0, 5]], dtype=np.float32)  # the mean is of the pictures as they are: (2, 0)
    queries = model.parse_labels(["zbamn", "vrugd"], None)
    pairs = class_mean_pairs(model, x, np.array([0, 0, 1]), queries)
    assert pairs.x.tolist() == [[1, 0], [1, 0], [0, 1], [0, 1]]
    assert pairs.group.tolist() == [0, 0, 1, 1]
    assert pairs.weight.tolist() == [0.5] * 4
    np.testing.assert_array_equal(pairs.y[1], world.Ear().encode("a photo of a zbamn")[0])


def test_the_same_again(taught, train_set, test_set):
    one, other = (few_shot(taught(), train_set, test_set, shots=(2,), seeds=(137,))[0] for _ in range(2))
    assert one.as_dict(values=True) == other.as_dict(values=True)


def test_unreadable_training_pictures_are_never_drawn(taught, test_set):
    train = labelled(world.NEW_WORDS, range(3), "train", spoilt=(0, 4))
    found = few_shot(taught(), train, test_set, shots=(2,), seeds=(42,))[0]
    assert not {train.ids[0], train.ids[4]} & set(found.details["shots"])


def test_bad_input_is_refused(taught, train_set, test_set):
    with pytest.raises(UnknownName, match="known: prototype, ridge, logistic, names"):
        few_shot(taught(), train_set, test_set, probe="svm")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="recycled=True"):
        few_shot(taught(), train_set, test_set, probe="names", recycled=False)
    with pytest.raises(InputError, match="numbers from 1"):
        few_shot(taught(), train_set, test_set, shots=(0,))
    for seeds in ((), (-1,)):
        with pytest.raises(InputError, match="seeds of the draws"):
            few_shot(taught(), train_set, test_set, seeds=seeds)
    one = (labelled(world.NEW_WORDS[:1], range(3), part) for part in ("train", "test"))
    with pytest.raises(InputError, match="a single one"):
        few_shot(taught(), *one, probe="ridge")
    with pytest.raises(InputError, match="20 classes against 3"):
        few_shot(taught(), train_set, labelled(world.NEW_WORDS[:3], [9]))
