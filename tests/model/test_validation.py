"""Held-out classes: found where there is structure, at chance where there is none, and the numbers by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import binom

from headword.aligners import KernelRidge, Ridge
from headword.aligners.folds import Fold
from headword.errors import InputError
from headword.model.validation import HeldOut, held_out_classes, summarise_folds
from headword.pairs.pairs import Pairs


@pytest.fixture(scope="module")
def pairs(planted) -> Pairs:
    return Pairs.from_head(planted.Eye().head(), planted.Ear(), definitions={})


def toy() -> list[Fold]:
    """Ranks 0, 1, 2, then 0, 0, 5, 6, 3, 4 and 1."""
    ranks = [[0, 1, 2], [0, 0, 5, 6, 3, 4, 1]]
    folds = []
    for each in ranks:
        n = len(each)
        scores = np.zeros((n, n))
        for row, rank in enumerate(each):
            others = [column for column in range(n) if column != row]
            scores[row, row] = 1.0
            scores[row, others[:rank]] = 2.0
        folds.append(Fold(np.arange(n), scores, np.eye(n)))
    return folds


def test_numbers_by_hand():
    numbers = summarise_folds(toy(), query_kind="names").as_dict()
    assert numbers.pop("query_kind") == "names"
    assert numbers == pytest.approx(
        {
            "classes": 10,
            "candidates": 5,
            "top1": 3 / 10,
            "top5": 8 / 10,
            "top1_sd": np.std([1 / 3, 2 / 7], ddof=1),
            "top5_sd": np.std([1, 5 / 7], ddof=1),
            "median_rank": 2.5,
            "chance1": 2 / 10,  # one right guess a fold
            "chance5": (3 + 5) / 10,
        }
    )


def test_one_fold_has_no_spread():
    found = summarise_folds(toy()[:1], query_kind="names")
    assert (found.top1_sd, found.top5_sd) == (0.0, 0.0)


def test_is_read_by_people_and_by_machines():
    found = summarise_folds(toy(), query_kind="all texts")
    assert str(found) == (
        "10 held-out classes, asked with all texts, found among 5: "
        "first 30.0 % (chance 20.0), in the first five 80.0 % (chance 80.0)"
    )
    assert HeldOut(**json.loads(json.dumps(found.as_dict()))) == found


def test_is_what_refits_without_the_hidden_classes_find(pairs):
    aligner = Ridge(alpha=1.0)
    found = held_out_classes(aligner, pairs, folds=3, seed=4)
    names = np.flatnonzero(pairs.is_name)
    hits = []
    for rows in np.array_split(np.random.default_rng(4).permutation(150), 3):
        kept = ~np.isin(pairs.group, rows)
        refit = Ridge(alpha=1.0).fit(pairs.x[kept], pairs.y[kept], pairs.weight[kept])
        asked = names[np.isin(pairs.group[names], rows)]
        hits.append(refit.similarity(pairs.x[asked], pairs.y[asked]).argmax(axis=1) == np.arange(len(asked)))
    assert found.top1 == pytest.approx(np.concatenate(hits).mean())
    assert found.top1_sd == pytest.approx(np.std([each.mean() for each in hits], ddof=1))
    assert (found.classes, found.candidates) == (150, 50.0)


def test_planted_names_are_found(pairs):
    found = held_out_classes(KernelRidge(), pairs)
    assert found.query_kind == "names"
    assert found.top1 > 0.6 > 10 * found.chance1
    assert found.top5 > 0.9
    assert found.median_rank == 1.0
    assert (found.chance1, found.chance5) == pytest.approx((1 / 30, 5 / 30))


def test_permuted_names_are_found_by_chance(pairs):
    hits = sum(held_out_classes(Ridge(), pairs.permuted(seed)).top1 * 150 for seed in range(10))
    low, high = binom.ppf([1e-4, 1 - 1e-4], 1500, 1 / 30)
    assert low <= round(hits) <= high


def test_all_texts_together_find_more(pairs):
    by_name, by_all = (held_out_classes(Ridge(), pairs, ask=ask) for ask in ("names", "all texts"))
    assert (by_name.query_kind, by_all.query_kind) == ("names", "all texts")
    assert by_all.top1 > by_name.top1


def test_asks_with_names_or_with_all_texts_only(pairs, unchecked):
    with pytest.raises(InputError, match=r"(?s)what to ask.*'definitions'.*pass 'names' or 'all texts'"):
        held_out_classes(Ridge(alpha=1.0), pairs, ask="definitions")


def test_leaves_a_fitted_aligner_as_it_was(pairs):
    fitted = KernelRidge().fit(pairs.x, pairs.y, pairs.weight)
    before = fitted.transform_text(pairs.y)
    one, other = held_out_classes(fitted, pairs), held_out_classes(fitted, pairs)
    assert one == other
    np.testing.assert_array_equal(fitted.transform_text(pairs.y), before)


def test_seeds_hide_other_classes_together(pairs):
    found = {held_out_classes(Ridge(alpha=1.0), pairs, seed=seed).top1 for seed in range(5)}
    assert len(found) > 1


def test_wants_twice_as_many_classes_as_folds(pairs):
    with pytest.raises(InputError, match=r"(?s)hide 9 rows in 5 parts.*twice as many rows as folds"):
        held_out_classes(Ridge(), pairs.take(range(9)))
    assert held_out_classes(Ridge(), pairs.take(range(10))).candidates == 2.0
