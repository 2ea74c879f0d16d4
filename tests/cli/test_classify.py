"""`headword classify`."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image
from typer.testing import Result

import headword as hw

Run = Callable[..., Result]
RunJson = Callable[..., dict[str, Any]]


def test_new_words_are_found(run_json: RunJson, saved: Path, pictures: Path, planted: ModuleType) -> None:
    document = run_json("classify", saved, pictures, "--labels", ",".join(planted.NEW_WORDS))
    found = {Path(each["id"]).stem: each["labels"][0] for each in document["predictions"]}
    assert set(found) == set(planted.NEW_WORDS[:4])
    assert sum(word == label for word, label in found.items()) >= 3  # by chance 0.2
    assert all(len(each["labels"]) == 5 for each in document["predictions"])
    assert document["labels"] == list(planted.NEW_WORDS)
    assert document["bad_images"] == []


def test_labels_can_be_given_in_three_ways(
    run_json: RunJson, saved: Path, pictures: Path, planted: ModuleType, tmp_path: Path
) -> None:
    one, two, three = planted.NEW_WORDS[:3]
    file = tmp_path / "labels.txt"
    file.write_text(f"{one}\n{two}\n{three}\n", encoding="utf-8")
    given = (
        ("-l", one, "-l", two, "-l", three),
        ("--labels", f"{one}, {two},{three},"),
        ("--labels-file", file),
        ("-l", one, "--labels", f"{two},{three}"),
    )
    answers = [run_json("classify", saved, pictures, *each)["predictions"] for each in given]
    assert all(answer == answers[0] for answer in answers)


def test_the_answer_is_that_of_python(
    run_json: RunJson, saved: Path, pictures: Path, planted: ModuleType, planted_model: hw.AlignedModel
) -> None:
    document = run_json("classify", saved, pictures, "--labels", ",".join(planted.WORDS[:9]), "--top-k", 3)
    python = planted_model.classify(pictures, planted.WORDS[:9], 3).as_dict()
    assert [each["labels"] for each in document["predictions"]] == [
        list(each["labels"]) for each in python["predictions"]
    ]
    for there, here in zip(document["predictions"], python["predictions"], strict=True):
        assert there["probabilities"] == pytest.approx(list(here["probabilities"]), abs=1e-6)


def test_an_image_encoder_is_aligned_on_the_spot(run: Run, pictures: Path, planted: ModuleType) -> None:
    words = ",".join(planted.NEW_WORDS[:4])
    result = run("classify", "planted/eye", pictures, "--text", "planted/ear", "--labels", words, "-k", 1)
    assert result.exit_code == 0
    for word in planted.NEW_WORDS[:4]:
        assert any(line.split()[:2] == [f"{word}.png", word] for line in result.stdout.splitlines())
    assert "headword align planted/eye -o FOLDER" in result.stderr


def test_bad_pictures_are_reported_and_the_others_answered(
    run: Run, run_json: RunJson, saved: Path, pictures: Path, planted: ModuleType
) -> None:
    (pictures / "empty.jpg").touch()
    (pictures / "page.png").write_text("<!doctype html>", encoding="utf-8")
    line = ("classify", saved, pictures, pictures / "absent.png", "--labels", "zbamnixq,zbamnikv")
    document = run_json(*line, code=3)
    assert len(document["predictions"]) == 4
    reasons = {Path(each["id"]).name: each["reason"] for each in document["bad_images"]}
    assert reasons["empty.jpg"] == "the file is empty (0 bytes)"
    assert "HTML" in reasons["page.png"]
    assert "no such file" in reasons["absent.png"]
    result = run(*line)
    assert result.exit_code == 3
    assert "3 of 7 pictures could not be read:" in result.stderr
    assert "empty.jpg: the file is empty (0 bytes)" in result.stderr


def test_strict_stops_at_a_bad_picture(run: Run, saved: Path, pictures: Path) -> None:
    (pictures / "empty.jpg").touch()
    result = run("classify", saved, pictures, "-l", "zbamnixq", "--strict")
    assert result.exit_code == 2
    assert "found: the file is empty (0 bytes)" in result.stderr


def test_csv_has_a_line_for_each_label(run: Run, saved: Path, tmp_path: Path, planted: ModuleType) -> None:
    name = 'a "quoted", one.png'
    Image.fromarray(planted.picture("zbamnixq")).save(tmp_path / name)
    result = run("classify", saved, tmp_path / name, "-l", "zbamnixq", "-l", "one, two", "--csv")
    assert result.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [(Path(row["picture"]).name, row["rank"], row["label"]) for row in rows] == [
        (name, "1", "zbamnixq"),
        (name, "2", "one, two"),
    ]
    assert sum(float(row["probability"]) for row in rows) == pytest.approx(1)


def test_none_of_these_answers_where_nothing_fits(
    run_json: RunJson, saved: Path, pictures: Path, planted: ModuleType
) -> None:
    absent = ",".join(planted.NEW_WORDS[10:13])
    line = ("classify", saved, pictures, "--labels", absent)
    firsts = [
        [each["labels"][0] for each in run_json(*line, *more)["predictions"]]
        for more in ((), ("--false-alarms", "0.01"))
    ]
    assert "none of these" not in firsts[0]
    assert firsts[1].count("none of these") >= 3
    everything = run_json(*line, "--none-of-these")["predictions"]
    assert {label for each in everything for label in each["labels"]} == {*absent.split(","), "none of these"}


def test_ambiguous_labels_are_explained(run: Run, saved: Path, pictures: Path) -> None:
    result = run("classify", saved, pictures, "-l", "crane", "-l", "zbamnixq")
    assert result.exit_code == 0
    assert "'crane' may mean" in result.stderr
    assert "as in 'crane (bird)'" in result.stderr
    assert "may mean" not in run("classify", saved, pictures, "-l", "crane (bird)", "-l", "zbamnixq").stderr


def test_many_ambiguous_labels_are_only_named(run: Run, saved: Path, pictures: Path) -> None:
    result = run("classify", saved, pictures, "--labels", "crane, cat, dog, rocket, mouse, cell")
    assert "6 of 6 labels may mean several things" in result.stderr
    assert len(result.stderr.splitlines()) < 5


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ((), "found: none"),
        (("--labels", " , "), "found: none"),
        (("-l", "a cat", "--labels-file", "labels.txt"), "both a file and single ones"),
        (("-l", "a cat", "-l", "a cat"), "the same as 'a cat'"),
        (("-l", "a cat", "--top-k", "0"), "greater than or equal to 1"),
        (("-l", "a cat", "--csv", "--json"), "both --csv and --json"),
        (("-l", "a cat", "--false-alarms", "2"), "no share between 0 and 1"),
        (("-l", "a cat", "--false-alarms", "0"), "no share between 0 and 1"),
        (("-l", "a cat", "--text", "planted/ear"), "it has its own"),
        (("--labels-file", "imagenet-9k"), "no known set, and no .txt"),
        (("-l", "a cat", "--definitions", "nosuch.txt"), "no such file"),
    ],
)
def test_wrong_asking_is_told(run: Run, saved: Path, pictures: Path, line: tuple[str, ...], said: str) -> None:
    result = run("classify", saved, pictures, *line)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_a_label_file_given_as_a_label_is_noticed(run: Run, saved: Path, pictures: Path, tmp_path: Path) -> None:
    file = tmp_path / "labels.txt"
    file.write_text("a cat\n", encoding="utf-8")
    result = run("classify", saved, pictures, "--labels", file)
    assert result.exit_code == 2
    assert f"pass --labels-file {file}" in result.stderr


def test_the_device_reaches_both_encoders(
    run: Run, saved: Path, pictures: Path, planted: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices = []
    for kind in (planted.Eye, planted.Ear):

        def made(self: Any, name: str, *, device: str = "auto", make: Any = kind.__init__) -> None:
            devices.append(device)
            make(self, name)

        monkeypatch.setattr(kind, "__init__", made)
    for line in ((saved,), ("planted/eye", "--text", "planted/ear")):
        result = run("classify", *line, pictures, "-l", "zbamnixq", "--device", "cuda:1")
        assert result.exit_code == 0, result.stderr
    assert devices == ["cuda:1"] * 4


@pytest.mark.parametrize("model", ["nosuch", "./nosuch", "."])
def test_what_is_no_model_is_told(run: Run, pictures: Path, model: str) -> None:
    result = run("classify", model, pictures, "-l", "a cat")
    assert result.exit_code == 2
    assert "asked: the " in result.stderr


def test_wrong_paths_are_told_before_a_model_is_loaded(run: Run, tmp_path: Path) -> None:
    result = run("classify", "timm/nosuch", tmp_path / "nosuch", "-l", "a cat")
    assert result.exit_code == 2
    assert "no such file or folder" in result.stderr
    assert "timm" not in result.stderr


def test_names_cannot_steer_the_terminal(run: Run, saved: Path, tmp_path: Path, planted: ModuleType) -> None:
    name = "[bold]\x1b[31mred :cat:.png"
    Image.fromarray(planted.picture("zbamnixq")).save(tmp_path / name)
    result = run("classify", saved, tmp_path / name, "-l", "[red]zbamnixq[/red]", "-k", 1)
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    assert "[bold]\\x1b[31mred :cat:.png" in result.stdout
    assert "[red]zbamnixq[/red]" in result.stdout


def test_an_adapted_answer_tells_of_a_bad_picture_once(run: Run, saved: Path, pictures: Path) -> None:
    (pictures / "empty.jpg").touch()
    shown = run("classify", saved, pictures, "--labels", "zbamnixq,zbamnikv", "--adapt")
    assert shown.exit_code == 3
    assert shown.stderr.count("empty.jpg") == 1


def test_csv_has_names_as_they_are(run: Run, saved: Path, pictures: Path, planted: ModuleType) -> None:
    Image.fromarray(planted.picture(planted.NEW_WORDS[0])).save(pictures / "a\tb.png")
    shown = run("classify", saved, pictures / "a\tb.png", "-l", "zbamnixq", "--csv")
    assert list(csv.reader(io.StringIO(shown.stdout)))[1][0] == str(pictures / "a\tb.png")
