"""Zero-shot: pictures are classified among names that the model was given, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float64, Int64

from headword.arrays import chunks
from headword.labels.label_set import LabelSet
from headword.metrics import classification as metrics
from headword.metrics.table import Answers, measure
from headword.model.adapting import learn_adaptation
from headword.model.aligned import AlignedModel
from headword.prompts.queries import Definitions, Query
from headword.tasks.base import SCORES, Result, embed, settings_of, texts_of, with_templates
from headword.tasks.table import Task

if TYPE_CHECKING:
    from headword.datasets.base import Labelled

__all__ = ["TASK", "classified", "prepared", "zero_shot"]


def zero_shot(
    model: AlignedModel,
    data: Labelled,
    *,
    definitions: Definitions = "auto",
    templates: str | Sequence[str] | None = None,
    adapt: bool | str = False,
    show_progress: bool | None = None,
) -> Result:
    """Classifies the pictures among the data set's names.

    A tie counts against, and a picture that cannot be read is left out and named in `details["bad"]`.

    Args:
        model: Any aligned model.
        data: Pictures with classes.
        definitions: See `AlignedModel.encode_labels`.
        templates: How names are said; `None` takes the data set's own templates, or the model's where it has none.
        adapt: Let the model, or its base, first learn from the same images, without their classes; a text names the
            adapter. The result's mode says so.
        show_progress: Bars on stderr; `None` shows them on a terminal only.

    Returns:
        "top1", "top5" (with more than five classes), "mean_per_class", "macro_f1" and "weighted_f1".

    Raises:
        InputError: No picture can be read.
        UnknownName: No adapter is called that.
    """
    speaker, queries, settings = prepared(model, data, definitions, templates)
    vectors, rows, bad = embed(model, data, show_progress)
    if adapt:
        base, method = speaker.base, "careful" if adapt is True else adapt
        speaker = base.with_adaptation(learn_adaptation(base, vectors, queries, method=method))
        settings |= speaker.describe()
    if speaker.adaptation is not None:
        settings["adaptation"]["summary"] = speaker.summary_for(queries)
    score = speaker.scorer(queries)
    targets = data.targets[rows]
    found = [
        (metrics.ranks(scores, targets[part]), metrics.first_choices(scores, targets[part]))
        for part in chunks(len(vectors), max(1, SCORES // len(queries)))
        for scores in [score(vectors[part])[1]]
    ]
    ranks, predicted = (np.concatenate(each) for each in zip(*found, strict=True))
    figures = classified(Answers(ranks, predicted, targets, len(data.labels)), data.labels)
    figures["details"]["bad"] = bad
    return Result("zero-shot", data.name, speaker.mode, len(rows), settings=settings, **figures)


TASK = Task(zero_shot, main=("top1",))


def prepared(
    model: AlignedModel, data: Labelled, definitions: Definitions, templates: str | Sequence[str] | None
) -> tuple[AlignedModel, tuple[Query, ...], dict[str, Any]]:
    """The model with the templates to use, the data set's names as it understands them, and the settings of both."""
    speaker = with_templates(model, data, templates)
    queries = speaker.parse_labels(data.labels, definitions, unique=False)
    settings = settings_of(speaker, data) | texts_of(speaker, queries, definitions)
    settings |= {"labels": data.labels.name, "labels_version": data.labels.version, "classes": len(data.labels)}
    return speaker, queries, settings


def classified(answers: Answers, labels: LabelSet, prefix: str = "") -> dict[str, dict[str, Any]]:
    """Metrics, chance, spread, values and details of classified images, as a `Result` takes them.

    Args:
        answers: What the model answered.
        labels: The classes.
        prefix: Put before the name of every metric.
    """
    found = measure(answers)

    def column(field: str) -> dict[str, Any]:
        values = {prefix + name: getattr(each, field) for name, each in found.items()}
        return {name: value for name, value in values.items() if value is not None}

    sizes, shares = metrics.class_shares(answers.ranks == 0, answers.targets, len(labels))
    return {
        "metrics": column("value"),
        "chance": column("chance"),
        "spread": column("spread"),
        "values": column("values"),
        "details": {"classes": _table(labels, sizes, shares), "confusions": _confusions(labels, answers)},
    }


def _table(labels: LabelSet, sizes: Int64[np.ndarray, " c"], shares: Float64[np.ndarray, " c"]) -> list[dict[str, Any]]:
    rows = zip(labels.ids, labels.names, sizes, shares, strict=True)
    return [{"id": i, "name": name, "n": int(n), "top1": float(share)} for i, name, n, share in rows if n]


def _confusions(labels: LabelSet, answers: Answers) -> list[dict[str, Any]]:
    pairs = metrics.confusion_pairs(answers.predicted, answers.targets)
    return [{"class": labels.ids[one], "taken_for": labels.ids[other], "n": n} for one, other, n in pairs]
