"""What every aligner is: scikit-learn's `fit`, two maps, and a test of itself on held-out rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from jaxtyping import Float, Float32, Int64
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError

from headword.aligners import checks
from headword.aligners.folds import Fold, average
from headword.aligners.model_selection import HeldOutPlan, choose_parameters, plan_held_out
from headword.arrays import as_matrix, unit

__all__ = ["Aligner"]


class Aligner(BaseEstimator, ABC):  # type: ignore[misc]  # scikit-learn has no types
    """Fits what makes rows of X (image side) and Y (text side) comparable by a dot product.

    A subclass stores its parameters in `__init__` (most are a `dataclass(eq=False, repr=False)` of them), implements
    `_fit` and, where they are not the identity, the maps `_map_image` and `_map_text`. What it learns are arrays and
    plain numbers in attributes ending in `_`; nothing else is saved. Rows are L2-normalised here and nowhere else, at
    fit and at use alike.

    A parameter that is "auto" is chosen by `fit` from `grid` on held-out rows: rows of X are hidden, and each is
    looked for from its text among the hidden ones. Equal rows of X (several texts of one class) hide together.

    Attributes:
        image_dim_: Width of the image embeddings it was fitted on.
        text_dim_: Width of the text embeddings it was fitted on.
    """

    grid: ClassVar[dict[str, tuple[Any, ...]]] = {}
    image_dim_: int
    text_dim_: int

    def fit(
        self,
        X: Float[np.ndarray, "n dx"],
        Y: Float[np.ndarray, "n dy"],
        sample_weight: Float[np.ndarray, " n"] | None = None,
        *,
        related: Int64[np.ndarray, "r 2"] | None = None,
    ) -> Self:
        """Learns from pairs.

        Args:
            X: (n, dx) image side: prototypes or image embeddings. Equal rows belong to one class or picture.
            Y: (n, dy) text side, pair by pair.
            sample_weight: (n,) importance of each pair, not negative; 1 where `None`.
            related: (r, 2) rows of X whose classes are one a kind of the other (`Pairs.related_rows`): what learns from
                wrong pairs takes none of theirs for one; all other aligners have no use for it.

        Raises:
            InputError: Rows, widths, weights or numbers of rows do not fit together, or hold NaN.
        """
        X, Y, weight = checks.checked_pairs(X, Y, sample_weight)
        related = checks.checked_related(related, sample_weight, len(X))
        self._set_dims(X, Y)
        for name, value in choose_parameters(self, X, Y, weight).items():
            setattr(self, f"{name}_", value)
        self._fit_related(X, Y, weight, related)
        return self._settled()

    @abstractmethod
    def _fit(self, X: np.ndarray, Y: np.ndarray, weight: np.ndarray) -> None:
        """Learns from unit rows; the parameters in `grid` stand resolved in `<parameter>_`."""

    def _fit_related(self, X: np.ndarray, Y: np.ndarray, weight: np.ndarray, related: np.ndarray) -> None:
        """The same, told which rows are related; overridden by what learns from wrong pairs."""
        self._fit(X, Y, weight)

    def _map_image(self, X: np.ndarray) -> np.ndarray:
        return X

    def _map_text(self, Y: np.ndarray) -> np.ndarray:
        return Y

    def _finish(self, mapped: np.ndarray) -> np.ndarray:
        """Last step of both maps, after texts of one group are averaged."""
        return unit(mapped)

    def transform_image(self, X: Float[np.ndarray, "n dx"]) -> Float32[np.ndarray, "n k"]:
        """Image embeddings in the shared space.

        Raises:
            InputError: Another width, or NaN.
        """
        self._require_fit()
        rows = unit(as_matrix(X, "X", width=self.image_dim_))
        return self._finish(self._map_image(rows)).astype(np.float32)

    def transform_text(
        self, Y: Float[np.ndarray, "n dy"], groups: Int64[np.ndarray, " n"] | None = None
    ) -> Float32[np.ndarray, "m k"]:
        """Text embeddings in the shared space; one row per text, or per group of texts that mean the same.

        Args:
            Y: (n, dy) embeddings of the encoder it was fitted on.
            groups: (n,) the group of each text, numbered from 0 without gaps; what the texts of a group map to is
                averaged.

        Raises:
            InputError: Another width, NaN, or not one group for each text.
        """
        self._require_fit()
        mapped = self._map_text(unit(as_matrix(Y, "Y", width=self.text_dim_)))
        if groups is not None:
            mapped = average(mapped, checks.checked_groups(groups, len(mapped)))
        return self._finish(mapped).astype(np.float32)

    def similarity(self, X: Float[np.ndarray, "n dx"], Y: Float[np.ndarray, "m dy"]) -> Float32[np.ndarray, "n m"]:
        """Score of every image embedding with every text embedding."""
        return self.transform_image(X) @ self.transform_text(Y).T

    def score(
        self,
        X: Float[np.ndarray, "n dx"],
        Y: Float[np.ndarray, "n dy"],
        sample_weight: Float[np.ndarray, " n"] | None = None,
    ) -> float:
        """(Weighted) share of image rows whose own text scores highest of all; chance is 1 / n."""
        X, Y, weight = checks.checked_pairs(X, Y, sample_weight)
        fold = Fold(np.arange(len(X)), self.transform_image(X), self.transform_text(Y))
        return float(np.average(fold.ranks() == 0, weights=weight))

    def held_out(
        self,
        X: Float[np.ndarray, "n dx"],
        Y: Float[np.ndarray, "n dy"],
        sample_weight: Float[np.ndarray, " n"] | None = None,
        *,
        folds: int = 5,
        queries: Int64[np.ndarray, " q"] | None = None,
        known: int = 0,
        seed: int = 0,
        related: Int64[np.ndarray, "r 2"] | None = None,
    ) -> list[Fold]:
        """Hides every row once, 1 / `folds` of them at a time, and maps its texts by what the other rows teach.

        Args:
            X: (n, dx) image side; equal rows are one row.
            Y: (n, dy) text side.
            sample_weight: (n,) importance of each pair.
            folds: In how many parts the rows are hidden: 5 hides 20 % at a time.
            queries: (q,) the pairs whose texts are asked with, all where `None`; a row that none asks for stays.
            known: Map the image side of the rows that stayed too, of at most so many of those that others hide.
            seed: Of the assignment of rows to folds.
            related: As `fit` takes it.

        Raises:
            InputError: Fewer rows to hide than twice the folds.
        """
        each = self.held_out_each(X, Y, sample_weight, [queries], folds=folds, known=known, seed=seed, related=related)
        return each[0]

    def held_out_each(
        self,
        X: Float[np.ndarray, "n dx"],
        Y: Float[np.ndarray, "n dy"],
        sample_weight: Float[np.ndarray, " n"] | None,
        queries: Sequence[Int64[np.ndarray, " _"] | None],
        *,
        folds: int = 5,
        known: int = 0,
        seed: int = 0,
        related: Int64[np.ndarray, "r 2"] | None = None,
    ) -> list[list[Fold]]:
        """`held_out` for each of several sets of queries; sets that ask for the same rows share the refits.

        Takes and raises what `held_out` does, but for `queries`: sets of pairs, each (q,), or `None` for all pairs.
        """
        pairs = checks.checked_pairs(X, Y, sample_weight)
        asks = [checks.asked_pairs(each, sample_weight, len(Y)) for each in queries]
        X, Y, weight = pairs
        related = checks.checked_related(related, sample_weight, len(X))
        plans = plan_held_out(X, Y, weight, asks, related, folds=folds, known=known, seed=seed)
        settings, out = self._resolved(X, Y, weight), dict[int, list[Fold]]()
        for same, plan in plans:
            out |= zip(same, self._trial(X, Y, settings)._held_out(plan), strict=True)
        return [out[i] for i in range(len(asks))]

    def _held_out(self, plan: HeldOutPlan) -> list[list[Fold]]:
        """Folds for each of `plan.queries`, by one refit a part; overridden where one factorisation does."""
        stays = (~np.isin(plan.groups, rows) for rows in plan.hidden)
        return plan.folds(
            self.fit(plan.X[kept], plan.Y[kept], plan.weight[kept], related=checks.related_among(plan.related, kept))
            for kept in stays
        )

    def _resolved(self, X: np.ndarray, Y: np.ndarray, weight: np.ndarray) -> dict[str, Any]:
        """The parameters of `grid` without "auto": as fitted where it is, else chosen on these rows."""
        if all(hasattr(self, f"{name}_") for name in self.grid):
            return {name: getattr(self, f"{name}_") for name in self.grid}
        return choose_parameters(self, X, Y, weight)

    def _trial(self, X: np.ndarray, Y: np.ndarray, settings: dict[str, Any]) -> Self:
        """A copy with these parameters of `grid`, for pairs of these widths."""
        trial: Self = clone(self).set_params(**settings)
        for name, value in settings.items():
            setattr(trial, f"{name}_", value)
        trial._set_dims(X, Y)
        return trial

    def _trials(self, X: np.ndarray, Y: np.ndarray, weight: np.ndarray) -> Callable[[Any], list[Fold]]:
        """From a trial aligner to its folds of these pairs; overridden where trials can share work."""
        return lambda trial: list(trial.held_out(X, Y, weight))

    def _set_dims(self, X: np.ndarray, Y: np.ndarray) -> None:
        self.image_dim_, self.text_dim_ = X.shape[1], Y.shape[1]

    def _require_dims(self, image: int, text: int) -> None:
        checks.require_widths((image, text), (self.image_dim_, self.text_dim_))

    def _settled(self) -> Self:
        """Puts what it has learnt into the memory layout a saved copy has, so that both give the same last bits."""
        for name, value in vars(self).items():
            if name.endswith("_") and isinstance(value, np.ndarray):
                setattr(self, name, np.asarray(value, order="C"))
        return self

    def _require_fit(self) -> None:
        if not hasattr(self, "image_dim_"):
            raise NotFittedError(f"this {type(self).__name__} is not fitted yet: call fit(X, Y) first")
