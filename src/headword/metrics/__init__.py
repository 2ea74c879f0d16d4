"""Metrics: figures of predictions, with their uncertainty; they know arrays only."""

from __future__ import annotations

from headword.metrics.classification import macro_f1, mean_per_class, ranks, top_k_accuracy, weighted_f1
from headword.metrics.generalised import Balance, generalised_scores
from headword.metrics.retrieval import Ranks, retrieval_chance, retrieval_ranks
from headword.metrics.statistics import Estimate, binomial_interval, bootstrap, mean_sd, paired, standard_error
from headword.metrics.table import Answers, Measured, Metric, metric_of, registry

__all__ = [
    "Answers", "Balance", "Estimate", "Measured", "Metric", "Ranks", "binomial_interval", "bootstrap",
    "generalised_scores", "macro_f1", "mean_per_class", "mean_sd", "metric_of", "paired", "ranks", "registry",
    "retrieval_chance", "retrieval_ranks", "standard_error", "top_k_accuracy", "weighted_f1",
]  # fmt: skip
