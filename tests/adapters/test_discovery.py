"""What every adapter must do; a class that `headword.adapters` exports is tested here without another word."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.base import clone
from sklearn.utils import estimator_checks

from headword import adapters as adapt
from headword.adapters import Adapted, Adapter, LinearScores
from headword.aligners.parameters import limits_of
from headword.errors import InputError

KINDS = {name: adapt.registry[name] for name in adapt.registry}

ONLY_SCORES = ("centre", "otter")
"""They move every label's pictures or bias alike, and have no way to learn a label's direction."""


@pytest.fixture(params=KINDS)
def kind(request) -> type[Adapter]:
    return KINDS[request.param]


def picked(scores: LinearScores, rows: np.ndarray) -> LinearScores:
    return replace(scores, weight=scores.weight[rows], bias=scores.bias[rows])


def probabilities(found: Adapted, image: np.ndarray, plain: LinearScores) -> np.ndarray:
    return softmax(found.logits(image, plain), axis=1)


def assert_sound(found: Adapted, image: np.ndarray, plain: LinearScores) -> None:
    """Finite, no label without a direction, and shares and probabilities that are some."""
    n, m = len(image), len(plain.weight)
    assert np.isfinite(found.logits(image, plain)).all()
    assert np.isfinite(
        [found.mixing_weight, *(value for name, value in found.report.items() if not name.startswith("consistency"))]
    ).all()
    assert (found.scores.steepness > 0.01 * plain.steepness).all()
    assert found.class_priors.shape == (m,)
    assert (found.class_priors >= 0).all()
    assert found.class_priors.sum() == pytest.approx(1, abs=1e-3)
    if found.assigned is not None:
        assert found.assigned.shape == (n, m)
        assert (found.assigned >= 0).all()
        np.testing.assert_allclose(found.assigned.sum(axis=1), 1, atol=1e-3)


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
    ],
    ids=lambda check: check.__name__,
)
def test_passes_the_checks_of_scikit_learn(kind, check, unchecked):
    check(kind.__name__, kind())


def test_to_fit_leaves_no_trace(kind, folder):
    f, adapter = folder(), kind()
    image, weight, before = f.image.copy(), f.plain.weight.copy(), dict(vars(adapter))
    adapter.fit(f.image, f.plain)
    np.testing.assert_array_equal(f.image, image)
    np.testing.assert_array_equal(f.plain.weight, weight)
    assert vars(adapter) == before


def test_the_same_pictures_give_the_same_bits(kind, folder):
    f = folder()
    one, other = kind().fit(f.image, f.plain), clone(kind()).fit(f.image, f.plain)
    np.testing.assert_array_equal(one.logits(f.image, f.plain), other.logits(f.image, f.plain))
    np.testing.assert_array_equal(one.class_priors, other.class_priors)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda image: image[:, :-1], "(?s)pictures to adapt to with 24 columns.*23 columns"),
        (lambda image: np.where(np.arange(len(image))[:, None] == 7, np.nan, image), "(?s)finite.*first in row 7"),
        (lambda image: image[:0], "(?s)at least one row.*shape"),
        (lambda image: image[0], "(?s)one row per item"),
    ],
    ids=["width", "NaN", "none", "one vector"],
)
def test_says_what_is_wrong_with_pictures(kind, folder, spoil, message, unchecked):
    f = folder()
    with pytest.raises(InputError, match=message):
        kind().fit(spoil(f.image), f.plain)


def test_says_which_parameter_is_wrong(kind, folder, unchecked):
    f = folder()
    assert set(limits_of(kind)) <= set(kind().get_params())
    for name, (low, high, whole, _) in limits_of(kind).items():
        assert whole == isinstance(kind().get_params()[name], int)
        for value in (low - 1, high + 1, np.nan, *((low + 0.5, np.inf) if whole else ())):
            if value == np.inf and not whole:
                continue
            a = "a whole" if whole else "a"
            message = f"(?s){name} of {kind.__name__} from .*{name}={re.escape(repr(value))}.*{a} number in that range"
            with pytest.raises(InputError, match=message):
                kind(**{name: value}).fit(f.image, f.plain)


def test_a_name_is_that_of_its_class():
    written = {
        "graph-refine": "GraphRefine",
        "inmap": "InMaP",
        "otter": "OTTER",
        "transclip": "TransCLIP",
        "zlap": "ZLaP",
    }
    assert written.items() <= {name: kind.__name__ for name, kind in KINDS.items()}.items()
    assert {"careful", "centre", "refine"} <= set(KINDS)
    assert all(adapt.name_of(kind) == name for name, kind in KINDS.items())


# --- What it learns ---


def test_helps_where_pictures_lie_in_clusters(kind, folder):
    gains = []
    for seed in range(6):
        f = folder(seed=seed)
        found = kind().fit(f.image, f.plain)
        gains.append(f.accuracy(found.logits(f.image, f.plain)) - f.accuracy(f.plain(f.image)))
    assert np.mean(gains) > (0.03 if adapt.name_of(kind) in ONLY_SCORES else 0.06)


def test_what_it_assigns_is_better_than_plain(kind, folder):
    gains = []
    for seed in range(6):
        f = folder(seed=seed)
        assigned = kind().fit(f.image, f.plain).assigned
        if assigned is None:
            pytest.skip("it assigns what its scores say")
        gains.append(f.accuracy(assigned) - f.accuracy(f.plain(f.image)))
    assert np.mean(gains) > 0.05


def test_scores_pictures_that_it_has_not_seen(kind, folder):
    gains = []
    for seed in range(6):
        f = folder((60,) * 5, seed=seed)
        half = len(f.image) // 2
        found = kind().fit(f.image[:half], f.plain)
        rest = replace(f, image=f.image[half:], classes=f.classes[half:])
        gains.append(rest.accuracy(found.logits(rest.image, f.plain)) - rest.accuracy(f.plain(rest.image)))
    assert np.mean(gains) > 0.03


def test_labels_that_know_nothing_learn_nothing(kind, folder):
    hits = []
    for seed in range(15):
        f = folder(seed=seed, known=False)
        hits.append(f.accuracy(kind().fit(f.image, f.plain).logits(f.image, f.plain)))
    assert np.mean(hits) == pytest.approx(1 / 5, abs=0.15)  # clusters stay whole, so that one run varies by 0.2


def test_the_order_of_pictures_does_not_matter(kind, folder):
    f = folder((40, 30, 20, 7, 3))
    order = np.random.default_rng(1).permutation(len(f.image))
    one, other = kind().fit(f.image, f.plain), kind().fit(f.image[order], f.plain)
    forth, back = (probabilities(each, f.image, f.plain) for each in (one, other))
    np.testing.assert_allclose(forth, back, atol=1e-4)
    np.testing.assert_allclose(one.class_priors, other.class_priors, atol=1e-4)
    if one.assigned is not None:
        np.testing.assert_allclose(one.assigned[order], other.assigned, atol=1e-4)


def test_the_order_of_labels_does_not_matter(kind, folder):
    f = folder((40, 30, 20, 7, 3))
    order = np.array([3, 0, 4, 2, 1])
    one, other = kind().fit(f.image, f.plain), kind().fit(f.image, picked(f.plain, order))
    forth, back = probabilities(one, f.image, f.plain), probabilities(other, f.image, picked(f.plain, order))
    np.testing.assert_allclose(forth[:, order], back, atol=1e-4)
    np.testing.assert_allclose(one.class_priors[order], other.class_priors, atol=1e-4)


def test_the_length_of_pictures_does_not_matter(kind, folder):
    f = folder()
    lengths = 2.0 ** np.random.default_rng(0).integers(-9, 9, (len(f.image), 1))
    one, other = kind().fit(f.image, f.plain), kind().fit(f.image * lengths, f.plain)
    forth, back = (probabilities(each, f.image, f.plain) for each in (one, other))
    np.testing.assert_allclose(forth, back, atol=1e-4)


# --- Folders as they are ---


def test_one_picture_changes_almost_nothing(kind, folder):
    f = folder()
    for row in range(5):
        found = kind().fit(f.image[row : row + 1], f.plain)
        assert_sound(found, f.image[row : row + 1], f.plain)
        own = found.logits(f.image[row : row + 1], f.plain)
        assert own.argmax() == f.plain(f.image[row : row + 1]).argmax()


@pytest.mark.parametrize("n", [2, 3, 9])
def test_few_pictures(kind, folder, n):
    f = folder()
    assert_sound(kind().fit(f.image[:n], f.plain), f.image[:n], f.plain)


def test_one_picture_many_times(kind, folder):
    f = folder()
    image = np.repeat(f.image[:1], 40, axis=0)
    found = kind().fit(image, f.plain)
    assert_sound(found, image, f.plain)
    assert np.isfinite(found.logits(f.image, f.plain)).all()


def test_pictures_that_occur_twice(kind, folder):
    f = folder()
    image = np.repeat(f.image, 2, axis=0)
    found = kind().fit(image, f.plain)
    assert_sound(found, image, f.plain)
    assert f.accuracy(found.logits(f.image, f.plain)) >= f.accuracy(f.plain(f.image)) - 0.02


def test_one_label_dominates(kind, folder):
    f = folder((190, 4, 3, 2, 1))
    found = kind().fit(f.image, f.plain)
    assert_sound(found, f.image, f.plain)
    assert found.class_priors.argmax() == 0


def test_labels_that_do_not_occur(kind, folder):
    gains = []
    for seed in range(4):
        f = folder((30, 0, 30, 0, 30, 0, 30, 0), seed=seed)
        found = kind().fit(f.image, f.plain)
        assert_sound(found, f.image, f.plain)
        gains.append(f.accuracy(found.logits(f.image, f.plain)) - f.accuracy(f.plain(f.image)))
    assert np.mean(gains) > (0.0 if kind is adapt.Careful else -0.1)  # the published ones do harm here


def test_more_labels_than_pictures(kind, folder):
    f = folder((1,) * 100 + (0,) * 400)
    found = kind().fit(f.image, f.plain)
    assert_sound(found, f.image, f.plain)
    assert f.accuracy(found.logits(f.image, f.plain)) > 10 / 500


def test_one_label(kind, folder):
    f = folder()
    plain = picked(f.plain, np.array([2]))
    found = kind().fit(f.image, plain)
    assert_sound(found, f.image, plain)
    assert found.class_priors == pytest.approx(1)


def test_a_label_that_is_nowhere_near(kind, folder):
    f = folder()
    weight = np.vstack([f.plain.weight, -20 * f.image.mean(axis=0)]).astype(np.float32)
    plain = replace(f.plain, weight=weight, bias=np.append(f.plain.bias, np.float32(-300)))
    found = kind().fit(f.image, plain)
    assert_sound(found, f.image, plain)


def test_two_labels_that_are_one(kind, folder):
    f = folder()
    plain = picked(f.plain, np.array([0, 1, 2, 3, 4, 4]))
    found = kind().fit(f.image, plain)
    assert_sound(found, f.image, plain)
    if kind is not adapt.ZLaP:  # it gives each picture to one label alone
        logits = found.logits(f.image, plain)
        np.testing.assert_allclose(logits[:, 4], logits[:, 5], atol=1e-2 * np.abs(logits).max())
