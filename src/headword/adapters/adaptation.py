"""What unlabelled pictures taught a model: small, kept with it, and with the rule of what it is good for.

Labels it was adapted for, any of them in any order, are scored by what was learnt for them. Of other labels nothing
was learnt but where the pictures lie: half of their shrunk mean is taken off,

    s_j(x) = ½ plain_j(x) + ½ plain_j( n(x − μ) ),   μ = ½ g x̄,   g = n / (n + 10)

which gains a little on folders of equal shares and costs little on unequal ones (`recipes/adapt.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from jaxtyping import Float32, Int64

from headword.adapters.base import Adapted, LinearScores
from headword.adapters.query_bank import QueryBank
from headword.storage.json_safe import strict

__all__ = ["CENTRING_SHARE", "Adaptation"]

CENTRING_SHARE = 0.5
"""How far centring is trusted for labels it was not adapted for."""


@dataclass(frozen=True, eq=False)
class Adaptation:
    """What was learnt from unlabelled pictures.

    Attributes:
        images: How many.
        centre: (k,) what is taken off pictures for other labels; 0 where the pictures are all the same.
        method: The adapter's name; `None` where it was adapted for no labels.
        parameters: The adapter's.
        prompts: The texts of each label it was adapted for.
        learnt: Scores of these labels, in order; `None` where there are none.
        bank: What corrects hubs in search.
    """

    images: int
    centre: Float32[np.ndarray, " k"]
    method: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    prompts: tuple[tuple[str, ...], ...] = ()
    learnt: Adapted | None = None
    bank: QueryBank | None = None

    @property
    def mode(self) -> str:
        """What stands beside every figure: "adapted on 120 unlabelled pictures"."""
        return f"adapted on {self.images:,} unlabelled picture{'' if self.images == 1 else 's'}"

    @property
    def summary(self) -> str:
        """What was learnt, in words."""
        if not self.centre.any():
            return "one picture, be it there many times, tells nothing of a folder: plain scores kept"
        if self.learnt is None:
            return f"{self.mode}, for no labels: half of what the pictures have in common is taken off"
        agreed, changed = (self.learnt.report.get(name) for name in ("agreement", "changed"))
        if agreed is None:
            return f"{self.mode} by {self.method}"
        if self.learnt.mixing_weight == 0:
            return f"{self._doubt(agreed)}: plain scores kept"
        summary = f"{self.mode}: halves agree on {100 * agreed:.0f} %, trusted {self.learnt.mixing_weight:.2f}"
        return summary if changed is None else f"{summary}, {100 * changed:.0f} % of the answers changed"

    def _doubt(self, agreed: float) -> str:
        """Why nothing of it is trusted."""
        report = {} if self.learnt is None else self.learnt.report
        before, after = (report.get(name, np.nan) for name in ("consistency_before", "consistency"))
        if agreed >= self.parameters.get("low", 1.0) and after < before:
            return f"neighbours agreed on {100 * before:.0f} % and would on {100 * after:.0f} %"
        return f"the folder's halves agree on {100 * agreed:.0f} % only"

    def summary_for(self, prompts: Sequence[tuple[str, ...]]) -> str:
        """What of it counts for labels, each given by its texts, in words."""
        if self.learnt is None or self.rows(prompts) is not None or not self.centre.any():
            return self.summary
        return f"{self.mode}, for other labels: half of what the pictures have in common is taken off"

    def rows(self, prompts: Sequence[tuple[str, ...]]) -> Int64[np.ndarray, " m"] | None:
        """Where labels, each given by its texts, stand among those it was adapted for; `None` unless all of them do."""
        place = {texts: row for row, texts in enumerate(self.prompts)}
        found = [place.get(texts, -1) for texts in prompts]
        return None if self.learnt is None or -1 in found else np.array(found, dtype=np.int64)

    def mixing_weight(self, prompts: Sequence[tuple[str, ...]]) -> float:
        """How far it changes the scores of labels: 0 not at all."""
        if self.learnt is None or self.rows(prompts) is None:
            return CENTRING_SHARE if self.centre.any() else 0.0
        return self.learnt.mixing_weight

    def scores(self, prompts: Sequence[tuple[str, ...]], plain: LinearScores) -> Adapted:
        """What it knows of labels, each given by its texts, with their plain scores."""
        rows = self.rows(prompts)
        if self.learnt is None or rows is None:
            unknown = np.full(len(prompts), np.nan, np.float32)
            return Adapted(replace(plain, centre=self.centre), unknown, mixing_weight=self.mixing_weight(prompts))
        scores = self.learnt.scores
        picked = LinearScores(scores.weight[rows], scores.bias[rows], scores.centre)
        return replace(self.learnt, scores=picked, class_priors=self.learnt.class_priors[rows])

    def as_dict(self) -> dict[str, Any]:
        """For JSON: how it was learnt and what was found on the way, without the arrays."""
        learnt, bank = self.learnt, {} if self.bank is None else vars(self.bank)
        return {
            "summary": self.summary,
            "pictures": self.images,
            "method": self.method,
            "parameters": dict(self.parameters),
            "labels": len(self.prompts),
            "trust": None if learnt is None else learnt.mixing_weight,
            "report": {} if learnt is None else strict(learnt.report),
            "bank": {k: v for k, v in bank.items() if not isinstance(v, np.ndarray)} or None,
        }

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Plain values and arrays, for a saved model."""
        arrays = {"centre": self.centre}
        if self.learnt is not None:
            scores = self.learnt.scores
            arrays |= {"weight": scores.weight, "bias": scores.bias, "scores_centre": scores.centre}
            arrays["shares"] = self.learnt.class_priors
        if self.bank is not None:
            arrays |= {f"bank.{k}": v for k, v in vars(self.bank).items() if isinstance(v, np.ndarray)}
        return self.as_dict() | {"labels": [list(each) for each in self.prompts]}, arrays

    @classmethod
    def restored(cls, config: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """What `state` took apart."""
        learnt = None
        if config["trust"] is not None:
            scores = LinearScores(arrays["weight"], arrays["bias"], arrays["scores_centre"])
            report = {name: np.nan if value is None else value for name, value in config["report"].items()}
            learnt = Adapted(scores, arrays["shares"], mixing_weight=config["trust"], report=report)
        bank = {name.removeprefix("bank."): each for name, each in arrays.items() if name.startswith("bank.")}
        return cls(
            config["pictures"],
            arrays["centre"],
            config["method"],
            config["parameters"],
            tuple(tuple(each) for each in config["labels"]),
            learnt,
            None if config["bank"] is None else QueryBank(**{**config["bank"], **bank}),
        )
