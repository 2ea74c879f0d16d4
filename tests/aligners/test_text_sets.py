"""Kernels between sets of texts against the dense formula, whatever the size of the blocks."""

from __future__ import annotations

import numpy as np
import pytest

from headword.aligners import text_sets
from headword.aligners.text_sets import TextSets, gaussian_kernel
from headword.arrays import unit

GAMMA = 1.7


@pytest.fixture(params=[1, 40, 64, 10**6], ids=lambda block: f"block-{block}")
def block(request, monkeypatch):
    monkeypatch.setattr(text_sets, "BLOCK", request.param)


def drawn(singles: bool) -> tuple[TextSets, np.ndarray, np.ndarray]:
    """Sets, the (rows, texts) matrix of shares, and the texts in their given order."""
    rng = np.random.default_rng(0)
    groups = np.arange(17) if singles else np.concatenate([np.arange(17), rng.integers(0, 17, 20)])
    rng.shuffle(groups)
    texts, weight = unit(rng.normal(size=(len(groups), 4))), rng.uniform(0.2, 3, len(groups))
    member = (np.arange(17)[:, None] == groups) * weight
    return TextSets.of(texts, groups, weight), member / member.sum(axis=1, keepdims=True), texts


def dense(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    return np.exp(-GAMMA * ((A[:, None] - B[None]) ** 2).sum(axis=2))


@pytest.mark.parametrize("singles", [True, False], ids=["one text a row", "several"])
def test_kernels_are_means_over_texts(singles, block):
    sets, share, texts = drawn(singles)
    new = unit(np.random.default_rng(1).normal(size=(11, 4)))
    assert len(sets) == 17
    np.testing.assert_allclose(sets.gram(GAMMA), share @ dense(texts, texts) @ share.T, atol=1e-12)
    np.testing.assert_allclose(sets.kernel_from(new, GAMMA), dense(new, texts) @ share.T, atol=1e-12)
    np.testing.assert_allclose(sets.kernel_with(new, GAMMA), share @ dense(texts, new), atol=1e-12)


def test_gaussian_of_a_row_with_itself_is_one_at_most():
    rows = unit(np.random.default_rng(0).normal(size=(50, 30)).astype(np.float32))
    kernel = gaussian_kernel(rows, rows, 100.0)
    assert kernel.max() <= 1.0
    np.testing.assert_allclose(np.diag(kernel), 1.0, atol=1e-4)


def test_texts_are_sorted_by_row_and_shares_sum_to_one():
    sets, _, _ = drawn(singles=False)
    assert sets.start[0] == 0
    np.testing.assert_allclose(np.add.reduceat(sets.share, sets.start), 1.0)


def test_keeps_the_type_of_its_texts():
    sets, _, texts = drawn(singles=False)
    single = TextSets(sets.texts.astype(np.float32), sets.share.astype(np.float32), sets.start)
    assert single.gram(GAMMA).dtype == np.float32
    assert single.kernel_from(texts.astype(np.float32), GAMMA).dtype == np.float32
    np.testing.assert_allclose(single.gram(GAMMA), sets.gram(GAMMA), atol=1e-5)
