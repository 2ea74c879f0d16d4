"""Models that were taught the truth or not, and what they are judged on."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

import headword as hw
import planted as world
from headword.datasets.base import Labelled
from headword.model.alignment import align_pairs
from tasks.worlds import labelled


@pytest.fixture(scope="session")
def test_set() -> Labelled:
    return labelled(world.NEW_WORDS, range(100, 106))


@pytest.fixture(scope="session")
def train_set() -> Labelled:
    return labelled(world.NEW_WORDS, range(5), "train")


@pytest.fixture(scope="session")
def taught() -> Callable[..., hw.AlignedModel]:
    """A model taught by ridge on pairs of the head (always the same one, not to be changed), or on others."""
    truth = hw.Pairs.from_head(world.Eye().head(), world.Ear(), definitions=None)

    @cache
    def model(pairs: hw.Pairs = truth, labels: hw.LabelSet | None = None) -> hw.AlignedModel:
        return align_pairs(world.Eye(), world.Ear(), pairs, hw.aligners.Ridge(0.1), labels=labels)

    return model


@pytest.fixture(scope="session")
def permuted_models(taught: Callable[..., hw.AlignedModel]) -> list[hw.AlignedModel]:
    """Models that were taught the names of other classes."""
    pairs = hw.Pairs.from_head(world.Eye().head(), world.Ear(), definitions=None)
    return [taught(pairs.permuted(seed)) for seed in range(12)]
