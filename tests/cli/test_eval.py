from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image
from typer.testing import Result

PLAIN = ("--definitions", "none")
"""To look definitions up takes longer than all the rest."""


@pytest.fixture
def classes(tmp_path: Path, planted: ModuleType) -> Path:
    """Four pictures each of six new words, in folders named after them."""
    for word in planted.NEW_WORDS[:6]:
        (tmp_path / "classes" / word).mkdir(parents=True)
        for seed in range(4):
            Image.fromarray(planted.picture(word, seed)).save(tmp_path / "classes" / word / f"{seed}.png")
    return tmp_path / "classes"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HEADWORD_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_figures_stand_beside_spread_and_chance(
    run: Callable[..., Result], run_json: Callable[..., dict[str, Any]], saved: Path, classes: Path
) -> None:
    document = run_json("eval", saved, "--data", classes, *PLAIN)
    result = document["result"]
    assert (result["task"], result["data"], result["n"]) == ("zero-shot", "classes", 24)
    assert result["metrics"]["top1"] > 0.7
    assert result["chance"]["top1"] == pytest.approx(1 / 6)
    assert 0 <= result["spread"]["top1"] < 0.1
    assert document["model"]["aligner"]["kind"]
    assert document["provenance"]["headword"]
    assert "values" not in result
    shown = run("eval", saved, "--data", classes, *PLAIN)
    assert "zero-shot on classes" in shown.stdout
    assert "24 pictures, inductive" in shown.stdout
    assert "16.7 %" in shown.stdout


def test_the_result_is_kept_with_what_became_of_each_picture(
    run: Callable[..., Result], saved: Path, classes: Path, tmp_path: Path
) -> None:
    found = run("eval", saved, "--data", classes, *PLAIN, "-o", tmp_path / "new" / "r.json")
    assert found.exit_code == 0, found.stderr
    document = json.loads((tmp_path / "new" / "r.json").read_text(encoding="utf-8"))
    assert len(document["result"]["values"]["top1"]) == 24
    assert document["schema"] == 1
    assert f"result: {tmp_path / 'new' / 'r.json'}" in found.stdout


def test_embeddings_are_kept_unless_told_not_to(
    run: Callable[..., Result], saved: Path, classes: Path, own_cache: Path, tmp_path: Path
) -> None:
    run("eval", saved, "--data", classes, *PLAIN, "--no-cache")
    assert not own_cache.exists()
    run("eval", saved, "--data", classes, *PLAIN)
    assert list(own_cache.rglob("*.parquet"))
    run("eval", saved, "--data", classes, *PLAIN, "--cache", tmp_path / "other")
    assert list((tmp_path / "other").rglob("*.parquet"))
    both = run("eval", saved, "--data", classes, *PLAIN, "--cache", tmp_path / "other", "--no-cache")
    assert both.exit_code == 2
    assert "pass one of them" in both.stderr


def test_retrieval(run_json: Callable[..., dict[str, Any]], saved: Path, tmp_path: Path, planted: ModuleType) -> None:
    folder = tmp_path / "said"
    folder.mkdir()
    with (folder / "captions.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "caption"])
        for word in planted.NEW_WORDS[:10]:
            Image.fromarray(planted.picture(word)).save(folder / f"{word}.png")
            table.writerow([f"{word}.png", f"look, {word}"])
    result = run_json("eval", saved, "--task", "retrieval", "--data", folder)["result"]
    assert result["metrics"]["t2i_recall@1_any"] > 0.5
    assert result["chance"]["t2i_recall@1_any"] == pytest.approx(0.1)


def test_few_shot_over_seeds(
    run: Callable[..., Result],
    run_json: Callable[..., dict[str, Any]],
    saved: Path,
    tmp_path: Path,
    planted: ModuleType,
) -> None:
    for part, seeds in (("train", (20, 21)), ("test", (30, 31))):
        for word in planted.NEW_WORDS[:6]:
            folder = tmp_path / "few" / part / word
            folder.mkdir(parents=True)
            for seed in seeds:
                Image.fromarray(planted.picture(word, seed)).save(folder / f"{seed}.png")
    typed = ("eval", saved, "--task", "few-shot", "--data", tmp_path / "few", *PLAIN, "--train-split", "train")
    document = run_json(*typed, "--shots", 1, "--shots", 2)
    assert [each["settings"]["shots"] for each in document["results"]] == [1] * 5 + [2] * 5
    assert "± sd over seeds" in run(*typed, "--shots", 1).stdout
    single = run_json(*typed, "--shots", 2, "--seed", 3, "--probe", "ridge")
    assert single["result"]["settings"]["seed"] == 3
    held = run_json(
        "eval", saved, "--task", "few-shot", "--data", tmp_path / "few", *PLAIN, "--holdout", 0.5, "--shots", 1
    )
    assert {each["settings"]["split"] for each in held["results"]} == {"test, 0.5 held out: test"}
    missing = run("eval", saved, "--task", "few-shot", "--data", tmp_path / "few", *PLAIN)
    assert missing.exit_code == 2
    assert "no pictures to learn from" in missing.stderr


def test_pictures_that_cannot_be_read(
    run: Callable[..., Result], run_json: Callable[..., dict[str, Any]], saved: Path, classes: Path
) -> None:
    spoilt = sorted(classes.glob("*/*.png"))[0]
    spoilt.write_bytes(b"no picture")
    found = run("eval", saved, "--data", classes, *PLAIN)
    assert found.exit_code == 3
    assert "1 of 24 pictures could not be read:" in found.stderr
    document = run_json("eval", saved, "--data", classes, *PLAIN, code=3)
    assert len(document["bad_images"]) == 1
    assert document["result"]["n"] == 23


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("absent",), "no such model"),
        (("{saved}", "--data", "./absent"), "no such file or folder"),
        (("{saved}", "--task", "retrieval"), "leave --task retrieval out"),
        (("{saved}", "-o", "{classes}"), "name a file"),
        (("{saved}", "--shots", "4", "--seed", "1"), "--shots, --seed, which it does not take"),
        (("{saved}", "--task", "retrieval", "--template", "a {{}}"), "--template, which it does not take"),
        (("{saved}", "--task", "few-shot", "--holdout", "0.5", "--train", "{classes}"), "the one or the other"),
    ],
)
def test_what_is_wrong_is_told(
    run: Callable[..., Result], saved: Path, classes: Path, arguments: tuple[str, ...], message: str
) -> None:
    typed = [each.format(saved=saved, classes=classes) for each in arguments]
    found = run("eval", *typed, *([] if "--data" in typed else ["--data", classes]))
    assert found.exit_code == 2
    assert message in found.stderr


def test_a_cache_that_cannot_be_written_is_told_with_a_way_out(
    run: Callable[..., Result], saved: Path, classes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "note.txt").write_text("mine", encoding="utf-8")
    monkeypatch.setenv("HEADWORD_CACHE", str(tmp_path / "note.txt" / "a" / "cache"))
    found = run("eval", saved, "--data", classes, *PLAIN)
    assert found.exit_code == 2
    assert f"asked: to keep embeddings in {tmp_path / 'note.txt' / 'a' / 'cache'}" in found.stderr
    assert "or pass --no-cache" in found.stderr
