"""How far a folder bears out what was learnt from it, without a label: three figures between 0 and 1.

*Agreement* is stability under resampling (as for clusterings: Ben-Hur, Elisseeff, Guyon, PSB 2002): two halves of the
folder are learnt from apart, and both results label the whole. *Consistency* is the share of neighbours that get the
same label, *margin* by how much the best label's probability leads. The first is low where labels have nothing to hold
on to, the second falls where refinement tears apart what belongs together; these two decide how far `careful` goes. The
third goes along with nothing that refinement gains or costs, and is only reported.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Float32, Int64
from scipy.sparse import csr_array

__all__ = ["agreement", "consistency", "margin"]

Labeller = Callable[[np.ndarray], np.ndarray]


def agreement(
    learn: Callable[[np.ndarray], Labeller], image: Float32[np.ndarray, "n k"], *, splits: int, seed: int = 0
) -> float:
    """Share of pictures that get one and the same label from what two halves of them teach.

    Args:
        learn: From pictures to what labels pictures: (n, k) to (n,) numbers.
        image: (n, k) the pictures; a single one agrees with itself about nothing, which counts as 0.
        splits: How many times they are halved.
        seed: Of the halves.
    """
    if len(image) < 2:
        return 0.0
    draw, found = np.random.default_rng(seed), []
    for _ in range(splits):
        order = draw.permutation(len(image))
        one, other = (learn(image[np.sort(half)])(image) for half in np.array_split(order, 2))
        found.append(float((one == other).mean()))
    return float(np.mean(found))


def consistency(links: csr_array, labels: Int64[np.ndarray, " n"]) -> float:
    """Share of the weight between neighbours that joins equal labels; NaN where nothing is joined."""
    ends = links.tocoo()
    total = float(ends.data.sum())
    return float(ends.data[labels[ends.row] == labels[ends.col]].sum()) / total if total else float("nan")


def margin(probabilities: Float[np.ndarray, "n m"]) -> float:
    """Mean lead of the best label's probability over the second's; 1 where there is but one label."""
    if probabilities.shape[1] < 2:
        return 1.0
    best = np.partition(probabilities, -2, axis=1)[:, -2:]
    return float((best[:, 1] - best[:, 0]).mean())
