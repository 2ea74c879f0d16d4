"""Pictures read, resized and stacked in threads while the network works on the batch before."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import torch
from jaxtyping import Shaped
from PIL import Image

from headword._progress import progress_bar
from headword.encoders.transform import Preprocess
from headword.errors import BadImageError, InputError
from headword.images.reading import BadImage, Source, find_images, iter_images, read_image

__all__ = ["ImageBatch", "iter_batches"]


@dataclass(frozen=True, eq=False)
class ImageBatch:
    """Pictures ready for the network, and those of the same stretch of the input that could not be read.

    Attributes:
        positions: Where each picture stood in the input.
        ids: Its path, or "image 3".
        pixels: What the transform made of them, stacked; empty where all of them are bad. A `Preprocess`
            gives uint8, a quarter of the traffic to a GPU: hand it to its `normalise` there.
        bad: The unreadable ones.
    """

    positions: list[int]
    ids: list[str]
    pixels: Shaped[torch.Tensor, "b c h w"]
    bad: list[BadImage]


def iter_batches(
    items: Any,
    transform: Callable[[Image.Image], torch.Tensor],
    *,
    batch_size: int,
    workers: int | None = None,
    strict: bool = False,
    size_hint: int | None = None,
    show_progress: bool | None = None,
    description: str = "encode",
) -> Iterator[ImageBatch]:
    """Yields pictures in order, in batches that threads prepare ahead: `workers` + 1 of them at most.

    Closing the iterator, or an exception in the loop over it, stops the threads at their next picture.

    Args:
        items: Whatever `find_images` takes; an iterator is drawn from as the network goes, not beforehand.
        transform: A `Preprocess`, or any function from an RGB picture to a (c, h, w) tensor.
        batch_size: Pictures in a batch. The first few are smaller, so that the network has something to do at
            once; a bad picture leaves its batch one short.
        workers: Threads; by default as many as cores, eight at most. Small pictures keep one of them busy for
            a twentieth of the time; photographs as a camera makes them occupy them all.
        strict: Raise at the first unreadable picture instead of reporting it.
        size_hint: As for `read_image`; a `Preprocess` knows its own.
        show_progress: A bar on stderr; `None` shows it on a terminal only.
        description: What the bar calls the work.

    Raises:
        InputError: `items` is empty or not pictures, or there is less than one of a batch or a thread.
        BadImageError: With `strict`, a picture cannot be read.
    """
    if batch_size < 1 or (workers is not None and workers < 1):
        raise InputError(
            "batches and threads of at least one", f"batch_size={batch_size}, workers={workers}", "raise them"
        )
    if size_hint is None and isinstance(transform, Preprocess):
        size_hint = transform.size_hint
    sources = iter_images(items) if isinstance(items, Iterator) else find_images(items)
    stop = threading.Event()

    def prepare(chunk: list[Source]) -> ImageBatch:
        return _prepare(chunk, transform, size_hint, strict, stop)

    batches = _ahead(_chunks(sources, batch_size), prepare, workers or _workers(), stop)
    total = len(sources) if isinstance(sources, list) else None
    return _shown(batches, total, description, show_progress)


def _workers() -> int:
    # What this process may use, which in a container is often less than what the machine has.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(8, cores)


def _chunks(sources: Iterable[Source], largest: int) -> Iterator[list[Source]]:
    rest, size = iter(sources), max(1, largest // 8)
    while chunk := list(islice(rest, size)):
        yield chunk
        size = min(2 * size, largest)


def _ahead(
    chunks: Iterator[list[Source]], prepare: Callable[[list[Source]], ImageBatch], workers: int, stop: threading.Event
) -> Generator[ImageBatch]:
    pool = ThreadPoolExecutor(workers, thread_name_prefix="headword-feed")
    try:
        pending = deque(pool.submit(prepare, chunk) for chunk in islice(chunks, workers + 1))
        while pending:
            batch = pending.popleft().result()
            pending.extend(pool.submit(prepare, chunk) for chunk in islice(chunks, 1))
            yield batch
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _shown(
    batches: Generator[ImageBatch], total: int | None, description: str, show: bool | None
) -> Generator[ImageBatch]:
    with closing(batches), progress_bar(show=show, total=total, desc=description, unit="picture") as bar:
        for batch in batches:
            yield batch
            bar.update(len(batch.ids) + len(batch.bad))


def _prepare(
    chunk: list[Source],
    transform: Callable[[Image.Image], torch.Tensor],
    size_hint: int | None,
    strict: bool,
    stop: threading.Event,
) -> ImageBatch:
    good: list[Source] = []
    bad: list[BadImage] = []
    tensors: list[torch.Tensor] = []
    for source in chunk:
        if stop.is_set():
            break
        try:
            image = read_image(source, size_hint=size_hint)
        except BadImageError as error:
            if strict:
                raise
            bad.append(BadImage(source.id, error.found, source.position))
            continue
        tensors.append(transform(image))
        good.append(source)
    # NumPy keeps the channels last where they are, and unlike torch starts no threads of its own.
    pixels = np.stack([tensor.numpy() for tensor in tensors]) if tensors else np.empty((0, 3, 0, 0), np.uint8)
    return ImageBatch([one.position for one in good], [one.id for one in good], torch.from_numpy(pixels), bad)
