"""The command line in this process, pictures of the planted world, and a saved model of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

import headword as hw
from headword.cli import app


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Types a command line; the result has `exit_code`, `stdout` and `stderr`."""
    monkeypatch.setenv("COLUMNS", "200")

    def typed(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(each) for each in arguments])

    return typed


@pytest.fixture
def run_json(run: Callable[..., Result]) -> Callable[..., dict[str, Any]]:
    """Types a command line with --json, which must succeed, and reads the document on stdout."""

    def typed(*arguments: object, code: int = 0) -> dict[str, Any]:
        result = run(*arguments, "--json")
        assert result.exit_code == code, result.stderr
        document: dict[str, Any] = json.loads(result.stdout)
        return document

    return typed


@pytest.fixture
def pictures(tmp_path: Path, planted: ModuleType) -> Path:
    """A folder with a picture of each of the first four new words, named after it."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for word in planted.NEW_WORDS[:4]:
        Image.fromarray(planted.picture(word)).save(folder / f"{word}.png")
    return folder


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory, planted_model: hw.AlignedModel) -> Path:
    """The planted model as a folder; not to be changed."""
    folder = tmp_path_factory.mktemp("saved") / "model"
    planted_model.save_pretrained(folder)
    return folder
