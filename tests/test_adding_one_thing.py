"""One of each kind is added from outside, as a user's script would: it is listed, and it works where it applies."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

import headword as hw
from headword import adapters, cli, datasets, encoders, labels, metrics, tasks
from headword.bench import plan, read_recipe
from headword.cli import Outcome, app, verb
from headword.datasets.spec import KnownClasses
from headword.errors import InputError
from headword.registry import Registry

REGISTRIES: tuple[Registry, ...] = (
    hw.aligners.registry,
    adapters.registry,
    encoders.image_encoders,
    encoders.text_encoders,
    datasets.registry,
    labels.registry,
    metrics.registry,
    tasks.registry,
    cli.registry,
)


@pytest.fixture(autouse=True)
def own_registries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a test registers is gone after it."""
    for each in REGISTRIES:
        monkeypatch.setattr(each, "_entries", dict(each._entries))
    monkeypatch.setenv("HEADWORD_CACHE", str(tmp_path / "cache"))


def typed(*arguments: object) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    assert result.exit_code == 0, result.stderr
    document: dict[str, Any] = json.loads(result.stdout)
    return document


@pytest.fixture
def words(planted: ModuleType) -> list[str]:
    return list(planted.NEW_WORDS[:6])


@pytest.fixture
def pictures(tmp_path: Path, planted: ModuleType, words: list[str]) -> Path:
    """`data/mine/test/<class>/`, with four pictures of each class."""
    for word in words:
        folder = tmp_path / "data" / "mine" / "test" / word
        folder.mkdir(parents=True)
        for seed in range(4):
            Image.fromarray(planted.picture(word, seed)).save(folder / f"{seed}.png")
    return tmp_path / "data" / "mine"


@pytest.fixture
def saved(tmp_path: Path, planted_model: hw.AlignedModel) -> Path:
    planted_model.save_pretrained(tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def evaluated(saved: Path, pictures: Path) -> Callable[..., dict[str, Any]]:
    def run(*more: object) -> dict[str, Any]:
        data = [] if "--data" in more else ["--data", pictures]
        result: dict[str, Any] = typed("eval", saved, *data, "--definitions", "none", *more)["result"]
        return result

    return run


@pytest.fixture
def recipe(tmp_path: Path, pictures: Path) -> Callable[..., Path]:
    def written(task: str = "{ task = 'zero-shot', data = 'mine' }", aligner: str = "ridge") -> Path:
        lines = (f"root = '{pictures.parent}'", "images = 'planted/eye'", "texts = 'planted/ear'")
        path = tmp_path / "small.toml"
        path.write_text("\n".join([*lines, f"aligners = '{aligner}'", f"tasks = [{task}]", "definitions = 'none'"]))
        return path

    return written


def test_an_aligner(tmp_path: Path, recipe: Callable[..., Path]) -> None:
    class Mine(hw.aligners.Ridge):
        """Ridge by another name."""

    hw.aligners.registry.register("mine", Mine)
    assert typed("ls", "aligners")["aligners"]["mine"] == "Ridge by another name."
    made = typed("align", "planted/eye", "--text", "planted/ear", "--aligner", "mine", "-o", tmp_path / "new")
    assert made["model"]["aligner"]["kind"] == "mine"
    assert hw.AlignedModel.from_pretrained(tmp_path / "new").aligner.__class__ is Mine
    (run,) = plan(read_recipe(recipe(aligner="mine")))
    assert run.fit.kind == "mine"


def test_an_adapter(evaluated: Callable[..., dict[str, Any]], recipe: Callable[..., Path]) -> None:
    class Mine(adapters.Centre):
        """Centring by another name."""

    adapters.registry.register("mine", Mine)
    assert typed("ls", "adapters")["adapters"]["mine"] == "Centring by another name."
    assert evaluated("--method", "mine")["settings"]["adaptation"]["method"] == "mine"
    (run,) = plan(read_recipe(recipe("{ task = 'zero-shot', data = 'mine', adapt = 'mine' }")))
    assert run.spec.options["adapt"] == "mine"


def test_an_encoder(planted: ModuleType, tmp_path: Path) -> None:
    encoders.image_encoders.register("mine", planted.Eye)
    encoders.text_encoders.register("mine", planted.Ear)
    assert typed("ls", "image-encoders")["image-encoders"]["mine"] == "mine/…: from another package"
    assert "mine" in typed("ls", "text-encoders")["text-encoders"]
    typed("align", "mine/eye", "--text", "mine/ear", "--definitions", "none", "-o", tmp_path / "new")


def test_a_data_set(evaluated: Callable[..., dict[str, Any]], pictures: Path, words: list[str]) -> None:
    spec = KnownClasses(
        name="mine",
        title="Mine",
        splits={"test": 24},
        licence="CC0",
        where="",
        layout="",
        classes={word: word for word in words},
    )
    datasets.registry.register("mine", spec)
    assert typed("ls", "data-sets", "--root", pictures.parent)["data-sets"]["mine"].startswith("6 classes; test 24; in")
    found = evaluated("--data", "mine", "--root", pictures.parent)
    assert (found["data"], found["n"], found["settings"]["licence"]) == ("mine", 24, "CC0")


def test_a_label_set(words: list[str]) -> None:
    labels.registry.register("mine", lambda: hw.LabelSet.from_names(words))
    assert typed("ls", "label-sets")["label-sets"]["mine"] == "6 classes"
    assert hw.LabelSet.named("mine").names == tuple(words)
    assert typed("labels", "mine")["labels"]["rows"] == 6


def test_a_metric(evaluated: Callable[..., dict[str, Any]]) -> None:
    def errors(found: metrics.Answers) -> metrics.Measured:
        return metrics.Measured(float((found.ranks > 0).mean()), chance=1 - 1 / found.classes)

    metrics.registry.register("errors", metrics.Metric("wrong pictures", "1 − 1 / classes", False, measure=errors))
    assert typed("ls", "metrics")["metrics"]["errors"] == "wrong pictures; lower is better; chance: 1 − 1 / classes"
    found = evaluated()
    assert found["metrics"]["errors"] == pytest.approx(1 - found["metrics"]["top1"])
    assert found["chance"]["errors"] == pytest.approx(5 / 6)
    assert not metrics.metric_of("few_shot_errors").higher_is_better


def test_a_task(evaluated: Callable[..., dict[str, Any]], recipe: Callable[..., Path]) -> None:
    def count(
        model: hw.AlignedModel, data: datasets.Labelled, *, times: int = 1, show_progress: bool | None = None
    ) -> tasks.Result:
        """Counts pictures."""
        settings = {"split": data.split, "adaptation": None}
        return tasks.Result("count", data.name, "inductive", len(data), {"count": 0.5 * times}, settings=settings)

    tasks.registry.register("count", tasks.Task(count, main=("count",)))
    assert typed("ls", "tasks")["tasks"]["count"] == "Counts pictures."
    assert evaluated("--task", "count")["metrics"] == {"count": 0.5}
    (run,) = plan(read_recipe(recipe("{ task = 'count', data = 'mine', times = 2 }")))
    assert run.spec.options == {"times": 2}
    with pytest.raises(InputError, match="did you mean 'times'"):
        read_recipe(recipe("{ task = 'count', data = 'mine', time = 2 }"))


def test_a_verb() -> None:
    @verb("headword greet ada")
    def greet(name: str, times: int = 1) -> Outcome:
        """Greet somebody."""
        return Outcome({"greeting": f"hello {name}" * times}, [f"hello {name}"])

    cli.registry.register("greet", greet)
    assert typed("ls", "verbs")["verbs"]["greet"] == "Greet somebody."
    assert typed("greet", "ada") == {"greeting": "hello ada"}
    shown = CliRunner().invoke(app, ["greet", "--help"]).stdout
    assert "  headword greet ada" in shown
    assert "--json" in shown
    assert "\n  greet " in CliRunner().invoke(app, ["--help"]).stdout


# --- The docs list what there is ---

DOCS = Path(__file__).parents[1] / "docs"


def rows() -> Iterator[tuple[str, str]]:
    """A page, and what it must have, for each entry that comes with headword."""
    yield from (("aligners.md", f"| `{name}` |") for name in hw.aligners.registry)
    if "| `careful` |" in (DOCS / "adapting.md").read_text(encoding="utf-8"):
        yield from (("adapting.md", f"| `{name}` |") for name in adapters.registry)
    prefixes = {*encoders.image_encoders, *encoders.text_encoders} - {"planted"}
    yield from (("encoders.md", f"| `{prefix}/") for prefix in prefixes)
    yield from (("datasets.md", f"| `{name}` |") for name in datasets.registry)
    yield from (("labels.md", f"`{name}`") for name in labels.registry)
    yield from (("tasks.md", f"| `{name}` |") for name in (*metrics.registry, *tasks.registry))
    yield from (("cli.md", f"\nheadword {name} ") for name in cli.registry)


def test_the_docs_list_everything_built_in() -> None:
    pages = {path.name: path.read_text(encoding="utf-8") for path in DOCS.glob("*.md")}
    assert [(page, row) for page, row in rows() if row not in pages[page]] == []
