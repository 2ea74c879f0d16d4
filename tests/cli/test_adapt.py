"""`headword adapt`, and `--adapt` of `classify` and `eval`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import Result

import headword as hw

Run = Callable[..., Result]
RunJson = Callable[..., dict[str, Any]]
PLAIN = ("--definitions", "none")


@pytest.fixture
def folder(tmp_path: Path, planted: ModuleType) -> Path:
    """Ten pictures each of eight new words, in folders named after them."""
    for word in planted.NEW_WORDS[:8]:
        (tmp_path / "folder" / word).mkdir(parents=True)
        for seed in range(10):
            Image.fromarray(planted.picture(word, seed)).save(tmp_path / "folder" / word / f"{seed}.png")
    return tmp_path / "folder"


@pytest.fixture
def labels(planted: ModuleType) -> tuple[str, ...]:
    return ("--labels", ",".join(planted.NEW_WORDS[:8]))


@pytest.fixture
def disagreeing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders whose halves teach different things."""
    monkeypatch.setattr("headword.adapters.careful.agreement", lambda *_, **__: 0.55)


def right(document: dict[str, Any]) -> float:
    return float(np.mean([each["labels"][0] == Path(each["id"]).parent.name for each in document["predictions"]]))


# --- classify ---


def test_a_folder_is_classified_better_after_it_was_heard(
    run_json: RunJson, saved: Path, folder: Path, labels: tuple[str, ...]
) -> None:
    line = ("classify", saved, folder, *labels, *PLAIN)
    plain, heard = run_json(*line), run_json(*line, "--adapt")
    assert right(heard) > right(plain)
    assert (plain["mode"], plain["adaptation"]) == ("inductive", None)
    assert heard["mode"] == "adapted on 80 unlabelled pictures"
    found = heard["adaptation"]
    assert (found["pictures"], found["method"], found["labels"]) == (80, "careful", 8)
    assert 0 < found["trust"] <= 1
    assert 0.7 < found["report"]["agreement"] <= 1
    assert [each["id"] for each in heard["predictions"]] == [each["id"] for each in plain["predictions"]]


def test_what_was_learnt_is_told(run: Run, saved: Path, folder: Path, labels: tuple[str, ...]) -> None:
    line = ("classify", saved, folder, *labels, *PLAIN)
    result = run(*line, "--adapt", "--csv")
    assert result.exit_code == 0
    assert "adapted on 80 unlabelled pictures: halves agree on " in result.stderr
    assert "of the answers changed" in result.stderr
    assert len(list(csv.DictReader(io.StringIO(result.stdout)))) == 80 * 5, "a table and nothing else"
    assert "adapted" not in run(*line).stderr
    assert run(*line, "--adapt", "--quiet").stderr == ""


def test_the_answer_is_that_of_python(
    run_json: RunJson, saved: Path, folder: Path, planted: ModuleType, planted_model: hw.AlignedModel
) -> None:
    words = list(planted.NEW_WORDS[:8])
    model = planted_model.adapt(folder, words, method="centre", definitions=None)
    python = [each.label for each in model.classify(folder, words, definitions=None)]
    document = run_json("classify", saved, folder, "--labels", ",".join(words), *PLAIN, "--method", "centre")
    assert [each["labels"][0] for each in document["predictions"]] == python
    assert document["adaptation"]["method"] == "centre"


@pytest.mark.usefixtures("disagreeing")
def test_a_folder_that_tells_nothing_keeps_the_plain_answers(
    run: Run, run_json: RunJson, saved: Path, folder: Path, labels: tuple[str, ...]
) -> None:
    line = ("classify", saved, folder, *labels, *PLAIN)
    assert run_json(*line, "--adapt")["predictions"] == run_json(*line)["predictions"]
    assert "the folder's halves agree on 55 % only: plain scores kept" in run(*line, "--adapt").stderr


def test_one_picture_tells_nothing(
    run: Run, run_json: RunJson, saved: Path, folder: Path, labels: tuple[str, ...]
) -> None:
    line = ("classify", saved, next(folder.rglob("*.png")), *labels, *PLAIN)
    assert run_json(*line, "--adapt")["predictions"] == run_json(*line)["predictions"]
    assert "tells nothing of a folder: plain scores kept" in run(*line, "--adapt").stderr


def test_pictures_that_cannot_be_read_are_no_part_of_it(
    run: Run, run_json: RunJson, saved: Path, folder: Path, labels: tuple[str, ...], tmp_path: Path
) -> None:
    (folder / "empty.jpg").touch()
    line = ("classify", saved, folder, *labels, *PLAIN, "--adapt")
    document = run_json(*line, code=3)
    assert document["adaptation"]["pictures"] == len(document["predictions"]) == 80
    assert [Path(each["id"]).name for each in document["bad_images"]] == ["empty.jpg"]
    assert run(*line, "--strict").exit_code == 2
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "empty.jpg").touch()
    alone = run_json("classify", saved, tmp_path / "none", *labels, *PLAIN, "--adapt", code=3)
    assert (alone["predictions"], alone["mode"]) == ([], "inductive")


def test_none_of_these_is_told_as_before(run_json: RunJson, saved: Path, folder: Path, planted: ModuleType) -> None:
    line = ("classify", saved, folder, "--labels", ",".join(planted.NEW_WORDS[4:12]), *PLAIN, "--false-alarms", "0.02")
    none = [
        [each["labels"][0] == "none of these" for each in run_json(*line, *more)["predictions"]]
        for more in ((), ("--adapt",))
    ]
    assert none[0] == none[1]
    assert 0 < sum(none[0]) < 80


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("--adapt", "--known"), "known classes, of which pictures teach nothing"),
        (("--method", "carefull"), "did you mean 'careful'"),
    ],
)
def test_wrong_asking_is_told(
    run: Run, saved: Path, folder: Path, labels: tuple[str, ...], line: tuple[str, ...], said: str
) -> None:
    result = run("classify", saved, folder, *labels, *PLAIN, *line)
    assert result.exit_code == 2
    assert said in result.stderr


# --- adapt ---


def test_an_adapted_model_is_saved(
    run: Run, run_json: RunJson, saved: Path, folder: Path, labels: tuple[str, ...], tmp_path: Path
) -> None:
    made = tmp_path / "made"
    result = run("adapt", saved, folder, "-o", made, *labels, *PLAIN)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("adapted on 80 unlabelled pictures: halves agree on ")
    assert f"model: {made}" in result.stdout
    assert hw.AlignedModel.from_pretrained(made).adaptation is not None
    line = ("classify", folder, *labels, *PLAIN)
    later = run_json(line[0], made, *line[1:])
    at_once = run_json(line[0], saved, *line[1:], "--adapt")
    assert later["predictions"] == at_once["predictions"]
    assert later["mode"] == "adapted on 80 unlabelled pictures"
    assert "adapted on 80 unlabelled pictures" in run(line[0], made, *line[1:]).stderr
    other = run(line[0], made, folder, "-l", "zbamnixq", "-l", "zbamnikv", *PLAIN)
    assert "for other labels: half of what the pictures have in common is taken off" in other.stderr
    known = run_json(line[0], made, *line[1:], "--known")
    assert (known["mode"], known["adaptation"]) == ("inductive", None)


def test_without_labels_it_learns_where_pictures_lie(
    run: Run, run_json: RunJson, saved: Path, folder: Path, tmp_path: Path
) -> None:
    document = run_json("adapt", saved, folder, "-o", tmp_path / "made")
    assert (document["mode"], document["adaptation"]["labels"]) == ("adapted on 80 unlabelled pictures", 0)
    assert document["saved"] == str(tmp_path / "made")
    assert document["bad_images"] == []
    again = run("adapt", tmp_path / "made", folder, "-o", tmp_path / "made")
    assert again.exit_code == 0, "a model is replaced"
    assert "for no labels: half of what the pictures have in common is taken off" in again.stdout


def test_bad_pictures_are_told_and_the_others_heard(
    run: Run, run_json: RunJson, saved: Path, folder: Path, tmp_path: Path
) -> None:
    (folder / "empty.jpg").touch()
    document = run_json("adapt", saved, folder, "-o", tmp_path / "made", code=3)
    assert document["adaptation"]["pictures"] == 80
    assert [each["reason"] for each in document["bad_images"]] == ["the file is empty (0 bytes)"]
    assert "1 of 81 pictures could not be read:" in run("adapt", saved, folder, "-o", tmp_path / "made").stderr
    assert run("adapt", saved, folder, "-o", tmp_path / "made", "--strict").exit_code == 2


@pytest.mark.parametrize(
    ("pictures", "more", "said"),
    [
        ("absent", (), "no such file or folder"),
        ("spoilt", (), "the file is empty (0 bytes)"),
        ("folder", ("--method", "centre"), "no labels to adapt for"),
        ("folder", ("--method", "center", "-l", "zbamn"), "did you mean 'centre'"),
        ("folder", ("-l", "zbamn", "-l", "zbamn"), "the same as 'zbamn'"),
        ("folder", ("-o", "folder"), "a folder that holds something else"),
    ],
)
def test_wrong_asking_saves_nothing(
    run: Run, saved: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pictures: str,
    more: tuple[str, ...], said: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("spoilt").mkdir()
    Path("spoilt/empty.jpg").touch()
    result = run("adapt", saved, pictures, "-o", "made", *more)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not Path("made").exists()


# --- eval ---


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWORD_CACHE", str(tmp_path / "cache"))


@pytest.mark.usefixtures("own_cache")
def test_eval_says_both_modes_and_compare_too(
    run: Run, run_json: RunJson, saved: Path, folder: Path, labels: tuple[str, ...], tmp_path: Path
) -> None:
    line = ("eval", saved, "--data", folder, *PLAIN)
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    assert run(*line, "-o", before).exit_code == 0
    shown = run(*line, "-o", after, "--adapt")
    assert "80 pictures, adapted on 80 unlabelled pictures" in shown.stdout
    assert "halves agree on" in shown.stderr
    result = json.loads(after.read_text(encoding="utf-8"))["result"]
    assert result["mode"] == "adapted on 80 unlabelled pictures"
    assert result["settings"]["adaptation"]["method"] == "careful"
    assert result["settings"]["adaptation"]["report"]["agreement"] > 0.7
    assert result["metrics"]["top1"] > json.loads(before.read_text(encoding="utf-8"))["result"]["metrics"]["top1"]
    compared = run("compare", before, after)
    assert "first: inductive, second: adapted on 80 unlabelled" in " ".join(compared.stdout.split())
    assert "different modes: first inductive, second adapted on 80 unlabelled pictures" in compared.stderr
    made = tmp_path / "made"
    assert run("adapt", saved, folder, "-o", made, *labels, *PLAIN).exit_code == 0
    again = run_json("eval", made, "--data", folder, *PLAIN)["result"]
    assert (again["mode"], again["metrics"]) == (result["mode"], result["metrics"])


@pytest.mark.usefixtures("own_cache")
@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--method", "carefull"), "did you mean 'careful'"),
        (("--task", "few-shot", "--holdout", "0.5", "--adapt"), "--adapt, which it does not take"),
        (("--task", "generalised", "--adapt"), "--adapt, which it does not take"),
    ],
)
def test_eval_refuses_what_it_would_not_do(
    run: Run, saved: Path, folder: Path, more: tuple[str, ...], said: str
) -> None:
    result = run("eval", saved, "--data", folder, *PLAIN, *more)
    assert result.exit_code == 2
    assert said in result.stderr
