"""The cosine head on a classifier whose lengths and bias carry what angles do not."""

from __future__ import annotations

import json

import numpy as np
import pytest

from headword.analysis import cosine_head
from headword.errors import InputError
from headword.heads import Head
from headword.labels.label_set import LabelSet


def head(weight: np.ndarray, bias: np.ndarray) -> Head:
    names = [f"class {i}" for i in range(len(weight))]
    return Head(weight.astype(np.float32), bias.astype(np.float32), LabelSet.from_names(names))


def test_each_head_answers_by_what_is_left_of_it():
    # One row is right by bias, one by length, two by angle; all are told apart by the linear head.
    weight = np.array([[1.0, 0.0], [0.0, 3.0]])
    pictures = np.array([[1.0, 1.0 / 3 + 0.01], [1.0, 0.5], [0.1, 1.0], [1.0, 0.0]], dtype=np.float32)
    found = cosine_head(head(weight, np.array([0.1, 0.0])), pictures, np.array([0, 1, 1, 0]))
    assert (found.linear, found.without_bias, found.cosine) == (1.0, 0.75, 0.75)
    assert found.loss == 0.25
    assert found.loss_error == pytest.approx(np.std([0, 1, 0, 0], ddof=1) / 2)
    assert (found.n, found.classes, found.chance) == (4, 2, 0.5)
    assert "loses 25.0 ± 25.0 points" in str(found)
    json.dumps(found.as_dict())


def test_rows_of_one_length_without_bias_lose_nothing():
    rng = np.random.default_rng(0)
    weight = rng.normal(size=(6, 5))
    weight /= np.linalg.norm(weight, axis=1, keepdims=True)
    pictures, truth = rng.normal(size=(50, 5)).astype(np.float32), rng.integers(0, 6, 50)
    found = cosine_head(head(weight, np.zeros(6)), pictures, truth)
    right = (pictures @ weight.T).argmax(axis=1) == truth
    assert found.linear == found.cosine == right.mean()
    assert (found.loss, found.loss_error) == (0, 0)


@pytest.mark.parametrize("targets", [[0, 2], [0], [-1, 0]])
def test_refuses_targets_that_are_no_rows(targets):
    with pytest.raises(InputError, match="its row of the head, from 0 to 1"):
        cosine_head(head(np.eye(2), np.zeros(2)), np.ones((2, 2), np.float32), np.array(targets))


def test_refuses_embeddings_of_another_width():
    with pytest.raises(InputError, match="embeddings with 2 columns"):
        cosine_head(head(np.eye(2), np.zeros(2)), np.ones((2, 3), np.float32), np.zeros(2, dtype=np.int64))
