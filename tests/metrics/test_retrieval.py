"""Figures of retrieval: a world small enough to check by eye, an independent computation, and exactness."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import hypergeom
from sklearn.metrics import average_precision_score

from headword.arrays import unit
from headword.errors import InputError
from headword.metrics.retrieval import Ranks, exact_rows, retrieval_chance, retrieval_ranks

# Two pictures, five captions: scores are the captions' rows, since the pictures are the axes.
#   picture 0 owns captions 0, 1, 4;  picture 1 owns captions 2, 3
#   order for picture 0: 0 (.9) 2 (.8) 1 (.5) 3 (.4) 4 (.1);  for picture 1: 3 (.7) 0 (.3) 2 (.2) 4 (.15) 1 (.1)
PICTURES = np.eye(2)
CAPTIONS = np.array([[0.9, 0.3], [0.5, 0.1], [0.8, 0.2], [0.4, 0.7], [0.1, 0.15]])
IMAGE_OF = np.array([0, 0, 1, 1, 0])


@pytest.fixture(scope="module")
def small() -> Ranks:
    return retrieval_ranks(PICTURES, CAPTIONS, IMAGE_OF)


def test_positions_by_eye(small):
    assert small.image_rank.tolist() == [1, 1, 2, 1, 2]
    assert small.caption_rank.tolist() == [1, 3, 3, 1, 5]


def test_metrics_by_eye(small):
    images, texts = small.image_to_text((1, 3)), small.text_to_image((1, 3))
    assert images["i2t_recall@1_any"].tolist() == [1, 1]
    assert images["i2t_recall@1_fraction"].tolist() == pytest.approx([1 / 3, 1 / 2])
    assert images["i2t_recall@3_fraction"].tolist() == pytest.approx([2 / 3, 1])
    assert images["i2t_map"].tolist() == pytest.approx([(1 / 1 + 2 / 3 + 3 / 5) / 3, (1 / 1 + 2 / 3) / 2])
    assert images["i2t_rank"].tolist() == [1, 1]
    assert texts["t2i_recall@1_any"].tolist() == texts["t2i_recall@1_fraction"].tolist() == [1, 1, 0, 1, 0]
    assert texts["t2i_recall@3_any"].tolist() == [1, 1, 1, 1, 1]
    assert texts["t2i_map"].tolist() == [1, 1, 0.5, 1, 0.5]
    assert texts["t2i_precision@1"].tolist() == [1, 1, 0, 1, 0]


def test_any_hit_and_fraction_differ_where_one_of_two_is_found():
    values = retrieval_ranks(np.eye(2), np.array([[1, 0], [0, 0.5], [0, 1]]), np.array([0, 0, 1])).image_to_text((1,))
    assert values["i2t_recall@1_any"].tolist() == [1, 1]
    assert values["i2t_recall@1_fraction"].tolist() == [0.5, 1]


def test_ties_count_against():
    rows = np.ones((3, 4))
    found = retrieval_ranks(rows, rows[[0, 0, 0, 0, 0, 0]], np.array([0, 0, 1, 1, 2, 2]))
    assert found.image_rank.tolist() == [3] * 6
    # The four wrong ones stand before; the two right ones, which tie with each other, come fifth and sixth.
    assert sorted(found.caption_rank.tolist()) == [5, 5, 5, 6, 6, 6]


def world(seed: int = 0, n: int = 60, width: int = 16) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    image_of = np.concatenate([np.arange(n), rng.integers(0, n, 3 * n)])
    rng.shuffle(image_of)
    pictures = unit(rng.normal(size=(n, width)))
    return pictures, unit(pictures[image_of] + 0.5 * rng.normal(size=(4 * n, width))), image_of


def test_agrees_with_an_independent_computation():
    pictures, captions, image_of = world()
    found, scores = retrieval_ranks(pictures, captions, image_of), pictures @ captions.T
    images, texts = found.image_to_text((1, 5)), found.text_to_image((1, 5))
    for i in range(len(pictures)):
        truth = image_of == i
        first = np.argsort(-scores[i])
        assert images["i2t_map"][i] == pytest.approx(average_precision_score(truth, scores[i]))
        assert images["i2t_recall@5_any"][i] == truth[first[:5]].any()
        assert images["i2t_recall@5_fraction"][i] == pytest.approx(truth[first[:5]].sum() / truth.sum())
        assert images["i2t_precision@1"][i] == truth[first[0]]
        assert images["i2t_rank"][i] == 1 + np.flatnonzero(truth[first])[0]
    for j in range(len(captions)):
        truth = np.arange(len(pictures)) == image_of[j]
        assert texts["t2i_map"][j] == pytest.approx(average_precision_score(truth, scores[:, j]))
        assert texts["t2i_recall@5_any"][j] == truth[np.argsort(-scores[:, j])[:5]].any()


@pytest.mark.parametrize("block", [(1, 1), (7, 13), (60, 5), (3, 1_000)])
def test_blocks_change_nothing(block):
    # Twins among pictures and captions: rounding that differs from block to block would break their ties.
    pictures, captions, image_of = world(width=33)
    pictures[30:] = pictures[:30]
    captions[100:200] = captions[:100]
    whole = retrieval_ranks(pictures, captions, image_of, block=(1_000, 10_000))
    parts = retrieval_ranks(pictures, captions, image_of, block=block)
    np.testing.assert_array_equal(parts.image_rank, whole.image_rank)
    np.testing.assert_array_equal(parts.caption_rank, whole.caption_rank)
    assert whole.image_rank.min() == 2


@pytest.mark.parametrize("width", [3, 64, 1_025])
def test_products_of_exact_rows_are_exact(width):
    rng = np.random.default_rng(width)
    # Of very different lengths: each has a grid of its own.
    X, Y = (exact_rows(5.0 ** rng.integers(-9, 9, (9, 1)) * rng.normal(size=(9, width))) for _ in range(2))
    exact = [
        [sum(Fraction(a) * Fraction(b) for a, b in zip(x, y, strict=True)) for y in Y.tolist()] for x in X.tolist()
    ]
    shuffled = rng.permutation(width)
    for found in (X @ Y.T, X[:, shuffled] @ Y[:, shuffled].T, np.einsum("nd,md->nm", X, Y)):
        assert [[Fraction(value) for value in row] for row in found.tolist()] == exact


def test_exact_rows_are_the_rows():
    rows = np.random.default_rng(0).normal(size=(50, 20)).astype(np.float32)
    found = exact_rows(rows)
    np.testing.assert_allclose(found, rows, atol=1e-6)
    assert not exact_rows(np.zeros((2, 3), np.float32)).any()
    np.testing.assert_array_equal(exact_rows(1_024 * rows), 1_024 * found)


def test_a_long_row_does_not_blur_the_others():
    pictures, captions, image_of = world(n=30)
    alone = retrieval_ranks(pictures, captions, image_of)
    far = retrieval_ranks(
        np.vstack([pictures, 1e9 * np.eye(16)[:1]]), np.vstack([captions, -np.eye(16)[:1]]), np.append(image_of, 30)
    )
    before = captions[:, 0] > 0
    np.testing.assert_array_equal(far.image_rank[:-1], alone.image_rank + before)


def test_lengths_of_rows_matter_as_they_do_to_a_dot_product():
    # Some aligners score by more than a cosine.
    found = retrieval_ranks(np.array([[1.0, 0], [0.9, 0.1]]), np.array([[1.0, 0], [1.0, 0.0]]), np.array([0, 1]))
    assert found.image_rank.tolist() == [1, 2]


@pytest.mark.parametrize("shape", [(40, 1), (21, 5), (1, 3), (8, 2)])
def test_random_order_is_at_chance(shape):
    n, each = shape
    image_of, rng, rounds = np.repeat(np.arange(n), each), np.random.default_rng(0), 400
    chance = retrieval_chance(image_of, (1, 4))
    found = {key: [] for key in chance}
    for _ in range(rounds):
        # A random order of captions for each picture and of pictures for each caption.
        order = np.argsort(rng.random((n, n * each)), axis=1).argsort(axis=1) + 1
        texts = rng.integers(1, n + 1, n * each)
        ranks = Ranks(n, image_of, texts, order[image_of, np.arange(n * each)])
        values = ranks.image_to_text((1, 4)) | ranks.text_to_image((1, 4))
        for key in chance:
            found[key].append(values[key.replace("median_", "")])
    for key, values in found.items():
        if "median" in key:
            assert chance[key] == pytest.approx(np.median(values), abs=0.5), key
        else:
            means = np.mean(values, axis=1)
            assert means.mean() == pytest.approx(chance[key], abs=4 * means.std() / rounds**0.5 + 1e-9), key


def test_chance_by_eye():
    # Two pictures with three captions each.
    found = retrieval_chance(np.array([0, 0, 0, 1, 1, 1]), (1, 2, 10))
    assert found["i2t_recall@1_any"] == pytest.approx(1 / 2)
    assert found["i2t_recall@2_any"] == pytest.approx(1 - 3 / 6 * 2 / 5)
    assert found["i2t_recall@2_fraction"] == pytest.approx(2 / 6)
    assert found["i2t_recall@10_any"] == found["i2t_recall@10_fraction"] == found["t2i_recall@2_any"] == 1.0
    assert found["t2i_recall@1_any"] == found["t2i_precision@1"] == pytest.approx(0.5)
    assert found["t2i_map"] == pytest.approx((1 + 1 / 2) / 2)
    assert found["t2i_median_rank"] == 1.5
    assert found["i2t_median_rank"] == 1.5


def test_chance_of_any_hit_is_hypergeometric():
    sizes = [1, 2, 5]
    image_of = np.repeat(np.arange(3), sizes)
    expected = np.mean([1 - hypergeom(8, size, 4).pmf(0) for size in sizes])
    assert retrieval_chance(image_of, (4,))["i2t_recall@4_any"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("pictures", "captions", "image_of", "message"),
    [
        (np.eye(2), np.eye(2), [0, 0], "at least one caption for each of 2 pictures"),
        (np.eye(2), np.eye(2), [0, 2], "at least one caption for each"),
        (np.eye(2), np.eye(2), [-1, 0], "at least one caption for each"),
        (np.eye(2), np.eye(2), [0, 1, 1], "picture of each of 2 captions"),
        (np.eye(2) * np.nan, np.eye(2), [0, 1], "NaN or infinity in 2 of 2 rows"),
        (np.eye(2), np.eye(3), [0, 1, 1], "2 columns"),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_bad_input_is_refused(pictures, captions, image_of, message):
    with pytest.raises(InputError, match=message):
        retrieval_ranks(pictures, captions, np.array(image_of))
