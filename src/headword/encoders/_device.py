"""Where and how precisely a network runs, and what happens when memory runs out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeVar

import torch

from headword.errors import InputError

__all__ = ["Halving", "pick_device", "precision"]

log = logging.getLogger("headword")

T = TypeVar("T")
_LOW = {"bfloat16": torch.bfloat16, "float16": torch.float16}


def pick_device(device: str) -> torch.device:
    """The device of that name; "auto" takes CUDA, else Apple's GPU, else the CPU.

    Raises:
        InputError: No such device here.
    """
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if device == "auto":
        return torch.device("cuda" if cuda else "mps" if mps else "cpu")
    try:
        chosen = torch.device(device)
    except RuntimeError as error:
        raise InputError(f"device={device!r}", "no such kind of device", "use auto, cpu, cuda or mps") from error
    if not {"cpu": True, "cuda": cuda, "mps": mps}.get(chosen.type, False):
        raise InputError(f"device={device!r}", "PyTorch finds none on this machine", "use device='auto' or 'cpu'")
    return chosen


@contextmanager
def precision(device: torch.device, dtype: str) -> Iterator[None]:
    """Autocast to half precision where `dtype` asks for it; "auto" does so on CUDA alone.

    Raises:
        InputError: `dtype` is none of auto, float32, bfloat16, float16.
    """
    if dtype not in ("auto", "float32", *_LOW):
        raise InputError(f"dtype={dtype!r}", "no such precision", "use auto, float32, bfloat16 or float16")
    if dtype == "auto" and device.type == "cuda":
        dtype = "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
    cast: AbstractContextManager[object] = nullcontext()
    if dtype in _LOW:
        cast = torch.autocast(device.type, _LOW[dtype])
    with cast:
        yield


class Halving:
    """Runs a batch in slices, half as long each time memory runs out, and remembers the length that fits."""

    def __init__(self) -> None:
        self.limit: int | None = None

    def __call__(self, run: Callable[[int, int], T], n: int) -> list[T]:
        """Returns `run(start, stop)` for consecutive slices that cover `range(n)`.

        Raises:
            RuntimeError: Memory runs out on a single item.
        """
        done: list[T] = []
        start = 0
        while start < n:
            size = min(self.limit or n, n - start)
            try:
                done.append(run(start, start + size))
            except RuntimeError as error:
                if size == 1 or not _out_of_memory(error):
                    raise
                self.limit = size // 2
                log.info("out of memory at %d a batch; going on with %d", size, self.limit)
            else:
                start += size
                continue
            # Outside the except clause: the traceback kept there would keep the failed batch alive.
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
        return done


def _out_of_memory(error: RuntimeError) -> bool:
    text = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in text or "can't allocate memory" in text
