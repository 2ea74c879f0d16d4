"""Metrics: figures of predictions, with their uncertainty; they know arrays only."""

from __future__ import annotations

from headword.metrics.classification import macro_f1, mean_per_class, ranks, top_k_accuracy, weighted_f1
from headword.metrics.generalised import Balance, generalised_scores
from headword.metrics.retrieval import Ranks, retrieval_chance, retrieval_ranks
from headword.metrics.statistics import Estimate, binomial_interval, bootstrap, mean_sd, paired, standard_error

__all__ = [
    "Balance",
    "Estimate",
    "Ranks",
    "binomial_interval",
    "bootstrap",
    "generalised_scores",
    "macro_f1",
    "mean_per_class",
    "mean_sd",
    "paired",
    "ranks",
    "retrieval_chance",
    "retrieval_ranks",
    "standard_error",
    "top_k_accuracy",
    "weighted_f1",
]
