"""What a release says in several files, it says alike."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
CHANGES = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

# Those that users install; the bundled weights have one version each, and the tools of tests need not be old.
EXTRAS = ("torch", "openclip", "transformers", "demo", "plots", "wordnet")


def pinned(name: str) -> list[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line.partition(" ;")[0] for line in lines if line and not line.lstrip().startswith("#")]


def required(extras: tuple[str, ...]) -> list[str]:
    listed = [PROJECT["dependencies"], *(PROJECT["optional-dependencies"][each] for each in extras)]
    return [each for some in listed for each in some if not each.startswith("headword[")]


def test_the_lowest_versions_are_those_of_the_project() -> None:
    lowest = [tuple(each.split("==")) for each in pinned("constraints-lowest.txt")]
    bounds = [tuple(each.split(">=")) for each in required(EXTRAS)]
    assert {name for name, _ in lowest} == {name for name, _ in bounds}
    for name, version in bounds:
        # 2.5 and 2.5.0 are one version.
        assert re.fullmatch(rf"{re.escape(version)}(\.0)*", dict(lowest)[name]), name


def test_all_that_is_installed_by_name_is_pinned() -> None:
    names = {each.partition("==")[0] for each in pinned("constraints.txt")}
    asked = {re.split(r"[\[=>]", each)[0] for each in required((*EXTRAS, "bundled", "test", "lint", "docs"))}
    assert asked <= names


def test_pins_are_of_public_releases() -> None:
    for each in pinned("constraints.txt"):
        assert re.fullmatch(r"[a-z0-9-]+==[0-9][a-z0-9.]*", each), each


def test_the_changelog_begins_with_what_is_to_come_and_the_last_release() -> None:
    (first, *releases) = re.findall(r"^## \[(.+?)\](?: - (.+))?$", CHANGES, re.MULTILINE)
    assert first == ("Unreleased", "")
    days = [date.fromisoformat(day) for _, day in releases]
    assert days == sorted(days, reverse=True)
    linked = dict(re.findall(r"^\[(.+?)\]: (.+)$", CHANGES, re.MULTILINE))
    assert list(linked) == ["Unreleased", *(version for version, _ in releases)]
    assert linked["Unreleased"] == f"{PROJECT['urls']['Repository']}/compare/v{releases[0][0]}...HEAD"


def test_it_is_cited_as_the_last_release() -> None:
    version, day = re.findall(r"^## \[([0-9.]+)\] - (.+)$", CHANGES, re.MULTILINE)[0]
    cited = (ROOT / "CITATION.cff").read_text(encoding="utf-8").splitlines()
    assert f"version: {version}" in cited
    assert f"date-released: {day}" in cited
    assert f"repository-code: {PROJECT['urls']['Repository']}" in cited


def test_an_sdist_has_what_its_tests_read() -> None:
    listed = PYPROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    assert {"/src", "/tests", "/CHANGELOG.md", "/CITATION.cff"} <= set(listed)
    assert {"/constraints.txt", "/constraints-lowest.txt"} <= set(listed)
    assert all((ROOT / each.lstrip("/")).exists() for each in listed)
