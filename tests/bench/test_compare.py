from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headword.errors import InputError
from headword.report.compare import compare, read_result


def document(right: list[int] | None = None, top1: float = 0.5, **settings: Any) -> dict[str, Any]:
    """A result; `right` is what became of each picture."""
    base = {"split_hash": "abc", "templates": ["{}"], "labels_version": "l1", "classes": 10}
    result: dict[str, Any] = {
        "task": "zero-shot", "data": "cifar10", "mode": "inductive", "n": len(right or [0] * 400),
        "metrics": {"top1": np.mean(right) if right else top1, "median_rank": 3.0},
        "chance": {"top1": 0.1}, "spread": {"top1": 0.025}, "settings": base | settings, "details": {"x": right},
    }  # fmt: skip
    if right:
        result["values"] = {"top1": right}
    return {
        "schema": 1,
        "dtype": "float32",
        "model": {"aligner": {"kind": "ridge", "parameters": {"alpha": 1.0}}, "validation": [{"top1": 0.2}]},
        "result": result,
        "seconds": 1.0,
        "provenance": {"headword": "0.1", "date": "2026-11-22", "command": "a", "packages": {"numpy": "2.0"}},
    }


def test_a_result_is_the_same_as_itself() -> None:
    one = document([0, 1, 1, 0] * 50)
    other = copy.deepcopy(one)
    other["provenance"] |= {"date": "2027-01-01", "command": "b"}
    other["seconds"] = 2.0
    found = compare(one, other)
    assert (found.settings, found.warnings) == ({}, ())
    top1 = found.differences[0]
    assert (top1.change, top1.low, top1.high, top1.verdict) == (0.0, 0.0, 0.0, "undecided")


def test_what_was_set_differently_is_named() -> None:
    one, other = document(), document(templates=["a {}"], definitions="auto")
    other["model"]["aligner"]["parameters"]["alpha"] = 2.0
    other["provenance"]["packages"]["numpy"] = "2.1"
    found = compare(one, other)
    assert found.settings == {
        "model.aligner.parameters.alpha": (1.0, 2.0),
        "result.settings.templates": (["{}"], ["a {}"]),
        "provenance.packages.numpy": ("2.0", "2.1"),
        "result.settings.definitions": (None, "auto"),
    }
    assert found.warnings == ()


def test_paired_outcomes_decide_what_standard_errors_cannot() -> None:
    rng = np.random.default_rng(0)
    before = (rng.random(400) < 0.5).astype(int)
    after = before.copy()
    after[np.flatnonzero(before == 0)[:14]] = 1
    first, second = before.tolist(), after.tolist()
    paired = compare(document(first), document(second)).differences[0]
    assert paired.method == "paired bootstrap"
    assert paired.change == pytest.approx(14 / 400)
    # Fourteen of 400 won and none lost: standard error sqrt(14/400 · 386/400 / 400) = 0.0092.
    assert (paired.low, paired.high) == (pytest.approx(0.035 - 0.018, abs=0.004), pytest.approx(0.053, abs=0.004))
    assert paired.verdict == "second better"
    back = compare(document(second), document(first)).differences[0]
    assert (back.change, back.verdict) == (-paired.change, "first better")
    loose = compare(document(top1=0.5), document(top1=0.535)).differences[0]
    assert loose.method == "standard errors"
    assert loose.high == pytest.approx(0.035 + 1.96 * np.hypot(0.025, 0.025), abs=1e-4)
    assert loose.verdict == "undecided"


def test_a_single_picture_decides_nothing() -> None:
    (top1, _) = compare(document([0]), document([1])).differences
    assert (top1.change, top1.low, top1.high, top1.verdict) == (1.0, None, None, "unknown spread")
    one, other = document(top1=0.5), document(top1=0.9)
    one["result"]["spread"]["top1"] = float("nan")
    assert compare(one, other).differences[0].verdict == "unknown spread"


def test_a_rank_is_better_where_it_is_lower() -> None:
    one, other = document(), document()
    for each, rank in ((one, 9.0), (other, 3.0)):
        each["result"]["metrics"]["median_rank"] = rank
        each["result"]["spread"]["median_rank"] = 0.5
    (rank,) = [each for each in compare(one, other).differences if each.metric == "median_rank"]
    assert (rank.change, rank.verdict) == (-6.0, "second better")
    del other["result"]["spread"]["median_rank"]
    (rank,) = [each for each in compare(one, other).differences if each.metric == "median_rank"]
    assert (rank.low, rank.verdict) == (None, "unknown spread")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"split_hash": "xyz"}, r"other pictures, classes or order \(split hash\): abc and xyz"),
        ({"labels_version": "l2"}, "other candidates"),
        ({"classes": 20}, "another number of candidates: 10 and 20"),
    ],
)
def test_what_cannot_be_compared_is_told(change: dict[str, Any], message: str) -> None:
    outcomes = [0, 1] * 200
    found = compare(document(outcomes), document(outcomes, **change))
    (warning,) = found.warnings
    assert found.differences[0].verdict == "not comparable"
    assert re.search(message, warning)
    if "split_hash" in change:
        assert found.differences[0].method == "standard errors", "outcomes of other pictures are no pairs"


def test_settings_of_a_sweep_are_compared_with_another_sweeps_only() -> None:
    one, other = document(), document()
    one["settings"] = {"mix": "plain"}
    assert compare(one, other).settings == {}
    other["settings"] = {"mix": "bridge"}
    assert compare(one, other).settings == {"settings.mix": ("plain", "bridge")}


def test_other_data_are_told() -> None:
    one, other = document(), document()
    other["result"] |= {"data": "dtd"}
    assert [each.split(":")[0] for each in compare(one, other).warnings] == ["other data"]


def test_both_modes_stand_over_their_figures() -> None:
    one, other = document([0, 1, 0, 1] * 100), document([1, 1, 0, 1] * 100)
    other["result"]["mode"] = "adapted on 400 unlabelled pictures"
    found = compare(one, other)
    assert found.modes == ("inductive", "adapted on 400 unlabelled pictures")
    figures, settings = found.grids()
    assert "first: inductive, second: adapted on 400 unlabelled pictures" in figures.title
    assert settings.rows == (("result.mode", "inductive", "adapted on 400 unlabelled pictures"),)
    # The same pictures and candidates: what was gained is told, and how.
    assert (found.warnings, found.differences[0].verdict) == ((), "second better")
    assert found.as_dict()["modes"] == {"first": "inductive", "second": "adapted on 400 unlabelled pictures"}


def test_captions_of_one_picture_are_drawn_together() -> None:
    # Forty pictures, ten equal captions each: only the pictures are independent.
    first, second = np.repeat(np.arange(40) % 2, 10), np.repeat((np.arange(40) % 4) // 2, 10)
    one, other = document(first.tolist()), document(second.tolist())
    alone = compare(one, other).differences[0]
    for each in (one, other):
        each["result"]["clusters"] = {"top1": np.repeat(np.arange(40), 10).tolist()}
    together = compare(one, other).differences[0]
    assert together.low is not None
    assert together.high is not None
    assert alone.low is not None
    assert alone.high is not None
    assert together.high - together.low > 2 * (alone.high - alone.low)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{ not json", "not JSON"),
        ("[1, 2]", "no result in it"),
        ('{"result": null}', "no result in it"),
        ('{"results": [1, 2]}', "2 results in one file"),
        ('{"error": {"found": "no such file"}}', "a run that failed: no such file"),
    ],
)
def test_files_that_are_no_results(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "x.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_result(tmp_path / "x.json")
    with pytest.raises(InputError, match="no such file"):
        read_result(tmp_path / "absent.json")
    with pytest.raises(InputError, match=r"a directory|denied"):
        read_result(tmp_path)


def test_as_json() -> None:
    found = compare(document([0, 1] * 200), document([1, 1] * 200, split_hash="z")).as_dict()
    assert json.loads(json.dumps(found)) == found
    assert found["comparable"] is False
    assert found["metrics"][0]["verdict"] == "not comparable"
    assert found["settings"]["result.settings.split_hash"] == {"first": "abc", "second": "z"}
