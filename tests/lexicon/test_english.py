"""Articles, plurals and singulars."""

import pytest

from headword.lexicon.english import article, is_mass, is_plural, plural, singulars, split_determiner


@pytest.mark.parametrize(
    "phrase",
    ["apple pie", "hour glass", "hourglass", "heir", "umbrella", "uninvited guest", "urn", "SUV", "MRI scan",
     "X-ray", "x-ray", "8-track", "11th hour", "18-wheeler", "éclair", "“island”", "F-16", "iPad",
     "unidentified object"],
)  # fmt: skip
def test_an(phrase):
    assert article(phrase) == "an"


@pytest.mark.parametrize(
    "phrase",
    ["unicorn", "university", "ukulele", "urinal", "utensil", "user", "European ash", "eucalyptus", "ewe",
     "one-way sign",
     "ouija board", "house", "USB stick", "FIAT 500", "T-shirt", "UFO", "1800 coin", "110 hurdles", "yak"],
)  # fmt: skip
def test_a(phrase):
    assert article(phrase) == "a"


PLURALS = {
    "wolf": "wolves",
    "apple pie": "apple pies",
    "sheep": "sheep",
    "goldfish": "goldfish",
    "butterfly": "butterflies",
    "boy": "boys",
    "church": "churches",
    "stomach": "stomachs",
    "box": "boxes",
    "quiz": "quizzes",
    "bus": "buses",
    "potato": "potatoes",
    "piano": "pianos",
    "fireman": "firemen",
    "human": "humans",
    "mongoose": "mongooses",
    "goose": "geese",
    "wooden tooth": "wooden teeth",
    "bookshelf": "bookshelves",
    "reef": "reefs",
    "person": "people",
    "glass of wine": "glasses of wine",
    "man riding a horse": "men riding a horse",
    "pair of trousers": "pairs of trousers",
    "aircraft": "aircraft",
    "near miss": "near misses",
}


@pytest.mark.parametrize(("one", "many"), PLURALS.items())
def test_plural(one, many):
    assert plural(one) == many
    assert plural(many) == many


@pytest.mark.parametrize("phrase", ["baby back ribs", "trousers", "people on a beach", "skis", "women", "french fries"])
def test_plural_is_seen(phrase):
    assert is_plural(phrase)


@pytest.mark.parametrize(
    "phrase",
    ["bus", "glass", "iris", "cactus", "lens", "gas mask", "specimen", "human", "pair of shoes", "species",
     "dress"],
)  # fmt: skip
def test_singular_is_seen(phrase):
    assert not is_plural(phrase)


def test_mass_is_of_the_head_noun():
    assert is_mass("fried rice")
    assert is_mass("snow on a roof")
    assert not is_mass("rice field")


@pytest.mark.parametrize(("one", "many"), [pair for pair in PLURALS.items() if pair[0] != pair[1]])
def test_singulars_undo_plurals(one, many):
    assert one in singulars(many)


def test_singulars_of_a_singular():
    assert singulars("glass") == ()
    assert singulars("crane") == ()


@pytest.mark.parametrize(
    ("phrase", "parts"),
    [
        ("a lighthouse", ("a", "lighthouse")),
        ("An apple", ("an", "apple")),
        ("my bicycle", ("my", "bicycle")),
        ("the Eiffel tower", ("the", "Eiffel tower")),
        ("two dogs", ("two", "dogs")),
        ("some rice", ("some", "rice")),
        ("two wheeler", ("", "two wheeler")),
        ("one way sign", ("", "one way sign")),
        ("all terrain vehicle", ("", "all terrain vehicle")),
        ("a", ("", "a")),
        ("theatre", ("", "theatre")),
    ],
)
def test_determiners(phrase, parts):
    assert split_determiner(phrase) == parts
