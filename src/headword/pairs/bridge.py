"""The bridge: prototypes and pictures, names and captions lie in different regions; mixed as they are, they harm.

    prototype w ↦ n(w − w̄)        picture x ↦ n( n(x − x̄) (Σ + s t I)^(−p) ),   t = tr Σ / d
    name      y ↦ n(y − ȳ_names)  caption y ↦ n(y − ȳ_captions)

Each kind is centred by its own mean, and pictures are whitened in part: under a Gaussian model of the classes a row
of a trained head is Σ⁻¹μ, so Σ⁻¹ takes a class mean to its row, and a small power of it, for few pictures tell little
of Σ, goes part of the way. Σ is the covariance of the centred pictures, p = ¼ and s = 5. Weight recycling (Méndez et
al. 2026) finds the gap between rows and pictures and mixes across it; the bridge is ours. Moving the rows instead
(Σ^p w), larger powers, and a map learnt from the classifier's own answers help less or harm (`recipes/gap_bridge.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Float32

from headword._repr import short_repr
from headword.arrays import unit
from headword.errors import InputError
from headword.linalg import covariance_power
from headword.pairs.pairs import Pairs

__all__ = ["Bridge"]


@dataclass(frozen=True, eq=False)
class Bridge:
    """Brings each kind of embedding into the space where an aligner compares them.

    Attributes:
        prototype_mean: (dx,) of the head's unit rows.
        image_mean: (dx,) of unit embeddings of pictures.
        image_map: (dx, dx) partial whitening of centred pictures.
        name_mean: (dy,) of the texts of classes.
        caption_mean: (dy,) of the captions.
    """

    prototype_mean: Float32[np.ndarray, " dx"]
    image_mean: Float32[np.ndarray, " dx"]
    image_map: Float32[np.ndarray, "dx dx"]
    name_mean: Float32[np.ndarray, " dy"]
    caption_mean: Float32[np.ndarray, " dy"]

    __repr__ = short_repr

    @classmethod
    def fit(cls, pairs: Pairs, *, power: float = 0.25, shrinkage: float = 5.0) -> Bridge:
        """Learns means and covariance from pairs of several kinds.

        A kind of text that does not occur has the mean of the one that does; likewise for the image side.

        Args:
            pairs: Rows of a head, pictures with captions, class means.
            power: p; 0 only centres, ½ whitens.
            shrinkage: s, what is added to Σ, in units of its mean variance.

        Raises:
            InputError: `power` or `shrinkage` is negative, Σ would be singular, or all pictures are the same.
        """
        if not (0 <= power < np.inf and 0 <= shrinkage < np.inf):
            raise InputError(
                "power and shrinkage of a bridge, not negative", f"{power} and {shrinkage}", "pass 0.25 and 5"
            )
        there = pairs.weight > 0
        X, Y, weight = unit(pairs.x[there]), unit(pairs.y[there]), pairs.weight[there]
        rows, captions = pairs.comes_from("head")[there], pairs.comes_from("captions")[there]
        image = {kind: _mean(X, weight, where) for kind, where in ((True, rows), (False, ~rows))}
        text = {kind: _mean(Y, weight, where) for kind, where in ((True, captions), (False, ~captions))}
        if not rows.all():
            whitening = covariance_power(unit(X[~rows] - image[False]), weight[~rows], -power, shrinkage)
        else:
            whitening = np.eye(X.shape[1], dtype=np.float32)
        return cls(image[True], image[False], whitening, text[False], text[True])

    def prototypes(self, X: Float[np.ndarray, "n dx"]) -> Float32[np.ndarray, "n dx"]:
        """Rows of a head."""
        return unit(unit(X) - self.prototype_mean).astype(np.float32)

    def images(self, X: Float[np.ndarray, "n dx"]) -> Float32[np.ndarray, "n dx"]:
        """Embeddings of pictures, or means of some."""
        return unit(unit(unit(X) - self.image_mean) @ self.image_map).astype(np.float32)

    def names(self, Y: Float[np.ndarray, "n dy"]) -> Float32[np.ndarray, "n dy"]:
        """Embeddings of what classes are called."""
        return unit(unit(Y) - self.name_mean).astype(np.float32)

    def captions(self, Y: Float[np.ndarray, "n dy"]) -> Float32[np.ndarray, "n dy"]:
        """Embeddings of sentences about a picture."""
        return unit(unit(Y) - self.caption_mean).astype(np.float32)

    def pairs(self, pairs: Pairs) -> Pairs:
        """Each pair by its kind; the texts of one class or picture keep one and the same row."""
        rows, captions = pairs.comes_from("head")[:, None], pairs.comes_from("captions")[:, None]
        # Once for each group: the last bits of a product hang on where a row stands, and aligners tell by equal rows
        # which texts belong together.
        first = pairs.first_rows()
        x = np.where(rows[first], self.prototypes(pairs.x[first]), self.images(pairs.x[first]))
        y = np.where(captions, self.captions(pairs.y), self.names(pairs.y))
        return replace(pairs, x=x[pairs.group], y=y)


def _mean(rows: np.ndarray, weight: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Weighted mean of the rows of a kind; of all rows where the kind does not occur."""
    where = where if where.any() else ~where
    return np.average(rows[where], axis=0, weights=weight[where]).astype(np.float32)
