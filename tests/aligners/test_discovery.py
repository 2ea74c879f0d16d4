"""What every aligner must do; a class that `headword.aligners` exports is tested here without another word."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load, save
from scipy.stats import binom
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import estimator_checks

import headword as hw
from headword import aligners
from headword.aligners.base import Aligner
from headword.aligners.gradient import GradientAligner
from headword.aligners.moments import LinearAligner
from headword.arrays import unit
from headword.errors import InputError
from headword.model import saved

KINDS = {name: aligners.registry[name] for name in aligners.registry}
IMAGE, TEXT, HIDDEN = 14, 11, 6

SHORT = {"lr": 0.03, "epochs": 30, "device": "cpu"}
TO_THE_END = {**SHORT, "patience": None}
QUICK = {
    "contrastive": SHORT,  # the one that stops early here
    "devise": TO_THE_END,
    "linear-cosine": TO_THE_END,
    "linear-mse": TO_THE_END,
    "mlp": TO_THE_END,
    "sail": {**TO_THE_END, "epochs": 20, "batch_size": 64, "width": 32},
    "structure": {**TO_THE_END, "epochs": 15, "batch_size": 128, "width": 16},
}
"""Parameters with which the trained ones are done in a moment; all others are tested as they come."""


def fresh(kind: type[Aligner], **parameters: object) -> Aligner:
    return kind(**{**QUICK.get(aligners.name_of(kind), {}), **parameters})


@cache
def world_model(kind: type[Aligner]) -> hw.AlignedModel:
    """`hw.align` on the planted world; not to be changed."""
    return hw.align("planted/eye", "planted/ear", aligner=fresh(kind), definitions={})


@pytest.fixture(params=KINDS)
def kind(request) -> type[Aligner]:
    return KINDS[request.param]


def planted_pairs(n: int, seed: int = 0, noise: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """X and Y are two linear views of one hidden vector; the views do not depend on the seed."""
    views, rng = np.random.default_rng(42), np.random.default_rng(seed)
    to_image, to_text = views.normal(size=(HIDDEN, IMAGE)), views.normal(size=(HIDDEN, TEXT))
    hidden = rng.normal(size=(n, HIDDEN))
    X = hidden @ to_image + noise * rng.normal(size=(n, IMAGE)) + 0.5
    Y = hidden @ to_text + noise * rng.normal(size=(n, TEXT)) - 0.5
    return X.astype(np.float32), Y.astype(np.float32)


def settled(fitted: Aligner) -> Aligner:
    """A fresh copy with the parameters that "auto" came to."""
    return clone(fitted).set_params(**{name: getattr(fitted, f"{name}_") for name in fitted.grid})


def learnt(aligner: Aligner) -> dict[str, object]:
    return {name: value for name, value in vars(aligner).items() if name.endswith("_")}


def assert_same_maps(one: Aligner, other: Aligner, X: np.ndarray, Y: np.ndarray, atol: float = 0.0) -> None:
    np.testing.assert_allclose(one.transform_image(X), other.transform_image(X), rtol=0, atol=atol)
    np.testing.assert_allclose(one.transform_text(Y), other.transform_text(Y), rtol=0, atol=atol)


# --- An estimator as scikit-learn has them ---


@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_parameters_default_constructible,
        estimator_checks.check_no_attributes_set_in_init,
        estimator_checks.check_estimator_cloneable,
        estimator_checks.check_estimator_repr,
        estimator_checks.check_get_params_invariance,
        estimator_checks.check_set_params,
        estimator_checks.check_do_not_raise_errors_in_init_or_set_params,
        estimator_checks.check_mixin_order,
        estimator_checks.check_valid_tag_types,
    ],
    ids=lambda check: check.__name__,
)
def test_passes_the_checks_of_scikit_learn(kind, check, unchecked):
    check(kind.__name__, fresh(kind))


def test_fit_returns_self_and_learns_attributes_that_end_in_an_underscore(kind):
    X, Y = planted_pairs(60)
    aligner = fresh(kind)
    before = aligner.get_params()
    assert aligner.fit(X, Y) is aligner
    assert aligner.get_params() == before
    added = set(vars(aligner)) - set(before)
    assert added
    assert all(name.endswith("_") and not name.startswith("_") for name in added)
    assert (aligner.image_dim_, aligner.text_dim_) == (IMAGE, TEXT)


def test_fit_leaves_its_arguments_alone(kind):
    X, Y = planted_pairs(60)
    weight = np.linspace(0, 1, 60)
    copies = X.copy(), Y.copy(), weight.copy()
    fresh(kind).fit(X, Y, weight).held_out(X, Y, weight)
    for given, copy in zip((X, Y, weight), copies, strict=True):
        np.testing.assert_array_equal(given, copy)


def test_to_fit_again_is_to_fit_anew(kind):
    X, Y = planted_pairs(60)
    other = planted_pairs(50, seed=1)
    used, unused = fresh(kind).fit(*other).fit(X, Y), fresh(kind).fit(X, Y)
    assert_same_maps(used, unused, X, Y)
    assert learnt(used).keys() == learnt(unused).keys()


def test_the_same_pairs_give_the_same_bits(kind):
    X, Y = planted_pairs(60)
    one, other = learnt(fresh(kind).fit(X, Y)), learnt(fresh(kind).fit(X, Y))
    for name, value in one.items():
        np.testing.assert_array_equal(value, other[name], err_msg=name)


@pytest.mark.parametrize("method", ["transform_image", "transform_text", "similarity", "score"])
def test_says_that_it_is_not_fitted(kind, method):
    X, Y = planted_pairs(12)
    arguments = {"transform_image": (X,), "transform_text": (Y,)}.get(method, (X, Y))
    with pytest.raises(NotFittedError, match=f"this {kind.__name__} is not fitted yet: call fit"):
        getattr(fresh(kind), method)(*arguments)


def test_says_which_parameter_is_wrong(kind, unchecked):
    X, Y = planted_pairs(12)
    for name, grid in kind.grid.items():
        for value in ("atuo", -1.0, None, np.nan, np.inf):
            message = f"(?s){name} of {kind.__name__}.*{re.escape(repr(value))}.*number such as {grid[len(grid) // 2]}"
            with pytest.raises(InputError, match=message):
                fresh(kind, **{name: value}).fit(X, Y)


def test_auto_is_a_value_of_the_grid_and_a_value_of_ones_own_is_kept(kind):
    X, Y = planted_pairs(60)
    for name, grid in kind.grid.items():
        assert getattr(fresh(kind).fit(X, Y), f"{name}_") in grid
        assert getattr(fresh(kind, **{name: grid[0]}).fit(X, Y), f"{name}_") == grid[0]


# --- What is saved ---


def test_its_state_is_arrays_and_plain_numbers(kind):
    plain, arrays = saved.aligner_state(fresh(kind).fit(*planted_pairs(60)))
    assert arrays
    assert all(array.dtype.kind in "fi" for array in arrays.values())
    assert json.loads(json.dumps(plain)) == plain


def test_its_state_makes_it_again_to_the_last_bit(kind):
    X, Y = planted_pairs(60)
    fitted = fresh(kind).fit(X, Y)
    plain, arrays = json.loads(json.dumps(saved.aligner_state(fitted)[0])), load(save(saved.aligner_state(fitted)[1]))
    parameters = json.loads(json.dumps(fitted.get_params()))
    again = saved.restore_aligner(aligners.name_of(kind), parameters, plain, arrays)
    assert type(again) is kind
    assert again.get_params() == fitted.get_params()
    assert learnt(again).keys() == learnt(fitted).keys()
    new_X, new_Y = planted_pairs(30, seed=1)
    assert_same_maps(fitted, again, new_X, new_Y)
    np.testing.assert_array_equal(fitted.similarity(new_X, new_Y), again.similarity(new_X, new_Y))


def test_a_saved_model_answers_to_the_last_bit(kind, planted, tmp_path):
    model = world_model(kind)
    model.save_pretrained(tmp_path / "model")
    again = hw.AlignedModel.from_pretrained(tmp_path / "model")
    pictures, words = [planted.picture(word) for word in planted.NEW_WORDS], list(planted.NEW_WORDS)
    np.testing.assert_array_equal(model.encode_image(pictures), again.encode_image(pictures))
    np.testing.assert_array_equal(model.encode_text(words), again.encode_text(words))
    assert model.classify(pictures, words, definitions=None) == again.classify(pictures, words, definitions=None)


# --- What it learns ---


def test_finds_unseen_words_of_the_planted_world(kind, planted):
    pictures = [planted.picture(word) for word in planted.NEW_WORDS]
    answers = world_model(kind).classify(pictures, planted.NEW_WORDS, definitions=None)
    hits = sum(answer.label == word for answer, word in zip(answers, planted.NEW_WORDS, strict=True))
    assert hits >= 12  # of 20; chance is 1


def test_finds_held_out_pairs_of_a_planted_linear_map(kind):
    X, Y = planted_pairs(360)
    aligner = fresh(kind).fit(X[:300], Y[:300])
    assert aligner.score(X[300:], Y[300:]) > 0.5  # chance is 1 / 60
    assert np.mean(np.concatenate([fold.ranks() == 0 for fold in aligner.held_out(X[:300], Y[:300])])) > 0.5


def test_permuted_pairs_teach_it_nothing(kind):
    n, permutations = 60, 6
    X, Y = planted_pairs(n + 200)
    hits = 0
    for seed in range(permutations):
        wrong = np.random.default_rng(seed).permutation(200)
        hits += round(n * fresh(kind).fit(X[n:], Y[n:][wrong]).score(X[:n], Y[:n]))
    low, high = binom.ppf([1e-4, 1 - 1e-4], permutations * n, 1 / n)
    assert low <= hits <= high


def test_permuted_pairs_do_not_find_held_out_rows_either(kind):
    X, Y = planted_pairs(200)
    aligner, ranks = settled(fresh(kind).fit(X, Y)), []
    permutations = 3 if issubclass(kind, GradientAligner) else 10
    for seed in range(permutations):
        wrong = np.random.default_rng(seed).permutation(len(Y))
        ranks += [fold.ranks() for fold in aligner.held_out(X, Y[wrong])]
    hits = sum(int((each == 0).sum()) for each in ranks)
    low, high = binom.ppf([1e-4, 1 - 1e-4], permutations * len(X), 1 / 40)
    assert low <= hits <= high


def test_the_order_of_pairs_does_not_matter(kind):
    X, Y = planted_pairs(80)
    aligner = settled(fresh(kind).fit(X, Y))
    weight = np.linspace(0.5, 2, len(X))
    order = np.random.default_rng(3).permutation(len(X))
    new_X, new_Y = planted_pairs(30, seed=1)
    forth = clone(aligner).fit(X, Y, weight).similarity(new_X, new_Y)
    back = clone(aligner).fit(X[order], Y[order], weight[order]).similarity(new_X, new_Y)
    np.testing.assert_allclose(forth, back, atol=2e-5)


def test_the_length_of_rows_does_not_matter(kind):
    X, Y = planted_pairs(80)
    new_X, new_Y = planted_pairs(30, seed=1)
    aligner = settled(fresh(kind).fit(X, Y))
    # Powers of two scale floats without rounding, so that every bit must agree.
    scale = 2.0 ** np.random.default_rng(3).integers(-20, 20, size=(80, 1)).astype(np.float32)
    one = clone(aligner).fit(X, Y)
    other = clone(aligner).fit(X * scale, Y * scale[::-1])
    assert_same_maps(one, other, new_X, new_Y)
    np.testing.assert_array_equal(one.transform_image(new_X), one.transform_image(8 * new_X))
    np.testing.assert_array_equal(one.transform_text(new_Y), one.transform_text(new_Y / 8))


def test_no_score_is_above_one(kind):
    X, Y = planted_pairs(80)
    scores = fresh(kind).fit(X, Y).similarity(*planted_pairs(40, seed=1))
    assert np.abs(scores).max() <= 1 + 1e-5
    assert scores.std() > 0.01


def test_whole_weights_are_repetitions(kind):
    X, Y = planted_pairs(80)
    aligner = settled(fresh(kind).fit(X, Y))
    times = np.random.default_rng(3).integers(1, 4, len(X))
    weighted = clone(aligner).fit(X, Y, times.astype(float))
    repeated = clone(aligner).fit(np.repeat(X, times, axis=0), np.repeat(Y, times, axis=0))
    assert_same_maps(weighted, repeated, *planted_pairs(30, seed=1), atol=2e-5)


def test_only_the_ratio_of_weights_matters(kind):
    X, Y = planted_pairs(80)
    aligner = settled(fresh(kind).fit(X, Y))
    weight = np.random.default_rng(3).uniform(0.5, 2, len(X))
    one, other = clone(aligner).fit(X, Y, weight), clone(aligner).fit(X, Y, 64 * weight)
    assert_same_maps(one, other, *planted_pairs(30, seed=1), atol=2e-5)


def test_a_pair_of_weight_zero_is_not_there(kind):
    X, Y = planted_pairs(80)
    weight = np.where(np.arange(80) % 4 == 0, 0.0, np.linspace(0.5, 2, 80))
    kept = weight > 0
    one, other = fresh(kind).fit(X, Y, weight), fresh(kind).fit(X[kept], Y[kept], weight[kept])
    assert_same_maps(one, other, *planted_pairs(30, seed=1))


def test_a_pair_of_weight_zero_does_not_shift_the_queries(kind):
    X, Y = planted_pairs(80)
    weight = np.where(np.arange(80) < 20, 0.0, 1.0)
    kept = weight > 0
    some = fresh(kind).held_out(X, Y, weight, queries=np.arange(80))
    same = fresh(kind).held_out(X[kept], Y[kept], queries=np.arange(60))
    for one, other in zip(some, same, strict=True):
        np.testing.assert_array_equal(one.scores(), other.scores())


def test_all_ways_to_give_numbers_agree(kind, unchecked):
    X, Y = planted_pairs(40)
    one = fresh(kind).fit(X, Y)
    wide = np.zeros((40, 3 * IMAGE), np.float32)
    wide[:, ::3] = X
    ways = [
        (X.astype(np.float64), Y.astype(np.float64)),
        (X.tolist(), Y.tolist()),
        (np.asfortranarray(X), np.asfortranarray(Y)),
        (wide[:, ::3], Y[::-1][::-1]),
    ]
    for X_way, Y_way in ways:
        assert_same_maps(one, fresh(kind).fit(X_way, Y_way), X, Y)
        np.testing.assert_array_equal(one.similarity(X, Y), one.similarity(X_way, Y_way))


def test_gives_float32_and_one_row_for_each(kind):
    X, Y = planted_pairs(40)
    aligner = fresh(kind).fit(X.astype(np.float64), Y.astype(np.float64))
    image, text = aligner.transform_image(X[:7]), aligner.transform_text(Y[:5])
    assert image.dtype == text.dtype == np.float32
    assert image.shape[0] == 7
    assert text.shape == (5, image.shape[1])
    np.testing.assert_array_equal(aligner.similarity(X[:7], Y[:5]), image @ text.T)


def test_one_row_at_a_time_is_the_same(kind):
    X, Y = planted_pairs(40)
    aligner = fresh(kind).fit(X, Y)
    one = np.concatenate([aligner.transform_text(row[None]) for row in Y])
    np.testing.assert_allclose(aligner.transform_text(Y), one, atol=1e-5)


def test_texts_of_a_group_count_as_their_mean(kind):
    X, Y = planted_pairs(40)
    aligner = fresh(kind).fit(X, Y)
    groups = np.array([1, 0, 0, 2])
    together = aligner.transform_text(Y[[0, 1, 1, 2]], groups)
    np.testing.assert_allclose(together, aligner.transform_text(Y[[1, 0, 2]]), atol=1e-5)
    mixed = aligner.transform_text(Y[:2], np.array([0, 0]))
    assert mixed.shape[0] == 1
    assert not np.allclose(mixed, aligner.transform_text(Y[:1]), atol=1e-3)


def test_score_is_the_weighted_share_found_first(kind):
    aligner = fresh(kind).fit(*planted_pairs(60, noise=1.0))
    X, Y = planted_pairs(60, noise=1.0, seed=1)
    scores = aligner.similarity(X, Y)
    first = scores.argmax(axis=1) == np.arange(60)
    weight = np.random.default_rng(0).uniform(size=60)
    assert 0 < first.mean() < 1
    assert aligner.score(X, Y) == pytest.approx(first.mean())
    assert aligner.score(X, Y, weight) == pytest.approx(weight @ first / weight.sum())


# --- Rows that are hidden ---


def test_every_row_is_hidden_once(kind):
    X, Y = planted_pairs(53)
    folds = fresh(kind).held_out(X, Y, folds=4)
    assert [len(fold.rows) for fold in folds] == [14, 13, 13, 13]
    np.testing.assert_array_equal(np.sort(np.concatenate([fold.rows for fold in folds])), np.arange(53))


def test_what_is_hidden_has_not_been_seen(kind):
    X, Y = planted_pairs(60)
    aligner = settled(fresh(kind).fit(X, Y))
    for fold in aligner.held_out(X, Y, folds=4, seed=5):
        stays = np.setdiff1d(np.arange(60), fold.rows)
        refit = clone(aligner).fit(X[stays], Y[stays])
        expected = refit.transform_image(X[fold.rows]) @ refit.transform_text(Y[fold.rows]).T
        if isinstance(aligner, aligners.KernelRidge):
            # It keeps the texts' mean over all rows: the one thing about hidden texts that it knows.
            correlation = np.corrcoef(fold.scores().ravel(), expected.ravel())[0, 1]
            assert correlation > 0.99
        else:
            np.testing.assert_allclose(fold.scores(), expected, atol=2e-4)


def test_texts_of_one_row_hide_together(kind):
    rng = np.random.default_rng(0)
    # X and Y know nothing of each other: whoever finds a row has seen another of its texts.
    X = np.repeat(rng.normal(size=(60, IMAGE)), 3, axis=0)
    Y = np.repeat(rng.normal(size=(60, TEXT)), 3, axis=0) + 0.01 * rng.normal(size=(180, TEXT))
    folds = fresh(kind).held_out(X, Y)
    assert sum(len(fold.rows) for fold in folds) == 60
    hits = sum(int((fold.ranks() == 0).sum()) for fold in folds)
    assert hits <= binom.ppf(1 - 1e-4, 60, 1 / 12)


def test_queries_choose_the_texts_asked_with(kind):
    X, Y = planted_pairs(60)
    noise = np.random.default_rng(0).normal(size=Y.shape).astype(np.float32)
    both_X, both_Y = np.concatenate([X, X]), np.concatenate([Y, noise])
    weight = np.repeat([1.0, 1e-3], 60)  # the second text of each row is rubbish and hardly counts in fitting
    well = [fold.ranks() for fold in fresh(kind).held_out(both_X, both_Y, weight, queries=np.arange(60))]
    badly = [fold.ranks() for fold in fresh(kind).held_out(both_X, both_Y, weight, queries=np.arange(60, 120))]
    assert np.mean(np.concatenate(well) == 0) > 0.5
    assert np.mean(np.concatenate(badly) == 0) < 0.3


def test_held_out_uses_the_parameters_of_the_fit(kind):
    X, Y = planted_pairs(60)
    fitted = fresh(kind).fit(X, Y)
    after, anew = fitted.held_out(X, Y), settled(fitted).held_out(X, Y)
    for one, other in zip(after, anew, strict=True):
        np.testing.assert_array_equal(one.scores(), other.scores())
    assert_same_maps(fitted, fresh(kind).fit(X, Y), X, Y)  # and leaves the fit as it was


@pytest.mark.parametrize("folds", [0, 1, 31, 60])
def test_refuses_folds_that_hide_nothing_or_all(kind, folds):
    X, Y = planted_pairs(60)
    with pytest.raises(InputError, match=rf"(?s)to hide 60 rows in {folds} parts.*twice as many rows as folds"):
        fresh(kind).held_out(X, Y, folds=folds)


def test_a_row_without_a_query_is_never_hidden(kind):
    X, Y = planted_pairs(60)
    folds = fresh(kind).held_out(X, Y, folds=4, queries=np.arange(40), known=25)
    np.testing.assert_array_equal(np.sort(np.concatenate([fold.rows for fold in folds])), np.arange(40))
    aligner = settled(fresh(kind).fit(X, Y))
    for fold in folds:
        stays, beside = np.setdiff1d(np.arange(60), fold.rows), np.setdiff1d(np.arange(40), fold.rows)
        refit = aligner.fit(X[stays], Y[stays])
        expected = refit.transform_text(Y[fold.rows])
        assert np.corrcoef(fold.text.ravel(), expected.ravel())[0, 1] > 0.99
        assert fold.known.shape == (25, expected.shape[1])
        distance = np.abs(fold.known[:, None] - refit.transform_image(X[beside])[None]).max(axis=2)
        np.testing.assert_array_less(distance.min(axis=1), 1e-4)


# --- Wrong input ---

NAN, INF = np.full((12, 3), np.nan), np.where(np.eye(12, 3) > 0, np.inf, 1.0)
X_OK, Y_OK = np.random.default_rng(0).normal(size=(2, 12, 3))
WRONG = {
    "NaN in X": ((NAN, Y_OK), r"X \(image side\) with finite.*NaN or infinity in 12 of 12 rows, first in row 0"),
    "infinity in Y": ((X_OK, INF), r"Y \(text side\) with finite.*NaN or infinity in 3 of 12 rows"),
    "a vector": ((X_OK[0], Y_OK), r"X \(image side\) as an \(n, d\) matrix.*shape \(3,\).*vector\[None, :\]"),
    "a cube": ((X_OK, Y_OK[None]), r"Y \(text side\) as an \(n, d\) matrix.*shape \(1, 12, 3\)"),
    "a number": ((3.0, Y_OK), r"X \(image side\) as an \(n, d\) matrix.*shape \(\)"),
    "nothing": ((None, Y_OK), r"X \(image side\)"),
    "no rows": ((X_OK[:0], Y_OK[:0]), r"at least one row.*shape \(0, 3\)"),
    "no columns": ((X_OK[:, :0], Y_OK), r"at least one row and one column.*shape \(12, 0\)"),
    "text": (([["a"]], [["b"]]), r"X \(image side\) as an \(n, d\) matrix of numbers"),
    "ragged rows": (([[1, 2], [3]], Y_OK), r"X \(image side\) as an \(n, d\) matrix of numbers"),
    "too few texts": ((X_OK, Y_OK[:9]), r"Y \(text side\) with 12 rows.*9 rows"),
    "a negative weight": ((X_OK, Y_OK, [-1, *[1] * 11]), "none negative.*1 negative"),
    "weights of zero": ((X_OK, Y_OK, np.zeros(12)), "not all zero"),
    "a NaN weight": ((X_OK, Y_OK, [np.nan, *[1] * 11]), "1 not finite"),
    "too many weights": ((X_OK, Y_OK, np.ones(13)), r"12 numbers.*shape \(13,\)"),
    "weights as a column": ((X_OK, Y_OK, np.ones((12, 1))), r"12 numbers.*shape \(12, 1\)"),
    "weights as text": ((X_OK, Y_OK, ["heavy"] * 12), "sample_weight: numbers.*heavy"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_pairs_get_an_error_in_three_parts(kind, case):
    arguments, message = WRONG[case]
    for method in ("fit", "held_out", *(["partial_fit"] if issubclass(kind, LinearAligner) else [])):
        with pytest.raises(InputError, match=rf"(?s){message}") as caught:
            getattr(fresh(kind), method)(*arguments)
        assert all((caught.value.asked, caught.value.found, caught.value.do))
        assert not vars(fresh(kind)).keys() - fresh(kind).get_params().keys()


def test_wrong_queries_get_an_error_in_three_parts(kind, unchecked):
    X, Y = planted_pairs(40)
    aligner = fresh(kind).fit(X, Y)
    with pytest.raises(InputError, match=rf"(?s)X with {IMAGE} columns.*{TEXT} columns.*encoder this was fitted on"):
        aligner.transform_image(Y)
    with pytest.raises(InputError, match=rf"(?s)Y with {TEXT} columns.*{IMAGE} columns.*encoder this was fitted on"):
        aligner.transform_text(X)
    with pytest.raises(InputError, match="NaN or infinity in 1 of 40 rows, first in row 3"):
        aligner.similarity(np.where(np.arange(40)[:, None] == 3, np.nan, X), Y)
    gap = np.where(np.arange(40) > 20, 2, 0)
    for groups in ([0], np.zeros((40, 1), int), np.full(40, -1), gap, np.linspace(0, 1, 40), ["a"] * 40):
        with pytest.raises(InputError, match="groups: 40 numbers from 0, none left out"):
            aligner.transform_text(Y, groups)
    for queries in (np.arange(40) < 20, np.array([0, 40]), np.arange(-40, 0), np.arange(40.0)):
        with pytest.raises(InputError, match=r"(?s)queries: numbers of pairs, from 0 to 39.*flatnonzero"):
            aligner.held_out(X, Y, queries=queries)


def fitted_or_refused(kind: type[Aligner], X: np.ndarray, Y: np.ndarray) -> Aligner | None:
    """The fitted aligner; `None` where it said, and in these words, that there is nothing to learn."""
    try:
        return fresh(kind).fit(X, Y)
    except InputError as error:
        if error.do != "pass at least two different rows":
            raise
        return None


@pytest.mark.parametrize(
    ("n", "image", "text"),
    [(1, 6, 5), (2, 6, 5), (3, 6, 5), (9, 6, 5), (9, 30, 25), (12, 30, 25), (40, 1, 1), (40, 1, 5), (40, 5, 1)],
)
def test_few_rows_and_narrow_rows_work_or_say_why_not(kind, n, image, text):
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(n, image)), rng.normal(size=(n, text))
    aligner = fitted_or_refused(kind, X, Y)
    if aligner is None:
        assert n == 1
        return
    assert np.isfinite(aligner.similarity(X, Y)).all()
    if n in (3, 9):
        assert aligner.score(X, Y) > 1 / n  # what it was taught


@pytest.mark.parametrize("side", ["X", "Y"])
def test_rows_that_are_all_the_same_teach_nothing(kind, side):
    X, Y = planted_pairs(30)
    constant = {"X": (np.ones_like(X), Y), "Y": (X, np.ones_like(Y))}[side]
    aligner = fitted_or_refused(kind, *constant)
    assert aligner is None or np.isfinite(aligner.similarity(X, Y)).all()


def test_rows_of_zeros_do_no_harm(kind):
    X, Y = planted_pairs(60)
    some = (np.arange(60) > 2)[:, None]
    scores = fresh(kind).fit(X * some, Y * some).similarity(X * some, Y * some)
    assert np.isfinite(scores).all()


# --- Linear ones learn in parts ---

LINEAR = [name for name, found in KINDS.items() if issubclass(found, LinearAligner)]


@pytest.fixture(params=LINEAR)
def linear(request) -> type[LinearAligner]:
    return KINDS[request.param]


def parts(fixed: LinearAligner) -> tuple[LinearAligner, LinearAligner, LinearAligner]:
    X, Y = planted_pairs(90)
    weight = np.linspace(0.5, 2, 90)
    whole, first, rest = clone(fixed), clone(fixed), clone(fixed)
    return whole.fit(X, Y, weight), first.fit(X[:50], Y[:50], weight[:50]), rest.fit(X[50:], Y[50:], weight[50:])


def test_parts_add_up_to_the_whole(linear):
    X, Y = planted_pairs(90)
    weight = np.linspace(0.5, 2, 90)
    fixed = settled(linear().fit(X, Y))
    whole, in_parts = clone(fixed).fit(X, Y, weight), clone(fixed)
    for part in np.array_split(np.arange(90), 4):
        assert in_parts.partial_fit(X[part], Y[part], weight[part]) is in_parts
    assert_same_maps(whole, in_parts, *planted_pairs(30, seed=1), atol=2e-5)
    assert learnt(whole).keys() == learnt(in_parts).keys()
    assert all(type(value) is type(learnt(whole)[name]) for name, value in learnt(in_parts).items())


def test_merge_is_the_same_from_either_side(linear):
    fixed = settled(linear().fit(*planted_pairs(90)))
    whole, first, rest = parts(fixed)
    _, first_again, rest_again = parts(fixed)
    assert first.merge(rest) is first
    rest_again.merge(first_again)
    queries = planted_pairs(30, seed=1)
    assert_same_maps(whole, first, *queries, atol=2e-5)
    assert_same_maps(first, rest_again, *queries, atol=2e-5)


def test_a_merged_one_is_saved_to_the_last_bit(linear):
    _, first, rest = parts(settled(linear().fit(*planted_pairs(90))))
    first.merge(rest)
    plain, arrays = saved.aligner_state(first)
    again = saved.restore_aligner(
        aligners.name_of(linear), first.get_params(), json.loads(json.dumps(plain)), load(save(arrays))
    )
    assert_same_maps(first, again, *planted_pairs(30, seed=1))
    more = planted_pairs(20, seed=2)
    assert_same_maps(first.partial_fit(*more), again.partial_fit(*more), *planted_pairs(30, seed=1))


def test_parts_of_other_widths_are_refused(linear):
    X, Y = planted_pairs(60)
    fitted = linear().fit(X, Y)
    before = fitted.transform_text(Y)
    with pytest.raises(InputError, match=rf"(?s)widths {IMAGE} and {TEXT}, as before.*widths {IMAGE - 1} and {TEXT}"):
        fitted.partial_fit(X[:, 1:], Y)
    with pytest.raises(InputError, match=f"widths {IMAGE} and {TEXT - 1}"):
        fitted.merge(linear().fit(X, Y[:, 1:]))
    np.testing.assert_array_equal(fitted.transform_text(Y), before)


def test_merge_wants_two_fitted_ones_of_a_kind(linear):
    X, Y = planted_pairs(60)
    fitted = linear().fit(X, Y)
    other = KINDS[next(name for name in LINEAR if KINDS[name] is not linear)]()
    with pytest.raises(InputError, match=f"to merge two of {linear.__name__}"):
        fitted.merge(other.fit(X, Y))
    with pytest.raises(NotFittedError):
        fitted.merge(linear())
    with pytest.raises(NotFittedError):
        linear().merge(fitted)


# --- Adding one ---


class Echo(Aligner):
    """An aligner as a newcomer would write it: one class, two methods."""

    def __init__(self, strength: float = 1.0) -> None:
        self.strength = strength

    def _fit(self, X: np.ndarray, Y: np.ndarray, weight: np.ndarray) -> None:
        self.anchors_ = X
        self.texts_ = Y

    def _map_text(self, Y: np.ndarray) -> np.ndarray:
        return np.exp(self.strength * 20 * (unit(Y) @ self.texts_.T)) @ self.anchors_


@pytest.fixture
def echo(monkeypatch) -> type[Aligner]:
    monkeypatch.setitem(aligners.registry._entries, "echo", Echo)
    return Echo


def test_a_new_aligner_needs_nothing_but_its_name(echo, planted, tmp_path):
    assert "echo" in aligners.registry
    assert "echo" in list(aligners.registry)
    model = hw.align("planted/eye", "planted/ear", aligner="echo", definitions={})
    assert isinstance(model.aligner, Echo)
    assert model.validation[0].top1 > 10 * model.validation[0].chance1
    model.save_pretrained(tmp_path / "model")
    again = hw.AlignedModel.from_pretrained(tmp_path / "model")
    assert isinstance(again.aligner, Echo)
    words = list(planted.NEW_WORDS)
    np.testing.assert_array_equal(model.encode_text(words), again.encode_text(words))
    assert json.loads((tmp_path / "model" / "config.json").read_text())["aligner"]["kind"] == "echo"


def test_a_new_aligner_passes_this_suite(echo):
    for test in (
        test_fit_returns_self_and_learns_attributes_that_end_in_an_underscore,
        test_its_state_makes_it_again_to_the_last_bit,
        test_finds_held_out_pairs_of_a_planted_linear_map,
        test_texts_of_one_row_hide_together,
        test_the_order_of_pairs_does_not_matter,
    ):
        test(Echo)


def test_each_aligner_is_one_file_and_one_export_line():
    folder = Path(aligners.__file__).parent
    exports = (folder / "__init__.py").read_text()
    for name, found in KINDS.items():
        own = found.__name__
        assert re.findall(rf"^from .*\b{own}\b.*$|^.*[\"']{own}[\"'].*$", exports, re.MULTILINE) == [
            f"from {found.__module__} import {own} as {own}"
        ]
        others = [path for path in Path(hw.__file__).parent.rglob("*.py") if path != folder / "__init__.py"]
        defined = [path for path in others if re.search(rf"^class {own}\b", path.read_text(), re.MULTILINE)]
        assert defined == [folder / f"{name.replace('-', '_')}.py"]
