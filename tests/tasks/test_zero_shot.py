"""Zero-shot finds what is planted, and only that; its figures are those of the pictures it could read."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest

import headword as hw
import planted as world
from headword.metrics.statistics import binomial_interval
from headword.tasks import zero_shot
from tasks.worlds import labelled

CLASSES = len(world.NEW_WORDS)


def test_true_names_are_far_above_chance(taught, test_set):
    found = zero_shot(taught(), test_set)
    assert found.metrics["top1"] > 0.8
    assert found.metrics["top5"] > 0.95
    assert found.chance == {"top1": 1 / CLASSES, "top5": 5 / CLASSES, "mean_per_class": 1 / CLASSES}
    assert (found.task, found.data, found.mode, found.n) == ("zero-shot", "planted", "inductive", len(test_set))


def test_permuted_names_are_at_chance(permuted_models, test_set):
    found = [zero_shot(model, test_set) for model in permuted_models]
    # Pictures of one class fall together: classes are counted, not pictures.
    independent = CLASSES * len(permuted_models)
    for key in ("top1", "top5", "mean_per_class"):
        low, high = binomial_interval(independent, found[0].chance[key], 0.999)
        assert low <= np.mean([each.metrics[key] for each in found]) <= high, key


def test_agrees_with_the_models_own_answers(taught, test_set):
    model = taught()
    said = model.classify(test_set.images, list(test_set.labels.names), definitions=None)
    right = [each.label == test_set.labels.names[t] for each, t in zip(said, test_set.targets, strict=True)]
    found = zero_shot(model, test_set, definitions=None)
    assert found.values["top1"].tolist() == right
    assert found.metrics["top1"] == np.mean(right)


def test_metrics_are_means_of_values(taught, test_set):
    found = zero_shot(taught(), test_set.take(np.arange(0, len(test_set) - 4)))
    for key, values in found.values.items():
        assert values.mean() == pytest.approx(found.metrics[key])
        assert len(values) == found.n
    assert found.metrics["mean_per_class"] == pytest.approx(np.mean([row["top1"] for row in found.details["classes"]]))
    assert found.spread["top1"] == pytest.approx(found.values["top1"].std(ddof=1) / found.n**0.5)


def test_per_class_table_and_confusions(taught, test_set):
    found = zero_shot(taught(), test_set)
    assert [row["id"] for row in found.details["classes"]] == list(test_set.labels.ids)
    assert all(row["n"] == 6 for row in found.details["classes"])
    wrong = round((1 - found.metrics["top1"]) * found.n)
    assert wrong > 0
    assert sum(each["n"] for each in found.details["confusions"]) == wrong
    first = found.details["confusions"][0]
    assert first["class"] != first["taken_for"]


def test_unreadable_pictures_are_left_out_and_named(taught, test_set):
    spoilt = labelled(world.NEW_WORDS, range(100, 106), spoilt=(0, 7))
    found = zero_shot(taught(), spoilt)
    kept = np.delete(np.arange(len(test_set)), [0, 7])
    assert [each["id"] for each in found.details["bad"]] == [spoilt.ids[0], spoilt.ids[7]]
    assert found.n == len(kept)
    assert found.metrics == zero_shot(taught(), test_set.take(kept)).metrics


def test_top5_needs_more_than_five_classes(taught):
    five, six = (zero_shot(taught(), labelled(world.NEW_WORDS[:n], [0])) for n in (5, 6))
    assert "top5" not in five.metrics
    assert "top5" not in five.chance
    assert six.chance["top5"] == pytest.approx(5 / 6)
    assert six.metrics["top5"] <= 1


def test_classes_without_pictures_stay_candidates(taught, test_set):
    few = test_set.take(np.flatnonzero(test_set.targets < 3))
    found = zero_shot(taught(), few)
    assert found.chance["top1"] == 1 / CLASSES
    assert len(found.details["classes"]) == 3
    assert 0 < found.metrics["mean_per_class"] <= 1


def test_a_model_that_maps_all_to_one_is_never_right(taught, test_set):
    numb = deepcopy(taught().aligner)
    numb.transform_text = lambda Y, groups: np.ones((int(groups.max()) + 1, world.IMAGE), np.float32)
    found = zero_shot(replace(taught(), aligner=numb), test_set)
    assert found.metrics["top1"] == found.metrics["top5"] == 0.0


def test_templates_come_from_the_caller_then_the_data_then_the_model(taught, test_set):
    model, own = taught(), replace(test_set, templates=("a sketch of a {}.",))
    assert zero_shot(model, test_set).settings["templates"] == list(model.templates)
    assert zero_shot(model, own).settings["templates"] == ["a sketch of a {}."]
    for templates in (["plain"], "plain"):
        assert zero_shot(model, own, templates=templates).settings["templates"] == ["plain"]
    assert model.templates == ("plain", "photo")


def test_definitions_are_used_and_told(taught, test_set):
    glosses = {word: f"whatever is {word}" for word in world.NEW_WORDS}
    with_, without = (zero_shot(taught(), test_set, definitions=each) for each in (glosses, None))
    assert (with_.settings["defined"], without.settings["defined"]) == (CLASSES, 0)
    assert with_.settings["texts_hash"] != without.settings["texts_hash"]


def test_settings_tell_what_is_needed_to_repeat(taught, test_set):
    found = zero_shot(taught(), test_set).settings
    assert found["split"] == "test"
    assert found["split_hash"] == test_set.version
    assert found["aligner"]["kind"] == "ridge"
    assert found["aligner"]["parameters"]["alpha"] == 0.1
    assert found["image_encoder"] == {"name": "planted/eye", "dim": 24, "fingerprint": world.Eye().fingerprint}
    assert found["adaptation"] is None
    assert found["labels_version"] == test_set.labels.version
    assert found["classes"] == CLASSES


def test_works_with_what_align_makes(planted_model: hw.AlignedModel, test_set):
    assert zero_shot(planted_model, test_set).metrics["top1"] > 0.8
