"""Limits of parameters, as their types name them."""

from __future__ import annotations

from math import inf
from typing import Annotated, Literal

import pytest

from headword.aligners.parameters import Count, Limits, Positive, Share, limits_of


class Estimator:
    """What has parameters."""

    rounds: Count = 3
    share: Share = 0.5
    patience: Count | None = None
    seed: Annotated[int, (0, 7)] = 0
    alpha: Positive | Literal["auto"] = "auto"
    name: str = "any"


class Derived(Estimator):
    """It has another."""

    width: Count | None = None


def test_limits_are_those_of_the_types() -> None:
    assert limits_of(Estimator) == {
        "rounds": Limits(1, inf, True, False),
        "share": Limits(0, 1, False, False),
        "patience": Limits(1, inf, True, True),
        "seed": Limits(0, 7, True, False),
        "alpha": Limits(1e-12, inf, False, False),
    }
    assert limits_of(Derived) == {**limits_of(Estimator), "width": Limits(1, inf, True, True)}


@pytest.mark.parametrize(
    ("name", "good", "bad"), [("rounds", (1, 9), (0, 1.0, "1", None)), ("share", (0, 1.0), (-1, 2))]
)
def test_a_number_within_its_limits(name, good, bad) -> None:
    limits = limits_of(Estimator)[name]
    assert all(limits.hold(each) for each in good)
    assert not any(limits.hold(each) for each in (*bad, float("nan")))
