"""Templates in good English, the user's labels with their senses, and the texts of a head's rows."""

import inspect
import os
import re
import subprocess
import sys

import pytest

from headword.errors import InputError, UnknownName
from headword.labels.label_set import LabelSet
from headword.lexicon.base import MemoryLexicon, Sense
from headword.prompts import queries as prompts
from headword.prompts.queries import TEMPLATES, Query, explain, fill, head_texts, query_labels, texts
from headword.prompts.templates import expand

# --- Templates ---


@pytest.mark.parametrize(
    ("template", "name", "text"),
    [
        ("{}", "lighthouse", "lighthouse"),
        ("{}", "my bicycle", "my bicycle"),
        ("a photo of a {}", "apple pie", "a photo of an apple pie"),
        ("a photo of a {}", "unicorn", "a photo of a unicorn"),
        ("a photo of a {}", "hour glass", "a photo of an hour glass"),
        ("a photo of a {}", "baby back ribs", "a photo of baby back ribs"),
        ("a photo of a {}", "trousers", "a photo of trousers"),
        ("a photo of a {}", "pair of trousers", "a photo of a pair of trousers"),
        ("a photo of a {}", "rice", "a photo of rice"),
        ("a photo of a {}", "the Eiffel tower", "a photo of the Eiffel tower"),
        ("a photo of a {}", "my bicycle", "a photo of my bicycle"),
        ("a photo of a {}", "a lighthouse", "a photo of a lighthouse"),
        ("a photo of a {}", "An apple", "a photo of an apple"),
        ("a photo of the {}", "a lighthouse", "a photo of the lighthouse"),
        ("a photo of the {}", "the Eiffel tower", "a photo of the Eiffel tower"),
        ("a photo of a {}", "two dogs", "a photo of two dogs"),
        ("A photo of a {}.", "apple", "A photo of an apple."),
        ("A {}.", "apple", "An apple."),
        ("A {}.", "trousers", "Trousers."),
        ("a photo of many {}.", "wolf", "a photo of many wolves."),
        ("a photo of many {}.", "sheep", "a photo of many sheep."),
        ("a photo of many {}.", "a lighthouse", "a photo of many lighthouses."),
        ("a photo of many {}.", "rice", "a photo of rice."),
        ("a photo of many {}.", "trousers", "a photo of many trousers."),
        ("a photo of one {}.", "trousers", "a photo of trousers."),
        ("a photo of one {}.", "wolf", "a photo of one wolf."),
        ("a origami {}.", "crane", "an origami crane."),
        ("a photo of a clean {}.", "trousers", "a photo of clean trousers."),
        ("a photo of a clean {}.", "apple", "a photo of a clean apple."),
        ("the embroidered {}.", "my shoe", "my embroidered shoe."),
        ("a photo of a hard to see {}.", "owls", "a photo of hard to see owls."),
        ("a {} in a video game.", "owl", "an owl in a video game."),
        ("a {} in a video game.", "owls", "owls in a video game."),
        ("a photo of a {} texture", "striped", "a photo of a striped texture"),
        ("a photo of a {} texture", "embossed", "a photo of an embossed texture"),
        ("a photo of a {} net", "fish", "a photo of a fish net"),
        ("a photo of a {}, a type of food", "french fries", "a photo of french fries, a type of food"),
        ("a photo of {}", "owl", "a photo of owl"),
        ("a photo: {}", "my owl", "a photo: my owl"),
        ("a photo showing {}", "trousers", "a photo showing trousers"),
        ("a {} or an {}", "owl", "an owl or an owl"),
        ("art of a {}.", "  apple \n pie ", "art of an apple pie."),
    ],
)
def test_articles_and_plurals(template, name, text):
    assert fill(template, name) == text


def test_template_sets():
    assert TEMPLATES["plain"] == ("{}",)
    assert TEMPLATES["photo"] == ("a photo of a {}",)
    assert len(set(TEMPLATES["clip"])) == 80
    assert {"a photo of many {}.", "itap of my {}.", "a origami {}."} <= set(TEMPLATES["clip"])
    with pytest.raises(TypeError):
        TEMPLATES["clip"] = ()


def test_clip_sentences_have_one_article_and_the_right_one():
    sentences = [fill(template, "apple") for template in TEMPLATES["clip"]]
    assert "a photo of many apples." in sentences
    assert "an embroidered apple." in sentences
    wrong = re.compile(r"\ba [aeio]|\ban [^aeio]|\b(a|an|the|my) (a|an|the|my) |many apple\b")
    assert not [sentence for sentence in sentences if wrong.search(sentence)]


def test_expand_takes_names_and_patterns_once():
    assert expand("photo") == ("a photo of a {}",)
    assert expand(["plain", "{}", "a {} texture", "photo"]) == ("{}", "a {} texture", "a photo of a {}")


@pytest.mark.parametrize("template", ["", "a photo", "a photo of a {name}", "{} {", "{{}}", None, 3])
def test_templates_that_are_none(template):
    with pytest.raises(InputError, match="a template"):
        inspect.unwrap(fill)(template, "cat")


def test_unknown_or_no_templates():
    with pytest.raises(UnknownName, match=r"known: plain, photo, clip\n.*did you mean 'photo'"):
        expand(["foto"])
    with pytest.raises(InputError, match="an empty list"):
        expand([])


@pytest.mark.parametrize("name", ["", "  ", None])
def test_names_that_are_none(name):
    with pytest.raises(InputError, match="the name"):
        inspect.unwrap(fill)("a {}", name)


# --- What the user types ---

BIRD = Sense("n1", ("crane",), "wades in marshes", ("wading bird", "bird", "animal"))
MACHINE = Sense("n2", ("crane",), "lifts heavy objects", ("lifting device", "device"))
HARBOUR = Sense("n3", ("derrick", "crane"), "lifts ships in a harbour", ("device",))
TOWER = Sense("n4", ("beacon", "lighthouse"), "warns ships")
LEXICON = MemoryLexicon([BIRD, MACHINE, HARBOUR, TOWER])


def _query(label, definitions=LEXICON):
    (query,) = query_labels([label], definitions)
    return query


def test_one_sense_is_taken():
    query = _query("a lighthouse")
    assert query == Query("a lighthouse", "lighthouse", None, "warns ships", TOWER, looked_up=True)
    assert not query.ambiguous


def test_several_senses_are_listed_and_none_is_taken():
    query = _query("Cranes")
    assert (query.definition, query.sense, query.candidates) == (None, None, (BIRD, MACHINE, HARBOUR))
    assert query.ambiguous


@pytest.mark.parametrize(
    ("label", "sense"),
    [
        ("crane (bird)", BIRD),
        ("a crane (Birds)", BIRD),
        ("crane (a wading bird)", BIRD),
        ("crane (derrick)", HARBOUR),
        ("crane (harbour)", HARBOUR),
        ("crane (marsh)", BIRD),
        ("lighthouse (beacon)", TOWER),
    ],
)
def test_a_hint_picks_by_names_and_parents_then_by_definition(label, sense):
    query = _query(label)
    assert (query.sense, query.definition, query.candidates) == (sense, sense.definition, ())


@pytest.mark.parametrize(
    "label", ["crane (toy)", "crane (device)", "crane (ird)", "lighthouse (painting)", "cat (pet)"]
)
def test_a_hint_that_picks_no_single_sense_becomes_a_kind(label):
    query = _query(label)
    assert (query.sense, query.definition, query.candidates) == (None, None, ())
    assert texts(query, "photo") == [f"a photo of a {query.name}, a kind of {query.hint}"]


def test_unknown_words_and_no_lexicon():
    assert _query("vineyard") == Query("vineyard", "vineyard")
    assert _query("crane", None) == Query("crane", "crane")
    assert _query("crane (bird)", False) == Query("crane (bird)", "crane", "bird")


def test_name_keeps_what_is_not_an_article():
    assert [_query(each).name for each in ("my bicycle", "the Eiffel tower", "a", "hot_dog", "An apple")] == [
        "my bicycle", "the Eiffel tower", "a", "hot dog", "apple",
    ]  # fmt: skip


def test_automatic_definitions_never_guess():
    queries = query_labels(["a crane", "crane (bird)", "a lighthouse", "a volcano", "a church"])
    assert [each.definition is not None for each in queries] == [False, True, True, True, True]
    assert {each.id for each in queries[0].candidates} == {"n02012849", "n03126707"}
    assert queries[1].sense.id == "n02012849"


def test_automatic_definitions_serve_most_labels_or_none():
    few = query_labels(["a crane", "crane (bird)", "a lighthouse", "a vineyard"])
    assert [each.definition is not None for each in few] == [False, True, False, False]
    assert few[2].sense is not None
    assert "too few" in explain(few)
    asked_for = query_labels(["a crane", "a lighthouse", "a vineyard"], {"lighthouse": "warns ships"})
    assert [each.definition for each in asked_for] == [None, "warns ships", None]


def test_repeated_labels_are_refused_only_where_an_answer_must_tell_them_apart():
    with pytest.raises(InputError, match="the same as 'cardigan'"):
        query_labels(["cardigan", "Cardigan"], None)
    assert len(query_labels(["cardigan", "Cardigan"], None, unique=False)) == 2


def test_explain_lists_senses_with_words_to_choose_them_by():
    text = explain(query_labels(["crane", "lighthouse"], LEXICON))
    assert "1 of 2 labels have a definition" in text
    assert "'crane' may mean 3 things" in text
    assert "crane (wading bird): wades in marshes" in text
    assert "crane (lifting device): lifts heavy" in text
    assert "crane (derrick): lifts ships" in text  # "device" would fit the machine too
    assert "brackets" in text
    assert explain(query_labels(["lighthouse"], LEXICON)) == "1 of 1 labels have a definition"


def test_a_label_set_keeps_its_own_definitions():
    labels = LabelSet.from_names([["crane", "hoist"], "lighthouse", "crane"], definitions=["lifts", None, "wades"])
    own, looked_up, other = query_labels(labels, LEXICON)
    assert (own.label, own.definition, own.sense.names) == ("crane", "lifts", ("crane", "hoist"))
    assert looked_up.definition == "warns ships"
    assert other.definition == "wades"
    plain = query_labels(labels, None)
    assert [each.definition for each in plain] == [None] * 3
    assert texts(plain[0], synonyms=True) == ["crane", "hoist"]


def test_a_label_file_and_known_sets_are_labels_too(tmp_path):
    file = tmp_path / "labels.csv"
    file.write_text("name,definition\ncrane,ours\nlighthouse,\n")
    for given in (file, str(file)):
        assert [each.definition for each in query_labels(given, LEXICON)] == ["ours", "warns ships"]
    queries = query_labels("imagenet-1k")
    assert [each.definition for each in queries] == list(LabelSet.named("imagenet-1k").definitions)


@pytest.mark.parametrize(
    ("labels", "match"),
    [
        ([], "an empty list"),
        (["cat", " "], r"label 2 of 2[\s\S]*a blank text"),
        (["cat", "_"], "a blank text"),
        (["cat", None], "NoneType None"),
        (["cat", 3], "int 3"),
        (["a photo of a {}"], "braces"),
        (["cat", "}"], "braces"),
        (["crane ()"], "empty brackets"),
        (["cat", "dog", "Cat "], r"label 3 of 3[\s\S]*'Cat ', the same as 'cat'"),
        (["lighthouse", "a lighthouse"], "the same as 'lighthouse'"),
        (["cat", "cat"], "tell them apart by a hint"),
        (["crane (Bird)", "crane (bird)"], "the same as"),
        ("cat, dog", r"the text 'cat, dog'[\s\S]*pass a list"),
    ],
)
def test_labels_that_cannot_be_asked_for(labels, match):
    with pytest.raises(InputError, match=match):
        inspect.unwrap(query_labels)(labels, None)


def test_labels_of_one_word_may_differ_in_hint():
    assert len(query_labels(["crane", "crane (bird)", "crane (machine)"], None)) == 3


def test_rows_of_a_set_that_nothing_tells_apart(tmp_path):
    (tmp_path / "a.txt").write_text("cat\ndog\nCat\n")
    with pytest.raises(InputError, match="'Cat' in rows 0 and 2, with no definition to tell them apart"):
        query_labels(tmp_path / "a.txt", None)


# --- Texts ---


def test_texts_of_a_query():
    query = _query("crane (bird)")
    assert texts(query) == ["crane: wades in marshes"]
    assert texts(query, definition=False) == ["crane, a kind of bird"]
    assert texts(query, ("plain", "itap of my {}.")) == [
        "crane: wades in marshes",
        "itap of my crane: wades in marshes.",
    ]
    assert texts(_query("a lighthouse"), "photo", definition=False, synonyms=True) == [
        "a photo of a lighthouse",
        "a photo of a beacon",
    ]
    assert texts("a lighthouse", ("plain", "photo")) == ["lighthouse", "a photo of a lighthouse"]
    assert len(texts("lighthouse", "clip")) == 80


LABELS = LabelSet.from_names(
    [["crane", "hoist", "derrick"], "apple", "kite (bird of prey)"], definitions=["lifts", None, "soars"]
)


def test_head_texts_weigh_each_kind_alike():
    assert dict(head_texts(LABELS, 0)) == pytest.approx(
        {"crane": 1 / 4, "hoist": 1 / 8, "derrick": 1 / 8, "crane: lifts": 1 / 4, "lifts": 1 / 4}
    )
    assert head_texts(LABELS, 1) == [("apple", 1.0)]


def test_head_texts_by_flag():
    assert head_texts(LABELS, 0, synonyms=False, definitions=False) == [("crane", 1.0)]
    assert dict(head_texts(LABELS, 0, definitions=False)) == pytest.approx(
        {"crane": 1 / 2, "hoist": 1 / 4, "derrick": 1 / 4}
    )
    assert [text for text, _ in head_texts(LABELS, 0, synonyms=False)] == ["crane", "crane: lifts", "lifts"]
    assert [text for text, _ in head_texts(LABELS, 1, templates=("plain", "photo"))] == [
        "apple",
        "a photo of an apple",
    ]


def test_a_hint_in_a_heads_name_is_said_as_a_kind():
    assert [text for text, _ in head_texts(LABELS, 2)] == [
        "kite, a kind of bird of prey",
        "kite: soars",
        "soars",
    ]


@pytest.mark.parametrize("templates", ["plain", "clip"])
def test_weights_of_a_row_sum_to_one(templates):
    labels = LabelSet.named("imagenet-1k")
    for row in range(0, 1000, 50):
        weights = [weight for _, weight in head_texts(labels, row, templates=templates)]
        assert sum(weights) == pytest.approx(1)
        assert min(weights) > 0


def test_no_text_is_said_twice():
    labels = LabelSet.from_names([["owl", "Owl"], ["sheep", "a sheep"]])
    assert dict(head_texts(labels, 1, templates="photo")) == {"a photo of a sheep": 1.0}


def test_labels_and_prompts_need_no_torch():
    code = (
        "import headword.prompts.queries, sys; sys.exit(bool({'torch', 'timm', 'nltk', 'pandas'} & set(sys.modules)))"
    )
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0


def test_public_names_are_there():
    functions = {"query_labels", "flatten_prompts", "texts", "head_texts", "explain", "fill"}
    assert functions | {"Query", "TEMPLATES", "Definitions", "LabelsLike"} == set(prompts.__all__)
