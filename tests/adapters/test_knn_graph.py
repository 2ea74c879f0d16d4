from __future__ import annotations

import numpy as np
import pytest

from headword.adapters import knn_graph as module
from headword.adapters.knn_graph import graph, neighbours
from headword.arrays import unit
from headword.errors import InputError


def spread(n: int, width: int = 16, seed: int = 0) -> np.ndarray:
    return unit(np.random.default_rng(seed).standard_normal((n, width))).astype(np.float32)


def clustered(n: int = 3_000, clusters: int = 60, width: int = 64, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((clusters, width))
    rows = centres[rng.integers(clusters, size=n)] + rng.standard_normal((n, width))
    return unit(rows).astype(np.float32)


def brute(image: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    cosine = image.astype(np.float64) @ image.T.astype(np.float64)
    np.fill_diagonal(cosine, -np.inf)
    index = np.argsort(-cosine, axis=1, kind="stable")[:, :k]
    return index, np.take_along_axis(cosine, index, axis=1)


def recall(index: np.ndarray, image: np.ndarray) -> float:
    """Share of the answers as near as the k-th nearest other picture."""
    cosine = image @ image.T
    np.fill_diagonal(cosine, -np.inf)
    least = -np.partition(-cosine, index.shape[1] - 1, axis=1)[:, [index.shape[1] - 1]]
    return float(np.mean(np.take_along_axis(cosine, index, axis=1) >= least - 1e-5))


def valid(index: np.ndarray, cosine: np.ndarray, image: np.ndarray) -> bool:
    """Never the picture itself, nobody twice, its own cosine beside each, largest first."""
    own = (index == np.arange(len(image))[:, None]).any()
    twice = (np.diff(np.sort(index, axis=1), axis=1) == 0).any()
    right = np.allclose(cosine, np.einsum("nd,nkd->nk", image, image[index]), atol=1e-5)
    return bool(not own and not twice and right and (np.diff(cosine, axis=1) <= 0).all())


@pytest.fixture
def small_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells for thousands of pictures as they are for a hundred thousand: each meets a tenth of the others."""
    monkeypatch.setattr(module, "CELL_ROWS", 16)
    monkeypatch.setattr(module, "MIN_COMPARED", 300)


@pytest.mark.parametrize("k", [1, 5, 40])
def test_all_pairs_are_compared_where_pictures_are_few(k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 1_000)  # many blocks, and a last one that is not full
    image = spread(333)
    index, cosine = neighbours(image, k)
    expected, near = brute(image, k)
    np.testing.assert_array_equal(index, expected)
    np.testing.assert_allclose(cosine, near, atol=1e-6)


def test_cells_find_nine_neighbours_of_ten_and_a_tenth_of_the_pictures_by_chance(small_cells: None) -> None:
    image = clustered()
    index, cosine = neighbours(image, 5, exact_rows=1_000)
    assert valid(index, cosine, image)
    assert recall(index, image) >= 0.9
    shuffled = np.random.default_rng(0).permutation(len(image))
    assert recall(shuffled[index], image) < 0.05


def test_what_is_met_bounds_the_work(small_cells: None) -> None:
    image = clustered()
    rows, others = zip(*module.comparisons(image, 300, np.random.default_rng(0)), strict=True)
    np.testing.assert_array_equal(np.sort(np.concatenate(rows)), np.arange(len(image)))
    largest = 4 * module.CELL_ROWS
    assert max(map(len, rows)) <= largest
    assert all(300 <= len(each) < 300 + largest for each in others)
    assert all(np.isin(mine, each).all() and (np.diff(each) > 0).all() for mine, each in zip(rows, others, strict=True))


def test_same_seed_same_answer(small_cells: None) -> None:
    image = clustered()
    first, again, other = (neighbours(image, 3, exact_rows=10, seed=seed)[0] for seed in (4, 4, 5))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_equally_near_ones_come_by_their_place() -> None:
    image = np.repeat(np.eye(4, dtype=np.float32), 5, axis=0)
    index, cosine = neighbours(image, 6)
    np.testing.assert_array_equal(index[0], [1, 2, 3, 4, 5, 6])
    np.testing.assert_array_equal(index[7], [5, 6, 8, 9, 0, 1])
    np.testing.assert_array_equal(cosine[7], [1, 1, 1, 1, 0, 0])


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_a_crowd_of_copies_meets_copies_in_bounded_cells(share: float, small_cells: None) -> None:
    image = clustered()
    crowd = np.random.default_rng(2).permutation(len(image))[: int(share * len(image))]
    image[crowd] = image[crowd[0]]
    cells = module.cut_into_cells(image, np.arange(len(image)), np.random.default_rng(0))
    assert max(map(len, cells)) <= 4 * module.CELL_ROWS
    index, cosine = neighbours(image, 5, exact_rows=100)
    assert valid(index, cosine, image)
    np.testing.assert_allclose(cosine[crowd], 1, atol=1e-5)


def test_pictures_far_from_a_crowd_of_copies_keep_their_neighbours(small_cells: None) -> None:
    image = clustered()
    image[::2] = image[0]
    index, _ = neighbours(image, 5, exact_rows=100)
    assert recall(index, image) >= 0.95


@pytest.mark.parametrize("exact_rows", [20_000, 10])
def test_zero_rows_are_near_nobody(exact_rows: int, small_cells: None) -> None:
    image = clustered(600)
    image[100:400] = 0
    index, cosine = neighbours(image, 5, exact_rows=exact_rows)
    assert valid(index, cosine, image)
    np.testing.assert_array_equal(cosine[100:400], 0)


@pytest.mark.parametrize(("n", "k", "given"), [(1, 5, 0), (2, 5, 1), (4, 3, 3), (4, 9, 3)])
def test_no_more_neighbours_than_others(n: int, k: int, given: int) -> None:
    image = spread(n)
    index, cosine = neighbours(image, k)
    assert index.shape == cosine.shape == (n, given)
    assert (index.dtype, cosine.dtype) == (np.int64, np.float32)
    assert valid(index, cosine, image)


def test_more_neighbours_than_a_meeting(small_cells: None) -> None:
    image = clustered(1_000)
    index, cosine = neighbours(image, 700, exact_rows=100)
    assert index.shape == (1_000, 700)
    assert valid(index, cosine, image)


def test_no_neighbour_is_refused() -> None:
    with pytest.raises(InputError, match="k of at least 1"):
        neighbours(spread(3), 0)


def test_graph_by_hand() -> None:
    index = np.array([[1], [0], [1], [0]])
    cosine = np.array([[0.5], [0.5], [1.0], [-0.25]], np.float32)
    links = graph(index, cosine, power=2)
    expected = [[0, 1, 0, 0], [0.2, 0, 0.8, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
    np.testing.assert_allclose(links.toarray(), expected, atol=1e-6)
    assert links.dtype == np.float32
    assert links.nnz == 4


def test_a_pair_that_is_mutual_counts_once() -> None:
    image = clustered(200)
    index, cosine = neighbours(image, 4)
    links = graph(index, cosine)
    np.testing.assert_allclose(links.sum(axis=1), 1, atol=1e-5)
    weights = np.zeros((200, 200))
    np.put_along_axis(weights, index, np.maximum(cosine, 0), axis=1)
    weights = np.maximum(weights, weights.T)
    np.testing.assert_allclose(links.toarray(), weights / weights.sum(axis=1, keepdims=True), atol=1e-5)


def test_graph_of_one_picture_has_no_links() -> None:
    links = graph(*neighbours(spread(1), 5))
    assert (links.shape, links.nnz) == ((1, 1), 0)
