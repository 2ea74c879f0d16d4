"""The modality gap: are two kinds of embedding (prototypes, pictures, mapped text) one cloud or two?

    centroid distance  ‖mean(A) − mean(B)‖, and how often shuffled kinds are as far apart            (Liang et al. 2022)
    separability       does Fisher's discriminant tell the kinds apart on rows it has not seen? With shuffled kinds: 1/2
    own kind           share of a row's nearest neighbours that are of its kind: sees gaps that no plane does
    alignment          E ‖a − b‖² over rows that belong together; for rows at random beside it     (Wang & Isola 2020)
    uniformity         log E exp(−2 ‖x − x'‖²) within a kind; −4 at best, where it fills a sphere of many dimensions

Each is measured three times, for a gap may be no more than a difference of length or an offset: on rows as they are
("raw"), on unit rows ("unit"), and on unit rows less the mean of their kind, made unit again ("centred"). The published
99.75 % separability was measured on raw rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Float32

from headword.analysis.finding import Finding
from headword.analysis.neighbours import BLOCK, nearest
from headword.analysis.nulls import Null, require_permutations
from headword.analysis.separability import FEWEST, separability
from headword.arrays import as_matrix, chunks, unit
from headword.errors import InputError

__all__ = ["Gap", "GapAt", "gap"]

Stage = Literal["raw", "unit", "centred"]


@dataclass(frozen=True)
class GapAt(Finding):
    """The gap after one treatment of the rows.

    Attributes:
        stage: "raw", "unit" or "centred".
        distance: Distance of the two centroids.
        distance_null: That distance with kinds shuffled; `p` is the permutation test's. After centring the distance is
            nearly 0 by construction.
        effect: (distance − null mean) / null sd.
        separability: Balanced accuracy of the discriminant on rows it has not seen. Chance is 1/2; it is less where the
            kinds' means agree more exactly than those of random halves, as those of pairs do.
        separability_null: That accuracy with kinds shuffled.
        own_kind: Share of nearest neighbours, by cosine, of a row's own kind; mean of both kinds.
        own_kind_chance: That share for neighbours at random.
        alignment: Mean squared distance of rows that belong together; `None` where rows are not paired.
        alignment_chance: That distance for rows at random.
        uniformity: Log of the mean of exp(−2 d²) over rows of the first kind, and of the second, at distances d; `None`
            for raw rows, since it is a measure on the sphere.
    """

    stage: Stage
    distance: float
    distance_null: Null
    effect: float
    separability: float
    separability_null: Null
    own_kind: float
    own_kind_chance: float
    alignment: float | None
    alignment_chance: float
    uniformity: tuple[float, float] | None


@dataclass(frozen=True)
class Gap(Finding):
    """The gap between two kinds of embedding.

    Attributes:
        rows: How many of each kind.
        k: How many neighbours of each row `own_kind` looks at.
        raw: Rows as they are.
        unit: Unit rows.
        centred: Unit rows less the mean of their kind, made unit again.
    """

    rows: tuple[int, int]
    k: int
    raw: GapAt
    unit: GapAt
    centred: GapAt


def gap(
    A: Float[np.ndarray, "n d"],
    B: Float[np.ndarray, "m d"],
    *,
    paired: bool = False,
    permutations: int = 10_000,
    shuffles: int = 20,
    k: int = 10,
    seed: int = 0,
) -> Gap:
    """Measures the gap between two kinds of embedding in one space.

    Args:
        A: (n, d) rows of one kind, not normalised.
        B: (m, d) rows of the other.
        paired: Row i of A belongs to row i of B; else there is no alignment.
        permutations: How often the centroid test shuffles kinds.
        shuffles: How often the control of separability shuffles kinds.
        k: How many neighbours of each row `own_kind` looks at.
        seed: Decides permutations, folds and shuffles.

    Raises:
        InputError: Fewer than 10 rows of a kind, another width, not as many rows where they are paired, or NaN.
    """
    A = as_matrix(A, "A")
    B = as_matrix(B, "B", width=A.shape[1], rows=len(A) if paired else None)
    if min(len(A), len(B)) < FEWEST:
        raise InputError("the gap between two kinds", f"{len(A)} rows and {len(B)}", f"pass {FEWEST} of each or more")
    require_permutations(permutations)
    require_permutations(shuffles)

    stages = [_gap_at(stage, A, B, paired, permutations, shuffles, k, seed) for stage in ("raw", "unit", "centred")]
    return Gap((len(A), len(B)), k, *stages)


def _gap_at(
    stage: Stage, A: np.ndarray, B: np.ndarray, paired: bool, permutations: int, shuffles: int, k: int, seed: int
) -> GapAt:
    a, b = (each if stage == "raw" else unit(each) for each in (A, B))
    centre, kind = stage == "centred", np.repeat([True, False], [len(A), len(B)])
    accuracy, control = separability(
        np.concatenate([a, b]), kind, centre=centre, paired=paired, shuffles=shuffles, seed=seed
    )
    if centre:
        a, b = (unit(each - each.mean(axis=0)) for each in (a, b))
    rows = np.concatenate([a, b])
    distance, null = _centroid_test(rows, len(a), permutations, seed)
    own, own_chance = _own_kind(rows, kind, k)
    together, apart = _squared_distances(a, b)
    return GapAt(
        stage=stage,
        distance=distance,
        distance_null=null,
        effect=(distance - null.mean) / null.sd if null.sd else 0.0,
        separability=accuracy,
        separability_null=control,
        own_kind=own,
        own_kind_chance=own_chance,
        alignment=together if paired else None,
        alignment_chance=apart,
        uniformity=None if stage == "raw" else (_uniformity(a), _uniformity(b)),
    )


def _centroid_test(rows: Float32[np.ndarray, "n d"], first: int, permutations: int, seed: int) -> tuple[float, Null]:
    """Distance of the centroids of the first rows and the others, and the same with kinds shuffled.

    Of rows that sum to 0, the sum s of one kind is minus that of the other: the distance is |s| (1/n + 1/m).
    """
    rows = rows - rows.mean(axis=0)
    scale = 1 / first + 1 / (len(rows) - first)
    member = (np.arange(len(rows)) < first).astype(np.float32)
    rng = np.random.default_rng(seed)
    shuffled = [
        np.linalg.norm(rng.permuted(np.tile(member, (part.stop - part.start, 1)), axis=1) @ rows, axis=1)
        for part in chunks(permutations, max(1, BLOCK // len(rows)))
    ]
    distance = scale * float(np.linalg.norm(member @ rows))
    return distance, Null.of(distance, scale * np.concatenate(shuffled).astype(np.float64))


def _own_kind(rows: np.ndarray, kind: Bool[np.ndarray, " n"], k: int) -> tuple[float, float]:
    """Share of nearest neighbours that are of a row's own kind, mean of both kinds, and chance."""
    same = (kind[nearest(rows, k)] == kind[:, None]).mean(axis=1)
    sizes = np.array([kind.sum(), (~kind).sum()])
    return float((same[kind].mean() + same[~kind].mean()) / 2), float(((sizes - 1) / (len(kind) - 1)).mean())


def _squared_distances(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """Mean ‖a_i − b_i‖² over rows that stand beside each other, and ‖a_i − b_j‖² over i ≠ j."""
    n = min(len(a), len(b))
    beside = np.einsum("ij,ij->", a[:n], b[:n], dtype=np.float64)
    lengths = np.square(a, dtype=np.float64).sum(axis=1).mean() + np.square(b, dtype=np.float64).sum(axis=1).mean()
    others = float(a.sum(axis=0, dtype=np.float64) @ b.sum(axis=0, dtype=np.float64)) - beside
    return float(lengths - 2 * beside / n), float(lengths - 2 * others / (len(a) * len(b) - n))


def _uniformity(rows: Float32[np.ndarray, "n d"]) -> float:
    """Log of the mean of exp(−2 ‖x − x'‖²) over pairs of different unit rows."""
    n, total = len(rows), 0.0
    for part in chunks(n, max(1, BLOCK // n)):
        close = np.exp(4 * np.minimum(rows[part] @ rows.T, 1) - 4)
        total += float(close.sum(dtype=np.float64)) - float(np.diag(close, part.start).sum(dtype=np.float64))
    return float(np.log(total / (n * (n - 1))))
