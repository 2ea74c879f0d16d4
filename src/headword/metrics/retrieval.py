"""Figures of retrieval, from rows of the shared space: captions find pictures, pictures find captions.

A picture has several captions, so "recall at k" has two readings; here each has its own name:

    recall@k_any        is any right one among the first k?               (what CLIP's papers call recall)
    recall@k_fraction   which share of the right ones is among them?      (what textbooks call recall)

A caption has one picture: for it the two are one. Ties count against.

Scores are exact. Rows are rounded to multiples of about 2⁻²⁶ of their norm, which changes a score by less than float32
would; products and their sums then fit into float64 without any rounding (their sizes are bounded by Cauchy-Schwarz).
So equal rows tie exactly and figures do not depend on how scores are cut into blocks, on threads or on the linear
algebra library.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Float64, Int64

from headword._progress import progress_bar
from headword._repr import short_repr
from headword.arrays import as_matrix, chunks
from headword.errors import InputError

__all__ = ["Ranks", "exact_rows", "retrieval_chance", "retrieval_ranks"]

DIGITS = 26
"""Binary digits of a row's entries: two such numbers multiply, and add up, within the 53 of a float64."""

IMAGES, CAPTIONS = 256, 4_096
"""Scores held at once: 8 MiB."""


@dataclass(frozen=True, eq=False)
class Ranks:
    """Where the right ones stand.

    Attributes:
        images: How many pictures there are.
        image_of: (m,) the picture of each caption.
        image_rank: (m,) position of its picture among all pictures, for each caption; 1 is best.
        caption_rank: (m,) position of each caption among all captions, for its picture.
    """

    images: int
    image_of: Int64[np.ndarray, " m"]
    image_rank: Int64[np.ndarray, " m"]
    caption_rank: Int64[np.ndarray, " m"]

    __repr__ = short_repr

    def text_to_image(self, ks: Sequence[int] = (1, 5, 10)) -> dict[str, Float64[np.ndarray, " m"]]:
        """Values of each caption by metric; a metric is their mean, "t2i_median_rank" the median of "t2i_rank"."""
        found: dict[str, Any] = {
            f"t2i_recall@{k}_{rule}": self.image_rank <= k for k in ks for rule in ("any", "fraction")
        }
        found |= {"t2i_precision@1": self.image_rank <= 1, "t2i_map": 1 / self.image_rank}
        return {key: each.astype(np.float64) for key, each in (found | {"t2i_rank": self.image_rank}).items()}

    def image_to_text(self, ks: Sequence[int] = (1, 5, 10)) -> dict[str, Float64[np.ndarray, " n"]]:
        """Values of each picture by metric; a metric is their mean, "i2t_median_rank" the median of "i2t_rank"."""
        order, nth = _nth_of_image(self.image_of, self.caption_rank)
        owner, position = self.image_of[order], self.caption_rank[order]
        sizes = np.bincount(owner, minlength=self.images)
        best = position[nth == 1]
        found: dict[str, Any] = {}
        for k in ks:
            found[f"i2t_recall@{k}_any"] = best <= k
            found[f"i2t_recall@{k}_fraction"] = np.bincount(owner, position <= k, minlength=self.images) / sizes
        found["i2t_precision@1"] = best <= 1
        found["i2t_map"] = np.bincount(owner, nth / position, minlength=self.images) / sizes
        return {key: each.astype(np.float64) for key, each in (found | {"i2t_rank": best}).items()}


def retrieval_ranks(
    images: Float[np.ndarray, "n d"],
    captions: Float[np.ndarray, "m d"],
    image_of: Int64[np.ndarray, " m"],
    *,
    show_progress: bool | None = False,
    block: tuple[int, int] = (IMAGES, CAPTIONS),
) -> Ranks:
    """Ranks all pictures for each caption and all captions for each picture, in one pass over their scores.

    Args:
        images: (n, d) pictures in the shared space; the score of a pair is the dot product.
        captions: (m, d) captions in the shared space.
        image_of: (m,) the picture of each caption; each picture has at least one.
        show_progress: A bar on stderr; `None` shows it on a terminal only.
        block: Pictures and captions whose scores are held at once.

    Raises:
        InputError: Rows of different widths or with NaN, or a picture without caption.
    """
    X, Y, image_of = _checked(images, captions, image_of)
    sizes = np.bincount(image_of, minlength=len(X))
    # Pictures with many captions first: those that still have an nth caption are then the first of their block.
    by_size = np.argsort(-sizes, kind="stable")
    owner = np.argsort(by_size)[image_of]
    order = np.argsort(owner, kind="stable")
    X, Y, owner = X[by_size], Y[order], owner[order]
    own = np.concatenate([np.einsum("md,md->m", X[owner[part]], Y[part]) for part in chunks(len(Y), 8 * CAPTIONS)])
    by_images, by_texts = _count(X, Y, owner, own, block, show_progress)
    ranks = np.empty((2, len(Y)), dtype=np.int64)
    ranks[0, order], ranks[1, order] = by_images, _among_wrong(owner, own, by_texts)
    return Ranks(len(X), image_of, ranks[0], ranks[1])


def retrieval_chance(image_of: Int64[np.ndarray, " m"], ks: Sequence[int] = (1, 5, 10)) -> dict[str, float]:
    """What a random order reaches, in closed form: the expected value of each metric, for median ranks the median.

    With g right ones of m: any among k is 1 - C(m - g, k) / C(m, k), the fraction is k / m, and average precision is
    (H + (m - H)(g - 1) / (m - 1)) / m, with H = 1 + 1/2 + … + 1/m.

    Args:
        image_of: (m,) the picture of each caption.
        ks: Of the recalls.
    """
    sizes = np.bincount(image_of)
    out: dict[str, float] = {}
    for way, right, total in (("t2i", np.ones(1, dtype=np.int64), len(sizes)), ("i2t", sizes, len(image_of))):
        counts, times = np.unique(right, return_counts=True)
        share = times / times.sum()
        reached = np.average([_any_hit(g, total) for g in counts.tolist()], axis=0, weights=times)
        for k in ks:
            out[f"{way}_recall@{k}_any"] = float(reached[min(k, total)])
            out[f"{way}_recall@{k}_fraction"] = min(k, total) / total
        out[f"{way}_precision@1"] = float(share @ counts) / total
        harmonic = (1 / np.arange(1, total + 1)).sum()
        precision = (harmonic + (total - harmonic) * (counts - 1) / max(total - 1, 1)) / total
        out[f"{way}_map"] = float(share @ precision)
        at_least, above = np.searchsorted(reached, [0.5 - 1e-7, 0.5 + 1e-7])
        out[f"{way}_median_rank"] = float(at_least + above) / 2
    return out


def exact_rows(rows: Float[np.ndarray, "n d"]) -> Float64[np.ndarray, "n d"]:
    """Rows rounded to so many digits that their dot products are exact.

    Args:
        rows: Finite numbers. The order of their dot products stays, but for what float32 would not resolve.
    """
    out = np.array(rows, dtype=np.float64)
    norms = np.sqrt(np.einsum("nd,nd->n", out, out))
    powers = np.ceil(np.log2(norms, out=np.zeros_like(norms), where=norms > 0)).astype(np.int32)
    # Rows of about one norm, as unit rows are, share one grid; much shorter ones have a finer grid of their own.
    digits = DIGITS - np.minimum(powers + 1, powers.max())[:, None]
    np.rint(np.ldexp(out, digits, out=out), out=out)
    return np.ldexp(out, -digits, out=out)


def _count(
    X: np.ndarray,
    Y: np.ndarray,
    owner: np.ndarray,
    own: np.ndarray,
    block: tuple[int, int],
    show_progress: bool | None,
) -> tuple[np.ndarray, np.ndarray]:
    """For each caption: pictures that score as high as its own or higher, and captions that do so for its picture."""
    images, texts = np.zeros(len(Y), np.int64), np.zeros(len(Y), np.int64)
    ends = np.searchsorted(owner, np.arange(len(X) + 1))
    blocks = chunks(len(X), block[0])
    for rows in progress_bar(blocks, show=show_progress, desc="ranking", unit="block", leave=False):
        first, sizes = ends[rows], np.diff(ends[rows.start : rows.stop + 1])
        # How many pictures of this block have an nth caption; sizes fall.
        having = [int((sizes > nth).sum()) for nth in range(int(sizes[0]))]
        for columns in chunks(len(Y), block[1]):
            scores = X[rows] @ Y[columns].T
            images[columns] += (scores >= own[columns]).sum(axis=0)
            for nth, some in enumerate(having):
                asked = first[:some] + nth
                found = scores[:some] >= own[asked, None]
                # Row by row: NumPy counts bits in a flat array five times as fast as along an axis.
                texts[asked] += [np.count_nonzero(row) for row in found]
    return images, texts


def _among_wrong(owner: np.ndarray, own: np.ndarray, as_high: np.ndarray) -> np.ndarray:
    """Positions of captions: the wrong ones that score as high stand before, of the right ones those that are better.

    `as_high` counts right ones too: the caption itself, its better ones, and those that tie with it.
    """
    order = np.lexsort((-own, owner))
    start = np.searchsorted(owner, owner)
    nth = np.empty(len(own), dtype=np.int64)
    nth[order] = np.arange(len(own)) - start[order] + 1
    new = np.ones(len(own), dtype=bool)
    new[1:] = (own[order][1:] != own[order][:-1]) | (owner[order][1:] != owner[order][:-1])
    last = np.append(np.flatnonzero(new)[1:], len(own))[np.cumsum(new) - 1]
    right_as_high = np.empty(len(own), dtype=np.int64)
    right_as_high[order] = last - start[order]
    return as_high - right_as_high + nth


def _nth_of_image(image_of: np.ndarray, rank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Captions by picture and rank, and the how many-th of its picture each is, from 1."""
    order = np.lexsort((rank, image_of))
    owner = image_of[order]
    return order, np.arange(len(order)) - np.searchsorted(owner, owner) + 1


def _any_hit(right: int, total: int) -> np.ndarray:
    """Probability that one of `right` among `total` is among the first k, for k = 0…total."""
    drawn = np.arange(total)
    return 1.0 - np.concatenate([[1.0], np.cumprod(np.maximum(total - right - drawn, 0) / (total - drawn))])


def _checked(images: Any, captions: Any, image_of: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    X = as_matrix(images, "pictures in the shared space")
    Y = as_matrix(captions, "captions in the shared space", width=X.shape[1])
    owner = np.asarray(image_of, dtype=np.int64)
    if owner.shape != (len(Y),) or owner.min() < 0 or len(np.unique(owner)) != len(X) or owner.max() >= len(X):
        raise InputError(
            f"the picture of each of {len(Y)} captions, with at least one caption for each of {len(X)} pictures",
            f"{len(owner)} numbers, {len(np.unique(owner))} different, from {owner.min(initial=0)} to "
            f"{owner.max(initial=0)}",
            "number pictures by their rows, from 0, and leave out those without captions",
        )
    return exact_rows(X), exact_rows(Y), owner
