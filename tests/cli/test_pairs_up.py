"""`headword pairs-up` on the planted world: encoders that see the same come first."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import Result

import planted as world
from headword.encoders import image_encoders, text_encoders

FEW = ("--permutations", 20, "--definitions", "none")


class Deaf(world.Ear):
    """Hears other words than are said: as far from meanings as shuffled names."""

    def __init__(self, name: str = "ear", **options: Any) -> None:
        super().__init__(f"deaf {name}", **options)

    def encode(self, items: str | Sequence[str], **options: Any) -> np.ndarray:
        texts = [items] if isinstance(items, str) else list(items)
        return super().encode([each[::-1] for each in texts], **options)


class Narrow(world.Eye):
    """A classifier of other classes."""

    def head(self, labels: Any = None) -> Any:
        return super().head(labels).take(range(100))


@pytest.fixture(autouse=True)
def other_encoders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWORD_CACHE", str(tmp_path / "cache"))
    for registry in (text_encoders, image_encoders):
        monkeypatch.setattr(registry, "_entries", dict(registry._entries))
    text_encoders.register("deaf", Deaf)
    image_encoders.register("narrow", Narrow)


def test_the_pair_that_hears_what_it_sees_comes_first(
    run: Callable[..., Result], run_json: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    typed = ("pairs-up", "--image", "planted/eye", "planted/other", "--text", "deaf/ear", "planted/ear", *FEW)
    document = run_json(*typed, "-o", tmp_path / "pairs.json")
    scores = document["scores"]
    assert [each["text"] for each in scores] == ["planted/ear"] * 2 + ["deaf/ear"] * 2
    assert {each["image"] for each in scores[:2]} == {"planted/eye", "planted/other"}
    for good, bad in zip(scores[:2], scores[2:], strict=True):
        for measure in ("cka", "mutual"):
            assert good[measure]["null"]["p"] == 1 / 21
            assert good[measure]["value"] > bad[measure]["value"] + 0.1
            assert good[measure]["n"] == 150
        assert good["held_out"]["top1"] > 0.3 > 3 * bad["held_out"]["top1"]
    assert document["compared_on"] == "head rows"
    assert json.loads((tmp_path / "pairs.json").read_text(encoding="utf-8"))["scores"] == scores
    shown = run(*typed).stdout
    for each in ("N = 150 classes", "chance", "null (chance 0.067)", "20 permutations", "mutual k-NN, k = 10"):
        assert each in shown


def test_an_encoder_that_fails_is_named_and_the_others_go_on(run: Callable[..., Result], tmp_path: Path) -> None:
    typed = ("pairs-up", "--image", "planted/eye", "nobody/eye", "narrow/eye", "--text", "planted/ear", "nobody/ear")
    found = run(*typed, *FEW)
    assert found.exit_code == 3
    for each in ("nobody/eye is left out", "nobody/ear is left out", "narrow/eye is left out: other classes: 100"):
        assert each in found.stderr
    assert "planted/eye" in found.stdout
    assert "narrow/eye" not in found.stdout


def test_captioned_pictures(run_json: Callable[..., dict[str, Any]], planted: ModuleType, tmp_path: Path) -> None:
    with (tmp_path / "captions.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "caption"])
        for word in planted.WORDS[:40]:
            Image.fromarray(planted.picture(word)).save(tmp_path / f"{word}.png")
            table.writerow([f"{word}.png", f"look, {word}"])
    typed = ("--image", "planted/eye", "--text", "deaf/ear", "planted/ear", "--captions", tmp_path / "captions.csv")
    document = run_json("pairs-up", *typed, *FEW, "-k", 5)
    assert [each["text"] for each in document["scores"]] == ["planted/ear", "deaf/ear"]
    assert document["scores"][0]["mutual"]["n"] == 40
    assert document["scores"][0]["held_out"]["query_kind"] == "all texts"
    assert "(all, " in document["compared_on"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--image", "--text", "planted/ear"), "Missing option '--image'"),
        (("--image", "nobody/eye", "--text", "planted/ear"), "a combination of nobody/eye, planted/ear"),
        (("--image", "planted/eye", "--text", "planted/ear", "-o", "{folder}"), "name a file"),
        (("--image", "planted/eye", "--text", "planted/ear", "--captions", "{folder}"), "pictures with classes"),
    ],
)
def test_what_is_wrong_is_told(
    run: Callable[..., Result], planted: ModuleType, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    (tmp_path / "classes" / "one").mkdir(parents=True)
    Image.fromarray(planted.picture("one")).save(tmp_path / "classes" / "one" / "1.png")
    found = run("pairs-up", *(each.format(folder=tmp_path / "classes") for each in arguments), *FEW)
    assert found.exit_code == 2
    assert message in " ".join(found.stderr.split())
