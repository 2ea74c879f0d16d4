"""Careful refinement, the default: labels move towards a folder's pictures, as far as the folder itself bears it out.

    μ  = 0.7 g · meanⱼ (Σᵢ qᵢⱼ xᵢ + 5 x̄) / (Σᵢ qᵢⱼ + 5)                  part of a mean to which labels count alike
    zᵢ = n(xᵢ − μ)
    pᵢ = softmaxⱼ( (1 − r) s(zᵢ; P) + r s(xᵢ; T) )                          moved prototypes, anchored to the plain ones
    qᵢ = (1 − a g) pᵢ + a g Σₗ wᵢₗ qₗ                                       and what the nearest pictures are
    Pⱼ = n((1 − vⱼ) tⱼ + vⱼ n(Σᵢ qᵢⱼ zᵢ)),   vⱼ = v g nⱼ / (nⱼ + 2),   nⱼ = Σᵢ qᵢⱼ

x are the pictures, T the labels' prototypes, s their calibrated scores (Σᵢ qᵢⱼ in the first line from these alone); ten
rounds. Soft assignment, means and neighbours are what refinement has always been (TransCLIP, ZLaP); ours is the care,
for real folders are unequal and nobody checks. Shares of labels are never assumed equal: a label to which hardly any
picture is assigned keeps its prototype, so that one that does not occur is not dragged to the pictures of others. The
whole mean takes off what makes the commonest class; part of a mean over labels takes off less. g = n / (n + 2m) holds
back where n pictures are few for m labels. A picture that lies there twice counts once. And the folder has to bear the
result out: all is learnt again from halves, and the share of pictures on which halves agree (`agreement`), together
with the share of neighbours that agree before and after (`consistency`), says how far the result is trusted: at most
0.75 n / (n + 15m), and not at all where they disagree; the plain scores keep the rest. Constants were chosen on shifted
folders made from the six sets of `recipes/adapt.py`, by other draws than those of its table; neighbouring values differ
by a point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from jaxtyping import Float32
from scipy.sparse import csr_array, vstack
from scipy.special import softmax

from headword.adapters.agreement import agreement, consistency, margin
from headword.adapters.base import Adapted, Adapter, LinearScores, blend, mixed
from headword.adapters.distinct import distinct
from headword.adapters.knn_graph import graph, neighbours
from headword.aligners.parameters import Count, Share
from headword.arrays import chunks, unit

__all__ = ["Careful", "evidence_weight"]

SHRINKAGE = 5.0
"""Pictures of the folder's mean that are added to each label's, for the balanced mean."""

EVIDENCE_IMAGES = 2.0
"""Pictures a label needs until the folder counts half."""

TRUST_IMAGES = 15.0
"""Pictures a label needs until the result is trusted half as far as it otherwise would be."""

CONSISTENCY_LOSS = (-0.12, -0.03)
"""Consistency that refinement may cost: from the second on it is trusted less, from the first on not at all. Neighbours
that agreed before and no longer do are a cluster torn apart, as when one label has all the pictures."""

MOVE_IMAGES = 2.0
"""Pictures a label needs until its prototype moves half as far as it may."""

MIN_SHARED = 0.01
"""Probabilities below are not shared with neighbours, which keeps assignments sparse."""

COSINE_POWER = 3.0
"""Power of the cosine that neighbours weigh by."""

MAX_IMAGES = 200_000
"""Pictures learnt from, drawn at random: more of them move m directions little further, and take longer."""

MAX_CHECKED = 20_000
"""Pictures, drawn at random, on which halves and neighbours are compared."""

BLOCK = 2**23
"""Scores of a block: 32 MiB."""

MAX_KEPT = 2**28
"""Plain scores kept from round to round: 1 GiB. More are computed anew in each."""


@dataclass(eq=False, repr=False)
class Careful(Adapter):
    """Refinement that estimates shares, anchors to the plain scores, and checks itself on halves of the folder.

    Args:
        rounds: Of assigning pictures and moving prototypes.
        move: v, how far a prototype moves at most, as share of the way to its pictures.
        anchor: r, share of the plain scores in assignments.
        smooth: a, share of the neighbours in assignments.
        k: Neighbours.
        centre: Share of the balanced mean that is taken off.
        trust: How far the result is trusted at most.
        low: Agreement of halves below which it is not trusted at all.
        high: Agreement from which it is trusted as far as `trust`.
        splits: How many times the folder is halved.
        seed: Of the halves.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> means = rng.normal(size=(3, 32)); classes = np.repeat([0, 1, 2], [60, 30, 10])
        >>> image = means[classes] + 0.7 * rng.normal(size=(100, 32))
        >>> text = (means + 1.5 * rng.normal(size=(3, 32))).astype(np.float32)
        >>> plain = LinearScores(5 * unit(text), np.zeros(3, np.float32), np.zeros(32, np.float32))
        >>> found = Careful().fit(image, plain)
        >>> float((found.logits(unit(image), plain).argmax(axis=1) == classes).mean())
        1.0
    """

    rounds: Count = 10
    move: Share = 0.6
    anchor: Share = 0.4
    smooth: Share = 0.5
    k: Count = 5
    centre: Share = 0.7
    trust: Share = 0.75
    low: Share = 0.74
    high: Share = 0.84
    splits: Count = 4
    seed: int = 0

    def _fit(self, image: Float32[np.ndarray, "n k"], plain: LinearScores) -> Adapted:
        image = image[distinct(image)[:MAX_IMAGES]]
        scores, counts, links = self._refine(image, plain)
        some = image[:MAX_CHECKED]
        agreed = agreement(lambda half: self._labeller(half, plain), some, splits=self.splits, seed=self.seed)
        near, plainly = links[: len(some), : len(some)], plain(some).argmax(axis=1)
        before, after = consistency(near, plainly), consistency(near, scores(some).argmax(axis=1))
        trust = self.mixing_weight_for(agreed, after - before, len(image), len(counts))
        logits = blend(some, scores, plain, trust)
        report = {
            "agreement": agreed,
            "consistency": after,
            "consistency_before": before,
            "margin": margin(softmax(logits, axis=1)),
            "changed": float((logits.argmax(axis=1) != plainly).mean()),
        }
        return Adapted(scores, (counts / len(image)).astype(np.float32), mixing_weight=trust, report=report)

    def mixing_weight_for(self, agreed: float, gained: float, images: int, labels: int) -> float:
        """Share of the moved prototypes in the logits.

        Args:
            agreed: Share of pictures on which halves agree.
            gained: What consistency gained by refinement; NaN, which is no loss, where nothing has neighbours.
            images: How many were learnt from.
            labels: How many are asked for.
        """
        enough = _ramp(agreed, self.low, self.high) * (1.0 if np.isnan(gained) else _ramp(gained, *CONSISTENCY_LOSS))
        return self.trust * enough * images / (images + TRUST_IMAGES * labels)

    def moved_scores(
        self, plain: LinearScores, counts: np.ndarray, sums: np.ndarray, centre: np.ndarray
    ) -> LinearScores:
        """Scores with prototypes moved towards the pictures of each label, given their counts and centred sums."""
        total = float(counts.sum())
        moved = (self.move * evidence_weight(total, len(counts)) * counts / (counts + MOVE_IMAGES))[:, None]
        return replace(plain, centre=centre).with_directions(unit((1 - moved) * plain.prototypes + moved * unit(sums)))

    def balanced_centre(self, counts: np.ndarray, sums: np.ndarray) -> Float32[np.ndarray, " k"]:
        """What to take off a picture: part of a mean to which labels count alike; sums are not centred."""
        total = float(counts.sum())
        means = (sums + SHRINKAGE * sums.sum(axis=0) / total) / (counts + SHRINKAGE)[:, None]
        return (self.centre * evidence_weight(total, len(counts)) * means.mean(axis=0)).astype(np.float32)

    def _labeller(self, image: np.ndarray, plain: LinearScores) -> Callable[[np.ndarray], np.ndarray]:
        scores, _, _ = self._refine(image, plain)
        return lambda rows: blend(rows, scores, plain, 1 - self.anchor).argmax(axis=1)

    def _refine(self, image: np.ndarray, plain: LinearScores) -> tuple[LinearScores, np.ndarray, csr_array]:
        """Scores by the moved prototypes alone, pictures of each label, and who is whose neighbour."""
        m = len(plain.weight)
        parts = chunks(len(image), max(1, BLOCK // m))

        def plainly(place: int) -> np.ndarray:
            return plain(image[parts[place]])

        before = cache(plainly) if len(image) * m <= MAX_KEPT else plainly
        counts, sums, _ = _sums(parts, image, before, m)
        centre = self.balanced_centre(counts, sums)
        scores = replace(plain, centre=centre).with_directions(plain.prototypes)
        seen = scores.seen(image)
        links, shared = graph(*neighbours(seen, self.k), power=COSINE_POWER), None
        share = self.smooth * evidence_weight(float(len(image)), m)

        def anchored(place: int) -> np.ndarray:
            return mixed(scores.of(seen[parts[place]]), before(place), 1 - self.anchor)

        for _ in range(self.rounds):
            counts, sums, shared = _sums(parts, seen, anchored, m, links, shared, share)
            scores = self.moved_scores(plain, counts, sums, centre)
        return scores, counts, links


def evidence_weight(images: float, labels: int) -> float:
    """g: how far so many pictures count for so many labels."""
    return images / (images + EVIDENCE_IMAGES * labels)


def _ramp(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / max(high - low, 1e-9), 0.0, 1.0))


def _sums(
    parts: Iterable[slice],
    image: np.ndarray,
    logits: Callable[[int], np.ndarray],
    labels: int,
    links: csr_array | None = None,
    shared: csr_array | None = None,
    share: float = 0.0,
) -> tuple[np.ndarray, np.ndarray, csr_array]:
    """Pictures of each label and their sum, and the assignments that are worth sharing, (n, m).

    `logits` gives those of a block of pictures by its number. `shared` are the assignments of the round before, of
    which neighbours add a `share`.
    """
    totals, sums, kept = np.zeros(labels), np.zeros((labels, image.shape[1])), []
    for place, rows in enumerate(parts):
        found = softmax(logits(place), axis=1)
        if links is not None and shared is not None:
            found = (1 - share) * found + share * (links[rows] @ shared).toarray()
            found /= found.sum(axis=1, keepdims=True)
        totals += found.sum(axis=0)
        sums += found.T @ image[rows]
        kept.append(csr_array(np.where(found < MIN_SHARED, np.float32(0), found)))
    return totals, sums, vstack(kept, format="csr")
