"""Recipes: a sweep as a TOML file. Its keys are the flags of the command line; most take a value or a list of them.

    images = ["bundled/efficientnet-lite0", "bundled/efficientnet-lite1"]
    aligners = ["kernel-ridge", "csa"]
    definitions = ["auto", "none"]
    seeds = [0, 1, 2]
    tasks = [{ task = "zero-shot", data = "zeroshot/cifar10" }]

A mistake in a recipe is an error before anything slow begins.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from headword import adapters, aligners
from headword.aligners.sequential import MIXES
from headword.errors import InputError, suggestion
from headword.pairs.controls import CONTROLS
from headword.prompts.templates import expand
from headword.tasks.few_shot import SHOTS
from headword.tasks.probes import PROBES
from headword.tasks.table import Task, registry

__all__ = ["Recipe", "TaskSpec", "read_recipe"]


@dataclass(frozen=True)
class TaskSpec:
    """One entry of `tasks`.

    Attributes:
        task: A name in `headword.tasks.registry`.
        data: A data set: its name, or a path below the recipe's `root`.
        split: Of the data set; its own default where `None`.
        train: Where few-shot takes its pictures from; `data` where only a split of it is named.
        train_split: Of that.
        classes: "all", or "hidden" for those classes alone that `hide` kept from the fit.
        options: What else the task takes: `templates`, `ks`, `shots`, `probe`, `holdout`, …; a list of `shots` or of
            `probe` is a run for each.
    """

    task: str
    data: str
    split: str | None = None
    train: str | None = None
    train_split: str | None = None
    classes: str = "all"
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """A sweep: every combination of what is listed is a run, as far as it makes sense.

    Attributes:
        name: The file's name.
        root: Folder that the paths of data sets start at.
        images: Image encoders.
        texts: Text encoders.
        aligners: Names in the registry, or of tables in `parameters`.
        parameters: Parameters of aligners by name; `aligner` in such a table says which aligner it is, if not that of
            the table's name.
        tasks: The tasks to evaluate models on.
        labels: The heads' classes where their record lacks them.
        definitions: "auto", "wordnet", "none", or a file.
        recycle: Whether the head's rows are learnt from.
        pairs: How many pictures of `pair_data` are learnt from, with their captions; where it has classes in place of
            captions, how many of each class, as their mean with the class's name.
        pair_data: A data set.
        pair_split: Of it.
        mix: How rows and pictures come together: "bridge", "plain" or "sequential", or several, one run each.
        weight_ratio: Shares of the rows in all weight, in turn; where there is none, each class and each picture
            counts alike.
        control: What is put in place of the head's rows.
        hide: How many classes of the head are kept from the fit, drawn by the seed.
        seeds: One run for each, where anything is drawn.
        device: Where encoders run.
        values: Keep the outcome of each picture, for paired comparisons.
    """

    name: str
    root: Path
    images: tuple[str, ...]
    texts: tuple[str, ...]
    aligners: tuple[str, ...]
    tasks: tuple[TaskSpec, ...]
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    labels: str | None = None
    definitions: tuple[str, ...] = ("auto",)
    recycle: tuple[bool, ...] = (True,)
    pairs: tuple[int, ...] = (0,)
    pair_data: str | None = None
    pair_split: str | None = None
    mix: tuple[str, ...] = (MIXES[0],)
    weight_ratio: tuple[float, ...] = ()
    control: tuple[str, ...] = ("none",)
    hide: int = 0
    seeds: tuple[int, ...] = (0, 1, 2)
    device: str = "auto"
    values: bool = False

    def aligner(self, name: str) -> tuple[str, dict[str, Any]]:
        """The aligner behind a name of `aligners`, and its parameters."""
        table = dict(self.parameters.get(name, {}))
        return str(table.pop("aligner", name)), table


def read_recipe(path: str | Path, instead: Mapping[str, Any] | None = None, root: str | Path | None = None) -> Recipe:
    """Reads and checks a recipe.

    Args:
        path: The TOML file.
        instead: Values for some of its keys.
        root: Where paths of data sets start; `None` is $HEADWORD_DATA where that is set, else the recipe's `root`,
            which starts at the file's folder.

    Raises:
        InputError: No such file, not TOML, an unknown key, a value of the wrong kind.
        UnknownName: An aligner that is not known.
    """
    path = Path(path)
    asked = f"the recipe {path}"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))  # some editors put a mark first
    except OSError as error:
        raise InputError(asked, f"{error.strerror}".lower(), "pass a TOML file, such as those in recipes/") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(asked, f"not TOML: {error}", "mend that line") from error
    table |= dict(instead or {})
    _known(asked, table, _READ)
    for key in ("images", "texts", "aligners", "tasks"):
        if key not in table:
            raise InputError(asked, f"no {key!r}", f"add it: {_EXAMPLES[key]}")
    values = {key: _READ[key](f"{asked}, {key}", value) for key, value in table.items()}
    if "aligners" in (instead or {}):  # those that are left out have no use for their tables
        values["parameters"] = {k: each for k, each in values.get("parameters", {}).items() if k in values["aligners"]}
    given = root or os.environ.get("HEADWORD_DATA")
    values["root"] = Path(given).expanduser() if given else path.parent / Path(values.get("root", ".")).expanduser()
    recipe = Recipe(name=path.stem, **values)
    _check(asked, recipe)
    return recipe


def _check(asked: str, recipe: Recipe) -> None:
    for name in recipe.aligners:
        kind, parameters = recipe.aligner(name)
        _known(f"{asked}, parameters of {name}", parameters, aligners.registry[kind]().get_params(), "parameters")
    _known(asked, recipe.parameters, recipe.aligners, "aligners of the recipe")
    for key, known in (("control", ("none", *CONTROLS)), ("mix", MIXES)):
        _known(f"{asked}, {key}", getattr(recipe, key), known, "values")
    if any(recipe.pairs) and recipe.pair_data is None:
        raise InputError(asked, f"pairs = {list(recipe.pairs)}, and no data to draw them from", "add pair_data")
    for spec in recipe.tasks:
        if spec.classes == "hidden" and not recipe.hide:
            raise InputError(asked, f"{spec.data} asks for hidden classes, and none are", "add hide = 200")


def _known(asked: str, given: Iterable[str], known: Iterable[str], what: str = "keys") -> None:
    for key in given:
        if key not in known:
            do = f"{suggestion(key, known)}the {what} are {', '.join(sorted(known))}"
            raise InputError(asked, f"{key!r}, which is unknown", do)


def _of(kind: type, what: str, least: int = 0) -> Callable[[str, Any], Any]:
    def _read(asked: str, value: Any) -> Any:
        # `type`, for to Python a truth value is a number.
        if type(value) is not kind or (isinstance(value, int) and value < least):
            raise InputError(asked, repr(value), f"give {what}")
        return value

    return _read


def _some(kind: type, what: str, least: int = 0) -> Callable[[str, Any], Any]:
    one = _of(kind, what, least)

    def _read(asked: str, value: Any) -> tuple[Any, ...]:
        if value == []:
            raise InputError(asked, "an empty list", f"give {what}, or several in a list")
        return tuple(dict.fromkeys(one(asked, each) for each in _as_list(value)))

    return _read


def _tables(asked: str, value: Any) -> dict[str, dict[str, Any]]:
    if not isinstance(value, dict) or not all(isinstance(each, dict) for each in value.values()):
        raise InputError(asked, repr(value), "give a table for each aligner: [parameters.csa]")
    return value


def _tasks(asked: str, value: Any) -> tuple[TaskSpec, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(each, dict) for each in value):
        raise InputError(asked, repr(value), f"give a list of tables: {_EXAMPLES['tasks']}")
    return tuple(_task(f"{asked}[{place}]", table) for place, table in enumerate(value))


def _task(asked: str, table: dict[str, Any]) -> TaskSpec:
    for key in ("task", "data"):
        if not isinstance(table.get(key), str):
            raise InputError(asked, f"no {key!r} in {table}", f"give one: {_EXAMPLES['tasks']}")
    _known(asked, [table["task"]], registry, "tasks")
    task: Task = registry[table["task"]]
    own = {each.name for each in fields(TaskSpec)} - {"options"} - (set() if task.learns else {"train", "train_split"})
    _known(asked, table, own | set(task.options))
    for key, value in table.items():
        read = _OPTIONS.get(key, _TEXT if key in own else None)
        if read is not None:
            read(f"{asked}, {key}", value)
    _check_task(asked, table, task)
    options = {key: value for key, value in table.items() if key not in own}
    if "shots" in task.options:
        options.setdefault("shots", list(SHOTS))
    return TaskSpec(**{key: value for key, value in table.items() if key in own}, options=options)


def _check_task(asked: str, table: Mapping[str, Any], task: Task) -> None:
    """Refuses unknown names, and what contradicts itself."""
    ways = adapters.registry if task.adapters is None else task.adapters
    _known(
        f"{asked}, adapt", [each for each in _as_list(table.get("adapt", [])) if isinstance(each, str)], ways, "names"
    )
    _known(f"{asked}, probe", _as_list(table.get("probe", [])), PROBES, "probes")
    trains = not table.keys().isdisjoint(("train", "train_split"))
    if "holdout" in table and trains:
        raise InputError(asked, "both holdout and a training part", "name the one or the other")
    if task.learns and "holdout" not in table and not trains:
        raise InputError(asked, "no pictures to learn from", "add train or train_split, or cut the data: holdout = 0.5")
    classes, known = table.get("classes", "all"), ("all", "hidden") if task.data == "classes" else ("all",)
    if classes not in known:
        raise InputError(f"{asked}, classes", repr(classes), f"give {' or '.join(map(repr, known))}")


def _share(asked: str, value: Any) -> float:
    if type(value) is not float or not 0 < value < 1:
        raise InputError(asked, repr(value), "give a share between 0 and 1, such as 0.5")
    return value


def _way(asked: str, value: Any) -> Any:
    if not all(type(each) in (bool, str) for each in _as_list(value)):
        raise InputError(asked, repr(value), "give true, false or a name, or several in a list")
    return value


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


_TEXT, _TEXTS = _of(str, "a text"), _some(str, "a text")
_OPTIONS: Mapping[str, Callable[[str, Any], Any]] = {
    "adapt": _way,
    "definitions": _of(str, "one text"),
    "holdout": _share,
    "ks": _some(int, "a number of places, 1 or more", 1),
    "offset": _of(float, "a number with a point, such as 0.5"),
    "probe": _TEXTS,
    "recycled": _some(bool, "true or false"),
    "sequential": _some(bool, "true or false"),
    "shots": _some(int, "a number of pictures a class, 1 or more", 1),
    "templates": lambda asked, value: expand(_of(list, 'a list of texts, ["a photo of a {}"]')(asked, value)),
}
_READ: Mapping[str, Callable[[str, Any], Any]] = {
    "root": _of(str, "a folder"),
    "images": _TEXTS,
    "texts": _TEXTS,
    "aligners": _TEXTS,
    "parameters": _tables,
    "tasks": _tasks,
    "labels": _of(str, "a file or a known set"),
    "definitions": _TEXTS,
    "recycle": _some(bool, "true or false"),
    "pairs": _some(int, "a number of pictures"),
    "pair_data": _of(str, "a data set"),
    "pair_split": _of(str, "a split"),
    "mix": _TEXTS,
    "weight_ratio": lambda asked, value: tuple(_share(asked, each) for each in _some(float, "a share")(asked, value)),
    "control": _TEXTS,
    "hide": _of(int, "a number of classes"),
    "seeds": _some(int, "a whole number"),
    "device": _of(str, '"auto", "cpu", "cuda" or "mps"'),
    "values": _of(bool, "true or false"),
}
_EXAMPLES: Mapping[str, str] = {
    "images": 'images = ["bundled/efficientnet-lite0"]',
    "texts": 'texts = ["bundled/all-minilm-l6-v2"]',
    "aligners": 'aligners = ["kernel-ridge"]',
    "tasks": 'tasks = [{ task = "zero-shot", data = "zeroshot/cifar10" }]',
}
