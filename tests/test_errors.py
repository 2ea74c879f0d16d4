"""Errors: three parts, and the built-in exception a Python user would catch."""

from __future__ import annotations

import pickle

import pytest

from headword import errors
from headword.errors import HeadwordError, MissingExtra, require

ALL = [each for name in errors.__all__ if isinstance(each := getattr(errors, name), type)]


@pytest.mark.parametrize("kind", ALL)
def test_says_three_things(kind):
    error = kind("a cat", "a dog", "call the cat")
    assert str(error) == "asked: a cat\nfound: a dog\n   do: call the cat"
    assert (error.asked, error.found, error.do) == ("a cat", "a dog", "call the cat")
    assert isinstance(error, HeadwordError)
    assert kind.__doc__


@pytest.mark.parametrize("kind", ALL)
def test_survives_a_process_boundary(kind):
    again = pickle.loads(pickle.dumps(kind("a cat", "a dog", "call the cat")))  # noqa: S301, made here
    assert type(again) is kind
    assert again.found == "a dog"


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.InputError, ValueError),
        (errors.LabelMismatch, ValueError),
        (errors.HeadMismatch, ValueError),
        (errors.EncoderMismatch, ValueError),
        (errors.BadImageError, ValueError),
        (errors.UnknownName, LookupError),
        (errors.WeightsUnavailable, OSError),
        (errors.MissingExtra, ImportError),
    ],
)
def test_is_caught_as_the_builtin_it_is_like(kind, builtin):
    with pytest.raises(builtin):
        raise kind("a", "b", "c")


def test_missing_module_names_the_pip_line():
    with pytest.raises(
        MissingExtra, match=r"(?s)to fly.*'no_such_module' is not installed.*pip install 'headword\[wings\]'"
    ):
        require("no_such_module", "wings", "to fly")
    require("json", "wings", "to fly")
