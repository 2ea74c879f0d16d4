"""The built wheel, not the source tree, is what users get."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# What a build reads, as .git is not there in an sdist, whose tests these are too.
READ = ("pyproject.toml", "README.md", "LICENSE", "src")

# What a wheel can lack: modules, data files, types, the page's template, its version.
USE = """
import sys
sys.path.insert(0, sys.argv[1])
from importlib.resources import files
import headword, headword.prompts.templates, headword.lexicon.english
from headword.report import page
assert headword.__file__.startswith(sys.argv[1]), headword.__file__
assert len(headword.prompts.templates.TEMPLATES["clip"]) == 80
assert headword.lexicon.english.plural("wolf") == "wolves"
assert (files("headword.report") / "templates" / "page.html").is_file()
assert (files("headword") / "py.typed").is_file()
print(headword.aligners.KernelRidge().__class__.__module__, headword.__version__)
"""


def run(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pip(*arguments: str, cwd: Path) -> None:
    run(sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments, cwd=cwd)


def build(source: Path, out: Path) -> Path:
    """The wheel of a source tree."""
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(out), str(source), cwd=out)
    (wheel,) = out.glob("headword-*.whl")
    return wheel


def version_of(wheel: Path) -> str:
    return wheel.name.split("-")[1]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the source tree without its history."""
    copy = tmp_path / "tree"
    copy.mkdir()
    for name in READ:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy(ROOT / name, copy)
    return copy


@pytest.fixture
def tagged(tree: Path) -> Path:
    """The same, with a history of one commit that is tagged v9.9.9."""
    run("git", "init", "--quiet", cwd=tree)
    run("git", "add", "--all", cwd=tree)
    nobody = ("-c", "user.name=headword", "-c", "user.email=headword@example.org", "-c", "commit.gpgSign=false")
    run("git", *nobody, "commit", "--quiet", "--no-verify", "--message", "All of it", cwd=tree)
    run("git", "tag", "v9.9.9", cwd=tree)
    return tree


@pytest.mark.slow
def test_the_wheel_is_whole_and_of_its_tag(tagged: Path, tmp_path: Path) -> None:
    wheel, site = build(tagged, tmp_path), tmp_path / "site"
    assert version_of(wheel) == "9.9.9"
    pip("install", "--no-deps", "--no-index", "--target", str(site), str(wheel), cwd=tmp_path)
    installed = {path.relative_to(site) for path in (site / "headword").rglob("*")}
    source = {path.relative_to(ROOT / "src") for path in (ROOT / "src" / "headword").rglob("*")}
    assert {each for each in source - installed if "__pycache__" not in each.parts} == set()
    assert run(sys.executable, "-c", USE, str(site), cwd=tmp_path) == "headword.aligners.kernel_ridge 9.9.9\n"
    assert list(site.glob("bin/headword")) or list(site.glob("bin/headword.exe"))


@pytest.mark.slow
def test_an_sdist_keeps_the_version_of_its_tag(tagged: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", str(tmp_path), cwd=tagged)
    with tarfile.open(tmp_path / "headword-9.9.9.tar.gz") as sdist:
        sdist.extractall(tmp_path, filter="data")
    assert not (tmp_path / "headword-9.9.9" / ".git").exists()
    assert version_of(build(tmp_path / "headword-9.9.9", tmp_path)) == "9.9.9"


@pytest.mark.slow
def test_what_is_changed_after_a_tag_is_not_that_release(tagged: Path, tmp_path: Path) -> None:
    (tagged / "README.md").write_text("headword\n", encoding="utf-8")
    assert version_of(build(tagged, tmp_path)) == "9.9.10.dev0"


@pytest.mark.slow
def test_a_clone_without_tags_counts_its_commits(tagged: Path, tmp_path: Path) -> None:
    run("git", "tag", "--delete", "v9.9.9", cwd=tagged)
    assert version_of(build(tagged, tmp_path)) == "0.0.1.dev1"


@pytest.mark.slow
def test_without_a_history_there_is_a_version_all_the_same(tree: Path, tmp_path: Path) -> None:
    assert version_of(build(tree, tmp_path)) == "0.0.0"
