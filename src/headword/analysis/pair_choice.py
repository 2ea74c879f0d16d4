"""Which image encoder goes with which text encoder? Three scores for every pair, none of which needs a trained model.

freeze-align (Maniparambil et al. 2025) chooses the pair with the largest biased CKA on captioned pictures. Biased CKA
favours wide encoders, so it is unbiased here, with m_NN and the held-out-class score beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import rankdata

from headword.aligners import KernelRidge
from headword.aligners.base import Aligner
from headword.aligners.folds import average
from headword.analysis.cka import cka
from headword.analysis.finding import Finding
from headword.analysis.neighbours import mutual_neighbours
from headword.analysis.nulls import Null, Similarity, require_permutations
from headword.errors import InputError
from headword.model.validation import HeldOut, held_out_classes
from headword.pairs.pairs import Pairs

__all__ = ["PairScore", "pair_score", "pair_scores", "predicts"]


@dataclass(frozen=True)
class PairScore(Finding):
    """How well two encoders go together.

    Attributes:
        image: Name of the image encoder.
        text: Name of the text encoder.
        cka: Unbiased CKA.
        mutual: m_NN.
        held_out: Hidden classes or pictures found by their texts.
    """

    image: str
    text: str
    cka: Similarity
    mutual: Similarity
    held_out: HeldOut


def pair_score(
    image: str,
    text: str,
    pairs: Pairs,
    *,
    aligner: Aligner | None = None,
    k: int = 10,
    permutations: int = 200,
    seed: int = 0,
) -> PairScore:
    """Scores one combination.

    Args:
        image: Name of the image encoder.
        text: Name of the text encoder.
        pairs: Pairs of classes or captioned pictures; scores of others do not compare.
        aligner: Whose held-out score counts; kernel ridge where `None`.
        k: Neighbours for m_NN.
        permutations: How often each null permutes rows.
        seed: Decides permutations and folds.
    """
    rows = pairs.x[pairs.first_rows()]
    texts = average(pairs.y, pairs.group, pairs.weight)
    ask: Literal["names", "all texts"] = "names" if pairs.is_name.any() else "all texts"
    found = held_out_classes(aligner or KernelRidge(), pairs, ask=ask, seed=seed)
    mutual = mutual_neighbours(rows, texts, (k,), permutations=permutations, seed=seed)[0]
    unbiased = cka(rows, texts, permutations=permutations, seed=seed)[1]
    return PairScore(image, text, unbiased, mutual, found)


def pair_scores(
    pairs: Mapping[tuple[str, str], Pairs],
    *,
    aligner: Aligner | None = None,
    k: int = 10,
    permutations: int = 200,
    seed: int = 0,
) -> tuple[PairScore, ...]:
    """Scores of every combination, the best held-out score first.

    Args:
        pairs: For each (image encoder, text encoder) the pairs of the same head classes or captioned pictures.
        aligner: Whose held-out score counts; kernel ridge where `None`.
        k: Neighbours for m_NN.
        permutations: How often each null permutes rows.
        seed: Decides permutations and folds.

    Raises:
        InputError: No pairs, or combinations of different numbers of classes, whose scores do not compare.
    """
    sizes = {int(each.group.max()) + 1 for each in pairs.values()}
    if len(sizes) != 1:
        raise InputError(
            "to compare pairs of encoders",
            f"{len(pairs)} combinations of {sorted(sizes)} classes or pictures",
            "pass at least one, and the same classes or pictures for all",
        )
    found = [
        pair_score(image, text, each, aligner=aligner, k=k, permutations=permutations, seed=seed)
        for (image, text), each in pairs.items()
    ]
    return tuple(sorted(found, key=lambda score: -score.held_out.top1))


def predicts(
    scores: Sequence[float], accuracies: Sequence[float], *, permutations: int = 10_000, seed: int = 0
) -> tuple[float, Null]:
    """Spearman's correlation of a score with measured accuracies, and its permutation null.

    Args:
        scores: One for each combination.
        accuracies: Accuracies of the same combinations, in the same order.
        permutations: How often the null permutes accuracies.
        seed: Decides the permutations.

    Raises:
        InputError: Fewer than three combinations, not as many of both, or one that never changes.
    """
    one, other = (np.asarray(each, dtype=np.float64) for each in (scores, accuracies))
    require_permutations(permutations)
    if one.shape != other.shape or one.ndim != 1 or len(one) < 3 or not (np.ptp(one) > 0 and np.ptp(other) > 0):
        raise InputError(
            "a rank correlation of scores with accuracies",
            f"{one.size} scores and {other.size} accuracies, {len(set(one))} and {len(set(other))} different",
            "pass at least three of each that differ, in the same order",
        )
    first, second = (_standard_ranks(each) for each in (one, other))
    rng = np.random.default_rng(seed)
    permuted = rng.permuted(np.tile(second, (permutations, 1)), axis=1) @ first
    value = float(first @ second)
    # Equal orders must count as reached, whatever the last bit.
    return value, Null.of(value - 1e-9, permuted)


def _standard_ranks(values: np.ndarray) -> np.ndarray:
    """Ranks with mean 0 and length 1, so that a dot product is Spearman's correlation."""
    ranks = rankdata(values) - (len(values) + 1) / 2
    return ranks / np.linalg.norm(ranks)
