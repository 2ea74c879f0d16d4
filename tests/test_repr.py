"""What a notebook shows of objects that hold arrays and long lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import planted as world
from headword._repr import short_repr
from tasks.worlds import captioned, labelled


@dataclass
class Row:
    value: Any
    hidden: int = field(default=0, repr=False)

    __repr__ = short_repr


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (np.zeros((70, 8), np.float32), "<70 × 8 float32>"),
        (np.arange(3), "array([0, 1, 2])"),
        (tuple(range(9)), "<9: 0, 1, 2, …>"),
        ({"a": 1, "b": 2, "c": 3, "d": 4}, "<4: 'a', 'b', 'c', …>"),
        ((np.zeros(50),), "(<50 float64>,)"),
        ("x" * 60, repr("x" * 60)),
        ("x" * 61, repr("x" * 59) + "…"),
        (1 / 3, "0.333333"),
        (None, "None"),
        (Row((1,) * 5), "Row(value=<5: 1, 1, 1, …>)"),
    ],
)
def test_a_field(value: Any, shown: str) -> None:
    assert repr(Row(value)) == f"Row(value={shown})"


def test_what_users_meet_is_short(planted_model) -> None:
    head = world.Eye().head()
    model = planted_model
    data = labelled(world.WORDS, range(20))
    shown = model.classify(list(data.images), list(world.WORDS))
    adapted = model.adapt(list(data.images), list(world.WORDS[:5]))
    for each in (model, adapted, head, head.labels, model.calibration, data, captioned(world.WORDS), shown):
        assert repr(each).startswith(type(each).__name__ + "(")
        assert len(repr(each)) < 2500
    assert f"<{len(head)} × " in repr(head)
    assert f"Eye({world.Eye().name!r})" in repr(model)
