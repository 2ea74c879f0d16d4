"""Means of more pictures come nearer to the class, and so to its text."""

from __future__ import annotations

import json

import numpy as np
import pytest

from analysis.clouds import rows, turned
from headword.analysis import means_against_text, mutual_neighbours
from headword.errors import InputError

CLASSES, EACH = 40, 16


def world() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    prototypes = rows(CLASSES, 8)
    targets = np.repeat(np.arange(CLASSES), EACH)
    pictures = prototypes[targets] + 2 * rows(len(targets), 8, 1)
    order = np.random.default_rng(0).permutation(len(targets))
    return pictures[order], targets[order], prototypes, turned(prototypes)


def test_more_pictures_agree_better_and_prototypes_best():
    curve = means_against_text(*world(), counts=(1, 4, 16), k=5, draws=5, permutations=50)
    values = [each.mean for each in curve.points]
    assert values == sorted(values)
    assert values[-1] > values[0] + 0.2
    assert curve.prototypes.value == 1
    assert (curve.classes, curve.k, curve.prototypes.chance) == (CLASSES, 5, 5 / 39)
    for point in curve.points:
        assert point.gain.mean == pytest.approx(1 - point.mean)
        assert point.gain.sign == 1
        assert point.gain.n == CLASSES
    assert curve.points[-1].sd < 1e-6
    assert curve.points[0].sd > 0
    assert json.loads(json.dumps(curve.as_dict()))["points"][0]["gain"]["sign"] == 1


def test_all_pictures_give_the_class_mean_on_classes_that_have_enough():
    pictures, targets, prototypes, text = world()
    kept = (targets != 3) | (np.cumsum(targets == 3) <= 15)  # one class is a picture short
    pictures, targets = pictures[kept], targets[kept]
    curve = means_against_text(pictures, targets, prototypes, text, counts=(16,), k=5, draws=1, permutations=2)
    unit_pictures = pictures / np.linalg.norm(pictures, axis=1, keepdims=True)
    used = [row for row in range(CLASSES) if row != 3]
    means = np.array([unit_pictures[targets == row].mean(axis=0) for row in used])
    expected = mutual_neighbours(means, text[used], (5,), permutations=2)[0].value
    assert curve.classes == CLASSES - 1
    assert curve.points[0].mean == pytest.approx(expected)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"counts": (17,)}, "at most 16"),
        ({"counts": ()}, "counts="),
        ({"k": 40}, "pass k from 1 to 39"),
        ({"targets": np.full(CLASSES * EACH, CLASSES)}, "from 0 to 39"),
    ],
)
def test_says_what_is_wrong(change, message):
    pictures, targets, prototypes, text = world()
    given = {"targets": targets, "counts": (1,), "k": 3} | change
    with pytest.raises(InputError, match=message):
        means_against_text(pictures, prototypes=prototypes, text=text, **given)


def test_few_classes_can_be_judged_among_all_prototypes():
    pictures, targets, prototypes, text = world()
    few = targets < 6
    curve = means_against_text(
        pictures[few], targets[few], prototypes, text, counts=(1, 16), k=5, draws=5, among_prototypes=True
    )
    assert (curve.classes, curve.prototypes.n, curve.prototypes.value) == (6, CLASSES, 1)
    assert curve.prototypes.chance == 5 / 39
    assert abs(curve.prototypes.null.mean - 5 / 39) < 4 * curve.prototypes.null.sd / np.sqrt(200)
    assert curve.points[0].mean + 0.1 < curve.points[1].mean < 1
