"""Looking words up: timm's table, WordNet in the forms it comes in, the user's own definitions."""

import zipfile

import pytest
import wn

from headword.errors import InputError, MissingExtra
from headword.lexicon import sources, wordnet
from headword.lexicon.base import MemoryLexicon, Sense
from headword.lexicon.sources import open_lexicon

# --- What every lexicon does ---

WOLF = Sense("n1", ("wolf",), "hunts in packs")
DOG = Sense("n8", ("hotdog",), "is hot")
GLASSES = Sense("n2", ("spectacles", "glasses"), "help to see")
GLASS = Sense("n3", ("glass",), "to drink from")
SHIRT = Sense("n4", ("jersey", "T-shirt"), "worn")
MACHINE, BIRD = Sense("n5", ("crane",), "lifts"), Sense("n6", ("Crane",), "wades")
PIE = Sense("n7", ("apple pie",), "is eaten")
TABLE = MemoryLexicon([WOLF, GLASSES, GLASS, SHIRT, MACHINE, BIRD, PIE, DOG])


@pytest.mark.parametrize(
    ("name", "senses"),
    [
        ("wolf", (WOLF,)),
        ("Wolves", (WOLF,)),
        ("the  WOLF ", (WOLF,)),
        ("a_wolf", (WOLF,)),
        ("my wolves", (WOLF,)),
        ("t shirt", (SHIRT,)),
        ("T-Shirts", (SHIRT,)),
        ("an apple pie", (PIE,)),
        ("apple-pies", (PIE,)),
        ("ApplePie", ()),
        ("crane", (MACHINE, BIRD)),
        ("cranes", (MACHINE, BIRD)),
        ("hot dogs", (DOG,)),
        ("glasses", (GLASSES,)),
        ("glass", (GLASS,)),
        ("pie", ()),
        ("wolf pack", ()),
        ("", ()),
    ],
)
def test_lookup_normalises_but_does_not_choose(name, senses):
    assert TABLE.lookup(name) == senses


# --- Where definitions come from ---


@pytest.mark.parametrize("nothing", [None, False, "none"])
def test_no_definitions(nothing):
    assert open_lexicon(nothing) is None


def test_auto_is_the_table_of_timm():
    table = open_lexicon("auto")
    (sense,) = table.lookup("a lighthouse")
    assert sense.id == "n02814860"
    assert "warning of shoals" in sense.definition
    assert {each.id for each in table.lookup("crane")} == {"n02012849", "n03126707"}
    assert table.lookup("vineyard") == ()
    assert open_lexicon(True) is table


def test_auto_without_timm_is_none(monkeypatch):
    monkeypatch.setattr("headword.errors.find_spec", lambda name: None)
    monkeypatch.setattr(sources.imagenet, "synset_table", sources.imagenet.synset_table.__wrapped__)
    sources._imagenet.cache_clear()
    assert open_lexicon("auto") is None
    sources._imagenet.cache_clear()


def test_a_lexicon_and_a_mapping():
    assert open_lexicon(TABLE) is TABLE
    own = open_lexicon({"Brand_X": "our  product", "crane": "the bird"})
    assert own.lookup("a brand x")[0].definition == "our product"
    with pytest.raises(InputError, match="'cat': ' '"):
        open_lexicon({"cat": " "})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "name,definition\nwidget,our product\ncrane,the bird\ncrane,the machine\n"),
        ("a.csv", 'widget,our product\ncrane,the bird\n"crane","the machine"\n'),
        ("a.tsv", "widget\tour product\ncrane\tthe bird\ncrane\tthe machine\n"),
        ("a.txt", "widget\tour product\ncrane\tthe bird\ncrane\tthe machine\n"),
        ("a.txt", "name\tdefinition\nwidget\tour product\ncrane\tthe bird\ncrane\tthe machine\n"),
        ("a.json", '[{"name": "widget", "definition": "our product"}, {"name": "cat"}, '
                   '{"name": "crane", "definition": "the bird"}, '
                   '{"names": ["crane"], "definition": "the machine"}]'),
    ],
)  # fmt: skip
def test_own_file(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    own = open_lexicon(tmp_path / name)
    assert [each.definition for each in own.lookup("Widgets")] == ["our product"]
    assert [each.definition for each in own.lookup("crane")] == ["the bird", "the machine"]
    assert own.lookup("cat") == ()


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("a.csv", "widget\n", "line 1 is not a name and its definition"),
        ("a.tsv", "widget\tour product\nb\t\n", "line 2 is not a name"),
        ("a.json", '["widget"]', "no definition in it"),
        ("a.csv", "name,definition\nwidget,\n", "no definition in it"),
        ("a.txt", "", "nothing in it"),
    ],
)
def test_own_file_without_definitions(tmp_path, name, content, match):
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=match):
        open_lexicon(tmp_path / name)


def test_absent_file_says_what_else_there_is():
    with pytest.raises(InputError, match=r"no such file[\s\S]*'auto', 'wordnet', None"):
        open_lexicon("wordnett")


# --- WordNet ---

# (key, lemmas, keys of the hypernyms, gloss)
SYNSETS = [
    ("animal", ["animal"], [], "a living thing"),
    ("bird", ["bird"], ["animal"], "has feathers; \"birds fly\""),
    ("wader", ["wading_bird", "wader"], ["bird"], "wades; eats fish"),
    ("crane1", ["crane"], ["wader"], 'a long-necked bird; "cranes dance"; "so do some people"'),
    ("crane2", ["crane"], [], "lifts things"),
    ("ox", ["ox"], ["animal"], "pulls a cart"),
    ("tower", ["tower"], [], "tall"),
    ("ten", [f"word{number}" for number in range(10)], ["tower"], "counts its words in base 16"),
    ("eiffel", ["Eiffel_Tower"], ["@i tower"], "a tower in Paris"),
]  # fmt: skip


def _write_wordnet(folder):
    """WordNet's own format, in which a synset is named by the byte its line begins at."""
    folder.mkdir(parents=True)
    offsets = dict.fromkeys((key for key, *_ in SYNSETS), 0)
    for _ in range(2):  # offsets have eight digits, so the second round knows them all
        data = "  1 The licence, which every WordNet file begins with.  \n"
        for key, lemmas, parents, gloss in SYNSETS:
            offsets[key] = len(data.encode())
            words = " ".join(f"{lemma} 0" for lemma in lemmas)
            links = "".join(
                f"{'@i' if each.startswith('@i ') else '@'} {offsets[each.removeprefix('@i ')]:08d} n 0000 "
                for each in parents
            )
            data += (
                f"{offsets[key]:08d} 05 n {len(lemmas):02x} {words} "
                f"{len(parents) + 1:03d} {links}+ 00001740 v 0101 | {gloss}  \n"
            )
    index = "  1 The licence.  \n"
    for lemma in sorted({lemma.lower() for _, lemmas, *_ in SYNSETS for lemma in lemmas}):
        found = [f"{offsets[key]:08d}" for key, lemmas, *_ in SYNSETS if lemma in map(str.lower, lemmas)]
        index += f"{lemma} n {len(found)} 2 @ + {len(found)} 0 {' '.join(found)}  \n"
    (folder / "data.noun").write_text(data)
    (folder / "index.noun").write_text(index)
    (folder / "noun.exc").write_text("oxen ox\nkine cow ox\n")
    return folder


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """A machine without any WordNet, whatever the one that runs the tests has."""
    for name in ("WNHOME", "WNSEARCHDIR", "NLTK_DATA", "WN_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(wordnet.sys, "prefix", str(tmp_path / "prefix"))
    monkeypatch.setattr(wordnet, "_SYSTEM", tmp_path / "usr")
    return tmp_path


def _check_wordnet(found):
    bird, machine = found.lookup("Cranes")
    assert bird.definition == "a long-necked bird"
    assert bird.parents == ("wading bird", "wader", "bird", "animal")
    assert (machine.definition, machine.parents) == ("lifts things", ())
    (tower,) = found.lookup("the eiffel tower")
    assert (tower.names, tower.parents) == (("Eiffel Tower",), ("tower",))
    assert found.lookup("wading birds")[0].definition == "wades; eats fish"
    assert [len(each.names) for each in found.lookup("word 9")] == [10]
    assert found.lookup("vineyard") == ()


def test_wordnet_of_debian(nowhere):
    folder = _write_wordnet(nowhere / "usr" / "share" / "wordnet")
    found = open_lexicon("wordnet")
    _check_wordnet(found)
    assert found.lookup("kine")[0].names == ("ox",)
    assert found.lookup("crane")[0].id.startswith("n000")
    (folder / "noun.exc").unlink()
    assert wordnet.WordNetFiles(folder).lookup("oxen")[0].names == ("ox",)


@pytest.mark.parametrize("name", ["wordnet", "wordnet31"])
def test_wordnet_of_nltk_unzipped_and_zipped(nowhere, monkeypatch, name):
    folder = _write_wordnet(nowhere / "data" / "corpora" / name)
    monkeypatch.setenv("NLTK_DATA", f"{nowhere / 'absent'}:{nowhere / 'data'}")
    _check_wordnet(open_lexicon("wordnet"))
    with zipfile.ZipFile(folder.with_suffix(".zip"), "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"{name}/{file.name}")
            file.unlink()
    folder.rmdir()
    _check_wordnet(open_lexicon("wordnet"))


def test_wordnet_in_the_home_folder(nowhere):
    _write_wordnet(nowhere / "home" / "nltk_data" / "corpora" / "wordnet")
    _check_wordnet(open_lexicon("wordnet"))


def _write_wn(folder, language="en"):
    """A database of `wn` that holds a German lexicon and the same WordNet twice, which must not double the senses."""
    lexicons = [_lexicon("other", "de"), _lexicon("tiny", language), _lexicon("second", language)]
    source = folder / "lexicons.xml"
    folder.mkdir(parents=True, exist_ok=True)
    source.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE LexicalResource SYSTEM "http://globalwordnet.github.io/schemas/WN-LMF-1.0.dtd">\n'
        f"<LexicalResource>{''.join(lexicons)}</LexicalResource>"
    )
    wn.config.data_directory = folder
    wn.add(source, progress_handler=None)
    return folder / "wn.db"


QUOTED = '; "'


def _lexicon(name, language):
    words = {}
    for key, lemmas, *_ in SYNSETS:
        for lemma in lemmas:
            words.setdefault(lemma.replace("_", " "), []).append(key)
    entries = (
        f'<LexicalEntry id="{name}-w{number}"><Lemma writtenForm="{word}" partOfSpeech="n"/>'
        + "".join(f'<Sense id="{name}-w{number}-{key}" synset="{name}-{key}"/>' for key in keys)
        + "</LexicalEntry>"
        for number, (word, keys) in enumerate(words.items())
    )
    synsets = (
        f'<Synset id="{name}-{key}" ili="" partOfSpeech="n"><Definition>{gloss.split(QUOTED)[0]}</Definition>'
        + "".join(
            f'<SynsetRelation relType="{"instance_" * each.startswith("@i")}hypernym" '
            f'target="{name}-{each.removeprefix("@i ")}"/>'
            for each in parents
        )
        + "</Synset>"
        for key, _, parents, gloss in SYNSETS
    )
    about = f'id="{name}" label="{name}" language="{language}" email="a@b.c" license="x" version="1"'
    return f"<Lexicon {about}>{''.join(entries)}{''.join(synsets)}</Lexicon>"


def test_wordnet_of_wn(nowhere, monkeypatch):
    _write_wn(nowhere / "wn")
    monkeypatch.setenv("WN_DATA_DIR", str(nowhere / "wn"))
    found = open_lexicon("wordnet")
    _check_wordnet(found)
    assert found.lookup("crane")[0].id == "tiny-crane1"


def test_wn_in_another_language_or_broken(tmp_path):
    with pytest.raises(InputError, match="no English WordNet"):
        wordnet.WnDatabase(_write_wn(tmp_path / "japanese", language="ja"))
    (tmp_path / "wn.db").write_text("no database " * 100)
    with pytest.raises(InputError, match="not readable"):
        wordnet.WnDatabase(tmp_path / "wn.db")


def test_a_database_of_wn_without_wn_says_what_to_install(nowhere, monkeypatch):
    (nowhere / "wn.db").touch()
    monkeypatch.setenv("WN_DATA_DIR", str(nowhere))
    monkeypatch.setattr("headword.errors.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"WordNet from .*wn.db[\s\S]*headword\[wordnet\]"):
        open_lexicon("wordnet")


def test_no_wordnet_says_how_to_get_one(nowhere):
    with pytest.raises(InputError, match=r"apt install wordnet-base[\s\S]*nltk.downloader wordnet[\s\S]*NLTK_DATA"):
        open_lexicon("wordnet")


def test_broken_wordnet_files(tmp_path):
    folder = _write_wordnet(tmp_path / "wordnet")
    data = (folder / "data.noun").read_text()
    (folder / "data.noun").write_text("x" + data)
    with pytest.raises(InputError, match="no synset at byte"):
        wordnet.WordNetFiles(folder).lookup("bird")
    (folder / "index.noun").write_text("bird n many\n")
    with pytest.raises(InputError, match="no line of an index"):
        wordnet.WordNetFiles(folder)
    (folder / "index.noun").unlink()
    with pytest.raises(InputError, match=r"index.noun cannot be read"):
        wordnet.WordNetFiles(folder)
    (tmp_path / "empty.zip").write_bytes(b"PK")
    with pytest.raises(InputError, match=r"data.noun cannot be read"):
        wordnet.WordNetFiles(tmp_path / "empty.zip")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme", "nothing")
    with pytest.raises(InputError, match=r"data.noun"):
        wordnet.WordNetFiles(tmp_path / "other.zip")


def test_a_circle_among_hypernyms_ends(tmp_path, monkeypatch):
    circle = [("a", ["hen"], ["b"], "lays"), ("b", ["egg"], ["a"], "hatches")]
    monkeypatch.setattr(f"{__name__}.SYNSETS", circle)
    hen = wordnet.WordNetFiles(_write_wordnet(tmp_path / "wordnet")).lookup("hen")[0]
    assert hen.parents == ("egg",)
