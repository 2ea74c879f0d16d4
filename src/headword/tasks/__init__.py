"""Tasks: what an aligned model is judged by.

Each takes a model and a data set of `headword.datasets` and gives a `Result`; the figures themselves are computed by
`headword.metrics.classification` and `headword.metrics.retrieval`, which know arrays only.
"""

from __future__ import annotations

from headword.tasks.base import Result as Result
from headword.tasks.few_shot import few_shot as few_shot
from headword.tasks.generalised import generalised as generalised
from headword.tasks.retrieval import retrieval as retrieval
from headword.tasks.zero_shot import zero_shot as zero_shot

__all__ = ["Result", "few_shot", "generalised", "retrieval", "zero_shot"]
