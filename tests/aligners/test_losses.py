"""Losses against direct computations; a pair of weight 2 is the same pair twice; blocks change nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from headword.aligners import losses
from headword.aligners.losses import PairBatch
from headword.aligners.negatives import related_places
from headword.arrays import unit

N, WIDTH = 7, 4

LOSSES: dict[str, Callable[[PairBatch], torch.Tensor]] = {
    "cosine": losses.cosine_loss,
    "squared": losses.squared_loss,
    "contrastive": lambda batch: losses.contrastive_loss(batch, torch.tensor(0.2), 0.95),
    "sigmoid": lambda batch: losses.sigmoid_loss(batch, torch.tensor(5.0), torch.tensor(-2.0), 0.95),
    "rank": lambda batch: losses.rank_loss(batch, 0.3, 0.95),
    "structure, one step": lambda batch: losses.structure_loss(batch.x, batch.image, batch.weight, 1, 0.3),
    "structure, three steps": lambda batch: losses.structure_loss(batch.x, batch.image, batch.weight, 3, 0.3),
}


def batch(n: int = N, seed: int = 0, **changed: np.ndarray) -> PairBatch:
    rng = np.random.default_rng(seed)
    arrays = {
        "x": unit(rng.normal(size=(n, 5))),
        "y": unit(rng.normal(size=(n, 6))),
        "image": rng.normal(size=(n, WIDTH)),
        "text": rng.normal(size=(n, WIDTH)),
        "weight": np.ones(n),
        "group": np.arange(n),
        "related": np.zeros((0, 2), dtype=int),
        **changed,
    }
    return PairBatch(**{name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()})


def taken(whole: PairBatch, rows: np.ndarray, weight: np.ndarray) -> PairBatch:
    picked = {name: value[torch.from_numpy(rows)] for name, value in vars(whole).items() if name != "related"}
    return PairBatch(**{**picked, "weight": torch.from_numpy(weight)}, related=whole.related)


@pytest.mark.parametrize("name", LOSSES)
def test_a_pair_of_weight_two_is_the_same_pair_twice(name):
    times = np.array([1, 2, 1, 3, 1, 1, 2])
    weighted = LOSSES[name](batch(weight=times.astype(float)))
    rows = np.repeat(np.arange(N), times)
    repeated = LOSSES[name](taken(batch(), rows, np.ones(len(rows))))
    assert float(weighted) == pytest.approx(float(repeated), rel=1e-9)
    assert float(weighted) != pytest.approx(float(LOSSES[name](batch())), rel=1e-3)


@pytest.mark.parametrize("name", LOSSES)
def test_only_the_ratio_of_weights_matters_where_the_loss_is_a_mean(name):
    weight = np.random.default_rng(1).uniform(0.5, 2, N)
    one, other = LOSSES[name](batch(weight=weight)), LOSSES[name](batch(weight=weight * 2))
    # Negatives count by their weight, so that only the losses without them are free of its scale.
    if name in ("cosine", "squared") or name.startswith("structure"):
        assert float(one) == pytest.approx(float(other), rel=1e-9)


@pytest.mark.parametrize("name", LOSSES)
def test_blocks_change_neither_the_loss_nor_its_gradient(name, monkeypatch):
    found = []
    for block in (1000, 3):
        monkeypatch.setattr(losses, "BLOCK", block)
        each = batch(weight=np.linspace(0.5, 2, N))
        each.image.requires_grad_()
        each.text.requires_grad_()
        loss = LOSSES[name](each)
        loss.backward()
        text = torch.zeros(1) if each.text.grad is None else each.text.grad
        found.append((loss.detach().numpy(), each.image.grad.numpy(), text.numpy()))
    for whole, in_blocks in zip(*found, strict=True):
        np.testing.assert_allclose(in_blocks, whole, rtol=1e-9, atol=1e-12)


def test_a_block_is_all_that_is_held(monkeypatch):
    monkeypatch.setattr(losses, "BLOCK", 16)
    sizes: list[int] = []
    plain = torch.nn.functional.softplus

    def spy(x: torch.Tensor) -> torch.Tensor:
        sizes.append(x.numel())
        return plain(x)

    monkeypatch.setattr(torch.nn.functional, "softplus", spy)
    each = batch(100)
    each.image.requires_grad_()
    losses.sigmoid_loss(each, torch.tensor(5.0), torch.tensor(-2.0), 0.95).backward()
    assert max(sizes) == 16 * 100  # of 100 * 100


def test_cosine_and_squared_are_their_equations():
    each = batch(weight=np.arange(1.0, N + 1))
    u, v, w = each.image.numpy(), each.text.numpy(), each.weight.numpy()
    cosine = np.average(1 - (unit(u) * unit(v)).sum(1), weights=w)
    assert float(losses.cosine_loss(each)) == pytest.approx(cosine)
    assert float(losses.squared_loss(each)) == pytest.approx(np.average(np.square(u - v).mean(1), weights=w))


def test_contrastive_is_the_cross_entropy_of_torch():
    each = batch()
    scores = torch.from_numpy(unit(each.image.numpy()) @ unit(each.text.numpy()).T) / 0.2
    own = torch.arange(N)
    expected = (torch.nn.functional.cross_entropy(scores, own) + torch.nn.functional.cross_entropy(scores.T, own)) / 2
    assert float(losses.contrastive_loss(each, 0.2, 0.95)) == pytest.approx(float(expected))


def test_sigmoid_is_its_equation():
    each = batch()
    scores = 5 * unit(each.image.numpy()) @ unit(each.text.numpy()).T - 2
    sign = 2 * np.eye(N) - 1
    expected = np.mean(np.log1p(np.exp(-sign * scores)))
    found = losses.sigmoid_loss(each, torch.tensor(5.0), torch.tensor(-2.0), 0.95)
    assert float(found) == pytest.approx(expected)


def test_rank_is_its_equation():
    each = batch()
    scores = each.image.numpy() @ unit(each.text.numpy()).T
    short = np.maximum(0, 0.3 - np.diag(scores)[:, None] + scores) * (1 - np.eye(N))
    assert float(losses.rank_loss(each, 0.3, 0.95)) == pytest.approx(short.sum(1).mean())


def test_what_is_the_same_is_no_negative():
    y = unit(np.random.default_rng(0).normal(size=(N, 6)))
    y[3] = unit(y[2:3] + 0.02)[0]  # the same name, nearly
    group = np.array([0, 0, 1, 2, 3, 4, 5])  # two captions of one picture
    each = batch(y=y, group=group)
    same = each.false_negatives(slice(0, N), 0.95).numpy()
    expected = np.eye(N, dtype=bool)
    expected[0, 1] = expected[1, 0] = expected[2, 3] = expected[3, 2] = True
    np.testing.assert_array_equal(same, expected)
    np.testing.assert_array_equal(each.false_negatives(slice(2, 4), 0.95).numpy(), expected[2:4])
    # Without any negative nothing is left to learn.
    alone = batch(group=np.zeros(N, dtype=int))
    assert float(losses.contrastive_loss(alone, 0.2, 0.95)) == pytest.approx(0)
    assert float(losses.rank_loss(alone, 0.3, 0.95)) == 0


NEGATIVES = ("contrastive", "sigmoid", "rank")


@pytest.mark.parametrize("name", NEGATIVES)
def test_a_related_pair_adds_nothing_to_the_loss(name):
    """With two pairs, related to one another, nothing is left but what each pair adds alone."""
    both = batch(2, related=np.array([(0, 1)]))
    alone = [LOSSES[name](taken(batch(2), np.array([row]), np.ones(1))) for row in (0, 1)]
    # SAIL's is a mean over b² pairs, the others over b.
    expected = sum(map(float, alone)) / (4 if name == "sigmoid" else 2)
    assert float(LOSSES[name](both)) == pytest.approx(expected)
    assert float(LOSSES[name](batch(2))) > expected + 0.01


def test_contrastive_without_related_pairs_is_its_equation():
    each = batch(related=np.array([(1, 4), (5, 1)]))
    scores = unit(each.image.numpy()) @ unit(each.text.numpy()).T / 0.2
    for one, other in ((1, 4), (4, 1), (1, 5), (5, 1)):
        scores[one, other] = -np.inf
    e = np.exp(scores)
    expected = np.mean(np.log(e.sum(0)) + np.log(e.sum(1)) - 2 * np.diag(scores)) / 2
    assert float(losses.contrastive_loss(each, 0.2, 0.95)) == pytest.approx(expected)


@pytest.mark.parametrize("name", NEGATIVES)
def test_related_pairs_in_blocks(name, monkeypatch):
    each = batch(related=np.array([(1, 4), (0, 6), (2, 3), (9, 3)]))
    whole = float(LOSSES[name](each))
    assert whole < float(LOSSES[name](batch())) - 1e-3
    monkeypatch.setattr(losses, "BLOCK", 2)
    each.image.requires_grad_()
    assert float(LOSSES[name](each).detach()) == pytest.approx(whole, rel=1e-9)


def test_related_groups_meet_at_all_their_places():
    rng = np.random.default_rng(0)
    group = rng.integers(0, 12, size=40)
    group[group == 7] = 8  # one that is not in the batch
    related = np.array([(0, 1), (0, 7), (3, 11), (7, 9), (2, 3), (5, 40)])
    found = related_places(torch.from_numpy(group), torch.from_numpy(related)).numpy()
    akin = {(a, b) for a, b in related.tolist()} | {(b, a) for a, b in related.tolist()}
    expected = {(i, j) for i in range(40) for j in range(40) if (group[i], group[j]) in akin}
    assert len(expected) > 20
    assert {tuple(each) for each in found.tolist()} == expected
    assert len(found) == len(expected)
    assert related_places(torch.from_numpy(group), torch.tensor([(7, 30)])).shape == (0, 2)


def test_no_matrix_of_all_groups_is_made(monkeypatch):
    sizes: list[int] = []
    plain = torch.zeros
    monkeypatch.setattr(torch, "zeros", lambda *shape, **options: sizes.append(shape[0]) or plain(*shape, **options))
    chain = np.stack([np.arange(19_999), np.arange(1, 20_000)], axis=1)
    assert len(related_places(torch.arange(0, 20_000, 50), torch.from_numpy(chain))) == 0
    assert sizes == [20_000]


def direct_structure(x: np.ndarray, a: np.ndarray, levels: int, temperature: float) -> float:
    """The regulariser as its equation has it, in loops."""

    def walk(rows: np.ndarray) -> np.ndarray:
        z = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        z = z - z.mean(axis=0)
        e = np.exp(z @ z.T / temperature)
        return e / e.sum(axis=1, keepdims=True)

    total = 0.0
    for level in range(1, levels + 1):
        p, q = (np.linalg.matrix_power(walk(rows), level) for rows in (x, a))
        middle = (p + q) / 2
        for row in range(len(x)):
            total += 0.5 * np.sum(p[row] * np.log(p[row] / middle[row])) / len(x)
            total += 0.5 * np.sum(q[row] * np.log(q[row] / middle[row])) / len(x)
    return total / levels


@pytest.mark.parametrize("levels", [1, 2, 4])
def test_structure_is_its_equation(levels):
    each = batch()
    found = losses.structure_loss(each.x, each.image, each.weight, levels, 0.3)
    assert float(found) == pytest.approx(direct_structure(each.x.numpy(), each.image.numpy(), levels, 0.3), rel=1e-9)
    assert float(found) > 0.001


def test_structure_is_zero_where_no_cosine_changes_and_blind_to_rotation():
    each, rng = batch(), np.random.default_rng(5)
    turn = torch.from_numpy(np.linalg.qr(rng.normal(size=(5, 5)))[0])
    longer = torch.from_numpy(rng.uniform(1, 3, size=(N, 1)))
    assert float(losses.structure_loss(each.x, each.x, each.weight, 2, 0.05)) == 0
    assert float(losses.structure_loss(each.x, longer * (each.x @ turn), each.weight, 2, 0.05)) < 1e-12
    around = torch.from_numpy(np.linalg.qr(rng.normal(size=(WIDTH, WIDTH)))[0])
    one, other = (
        losses.structure_loss(each.x, rows, each.weight, 1, 0.3) for rows in (each.image, each.image @ around)
    )
    assert float(one) == pytest.approx(float(other), rel=1e-9)
    # Jensen-Shannon in nats is at most log 2, and the same from either side.
    assert float(one) < np.log(2)
    assert float(losses.structure_loss(each.image, each.x, each.weight, 1, 0.3)) == pytest.approx(float(one))
