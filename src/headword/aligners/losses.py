"""Losses over a batch of pairs, in torch.

    cosine       Σᵢ wᵢ (1 − cᵢᵢ) / W                                                                weight recycling
    squared      Σᵢ wᵢ ‖vᵢ − uᵢ‖² / (d W)
    contrastive  Σᵢ wᵢ ½ [log(eᵢᵢ + Σⱼ wⱼ eᵢⱼ) + log(eᵢᵢ + Σⱼ wⱼ eⱼᵢ) − 2 log eᵢᵢ] / W,   e = exp(c / τ)   InfoNCE
    sigmoid      [Σᵢ wᵢ softplus(−t cᵢᵢ − b) + Σᵢⱼ wᵢ wⱼ softplus(t cᵢⱼ + b)] / W²                            SAIL
    rank         Σᵢ wᵢ Σⱼ wⱼ max(0, margin − sᵢᵢ + sᵢⱼ) / W,   s = u · n(v)                                  DeViSE
    structure    Σᵢ wᵢ JS(Pᵢ, Qᵢ) / W                                                                     STRUCTURE

u is the image side and v the text side as their maps give them, c their cosines, w the pairs' weights, W their sum.
Sums over j leave out i itself and what else is no negative of i (see `negatives`). Weights stand where they do so that
a pair of weight 2 is the same pair twice, in every loss.

A b × b matrix is made a block of rows at a time and gone before the next: one of 32,768 pairs would take 4 GB. But for
`structure`, whose walks need whole matrices, several at once: batches of some thousand pairs are its limit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from headword.aligners.negatives import false_negatives, related_places
from headword.arrays import chunks

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "PairBatch",
    "contrastive_loss",
    "cosine_loss",
    "rank_loss",
    "sigmoid_loss",
    "squared_loss",
    "structure_loss",
]

BLOCK = 1024
"""Rows of a matrix of all scores that are held at once."""

TINY = 1e-12


@dataclass(frozen=True, eq=False)
class PairBatch:
    """Pairs of one step, as tensors.

    Attributes:
        x: (b, dx) image side, as given.
        y: (b, dy) text side, as given.
        image: (b, k) image side, mapped.
        text: (b, k) text side, mapped.
        weight: (b,) importance of each pair.
        group: (b,) class or picture of each pair.
        related: (r, 2) groups of which one is a kind of the other, each two in one order only, in the batch or not.
    """

    x: Tensor
    y: Tensor
    image: Tensor
    text: Tensor
    weight: Tensor
    group: Tensor
    related: Tensor

    def false_negatives(self, rows: slice, duplicate: float) -> Tensor:
        """(rows, b) which pairs are no negatives of which."""
        return false_negatives(self.group, self.y, self._related_places, rows, duplicate)

    @cached_property
    def _related_places(self) -> Tensor:
        return related_places(self.group, self.related)


def cosine_loss(batch: PairBatch) -> Tensor:
    """Mean of 1 − cosine; no negatives."""
    cosine = (_unit(batch.image) * _unit(batch.text)).sum(dim=1)
    return _mean(1 - cosine, batch.weight)


def squared_loss(batch: PairBatch) -> Tensor:
    """Mean squared difference of coordinates."""
    return _mean((batch.image - batch.text).square().mean(dim=1), batch.weight)


def contrastive_loss(batch: PairBatch, temperature: Tensor | float, duplicate: float) -> Tensor:
    """Cross entropy of each pair against its negatives, mean of both directions."""
    import torch

    sides = _unit(batch.image), _unit(batch.text)

    def _part(rows: slice, one: Tensor, other: Tensor, temperature: Tensor | float) -> Tensor:
        own = (one[rows] * other[rows]).sum(dim=1, keepdim=True) / temperature
        scores = one[rows] @ other.T / temperature + batch.weight.log()
        scores = scores.masked_fill(batch.false_negatives(rows, duplicate), -torch.inf)
        above = torch.logsumexp(torch.cat([own, scores], dim=1), dim=1) - own[:, 0]
        return (above * batch.weight[rows]).sum()

    both = _by_block(_part, *sides, temperature) + _by_block(_part, *sides[::-1], temperature)
    return both / (2 * batch.weight.sum())


def sigmoid_loss(batch: PairBatch, scale: Tensor, bias: Tensor, duplicate: float) -> Tensor:
    """Every pair of rows by itself: together or not."""
    from torch.nn.functional import softplus

    def _part(rows: slice, image: Tensor, text: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
        own = scale * (image[rows] * text[rows]).sum(dim=1) + bias
        apart = softplus(scale * (image[rows] @ text.T) + bias).masked_fill(batch.false_negatives(rows, duplicate), 0.0)
        return ((softplus(-own) + apart @ batch.weight) * batch.weight[rows]).sum()

    return _by_block(_part, _unit(batch.image), _unit(batch.text), scale, bias) / batch.weight.sum() ** 2


def rank_loss(batch: PairBatch, margin: float, duplicate: float) -> Tensor:
    """How far wrong texts come within a margin of the right one; the mapped image keeps its length."""

    def _part(rows: slice, image: Tensor, text: Tensor) -> Tensor:
        own = (image[rows] * text[rows]).sum(dim=1, keepdim=True)
        short = (
            (margin - own + image[rows] @ text.T).clamp(min=0).masked_fill(batch.false_negatives(rows, duplicate), 0.0)
        )
        return (short @ batch.weight * batch.weight[rows]).sum()

    return _by_block(_part, batch.image, _unit(batch.text)) / batch.weight.sum()


def structure_loss(given: Tensor, mapped: Tensor, weight: Tensor, levels: int, temperature: float) -> Tensor:
    """How much a map changes who is whose neighbour: 0 where it changes no cosine.

    P is a random walk over the rows, Pᵢⱼ ∝ wⱼ exp(zᵢ·zⱼ / τ) with z the unit rows minus their mean. The walks of both
    spaces are compared after 1…L steps by the Jensen-Shannon divergence, ½ KL(P‖M) + ½ KL(Q‖M) with M = ½ (P + Q).
    """
    import torch

    before, after = (_walk(rows, weight, temperature) for rows in (given, mapped))
    one, other = before, after
    total = torch.zeros((), device=weight.device)
    for level in range(levels):
        if level:
            one, other = one @ before, other @ after
        middle = ((one + other) / 2).clamp(min=TINY).log()
        for walk in (one, other):
            apart = walk * (walk.clamp(min=TINY).log() - middle)
            total = total + _mean(apart.sum(dim=1), weight) / 2
    return total / levels


def _walk(rows: Tensor, weight: Tensor, temperature: float) -> Tensor:
    z = _unit(rows)
    z = z - weight @ z / weight.sum()
    return (z @ z.T / temperature + weight.log()).softmax(dim=1)


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    return values @ weight / weight.sum()


def _unit(rows: Tensor) -> Tensor:
    from torch.nn.functional import normalize

    return normalize(rows, eps=TINY)


def _by_block(part: Callable[..., Tensor], *arguments: Any) -> Tensor:
    """The sum of `part` over blocks of rows; of several, each has its gradient taken and is then forgotten."""
    import torch

    blocks = chunks(len(arguments[0]), BLOCK)
    if len(blocks) == 1:
        return part(blocks[0], *arguments)
    learning = {i: each for i, each in enumerate(arguments) if isinstance(each, torch.Tensor) and each.requires_grad}
    leaves = {i: each.detach().requires_grad_() for i, each in learning.items()}
    gradients = {i: torch.zeros_like(each) for i, each in leaves.items()}
    total = torch.zeros((), device=arguments[0].device)
    for rows in blocks:
        value = part(rows, *(leaves.get(i, each) for i, each in enumerate(arguments)))
        total = total + value.detach()
        for i, gradient in zip(leaves, torch.autograd.grad(value, list(leaves.values())), strict=True):
            gradients[i] += gradient
    # These terms are 0; all they add is the gradient.
    return total + sum(((each - each.detach()) * gradients[i]).sum() for i, each in learning.items())
