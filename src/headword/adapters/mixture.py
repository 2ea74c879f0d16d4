"""TransCLIP: a Gaussian mixture whose assignments listen to the text and to neighbours (Zanella et al., NeurIPS 2024).

With assignments zᵢ, means μⱼ, one diagonal covariance Σ for all labels and plain probabilities ŷᵢ, maximise

    Σᵢ zᵢ · log N(xᵢ; μ, Σ)  +  ½ Σᵢₗ wᵢₗ zᵢ · zₗ  −  Σᵢ ( zᵢ · log zᵢ − λ zᵢ · log ŷᵢ )

by turns: zᵢ ∝ ŷᵢ^λ exp( log N(xᵢ; μ, Σ) + Σₗ wᵢₗ zₗ ), all pictures at once, from a linear bound of the middle term;
then μ and Σ, the weighted moments. Neither step ever lowers the objective.

The paper's: objective, but for constant factors, and steps, λ = 1 without labelled pictures, w from the 3 nearest
neighbours, 5 inner and 10 outer rounds, first means from the 8 surest pictures of each label, first Σ = I/d. Ours:
wᵢᵢ = Σₗ wᵢₗ, for the bound needs w positive semidefinite, and a truncated Gram matrix is not; one pseudo-picture for
each label, at its first mean and of the first covariance, so that a label without pictures keeps its mean and no
variance is zero. Since Σ is shared, log N + λ log ŷ is linear in x but for what all labels have in common: it scores
pictures that were not seen, without neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32
from scipy.sparse import csr_array, diags_array
from scipy.special import log_softmax, softmax, xlogy

from headword.adapters.base import Adapted, Adapter, LinearScores
from headword.adapters.graph import affinity
from headword.aligners.parameters import Count, NotNegative

__all__ = ["TransCLIP"]

FIRST_IMAGES = 8
"""Pictures of a label's first mean."""

INNER_ROUNDS = 5
"""Updates of the assignments for one of means and covariance."""


@dataclass(eq=False, repr=False)
class TransCLIP(Adapter):
    """Gaussian mixture with a text prior and a graph.

    Args:
        rounds: Of assigning, and means and covariance.
        prior: λ, weight of the plain probabilities.
        k: Neighbours.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> means, classes = rng.normal(size=(3, 32)), np.arange(90) % 3
        >>> image = means[classes] + 0.7 * rng.normal(size=(90, 32))
        >>> text = means + 1.5 * rng.normal(size=(3, 32))
        >>> plain = LinearScores(text.astype(np.float32), np.zeros(3, np.float32), np.zeros(32, np.float32))
        >>> bool(np.mean(TransCLIP().fit(image, plain).assigned.argmax(axis=1) == classes) > 0.9)
        True
    """

    rounds: Count = 10
    prior: NotNegative = 1.0
    k: Count = 3

    def _fit(self, image: Float32[np.ndarray, "n k"], plain: LinearScores) -> Adapted:
        edges = positive_semidefinite(affinity(image, self.k))
        known = log_softmax(plain(image), axis=1)
        text = self.prior * known
        assigned = softmax(text, axis=1)
        first = surest_means(image, known)  # not by `text`, which a prior of 0 makes the same for every label
        mixture = Mixture(first, first, np.full(image.shape[1], 1 / image.shape[1], np.float32))
        for _ in range(self.rounds):
            alone = text + mixture.log_density(image)
            for _ in range(INNER_ROUNDS):
                assigned = softmax(alone + edges @ assigned, axis=1)
            mixture = mixture.of(image, assigned)
        alone = text + mixture.log_density(image)
        objective = np.sum(assigned * (alone + 0.5 * (edges @ assigned)) - xlogy(assigned, assigned), dtype=np.float64)
        report = {"pictures": float(len(image)), "objective": float(objective) + mixture.prior()}
        weight, bias = mixture.discriminant()
        scores = replace(plain, weight=self.prior * plain.weight + weight, bias=self.prior * plain.bias + bias)
        return Adapted(scores, assigned.mean(axis=0), assigned, report=report)


@dataclass(frozen=True)
class Mixture:
    """Gaussians with means (m, k), one variance for each direction (k,), and pseudo-pictures at the first means."""

    first: Float32[np.ndarray, "m k"]
    means: Float32[np.ndarray, "m k"]
    variance: Float32[np.ndarray, " k"]

    def of(self, image: np.ndarray, assigned: np.ndarray) -> Mixture:
        """Maximises the likelihood of the pictures as assigned, and of the pseudo-pictures."""
        m, k = self.first.shape
        totals = assigned.sum(axis=0)[:, None]
        means = (assigned.T @ image + self.first) / (totals + 1)
        # Σ z (x − μ)² = Σ x² − 2 Σ μ (zᵀx) + Σ (Σz) μ², summed over labels, without an array of (n, m, k).
        within = (image**2).sum(axis=0) - (means * (2 * (assigned.T @ image) - totals * means)).sum(axis=0)
        pseudo = ((self.first - means) ** 2).sum(axis=0) + m / k
        variance = (np.maximum(within, 0) + pseudo) / (len(image) + m)
        return Mixture(self.first, means.astype(np.float32), variance.astype(np.float32))

    def discriminant(self) -> tuple[Float32[np.ndarray, "m k"], Float32[np.ndarray, " m"]]:
        """Weight and bias of what differs between labels in the log-density."""
        weight = self.means / self.variance
        return weight, -0.5 * (weight * self.means).sum(axis=1)

    def log_density(self, image: np.ndarray) -> Float32[np.ndarray, "n m"]:
        """Of pictures (n, k) under each label."""
        weight, bias = self.discriminant()
        common = -0.5 * ((image**2) @ (1 / self.variance) + np.log(2 * np.pi * self.variance).sum())
        return image @ weight.T + bias + common[:, None]

    def prior(self) -> float:
        """Log-likelihood of the pseudo-pictures."""
        m, k = self.first.shape
        squares = ((self.first - self.means) ** 2).sum(axis=0, dtype=np.float64) + m / k
        return float(-0.5 * (squares / self.variance + m * np.log(2 * np.pi * self.variance)).sum())


def surest_means(image: np.ndarray, text: np.ndarray) -> Float32[np.ndarray, "m k"]:
    """Means of the pictures with the highest plain probability of each label."""
    rows = np.argpartition(-text, min(FIRST_IMAGES, len(text)) - 1, axis=0)[:FIRST_IMAGES]
    return np.stack([image[each].mean(axis=0) for each in rows.T])


def positive_semidefinite(edges: csr_array) -> csr_array:
    """The same weights with a diagonal that makes them positive semidefinite."""
    return csr_array(edges + diags_array(np.asarray(edges.sum(axis=1)).ravel()))
