"""Kernel ridge against scikit-learn's, against loops, and its shortcuts against doing it the long way."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge as Reference

from headword.aligners import KernelRidge, kernel_ridge
from headword.aligners.kernel_systems import ExactSystem, NystromSystem
from headword.aligners.text_sets import TextSets
from headword.arrays import unit
from headword.errors import InputError
from headword.model import saved

GAMMA, ALPHA = 2.0, 0.1


def pairs(rows: int = 40, texts: int = 1, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each row `texts` times, with texts that mean about the same, and weights."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(rows, 4))
    views = np.random.default_rng(42).normal(size=(2, 4, 7))
    X = np.repeat(np.tanh(hidden @ views[0]) + 0.5, texts, axis=0).astype(np.float32)
    Y = np.repeat(hidden @ views[1], texts, axis=0) + 0.5 * rng.normal(size=(rows * texts, 7)) - 0.3
    return X, Y.astype(np.float32), rng.uniform(0.2, 3, len(X))


def centre(Y: np.ndarray, mean: np.ndarray) -> np.ndarray:
    return unit(unit(Y).astype(np.float64) - mean)


def kernel(A: np.ndarray, B: np.ndarray, gamma: float = GAMMA) -> np.ndarray:
    return np.exp(-gamma * ((A[:, None] - B[None]) ** 2).sum(axis=2))


@pytest.mark.parametrize("weighted", [False, True])
def test_with_one_text_a_row_it_is_the_regression_of_scikit_learn(weighted):
    X, Y, weight = pairs()
    weight = weight / weight.mean() if weighted else np.ones(len(X))
    mean = unit(Y).astype(np.float64).mean(axis=0)
    texts, rows = centre(Y, mean), unit(X)
    reference = Reference(alpha=ALPHA, kernel="precomputed").fit(
        kernel(texts, texts), rows - np.average(rows, axis=0, weights=weight), sample_weight=weight
    )
    new = pairs(15, seed=1)[1]
    expected = reference.predict(kernel(centre(new, mean), texts))

    aligner = KernelRidge(gamma=GAMMA, alpha=ALPHA).fit(X, Y, 5 * weight)
    np.testing.assert_allclose(aligner.dual_, reference.dual_coef_, atol=2e-5)
    np.testing.assert_allclose(aligner.transform_text(new), unit(expected), atol=1e-5)
    np.testing.assert_allclose(aligner.transform_image(X), unit(X), atol=1e-6)


def test_with_several_texts_a_row_it_is_the_regression_on_means_of_kernels():
    X, Y, weight = pairs(12, texts=3)
    order = np.random.default_rng(5).permutation(len(X))  # the texts of a row need not stand together
    aligner = KernelRidge(gamma=GAMMA, alpha=ALPHA).fit(X[order], Y[order], weight[order])

    sets = [range(3 * row, 3 * row + 3) for row in range(12)]
    total = np.array([weight[list(each)].sum() for each in sets])
    mean = sum(weight[i] / total[row] * unit(Y)[i] for row, each in enumerate(sets) for i in each) / 12
    texts, rows = centre(Y, mean), unit(X)[::3]
    single = kernel(texts, texts)

    def between(p: int, q: int) -> float:
        return sum(weight[i] * weight[j] * single[i, j] for i in sets[p] for j in sets[q]) / total[p] / total[q]

    K = np.array([[between(p, q) for q in range(12)] for p in range(12)])
    importance = total / total.mean()
    dual = np.linalg.solve(K + ALPHA * np.diag(1 / importance), rows - np.average(rows, axis=0, weights=importance))
    new = pairs(9, seed=1)[1]
    asked = kernel(centre(new, mean), texts)
    expected = np.array([sum(a[i] * weight[i] / total[i // 3] * dual[i // 3] for i in range(36)) for a in asked])
    np.testing.assert_allclose(aligner.transform_text(new), unit(expected), atol=1e-5)


@pytest.mark.parametrize("query_kind", ["the first text", "all texts"])
@pytest.mark.parametrize("texts", [1, 3])
def test_leaves_rows_out_as_if_they_had_never_been_there(texts, query_kind):
    X, Y, weight = pairs(30, texts)
    groups = np.arange(len(X)) // texts
    queries = np.arange(0, len(X), texts) if query_kind == "the first text" else np.arange(len(X))
    folds = KernelRidge(gamma=GAMMA, alpha=ALPHA).held_out(X, Y, weight, folds=4, queries=queries)

    total = np.bincount(groups, weight)
    mean = (weight / total[groups]) @ unit(Y).astype(np.float64) / 30
    centred = centre(Y, mean)
    importance, rows = total / total.mean(), unit(X)[::texts].astype(np.float64)
    for fold in folds:
        stays = np.setdiff1d(np.arange(30), fold.rows)
        kept = np.isin(groups, stays)
        sets = TextSets.of(centred[kept], np.searchsorted(stays, groups[kept]), weight[kept])
        targets = rows[stays] - np.average(rows[stays], axis=0, weights=importance[stays])
        dual = np.linalg.solve(sets.gram(GAMMA) + ALPHA * np.diag(1 / importance[stays]), targets)
        asked = [queries[groups[queries] == row] for row in fold.rows]
        kernels = [np.average(sets.kernel_from(centred[i], GAMMA), axis=0, weights=weight[i]) for i in asked]
        np.testing.assert_allclose(fold.text, unit(np.array(kernels) @ dual), atol=2e-5)
        np.testing.assert_allclose(fold.image, rows[fold.rows], atol=1e-6)


def systems(texts: int = 2) -> tuple[TextSets, np.ndarray, np.ndarray, np.ndarray]:
    X, Y, weight = pairs(25, texts)
    groups = np.arange(len(X)) // texts
    sets = TextSets.of(centre(Y, unit(Y).mean(0)), groups, weight)
    importance = np.bincount(groups, weight)
    return sets, importance / importance.mean(), unit(X)[::texts].astype(np.float64), groups


def test_nystrom_with_every_text_as_a_landmark_is_exact():
    sets, importance, rows, _ = systems()
    targets = rows - rows.mean(0)
    exact = ExactSystem(sets, importance, GAMMA, ALPHA)
    nystrom = NystromSystem(sets, importance, GAMMA, ALPHA, landmarks=1000, seed=0)
    new = unit(np.random.default_rng(2).normal(size=(10, 7)))
    one = exact.anchors.kernel_from(new, GAMMA) @ exact.solve(targets)
    other = nystrom.anchors.kernel_from(new, GAMMA) @ nystrom.solve(targets)
    np.testing.assert_allclose(one, other, atol=1e-4)
    hidden = [np.array([0, 3, 7]), np.array([1, 24])]
    asked, same = (each.anchors.kernel_from(unit(sets.texts[sets.start]), GAMMA) for each in (exact, nystrom))
    for part, left, right in zip(hidden, exact.leave_out(rows, hidden), nystrom.leave_out(rows, hidden), strict=True):
        np.testing.assert_allclose(left(asked[part]), right(same[part]), atol=1e-4)


def test_nystrom_leaves_rows_out_as_if_they_had_never_been_there():
    sets, importance, rows, _ = systems()
    system = NystromSystem(sets, importance, GAMMA, ALPHA, landmarks=15, seed=0)
    assert len(system.anchors) == 15
    landmarks = system.anchors.texts
    root = np.linalg.cholesky(kernel(landmarks, landmarks) + 1e-6 * np.eye(15))
    features = np.linalg.solve(root, sets.kernel_with(landmarks, GAMMA).T).T
    asked = system.anchors.kernel_from(unit(sets.texts[sets.start]), GAMMA)
    hidden = [np.array([0, 3, 7]), np.array([1, 24])]
    for part, without in zip(hidden, system.leave_out(rows, hidden), strict=True):
        stays = np.setdiff1d(np.arange(25), part)
        targets = rows[stays] - np.average(rows[stays], axis=0, weights=importance[stays])
        F, W = features[stays], np.diag(importance[stays])
        beta = np.linalg.solve(F.T @ W @ F + ALPHA * np.eye(15), F.T @ W @ targets)
        np.testing.assert_allclose(without(asked[part]), asked[part] @ np.linalg.solve(root.T, beta), atol=1e-8)


def test_landmarks_may_be_equal_texts():
    X, Y, _ = pairs(30)
    Y[10:20] = Y[:10]  # "crane" stands twice among ImageNet's names
    aligner = KernelRidge(gamma=GAMMA, alpha=ALPHA, exact_rows=5, landmarks=30).fit(X, Y)
    exact = KernelRidge(gamma=GAMMA, alpha=ALPHA).fit(X, Y)
    np.testing.assert_allclose(aligner.transform_text(Y), exact.transform_text(Y), atol=1e-3)


def test_beyond_exact_rows_it_keeps_landmarks_only():
    X, Y, weight = pairs(60, texts=2)
    few = KernelRidge(gamma=0.5, alpha=ALPHA, exact_rows=119, landmarks=50, seed=1).fit(X, Y, weight)
    exact = KernelRidge(gamma=0.5, alpha=ALPHA, exact_rows=120).fit(X, Y, weight)
    assert few.anchors_.shape == (50, 7)
    assert few.dual_.shape == (50, 7)
    assert exact.anchors_.shape == (120, 7)
    assert exact.dual_.shape == (60, 7)
    new = pairs(30, seed=1)[1]
    agreement = (few.transform_text(new) * exact.transform_text(new)).sum(axis=1)
    assert agreement.min() > 0.9
    again = KernelRidge(gamma=0.5, alpha=ALPHA, exact_rows=0, landmarks=50, seed=1).fit(X, Y, weight)
    np.testing.assert_array_equal(few.transform_text(new), again.transform_text(new))
    other = KernelRidge(gamma=0.5, alpha=ALPHA, exact_rows=0, landmarks=50, seed=2).fit(X, Y, weight)
    assert not np.array_equal(few.transform_text(new), other.transform_text(new))


def test_many_rows_are_held_out_by_landmarks(monkeypatch):
    X, Y, weight = pairs(50)
    aligner = KernelRidge(gamma=GAMMA, alpha=ALPHA)
    exact = aligner.held_out(X, Y, weight)
    monkeypatch.setattr(kernel_ridge, "EXACT_FOLDS", 49)
    calls = []
    monkeypatch.setattr(kernel_ridge, "NystromSystem", lambda *a: calls.append(a) or NystromSystem(*a))
    for one, other in zip(exact, aligner.held_out(X, Y, weight), strict=True):
        np.testing.assert_allclose(one.text, other.text, atol=1e-3)
    assert calls


def test_large_ones_are_solved_in_single_precision(monkeypatch):
    X, Y, weight = pairs(50, texts=2)
    double = KernelRidge(gamma=GAMMA, alpha=ALPHA).fit(X, Y, weight)
    monkeypatch.setattr(kernel_ridge, "FLOAT32_ABOVE", 49)
    single = KernelRidge(gamma=GAMMA, alpha=ALPHA).fit(X, Y, weight)
    assert not np.array_equal(double.dual_, single.dual_)
    np.testing.assert_allclose(single.transform_text(Y), double.transform_text(Y), atol=1e-4)


def test_large_ones_are_kept_in_half_precision(monkeypatch):
    X, Y, weight = pairs(60, texts=2)
    full = KernelRidge().fit(X, Y, weight)
    assert full.anchors_.dtype == full.dual_.dtype == np.float32
    size = 4 * (full.anchors_.size + full.dual_.size)
    monkeypatch.setattr(kernel_ridge, "HALF_ABOVE", size)
    assert KernelRidge().fit(X, Y, weight).dual_.dtype == np.float32
    monkeypatch.setattr(kernel_ridge, "HALF_ABOVE", size - 1)
    half = KernelRidge().fit(X, Y, weight)
    assert half.anchors_.dtype == half.dual_.dtype == np.float16
    new = pairs(30, seed=1)[1]
    found = half.transform_text(new)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, full.transform_text(new), atol=5e-3)
    plain, arrays = saved.aligner_state(half)
    again = saved.restore_aligner("kernel-ridge", half.get_params(), json.loads(json.dumps(plain)), arrays)
    np.testing.assert_array_equal(again.transform_text(new), found)


def test_finds_a_map_that_is_not_linear():
    rng = np.random.default_rng(0)
    Y = unit(rng.normal(size=(900, 3)))
    X = np.column_stack([Y**2, Y[:, :1] * Y[:, 1:], Y[:, 1:2] * Y[:, 2:]])  # even in Y: no linear map knows anything
    aligner = KernelRidge().fit(X[:800], Y[:800])
    assert aligner.score(X[800:], Y[800:]) > 0.4  # chance is 0.01


def test_same_texts_for_different_rows_need_a_penalty():
    X, Y, _ = pairs(20)
    Y[:] = Y[np.arange(20) % 2]
    with pytest.raises(InputError, match=r"(?s)kernel ridge with alpha=0.*do not tell apart.*larger alpha"):
        KernelRidge(gamma=GAMMA, alpha=0.0).fit(X, Y)
    KernelRidge(gamma=GAMMA, alpha=0.01).fit(X, Y)
    with pytest.raises(InputError, match=r"(?s)kernel ridge with alpha=0.*do not tell apart.*larger alpha"):
        KernelRidge(gamma=GAMMA, alpha=0.0, exact_rows=5, landmarks=20).fit(X, Y)


def test_what_half_precision_cannot_hold_stays_single(monkeypatch):
    X, Y, _ = pairs(40)
    Y[20:] = Y[:20]  # of equal texts the dual coefficients grow as the penalty shrinks
    monkeypatch.setattr(kernel_ridge, "HALF_ABOVE", 0)
    fitted = KernelRidge(gamma=GAMMA, alpha=1e-6).fit(X, Y)
    assert np.abs(fitted.dual_).max() > np.finfo(np.float16).max
    assert np.isfinite(fitted.transform_text(Y)).all()


@pytest.mark.parametrize("landmarks", [0, 2.5])
def test_wants_landmarks(landmarks, unchecked):
    with pytest.raises(InputError, match="landmarks of KernelRidge"):
        KernelRidge(exact_rows=5, landmarks=landmarks).fit(*pairs(20))
