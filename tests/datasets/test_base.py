"""Labelled and Captioned: what they refuse, what a selection keeps, and what their split hash follows."""

from dataclasses import replace

import numpy as np
import pytest

from headword.datasets import Captioned, Labelled
from headword.errors import InputError
from headword.labels.label_set import LabelSet

LABELS = LabelSet.from_names(["cat", "dog", "owl"])


def labelled(**changes):
    facts = {
        "name": "pets",
        "split": "test",
        "images": [b"0", b"1", b"2", b"3"],
        "ids": ("a", "b", "c", "d"),
        "targets": np.array([0, 1, 1, 2]),
        "labels": LABELS,
    }
    return Labelled(**(facts | changes))


def captioned(**changes):
    facts = {
        "name": "walk",
        "split": "test",
        "images": [b"0", b"1", b"2"],
        "ids": ("a", "b", "c"),
        "captions": ("a0", "b0", "a1", "c0", "b1"),
        "image_of": np.array([0, 1, 0, 2, 1]),
    }
    return Captioned(**(facts | changes))


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"ids": ("a", "b", "c")}, "found: 4 for 3"),
        ({"ids": ("a", "b", "b", "d")}, "the id 'b' 2 times"),
        ({"targets": np.array([0, 1, 1])}, "found: 3 for 4"),
        ({"targets": np.array([0, 1, 3, 1])}, "asked: the class of 'c' in .*\nfound: 3, and 3 classes"),
        ({"targets": np.array([0, -1, 1, 1])}, "found: -1, and 3 classes"),
        ({"images": [], "ids": (), "targets": np.zeros(0, np.int64)}, "found: none"),
    ],
)
def test_labelled_refuses(changes, found):
    with pytest.raises(InputError, match=found):
        labelled(**changes)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"captions": ("a0", "b0", "a1", "c0", " ")}, "asked: caption 4 of .*\nfound: ' '"),
        ({"image_of": np.array([0, 1, 0, 2])}, "found: 4 for 5"),
        ({"image_of": np.array([0, 1, 0, 3, 1])}, "numbers from 0 to 3, and 3 pictures"),
        ({"image_of": np.array([0, 1, 0, 0, 1])}, "none for 1 of 3, first 'c'"),
    ],
)
def test_captioned_refuses(changes, found):
    with pytest.raises(InputError, match=found):
        captioned(**changes)


@pytest.mark.usefixtures("unchecked")
def test_fractions_are_no_classes():
    with pytest.raises(InputError, match=r"float64 of shape \(4,\)"):
        labelled(targets=np.array([0.0, 1.0, 1.0, 2.0]))


def test_a_selection_of_labelled_keeps_rows_together():
    part = labelled(templates=("a {}",), licence="CC0").take([3, 1])
    assert part.ids == ("d", "b")
    assert part.images == (b"3", b"1")
    assert part.targets.tolist() == [2, 1]
    assert (part.labels, part.templates, part.licence) == (LABELS, ("a {}",), "CC0")
    assert labelled().take(np.array([True, False, False, True])).ids == ("a", "d")


def test_captions_follow_their_pictures():
    part = captioned().take([2, 0])
    assert part.ids == ("c", "a")
    assert part.captions == ("c0", "a0", "a1")
    assert part.image_of.tolist() == [0, 1, 1]


@pytest.mark.parametrize("data", [labelled(), captioned()])
def test_a_selection_refuses(data):
    with pytest.raises(InputError, match="pass indices below"):
        data.take([9])
    with pytest.raises(InputError, match="take each picture once"):
        data.take([0, 0])
    with pytest.raises(InputError, match="pass at least one row"):
        data.take(np.zeros(len(data), dtype=bool))


def test_the_split_hash_follows_ids_classes_and_order():
    first = labelled()
    same = labelled(images=[b"other"] * 4, licence="CC0")
    versions = {
        first.version,
        labelled(ids=("a", "b", "c", "e")).version,
        labelled(targets=np.array([0, 1, 2, 2])).version,
        labelled(labels=LabelSet.from_names(["cat", "dog", "owls"])).version,
        first.take([1, 0, 2, 3]).version,
    }
    assert len(versions) == 5
    assert first.version == same.version == first.take([0, 1, 2, 3]).version
    assert len(first.version) == 12


def test_the_split_hash_follows_captions():
    first = captioned()
    other = replace(first, captions=("a0", "b0", "a1", "c0", "b2"))
    moved = replace(first, image_of=np.array([0, 1, 0, 2, 2]))
    assert len({first.version, other.version, moved.version}) == 3
