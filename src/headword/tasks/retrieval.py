"""Retrieval: captions find their pictures, and pictures their captions.

A picture's several captions are several right answers, not several questions: see `headword.metrics.retrieval` for
the two readings of recall that follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from headword.adapters.query_bank import QueryBank
from headword.errors import InputError
from headword.metrics.retrieval import retrieval_chance, retrieval_ranks
from headword.metrics.statistics import standard_error
from headword.model.adapting import learn_adaptation
from headword.model.aligned import AlignedModel
from headword.tasks.base import Result, embed, settings_of
from headword.tasks.table import Task

if TYPE_CHECKING:
    from headword.datasets.base import Captioned

__all__ = ["TASK", "retrieval"]


def retrieval(
    model: AlignedModel,
    data: Captioned,
    *,
    ks: Sequence[int] = (1, 5, 10),
    adapt: bool | str = False,
    show_progress: bool | None = None,
) -> Result:
    """Ranks all captions for each picture and all pictures for each caption.

    Captions are said as they are, without template. A picture that cannot be read is left out with its captions and
    named in `details["bad"]`. Standard errors are over pictures: captions of one picture are one cluster.

    Args:
        model: Any aligned model.
        data: Pictures with captions.
        ks: Of the recalls.
        adapt: Correct hubs by a query bank of unrelated names, for captions together with the same images; "csls" or
            "softmax" says how. The result's mode says so.
        show_progress: Bars on stderr; `None` shows them on a terminal only.

    Returns:
        For "i2t" and "t2i" each: "_recall@k_any", "_recall@k_fraction", "_precision@1", "_map", "_median_rank".

    Raises:
        InputError: No picture can be read, a k below 1, or no names for a query bank.
    """
    if not ks or min(ks) < 1:
        raise InputError("recall among the first k", f"ks={tuple(ks)}", "pass numbers from 1, such as (1, 5, 10)")
    vectors, rows, bad = embed(model, data, show_progress)
    if adapt:
        kind = {"kind": adapt} if isinstance(adapt, str) else {}
        base = model.base
        model = base.with_adaptation(learn_adaptation(base, vectors, None, bank=QueryBank.of(base, **kind)))
    kept = data.take(rows)
    text = model.text_encoder.encode(kept.captions, show_progress=show_progress)
    ranks = retrieval_ranks(model.map_image(vectors), model.map_text(text), kept.image_of, show_progress=show_progress)
    by_caption, by_image = ranks.text_to_image(ks), ranks.image_to_text(ks)
    positions = {"t2i_median_rank": by_caption.pop("t2i_rank"), "i2t_median_rank": by_image.pop("i2t_rank")}
    metrics = {key: float(each.mean()) for key, each in (by_image | by_caption).items()}
    metrics |= {key: float(np.median(each)) for key, each in positions.items()}
    spread = {key: standard_error(each) for key, each in by_image.items()}
    spread |= {key: standard_error(each, kept.image_of) for key, each in by_caption.items()}
    settings = {**settings_of(model, data), "ks": list(ks), "captions": len(kept.captions)}
    return Result(
        "retrieval",
        data.name,
        model.mode,
        len(kept),
        metrics,
        retrieval_chance(kept.image_of, ks),
        spread,
        settings,
        {"bad": bad},
        by_image | by_caption,
        dict.fromkeys(by_caption, kept.image_of),
    )


TASK = Task(retrieval, "captions", main=("t2i_recall@1_any", "i2t_recall@1_any"), adapters=("csls", "softmax"))
