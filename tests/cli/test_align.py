"""`headword align`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from typer.testing import Result

import headword as hw
from headword.aligners import LinearMSE
from headword.aligners.progress import SHOWN

Run = Callable[..., Result]
RunJson = Callable[..., dict[str, Any]]

WORLD = ("planted/eye", "--text", "planted/ear")


def test_it_saves_the_model_that_python_makes(run_json: RunJson, tmp_path: Path, planted: ModuleType) -> None:
    document = run_json("align", *WORLD, "--definitions", "none", "-o", tmp_path / "m")
    here = hw.align("planted/eye", "planted/ear", definitions=None)
    there = hw.AlignedModel.from_pretrained(document["saved"])
    assert np.array_equal(there.encode_text(planted.NEW_WORDS), here.encode_text(planted.NEW_WORDS))
    assert document["model"]["validation"] == [each.as_dict() for each in here.validation]


def test_the_record_names_all_that_decides(run_json: RunJson, tmp_path: Path) -> None:
    document = run_json("align", *WORLD, "-o", tmp_path / "m", "--aligner", "ridge")
    row = document["model"]
    assert row["image_encoder"]["name"] == "planted/eye"
    assert row["text_encoder"]["dim"] == 20
    assert len(row["image_encoder"]["fingerprint"]) == 64
    assert row["aligner"]["kind"] == "ridge"
    assert row["aligner"]["chosen"]["alpha"] > 0
    assert document["provenance"]["headword"] == hw.__version__
    assert document["provenance"]["packages"]["numpy"] == np.__version__
    assert 0 < document["seconds"] < 60


def test_it_shows_the_estimate_beside_chance_and_what_to_type_next(run: Run, tmp_path: Path) -> None:
    result = run("align", *WORLD, "-o", tmp_path / "m")
    assert result.exit_code == 0
    model = hw.AlignedModel.from_pretrained(tmp_path / "m")
    estimate = model.validation[0]
    line = next(line for line in result.stdout.splitlines() if "kernel-ridge" in line and " names " in line)
    assert f"{100 * estimate.top1:.1f} %" in line
    assert f"{100 * estimate.chance1:.1f} %" in result.stdout.partition("chance")[2]
    assert f"headword classify {tmp_path / 'm'}" in result.stdout
    assert "aligning planted/eye" in result.stderr


def test_quiet_says_nothing_beside(run: Run, tmp_path: Path) -> None:
    assert run("align", *WORLD, "-o", tmp_path / "m", "--quiet").stderr == ""
    assert run("--quiet", "align", *WORLD, "-o", tmp_path / "m").stderr == ""


def test_an_older_model_is_replaced(run: Run, tmp_path: Path) -> None:
    assert run("align", *WORLD, "-o", tmp_path / "m", "--aligner", "ridge").exit_code == 0
    assert run("align", *WORLD, "-o", tmp_path / "m", "--aligner", "csa").exit_code == 0
    config = json.loads((tmp_path / "m" / "config.json").read_text(encoding="utf-8"))
    assert config["aligner"]["kind"] == "csa"


@pytest.mark.parametrize("inside", ["config.json", "holiday.jpg"])
def test_a_folder_with_something_else_is_left_alone(run: Run, tmp_path: Path, inside: str) -> None:
    # A classifier's own folder has a config.json as well.
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / inside).write_text('{"architecture": "resnet18"}', encoding="utf-8")
    result = run("align", *WORLD, "-o", tmp_path / "mine")
    assert result.exit_code == 2
    assert "found: a folder that holds something else" in result.stderr
    assert [each.name for each in (tmp_path / "mine").iterdir()] == [inside]


def test_a_file_in_the_way_is_left_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "m").write_text("mine", encoding="utf-8")
    result = run("align", *WORLD, "-o", tmp_path / "m")
    assert result.exit_code == 2
    assert "found: a file of that name" in result.stderr
    assert (tmp_path / "m").read_text(encoding="utf-8") == "mine"


def test_labels_of_ones_own(run_json: RunJson, run: Run, tmp_path: Path, planted: ModuleType) -> None:
    words = tmp_path / "words.txt"
    words.write_text("\n".join(planted.WORDS), encoding="utf-8")
    document = run_json("align", *WORLD, "--labels", words, "-o", tmp_path / "m", "--definitions", "none")
    (estimate,) = document["model"]["validation"]
    assert estimate["classes"] == planted.CLASSES
    words.write_text("\n".join(planted.WORDS[:-1]), encoding="utf-8")
    short = run("align", *WORLD, "--labels", words, "-o", tmp_path / "m")
    assert short.exit_code == 2
    assert "the head has 150 rows but label set 'words.txt' has 149 names" in short.stderr


def test_unknown_names_are_told_with_the_known_ones(run: Run, tmp_path: Path) -> None:
    for given, said in (
        (("align", "planted/eye", "--text", "nosuch/ear"), "the text encoder 'nosuch/ear'"),
        (("align", *WORLD, "--aligner", "rigde"), "did you mean 'ridge'?"),
    ):
        result = run(*given, "-o", tmp_path / "m")
        assert result.exit_code == 2
        assert said in result.stderr
        assert not (tmp_path / "m").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--mix", "glue"), "pass one of 'bridge', 'plain', 'sequential'"),
        (("--mix", "sequential"), "KernelRidge to learn from rows, then from pictures"),
        (("--mix", "sequential", "--aligner", "mlp", "--weight-ratio", "0.5"), "stages of one kind of pairs each"),
        (("--weight-ratio", "1.5"), "no share between 0 and 1"),
        (("--weight-ratio", "nan"), "no share between 0 and 1"),
        (("--weight-ratio", "0.5", "--no-recycle"), "rows or pictures alone"),
    ],
)
def test_wrong_mixing_is_told_before_anything_is_read(
    run: Run, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    result = run("align", *WORLD, "--pairs", tmp_path / "nowhere.csv", *options, "-o", tmp_path / "m")
    assert result.exit_code == 2
    assert said in result.stderr


def test_nothing_to_learn_from_is_told_in_the_words_of_the_command_line(run: Run, tmp_path: Path) -> None:
    result = run("align", *WORLD, "--no-recycle", "-o", tmp_path / "m")
    assert result.exit_code == 2
    assert "no --pairs either" in result.stderr
    assert not (tmp_path / "m").exists()


def test_a_share_of_the_rows_needs_pictures(run: Run, tmp_path: Path) -> None:
    result = run("align", *WORLD, "--weight-ratio", "0.5", "-o", tmp_path / "m")
    assert result.exit_code == 2
    assert "found: rows or pictures alone" in result.stderr


def test_bars_of_training_follow_quiet(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bars: list[bool | None] = []

    def quick(self: LinearMSE, X: np.ndarray, Y: np.ndarray, weight: np.ndarray, related: np.ndarray) -> None:
        bars.append(SHOWN.get())
        self.text_weight_, self.text_bias_ = np.eye(20, 24, dtype=np.float32), np.zeros(24, np.float32)

    monkeypatch.setattr(LinearMSE, "_fit_related", quick)
    for options in ((), ("--quiet",)):
        done = run("align", *WORLD, "--aligner", "linear-mse", *options, "-o", tmp_path / "m")
        assert done.exit_code == 0
    assert bars == [None] * 6 + [False] * 6  # the fit and five folds


def test_a_saved_model_is_not_aligned_again(run: Run, saved: Path, tmp_path: Path) -> None:
    result = run("align", saved, "-o", tmp_path / "new")
    assert result.exit_code == 2
    assert "found: a saved model, aligned already" in result.stderr
