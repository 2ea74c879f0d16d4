"""The built wheel, not the source tree, is what users get."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# What a wheel can lack: modules, data files, types, the page's template.
USE = """
import sys
sys.path.insert(0, sys.argv[1])
from importlib.resources import files
import headword, headword.prompts.templates
from headword.report import page
assert headword.__file__.startswith(sys.argv[1]), headword.__file__
assert len(headword.prompts.templates.TEMPLATES["clip"]) == 80
assert (files("headword.report") / "templates" / "page.html").is_file()
assert (files("headword") / "py.typed").is_file()
print(headword.aligners.KernelRidge().__class__.__module__)
"""


@pytest.mark.slow
def test_the_wheel_is_whole(tmp_path: Path) -> None:
    def python(*arguments: str) -> str:
        done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout

    pip = ("-m", "pip", "--disable-pip-version-check", "--no-input")
    python(*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path), str(ROOT))
    (wheel,) = tmp_path.glob("headword-*.whl")
    python(*pip, "install", "--no-deps", "--no-index", "--target", str(tmp_path / "site"), str(wheel))
    installed = {path.relative_to(tmp_path / "site") for path in (tmp_path / "site" / "headword").rglob("*")}
    source = {path.relative_to(ROOT / "src") for path in (ROOT / "src" / "headword").rglob("*")}
    assert {each for each in source - installed if "__pycache__" not in each.parts} == set()
    assert python("-c", USE, str(tmp_path / "site")) == "headword.aligners.kernel_ridge\n"
    assert (tmp_path / "site" / "bin" / "headword").is_file()
