"""From similarities to probabilities, and when to say "none of these": learnt from held-out rows, without a picture.

Probabilities are softmax(s · similarity) over the labels asked for, with s the maximum-likelihood scale for finding
held-out rows from their names (temperature scaling; Guo et al., ICML 2017). On photographs it holds where the words
are of the classifier's kind, and is over-confident where they are not (`recipes/calibration.py` measures it).

"None of these" is decided picture by picture. Similarities to background names (the head's own) give a mean and a
spread; a label counts as present if it stands further out of them than the best of m wrong names does on held-out
rows, but for a stated share of false alarms. Absolute thresholds on cosines do not carry over from prototypes to
pictures; standard scores do better, and still not exactly (the same recipe).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp, softmax

from headword.aligners.folds import Fold

__all__ = ["UNCALIBRATED", "Calibration"]

BACKGROUND = 1_000
"""Background names kept: enough for a mean and a spread, few enough to stay small."""

LEVELS = 1.0 - np.logspace(0, -5, 101)
"""Where the distribution of wrong names' standard scores is kept: finely in the upper tail."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """What turns similarities into probabilities.

    Attributes:
        scale: Factor of the similarities in the softmax.
        background: (b, k) float32, names mapped into the shared space; empty where there are none.
        wrong: (q,) float32, standard scores that wrong names reach on held-out rows, at `LEVELS`.
    """

    scale: float
    background: Float32[np.ndarray, "b k"]
    wrong: Float32[np.ndarray, " q"]

    @classmethod
    def fit(cls, folds: list[Fold], background: Float[np.ndarray, "b k"], seed: int = 0) -> Calibration:
        """Learns from held-out rows.

        Args:
            folds: Of `Aligner.held_out`, asked with names.
            background: (b, k) the head's names, mapped.
            seed: Of the draw of background names.
        """
        scores = [fold.scores() for fold in folds]

        def loss(log_scale: float) -> float:
            logits = [np.exp(log_scale) * each for each in scores]
            return float(np.mean(np.concatenate([logsumexp(each, axis=1) - np.diag(each) for each in logits])))

        found = minimize_scalar(loss, bounds=(-1.0, 7.0), method="bounded")
        wrong = np.concatenate([_wrong_scores(each) for each in scores])
        drawn = np.random.default_rng(seed).permutation(len(background))[:BACKGROUND]
        return cls(
            float(np.exp(found.x)),
            background[np.sort(drawn)].astype(np.float32),
            np.quantile(wrong, LEVELS).astype(np.float32),
        )

    def probabilities(self, similarity: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "n m"]:
        """Softmax over labels; each row sums to 1."""
        return softmax(self.scale * similarity.astype(np.float64), axis=1)

    def none_similarity(
        self, image: Float32[np.ndarray, "n k"], labels: int, false_alarm: float
    ) -> Float[np.ndarray, " n"]:
        """The similarity that "none of these" has with each picture.

        Args:
            image: (n, k) pictures in the shared space.
            labels: Among how many labels the best is taken.
            false_alarm: Share of pictures that show none of the labels and may still be given one.
        """
        scores = image @ self.background.T
        level = (1.0 - false_alarm) ** (1.0 / labels)
        return scores.mean(axis=1) + np.interp(level, LEVELS, self.wrong) * scores.std(axis=1)


UNCALIBRATED = Calibration(30.0, np.zeros((0, 1), np.float32), np.zeros(len(LEVELS), np.float32))
"""For an aligner without held-out rows: a scale that suits cosines, and no "none of these"."""


def _wrong_scores(scores: np.ndarray) -> np.ndarray:
    """Standard scores of all wrong names of each hidden row, against those of its wrong names."""
    n = len(scores)
    wrong = scores[~np.eye(n, dtype=bool)].reshape(n, n - 1)
    spread = np.maximum(wrong.std(axis=1, keepdims=True), 1e-12)
    return ((wrong - wrong.mean(axis=1, keepdims=True)) / spread).ravel()
