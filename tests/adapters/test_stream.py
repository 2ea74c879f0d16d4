import numpy as np
import pytest

from headword.adapters import Careful
from headword.adapters.stream import Stream
from headword.errors import InputError


def streamed(f, batch=25):
    stream = Stream(f.plain)
    for start in range(0, len(f.image), batch):
        stream.partial_fit(f.image[start : start + batch])
    return stream


@pytest.mark.parametrize("seed", range(3))
def test_learns_from_pictures_seen_once(folder, seed):
    f = folder((200,) * 5, seed, misheard=0.3)
    found = streamed(f).adapted()
    assert found.mixing_weight > 0.3
    assert f.accuracy(found.logits(f.image, f.plain)) > f.accuracy(f.plain(f.image)) + 0.05


def test_nothing_heard_is_the_plain_scores(folder):
    f = folder()
    found = Stream(f.plain).adapted()
    np.testing.assert_array_equal(found.logits(f.image, f.plain), f.plain(f.image))
    assert found.class_priors.sum() == pytest.approx(1)


def test_one_picture_changes_nothing(folder):
    f = folder()
    stream = Stream(f.plain)
    stream.partial_fit(f.image[:1])
    np.testing.assert_array_equal(stream.adapted().logits(f.image, f.plain), f.plain(f.image))


def test_pictures_may_come_one_by_one(folder):
    f = folder((60,) * 5, misheard=0.3)
    stream = streamed(f, batch=1)
    assert stream.images == 300
    assert min(stream.counts.sum(axis=1)) == pytest.approx(150, abs=1e-3), "both halves hear every second one"
    assert f.accuracy(stream.adapted().logits(f.image, f.plain)) >= f.accuracy(f.plain(f.image))


def test_counts_and_sums_are_those_of_all_pictures(folder):
    f = folder()
    stream = streamed(f)
    assert stream.counts.sum() == pytest.approx(len(f.image), rel=1e-4)
    np.testing.assert_allclose(stream.sums.sum(axis=(0, 1)), f.image.sum(axis=0), rtol=1e-3, atol=1e-3)


def test_where_halves_disagree_the_plain_scores_stay(folder):
    f = folder((40,) * 10, 1, known=False, noise=0.8, misheard=0.0, habit=0.0)
    stream = Stream(f.plain, Careful(low=0.97, high=0.98))
    stream.partial_fit(f.image[:200])
    stream.partial_fit(f.image[200:])
    assert 0 < stream.adapted().report["agreement"] < 0.97
    assert stream.adapted().mixing_weight == 0


def test_another_width_is_refused(folder):
    with pytest.raises(InputError, match="pictures of the stream with 24 columns"):
        Stream(folder().plain).partial_fit(np.ones((2, 5)))
