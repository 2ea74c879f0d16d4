"""`headword labels` and `headword ls`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import Result

import headword as hw
from headword.cli import ls
from headword.encoders import image_encoders, text_encoders

Run = Callable[..., Result]
RunJson = Callable[..., dict[str, Any]]


def test_a_known_set(run: Run, run_json: RunJson) -> None:
    report = run_json("labels", "ImageNet_1k")["labels"]
    assert (report["rows"], report["unique_names"]) == (1000, 997)
    shown = run("labels", "imagenet-1k").stdout
    assert "large long-necked wading bird" in shown
    assert "lifts and moves heavy objects" in shown


def test_a_file_of_ones_own(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("id,name,definition\na,crane,a bird\nb,crane,\nc,[bold]dog,\n", encoding="utf-8")
    result = run("labels", file)
    assert result.exit_code == 0
    assert "(no definition)" in result.stdout
    assert "1 of 1" in result.stdout


def test_limit(run: Run) -> None:
    some, every = (run("labels", "imagenet-1k", "--limit", limit).stdout for limit in (1, 0))
    assert "(1 of 3)" in some
    assert "maillot" not in some
    assert "(3 of 3)" in every
    assert "maillot" in every


def test_a_model_and_its_encoder_have_the_same_labels(run_json: RunJson, saved: Path, planted: ModuleType) -> None:
    by_name, by_model = (run_json("labels", source)["labels"] for source in ("planted/eye", saved))
    assert by_name == by_model
    assert by_name["rows"] == planted.CLASSES


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("nosuch", "no known set, file, saved model"),
        ("nosuch/x", "image encoder 'nosuch/x'"),
        (".", "the image encoder"),
    ],
)
def test_unknown_sources(run: Run, source: str, said: str) -> None:
    result = run("labels", source)
    assert result.exit_code == 2
    assert said in result.stderr


def test_ls_lists_what_there_is(run: Run, run_json: RunJson) -> None:
    everything = run_json("ls")
    assert set(everything) == {
        "aligners", "adapters", "image-encoders", "text-encoders", "data-sets", "label-sets", "templates", "metrics",
        "tasks", "verbs",
    }  # fmt: skip
    assert everything["adapters"]["careful"].startswith("Refinement that")
    assert set(everything["aligners"]) == set(hw.aligners.registry)
    assert everything["label-sets"]["imagenet-21k"] == "21,841 classes"
    assert run_json("ls", "templates") == {"templates": everything["templates"]}
    shown = run("ls").stdout
    assert all(name in shown for each in everything.values() for name in each)


def test_every_aligner_and_encoder_is_described(run_json: RunJson) -> None:
    assert all(len(each) > 20 for each in run_json("ls", "aligners")["aligners"].values())
    # Those that tests and other packages register are listed with their prefix alone.
    assert set(ls.IMAGE_ENCODERS) == set(image_encoders) - {"planted"}
    assert set(ls.TEXT_ENCODERS) == set(text_encoders) - {"planted"}


def test_an_aligner_from_elsewhere_is_listed(run_json: RunJson, monkeypatch: pytest.MonkeyPatch) -> None:
    class Mine(hw.aligners.Ridge):
        """Ridge by another name."""

    monkeypatch.setattr(hw.aligners.registry, "_entries", {**hw.aligners.registry._entries, "mine": Mine})
    assert run_json("ls", "aligners")["aligners"]["mine"] == "Ridge by another name."


def test_data_sets_say_whether_they_are_here(run_json: RunJson, tmp_path: Path) -> None:
    (tmp_path / "wds_food101").mkdir()
    found = run_json("ls", "data-sets", "--root", tmp_path)["data-sets"]
    assert found["food101"] == f"101 classes; train 75,750, test 25,250; in {tmp_path / 'wds_food101'}"
    assert found["dtd"].endswith("; not here")
    assert found["flickr8k"].startswith("captions; train 6,000")
    assert set(found) == set(hw.datasets.registry)


def test_ls_of_something_else(run: Run) -> None:
    result = run("ls", "models")
    assert result.exit_code == 2
    assert "label-sets" in result.stderr


def test_a_model_keeps_the_labels_it_was_given(run_json: RunJson, tmp_path: Path, planted: ModuleType) -> None:
    own = tmp_path / "own.txt"
    own.write_text("".join(f"thing number {row}\n" for row in range(planted.CLASSES)), encoding="utf-8")
    run_json("align", "planted/eye", "--text", "planted/ear", "--labels", own, "-o", tmp_path / "model")
    report = run_json("labels", tmp_path / "model")["labels"]
    assert (report["name"], report["rows"]) == ("own.txt", planted.CLASSES)
    run_json("validate", tmp_path / "model")
