"""`headword report`, on the planted world."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image
from typer.testing import Result

Run = Callable[..., Result]
RunJson = Callable[..., dict[str, Any]]


@pytest.fixture
def folders(tmp_path: Path, planted: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two classes with pictures, one of them broken and one with a name of markup, and a captions file."""
    monkeypatch.setenv("HEADWORD_CACHE", str(tmp_path / "cache"))
    for word in planted.NEW_WORDS[:6]:
        folder = tmp_path / "data" / word
        folder.mkdir(parents=True)
        for seed in range(3):
            Image.fromarray(planted.picture(word, seed)).save(folder / f"{seed}.png")
    shown = planted.picture(planted.NEW_WORDS[1])
    Image.fromarray(shown).save(tmp_path / "data" / planted.NEW_WORDS[0] / "<script>.png")
    lines = [f"data/{word}/0.png,a {word}" for word in planted.NEW_WORDS[:6]]
    (tmp_path / "captions.csv").write_text("\n".join(["file,caption", *lines]))
    return tmp_path


def test_page_numbers_and_card_are_written(run: Run, saved: Path, folders: Path) -> None:
    out = folders / "out"
    result = run(
        "report", saved, "--data", folders / "data", "--captions", folders / "captions.csv", "-o", out / "page.html",
        "--numbers", out / "numbers.json", "--card", out / "README.md", "--licence", "mit",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert {each.name for each in out.iterdir()} == {"page.html", "numbers.json", "README.md"}
    for path in out.iterdir():
        assert str(path) in result.stdout
    numbers = json.loads((out / "numbers.json").read_text(encoding="utf-8"))
    assert [each["task"] for each in numbers["results"]] == ["zero-shot", "retrieval"]
    assert numbers["commands"][-1]["command"].startswith("headword")
    assert f"--data {folders / 'captions.csv'} --task retrieval" in numbers["commands"][-2]["command"]
    page = (out / "page.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;.png" in page
    assert "<script>.png" not in page
    assert 'license: "mit"' in (out / "README.md").read_text(encoding="utf-8")


def test_json_is_the_document(run_json: RunJson, saved: Path, folders: Path) -> None:
    (folders / "data" / "broken").mkdir()
    (folders / "data" / "broken" / "0.png").write_bytes(b"")
    document = run_json("report", saved, "--data", folders / "data", "-o", folders / "page.html", "--no-cache", code=3)
    assert document["schema"] == 1
    assert document["results"][0]["mode"] == "inductive"
    assert [each["id"] for each in document["results"][0]["unreadable"]] == ["broken/0.png"]
    assert document["model"]["validation"]
    assert (folders / "page.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("nonsense",), "no such model"),
        (("MODEL", "-o", "FOLDER"), "a folder"),
        (("MODEL", "--card", "report.html", "-o", "report.html"), "the same file twice"),
        (("MODEL", "--licence", "mit"), "no card to put it on"),
        (("MODEL", "--captions", "FOLDER/data"), "pictures with classes"),
        (("MODEL", "--data", "FOLDER/nothing"), "no such file or folder"),
    ],
)
def test_what_is_wrong_is_told_at_once(
    run: Run, saved: Path, folders: Path, arguments: tuple[str, ...], found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folders)
    typed = [each.replace("MODEL", str(saved)).replace("FOLDER", str(folders)) for each in arguments]
    result = run("report", *typed)
    assert result.exit_code == 2
    for part in ("asked: ", "found: ", "do: "):
        assert part in result.stderr
    assert found in result.stderr
    assert not (folders / "report.html").exists()
