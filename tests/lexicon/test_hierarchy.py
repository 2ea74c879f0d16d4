"""Which classes are a kind of which, and that aligners do not tell them apart."""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headword.aligners import Contrastive
from headword.arrays import unit
from headword.encoders.base import TextEncoder
from headword.errors import InputError
from headword.heads import Head
from headword.labels.label_set import LabelSet
from headword.lexicon import wordnet
from headword.lexicon.hierarchy import related_classes
from headword.model.alignment import fit_pairs
from headword.pairs.pairs import Pairs

KINDS = {"poodle": ("dog",), "dog": ("mammal", "pet"), "mammal": ("animal",), "pet": ("animal",), "tower": ()}


def named(ids: list[str], hierarchy: Mapping[str, str | tuple[str, ...]] | None) -> set[tuple[str, str]]:
    return {(ids[one], ids[other]) for one, other in related_classes(ids, hierarchy).tolist()}


def test_a_kind_of_a_kind_is_a_kind():
    expected = {("poodle", "dog"), ("poodle", "animal"), ("dog", "animal")}
    assert named(["animal", "poodle", "tower", "dog"], KINDS) == expected
    assert named(["animal", "poodle"], KINDS) == {("poodle", "animal")}  # what lies between need not be a class
    assert named(["poodle", "dog"], {"poodle": "dog"}) == {("poodle", "dog")}
    assert related_classes(["poodle", "dog"], None).shape == related_classes(["tower"], KINDS).shape == (0, 2)


def test_two_ways_up_count_once_and_a_circle_ends():
    found = related_classes(["dog", "animal"], KINDS)
    assert found.tolist() == [[0, 1]]
    assert named(["a", "b"], {"a": "b", "b": "a"}) == {("a", "b"), ("b", "a")}


def test_a_mapping_must_speak_of_the_classes(unchecked):
    with pytest.raises(InputError, match=r"(?s)what 2 classes are a kind of.*5 others: 'poodle'.*such as 'n02084071'"):
        related_classes(["n02084071", "n02113335"], KINDS)
    for wrong in ("wordnet", ["poodle"]):
        with pytest.raises(InputError, match=r"(?s)which classes are a kind of which.*pass 'auto', None, or a mapping"):
            related_classes(["poodle"], wrong)


@pytest.mark.parametrize("above", [None, 3, ["animal", None]])
def test_what_is_above_is_text(above, unchecked):
    with pytest.raises(
        InputError, match=r"(?s)what 'dog' is a kind of.*pass ids as text; leave out what is at the top"
    ):
        related_classes(["dog", "animal"], {"dog": above})


# --- WordNet ---


def write_wordnet(folder: Path, version: str = "3.0") -> dict[str, str]:
    """`data.noun` of the classes of `KINDS` and of "animal"; gives their ids."""
    folder.mkdir(parents=True)
    every = {**KINDS, "animal": ()}
    ids = dict.fromkeys(every, "n00000000")
    for _ in range(2):  # offsets have eight digits, so the second round knows them all
        data = f"  1 WordNet {version} Copyright 2006 by Princeton University.  \n"
        for word, parents in every.items():
            ids[word] = f"n{len(data.encode()):08d}"
            links = "".join(f"@ {ids[each][1:]} n 0000 " for each in parents)
            data += f"{ids[word][1:]} 05 n 01 {word} 0 {len(parents) + 1:03d} {links}+ 00001740 v 0101 | a {word}  \n"
    (folder / "data.noun").write_text(data)
    return ids


@pytest.fixture
def places(tmp_path, monkeypatch) -> list[Path]:
    found: list[Path] = []
    monkeypatch.setattr(wordnet, "_places", lambda: iter(found))
    return found


def test_wordnet_tells_by_wnids(places, tmp_path):
    ids = write_wordnet(tmp_path / "wordnet")
    places += [tmp_path / "absent", tmp_path / "wordnet"]
    words = ["animal", "poodle", "tower", "dog"]
    wnids = [ids[word] for word in words]
    expected = {("poodle", "dog"), ("poodle", "animal"), ("dog", "animal")}
    found = related_classes([*wnids, "n00000001", "my own"])
    assert {(words[one], words[other]) for one, other in found.tolist()} == expected
    assert set(wordnet.find_parents(wnids)) == set(ids.values())
    with zipfile.ZipFile(tmp_path / "zipped.zip", "w") as archive:
        archive.write(tmp_path / "wordnet" / "data.noun", "wordnet/data.noun")
    places[:] = [tmp_path / "zipped.zip"]
    np.testing.assert_array_equal(related_classes(wnids), found)


def test_a_wordnet_of_another_version_or_a_broken_one_is_passed_over(places, tmp_path, caplog):
    ids = write_wordnet(tmp_path / "wordnet")
    write_wordnet(tmp_path / "newer", "3.1")
    (tmp_path / "broken.zip").write_bytes(b"PK")
    wnids = [ids["poodle"], ids["dog"]]
    places += [tmp_path / "newer", tmp_path / "broken.zip"]
    caplog.set_level(logging.INFO, "headword")
    assert len(related_classes(wnids)) == 0
    assert "data.noun cannot be read" in caplog.text
    assert "no WordNet 3.0 on this machine (apt install wordnet-base" in caplog.text
    places.append(tmp_path / "wordnet")
    assert related_classes(wnids).tolist() == [[0, 1]]


def test_wordnet_is_not_looked_for_where_no_id_is_a_wnid(monkeypatch):
    monkeypatch.setattr(wordnet, "_places", lambda: pytest.fail("looked for"))
    assert len(related_classes(["poodle", "dog", "n1234567", "an02084071"])) == 0


# --- What an aligner makes of it ---


def family(planted, kinds: int = 40) -> tuple[Head, TextEncoder, dict[str, str]]:
    """Each of 40 classes and a kind of it are alike, but for a little in many dimensions of its own."""
    rng = np.random.default_rng(0)
    names = [*planted.WORDS[:kinds], *(f"small {word}" for word in planted.WORDS[:kinds])]
    meaning = rng.normal(size=(kinds, 8))
    seen, heard = (
        np.hstack([np.tile(unit(rows), (2, 1)), 0.06 * rng.normal(size=(2 * kinds, 64))]).astype(np.float32)
        for rows in (meaning @ rng.normal(size=(8, 12)), meaning)
    )

    class Dictionary(planted.Ear):
        def encode(self, items, **options):
            return heard[[names.index(each) for each in items]]

    head = Head(seen, np.zeros(2 * kinds, np.float32), LabelSet.from_names(names))
    return head, Dictionary(), dict(zip(names[kinds:], names[:kinds], strict=True))


def test_a_class_and_its_kind_are_not_pushed_apart(planted):
    head, reader, hierarchy = family(planted)
    pairs = Pairs.from_head(head, reader, definitions=None, hierarchy=hierarchy)
    assert pairs.related.tolist() == [[40 + i, i] for i in range(40)]
    alike = (unit(pairs.y)[:40] * unit(pairs.y)[40:]).sum(axis=1)
    assert alike.max() < 0.95  # so that nothing but the hierarchy can tell
    aligner = Contrastive(image_map="linear", width=16, lr=0.02, temperature=0.05, epochs=80, patience=None)
    aligner.set_params(learn_temperature=False, device="cpu")
    near = {}
    for name, each in {"told": pairs, "untold": replace(pairs, related=pairs.related[:0])}.items():
        fitted = fit_pairs(each, aligner).aligner
        scores = fitted.transform_image(pairs.x) @ fitted.transform_text(pairs.y).T
        near[name] = float((scores[:40, 40:].diagonal().mean() + scores[40:, :40].diagonal().mean()) / 2)
        assert (scores.argmax(axis=1) % 40 == np.arange(80) % 40).mean() > 0.95  # all else is still told apart
    assert near["told"] > near["untold"] + 0.1
