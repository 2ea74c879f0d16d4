"""Label sets: known tables, own files good and hostile, and how a head gets its classes."""

import inspect
import json
import types

import numpy as np
import pytest

from headword.errors import InputError, LabelMismatch, MissingExtra, UnknownName
from headword.labels import imagenet
from headword.labels.coverage import label_report
from headword.labels.label_set import LabelSet

# --- The sets that timm's tables hold ---

WIDTHS = {
    "imagenet-1k": 1000,
    "imagenet-12k": 11821,
    "imagenet-21k": 21841,
    "imagenet-21k-goog": 21843,
    "imagenet-22k-ms": 21842,
    "imagenet-21k-miil": 11221,
    "imagenet-21k-miil-w21": 10450,
}


@pytest.mark.parametrize(("name", "rows"), WIDTHS.items())
def test_known_sets_are_complete(name, rows):
    labels = LabelSet.named(name)
    assert len(labels) == len(set(labels.ids)) == rows
    assert all(labels.definitions)
    assert all(names and names[0] == first for names, first in zip(labels.synonyms, labels.names, strict=True))
    assert labels.name == name


def test_imagenet_1k_is_in_the_order_of_the_challenge():
    labels = LabelSet.named("imagenet-1k")
    assert (labels.ids[0], labels.synonyms[0]) == ("n01440764", ("tench", "Tinca tinca"))
    assert labels.names[207] == "golden retriever"
    assert (labels.ids[851], labels.names[850]) == ("n04404412", "teddy")  # the rows that timm #2140 moved
    assert labels.synonyms[850] == ("teddy", "teddy bear")
    assert labels.names[999] == "toilet tissue"


def test_google_has_two_more_synsets_than_fall11():
    fall11, goog = LabelSet.named("imagenet-21k"), LabelSet.named("imagenet-21k+2")
    assert [goog.ids[9205], goog.ids[15027]] == ["n03931044", "n09859684"]
    rest = np.delete(np.arange(21843), [9205, 15027])
    assert goog.take(rest) == fall11
    assert goog.take(rest).version == fall11.version != goog.version


def test_microsoft_puts_imagenet_1k_first():
    moved = LabelSet.named("imagenet-22k-ms")
    assert moved.take(range(1000)) == LabelSet.named("imagenet-1k")
    assert set(moved.ids) == {*LabelSet.named("imagenet-21k").ids, "n04399382"}


@pytest.mark.parametrize("alias", ["ImageNet_1K", "imagenet1k", "imagenet"])
def test_spelling_of_a_sets_name_does_not_matter(alias):
    assert LabelSet.named(alias).name == "imagenet-1k"


def test_unknown_set_names_the_nearest():
    with pytest.raises(UnknownName, match=r"did you mean 'imagenet-12k'"):
        LabelSet.named("imagnet-12k")


def test_without_timm_the_extra_is_named(monkeypatch):
    monkeypatch.setattr("headword.errors.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"pip install 'headword\[torch\]'"):
        LabelSet.named("imagenet-1k")


@pytest.fixture
def planted_timm(tmp_path, monkeypatch):
    """A timm package whose tables the test writes."""
    info = tmp_path / "timm" / "data" / "_info"
    info.mkdir(parents=True)
    spec = types.SimpleNamespace(submodule_search_locations=[str(tmp_path / "timm")])
    monkeypatch.setattr(imagenet, "find_spec", lambda name: spec)
    monkeypatch.setattr(imagenet, "SETS", {"imagenet-1k": ("imagenet_synsets.txt", 3)})
    imagenet.synset_table.cache_clear()
    yield info
    imagenet.synset_table.cache_clear()


def _write_tables(info, wnids, described):
    (info / "imagenet_synsets.txt").write_text("".join(f"{wnid}\n" for wnid in wnids))
    for kind in ("lemma", "definition"):
        text = "".join(f"{wnid}\t{kind} of {wnid}\n" for wnid in described)
        (info / f"imagenet_synset_to_{kind}.txt").write_text(text)


def test_a_synset_without_a_name_moves_no_row(planted_timm):
    wnids = ["n00000001", "n00000002", "n00000003"]
    _write_tables(planted_timm, wnids, wnids)
    assert LabelSet.named("imagenet-1k").names[2] == "lemma of n00000003"
    imagenet.synset_table.cache_clear()
    _write_tables(planted_timm, wnids, ["n00000001", "n00000003"])
    with pytest.raises(InputError, match=r"n00000002 \(row 1\)[\s\S]*pip install -U timm"):
        LabelSet.named("imagenet-1k")


@pytest.mark.parametrize("wnids", [["n00000001", "n00000002"], ["n00000001", "n00000002", "n00000001"]])
def test_a_list_of_another_length_is_refused(planted_timm, wnids):
    _write_tables(planted_timm, wnids, wnids)
    with pytest.raises(InputError, match=r"the 3 classes of 'imagenet-1k'"):
        LabelSet.named("imagenet-1k")


def test_missing_table_is_an_error(planted_timm):
    with pytest.raises(InputError, match=r"timm's imagenet_synsets.txt"):
        LabelSet.named("imagenet-1k")


# --- Which set a head has ---

RECORDS = [
    ("a1_in1k", 1000, "imagenet-1k"),
    ("in22k_ft_in1k", 1000, "imagenet-1k"),
    ("fb_in22k_ft_in1k_384", 1000, "imagenet-1k"),
    ("augreg_in21k", 21843, "imagenet-21k-goog"),
    ("augreg_in21k_ft_in1k", 1000, "imagenet-1k"),
    ("1000ep_in21k", 21843, "imagenet-21k-goog"),
    ("miil_in21k", 11221, "imagenet-21k-miil"),
    ("vit_base_patch16_224_miil.in21k", 11221, "imagenet-21k-miil"),
    ("fb_in22k", 21841, "imagenet-21k"),
    ("ms_in22k", 21842, "imagenet-22k-ms"),
    ("ms_in22k", 21841, "imagenet-21k"),
    ("in12k", 11821, "imagenet-12k"),
    ("clip_laion2b_soup_ft_in12k_320", 11821, "imagenet-12k"),
    ("openai_ft_in12k_in1k", 1000, "imagenet-1k"),
    ("fcmae_ft_in22k_in1k_512", 1000, "imagenet-1k"),
    ("fb_ssl_yfcc100m_ft_in1k", 1000, "imagenet-1k"),
    ("bd_ssld_6m_in1k_384", 1000, "imagenet-1k"),
    ("b1k_in1k", 1000, "imagenet-1k"),
    ("timm/beit_base_patch16_224.in22k_ft_in22k", 21841, "imagenet-21k"),
    ("IMAGENET1K_SWAG_E2E_V1", 1000, "imagenet-1k"),
    ("ResNet50_Weights.IMAGENET1K_V2", 1000, "imagenet-1k"),
    ("microsoft/beit-base-patch16-224-pt22k-ft22k", 21841, "imagenet-21k"),
    ("facebook/convnext-base-384-22k-1k", 1000, "imagenet-1k"),
    ("ILSVRC/imagenet-1k", 1000, "imagenet-1k"),
    ("ilsvrc2012", 1000, "imagenet-1k"),
    ("imagenet", 11821, "imagenet-12k"),
    ("imagenet-22k-ms", 21842, "imagenet-22k-ms"),
    (None, 1000, "imagenet-1k"),
    ("resnet50", 21843, "imagenet-21k-goog"),
]


@pytest.mark.parametrize(("record", "rows", "expected"), RECORDS)
def test_record_first_then_width(record, rows, expected):
    assert LabelSet.resolve(None, rows, "a head", record).name == expected


def test_every_classifier_of_timm_gets_its_set():
    models = pytest.importorskip("timm.models")
    told = 0
    for full in models.list_models(pretrained=True):
        rows = models.get_pretrained_cfg(full).num_classes
        record, candidates = imagenet.sets_of_record(full.partition(".")[2])
        fitting = [name for name in candidates if WIDTHS[name] == rows]
        if rows in WIDTHS.values() and record is not None:
            assert len(fitting) == 1, full
            told += 1
        else:
            assert not fitting, full
    assert told > 1000


@pytest.mark.parametrize(
    ("record", "rows", "match"),
    [
        (
            "in1k",
            21841,
            r"its record 'in1k' says 'in1k': 'imagenet-1k' \(1000\)[\s\S]*did you mean 'imagenet-21k'",
        ),
        ("augreg_in21k_ft_in1k", 10, r"the head has 10 rows, but its record .*'imagenet-1k' \(1000\)"),
        ("in22k", 21843, r"did you mean 'imagenet-21k-goog' \(21843\)"),
        ("fb_inw21k", 19168, r"says 'inw21k': a data set whose names headword does not hold"),
        ("places365", 365, r"365 rows may be Places365's, named by its official categories_places365.txt"),
        ("augreg_inat21", 10000, r"iNaturalist 2021's"),
        ("bamboo", 115217, r"[Pp]ass labels="),
        ("imagenet", 7, r"its record 'imagenet' says 'imagenet'"),
        (None, 7, r"7 rows, and no known set has as many[\s\S]*known: 'imagenet-1k' \(1000\)"),
        (None, 1001, r"'background' in row 0"),
    ],
)
def test_no_set_is_guessed(record, rows, match):
    with pytest.raises(LabelMismatch, match=match):
        LabelSet.resolve(None, rows, "head.fc of a model", record)


def test_two_sets_of_one_width_are_ambiguous(monkeypatch):
    sets = {**imagenet.SETS, "cub-200": ("cub.txt", 200), "imagenet-r": ("imagenet_r_synsets.txt", 200)}
    monkeypatch.setattr(imagenet, "SETS", sets)
    with pytest.raises(LabelMismatch, match=r"several known sets .*[\s\S]*'cub-200' \(200\), 'imagenet-r' \(200\)"):
        LabelSet.resolve(None, 200, "a head")


def test_explicit_labels_outrank_the_record():
    labels = LabelSet.resolve(["cat", "dog"], 2, "a head", "in1k")
    assert labels.names == ("cat", "dog")
    assert LabelSet.resolve(labels, 2, "a head", "in1k") is labels


def test_explicit_set_of_another_width_names_the_near_one():
    expected = (
        r"the head has 21843 rows but label set 'imagenet-21k' has 21841 names\n"
        r" +do: did you mean 'imagenet-21k-goog' \(21843\)\? Pass labels=…"
    )
    with pytest.raises(LabelMismatch, match=expected):
        LabelSet.resolve("imagenet-22k", 21843, "a head")


def test_resolve_takes_names_of_sets_and_files(tmp_path):
    file = tmp_path / "pets.txt"
    file.write_text("cat\ndog\n")
    assert LabelSet.resolve(str(file), 2, "a head").names == ("cat", "dog")
    assert LabelSet.resolve(file, 2, "a head").name == "pets.txt"
    with pytest.raises(UnknownName, match="the label set 'pets'"):
        LabelSet.resolve("pets", 2, "a head")


# --- Names given in code ---


def test_repeated_names_keep_their_rows_and_get_ids():
    labels = LabelSet.from_names(["crane", "tub", "crane", ["crane", "hoist"], "crane #2"])
    assert labels.names == ("crane", "tub", "crane", "crane", "crane #2")
    assert labels.ids == ("crane", "tub", "crane #3", "crane #4", "crane #2")
    assert labels.synonyms[3] == ("crane", "hoist")


def test_names_become_words():
    labels = LabelSet.from_names(["golden_retriever", "  apple \n pie "])
    assert labels.names == ("golden retriever", "apple pie")


def test_wnids_alone_are_looked_up():
    labels = LabelSet.from_names(["n02012849", "n03126707"])
    assert labels.ids == ("n02012849", "n03126707")
    assert labels.names == ("crane", "crane")
    with pytest.raises(InputError, match=r"n00000000 \(row 1\)"):
        LabelSet.from_names(["n02012849", "n00000000"])


@pytest.mark.parametrize(
    ("names", "match"),
    [
        ([], "an empty list"),
        ("cat, dog", "the text 'cat, dog'"),
        (["cat", "  "], r"row 1[\s\S]*a blank name"),
        (["cat", "__"], "a blank name"),
        (["cat", 3], r"row 1[\s\S]*found: 3"),
        (["cat", []], r"row 1[\s\S]*found: \[\]"),
        (["cat", ["dog", None]], "row 1"),
        (["cat", "d\0g"], "check that it is a name"),
        (["x" * 5000], "5000 characters"),
    ],
)
def test_names_that_are_none(names, match):
    # Unwrapped, as a user runs it: the tests' own type checks would refuse these before headword can.
    from_names = inspect.unwrap(LabelSet.from_names.__func__)
    with pytest.raises(InputError, match=match):
        from_names(LabelSet, names)


def test_ids_and_definitions_go_with_the_names():
    labels = LabelSet.from_names(["cat", "dog"], ids=["a", "b"], definitions=["it  purrs", " "])
    assert (labels.ids, labels.definitions) == (("a", "b"), ("it purrs", None))
    with pytest.raises(InputError, match="the id 'a' 2 times"):
        LabelSet.from_names(["cat", "dog"], ids=["a", "a"])
    with pytest.raises(InputError, match="definitions"):
        LabelSet.from_names(["cat", "dog"], definitions=["purrs"])
    with pytest.raises(InputError, match=r"row 1[\s\S]*the definition nan"):
        inspect.unwrap(LabelSet.from_names.__func__)(LabelSet, ["cat", "dog"], definitions=["purrs", float("nan")])


def test_take_by_index_and_by_mask():
    labels = LabelSet.from_names(["a", "b", "c"], definitions=["1", "2", "3"])
    assert labels.take([2, 0]).definitions == ("3", "1")
    assert labels.take(np.array([True, False, True])) == labels.take(np.array([0, 2]))
    for rows in (np.array([3]), np.array([True, False]), np.array([0, 0]), np.zeros(3, bool)):
        with pytest.raises(InputError):
            labels.take(rows)


def test_equality_is_of_content_not_of_the_sets_name():
    one, other = LabelSet.from_names(["a", "b"], name="x"), LabelSet.from_names(["a", "b"], name="y")
    assert one == other
    assert one.version == other.version
    assert hash(one) == hash(other)
    for changed in (["b", "a"], [["a", "A"], "b"]):
        assert LabelSet.from_names(changed) != one
        assert LabelSet.from_names(changed).version != one.version


def test_id2label_of_a_config():
    labels = LabelSet.from_id2label({1: "goldfish, Carassius auratus", 0: "tench"})
    assert labels.synonyms == (("tench",), ("goldfish", "Carassius auratus"))
    with pytest.raises(InputError, match="placeholders, 'LABEL_0'"):
        LabelSet.from_id2label({0: "LABEL_0", 1: "LABEL_1"})
    with pytest.raises(InputError, match="none is 1"):
        LabelSet.from_id2label({0: "a", 2: "b"})
    with pytest.raises(InputError, match="an empty index"):
        LabelSet.from_id2label({})


# --- Reports ---


def test_report_on_imagenet_1k_tells_its_cranes_apart():
    report = label_report(LabelSet.named("imagenet-1k"))
    shared = {each.name.casefold(): each for each in report.repeated}
    assert set(shared) == {"crane", "maillot", "cardigan"}
    assert shared["crane"].rows == (134, 517)
    assert shared["crane"].ids == ("n02012849", "n03126707")
    assert "wading bird" in shared["crane"].definitions[0]
    assert "lifts and moves" in shared["crane"].definitions[1]
    assert all(each.told_apart for each in report.repeated)
    assert {"panther", "missile", "crane"} <= set(report.ambiguous)
    assert (report.rows, report.with_definition, report.undefined) == (1000, 1000, ())


def test_report_on_imagenet_21k_counts_the_known_repeats():
    assert label_report(LabelSet.named("imagenet-21k")).identical == 525


def test_report_says_what_is_missing():
    labels = LabelSet.from_names(
        ["cat", "Cat", ["dog", "hound"], "hound"], definitions=["purrs", None, "barks", "bays"]
    )
    report = label_report(labels)
    assert (report.rows, report.unique_names, report.with_definition, report.with_synonyms) == (4, 3, 3, 1)
    assert [(each.rows, each.told_apart) for each in report.repeated] == [((0, 1), False)]
    assert report.undefined == (1,)
    assert set(report.ambiguous) == {"cat", "hound"}
    assert json.loads(json.dumps(report.as_dict()))["repeated"][0]["rows"] == [0, 1]
    text = str(report)
    assert "own list: 4 classes" in text
    assert "1 (1 not told apart by definition)" in text
    assert "row 1, Cat: (no definition)" in text


# --- Own files ---


def _load(tmp_path, name, content):
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return LabelSet.load(file)


PAIR = (("tench", "Tinca tinca"), ("goldfish",))
FORMS = {
    "lines.txt": "tench, Tinca tinca\ngoldfish\n",
    "crlf.txt": "tench, Tinca tinca\r\ngoldfish\r\n\r\n",
    "bom.txt": "\ufefftench, Tinca tinca\ngoldfish",
    "tabs.txt": "n1\ttench, Tinca tinca\nn2\tgoldfish\n",
    "caffe.txt": "n01440764 tench, Tinca tinca\nn01443537 goldfish\n",
    "table.csv": 'id,name,synonyms,definition\n1,tench,Tinca tinca,"a fish, edible"\n2,goldfish,,\n',
    "bom.csv": "\ufeffName,Synonyms\ntench,Tinca tinca\ngoldfish,\n",
    "table.tsv": "name\tsynonyms\ntench\tTinca tinca\ngoldfish\t\n",
    "pairs.tsv": "x\ttench, Tinca tinca\ny\tgoldfish\n",
    "nested.json": '[["tench", "Tinca tinca"], "goldfish"]',
    "objects.json": '[{"id": 7, "names": ["tench", "Tinca tinca"]}, {"id": 8, "names": "goldfish"}]',
    "id2label.json": '{"1": "goldfish", "0": "tench, Tinca tinca"}',
    "config.json": '{"model_type": "vit", "id2label": {"0": "tench, Tinca tinca", "1": "goldfish"}}',
    "label2id.json": '{"goldfish": 1, "tench, Tinca tinca": 0}',
}


@pytest.mark.parametrize(("name", "content"), FORMS.items())
def test_every_form_of_file_gives_the_same_classes(tmp_path, name, content):
    labels = _load(tmp_path, name, content)
    assert labels.synonyms == PAIR
    assert labels.name == name


def test_ids_and_definitions_from_files(tmp_path):
    assert _load(tmp_path, "a.txt", FORMS["tabs.txt"]).ids == ("n1", "n2")
    assert _load(tmp_path, "a.txt", FORMS["caffe.txt"]).ids == ("n01440764", "n01443537")
    table = _load(tmp_path, "a.csv", FORMS["table.csv"])
    assert (table.ids, table.definitions) == (("1", "2"), ("a fish, edible", None))
    assert _load(tmp_path, "a.json", FORMS["objects.json"]).ids == ("7", "8")
    keras = _load(tmp_path, "a.json", '{"0": ["n01440764", "tench"], "1": ["n01443537", "great_white_shark"]}')
    assert (keras.ids, keras.names) == (("n01440764", "n01443537"), ("tench", "great white shark"))
    glossary = _load(tmp_path, "a.json", '{"drum, snare": "rattles", "cat": null}')
    assert (glossary.names, glossary.definitions) == (("drum, snare", "cat"), ("rattles", None))


def test_commas_part_synonyms_in_lines_but_not_in_lists_or_cells(tmp_path):
    assert _load(tmp_path, "a.txt", "drum, snare\n1,000 island dressing").names == (
        "drum",
        "1,000 island dressing",
    )
    assert _load(tmp_path, "a.json", '["drum, snare"]').names == ("drum, snare",)
    assert _load(tmp_path, "a.csv", 'name\n"drum, snare"').names == ("drum, snare",)


def test_single_column_csv_without_header(tmp_path):
    assert _load(tmp_path, "a.csv", "cat\ndog\n").names == ("cat", "dog")


def test_more_than_ten_rows_sort_by_number(tmp_path):
    index = {str(i): f"class {i}" for i in range(12)}
    assert _load(tmp_path, "a.json", json.dumps(dict(sorted(index.items())))).names[10] == "class 10"


def test_places365_official_categories(tmp_path):
    labels = _load(
        tmp_path,
        "categories_places365.txt",
        "/a/airfield 0\n/c/church/indoor 1\n/u/underwater/ocean_deep 2\n",
    )
    assert labels.names == ("airfield", "indoor church", "ocean deep underwater")
    assert labels.ids[1] == "church/indoor"
    with pytest.raises(InputError, match="line 2 has the index 2"):
        _load(tmp_path, "categories_places365.txt", "/a/airfield 0\n/c/church/indoor 2\n")


SPECIES = [
    {"id": 1, "name": "Thamnophis sirtalis", "common_name": "Common Garter Snake",
     "supercategory": "Reptiles", "order": "Squamata", "family": "Colubridae", "genus": "Thamnophis"},
    {"id": 0, "name": "Lumbricus terrestris", "common_name": "", "supercategory": "Animalia"},
]  # fmt: skip


def test_inaturalist_official_json_and_csv(tmp_path):
    labels = _load(tmp_path, "val.json", json.dumps({"images": [], "categories": SPECIES}))
    assert labels.ids == ("Lumbricus terrestris", "Thamnophis sirtalis")
    assert labels.synonyms[1] == ("Common Garter Snake", "Thamnophis sirtalis")
    assert labels.names[0] == "Lumbricus terrestris"
    assert labels.definitions == (
        "animalia",
        "one of the reptiles; order Squamata, family Colubridae, genus Thamnophis",
    )
    header = ["id", "name", "common_name", "supercategory", "order", "family", "genus"]
    rows = [",".join(str(each.get(column, "")) for column in header) for each in SPECIES]
    assert _load(tmp_path, "categories.csv", "\n".join([",".join(header), *rows])) == labels


HOSTILE = {
    "zero bytes": ("a.txt", b"", "nothing in it"),
    "white space only": ("a.txt", " \n\t\n ", "nothing in it"),
    "byte-order mark only": ("a.csv", "\ufeff", "nothing in it"),
    "Latin-1": ("a.txt", "cat\ncaf\xe9\n".encode("latin-1"), r"byte 7 \(0xe9, line 2\) is not UTF-8"),
    "UTF-16": ("a.txt", "cat\ndog".encode("utf-16"), "byte 0 .* is not UTF-8"),
    "UTF-16 without mark": ("a.txt", "cat\ndog".encode("utf-16-le"), r"byte 1 \(line 1\) is NUL"),
    "NUL byte": ("a.csv", b"name\ncat\nd\0g\n", r"byte 10 \(line 3\) is NUL"),
    "blank line in the middle": ("a.txt", "cat\n\ndog\n", "line 2 is blank, and the rows after it"),
    "blank name in a table": ("a.csv", "name,definition\ncat,purrs\n ,barks\n", r"row 1[\s\S]*a blank name"),
    "ragged csv": ("a.csv", "id,name\n1,cat\n2\n", "line 3 has 1 columns and the header 2"),
    "unquoted comma in csv": ("a.csv", "name,definition\ncat,purrs, mews\n", "line 2 has 3 columns"),
    "blank line in csv": ("a.csv", "id,name\n1,cat\n\n2,dog\n", "line 3 has 0 columns"),
    "column twice": ("a.csv", "name,synonyms,synonyms\ncat,puss,moggy\n", "one of them twice"),
    "half a character": ("a.json", '["cat", "\\ud800"]', "row 1[\\s\\S]*check that it is a name"),
    "half a character in a definition": ("a.json", '[{"name": "cat", "definition": "\\ud800"}]', "the definition"),
    "infinite category": ("a.json", '[{"id": Infinity, "name": "x", "common_name": "y"}]', "a whole number"),
    "open quote in csv": ("a.csv", 'name\n"cat\ndog\n', "unexpected end of data"),
    "no name column": ("a.csv", "id,title\n1,cat\n", r"columns \['id', 'title'\], none of them 'name'"),
    "header only": ("a.csv", "id,name\n", "a header and no rows"),
    "huge field in csv": ("a.csv", "name\n" + "x" * 200_000, "field larger than field limit"),
    "huge line": ("a.txt", "cat\n" + "x" * 100_000, r"row 1[\s\S]*100000 characters"),
    "repeated ids": ("a.txt", "a\tcat\na\tdog\n", "the id 'a' 2 times"),
    "id on some lines": ("a.txt", "a\tcat\ndog\n", "line 2 has 1 columns, the first line 2"),
    "three columns": ("a.txt", "a\tcat\tpurrs\n", "3 columns"),
    "id in some rows": ("a.csv", "id,name\n1,cat\n,dog\n", "entry 1 has no id"),
    "broken JSON": ("a.json", '["cat", "dog"', "not JSON"),
    "JSON nested too deeply": ("a.json", "[" * 100_000, "not JSON"),
    "JSON number": ("a.json", "3", "int 3"),
    "JSON empty list": ("a.json", "[]", r"list \[\]"),
    "JSON empty object": ("a.json", "{}", r"dict \{\}"),
    "JSON list of numbers": ("a.json", "[1, 2]", "entry 0[\\s\\S]*int 1 where a name belongs"),
    "JSON null name": ("a.json", '["cat", null]', "entry 1[\\s\\S]*NoneType None"),
    "JSON object without name": ("a.json", '[{"name": "cat"}, {"title": "dog"}]', "entry 1"),
    "JSON definition no text": ("a.json", '[{"name": "a", "definition": 3}]', "the definition 3"),
    "JSON key twice": ("a.json", '{"cat": "purrs", "cat": "mews"}', "the key 'cat' stands twice"),
    "id2label with a gap": ("a.json", '{"0": "cat", "2": "dog"}', "none is 1"),
    "id2label from one": ("a.json", '{"1": "cat", "2": "dog"}', "none is 0"),
    "id2label of numbers": ("a.json", '{"0": 1.5, "1": "dog"}', "index 0"),
    "id2label placeholders": ("a.json", '{"0": "LABEL_0", "1": "LABEL_1"}', "placeholders"),
    "label2id with one index twice": ("a.json", '{"cat": 0, "dog": 0}', "one index for several names"),
    "mixed object": ("a.json", '{"cat": 0, "dog": ["x"]}', r"an object with the keys \['cat', 'dog'\]"),
    "categories with a gap": ("a.json", json.dumps({"categories": SPECIES[:1]}), "ids other than 0 to 0"),
    "categories without id": ("a.json", json.dumps([{"name": "x", "common_name": "y"}]), "a whole number"),
    "category without name": ("a.json", json.dumps([{"id": 0, "common_name": "y"}]), "category 0"),
    "another format": ("a.png", b"\x89PNG", "the ending '.png'"),
    "no ending": ("labels", "cat\n", "the ending ''"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "match"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_are_refused_with_the_reason(tmp_path, name, content, match):
    with pytest.raises(InputError, match=match) as caught:
        _load(tmp_path, name, content)
    assert caught.value.do


def test_absent_file_and_folder(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        LabelSet.load(tmp_path / "absent.txt")
    for folder in (tmp_path / "folder.txt", tmp_path / "folder"):
        folder.mkdir()
        with pytest.raises(InputError, match="a folder"):
            LabelSet.load(folder)


@pytest.mark.parametrize("path", ["x" * 300 + ".txt", "a\0.txt"])
def test_a_text_that_no_path_can_be(path):
    with pytest.raises(InputError, match="it cannot be read"):
        LabelSet.load(path)


def test_no_id_is_blank():
    with pytest.raises(InputError, match="row 1 with a blank id"):
        LabelSet.from_names(["cat", "dog"], ids=["felis", " "])


def test_duplicate_names_are_allowed_for_a_head(tmp_path):
    labels = _load(tmp_path, "a.txt", "crane\ncrane\n")
    assert len(labels) == 2
    assert not label_report(labels).repeated[0].told_apart
