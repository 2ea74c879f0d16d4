"""Analysis: why an alignment works, measured with what chance would give beside every figure.

Nothing here is needed to align or to classify. Everything takes arrays (n, d), one row for each class, picture or text,
and gives back frozen dataclasses whose `as_dict()` is ready for JSON.
"""

from __future__ import annotations

from headword.analysis.cka import cka
from headword.analysis.cosine_head import CosineHead, cosine_head
from headword.analysis.gap import Gap, gap
from headword.analysis.hubness import Hubness, hubness
from headword.analysis.image_means import MeansCurve, means_against_text
from headword.analysis.naming import Naming, badly_named
from headword.analysis.neighbours import Neighbourhood, mutual_neighbours, nearest, neighbourhoods
from headword.analysis.nulls import Null, Similarity
from headword.analysis.pair_choice import PairScore, pair_score, pair_scores, predicts
from headword.analysis.study import Study, study
from headword.analysis.subject import EmbeddedImages, Subject, embed_images

__all__ = [
    "CosineHead",
    "EmbeddedImages",
    "Gap",
    "Hubness",
    "MeansCurve",
    "Naming",
    "Neighbourhood",
    "Null",
    "PairScore",
    "Similarity",
    "Study",
    "Subject",
    "badly_named",
    "cka",
    "cosine_head",
    "embed_images",
    "gap",
    "hubness",
    "means_against_text",
    "mutual_neighbours",
    "nearest",
    "neighbourhoods",
    "pair_score",
    "pair_scores",
    "predicts",
    "study",
]
