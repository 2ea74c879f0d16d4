"""Calibration: from similarities to scores that labels, known classes and "none of these" share, without a picture.

**Scores.** A label's similarity with a picture is measured against its similarities with the head's rows:

    z_j(x) = (x · ŷ_j − m_j) / √s_j,   m_j, s_j mean and standard deviation of w_c · ŷ_j over rows c

A label that lies near much (a hub) has a large s_j and must stand out further; but so has one that is well predicted,
which is why the score stays half-way between a cosine and a standard score. Fewer than 50 rows do not tell labels apart
by it: there each has the mean of all m_j and √s_j. Probabilities are softmax(s · z) over the
labels asked for, with s the maximum-likelihood scale for finding held-out rows from their names (temperature scaling;
Guo et al., ICML 2017); where they are few, the likeliest a posteriori.

**"None of these".** Wrong names of held-out rows show how far out a wrong label gets by chance. A label counts as
present if it gets further than the best of m wrong ones does, but for a stated share of false alarms.

**Known classes beside new names.** A class the head knows is asked for with its own row, a new name with a predicted
one, which is timid: it points in the right direction only in part, so that known classes win wherever both compete
(calibrated stacking; Chao et al., ECCV 2016, take an offset off the known ones, and choose it on pictures). Here it
is chosen on held-out rows: so large that a hidden class, seen as its own row, is told by its name against all known
classes (4,000 of them, where there are more) in two cases of three. `recipes/generalised.py` measures all this on
photographs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Float32, Float64
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp, softmax

from headword._repr import short_repr
from headword.adapters.base import LinearScores
from headword.aligners.folds import Fold
from headword.errors import InputError

__all__ = ["MAX_BACKGROUND", "MAX_KNOWN", "MIN_ROWS", "UNCALIBRATED", "Calibration", "uncalibrated"]

MAX_BACKGROUND = 1_000
"""Rows kept for means and spreads: enough for both, few enough to stay small."""

MAX_KNOWN = 4_000
"""Known classes that hidden ones compete with when the offset is learnt."""

WIN_SHARE = 2 / 3
"""Share of hidden rows that the offset lets win. Pictures are less typical of their class than its row, new and known
alike; between ½ and ¾ the harmonic mean of both accuracies is nearly flat."""

MIN_ROWS = 50
"""Rows of a head below which they tell less. Of 10, looked for two by two, all may be right, or half, by chance; the
likeliest scale is then 1,000 or 0.01, and every answer certain, or none. Nor do they tell one label's level from
another's: all labels that are asked for have one, which leaves them in the order of their cosines."""

TYPICAL_SCALE, SCALE_SPREAD = 12.0, 0.5
"""Scales of heads of 50 to 100 classes lie about here (9 to 18), within this on a logarithmic scale: what to expect
of a head of few classes."""

LEVELS = 1.0 - np.logspace(0, -5, 101)
"""Where the distribution of wrong names' scores is kept: finely in the upper tail."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """What turns similarities into scores and probabilities.

    Attributes:
        scale: Factor of the scores in the softmax.
        background: (b, k) float32, rows of the image side in the shared space; empty where there are none, and then
            similarities stand for scores.
        null_quantiles: (q,) float32, scores that wrong names reach on held-out rows, at `LEVELS`.
        offset: What known classes have to give up beside new names, in the unit of scores.
    """

    scale: float
    background: Float32[np.ndarray, "b k"]
    null_quantiles: Float32[np.ndarray, " q"]
    offset: float = 0.0

    __repr__ = short_repr

    @classmethod
    def fit(cls, folds: list[Fold], background: Float[np.ndarray, "b k"], seed: int = 0) -> Calibration:
        """Learns from held-out rows.

        Args:
            folds: Of `Aligner.held_out`, asked with names, with their `known` rows.
            background: (b, k) the head's rows in the shared space.
            seed: Of the draw of those that are kept.
        """
        few = len(background) < MIN_ROWS
        scores = [(fold.scores() - mean) / root for fold, (mean, root) in ((f, _levels(f, few)) for f in folds)]
        rows = sum(map(len, scores))

        def loss(log_scale: float) -> float:
            logits = (np.exp(log_scale) * each for each in scores)  # one fold's at a time
            value = float(np.mean(np.concatenate([logsumexp(each, axis=1) - np.diag(each) for each in logits])))
            prior = ((log_scale - np.log(TYPICAL_SCALE)) / SCALE_SPREAD) ** 2 / (2 * rows)
            return value + prior if rows < MIN_ROWS else value

        found = minimize_scalar(loss, bounds=(-5.0, 7.0), method="bounded")
        wrong = np.concatenate([each[~np.eye(len(each), dtype=bool)] for each in scores])
        lead = np.concatenate([_best_known(fold) - np.diag(each) for fold, each in zip(folds, scores, strict=True)])
        return cls(
            float(np.exp(found.x)),
            cls.from_rows(background, seed).background,
            np.quantile(wrong, LEVELS, overwrite_input=True).astype(np.float32),
            float(np.quantile(lead, WIN_SHARE)),
        )

    @classmethod
    def from_rows(cls, background: Float[np.ndarray, "b k"], seed: int = 0) -> Calibration:
        """The same scores as those of `fit`, without what takes held-out rows: no probabilities, no offset."""
        drawn = np.random.default_rng(seed).permutation(len(background))[:MAX_BACKGROUND]
        return replace(UNCALIBRATED, background=background[np.sort(drawn)].astype(np.float32))

    def standard(self, image: Float[np.ndarray, "n k"], text: Float[np.ndarray, "m k"]) -> Float[np.ndarray, "n m"]:
        """Scores of labels for pictures, both in the shared space."""
        return self.label_scorer(text)(image)

    def label_scorer(self, text: Float[np.ndarray, "m k"]) -> Callable[[np.ndarray], np.ndarray]:
        """`standard` for these labels and any pictures: what is theirs alone is computed once."""
        mean, root = self.moments(text)
        return lambda image: (image @ text.T - mean) / root

    def moments(self, text: Float[np.ndarray, "m k"]) -> tuple[Float64[np.ndarray, " m"], Float64[np.ndarray, " m"]]:
        """What a label's similarities are measured by: m_j and √s_j; 0 and 1 where there are no rows to tell."""
        if not len(self.background):
            return np.zeros(len(text)), np.ones(len(text))
        return _moments(self.background @ text.T, len(self.background) < MIN_ROWS)

    def linear_scores(self, text: Float[np.ndarray, "m k"]) -> LinearScores:
        """The scores of labels times the scale, as a linear map: softmax over them gives probabilities."""
        mean, root = self.moments(text)
        return LinearScores(
            (self.scale * text / root[:, None]).astype(np.float32),
            (-self.scale * mean / root).astype(np.float32),
            np.zeros(text.shape[1], np.float32),
            lambda prototypes: self.scale / self.moments(prototypes)[1],
        )

    def known(self, image: Float[np.ndarray, "n k"], rows: Float[np.ndarray, "c k"]) -> Float[np.ndarray, "n c"]:
        """Scores of known classes, less the offset, as `known_scorer` gives them: fit to compete with new names'."""
        return self.known_scorer(rows)(image)

    def known_scorer(self, rows: Float[np.ndarray, "c k"]) -> Callable[[np.ndarray], np.ndarray]:
        """`known` for these rows of the head and any pictures.

        Raises:
            InputError: No held-out rows were there to learn the offset from.
        """
        if not len(self.background):
            raise uncalibrated("known classes beside new names")
        mean, root = _moments_of_rows(self.background, rows)
        return lambda image: (image @ rows.T - mean) / root - self.offset

    def probabilities(self, scores: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "n m"]:
        """Softmax of scores over labels; each row sums to 1."""
        return softmax(self.scale * scores.astype(np.float64), axis=1)

    def none_score(self, labels: int, false_alarm: float) -> float:
        """The score of "none of these", which the best of so many wrong labels passes in that share of pictures."""
        return float(np.interp((1.0 - false_alarm) ** (1.0 / labels), LEVELS, self.null_quantiles))


UNCALIBRATED = Calibration(30.0, np.zeros((0, 1), np.float32), np.zeros(len(LEVELS), np.float32))
"""For an aligner without held-out rows: a scale that suits cosines, and no "none of these"."""


def uncalibrated(asked: str) -> InputError:
    """The error of asking `asked` of a model that was not calibrated."""
    return InputError(
        asked,
        "a model that was not calibrated: no classes could be hidden from its fit",
        "pass one made by hw.align from a classifier of 10 classes or more (see its log), or leave it out",
    )


def _levels(fold: Fold, few: bool) -> tuple[np.ndarray, np.ndarray]:
    """What each hidden name is measured by: the known rows, or the hidden ones where there are no others."""
    rows = fold.image if fold.known is None else fold.known
    return _moments(rows @ fold.text.T, few)


def _best_known(fold: Fold) -> np.ndarray:
    """The highest score that a known class has with each hidden row."""
    if fold.known is None:
        return np.zeros(len(fold.rows))
    mean, root = _moments_of_rows(fold.known, fold.known)
    best: np.ndarray = ((fold.image @ fold.known.T - mean) / root).max(axis=1)
    return best


def _moments(scores: np.ndarray, few: bool) -> tuple[np.ndarray, np.ndarray]:
    """Mean of columns, and root of their standard deviation; of `few` rows, the same for all columns."""
    mean, root = scores.mean(axis=0, dtype=np.float64), np.sqrt(np.maximum(scores.std(axis=0, dtype=np.float64), 1e-12))
    return (np.full_like(mean, mean.mean()), np.full_like(root, root.mean())) if few else (mean, root)


def _moments_of_rows(background: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same of each row's similarities with the others; the highest, its own, is left out."""
    scores = (background @ rows.T).astype(np.float64)
    highest, n = scores.max(axis=0), max(len(scores) - 1, 1)
    mean = (scores.sum(axis=0) - highest) / n
    variance = ((scores**2).sum(axis=0) - highest**2) / n - mean**2
    return mean, np.maximum(variance, 1e-24) ** 0.25
