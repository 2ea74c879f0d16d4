"""Which rows of a head are badly named: mislabelled, ambiguous, or called something no text encoder knows?

Every row and its text are left out once. The others predict the row from the text and the text from the row (kernel
ridge in both directions, left out in closed form):

    H = K (K + λ I)⁻¹,   p_i = (H T − h_ii T)_i / (1 − h_ii),   T centred anew by the rows that stay

How well p_i fits the true row says little by itself: no text predicts the row of "affenpinscher", rightly though it
stands there. So evidence is weighed as it separates what belongs together from what does not: a logistic regression
tells the n true pairs from foreign ones, a row with the text of another class, by eight numbers: both fits, how long
both predictions are (a short one knows little), how far both texts and rows stand from the others, and the best fit
either finds anywhere. A few wrong names among many right ones do not spoil it. What the regression holds against a true
pair is its suspicion. The method is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from headword._repr import short_repr
from headword.aligners.folds import average
from headword.analysis.finding import Finding
from headword.analysis.leave_one_out import LeftOut, left_out
from headword.arrays import chunks, top_k, unit
from headword.errors import InputError
from headword.pairs.pairs import Pairs

__all__ = ["NamedRow", "Naming", "badly_named"]

FEWEST = 50
"""Fewer classes tell too little of a row by its name, and leave too few pairs to weigh the evidence by."""

FOREIGN = 8
"""Foreign pairs for each true one."""

BLOCK = 2**23
"""Fits held at once."""


@dataclass(frozen=True)
class NamedRow(Finding):
    """A row of a head and its name.

    Attributes:
        row: Its place in the head.
        name: What it is called.
        suspicion: Probability that row and name do not belong together, were half of all pairs foreign.
        place: Among all rows, the most suspect first: 1.
        name_rank: Place of its own name among all names by their fit to the row; 1 is best.
        looks_like: Names that fit the row best, other than its own.
    """

    row: int
    name: str
    suspicion: float
    place: int
    name_rank: int
    looks_like: tuple[str, ...]


@dataclass(frozen=True)
class Naming(Finding):
    """How well a head's rows are named, the most suspect first.

    Attributes:
        classes: How many.
        separation: Probability that a foreign pair is more suspect than a true one (area under the ROC curve). At 0.5,
            chance, no suspicion means anything; near 1 those at the top do.
        rows: One for each row of the head.
    """

    classes: int
    separation: float
    rows: tuple[NamedRow, ...]

    __repr__ = short_repr


@dataclass(frozen=True, eq=False)
class _Evidence:
    """Both directions' predictions, and what a pair of row i and text j is judged by.

    Attributes:
        rows: (n, d) unit rows.
        texts: (n, q) unit texts.
        row: Rows as texts predict them.
        text: Texts as rows predict them.
        best_row: (n,) best fit of any row to what text j predicts.
        best_text: (n,) best fit of any text to what row i predicts.
    """

    rows: Float32[np.ndarray, "n d"]
    texts: Float32[np.ndarray, "n q"]
    row: LeftOut
    text: LeftOut
    best_row: Float32[np.ndarray, " n"]
    best_text: Float32[np.ndarray, " n"]

    @classmethod
    def of(cls, rows: Float[np.ndarray, "n d"], texts: Float[np.ndarray, "n q"], seed: int) -> _Evidence:
        """Leaves every row and text out once."""
        rows, texts = (unit(each - each.mean(axis=0)) for each in (unit(rows), unit(texts)))
        row, text = left_out(texts, rows, seed=seed), left_out(rows, texts, seed=seed)
        rows, texts = (unit(each - each.mean(axis=0)).astype(np.float32) for each in (rows, texts))
        best = (_best_fits(row.unit, rows), _best_fits(text.unit, texts))
        return cls(rows, texts, row, text, *best)

    def about_pairs(self, i: np.ndarray, j: np.ndarray) -> Float[np.ndarray, "m 8"]:
        """(m, 8) numbers about row i with text j."""
        fits = [_paired_products(self.rows, i, self.row.unit, j), _paired_products(self.text.unit, i, self.texts, j)]
        return np.column_stack([*fits, self.about_rows()[i], self.about_texts()[j]]).astype(np.float64)

    def about_rows(self) -> Float[np.ndarray, "n 3"]:
        """(n, 3) numbers about a row whatever its text."""
        return np.column_stack([np.log(self.text.length), self.text.spread, self.best_text])

    def about_texts(self) -> Float[np.ndarray, "n 3"]:
        """(n, 3) numbers about a text whatever its row."""
        return np.column_stack([np.log(self.row.length), self.row.spread, self.best_row])


def badly_named(pairs: Pairs, names: Sequence[str], *, suggestions: int = 3, seed: int = 0) -> Naming:
    """Judges every row of a head by its name.

    Args:
        pairs: From a head, with the texts the rows are to be judged by.
        names: What the classes are called, in the order of the rows.
        suggestions: How many other names to give for each row.
        seed: Decides the foreign pairs, and the landmarks where classes are many.

    Raises:
        InputError: Fewer than 50 classes, or not one name for each.
    """
    n = int(pairs.group.max()) + 1
    if len(names) != n:
        raise InputError(f"a name for each of {n} classes", f"{len(names)} names", "pass them in the order of the rows")
    if n < FEWEST:
        raise InputError(
            "which rows are badly named",
            f"{n} classes, too few to tell from the others what a row should be called",
            f"pass a head of at least {FEWEST} classes",
        )
    rows = pairs.x[pairs.first_rows()]
    found = _Evidence.of(rows, average(unit(pairs.y), pairs.group, pairs.weight), seed)
    weights, separation, odds = _weigh(found, seed)
    ranks, others = _compare(found, weights, min(suggestions, n - 1))
    order = np.argsort(odds, kind="stable")
    looks_like = [tuple(names[other] for other in each) for each in others.tolist()]
    suspicion = expit(-odds)
    named = [
        NamedRow(row, names[row], float(suspicion[row]), place, int(ranks[row]), looks_like[row])
        for place, row in enumerate(order.tolist(), 1)
    ]
    return Naming(n, separation, tuple(named))


def _weigh(found: _Evidence, seed: int) -> tuple[np.ndarray, float, np.ndarray]:
    """Weights of fits, of what is so of a row and of a text; how well they separate; and log-odds of the true pairs."""
    n = len(found.rows)
    own, i = np.arange(n), np.repeat(np.arange(n), FOREIGN)
    j = (i + np.random.default_rng(seed).integers(1, n, size=len(i))) % n
    numbers = found.about_pairs(np.append(own, i), np.append(own, j))
    scale = numbers.std(axis=0) + np.finfo(np.float32).eps
    true = np.arange(len(numbers)) < n
    centred = (numbers - numbers.mean(axis=0)) / scale
    judge = LogisticRegression(max_iter=1_000).fit(centred, true, sample_weight=np.where(true, 1.0, 1 / FOREIGN))
    odds = judge.decision_function(centred)
    return judge.coef_[0] / scale, float(roc_auc_score(true, odds)), odds[:n]


def _compare(found: _Evidence, weights: np.ndarray, suggestions: int) -> tuple[np.ndarray, np.ndarray]:
    """Place of each row's own text among all, and the texts that fit it best but for its own."""
    n = len(found.rows)
    of_text = (found.about_texts() @ weights[5:]).astype(np.float32)
    weight_row, weight_text = weights[:2].astype(np.float32)
    ranks, others = np.empty(n, dtype=np.int64), np.empty((n, suggestions), dtype=np.int64)
    for part in chunks(n, max(1, BLOCK // n)):
        scores = weight_row * (found.rows[part] @ found.row.unit.T) + of_text
        scores += weight_text * (found.text.unit[part] @ found.texts.T)
        at = np.arange(len(scores)), np.arange(part.start, part.stop)
        ranks[part] = (scores >= scores[at][:, None]).sum(axis=1)
        scores[at] = -np.inf
        others[part] = top_k(scores, suggestions)
    return ranks, others


def _paired_products(A: np.ndarray, i: np.ndarray, B: np.ndarray, j: np.ndarray) -> np.ndarray:
    """(m,) product of row i of A with row j of B."""
    parts = chunks(len(i), max(1, BLOCK // A.shape[1]))
    return np.concatenate([np.einsum("ij,ij->i", A[i[part]], B[j[part]]) for part in parts])


def _best_fits(predicted: np.ndarray, among: np.ndarray) -> np.ndarray:
    """(n,) best fit of each prediction."""
    parts = chunks(len(predicted), max(1, BLOCK // len(among)))
    return np.concatenate([(predicted[part] @ among.T).max(axis=1) for part in parts])
