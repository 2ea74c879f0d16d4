"""`headword validate`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import Result

import headword as hw
from headword.aligners import MLP
from headword.aligners.progress import SHOWN

Run = Callable[..., Result]
RunJson = Callable[..., dict[str, Any]]

WORLD = ("planted/eye", "--text", "planted/ear", "--definitions", "none")


def test_it_repeats_the_estimate_of_align(run_json: RunJson, saved: Path, planted_model: hw.AlignedModel) -> None:
    document = run_json("validate", saved, "--definitions", "auto")
    assert [each["query_kind"] for each in document["held_out"]] == ["names", "all texts"]
    for found, expected in zip(document["held_out"], planted_model.validation, strict=True):
        assert found["aligner"] == "kernel-ridge"
        assert found["top5"] == pytest.approx(expected.top5)


def test_a_model_that_learnt_from_pictures_is_told_that_they_are_left_out(
    run: Run, tmp_path: Path, saved: Path, planted_model: hw.AlignedModel
) -> None:
    replace(planted_model, learnt_from=("3e06df0d7d75",)).save_pretrained(tmp_path / "taught")
    assert "learnt from pictures; here its aligner is fitted anew" in run("validate", tmp_path / "taught").stderr
    assert "pictures" not in run("validate", saved).stderr


CLOSED = {"asif", "csa", "kernel-ridge", "procrustes", "ridge", "text-to-concept"}


def test_all_aligners_beat_chance_and_permuted_names_do_not(run_json: RunJson) -> None:
    document = run_json("validate", *WORLD, "--aligner", "all", "--permuted")
    found = document["held_out"]
    names = {each["aligner"] for each in found}
    assert names == {name for each in CLOSED for name in (each, f"{each}, permuted names")}
    assert set(document["left_out"]) == set(hw.aligners.registry) - CLOSED
    for each in found:
        if "permuted" in each["aligner"]:
            assert each["top5"] < each["chance5"] + 0.12
        else:
            assert each["top5"] > 4 * each["chance5"]


def test_what_takes_long_is_left_out_and_named(run: Run) -> None:
    said = run("validate", *WORLD, "--aligner", "all").stdout
    assert "left out, for they are trained: contrastive, devise" in said
    assert "--aligner contrastive" in said
    assert "left out" not in run("validate", *WORLD, "--aligner", "ridge").stdout


def test_a_trained_one_is_asked_for_by_name(run_json: RunJson, monkeypatch: pytest.MonkeyPatch) -> None:
    bars: list[bool | None] = []
    fit = MLP._fit_related

    def counted(self: MLP, X: np.ndarray, Y: np.ndarray, weight: np.ndarray, related: np.ndarray) -> None:
        bars.append(SHOWN.get())
        self.epochs, self.hidden = 2, 8
        fit(self, X, Y, weight, related)

    monkeypatch.setattr(MLP, "_fit_related", counted)
    line = ("validate", "planted/eye", "--text", "planted/ear", "--aligner", "mlp", "--folds", "3")
    assert [each["query_kind"] for each in run_json(*line)["held_out"]] == ["names", "all texts"]
    assert bars == [None] * 3  # one fit for each fold, for both ways to ask
    run_json(*line, "--quiet")
    assert bars[3:] == [False] * 3


def test_folds_and_seed_are_used(run_json: RunJson) -> None:
    line = ("validate", *WORLD, "--aligner", "procrustes")
    (ten,) = (each for each in run_json(*line, "--folds", 10)["held_out"] if each["query_kind"] == "names")
    assert ten["candidates"] == 15
    first, again, other = (run_json(*line, "--seed", seed)["held_out"] for seed in (0, 0, 1))
    assert first == again
    assert first != other


def test_the_table_ends_with_chance(run: Run) -> None:
    result = run("validate", *WORLD, "--aligner", "procrustes")
    assert result.exit_code == 0
    lines = [line for line in result.stdout.splitlines() if line.strip()]
    assert lines[-1].split()[0] == "chance"
    assert "3.3 %" in lines[-1]  # 1 of 30


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ((*WORLD, "--folds", "1"), "folds"),
        ((*WORLD, "--folds", "100"), "folds"),
        ((*WORLD, "--aligner", "nosuch"), "the aligner 'nosuch'"),
    ],
)
def test_wrong_asking_is_told(run: Run, line: tuple[str, ...], said: str) -> None:
    result = run("validate", *line)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_saved_model_keeps_its_text_encoder(run: Run, saved: Path) -> None:
    result = run("validate", saved, "--text", "planted/other")
    assert result.exit_code == 2
    assert "it has its own" in result.stderr
