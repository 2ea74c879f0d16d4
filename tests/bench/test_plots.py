from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from headword.errors import InputError, MissingExtra
from headword.report.plots import _from_none, draw_sweep
from headword.report.tables import Figure, summarise_runs


def rows(**varied: list[Any]) -> list[dict[str, Any]]:
    """A row for each value of each keyword, on two data sets and three seeds."""
    ((name, values),) = varied.items()
    base = {
        "image_encoder": "eye", "aligner": "ridge", "definitions": "auto", "recycle": True, "pairs": 0,
        "pair_data": None, "mix": None, "control": "none", "task": "zero-shot", "split": None, "classes": "all",
        "options": {}, "parameters": {},
    }  # fmt: skip
    return [
        {
            "settings": base | {"data": data, "seed": seed, name: value},
            "result": {
                "mode": "inductive",
                "n": 9,
                "metrics": {"top1": 0.3 + 0.1 * place + seed / 50},
                "chance": {"top1": 0.1},
                "spread": {},
            },
            "fit_seconds": 0.1,
        }
        for data in ("cifar10", "dtd")
        for seed in range(3)
        for place, value in enumerate(values)
    ]


@pytest.mark.parametrize("varied", [{"aligner": ["ridge", "csa"]}, {"pairs": [0, 100, 500]}, {"control": ["none"]}])
def test_a_sweep_is_drawn(tmp_path: Path, varied: dict[str, list[Any]]) -> None:
    pytest.importorskip("matplotlib")
    draw_sweep(summarise_runs(rows(**varied)), tmp_path / "plot.png", "small")
    with Image.open(tmp_path / "plot.png") as picture:
        picture.load()
        assert picture.width > 2 * picture.height / 2 > 200
        colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 24) or []}
    assert (0x00, 0x72, 0xB2) in colours, "the first line's blue"
    assert (0x66, 0x66, 0x66) in colours, "chance"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plot.png"]


def test_a_dollar_sign_is_no_formula(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    draw_sweep(summarise_runs(rows(aligner=["$\\frac$", "$_$"])), tmp_path / "plot.png", "$^$")
    assert (tmp_path / "plot.png").is_file()


def test_every_curve_begins_at_no_pictures() -> None:
    figures = [
        Figure({"pairs": pairs, "mix": mix}, {"data": "dtd"}, "inductive", "top1", 0.5, None, None, None, 1, 9.0, 0.1)
        for pairs, mix in ((0, None), (100, "bridge"), (100, "plain"))
    ]
    drawn = [(each.setting["pairs"], each.setting["mix"]) for each in _from_none(figures)]
    assert drawn == [(0, "bridge"), (0, "plain"), (100, "bridge"), (100, "plain")]
    assert [each.setting["mix"] for each in _from_none(figures[:1])] == [None]


def test_without_matplotlib_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headword.errors.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"pip install 'headword\[plots\]'"):
        draw_sweep(summarise_runs(rows(aligner=["ridge"])), tmp_path / "plot.png", "small")


def test_nothing_to_draw(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(InputError, match="run the sweep first"):
        draw_sweep([], tmp_path / "plot.png", "small")


def test_matplotlib_is_not_imported_with_headword() -> None:
    import headword.report.plots as module

    assert not any(name == "matplotlib" for name in vars(module))
    assert "pyplot" not in Path(str(sys.modules[module.__name__].__file__)).read_text(encoding="utf-8")
