"""ZLaP: labels propagate over a graph of pictures and labels (Stojnić, Kalantidis and Tolias, CVPR 2024).

The nodes are n pictures and m labels. A picture is tied to its k nearest pictures by their cosine and, searched for
apart since the two kinds of similarity do not compare, to its k likeliest labels by their similarity s to a power γ:

    S = [A  C; Cᵀ 0],   Ŝ = D^(−½) S D^(−½),   Z = (I − αŜ)⁻¹ [0; I]

Row i of Z says how well picture i is reached from each label. The matrix is sparse and of condition
(1 + α) / (1 − α), so that conjugate gradients find Z in some ten products.

The paper's: the graph, k = 5, α = 0.3, conjugate gradients. Ours: s is the label's probability over that of the
picture's likeliest label, since cosines of an aligned model are not all positive. Where CLIP's cosines lie, about 0.25,
the paper's s⁵ is exp(0.2 · 100 s) but for a factor, 100 s being CLIP's logit: hence γ = 0.2. And for pictures that were
not seen: centred scores with prototypes half-way to the means of the pictures each label won, where the paper adds up
columns of the inverse, which takes all pictures to be kept. `assigned`, for the pictures themselves, is the paper's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from jaxtyping import Float32
from scipy.sparse import block_array, csr_array, diags_array

from headword.adapters.base import Adapted, Adapter, LinearScores
from headword.adapters.centre import centred
from headword.adapters.knn_graph import neighbours, ties
from headword.adapters.refine import moved
from headword.aligners.parameters import Count, NotNegative
from headword.arrays import top_k

__all__ = ["ZLaP", "affinity", "normalised", "propagated"]

TEXT_SHARE = 0.5
"""Share of a label's own direction in the prototypes for pictures that were not seen."""


@dataclass(eq=False, repr=False)
class ZLaP(Adapter):
    """Label propagation from text over unlabelled pictures.

    Args:
        k: Neighbours of a picture among pictures, and among labels.
        alpha: How far labels travel; near 0 only to the pictures tied to them.
        gamma: Power of the similarity of pictures and labels.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> means, classes = rng.normal(size=(3, 32)), np.arange(90) % 3
        >>> image = means[classes] + 0.7 * rng.normal(size=(90, 32))
        >>> text = means + 1.5 * rng.normal(size=(3, 32))
        >>> plain = LinearScores(text.astype(np.float32), np.zeros(3, np.float32), np.zeros(32, np.float32))
        >>> bool(np.mean(ZLaP().fit(image, plain).assigned.argmax(axis=1) == classes) > 0.9)
        True
    """

    k: Count = 5
    alpha: Annotated[float, (0.01, 0.999)] = 0.3
    gamma: NotNegative = 0.2

    def _fit(self, image: Float32[np.ndarray, "n k"], plain: LinearScores) -> Adapted:
        likeliest = self._likeliest(plain(image))
        edges = block_array([[affinity(image, self.k), likeliest], [likeliest.T, None]], format="csr")
        n, m = likeliest.shape
        sources = np.zeros((n + m, m), np.float32)
        sources[n:] = np.eye(m, dtype=np.float32)
        reached = np.maximum(propagated(normalised(edges), sources, self.alpha)[:n], 0)
        reached /= reached.sum(axis=1, keepdims=True)
        won = np.eye(m, dtype=np.float32)[reached.argmax(axis=1)]
        scores = centred(image, plain)
        scores = moved(scores, scores.seen(image), won, plain, TEXT_SHARE)
        return Adapted(scores, won.mean(axis=0), reached, report={"pictures": float(n)})

    def _likeliest(self, logits: Float32[np.ndarray, "n m"]) -> csr_array:
        """Similarities of pictures and their likeliest labels, (n, m), 1 for the likeliest."""
        columns = top_k(logits, self.k)
        best = np.take_along_axis(logits, columns, axis=1)
        weights = np.exp(self.gamma * (best - best[:, :1]))
        rows = columns.shape[1] * np.arange(len(columns) + 1)
        return csr_array((weights.ravel(), columns.ravel(), rows), shape=logits.shape)


def affinity(image: Float32[np.ndarray, "n k"], k: int, power: float = 1.0) -> csr_array:
    """(n, n) weights of pictures of norm 1 of which either is one of the other's k nearest: max(cosine, 0)^power."""
    return ties(*neighbours(image, k), power=power)


def normalised(edges: csr_array) -> csr_array:
    """D^(−½) S D^(−½) for symmetric weights S and their row sums D; a node without ties keeps none."""
    degree = np.asarray(edges.sum(axis=1)).ravel()
    root = diags_array(np.where(degree > 0, 1 / np.sqrt(np.where(degree > 0, degree, 1)), 0).astype(np.float32))
    return csr_array(root @ edges @ root)


def propagated(
    edges: csr_array, sources: Float32[np.ndarray, "v m"], alpha: float, tolerance: float = 1e-6
) -> Float32[np.ndarray, "v m"]:
    """(I − α Ŝ)⁻¹ times the sources, by conjugate gradients on all columns at once, to a relative `tolerance`."""
    found, residual = np.zeros_like(sources), sources.copy()
    step, power = residual.copy(), _squares(residual)
    enough = tolerance**2 * np.maximum(power, np.finfo(np.float32).tiny)
    for _ in range(10_000):
        if (power <= enough).all():
            break
        image = step - alpha * (edges @ step)
        along = np.where(power > 0, power / np.maximum(np.einsum("vm,vm->m", step, image), 1e-30), 0)
        found += along * step
        residual -= along * image
        before, power = power, _squares(residual)
        step = residual + power / np.maximum(before, 1e-30) * step
    return found


def _squares(columns: np.ndarray) -> np.ndarray:
    return np.einsum("vm,vm->m", columns, columns)
