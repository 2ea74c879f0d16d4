"""The shared space drawn flat: prototypes, pictures and texts as places on a map.

Principal components keep distances as well as two directions can, and often show little but the gaps between kinds;
with the mean of each kind taken off they show what the kinds have in common. UMAP, where it is installed, keeps
neighbours and tears the rest apart, so distances between its islands mean nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from jaxtyping import Float

from headword.arrays import unit
from headword.datasets import Captioned
from headword.report.embedded_data import Classes, EmbeddedDataset, sample

__all__ = ["maps"]

MOST = 400
"""Points of a kind; more hide each other."""

FEWEST = 20
"""Points for UMAP, which looks for fifteen neighbours of each."""


def maps(classes: Classes | None, sets: Sequence[EmbeddedDataset], seed: int) -> list[dict[str, Any]]:
    """The maps, ready for JSON; none where there are fewer than three points.

    Args:
        classes: The classes of the model's head.
        sets: The data sets it is judged by.
        seed: Decides which points are drawn where there are many, and UMAP.
    """
    rows, places = _places(classes, sets, seed)
    if len(places) < 3:
        return []
    out = []
    for method, shown in (("PCA", rows), ("PCA, each kind centred", _centred(rows, places))):
        flat, share = _components(shown)
        out.append({"method": method, "kept": share, "seed": seed, "points": _placed(places, flat)})
    if len(places) >= FEWEST and find_spec("umap"):
        out.append({"method": "UMAP", "kept": None, "seed": seed, "points": _placed(places, _umap(rows, seed))})
    return out


@dataclass(frozen=True)
class Place:
    """What is at a place of a map.

    Attributes:
        kind: "prototype", "picture" or "text".
        name: What it is called.
        of: Number of the class, for a prototype and its name.
        cloud: Name of the cloud, which is centred as a whole.
    """

    kind: str
    name: str
    of: int | None
    cloud: str


def _places(
    classes: Classes | None, sets: Sequence[EmbeddedDataset], seed: int
) -> tuple[Float[np.ndarray, "p k"], list[Place]]:
    """Unit rows, and what each is."""
    rows, places = [], list[Place]()
    if classes is not None:
        for row in sample(len(classes.labels), MOST, seed):
            name = classes.labels.names[row]
            rows += [classes.shared_rows[row], classes.shared_names[row]]
            places += [Place("prototype", name, row, "prototypes"), Place("text", name, row, "names")]
    for place, each in enumerate(sets):
        images = sample(len(each.rows), MOST // len(sets), seed)
        rows += list(each.shared[images])
        places += [Place("picture", each.data.ids[each.rows[row]], None, f"pictures {place}") for row in images]
        texts = sample(len(each.texts), MOST // len(sets), seed)
        rows += list(each.shared_texts[texts])
        kind = "" if isinstance(each.data, Captioned) else " (asked for)"
        places += [Place("text", each.texts[row] + kind, None, f"texts {place}") for row in texts]
    return (unit(np.stack(rows)) if rows else np.zeros((0, 1), np.float32)), places


def _centred(rows: Float[np.ndarray, "p k"], places: Sequence[Place]) -> Float[np.ndarray, "p k"]:
    """Each cloud less its mean, unit again."""
    cloud = np.unique([place.cloud for place in places], return_inverse=True)[1]
    means = np.stack([rows[cloud == each].mean(axis=0) for each in range(cloud.max() + 1)])
    return unit(rows - means[cloud])


def _components(rows: Float[np.ndarray, "p k"]) -> tuple[Float[np.ndarray, "p 2"], float]:
    """The first two principal components, each with its largest loading positive, and their share of the variance."""
    centred = rows.astype(np.float64) - rows.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    if len(values) == 1:
        values, vectors = np.append(0.0, values), np.hstack([np.zeros((1, 1)), vectors])
    first = vectors[:, [-1, -2]]
    first *= np.where(first[np.abs(first).argmax(axis=0), [0, 1]] < 0, -1.0, 1.0)
    return centred @ first, float(values[-2:].sum() / max(values.sum(), np.finfo(np.float64).tiny))


def _umap(rows: Float[np.ndarray, "p k"], seed: int) -> Float[np.ndarray, "p 2"]:
    with warnings.catch_warnings():
        # UMAP warns that TensorFlow is not there, and that a seed costs its threads.
        warnings.simplefilter("ignore")
        umap = import_module("umap")
        found: np.ndarray = umap.UMAP(n_neighbors=15, metric="cosine", random_state=seed).fit_transform(rows)
    return found.astype(np.float64)


def _placed(places: Sequence[Place], flat: Float[np.ndarray, "p 2"]) -> list[dict[str, Any]]:
    return [
        {"kind": each.kind, "name": each.name, "of": each.of, "x": round(float(x), 5), "y": round(float(y), 5)}
        for each, (x, y) in zip(places, flat, strict=True)
    ]
