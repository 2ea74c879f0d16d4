"""Pictures prepared ahead: order, bad ones, closing, memory, the bar."""

import gc
import io
import threading
import time

import numpy as np
import pytest
from PIL import Image

from headword.errors import BadImageError, InputError

torch = pytest.importorskip("torch")

from headword.encoders.batches import iter_batches  # noqa: E402
from headword.encoders.transform import Preprocess  # noqa: E402

SMALL = Preprocess(resize=8, crop=(8, 6), interpolation="bicubic", mean=(0.5,) * 3, std=(0.5,) * 3)


def grey(level):
    return np.full((8, 8, 3), level, np.uint8)


def level(image):
    """A transform that tells which picture it saw."""
    return torch.full((1, 1, 1), float(np.asarray(image)[0, 0, 0]))


def feed_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("headword-feed")]


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    if feed_threads():  # an iterator in a cycle with a traceback
        gc.collect()
    assert not feed_threads()


@pytest.mark.parametrize("workers", [None, 1, 2, 5])
@pytest.mark.parametrize("batch_size", [1, 4, 7, 100])
def test_order_is_kept(workers, batch_size):
    def slow_at_first(image):
        time.sleep(0.02 if np.asarray(image)[0, 0, 0] < 3 else 0)
        return level(image)

    items = [grey(n) for n in range(20)]
    batches = list(iter_batches(items, slow_at_first, batch_size=batch_size, workers=workers))
    assert [p for batch in batches for p in batch.positions] == list(range(20))
    assert [i for batch in batches for i in batch.ids] == [f"image {n}" for n in range(20)]
    assert torch.cat([batch.pixels for batch in batches]).flatten().tolist() == list(range(20))
    assert all(len(batch.ids) <= batch_size for batch in batches)


def test_bad_pictures_are_reported_at_their_place_and_the_rest_go_on(tmp_path):
    Image.fromarray(grey(9)).save(tmp_path / "good.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "good.png").read_bytes()[:50])
    items = ["absent.png", tmp_path / "good.png", tmp_path / "cut.png", b"", grey(3)]
    first, second, third = iter_batches(items, level, batch_size=2)
    assert (first.positions, first.ids, len(first.pixels)) == ([], [], 0)
    assert [(bad.id, bad.position) for bad in first.bad] == [("absent.png", 0)]
    assert (second.positions, second.ids) == ([1], [str(tmp_path / "good.png")])
    assert second.pixels.flatten().tolist() == [9]
    assert [(bad.id, bad.position) for bad in second.bad] == [(str(tmp_path / "cut.png"), 2)]
    assert (third.positions, third.pixels.flatten().tolist()) == ([4], [3])
    assert [(bad.id, bad.position) for bad in third.bad] == [("image 3", 3)]
    assert "empty" in third.bad[0].reason


def test_the_first_batches_are_smaller():
    batches = iter_batches([grey(0)] * 200, level, batch_size=32)
    assert [len(batch.ids) for batch in batches] == [4, 8, 16, 32, 32, 32, 32, 32, 12]


def test_strict_raises_at_the_first_bad_picture():
    batches = iter_batches([grey(0), grey(1), b"", grey(3)], level, batch_size=1, strict=True)
    assert next(batches).positions == [0]
    assert next(batches).positions == [1]
    with pytest.raises(BadImageError, match=r"image 2 \(position 2\)(.|\n)*empty"):
        next(batches)


def test_a_preprocess_keeps_bytes_and_channels_last():
    (batch,) = iter_batches([grey(5), grey(6)], SMALL, batch_size=16)
    assert batch.pixels.dtype == torch.uint8
    assert batch.pixels.shape == (2, 3, 8, 6)
    assert batch.pixels.is_contiguous(memory_format=torch.channels_last)
    assert batch.pixels[1].unique().tolist() == [6]
    torch.testing.assert_close(SMALL.normalise(batch.pixels)[0], torch.full((3, 8, 6), 5 / 127.5 - 1))


def test_a_preprocess_has_large_jpegs_decoded_small():
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((512, 512, 3), np.uint8)).save(buffer, "JPEG")
    sizes = []

    class Watched(Preprocess):
        def __call__(self, image):
            sizes.append(image.size)
            return super().__call__(image)

    watched = Watched(resize=16, crop=(16, 16), interpolation="bicubic", mean=(0.5,) * 3, std=(0.5,) * 3)
    list(iter_batches(buffer.getvalue(), watched, batch_size=1))
    list(iter_batches(buffer.getvalue(), watched, batch_size=1, size_hint=65))
    assert sizes == [(64, 64), (512, 512)]


def test_it_reads_ahead_but_not_far():
    drawn = []

    def pictures():
        for n in range(1000):
            drawn.append(n)
            yield grey(n % 256)

    batches = iter_batches(pictures(), level, batch_size=4, workers=1)
    assert not drawn
    next(batches)
    assert len(drawn) == 1 + 2 + 4
    next(batches)
    assert len(drawn) == 1 + 2 + 4 + 4
    batches.close()


def test_the_next_batch_is_prepared_while_the_caller_works():
    seen = threading.Semaphore(0)

    def signalling(image):
        seen.release()
        return level(image)

    batches = iter_batches([grey(n) for n in range(6)], signalling, batch_size=3, workers=1)
    next(batches)
    assert all(seen.acquire(timeout=10) for _ in range(6))
    batches.close()


@pytest.mark.parametrize("leave", ["break", "raise", "close", "interrupt", "forget"])
def test_leaving_early_stops_the_threads_at_once(leave):
    started = []

    def slow(image):
        started.append(1)
        time.sleep(0.01)
        return level(image)

    batches = iter_batches((grey(0) for _ in range(10_000)), slow, batch_size=20, workers=2)
    if leave == "forget":
        next(batches)
        del batches
    elif leave == "close":
        next(batches)
        batches.close()
    else:
        error = {"raise": RuntimeError, "interrupt": KeyboardInterrupt, "break": None}[leave]
        try:
            for _ in batches:
                if error:
                    raise error
                break
        except (RuntimeError, KeyboardInterrupt):
            pass
        del batches
    gc.collect()
    assert not feed_threads()
    # One batch was drawn, and of the others only what was under way before.
    assert len(started) < 70


def test_one_that_is_never_started_starts_nothing():
    batches = iter_batches([grey(0)], level, batch_size=1)
    assert not feed_threads()
    del batches


def test_errors_of_the_transform_and_of_the_items_come_out():
    def broken(image):
        raise ZeroDivisionError("in the transform")

    with pytest.raises(ZeroDivisionError, match="in the transform"):
        list(iter_batches([grey(0)], broken, batch_size=1))

    def items():
        yield grey(0)
        raise LookupError("in the items")

    with pytest.raises(LookupError, match="in the items"):
        list(iter_batches(items(), level, batch_size=1))


@pytest.mark.parametrize(
    ("items", "options", "message"),
    [
        ([], {}, "empty collection"),
        ([3], {}, "type int"),
        ("absent.png", {}, "no such file"),
        ([grey(0)], {"batch_size": 0}, "at least one"),
        ([grey(0)], {"workers": -1}, "at least one"),
    ],
)
def test_bad_arguments_are_errors_at_once(items, options, message):
    with pytest.raises(InputError, match=message):
        iter_batches(items, level, **{"batch_size": 2, **options})


def test_the_bar_counts_pictures_on_stderr(capsys):
    list(iter_batches([grey(0), b"", grey(2)], level, batch_size=2, show_progress=True, description="embed"))
    out, err = capsys.readouterr()
    assert not out
    assert "embed" in err
    assert "3/3" in err
    list(iter_batches([grey(0)], level, batch_size=2))
    list(iter_batches([grey(0)], level, batch_size=2, show_progress=False))
    assert capsys.readouterr() == ("", "")
