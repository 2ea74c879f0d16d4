"""Pairs: each prototype with the texts of its class, in the right shares."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import headword as hw
from headword.errors import InputError
from headword.heads import Head
from headword.labels.label_set import LabelSet
from headword.pairs.bridge import Bridge
from headword.pairs.pairs import Pairs, define

LABELS = LabelSet.from_names(
    [("zbamn", "old zbamn", "grand zbamn"), ("vrogd",), ("klupt", "elder klupt"), ("zbogd",)],
    definitions=["whatever is zbamn", None, None, "such as a zbogd"],
)


@pytest.fixture
def head() -> Head:
    weight = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
    return Head(weight, np.zeros(4, np.float32), LABELS)


@pytest.fixture
def ear(planted):
    return planted.Ear()


def test_each_class_says_its_name_its_other_names_and_its_definition(head, ear):
    pairs = Pairs.from_head(head, ear, definitions={})
    said = [
        "zbamn", "old zbamn", "grand zbamn", "zbamn: whatever is zbamn", "whatever is zbamn",
        "vrogd",
        "klupt", "elder klupt",
        "zbogd", "zbogd: such as a zbogd", "such as a zbogd",
    ]  # fmt: skip
    np.testing.assert_array_equal(pairs.y, ear.encode(said))
    np.testing.assert_array_equal(pairs.group, [0, 0, 0, 0, 0, 1, 2, 2, 3, 3, 3])
    np.testing.assert_array_equal(np.flatnonzero(pairs.is_name), [0, 5, 6, 8])
    # Every kind of text of a class weighs the same, however many texts it has.
    np.testing.assert_allclose(
        pairs.weight, [1 / 4, 1 / 8, 1 / 8, 1 / 4, 1 / 4, 1, 1 / 2, 1 / 2, 1 / 3, 1 / 3, 1 / 3], rtol=1e-6
    )
    np.testing.assert_array_equal(pairs.x, head.prototypes[pairs.group])
    assert pairs.source == ("head",) * 11
    assert len(pairs) == 11
    assert pairs.x.dtype == pairs.y.dtype == pairs.weight.dtype == np.float32


def test_weights_of_a_class_sum_to_one_on_a_real_head(planted):
    pairs = Pairs.from_head(planted.Eye().head(), planted.Ear(), definitions={})
    np.testing.assert_allclose(np.bincount(pairs.group, pairs.weight), 1, rtol=1e-5)
    np.testing.assert_array_equal(np.bincount(pairs.group, pairs.is_name), 1)


@pytest.mark.parametrize(
    ("options", "counts"),
    [
        ({"definitions": None}, [3, 1, 2, 1]),
        ({"definitions": False}, [3, 1, 2, 1]),
        ({"definitions": {}, "synonyms": False}, [3, 1, 1, 3]),
        ({"definitions": None, "synonyms": False}, [1, 1, 1, 1]),
        ({"definitions": None, "synonyms": False, "templates": ("plain", "photo")}, [2, 2, 2, 2]),
        ({"definitions": {"vrogd": "one that is vrogd"}}, [5, 3, 2, 3]),
    ],
)
def test_what_is_left_out_is_left_out(head, ear, options, counts):
    pairs = Pairs.from_head(head, ear, **options)
    np.testing.assert_array_equal(np.bincount(pairs.group), counts)
    np.testing.assert_allclose(np.bincount(pairs.group, pairs.weight), 1, rtol=1e-6)


def test_templates_say_names(head, ear):
    pairs = Pairs.from_head(head, ear, definitions=None, synonyms=False, templates=("a photo of a {}", "my {}"))
    expected = [text for name in LABELS.names for text in (f"a photo of a {name}", f"my {name}")]
    np.testing.assert_array_equal(pairs.y, ear.encode(expected))
    assert pairs.is_name.all()


def test_an_encoder_that_loses_a_text_is_found_out(head, planted):
    class Forgetful(planted.Ear):
        def encode(self, items, **options):
            return super().encode(items, **options)[1:]

    with pytest.raises(InputError, match=r"(?s)embeddings of planted/ear with 11 rows.*10 rows"):
        Pairs.from_head(head, Forgetful(), definitions={})


# --- Definitions ---


def test_own_definitions_come_first_and_unknown_names_get_none():
    found = define(LABELS, {"zbamn": "from the file", "vrogd": "one that is vrogd", "old zbamn": "not a usual name"})
    assert found.definitions == ("whatever is zbamn", "one that is vrogd", None, "such as a zbogd")
    assert found.synonyms == LABELS.synonyms


def test_an_ambiguous_name_gets_no_definition():
    words = LabelSet.from_names(["crane", "lighthouse"])
    found = define(words, "auto").definitions
    assert found[0] is None
    assert "tower with a light" in found[1]


@pytest.mark.parametrize("none", [None, False, "none"])
def test_no_definitions_means_none(none):
    assert define(LABELS, none).definitions == (None,) * 4


# --- Some of them, and the control ---


@pytest.fixture
def pairs(head, ear) -> Pairs:
    return Pairs.from_head(head, ear, definitions={})


@pytest.mark.parametrize("classes", [[3, 0], np.array([3, 0])])
def test_takes_classes_in_the_given_order(pairs, head, ear, classes):
    taken = pairs.take(classes)
    expected = Pairs.from_head(head.take([3, 0]), ear, definitions={})
    for field in ("x", "y", "weight", "group", "is_name"):
        np.testing.assert_array_equal(getattr(taken, field), getattr(expected, field))
    assert taken.source == expected.source


def test_permuted_classes_keep_their_texts_and_change_places(pairs, head):
    control = pairs.permuted(seed=2)
    np.testing.assert_array_equal(control.y, pairs.y)
    np.testing.assert_array_equal(control.group, pairs.group)
    np.testing.assert_array_equal(control.weight, pairs.weight)
    first = np.unique(pairs.group, return_index=True)[1]
    drawn = [int(np.argmax(row @ head.prototypes.T)) for row in control.x[first]]
    assert sorted(drawn) == [0, 1, 2, 3]
    assert drawn != [0, 1, 2, 3]
    np.testing.assert_array_equal(control.x, head.prototypes[np.array(drawn)][pairs.group])


def test_the_control_is_drawn_by_its_seed(pairs):
    np.testing.assert_array_equal(pairs.permuted(1).x, pairs.permuted(1).x)
    assert len({pairs.permuted(seed).x.tobytes() for seed in range(20)}) > 5


def test_the_control_of_classes_in_any_order(pairs):
    order = np.random.default_rng(0).permutation(len(pairs))
    mixed = Pairs(
        pairs.x[order], pairs.y[order], pairs.weight[order], pairs.source, pairs.group[order], pairs.is_name[order]
    )
    np.testing.assert_array_equal(mixed.permuted(3).x, pairs.permuted(3).x[order])


def test_is_a_public_name():
    assert hw.Pairs is Pairs


# --- Classes that are one a kind of the other ---


@pytest.fixture
def akin(head, ear) -> Pairs:
    return Pairs.from_head(head, ear, definitions={}, hierarchy={"zbogd": ("vrogd",), "vrogd": "zbamn"})


def test_classes_of_a_hierarchy_are_related(akin, pairs):
    assert sorted(akin.related.tolist()) == [[1, 0], [3, 0], [3, 1]]
    assert pairs.related.shape == (0, 2)


def test_related_rows_are_a_row_of_each_class(akin):
    found = akin.related_rows
    np.testing.assert_array_equal(akin.group[found], akin.related)
    assert set(found.ravel()) == {0, 5, 8}
    weight = akin.weight.copy()
    weight[[0, 1, 5]] = 0  # "vrogd" has no text that weighs anything
    assert replace(akin, weight=weight).related_rows.tolist() == [[8, 2]]


def test_what_is_related_goes_where_its_classes_go(akin, ear):
    assert akin.take([3, 0]).related.tolist() == [[0, 1]]
    assert akin.take([2, 1]).related.shape == (0, 2)
    assert sorted(akin.take([1, 2, 3, 0]).related.tolist()) == [[0, 3], [2, 0], [2, 3]]
    rng = np.random.default_rng(0)
    pictures = Pairs.from_captions(rng.normal(size=(2, 6)), rng.normal(size=(3, ear.dim)), np.array([0, 1, 1]))
    np.testing.assert_array_equal((akin + pictures).related, akin.related)
    np.testing.assert_array_equal((pictures + akin).related, akin.related + 2)
    twice = (akin + akin).related
    np.testing.assert_array_equal(twice, np.concatenate([akin.related, akin.related + 4]))
    both = akin + pictures
    for same in (both.weighted(0.3), both.permuted(0), Bridge.fit(both).pairs(both)):
        np.testing.assert_array_equal(same.related, akin.related)


# --- Pairs from pictures ---


def test_captions_of_a_picture_share_its_weight():
    x, y = np.eye(3, 5) * 2, np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
    pairs = Pairs.from_captions(x, y, np.array([2, 0, 2, 2]))
    np.testing.assert_array_equal(pairs.x, np.eye(3, 5)[[2, 0, 2, 2]])  # the picture without a caption is left out
    np.testing.assert_array_equal(pairs.group, [1, 0, 1, 1])
    np.testing.assert_allclose(pairs.weight, [1 / 3, 1, 1 / 3, 1 / 3], rtol=1e-6)
    assert set(pairs.source) == {"captions"}
    assert not pairs.is_name.any()


def test_class_means_by_hand():
    x = np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 0.0]])
    pairs = Pairs.from_class_means(x, np.array([1, 0, 1]), np.eye(3, 4), np.array([0, 1, 1]))
    np.testing.assert_allclose(pairs.x, [[0, 1], [1, 0], [1, 0]])
    np.testing.assert_allclose(pairs.weight, [1, 0.5, 0.5])
    assert pairs.is_name.all()


@pytest.mark.parametrize("image_of", [[0, 1], [0, 1, 3], [0, -1, 1]])
def test_a_caption_must_have_a_picture(image_of):
    with pytest.raises(InputError, match=r"(?s)for each of 3 texts the number of its picture or class, from 0 to 2"):
        Pairs.from_captions(np.eye(3), np.eye(3), np.array(image_of))


def test_a_class_must_have_a_picture():
    with pytest.raises(InputError, match=r"(?s)a picture for each class.*1 without a picture"):
        Pairs.from_class_means(np.eye(3), np.array([0, 2, 2]), np.eye(3), np.arange(3))


def test_pairs_add_up(head, ear):
    one = Pairs.from_head(head, ear, definitions={})
    other = Pairs.from_captions(np.ones((2, 6)), np.ones((3, ear.dim)), np.array([0, 1, 1]))
    both = one + other
    assert len(both) == len(one) + 3
    np.testing.assert_array_equal(both.group[-3:], [4, 5, 5])
    assert both.source == ("head",) * 11 + ("captions",) * 3
    with pytest.raises(InputError, match=r"(?s)more pairs of widths 6 and 20.*widths 5 and 20"):
        _ = one + Pairs.from_captions(np.ones((2, 5)), np.ones((2, ear.dim)), np.arange(2))


@pytest.mark.parametrize("ratio", [0.1, 0.5, 0.9])
def test_a_ratio_is_the_rows_share_of_all_weight(head, ear, ratio):
    rows = Pairs.from_head(head, ear, definitions={})
    both = rows + Pairs.from_captions(np.ones((2, 6)), np.ones((3, ear.dim)), np.array([0, 1, 1]))
    weight = both.weighted(ratio).weight
    assert weight[:11].sum() / weight.sum() == pytest.approx(ratio, rel=1e-5)
    assert weight.sum() == pytest.approx(both.weight.sum(), rel=1e-5)
    np.testing.assert_allclose(np.bincount(both.group[:11], weight[:11]), ratio * 6 / 4, rtol=1e-5)
    for wrong, share in ((rows, ratio), (both, 0.0), (both, 1.0)):
        with pytest.raises(InputError, match=r"(?s)share of the head's rows among mixed pairs.*between 0 and 1"):
            wrong.weighted(share)


@pytest.mark.parametrize("numbers", [[0.2, 0.9], [False, True]])
def test_numbers_that_are_none_are_refused_and_not_cut(numbers):
    rows = np.eye(2, dtype=np.float32)
    with pytest.raises(InputError, match="the picture or class of each text as whole numbers"):
        Pairs.from_captions(rows, rows, np.array(numbers))
    with pytest.raises(InputError, match="the class of each picture as whole numbers"):
        Pairs.from_class_means(rows, np.array(numbers), rows, np.arange(2))
