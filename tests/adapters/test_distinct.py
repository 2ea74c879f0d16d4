import tracemalloc

import numpy as np

from headword.adapters.distinct import distinct


def rows(n=50):
    return np.random.default_rng(0).normal(size=(n, 6)).astype(np.float32)


def test_each_row_once_in_an_order_of_its_own():
    x = rows()
    twice = np.concatenate([x, x[::-1], x[:7]])
    shuffled = twice[np.random.default_rng(1).permutation(len(twice))]
    first, second = twice[distinct(twice)], shuffled[distinct(shuffled)]
    assert len(first) == len(x)
    np.testing.assert_array_equal(first, second)
    assert {each.tobytes() for each in first} == {each.tobytes() for each in x}


def test_the_order_says_nothing_of_the_rows():
    x = np.linspace(-1, 1, 4000, dtype=np.float32)[:, None] * np.ones(3, np.float32)
    assert abs(np.corrcoef(distinct(x), np.arange(4000))[0, 1]) < 0.06


def test_minus_zero_is_zero():
    assert len(distinct(np.array([[0.0, 1.0], [-0.0, 1.0]], np.float32))) == 1


def test_no_copy_of_all_rows_is_made(monkeypatch):
    import headword.adapters.distinct as module

    monkeypatch.setattr(module, "BLOCK", 500)
    x = np.random.default_rng(0).normal(size=(20_000, 64)).astype(np.float32)
    tracemalloc.start()
    try:
        distinct(x)
        assert tracemalloc.get_traced_memory()[1] < x.nbytes / 2
    finally:
        tracemalloc.stop()


def test_all_different_rows_are_kept_across_blocks(monkeypatch):
    import headword.adapters.distinct as module

    x = rows()
    whole = distinct(x)
    monkeypatch.setattr(module, "BLOCK", 7)
    np.testing.assert_array_equal(distinct(x), whole)


def test_of_copies_the_first_stays():
    image = rows(6)
    image[3] = image[5] = image[1]
    assert sorted(distinct(image)) == [0, 1, 2, 4]
    assert sorted(distinct(image[::-1])) == [0, 1, 3, 5]


def test_one_bit_makes_another_picture():
    image = np.repeat(rows(1), 2, axis=0)
    image[1, 0] = np.nextafter(image[0, 0], np.float32(2))
    assert sorted(distinct(image)) == [0, 1]
