"""Articles, determiners and singulars."""

import pytest

from headword.lexicon.english import article, singulars, split_determiner


@pytest.mark.parametrize(
    ("phrase", "expected"), [("apple pie", "an"), ("Umbrella", "an"), ("wolf", "a"), ("8-track", "a")]
)
def test_an_article_goes_by_the_first_letter(phrase, expected):
    assert article(phrase) == expected


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
