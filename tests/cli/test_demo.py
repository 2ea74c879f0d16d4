"""`headword demo`, on the planted world; `test_demo_on_real_weights` runs the real thing."""

from __future__ import annotations

import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

import headword as hw
from headword.cli._demo_set import IMAGES, LABELS
from headword.lexicon.base import MemoryLexicon, Sense
from headword.prompts.queries import query_labels

Run = Callable[..., Result]
RunJson = Callable[..., dict[str, Any]]

WORLD = ("--image-encoder", "planted/eye", "--text", "planted/ear")


class Page(HTMLParser):
    """Tags with attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words += data


def test_the_labels_are_everyday_words_that_imagenet_lacks() -> None:
    classes = hw.LabelSet.named("imagenet-1k")
    named = MemoryLexicon(Sense(key, names, "") for key, names in zip(classes.ids, classes.synonyms, strict=True))
    known = [query.label for query in query_labels(LABELS, None) if named.lookup(query.name)]
    assert len(LABELS) == len(set(LABELS)) >= 30
    assert len(known) < len(LABELS) / 2
    assert set(IMAGES.values()) <= set(LABELS)


def test_page_numbers_and_model_agree(run_json: RunJson, tmp_path: Path) -> None:
    out = tmp_path / "demo"
    document = run_json("demo", "-o", out, *WORLD)
    assert {each.name for each in out.iterdir()} == {"index.html", "result.json", "model"}
    result = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert result == {key: each for key, each in document.items() if key not in ("saved", "page", "result")}
    assert document["photographs"] == len(document["pictures"]) == len(IMAGES)
    places = [
        each["labels"].index(each["truth"]) + 1 if each["truth"] in each["labels"] else None
        for each in document["pictures"]
    ]
    assert places == [each["place"] for each in document["pictures"]]
    assert document["found_first"] == places.count(1)
    assert document["in_the_first_five"] == len(places) - places.count(None)
    model = hw.AlignedModel.from_pretrained(document["saved"])
    assert [each.as_dict() for each in model.validation] == document["model"]["validation"]


def test_the_page_stands_alone(run: Run, tmp_path: Path) -> None:
    assert run("demo", "-o", tmp_path / "demo", *WORLD).exit_code == 0
    text = (tmp_path / "demo" / "index.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    pictures = [attributes for tag, attributes in page.tags if tag == "img"]
    assert len(pictures) == len(IMAGES)
    for each in pictures:
        assert str(each["src"]).startswith("data:image/jpeg;base64,")
        assert each["alt"]
    assert not {"script", "link", "iframe"} & {tag for tag, _ in page.tags}
    for outside in ("http:", "https:", "url(", "@import"):
        assert outside not in text
    assert len(text) < 1_000_000
    for truth in IMAGES.values():
        assert truth in page.words
    assert "$" not in page.words


def test_terminal_says_what_was_found_and_where_it_is(run: Run, tmp_path: Path) -> None:
    result = run("demo", "-o", tmp_path / "demo", *WORLD)
    assert "chelsea.png" in result.stdout
    assert f"{tmp_path / 'demo' / 'index.html'}" in result.stdout
    assert f"headword classify {tmp_path / 'demo' / 'model'} my-photos/" in result.stdout


def test_it_runs_again_but_not_over_something_else(run: Run, tmp_path: Path) -> None:
    assert run("demo", "-o", tmp_path / "demo", *WORLD).exit_code == 0
    assert run("demo", "-o", tmp_path / "demo", *WORLD).exit_code == 0
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "index.html").write_text("mine", encoding="utf-8")
    result = run("demo", "-o", tmp_path / "mine", *WORLD)
    assert result.exit_code == 2
    assert "something else is there" in result.stderr
    assert (tmp_path / "mine" / "index.html").read_text(encoding="utf-8") == "mine"


def test_an_interrupted_demo_is_taken_up(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from headword.cli import _demo_report

    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(_demo_report, "write_page", interrupted)
        assert run("demo", "-o", tmp_path / "demo", *WORLD).exit_code == 130
    assert {each.name for each in (tmp_path / "demo").iterdir()} == {"model", "result.json"}
    assert run("demo", "-o", tmp_path / "demo", *WORLD).exit_code == 0


def test_without_scikit_image_it_says_what_to_install(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headword.errors.find_spec", lambda name: None)
    result = run("demo", "-o", tmp_path / "demo", *WORLD)
    assert result.exit_code == 2
    assert "headword[demo]" in result.stderr


@pytest.mark.slow
def test_demo_on_real_weights(run_json: RunJson, tmp_path: Path) -> None:
    document = run_json("demo", "-o", tmp_path / "demo")
    found = {each["name"]: each["labels"][0] for each in document["pictures"]}
    assert found["chelsea.png"] == "a cat"
    assert found["coffee.png"] == "a cup of coffee"
    assert found["motorcycle_left.png"] == "a motorcycle"
    # By chance 0.3 and 1.6 of 16; a swapped table or a wrong preprocessing would come near that.
    assert document["found_first"] >= 5
    assert document["in_the_first_five"] >= 9
    by_name = document["model"]["validation"][0]
    assert by_name["top1"] > 0.3
    assert by_name["chance1"] == pytest.approx(0.005)
