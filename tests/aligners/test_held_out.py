"""Several sets of queries in one go: the folds of separate calls, with fewer refits."""

from __future__ import annotations

import numpy as np
import pytest

from headword.aligners import ASIF, CSA, KernelRidge, LinearCosine, Procrustes, Ridge, TextToConcept, kernel_ridge
from headword.aligners.base import Aligner
from headword.aligners.folds import Fold, group_kfold
from headword.errors import InputError

KINDS = {
    "asif": ASIF(),
    "csa": CSA(alpha=1.0),
    "kernel-ridge": KernelRidge(gamma=2.0, alpha=0.1),
    "kernel-ridge auto": KernelRidge(),
    "linear-cosine": LinearCosine(epochs=3, lr=0.03, device="cpu"),
    "procrustes": Procrustes(),
    "ridge": Ridge(alpha=1.0),
    "text-to-concept": TextToConcept(alpha=1.0),
}


@pytest.fixture(params=KINDS)
def aligner(request) -> Aligner:
    return KINDS[request.param]


def mixed(classes: int = 40, pictures: int = 24) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[np.ndarray]]:
    """Classes with three texts, pictures with two; names, all texts of classes, captions, everything."""
    rng = np.random.default_rng(0)
    group = np.r_[np.repeat(np.arange(classes), 3), np.repeat(np.arange(classes, classes + pictures), 2)]
    meaning = rng.normal(size=(classes + pictures, 5))
    X = (meaning @ rng.normal(size=(5, 9)) + 0.2 * rng.normal(size=(len(meaning), 9)))[group]
    Y = meaning[group] @ rng.normal(size=(5, 7)) + 0.5 * rng.normal(size=(len(group), 7))
    texts = np.arange(3 * classes)
    queries = [texts[::3], texts, np.arange(len(texts), len(group))]
    return X.astype(np.float32), Y.astype(np.float32), rng.uniform(0.5, 2, len(group)), queries


def assert_same_folds(one: list[Fold], other: list[Fold]) -> None:
    for left, right in zip(one, other, strict=True):
        np.testing.assert_array_equal(left.rows, right.rows)
        np.testing.assert_array_equal(left.image, right.image)
        np.testing.assert_array_equal(left.text, right.text)
        np.testing.assert_array_equal(left.known, right.known)


def test_it_gives_what_separate_calls_give_to_the_last_bit(aligner):
    X, Y, weight, queries = mixed()
    options = {"folds": 4, "known": 7, "seed": 3}
    together = aligner.held_out_each(X, Y, weight, [*queries, None], **options)
    for asked, folds in zip([*queries, None], together, strict=True):
        assert_same_folds(folds, aligner.held_out(X, Y, weight, queries=asked, **options))
    names, texts, captions, everything = together
    assert not np.allclose(names[0].text, texts[0].text, atol=1e-3)
    assert sorted(np.concatenate([fold.rows for fold in captions])) == list(range(40, 64))
    assert sum(len(fold.rows) for fold in everything) == 64


def test_many_classes_are_left_out_of_the_landmarks_system_alike(monkeypatch):
    monkeypatch.setattr(kernel_ridge, "EXACT_FOLDS", 10)
    aligner, (X, Y, weight, queries) = KernelRidge(gamma=2.0, alpha=0.1, landmarks=50), mixed()
    for asked, folds in zip(queries, aligner.held_out_each(X, Y, weight, queries, known=5), strict=True):
        assert_same_folds(folds, aligner.held_out(X, Y, weight, queries=asked, known=5))


def test_sets_that_hide_the_same_rows_share_the_refits(monkeypatch):
    X, Y, weight, queries = mixed()
    fits: list[int] = []
    train = LinearCosine._train

    def counted(self: LinearCosine, X: np.ndarray, *others: np.ndarray, **start: object) -> None:
        fits.append(len(X))
        train(self, X, *others, **start)

    monkeypatch.setattr(LinearCosine, "_train", counted)
    LinearCosine(epochs=1, device="cpu").held_out_each(X, Y, weight, queries, folds=4)
    assert fits == [90 + 48] * 4 + [120 + 36] * 4  # names and all texts together, then captions


def test_one_set_with_too_few_rows_is_told():
    X, Y, weight, queries = mixed()
    with pytest.raises(InputError, match=r"(?s)to hide 3 rows in 5 parts.*twice as many rows as folds"):
        Ridge(alpha=1.0).held_out_each(X, Y, weight, [queries[0], queries[0][:3]])


def test_nothing_asked_is_nothing_given():
    X, Y, weight, _ = mixed()
    assert Ridge(alpha=1.0).held_out_each(X, Y, weight, []) == []


def test_each_part_has_others_beside_it():
    rows = np.array([2, 3, 5, 7, 11, 13, 17], dtype=np.int64)
    hidden, beside = group_kfold(rows, 3, 4, seed=0)
    np.testing.assert_array_equal(np.sort(np.concatenate(hidden)), rows)
    for part, others in zip(hidden, beside, strict=True):
        assert len(others) == 4
        assert not set(part) & set(others)
        assert set(others) <= set(rows)
