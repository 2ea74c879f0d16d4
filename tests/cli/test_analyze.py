"""`headword analyze` on the planted world: every figure has N, chance and a null, and swapped labels are found."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image
from typer.testing import Result

import headword as hw

EYE = ("planted/eye", "--text", "planted/ear", "--definitions", "none")
FEW = ("--permutations", 20)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWORD_CACHE", str(tmp_path / "cache"))


def folders(root: Path, planted: ModuleType, words: tuple[str, ...], pictures: int) -> Path:
    for word in words:
        (root / word).mkdir(parents=True)
        for seed in range(pictures):
            Image.fromarray(planted.picture(word, seed)).save(root / word / f"{seed}.png")
    return root


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, planted: ModuleType) -> Path:
    """Five pictures each of twelve of the head's own classes."""
    return folders(tmp_path_factory.mktemp("own") / "own", planted, planted.WORDS[:12], 5)


def test_similarities_have_n_k_chance_and_null(run_json: Callable[..., dict[str, Any]]) -> None:
    found = run_json("analyze", *EYE, *FEW, "--what", "neighbours", "--what", "cka", "-k", 3, "-k", 7)["analysis"]
    mutual, cycle, *_ = found["neighbours"]
    assert (mutual["measure"], mutual["n"], mutual["k"]) == ("mutual k-NN", 150, 3)
    assert mutual["chance"] == pytest.approx(3 / 149)
    assert mutual["null"]["permutations"] == 20
    assert abs(mutual["null"]["mean"] - mutual["chance"]) < 0.02 < mutual["value"] - mutual["null"]["mean"]
    assert [each["k"] for each in found["neighbours"]] == [3, 3, 7, 7]
    assert cycle["measure"] == "cycle k-NN"
    unbiased = next(each for each in found["cka"] if each["measure"] == "unbiased CKA")
    assert unbiased["value"] > 0.3 > 10 * abs(unbiased["null"]["mean"])
    assert found["hubness"] == found["gap"] == []
    assert found["names"] is found["cosine_head"] is None
    assert len(found["neighbourhoods"]) == 40


def test_without_a_model_or_pictures_the_rest_is_told(run: Callable[..., Result]) -> None:
    shown = run("analyze", *EYE, *FEW, "-k", 3)
    assert shown.exit_code == 0, shown.stderr
    for each in ("N", "chance", "null", "mutual k-NN", "unbiased CKA", "skewness", "separation 0.9", "0.020"):
        assert each in shown.stdout
    for part in ("gap", "picture-means", "cosine-head"):
        assert f"left out: {part}" in shown.stdout
    assert "Modality gap" not in shown.stdout


def test_swapped_labels_are_the_most_suspect(
    run_json: Callable[..., dict[str, Any]], planted: ModuleType, tmp_path: Path
) -> None:
    words = list(planted.WORDS)
    wrong = list(range(0, 100, 10))
    for row, other in zip(wrong, [*wrong[1:], wrong[0]], strict=True):
        words[row] = planted.WORDS[other]
    labels = tmp_path / "classes.txt"
    labels.write_text("\n".join(words))
    typed = ("analyze", *EYE, "--what", "names", "--labels", labels)
    found = run_json(*typed, "-o", tmp_path / "all.json")["analysis"]["names"]
    assert found["classes"] == 150
    assert found["separation"] > 0.9
    assert len(found["rows"]) == 20
    assert len({each["row"] for each in found["rows"]} & set(wrong)) >= 8
    first = next(each for each in found["rows"] if each["row"] in wrong)
    assert planted.WORDS[first["row"]] in first["looks_like"]
    kept = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert len(kept["analysis"]["names"]["rows"]) == 150


def test_a_model_and_pictures_of_its_classes(
    run: Callable[..., Result], run_json: Callable[..., dict[str, Any]], saved: Path, own: Path
) -> None:
    typed = ("analyze", saved, "--data", own, *FEW, "--definitions", "none", "-k", 5)
    document = run_json(*typed)
    found = document["analysis"]
    assert document["data"] == {"name": "own", "split": "all", "version": document["data"]["version"], "n": 60,
                                "of_own_classes": 60}  # fmt: skip
    assert document["head"]["classes"] == 150
    assert document["model"]["aligner"]["kind"]
    assert document["image_encoder"]["fingerprint"]
    assert document["provenance"]["headword"]
    assert found["left_out"] == {}
    kinds = {tuple(each["kinds"]): each for each in found["gap"]}
    assert set(kinds) == {("prototypes", "pictures"), ("prototypes", "learnt names"), ("pictures", "learnt names")}
    pictures = kinds["prototypes", "pictures"]
    assert pictures["rows_of"] == pictures["gap"]["rows"] == [150, 60]
    # The planted eye sees pictures ten times as long as rows, and off their mean.
    assert pictures["gap"]["raw"]["distance_null"]["p"] == 1 / 21
    assert pictures["gap"]["raw"]["separability"] > 0.9 > pictures["gap"]["raw"]["separability_null"]["mean"] + 0.3
    assert found["cosine_head"]["n"] == 60
    assert found["cosine_head"]["chance"] == pytest.approx(1 / 150)
    assert found["cosine_head"]["linear"] > 0.1
    means = found["image_means"]
    assert (means["k"], means["classes"], means["prototypes"]["n"]) == (5, 12, 150)
    assert [each["images"] for each in means["points"]] == [1, 2, 3, 5]
    assert means["prototypes"]["chance"] == pytest.approx(5 / 149)
    shown = run(*typed).stdout
    for each in (
        "Modality gap (20 permutations",
        "150 + 60",
        "How many pictures",
        "mean of 5",
        "Cosine head",
        "0.67 %",
    ):
        assert each in shown


def test_pictures_of_other_classes_have_a_gap_only(
    run: Callable[..., Result], saved: Path, planted: ModuleType, tmp_path: Path
) -> None:
    data = folders(tmp_path / "new", planted, planted.NEW_WORDS[:5], 3)
    (data / planted.NEW_WORDS[0] / "0.png").write_bytes(b"no picture")
    typed = ("analyze", saved, "--data", data, *FEW, "--definitions", "none")
    found = run(*typed, "--what", "gap")
    assert found.exit_code == 3
    assert "1 of 15 pictures could not be read" in found.stderr
    assert "150 + 14" in found.stdout
    asked = run(*typed, "--what", "cosine-head")
    assert asked.exit_code == 2
    assert "no pictures of the head's own classes" in asked.stderr


def test_many_rows_are_drawn_and_told(run: Callable[..., Result], saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headword.analysis.parts.GAP_ROWS", 60)
    shown = run("analyze", saved, *FEW, "--definitions", "none", "--what", "gap").stdout
    assert "60 of 150 + 60 of 150" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((*EYE, "--what", "taste"), "'taste' is not one of"),
        ((*EYE, "--what", "gap"), "neither a model nor 10 pictures"),
        ((*EYE, "--what", "cka", "--permutations", "0"), "permutations=0"),
        ((*EYE, "-k", "150", "--what", "neighbours"), "pass k from 1 to 149"),
        ((*EYE, "-o", "{own}"), "name a file"),
        (("{saved}", "--text", "planted/ear"), "it has its own"),
        ((*EYE, "--data", "{captions}"), "pictures with captions"),
        ((*EYE, "--data", "./absent"), "no such file or folder"),
    ],
)
def test_what_is_wrong_is_told(
    run: Callable[..., Result], saved: Path, own: Path, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    captions = tmp_path / "captions.csv"
    (tmp_path / "one.png").write_bytes(next(own.glob("*/*.png")).read_bytes())
    captions.write_text("file,caption\none.png,something\n")
    found = run("analyze", *(each.format(saved=saved, own=own, captions=captions) for each in arguments))
    assert found.exit_code == 2
    assert message in " ".join(found.stderr.split())


def test_a_small_head_has_no_names_part() -> None:
    from headword.analysis import Subject, study

    head = hw.load_image_encoder("planted/eye").head().take(range(8))
    subject = Subject.of(head, hw.load_text_encoder("planted/ear"), definitions=None)
    found = study(subject, permutations=5)
    assert dict(found.left_out)["names"] == "8 classes"
    assert {each.k for each in found.neighbours} == {3, 5}
    tiny = study(Subject.of(head.take(range(3)), hw.load_text_encoder("planted/ear"), definitions=None))
    assert len(tiny.left_out) == 7
    with pytest.raises(hw.errors.InputError, match="no such part"):
        study(subject, ["taste"])
