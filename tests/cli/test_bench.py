from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image
from typer.testing import Result


@pytest.fixture
def classes(tmp_path: Path, planted: ModuleType) -> Path:
    """Four pictures each of six new words, in folders named after them."""
    for word in planted.NEW_WORDS[:6]:
        (tmp_path / "classes" / word).mkdir(parents=True)
        for seed in range(4):
            Image.fromarray(planted.picture(word, seed)).save(tmp_path / "classes" / word / f"{seed}.png")
    return tmp_path / "classes"


@pytest.fixture
def recipe(tmp_path: Path, classes: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HEADWORD_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("HEADWORD_DATA", raising=False)
    path = tmp_path / "small.toml"
    path.write_text(
        """
        images = "planted/eye"
        texts = "planted/ear"
        aligners = ["ridge", "procrustes"]
        definitions = "none"
        control = ["none", "permuted"]
        seeds = [0, 1]
        tasks = [{ task = "zero-shot", data = "classes" }]
        """,
        encoding="utf-8",
    )
    return path


def test_from_toml_to_rows_tables_and_plot(
    run: Callable[..., Result], run_json: Callable[..., dict[str, Any]], recipe: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    listed = run_json("bench", recipe, "-o", out, "--dry-run")
    assert [each["done"] for each in listed["runs"]] == [False] * 6
    assert not out.exists()
    document = run_json("bench", recipe, "-o", out)
    assert (document["runs"], document["made"], document["failed"]) == (6, 6, 0)
    assert len(list((out / "runs").iterdir())) == 6
    assert (out / "results.csv").read_text(encoding="utf-8").count("\n") == 7
    table = (out / "table.md").read_text(encoding="utf-8")
    assert "| aligner | control | classes | fit s |" in table
    assert " ± " in table
    assert "| chance |" in table
    assert json.loads((out / "recipe.json").read_text(encoding="utf-8"))["seeds"] == [0, 1]
    shown = run("bench", recipe, "-o", out)
    assert "6 runs, 0 of them new" in shown.stdout
    assert "procrustes" in shown.stdout
    assert "6 of them done" in run("bench", recipe, "-o", out, "--dry-run").stdout


def test_the_plot_is_drawn_or_the_extra_is_named(
    run: Callable[..., Result], recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    monkeypatch.setattr("headword.errors.find_spec", lambda name: None)
    found = run("bench", recipe, "-o", out)
    assert found.exit_code == 0
    assert "plot.png is not drawn" in found.stderr
    assert "headword[plots]" in found.stderr
    assert not (out / "plot.png").exists()
    assert "plot.png" not in found.stdout
    monkeypatch.undo()
    pytest.importorskip("matplotlib")
    monkeypatch.setenv("HEADWORD_CACHE", str(tmp_path / "cache"))
    run("bench", recipe, "-o", out)
    assert (out / "plot.png").stat().st_size > 5000


def test_flags_take_the_place_of_keys(run_json: Callable[..., dict[str, Any]], recipe: Path, tmp_path: Path) -> None:
    typed = ("--aligners", "csa", "--seeds", 5, "--images", "planted/other", "--root", tmp_path)
    listed = run_json("bench", recipe, "--dry-run", *typed)
    assert [(each["image_encoder"], each["aligner"], each["seed"]) for each in listed["runs"]] == [
        ("planted/other", "csa", None),
        ("planted/other", "csa", 5),
    ]
    assert listed["folder"] == "results/small"


def test_a_run_that_fails_does_not_stop_the_others(
    run: Callable[..., Result], run_json: Callable[..., dict[str, Any]], recipe: Path, tmp_path: Path
) -> None:
    text = recipe.read_text(encoding="utf-8").replace(
        '"classes" }', '"classes" }, { task = "zero-shot", data = "./no" }'
    )
    recipe.write_text(text, encoding="utf-8")
    document = run_json("bench", recipe, "-o", tmp_path / "out", code=3)
    assert (document["runs"], document["failed"]) == (12, 6)
    assert "no such file or folder" in document["errors"][0]["found"]
    found = run("bench", recipe, "-o", tmp_path / "out")
    assert found.exit_code == 3
    assert "6 of 12 runs failed" in found.stderr
    assert "6 of them new" in found.stdout


def test_a_wrong_recipe_is_told_before_anything_runs(run: Callable[..., Result], recipe: Path, tmp_path: Path) -> None:
    recipe.write_text(recipe.read_text(encoding="utf-8").replace("aligners", "aligner"), encoding="utf-8")
    found = run("bench", recipe, "-o", tmp_path / "out")
    assert found.exit_code == 2
    assert "did you mean 'aligners'?" in found.stderr
    assert not (tmp_path / "out").exists()
    occupied = run("bench", recipe.with_name("absent.toml"))
    assert occupied.exit_code == 2
    assert "no such file" in occupied.stderr


@pytest.mark.slow
def test_a_recipe_of_the_repository(
    run_json: Callable[..., dict[str, Any]], shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bundled encoders on real pictures: far above chance, and at chance with the names dealt anew."""
    pytest.importorskip("timm")
    monkeypatch.setenv("HEADWORD_CACHE", str(tmp_path / "cache"))
    path = Path(__file__).parents[2] / "recipes" / "local_smoke.toml"
    document = run_json("bench", path, "--root", shared_data, "-o", tmp_path / "out", "--quiet")
    assert document["failed"] == 0, document["errors"]
    top1 = {each["setting"]["control"]: each for each in document["figures"] if each["metric"] == "top1"}
    assert top1["none"]["mean"] > 0.3
    assert abs(top1["permuted"]["mean"] - top1["permuted"]["chance"]) < 0.1
