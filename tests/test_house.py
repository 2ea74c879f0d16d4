"""CONTRIBUTING's table of where things are is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TABLE = re.findall(
    r"^\| ([^|]+) \| `([\w/.]+)` \| `([^`]+)` \|$", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE
)
THINGS = [row for row in TABLE if (ROOT / "src" / "headword" / row[1]).suffix == ".py"]


def test_enough_is_listed():
    assert len(THINGS) >= 30


@pytest.mark.parametrize(("what", "file", "name"), THINGS, ids=[row[0] for row in THINGS])
def test_it_is_where_it_is_said_to_be(what, file, name):
    assert name in (ROOT / "src" / "headword" / file).read_text("utf-8")
