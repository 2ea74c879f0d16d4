from __future__ import annotations

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


def test_two_models_on_the_same_pictures(
    run: Callable[..., Result], run_json: Callable[..., dict[str, Any]], saved: Path, classes: Path, tmp_path: Path
) -> None:
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    for path, template in ((one, "{}"), (other, "never mind {}")):
        result = run(
            "eval", saved, "--data", classes, "-o", path, "--no-cache", "--definitions", "none", "--template", template
        )
        assert result.exit_code == 0, result.stderr
    document = run_json("compare", one, other)
    assert document["comparable"] is True
    assert document["settings"]["result.settings.templates"] == {"first": ["{}"], "second": ["never mind {}"]}
    top1 = next(each for each in document["metrics"] if each["metric"] == "top1")
    assert top1["method"] == "paired bootstrap"
    shown = run("compare", one, other)
    assert "result.settings.templates" in shown.stdout
    assert "95 % interval" in shown.stdout
    assert "nothing was set differently" in run("compare", one, one).stdout


def test_results_on_other_pictures(run: Callable[..., Result], saved: Path, classes: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    run("eval", saved, "--data", classes, "-o", one, "--no-cache", "--definitions", "none")
    next(classes.glob("*/*.png")).unlink()
    run("eval", saved, "--data", classes, "-o", other, "--no-cache", "--definitions", "none")
    found = run("compare", one, other)
    assert found.exit_code == 0
    assert "not comparable: other pictures" in found.stderr


def test_files_that_are_no_results(run: Callable[..., Result], tmp_path: Path) -> None:
    found = run("compare", tmp_path / "a.json", tmp_path / "b.json")
    assert found.exit_code == 2
    assert "no such file" in found.stderr
