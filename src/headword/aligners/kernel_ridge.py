"""Kernel ridge regression from text space to image space; the default aligner.

    f(y) = Σᵢ K(y, row i) αᵢ,   α = (K + λ W⁻¹)⁻¹ (X − x̄),   K(row i, row j) = mean over texts a of i, b of j of k(a, b)
    k(a, b) = exp(−γ ‖c(a) − c(b)‖²),   c(y) = n(n(y) − ȳ)

A class has several texts (its name, its synonyms, its definition), so a row's feature is the mean of its texts' kernel
features (kernel mean embedding; Smola et al. 2007) and the system stays as small as the head. Kernel ridge regression
is Saunders et al. 1998; as a map from names to prototypes it is ours, with three choices that matter: the image mean x̄
is not added back (see `ridge`); texts are centred and put back on the sphere, so that one γ serves encoders whose
texts all point one way and those whose do not; γ and λ are chosen on held-out rows.

Beyond `exact_rows` texts the kernel is approximated from `landmarks` texts drawn at random (Nyström; Williams & Seeger
2001): memory is then O(landmarks²) whatever the number of rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from headword.aligners.base import Aligner
from headword.aligners.folds import Fold, average, pick
from headword.aligners.kernel_systems import ExactSystem, NystromSystem
from headword.aligners.model_selection import HeldOutPlan
from headword.aligners.text_sets import TextSets
from headword.arrays import equal_rows, first_rows, unit

__all__ = ["KernelRidge"]

HALF_ABOVE = 48 * 2**20
"""Learnt arrays of more bytes than this are kept in float16, if it can hold them: 21,841 classes then fit in 100 MB."""

FLOAT32_ABOVE = 8_192
"""Above so many rows the system is solved in float32: half the memory, a third of the time."""

EXACT_FOLDS = 4_000
"""Up to so many rows held-out rows come from one exact inverse; beyond, from the Nyström system."""


@dataclass(eq=False, repr=False)
class KernelRidge(Aligner):
    """Gaussian kernel ridge on sets of texts; image embeddings stay as they are.

    Args:
        gamma: γ of the kernel on centred unit texts; "auto" chooses it on held-out rows.
        alpha: λ, where a row's own kernel value is at most 1; "auto" chooses it on held-out rows.
        exact_rows: Solve exactly up to so many texts, by Nyström features beyond.
        landmarks: Number of Nyström features.
        seed: Of the draw of landmarks.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> Y = rng.normal(size=(200, 8)); X = np.tanh(Y @ rng.normal(size=(8, 16)))
        >>> KernelRidge().fit(X, Y).score(X, Y)
        1.0
    """

    gamma: float | Literal["auto"] = "auto"
    alpha: float | Literal["auto"] = "auto"
    exact_rows: int = 25_000
    landmarks: int = 4_096
    seed: int = 0

    grid: ClassVar[dict[str, tuple[Any, ...]]] = {"gamma": (1.0, 2.0, 4.0), "alpha": (0.03, 0.1, 0.3)}

    def _fit(self, X: np.ndarray, Y: np.ndarray, weight: np.ndarray) -> None:
        groups = equal_rows(X)
        kind = np.float64 if groups.max() < FLOAT32_ABOVE else np.float32
        sets, rows, importance = self._prepare(X, Y, weight, groups, kind)
        system = self._system(sets, importance, exact=len(sets.texts) <= self.exact_rows)
        dual = system.solve(rows - np.average(rows, axis=0, weights=importance))
        texts = system.anchors.texts
        large = 4 * (texts.size + dual.size) > HALF_ABOVE and np.abs(dual).max() < np.finfo(np.float16).max
        kept = np.float16 if large else np.float32
        self.anchors_, self.dual_ = texts.astype(kept), dual.astype(kept)
        self.anchor_share_, self.anchor_start_ = system.anchors.share.astype(np.float32), system.anchors.start

    def _map_text(self, Y: np.ndarray) -> np.ndarray:
        anchors = TextSets(self.anchors_.astype(np.float32), self.anchor_share_, self.anchor_start_)
        return anchors.kernel_from(unit(Y - self.text_mean_), self.gamma_) @ self.dual_.astype(np.float32)

    def _held_out(self, plan: HeldOutPlan) -> list[list[Fold]]:
        """One factorisation for all folds (see `kernel_systems`); ranks need no more than float32."""
        self.gamma_, self.alpha_ = float(self.gamma), float(self.alpha)
        Y, groups = plan.Y, plan.groups
        sets, rows, importance = self._prepare(plan.X, Y, plan.weight, groups, np.float32)
        system = self._system(sets, importance, exact=len(sets) <= EXACT_FOLDS)
        image, out = rows.astype(np.float32), [list[Fold]() for _ in plan.queries]
        for part, known, without in zip(plan.hidden, plan.known, system.leave_out(rows, plan.hidden), strict=True):
            for folds, asked in zip(out, plan.queries, strict=True):
                texts, numbers = pick(groups, asked, part)
                kernel = system.anchors.kernel_from(unit(Y[texts] - self.text_mean_), self.gamma_)
                mapped = unit(without(average(kernel, numbers, plan.weight[texts]))).astype(np.float32)
                folds.append(Fold(part, image[part], mapped, image[known] if len(known) else None))
        return out

    def _prepare(
        self, X: np.ndarray, Y: np.ndarray, weight: np.ndarray, groups: np.ndarray, kind: type[np.floating[Any]]
    ) -> tuple[TextSets, np.ndarray, np.ndarray]:
        """Centred texts of each row, the rows themselves, and their importance, 1 in the mean."""
        importance = np.bincount(groups, weight)
        within = weight / importance[groups]
        self.text_mean_ = (within @ Y / len(importance)).astype(np.float32)
        texts = unit(Y - self.text_mean_)
        rows = X[first_rows(groups)].astype(kind)
        return TextSets.of(texts, groups, weight), rows, (importance / importance.mean()).astype(kind)

    def _system(self, sets: TextSets, importance: np.ndarray, *, exact: bool) -> ExactSystem | NystromSystem:
        if exact:
            return ExactSystem(sets, importance, self.gamma_, self.alpha_)
        return NystromSystem(sets, importance, self.gamma_, self.alpha_, self.landmarks, self.seed)
