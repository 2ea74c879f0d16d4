"""Tasks: each evaluates an aligned model on a data set of `headword.datasets` and gives a `Result`.

The figures are computed by `headword.metrics`, which knows arrays only.
"""

from __future__ import annotations

from headword.tasks.base import Result as Result
from headword.tasks.few_shot import few_shot as few_shot
from headword.tasks.generalised import generalised as generalised
from headword.tasks.retrieval import retrieval as retrieval
from headword.tasks.table import Task as Task
from headword.tasks.table import evaluate as evaluate
from headword.tasks.table import registry as registry
from headword.tasks.zero_shot import zero_shot as zero_shot

__all__ = ["Result", "Task", "evaluate", "few_shot", "generalised", "registry", "retrieval", "zero_shot"]
