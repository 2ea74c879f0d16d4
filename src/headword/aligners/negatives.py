"""Which pairs of a batch are no negatives of one another: wrong pairs in name only.

So are pairs of the same group (texts of one class, captions of one picture), pairs of a class that is a kind of the
other ("poodle" and "dog"), and texts whose embeddings are nearly equal (one name for two classes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["false_negatives", "related_places"]


def false_negatives(group: Tensor, text: Tensor, related: Tensor, rows: slice, duplicate: float) -> Tensor:
    """(rows, b) which pairs are no negatives of which, for a slice of the rows.

    `text` are embeddings of norm 1 that are not mapped, `related` what `related_places` gave, `duplicate` the cosine of
    two texts beyond which neither is a negative of the other.
    """
    equal = group[rows, None] == group
    one, other = related[(related[:, 0] >= rows.start) & (related[:, 0] < rows.stop)].T
    equal[one - rows.start, other] = True
    return equal | (text[rows] @ text.T > duplicate)


def related_places(group: Tensor, related: Tensor) -> Tensor:
    """(m, 2) places of a batch at which two related groups meet, both ways round; no matrix of all groups is made."""
    import torch

    if not len(related):
        return related
    highest = int(torch.maximum(related.max(), group.max()))
    present = torch.zeros(highest + 1, dtype=torch.bool, device=group.device)
    present[group] = True
    both = related[present[related].all(dim=1)].contiguous()
    ordered, order = group.sort()
    start, stop = torch.searchsorted(ordered, both), torch.searchsorted(ordered, both, right=True)
    one, other = (stop - start).T
    # Every pair of the one group with every pair of the other: count through them, relation by relation.
    times = one * other
    which = torch.arange(len(both), device=group.device).repeat_interleave(times)
    step = torch.arange(len(which), device=group.device) - (times.cumsum(0) - times)[which]
    here = order[start[which, 0] + step // other[which]]
    there = order[start[which, 1] + step % other[which]]
    return torch.stack([torch.cat([here, there]), torch.cat([there, here])], dim=1)
