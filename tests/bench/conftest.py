"""Planted data sets on disk, and small recipes over them."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image

from headword.cache.embeddings import EmbeddingCache


@pytest.fixture(scope="session")
def planted_data(tmp_path_factory: pytest.TempPathFactory, planted: ModuleType) -> Path:
    """`new/`: five pictures of each of eight new words; `captioned/`: forty pictures with two captions each."""
    root = tmp_path_factory.mktemp("data")
    for word in planted.NEW_WORDS[:8]:
        (root / "new" / word).mkdir(parents=True)
        for seed in range(5):
            Image.fromarray(planted.picture(word, seed)).save(root / "new" / word / f"{seed}.png")
    (root / "captioned").mkdir()
    with (root / "captioned" / "captions.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "caption"])
        for word in planted.WORDS[:40]:
            Image.fromarray(planted.picture(word, 9)).save(root / "captioned" / f"{word}.png")
            table.writerows([[f"{word}.png", f"look, {word}"], [f"{word}.png", f"here is a {word}"]])
    return root


@pytest.fixture
def recipe(tmp_path: Path, planted_data: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Writes a recipe on the planted encoders; text is appended to it, keywords replace its lines."""
    monkeypatch.delenv("HEADWORD_DATA", raising=False)

    def written(more: str = "", **lines: str) -> Path:
        base = {
            "root": f"'{planted_data}'",
            "images": "'planted/eye'",
            "texts": "'planted/ear'",
            "aligners": "'ridge'",
            "definitions": "'none'",
            "tasks": "[{ task = 'zero-shot', data = 'new' }]",
        }
        path = tmp_path / "small.toml"
        content = [f"{key} = {value}" for key, value in (base | lines).items() if value]
        path.write_text("\n".join([*content, more]), encoding="utf-8")
        return path

    return written


class Counted:
    """What encoders were asked for, by the class they are of."""

    images = texts = 0


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch, planted: ModuleType) -> type[Counted]:
    """Counts pictures and texts that the planted encoders are given."""

    class Count(Counted):
        pass

    def watched(kind: Any, method: str, tally: str) -> None:
        inner = getattr(kind, method)

        def counting(self: Any, items: Any, **options: Any) -> Any:
            items = [items] if isinstance(items, str) else list(items)
            setattr(Count, tally, getattr(Count, tally) + len(items))
            return inner(self, items, **options)

        monkeypatch.setattr(kind, method, counting)

    watched(planted.Eye, "embed", "images")
    watched(planted.Ear, "encode", "texts")
    return Count


@pytest.fixture
def cache(tmp_path: Path) -> EmbeddingCache:
    return EmbeddingCache(tmp_path / "cache")


@pytest.fixture
def run_sweep(cache: EmbeddingCache, tmp_path: Path) -> Callable[..., Any]:
    """Reads a recipe and runs it into `tmp_path / "out"`."""
    from headword.bench import Workbench, plan, read_recipe, sweep

    def swept(path: Path, **options: Any) -> Any:
        found = read_recipe(path)
        bench = Workbench(found.root, cache, show_progress=False)
        return sweep(plan(found), tmp_path / "out", bench, values=found.values, show_progress=False, **options)

    return swept
