"""What competes for a picture, and by which scores: labels asked for, classes the head knows, "none of these"."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float32, Int64

from headword.arrays import equal_rows, first_rows
from headword.errors import InputError
from headword.labels.label_set import LabelSet
from headword.model.calibration import Calibration, uncalibrated
from headword.model.shared_space import SharedSpace
from headword.prompts.queries import Query

__all__ = ["Score", "none_score", "rows_in", "rows_of", "scorer", "unique_label_embeddings"]

FALSE_ALARM = 0.1
"""Share of pictures without any of the labels that may still be given one, where nothing else is asked for."""

Score = Callable[[np.ndarray], tuple[list[str], np.ndarray]]
"""From embeddings of pictures, (n, dx), to what may be answered and its scores, (n, m)."""


def scorer(model: SharedSpace, queries: Sequence[Query], *, known: bool) -> Score:
    """What scores pictures among labels, and with `known` among all classes of the head besides.

    A label that is one of these classes is scored by its own row.

    Raises:
        InputError: With `known`, the model has no rows, does not know what they are called, or is not calibrated.
    """
    names, (different, _, place) = [query.label for query in queries], unique_label_embeddings(model, queries)
    new = model.calibration.label_scorer(different)
    if not known:
        return lambda embeddings: (names, new(model.map_image(embeddings))[:, place])
    rows, labels = model.map_prototypes(), model.labels
    if labels is None:
        raise InputError("what the known classes are called", "a model without labels", "pass labels to align_pairs")
    asked = rows_of(queries, labels)
    others = np.setdiff1d(np.arange(len(rows)), list(asked.values()))
    every = [*names, *(labels.names[row] for row in others)]
    own = model.calibration.known_scorer(rows)

    def score(embeddings: np.ndarray) -> tuple[list[str], np.ndarray]:
        image = model.map_image(embeddings)
        labelled, trained = new(image)[:, place], own(image)
        labelled[:, list(asked)] = trained[:, list(asked.values())]
        return every, np.column_stack([labelled, trained[:, others]])

    return score


def unique_label_embeddings(
    model: SharedSpace, queries: Sequence[Query]
) -> tuple[Float32[np.ndarray, "d k"], Int64[np.ndarray, " d"], Int64[np.ndarray, " m"]]:
    """Where labels lie in the shared space: the different places, a label at each, and the place of each label.

    Labels that are said alike, or map to one place, are to tie; they do so to the last bit only if they are scored as
    one, for the last bits of a product hang on where a row stands.
    """
    numbers: dict[tuple[str, ...], int] = {}
    said = np.array([numbers.setdefault(each, len(numbers)) for each in model.prompts_for(queries)])
    rows = model.encode_queries([queries[label] for label in first_rows(said)])
    places = equal_rows(rows)
    place = places[said]
    return rows[first_rows(places)], first_rows(place), place


def none_score(calibration: Calibration, labels: int, asked: bool | float) -> float:
    """The score a label must pass, not to be outdone by "none of these".

    `asked` is the share of false alarms; `True` is 0.1.

    Raises:
        InputError: No share between 0 and 1, or a model that was not calibrated.
    """
    false_alarm = FALSE_ALARM if asked is True else float(asked)
    answer = '"none of these" as a possible answer'
    if not len(calibration.background):
        raise uncalibrated(answer)
    if not 0.0 < false_alarm < 1.0:
        raise InputError(answer, f"a share of false alarms of {false_alarm}", "pass a share between 0 and 1")
    return calibration.none_score(labels, false_alarm)


def rows_of(queries: Sequence[Query], labels: LabelSet) -> dict[int, int]:
    """The row that each label is, for those that are one, as `rows_in` tells it by the id of its sense and its name.

    A name with a hint or a definition may mean something else than the class of that name; and a class is one label's
    at most: the first's.
    """
    ids = [query.sense.id if query.sense else None for query in queries]
    names = [query.name if query.hint is None and not query.definition else None for query in queries]
    rows = rows_in(labels, ids, names)
    return {place: int(rows[place]) for place in sorted(first_rows(rows).tolist()) if rows[place] >= 0}


def rows_in(known: LabelSet, ids: Sequence[str | None], names: Sequence[str | None]) -> Int64[np.ndarray, " n"]:
    """The row of `known` that each class is: by its id, else by a name that just one row has; -1 where there is none.

    Where both have ids that are codes, such as wnids, the name of a class with an id does not tell: a hidden "crane" is
    not the one that is known.
    """
    by_id = {key: row for row, key in enumerate(known.ids)}
    by_name: dict[str, set[int]] = {}
    for row, synonyms in enumerate(known.synonyms):
        for name in synonyms:
            by_name.setdefault(name.casefold(), set()).add(row)
    classes = [(key, (name or "").casefold()) for key, name in zip(ids, names, strict=True)]
    coded = any(key in by_id and key.casefold() != known.names[by_id[key]].casefold() for key, _ in classes if key)
    found = np.full(len(classes), -1, dtype=np.int64)
    for place, (key, name) in enumerate(classes):
        named = by_name.get(name, set()) if key is None or not coded else set()
        found[place] = by_id[key] if key in by_id else min(named) if len(named) == 1 else -1
    return found
