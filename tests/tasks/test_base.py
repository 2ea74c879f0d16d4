"""A result is complete, and survives JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

import planted as world
from headword.errors import InputError
from headword.metrics.classification import class_error
from headword.metrics.statistics import standard_error
from headword.tasks import Result, zero_shot
from headword.tasks.base import embed, texts_of
from tasks.worlds import labelled


def test_as_dict_is_plain():
    result = Result(
        "zero-shot",
        "few",
        "inductive",
        2,
        {"top1": np.float64(0.5)},
        settings={"ks": (1, np.int64(5)), "shares": np.array([0.5])},
        values={"top1": np.array([1.0, 0.0])},
    )
    found = result.as_dict()
    assert json.loads(json.dumps(found)) == found
    assert found["metrics"] == {"top1": 0.5}
    assert found["settings"] == {"ks": [1, 5], "shares": [0.5]}
    assert "values" not in found
    assert "clusters" not in found
    assert result.as_dict(values=True)["values"] == {"top1": [1.0, 0.0]}


def test_a_tasks_result_survives_json(taught, test_set):
    found = zero_shot(taught(), test_set).as_dict(values=True)
    assert json.loads(json.dumps(found)) == found


def test_embed_tells_bad_pictures_by_the_data_sets_ids(caplog, taught):
    data = labelled(world.NEW_WORDS[:2], range(3), spoilt=(1, 4))
    vectors, rows, bad = embed(taught(), data, None)
    assert rows.tolist() == [0, 2, 3, 5]
    assert len(vectors) == 4
    assert [each["id"] for each in bad] == [data.ids[1], data.ids[4]]
    assert all(each["reason"] for each in bad)
    assert "2 of 6 pictures could not be read" in caplog.text


def test_no_readable_picture_is_refused(taught):
    data = labelled(world.NEW_WORDS[:2], range(1), spoilt=(0, 1))
    with pytest.raises(InputError, match="none could be read"):
        embed(taught(), data, None)


def test_texts_hash_is_of_what_is_said(taught):
    model = taught()
    names, glosses = ["crane", "bass"], {"crane": "a bird", "bass": "a fish"}
    one = texts_of(model, model.parse_labels(names, None), None)
    other = texts_of(model, model.parse_labels(names, glosses), glosses)
    assert one["texts_hash"] != other["texts_hash"]
    assert (one["defined"], other["defined"]) == (0, 2)
    assert (one["definitions"], other["definitions"]) == (None, "dict")
    assert texts_of(model, model.parse_labels(names, None), "none")["texts_hash"] == one["texts_hash"]


def test_error_of_a_mean_over_classes():
    right = np.random.default_rng(0).random(40) < 0.3
    one_each = class_error(np.ones(40, dtype=np.int64), right.astype(np.float64))
    assert one_each == pytest.approx(standard_error(right.astype(np.float64))), "a picture a class: as over pictures"
    found = class_error(np.array([5, 0, 9]), np.array([0.4, np.nan, 1.0]))
    assert found == pytest.approx((0.4 * 0.6 / 4) ** 0.5 / 2), "a class without pictures does not count"
    assert class_error(np.array([5, 1]), np.array([0.4, 1.0])) > (0.4 * 0.6 / 4) ** 0.5 / 2
    assert np.isnan(class_error(np.array([1]), np.array([1.0])))


def test_error_of_a_mean_over_classes_is_that_of_many_draws():
    rng = np.random.default_rng(1)
    chances, sizes = np.array([0.2, 0.5, 0.9]), np.array([8, 20, 4])
    shares = rng.binomial(sizes, chances, (20_000, 3)) / sizes
    squares = [class_error(sizes, each) ** 2 for each in shares[:4_000]]
    assert np.mean(squares) == pytest.approx(shares.mean(axis=1).var(), rel=0.05)
