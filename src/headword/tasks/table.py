"""The table of tasks under the names that recipes and the command line give them, and `evaluate`, which runs one.

To add one, write a function that takes a model, data and keyword-only options and gives a `Result` or a list of them,
and one line of the table, or call `registry.register("my-task", Task(...))` from a script. What else the function needs
it asks for by a parameter of that name: `train` (images to learn from), `known` (the head the model learnt from),
`seeds` (of its draws), `refit` (fits the model anew with the pairs of a few images).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from headword.datasets import Captioned, Labelled, holdout
from headword.errors import InputError
from headword.registry import Registry

if TYPE_CHECKING:
    from headword.heads import Head
    from headword.model.aligned import AlignedModel
    from headword.pairs.pairs import Pairs
    from headword.tasks.base import Result

__all__ = ["Task", "evaluate", "main_metrics", "registry"]

_NOT_FOR_RECIPES = {"show_progress", "seeds", "refit", "scores"}


@dataclass(frozen=True)
class Task:
    """A way to evaluate a model.

    Attributes:
        run: The function: model, then `data` and perhaps `train` or `known`, then options.
        data: What its images come with.
        main: The metrics that overviews show.
        adapters: What its option `adapt` may name; `None` for the names in `headword.adapters.registry`.
    """

    run: Callable[..., Any]
    data: Literal["classes", "captions"] = "classes"
    main: tuple[str, ...] = ()
    adapters: tuple[str, ...] | None = None

    @property
    def about(self) -> str:
        """What it does, in a line."""
        return (self.run.__doc__ or "").partition("\n")[0]

    @property
    def inputs(self) -> list[str]:
        """Names of what it takes after the model, in order."""
        return self._names(keyword_only=False)[1:]

    @property
    def keywords(self) -> list[str]:
        """Names of its keyword-only parameters."""
        return self._names(keyword_only=True)

    @property
    def options(self) -> tuple[str, ...]:
        """What it takes besides model and data, as keys of a recipe."""
        more = [*(["sequential"] if "refit" in self.keywords else []), *(["holdout"] if self.learns else [])]
        return tuple(name for name in (*self.keywords, *more) if name not in _NOT_FOR_RECIPES)

    @property
    def learns(self) -> bool:
        """Whether it learns from images of its own."""
        return "train" in self.inputs

    def _names(self, *, keyword_only: bool) -> list[str]:
        parameters = inspect.signature(self.run).parameters.values()
        return [each.name for each in parameters if (each.kind is each.KEYWORD_ONLY) == keyword_only]


registry = Registry(
    "task",
    "headword.tasks",
    {
        "zero-shot": "headword.tasks.zero_shot:TASK",
        "few-shot": "headword.tasks.few_shot:TASK",
        "retrieval": "headword.tasks.retrieval:TASK",
        "generalised": "headword.tasks.generalised:TASK",
    },
)


def main_metrics() -> tuple[str, ...]:
    """The metrics that overviews show, of all tasks."""
    return tuple(metric for name in registry for metric in registry[name].main)


def evaluate(
    name: str,
    model: AlignedModel,
    data: Labelled | Captioned,
    *,
    train: Labelled | Captioned | None = None,
    known: Head | None = None,
    refit: Callable[[Pairs], AlignedModel] | None = None,
    seed: int | None = None,
    options: Mapping[str, Any] | None = None,
    show_progress: bool | None = None,
) -> list[Result]:
    """Runs a task by name; one result, or with few-shot one for each number of shots and seed.

    Args:
        name: In `registry`.
        model: The model to evaluate.
        data: Images with captions for retrieval, with classes for the others.
        train: Where few-shot draws its images from; without it, from what the option `holdout` leaves of the data.
        known: For "generalised": the head of the classes that the model learnt from.
        refit: For few-shot with the option `sequential`: fits a model on the pairs of a few images, too.
        seed: Of the draw of few-shot; `None` takes the task's own seeds.
        options: Of `Task.options`.
        show_progress: Bars on stderr; `None` shows them on a terminal only.

    Raises:
        UnknownName: No task is called that.
        InputError: The data are of the wrong kind, or what the task needs is missing.
    """
    task: Task = registry[name]
    given = {**(options or {}), "show_progress": show_progress}
    given |= {key: _as_tuple(given[key]) for key in ("shots", "ks") if key in given}
    _check_data(name, task, data, train)
    if task.learns:
        train, data = _parts(name, train, data, given.pop("holdout", None))
    if "seeds" in task.keywords and seed is not None:
        given["seeds"] = _as_tuple(seed)
    if "refit" in task.keywords:
        sequential = given.pop("sequential", False)
        if sequential and refit is None:
            raise InputError(f"{name} on {data.name}, sequential", "nothing that fits anew", "pass refit")
        given["refit"] = refit if sequential else None
    if "known" in task.inputs and known is None:
        raise InputError(f"{name} on {data.name}", "no known classes", "hide some: hide = 200")
    inputs = {"train": train, "known": known}
    found = task.run(model, *(inputs.get(each, data) for each in task.inputs), **given)
    return found if isinstance(found, list) else [found]


def _check_data(name: str, task: Task, *data: Labelled | Captioned | None) -> None:
    for each in data:
        found = "captions" if isinstance(each, Captioned) else "classes"
        if each is not None and found != task.data:
            asked = f"{name} on {each.name}"
            raise InputError(asked, f"pictures with {found}", f"pass pictures with {task.data}")


def _parts(name: str, train: Any, data: Any, share: float | None) -> tuple[Labelled, Labelled]:
    """Images to learn from and images to evaluate on."""
    asked = f"{name} on {data.name}"
    if train is not None and share is not None:
        raise InputError(asked, "both a training part and a holdout", "name the one or the other")
    if share is not None:
        return holdout(data, share)
    if train is None:
        do = "name them: train, or train_split of the same data, or cut it in two: holdout = 0.5"
        raise InputError(asked, "no pictures to learn from", do)
    return train, data


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, Sequence) else (value,)
