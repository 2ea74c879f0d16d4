"""Names and the classes behind them."""

from __future__ import annotations

import collections
from types import SimpleNamespace

import pytest

from headword import registry as module
from headword.errors import UnknownName
from headword.registry import Registry


@pytest.fixture
def plugins(monkeypatch):
    """Entry points of other packages, as a list to add to."""
    points: list[SimpleNamespace] = []
    asked = []

    def entry_points(*, group: str) -> list[SimpleNamespace]:
        asked.append(group)
        return points

    monkeypatch.setattr(module, "entry_points", entry_points)
    return SimpleNamespace(points=points, asked=asked)


def fruits() -> Registry:
    return Registry("fruit", "test.fruits", {"apple": "collections:Counter", "banana": "collections:OrderedDict"})


def test_classes_are_imported_when_asked_for(plugins):
    table = Registry("fruit", "test.fruits", {"apple": "collections:Counter", "rotten": "no_such_module:Fruit"})
    assert table["apple"] is collections.Counter
    assert "rotten" in table
    with pytest.raises(ModuleNotFoundError):
        table["rotten"]


def test_lists_names_in_order(plugins):
    table = fruits()
    table.register("aardvark plum", int)
    assert list(table) == ["aardvark plum", "apple", "banana"]
    assert "apple" in table
    assert "cherry" not in table


def test_takes_a_class_or_a_string_and_the_last_wins(plugins):
    table = fruits()
    table.register("cherry", int)
    assert table["cherry"] is int
    table.register("cherry", "collections:deque")
    assert table["cherry"] is collections.deque


def test_an_unknown_name_lists_the_known_and_the_nearest(plugins):
    with pytest.raises(UnknownName, match=r"(?s)the fruit 'aple'.*known: apple, banana.*did you mean 'apple'"):
        fruits()["aple"]
    with pytest.raises(UnknownName, match=r"(?s)the fruit 'xyz'.*known: apple, banana.*do: use one of"):
        fruits()["xyz"]


def test_other_packages_add_theirs(plugins):
    plugins.points += [
        SimpleNamespace(name="cherry", value="collections:deque"),
        SimpleNamespace(name="apple", value="os:error"),
    ]
    table = fruits()
    assert list(table) == ["apple", "banana", "cherry"]
    assert table["cherry"] is collections.deque
    assert "cherry" in table
    assert table["apple"] is collections.Counter  # nobody replaces what ships with headword
    assert plugins.asked == ["test.fruits"]


def test_a_known_name_needs_no_search(plugins):
    assert fruits()["apple"] is collections.Counter
    assert plugins.asked == []
