"""A model's report: the page is a function of its numbers, stands alone, and believes no text from outside."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import headword as hw
import planted as world
from headword.datasets import Labelled
from headword.errors import InputError
from headword.report import Report, model_report
from headword.report.embedded_data import EmbeddedDataset
from headword.report.map2d import maps
from headword.report.rendering import asset
from headword.report.svg import Dot, curves, dots, scatter
from tasks.worlds import captioned, labelled

NASTY = '<script>alert("x")</script>'
VOID = {"meta", "img", "br"}


class Page(HTMLParser):
    """Tags with attributes in order; every one that is opened must be closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs), (tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["style"], ["script"]):
            self.words += data


@pytest.fixture(scope="module")
def report(planted_model: hw.AlignedModel) -> Report:
    words = labelled(world.NEW_WORDS, range(100, 103), spoilt=[4])
    return model_report(
        planted_model,
        [_confusing(words), captioned(world.NEW_WORDS)],
        name="planted",
        definitions={},
        adapt=True,
        permutations=50,
        command="headword report planted",
    )


def _confusing(data: Labelled) -> Labelled:
    """With some classes exchanged, so that there is something to mistake, and with a nasty class and file."""
    names = [NASTY, *data.labels.names[1:]]
    targets = data.targets.copy()
    targets[:6] = targets[5::-1]
    return replace(
        data, labels=hw.LabelSet.from_names(names), targets=targets, ids=(f"{NASTY}.png", *data.ids[1:]), name="nasty"
    )


@pytest.fixture(scope="module")
def text(report: Report) -> str:
    return report.html()


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


# --- The numbers ---


def test_the_document_is_json_and_the_page_is_a_function_of_it(report: Report, text: str) -> None:
    again = json.loads(json.dumps(report.as_dict(), allow_nan=False))
    assert again == report.as_dict()
    assert Report(again).html() == text
    assert Report(again).card() == report.card()


def test_every_result_has_spread_chance_and_mode(report: Report) -> None:
    found = report.document["results"]
    assert [each["mode"] for each in found[:2]] == ["inductive", "inductive"]
    assert [each["mode"] for each in found[2:]] == [
        "adapted on 59 unlabelled pictures", "adapted on 20 unlabelled pictures",
    ]  # fmt: skip
    assert {each["task"] for each in found} == {"zero-shot", "retrieval"}
    for each in found:
        main = "top1" if each["task"] == "zero-shot" else "t2i_recall@1_any"
        assert each["metrics"][main] > 3 * each["chance"][main]
        assert each["spread"][main] > 0
    assert len(found[0]["unreadable"]) == 1


def test_controls_stay_at_chance_where_the_model_does_not(report: Report) -> None:
    rows = report.document["controls"]
    assert {each["what"].split(" ")[0] for each in rows} == {"held-out", "zero-shot", "retrieval"}
    for each in rows:
        assert each["value"] > 4 * each["chance"]
        assert each["permuted"] < each["chance"] + 0.12 < each["value"]


def test_neighbours_agree_and_permuted_ones_are_at_chance(report: Report) -> None:
    for each in report.document["neighbours"]:
        for one in each["measures"]:
            if one["measure"] == "mutual k-NN":
                assert one["chance"] == pytest.approx(one["k"] / (each["n"] - 1))
                assert abs(one["null"]["mean"] - one["chance"]) < 5 * one["null"]["sd"] / 50**0.5 + 1e-3
                assert one["value"] > one["chance"] or one["k"] == 1
    assert [each["n"] for each in report.document["neighbours"]] == [world.CLASSES, world.UNSEEN]


def test_mistakes_are_those_that_were_planted(report: Report) -> None:
    (found,) = report.document["confusions"]
    assert found["wrong"] == sum(each["n"] for each in found["pairs"]) or len(found["pairs"]) == 8
    names = {NASTY, world.NEW_WORDS[1]}
    assert any({each["class"], each["taken_for"]} == names for each in found["pairs"])
    for each in found["pairs"]:
        assert 0 < len(each["examples"]) <= 3
        assert each["n"] <= each["of"]


def test_without_a_head_it_says_so(planted_model: hw.AlignedModel) -> None:
    bare = replace(planted_model, prototypes=None, labels=None)
    found = model_report(bare, definitions=None, permutations=20)
    assert (found.document["naming"], found.document["controls"], found.document["maps"]) == (None, [], [])
    words = Page(found.html()).words
    assert "the model learnt from no head" in words
    assert "the report was made without data" in words
    assert "It was judged on no picture." in found.card()


def test_data_that_the_model_learnt_from_are_refused(planted_model: hw.AlignedModel) -> None:
    data = labelled(world.NEW_WORDS, [1])
    with pytest.raises(InputError, match="the model has learnt from it"):
        model_report(replace(planted_model, learnt_from=(data.version,)), [data])


def test_commands_say_how_to_make_it_again(planted_model: hw.AlignedModel, tmp_path: Path) -> None:
    from PIL import Image

    for word in world.NEW_WORDS[:3]:
        (tmp_path / "my pictures" / word).mkdir(parents=True)
        Image.fromarray(world.picture(word)).save(tmp_path / "my pictures" / word / "a.png")
    found = model_report(
        planted_model, [str(tmp_path / "my pictures")], name="a model", definitions={}, permutations=20
    )
    align, judge = (each["command"] for each in found.document["commands"])
    assert align == "headword align planted/eye --text planted/ear --aligner kernel-ridge -o 'a model'"
    assert judge == f"headword eval 'a model' --data '{tmp_path / 'my pictures'}'"


# --- The page ---


def test_the_page_stands_alone(text: str, page: Page) -> None:
    assert len(text.encode()) < 5_000_000
    for tag, attributes in page.tags:
        assert tag not in {"link", "iframe", "object", "embed", "base", "form"}
        for name in ("src", "href", "xlink:href", "action", "srcset"):
            value = attributes.get(name)
            assert value is None or value.startswith(("data:image/jpeg;base64,", "data:text/csv;base64,", "#")), value
        assert not any(name.startswith("on") or name == "style" for name in attributes)
    for outside in ("http://", "https://", "url(", "@import", "fetch(", "XMLHttpRequest"):
        assert outside not in text.replace('"http://www.w3.org/2000/svg"', "")


def test_its_policy_lets_only_its_own_sheet_and_script_run(text: str, page: Page) -> None:
    policy = next(each["content"] for tag, each in page.tags if each.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        (inside,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_texts_from_outside_are_escaped(text: str, page: Page) -> None:
    assert NASTY not in text
    assert NASTY in page.words
    assert [tag for tag, _ in page.tags].count("script") == 1
    pictures = [each for tag, each in page.tags if tag == "img"]
    assert pictures
    assert all(each["alt"] for each in pictures)


@pytest.mark.parametrize("field", ["name", "command", "class", "encoder", "mode"])
def test_any_text_may_be_nasty(report: Report, field: str) -> None:
    document = json.loads(json.dumps(report.as_dict()))
    if field == "name":
        document["name"] = NASTY
    elif field == "command":
        document["commands"][0]["command"] = document["provenance"]["command"] = NASTY
    elif field == "class":
        for each in (document["naming"]["rows"][0], document["hubs"][0], document["maps"][0]["points"][0]):
            each.update({key: NASTY if isinstance(each[key], str) and key != "kind" else each[key] for key in each})
        document["naming"]["rows"][0]["looks_like"] = [NASTY]
    elif field == "encoder":
        document["model"]["image_encoder"]["name"] = document["model"]["labels"]["name"] = NASTY
    else:
        document["results"][0]["mode"] = document["results"][0]["data"] = document["model"]["mode"] = NASTY
    assert NASTY not in Report(document).html()
    Page(Report(document).html())
    assert "<script" not in Report(document).card()


SECTIONS = [
    "model",
    "estimate",
    "results",
    "confusions",
    "map",
    "gap",
    "neighbours",
    "names",
    "hubs",
    "controls",
    "made",
]
STRUCTURE = {"picture", "measure", "method", "query_kind"}
"""Keys of texts that are headword's own and decide what is drawn."""


def _hostile(value: Any, key: str = "") -> Any:
    """With markup in every text that comes from outside."""
    if isinstance(value, dict):
        own = STRUCTURE | ({"kind"} if "x" in value else set())
        return {name: each if name in own else _hostile(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_hostile(each, key) for each in value]
    return f"{value}{NASTY}" if isinstance(value, str) else value


def test_every_section_escapes_what_comes_from_outside(report: Report) -> None:
    text = Report(_hostile(report.as_dict())).html()
    assert NASTY not in text
    assert [tag for tag, _ in Page(text).tags].count("script") == 1
    header, *sections = re.split(r'<section aria-labelledby="(?=\w+">)', text.split("<main>")[1].split("</main>")[0])
    assert not header.strip()
    found = {each.partition('"')[0]: Page(f'<section id="{each.strip()}') for each in sections}
    assert list(found) == SECTIONS
    for name, section in found.items():
        assert NASTY in section.words, name
    page = Page(text)
    assert all(NASTY in str(each["alt"]) for tag, each in page.tags if tag == "img")
    assert sum(NASTY in str(each.get("aria-label")) for _, each in page.tags) > 2


def test_reasons_for_what_is_missing_are_escaped(planted_model: hw.AlignedModel) -> None:
    bare = model_report(replace(planted_model, prototypes=None, labels=None), definitions=None, permutations=20)
    text = Report(_hostile(bare.as_dict())).html()
    assert NASTY not in text
    assert Page(text).words.count(f"no head{NASTY}") == 1


def test_a_name_in_no_encoding_does_not_spoil_the_page(report: Report, tmp_path: Path) -> None:
    document = json.loads(json.dumps(report.as_dict()))
    document["maps"][0]["points"][0]["name"] = document["confusions"][0]["pairs"][0]["class"] = "\udcff.png"
    Report(document).write(tmp_path / "page.html")
    assert "?.png" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_figures_stand_beside_spread_and_chance(report: Report, page: Page) -> None:
    (first, *_) = report.document["results"]
    value, spread, chance = (100 * first[key]["top1"] for key in ("metrics", "spread", "chance"))
    assert f"{value:.1f} % ± {spread:.1f}" in page.words
    assert f"{chance:.1f} %" in page.words
    assert page.words.count("inductive") > 10
    assert "adapted on 59 unlabelled pictures" in page.words


def test_everything_that_can_be_seen_can_be_read(text: str, page: Page) -> None:
    drawings = [each for tag, each in page.tags if tag == "svg"]
    assert drawings
    assert all(each.get("aria-label") or each.get("aria-hidden") for each in drawings)
    ids = [each["id"] for _, each in page.tags if "id" in each]
    assert len(ids) == len(set(ids))
    for _, each in page.tags:
        for name in ("aria-labelledby", "href"):
            target = each.get(name) or ""
            if name == "aria-labelledby" or target.startswith("#"):
                assert target.removeprefix("#") in [*ids, ""]
    assert text.count("<figure") == text.count("<figcaption")
    scrolling = [each for _, each in page.tags if each.get("class") in ("scroll", "map")]
    assert all(each["tabindex"] == "0" and each["aria-label"] for each in scrolling)


def test_drawn_data_can_be_saved(page: Page, report: Report) -> None:
    files = {
        str(each["download"]): list(csv.reader(io.StringIO(base64.b64decode(str(each["href"]).split(",")[1]).decode())))
        for tag, each in page.tags
        if "download" in each
    }
    assert {
        "results-inductive.csv",
        "results-adapted.csv",
        "map-PCA.csv",
        "gaps.csv",
        "controls.csv",
        "names.csv",
        "hubs.csv",
    } <= files.keys()
    assert len(files["map-PCA.csv"]) == 1 + len(report.document["maps"][0]["points"])
    assert any(NASTY in row[1] for row in files["map-PCA.csv"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_have_contrast(scheme: str) -> None:
    found: dict[str, str] = {}
    for sheet in ("page.css", "model_page.css"):
        light, dark = (asset(sheet) + "@media (prefers-color-scheme: dark)").split(
            "@media (prefers-color-scheme: dark)"
        )[:2]
        for part in (light, dark)[: 1 if scheme == "light" else 2]:
            found |= dict(re.findall(r"--(\w+): (#\w{6})", part.split("* {")[0]))
    for ink in ("ink", "soft", "accent", "a", "b", "c"):
        for paper in ("page", "card", "code"):
            assert _contrast(found[ink], found[paper]) >= 4.5, (scheme, ink, paper)


def _contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


# --- The card ---


def test_the_cards_front_matter_reads_as_yaml_does(report: Report) -> None:
    front = report.card().split("---\n")[1]
    found: dict[str, Any] = {}
    key = ""
    for line in front.splitlines():
        if line.startswith("- "):
            found[key].append(line.removeprefix("- "))
        else:
            key, colon, value = line.partition(":")
            assert colon
            assert re.fullmatch(r"\w+", key)
            found[key] = json.loads(value) if value.strip().startswith('"') else value.strip() or []
    assert found["library_name"] == "headword"
    assert found["license"] == "unknown"
    assert "zero-shot-image-classification" in found["tags"]
    assert 'license: "apache-2.0"' in report.card("apache-2.0")


def test_the_card_says_what_it_does_not_know(report: Report) -> None:
    card = report.card()
    assert "Its licence is unknown" in card
    assert "Its licence is unknown" not in report.card("apache-2.0")
    assert "inductive" in card
    assert "adapted on 59 unlabelled pictures" in card
    limits = card.split("## Limitations")[1].split("##")[0]
    assert limits.count("\n- ") >= 5
    (row,) = [line for line in card.splitlines() if "nasty" in line and "| inductive |" in line and "| top1 |" in line]
    assert row.split(" | ")[-1].startswith("5.0 %")


# --- Drawings and maps ---


def test_dots_stand_where_their_values_are() -> None:
    drawn = dots([Dot("a", "50 %", 0.5, 0.1, 0.25), Dot("b", "", 1.0, 0.2)], "label")
    assert 'cx="220.0"' in drawn
    assert 'x1="177.6" x2="262.4"' in drawn
    assert 'x1="114.0" x2="114.0"' in drawn
    assert drawn.count('class="chance"') == 1
    assert 'x2="432.0"' in drawn, "a spread does not leave the scale"
    Page(drawn)


def test_curves_end_at_their_highest_value() -> None:
    drawn = curves({"a": (0.0, 0.5), "chance": (0.1, 0.1)}, ["1", "<3"], "label", "k")
    first, second = re.findall(r'points="([^"]*)"', drawn)
    heights = [float(each.split(",")[1]) for each in first.split()]
    assert heights[0] > heights[1]
    level = [each.split(",")[1] for each in second.split()]
    assert level[0] == level[1]
    assert "&lt;3" in drawn
    assert curves({"a": (0.0,)}, ["1"], "", "k").count("<polyline") == 1


def test_a_map_keeps_shapes_and_partners() -> None:
    keys = ("kind", "name", "x", "y", "of")
    places = [("prototype", "a", 0.0, 0.0, 1), ("text", "a", 2.0, 0.0, 1), ("picture", "<b>", 0.0, 1.0, None)]
    points = [dict(zip(keys, place, strict=True)) for place in places]
    drawn = scatter(points, "m", "label")
    drawn_at = {
        kind: (float(x), float(y))
        for kind, x, y in re.findall(r'<use href="#m-(\w+)" x="([\d.]+)" y="([\d.]+)"', drawn)
    }
    across = drawn_at["text"][0] - drawn_at["prototype"][0]
    up = drawn_at["prototype"][1] - drawn_at["picture"][1]
    assert across == pytest.approx(2 * up, abs=0.2)
    assert drawn.count('data-of="1"') == 2
    assert "&lt;b&gt;" in drawn
    scatter([{"kind": "text", "name": "alone", "x": 3.0, "y": 3.0, "of": None}], "m", "label")


def test_maps_find_planted_clouds(planted_model: hw.AlignedModel, rng: Callable[[], np.random.Generator]) -> None:
    draw = rng()
    data = labelled(world.NEW_WORDS[:2], range(20))
    centre = np.zeros((2, 6), np.float32)
    centre[0, 0], centre[1, 0] = 3.0, -3.0
    rows = (centre[data.targets] + draw.normal(size=(40, 6)) * 0.1).astype(np.float32)
    seen = EmbeddedDataset(data, np.arange(40), rows, rows, ("a", "b"), centre, data.targets, None)
    plain, centred = (each for each in maps(None, [seen], 0) if each["method"].startswith("PCA"))
    assert plain["kept"] > 0.95
    sides = np.sign([each["x"] for each in plain["points"] if each["kind"] == "picture"])
    assert len(set(sides[data.targets == 0])) == 1
    assert set(sides[data.targets == 0]) != set(sides[data.targets == 1])
    assert len(centred["points"]) == 42
    assert maps(None, [], 0) == []


def test_umap_is_drawn_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Flat:
        def __init__(self, **options: Any) -> None:
            assert options == {"n_neighbors": 15, "metric": "cosine", "random_state": 7}

        def fit_transform(self, rows: np.ndarray) -> np.ndarray:
            return rows[:, :2].astype(np.float32)

    module = ModuleType("umap")
    module.UMAP = Flat  # type: ignore[attr-defined]
    module.__spec__ = ModuleSpec("umap", None)
    monkeypatch.setitem(sys.modules, "umap", module)
    data = labelled(world.NEW_WORDS[:2], range(20))
    rows = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
    seen = EmbeddedDataset(data, np.arange(40), rows, rows, ("a", "b"), rows[:2], data.targets, None)
    assert [each["method"] for each in maps(None, [seen], 7)][-1] == "UMAP"
    few = replace(seen, data=data.take(range(5)), rows=np.arange(5), shared=rows[:5], images=rows[:5])
    assert "UMAP" not in [each["method"] for each in maps(None, [few], 7)]


def test_an_adapted_model_is_told_from_its_base(planted_model: hw.AlignedModel) -> None:
    data = labelled(world.NEW_WORDS[:6], range(100, 104))
    heard = planted_model.adapt(data.images, list(data.labels.names), definitions=None)
    found = model_report(heard, [data], definitions=None, permutations=20)
    assert found.document["model"]["mode"] == "adapted on 24 unlabelled pictures"
    assert [each["mode"] for each in found.document["results"]] == ["adapted on 24 unlabelled pictures"]
    assert "It is adapted on 24 unlabelled pictures." in Page(found.html()).words


@pytest.fixture
def rng() -> Callable[[], np.random.Generator]:
    return lambda: np.random.default_rng(5)
