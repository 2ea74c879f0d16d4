"""The tasks under the names that recipes and the command line give them, with the options each one takes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from headword import tasks
from headword.datasets import Captioned, Labelled, holdout
from headword.errors import InputError
from headword.tasks import Result

if TYPE_CHECKING:
    from headword.heads import Head
    from headword.model.aligned import AlignedModel
    from headword.pairs.pairs import Pairs

__all__ = ["TASKS", "judge", "options_of"]

TASKS: Mapping[str, Callable[..., Any]] = {
    "zero-shot": tasks.zero_shot,
    "few-shot": tasks.few_shot,
    "retrieval": tasks.retrieval,
    "generalised": tasks.generalised,
}

_NOT_FOR_RECIPES = {"show_progress", "seeds", "refit", "scores"}


def options_of(task: str) -> tuple[str, ...]:
    """What a task takes besides model and data, as keys of a recipe."""
    parameters = inspect.signature(TASKS[task]).parameters.values()
    keywords = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]
    own = ["sequential", "holdout"] if "refit" in keywords else []
    return tuple(name for name in (*keywords, *own) if name not in _NOT_FOR_RECIPES)


def judge(
    task: str,
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
        task: A key of `TASKS`.
        model: What is judged.
        data: Pictures with captions for retrieval, with classes for the others.
        train: Where few-shot draws its pictures from; without it, from what the option `holdout` leaves of the data.
        known: For "generalised": the head of the classes that the model learnt from.
        refit: For few-shot with the option `sequential`: fits a model that has seen the pairs of a few pictures, too.
        seed: Of the draw of few-shot; `None` takes the task's own seeds.
        options: Of `options_of`.
        show_progress: Bars on stderr; `None` shows them on a terminal only.

    Raises:
        InputError: The data are of the wrong kind, or what the task needs is missing.
    """
    given = {**(options or {}), "show_progress": show_progress}
    given |= {key: _some(given[key]) for key in ("shots", "ks") if key in given}
    wanted = Captioned if task == "retrieval" else Labelled
    for each in (data, train):
        if each is not None and not isinstance(each, wanted):
            found, needed = ("classes", "captions") if wanted is Captioned else ("captions", "classes")
            raise InputError(f"{task} on {each.name}", f"pictures with {found}", f"pass pictures with {needed}")
    if task == "few-shot":
        train, data = _parts(train, data, given.pop("holdout", None))
        seeds = {} if seed is None else {"seeds": _some(seed)}
        again = refit if given.pop("sequential", False) else None
        if again is None and (options or {}).get("sequential"):
            raise InputError(f"few-shot on {data.name}, sequential", "nothing that fits anew", "pass refit")
        return list(TASKS[task](model, train, data, refit=again, **seeds, **given))
    if task == "generalised":
        if known is None:
            raise InputError(f"generalised zero-shot on {data.name}", "no known classes", "hide some: hide = 200")
        return [TASKS[task](model, data, known, **given)]
    return [TASKS[task](model, data, **given)]


def _parts(train: Any, data: Any, share: float | None) -> tuple[Labelled, Labelled]:
    """Pictures to learn from and pictures to judge by."""
    asked = f"few-shot on {data.name}"
    if train is not None and share is not None:
        raise InputError(asked, "both a training part and a holdout", "name the one or the other")
    if share is not None:
        return holdout(data, share)
    if train is None:
        do = "name them: train, or train_split of the same data, or cut it in two: holdout = 0.5"
        raise InputError(asked, "no pictures to learn from", do)
    return train, data


def _some(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, Sequence) else (value,)
