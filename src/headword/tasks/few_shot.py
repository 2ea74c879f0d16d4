"""Few-shot: a few labelled pictures a class, with and without what the names say.

Shots are the first k of each class's own seeded shuffle, so every class has exactly k, and the shots of a smaller k
are among those of a larger. A picture of the training part that is also in the test part, under its own id, as the
same file or as an equal embedding, is never drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from headword.arrays import chunks, unit
from headword.datasets.overlap import overlap
from headword.errors import InputError, UnknownName
from headword.metrics import classification as metrics
from headword.metrics.table import Answers
from headword.model.aligned import AlignedModel
from headword.model.scoring import Score
from headword.pairs.pairs import Pairs
from headword.prompts.queries import Definitions, Query, flatten_prompts
from headword.tasks.base import Result, embed
from headword.tasks.probes import PROBES, Shots, width
from headword.tasks.table import Task
from headword.tasks.zero_shot import classified, prepared

if TYPE_CHECKING:
    from headword.datasets.base import Labelled

__all__ = ["SEEDS", "SHOTS", "TASK", "class_mean_pairs", "draw_shots", "few_shot", "shared_images"]

SHOTS = (1, 2, 4, 8, 16)
SEEDS = (42, 137, 823, 5619, 9871)
"""Both are those of the weight-recycling paper."""

BLOCK = 4_096
"""Embeddings compared at once."""

SAME = 1 - 1e-5
"""Cosine from which two embeddings are of one picture: what batches and threads change is far less."""


def few_shot(
    model: AlignedModel,
    train: Labelled,
    test: Labelled,
    *,
    shots: Sequence[int] = SHOTS,
    seeds: Sequence[int] = SEEDS,
    probe: Literal["prototype", "ridge", "logistic", "names"] = "prototype",
    recycled: bool = True,
    refit: Callable[[Pairs], AlignedModel] | None = None,
    definitions: Definitions = "auto",
    templates: str | Sequence[str] | None = None,
    show_progress: bool | None = None,
) -> list[Result]:
    """Learns from k pictures a class and classifies the test part; one result for each k and seed.

    Args:
        model: Any aligned model.
        train: Where shots are drawn from.
        test: Images to evaluate on; of the same classes.
        shots: Numbers of pictures a class.
        seeds: Of the draws.
        probe: "prototype" (nearest class mean), "ridge", "logistic"; or "names": the names alone, which learn of the
            shots by `refit` only. See `headword.tasks.probes`.
        recycled: Let the names speak too, through what the model learnt from head rows.
        refit: The sequential variant: gets the pairs of class means and names of each draw, and gives the model whose
            names speak. It sees no test picture.
        definitions: See `AlignedModel.encode_labels`.
        templates: How names are said; `None` takes the data set's own templates, or the model's.
        show_progress: Bars on stderr; `None` shows them on a terminal only.

    Returns:
        In the order of `shots`, then `seeds`: "few_shot_top1", "few_shot_top5", "few_shot_mean_per_class",
        "few_shot_macro_f1", "few_shot_weighted_f1".

    Raises:
        InputError: Other classes in train than in test or a single one, too few pictures of a class, or no seed.
        UnknownName: No probe is called that.
    """
    _check(train, test, shots, seeds, probe, recycled)
    # An adaptation is in the names' scores alone, and in none that `refit` gives.
    own = recycled and refit is None
    speaker, queries, settings = prepared(model if own else model.base, test, definitions, templates)
    test_x, test_rows, bad = embed(model, test, show_progress)
    train_x, train_rows, _ = embed(model, train, show_progress, evaluates=False)
    free = ~shared_images(train, test, train_rows, train_x, test_x)
    train_x, train_rows, targets = train_x[free], train_rows[free], test.targets[test_rows]
    pool = train.targets[train_rows]
    settings |= {"probe": probe, "recycled": recycled, "sequential": refit is not None}
    settings |= {"train": train.split, "train_hash": train.version, "left_out_of_train": int((~free).sum())}
    names, out = speaker.scorer(queries) if own else None, []
    for k, seed in product(shots, seeds):
        drawn = draw_shots(pool, len(test.labels), k, seed, f"{train.name} ({train.split})")
        if refit is not None:
            refitted = refit(class_mean_pairs(speaker, train_x[drawn], pool[drawn], queries))
            names = replace(refitted, templates=speaker.templates).scorer(queries) if recycled else None
        scores, chosen = _scores(names, train_x[drawn], pool[drawn], test_x, probe)
        places, choices = metrics.ranks(scores, targets), metrics.first_choices(scores, targets)
        answers = Answers(places, choices, targets, len(test.labels))
        figures = classified(answers, test.labels, prefix="few_shot_")
        figures["details"] |= {"bad": bad, "chosen": chosen, "shots": [train.ids[row] for row in train_rows[drawn]]}
        repeat = settings | {"shots": k, "seed": seed}
        out.append(Result("few-shot", test.name, speaker.mode, len(targets), settings=repeat, **figures))
    return out


TASK = Task(few_shot, main=("few_shot_top1",))


def draw_shots(
    targets: Int64[np.ndarray, " n"], classes: int, k: int, seed: int, asked: str
) -> Int64[np.ndarray, " s"]:
    """Rows of k pictures of each class, class by class.

    Args:
        targets: (n,) class of each picture.
        classes: How many classes there are.
        k: Pictures a class.
        seed: Of the shuffles; each class has its own.
        asked: What is drawn from, for messages.

    Raises:
        InputError: A class has fewer than k.
    """
    sizes = np.bincount(targets, minlength=classes)
    if sizes.min() < k:
        few = f"{sizes.min()} of class {sizes.argmin()}; {(sizes < k).sum()} classes have fewer than {k}"
        raise InputError(f"{k} pictures of each of {classes} classes of {asked}", few, "ask for fewer shots")
    rows = [np.flatnonzero(targets == each) for each in range(classes)]
    return np.concatenate(
        [each[np.random.default_rng([seed, c]).permutation(len(each))[:k]] for c, each in enumerate(rows)]
    )


def shared_images(
    train: Labelled,
    test: Labelled,
    rows: Int64[np.ndarray, " n"],
    train_x: Float32[np.ndarray, "n d"],
    test_x: Float32[np.ndarray, "m d"],
) -> Bool[np.ndarray, " n"]:
    """Which pictures of the training part are in the test part too: by id, by file, or by embedding.

    Args:
        train: Where shots are drawn from.
        test: Images to evaluate on.
        rows: (n,) pictures of `train` that could be read.
        train_x: (n, d) their embeddings.
        test_x: (m, d) embeddings of the test pictures.
    """
    same = overlap(train, test, contents=False)[rows]
    one, other = unit(train_x), unit(test_x)
    for part, against in product(chunks(len(one), BLOCK), chunks(len(other), BLOCK)):
        same[part] |= (one[part] @ other[against].T).max(axis=1) >= SAME
    return same


def class_mean_pairs(
    model: AlignedModel,
    x: Float32[np.ndarray, "n dx"],
    targets: Int64[np.ndarray, " n"],
    queries: Sequence[Query],
) -> Pairs:
    """Pairs of each class's mean embedding with the texts of its name.

    Args:
        model: Its text encoder and templates say the names.
        x: (n, dx) embeddings of the shots.
        targets: (n,) their classes; every class has some.
        queries: The classes.
    """
    said, class_of = flatten_prompts(queries, model.templates)
    return Pairs.from_class_means(x, targets, model.text_encoder.encode(said), class_of)


def _scores(
    names: Score | None,
    shots: Float32[np.ndarray, "s d"],
    targets: Int64[np.ndarray, " s"],
    test: Float32[np.ndarray, "m d"],
    probe: str,
) -> tuple[Float64[np.ndarray, "m c"], dict[str, float]]:
    """Scores of the test pictures, and what the probe chose; without `names` these do not speak."""
    x = [unit(each.astype(np.float64)) for each in (shots, test)]
    texts: list[Any] = [None, None]
    if names is not None:
        scores_of = [names(each)[1] for each in (shots, test)]
        texts = [(each - each.mean(axis=1, keepdims=True)) / width(scores_of[0]) for each in scores_of]
    return PROBES[probe](Shots(x[0], targets, texts[0], int(targets.max()) + 1), x[1], texts[1])


def _check(
    train: Labelled, test: Labelled, shots: Sequence[int], seeds: Sequence[int], probe: str, recycled: bool
) -> None:
    if probe not in PROBES:
        raise UnknownName(f"the probe {probe!r}", f"known: {', '.join(PROBES)}", "name one of these")
    if probe == "names" and not recycled:
        raise InputError("the names alone, without names", "probe='names', recycled=False", "pass recycled=True")
    if train.labels.names != test.labels.names:
        raise InputError(
            f"the classes of {test.name} ({test.split}) in {train.name} ({train.split})",
            f"{len(train.labels)} classes against {len(test.labels)}, or other names or another order",
            "pass two parts of one data set",
        )
    if not shots or min(shots) < 1:
        raise InputError("numbers of shots", repr(tuple(shots)), "pass numbers from 1, such as (1, 2, 4, 8, 16)")
    if not seeds or min(seeds) < 0:
        raise InputError("seeds of the draws", repr(tuple(seeds)), "pass whole numbers from 0, such as (42, 137)")
    if len(test.labels) < 2:
        raise InputError(f"classes to tell apart in {test.name} ({test.split})", "a single one", "pass two or more")
