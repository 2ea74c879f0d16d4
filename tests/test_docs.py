"""README, pages and examples: what they say is true of the program, and what they show runs."""

from __future__ import annotations

import re
import runpy
import shlex
import shutil
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

import headword as hw
from headword.cli import app
from headword.cli._common import Code

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
WINGS = ("adapters", "aligners", "analysis", "bench", "cache", "datasets", "encoders", "images", "labels", "lexicon")
WINGS += ("metrics", "model", "pairs", "prompts", "report", "tasks")


def place(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def commands(page: Path) -> Iterator[list[str]]:
    for block in blocks(page, "sh"):
        for line in block.splitlines():
            words = shlex.split(line.partition(" > ")[0], comments=True)
            if words[:1] == ["headword"]:
                yield words[1:]


@pytest.fixture
def holiday(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with the photographs that the pages speak of."""
    spec = find_spec("skimage")
    assert spec is not None
    assert spec.submodule_search_locations
    data = Path(spec.submodule_search_locations[0]) / "data"
    (tmp_path / "holiday").mkdir()
    for name in ("rocket.jpg", "chelsea.png", "coffee.png"):
        with Image.open(data / name) as picture:
            picture.convert("RGB").save(tmp_path / "holiday" / f"{Path(name).stem}.jpg")
    (tmp_path / "holiday" / "broken.jpg").write_bytes(b"")
    said = [
        f"holiday/{each.name},this is {each.stem}"
        for each in (tmp_path / "holiday").glob("*.jpg")
        if each.stat().st_size
    ]
    for name, label in {"rocket": "a rocket", "chelsea": "a cat", "coffee": "a cup of coffee"}.items():
        (tmp_path / "my-pictures" / label).mkdir(parents=True)
        shutil.copy(tmp_path / "holiday" / f"{name}.jpg", tmp_path / "my-pictures" / label)
    shutil.copytree(ROOT / "recipes", tmp_path / "recipes", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "captions.csv").write_text("\n".join(["file,caption", *said]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=place)
def test_every_command_shown_is_understood(page: Path) -> None:
    group = typer.main.get_command(app)
    with group.make_context("headword", ["ls"]) as context:
        for words in commands(page):
            if words[0] != "VERB":
                verb = group.get_command(context, words[0])
                assert verb is not None, words
                verb.make_context(words[0], words[1:])


@pytest.mark.parametrize("page", PAGES, ids=place)
def test_links_and_pictures_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)\)", text):
        assert target.startswith("https://") or (page.parent / target).exists(), target


def test_every_page_is_in_the_navigation() -> None:
    listed = re.findall(
        r"^ +- (?:[^:\n]+: )?(\S+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE
    )
    docs = ROOT / "docs"
    assert sorted(listed) == sorted(page.relative_to(docs).as_posix() for page in docs.rglob("*.md"))


def test_the_api_pages_have_every_public_name() -> None:
    pages = [page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "api").glob("*.md")]
    documented = [line.removeprefix("::: ") for page in pages for line in page.splitlines() if line.startswith("::: ")]
    assert sorted(documented) == sorted(set(documented))
    named = {each.rpartition(".")[2] for each in documented}
    assert {name for name in hw.__all__ if not name.startswith("__")} <= named
    for registry in (hw.aligners.registry, hw.adapters.registry):
        assert {registry[name].__name__ for name in registry} <= named


def test_the_aligners_page_has_every_aligner() -> None:
    text = (ROOT / "docs" / "aligners.md").read_text(encoding="utf-8")
    for name in hw.aligners.registry:
        assert f"| `{name}` | `{hw.aligners.registry[name].__name__}` |" in text


def test_the_page_on_adapting_has_every_adapter() -> None:
    text = (ROOT / "docs" / "adapting.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w-]+)` \| `(\w+)` \|", text, re.MULTILINE)
    assert rows
    assert dict(rows) == {name: hw.adapters.registry[name].__name__ for name in hw.adapters.registry}
    measured = re.findall(r"^\| `([\w-]+)` \| [+−]", text, re.MULTILINE)
    assert sorted(measured) == sorted(hw.adapters.registry)


def test_the_glossary_has_every_class_of_the_wings_and_each_word_once() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    words = [word for row in re.findall(r"^\| ([^|`]+) \| ", text, re.MULTILINE) for word in row.split(", ")]
    words = [word for word in words if word not in ("word", "---")]
    assert sorted(words) == sorted(set(words))
    methods = {registry[name] for registry in (hw.aligners.registry, hw.adapters.registry) for name in registry}
    for wing in (import_module(f"headword.{name}") for name in WINGS):
        names = getattr(wing, "__all__", dir(wing))
        public = [each for each in (getattr(wing, name) for name in names) if isinstance(each, type)]
        own = {each.__name__ for each in public if each.__module__.startswith(wing.__name__) and each not in methods}
        assert {name for name in own if f"`{name}`" not in text} == set(), wing.__name__


def test_the_errors_page_has_every_error() -> None:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    errors = {name for name in hw.errors.__all__ if isinstance(getattr(hw.errors, name), type)}
    assert {name for name in errors if f"`{name}`" not in text and f".{name}`" not in text} == set()
    for name, parent in re.findall(r"^\| `(\w+)` \| `(\w+)` \|", text, re.MULTILINE):
        bases = {each.__name__ for each in getattr(hw.errors, name).__mro__}
        assert parent in bases, name


def test_the_exit_codes_are_those_of_the_program() -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)} == {1, *Code}


def test_make_has_few_targets_and_tells_of_each() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert targets is not None
    assert len(targets[1].split()) <= 8
    for target in targets[1].split():
        assert re.search(rf"^#.*\bmake {target}\b", text, re.MULTILINE), target


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=place)
def test_python_on_the_page_runs(page: Path, holiday: Path) -> None:
    namespace: dict[str, object] = {"__name__": "__main__"}
    for block in blocks(page, "python"):
        exec(compile(block, str(page), "exec"), namespace)


@pytest.mark.slow
def test_the_readmes_commands_run(holiday: Path) -> None:
    for words in commands(ROOT / "README.md"):
        result = CliRunner().invoke(app, words)
        # One picture of the folder is broken.
        expected = Code.BAD_IMAGES if words[0] == "classify" else Code.DONE
        assert result.exit_code == expected, (words, result.stderr)
        assert result.stdout


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_runs(
    example: Path, holiday: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [str(example)])
    runpy.run_path(str(example), run_name="__main__")
    printed = capsys.readouterr().out
    expected = {
        "own_head.py": ["chelsea.png          a cat", "coffee.png           a cup of coffee"],
        "search_folder.py": ["a pet", "chelsea.png", "coffee.png", "not read: multipage"],
        "compare_aligners.py": ["| ridge | names | 1,000 | 200 |", "| chance |"],
    }[example.name]
    for each in expected:
        assert each in printed
