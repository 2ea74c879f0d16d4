"""Controls: pairs from which nothing can be learnt; a result should vanish when they take the place of true ones.

A score that a control reaches too is no evidence of alignment. `Pairs.permuted` is the sharpest: both clouds stay what
they are, and only who belongs to whom is lost. The others keep less of the image side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from headword.arrays import unit
from headword.errors import UnknownName
from headword.pairs.pairs import Pairs

__all__ = ["CONTROLS", "control", "gaussian", "untrained"]


def gaussian(pairs: Pairs, seed: int) -> Pairs:
    """Every class gets a row drawn from a normal distribution with the mean and covariance of all rows."""
    rows = pairs.x[pairs.first_rows()].astype(np.float64)
    mean, n = rows.mean(axis=0), len(rows)
    # A random mixture of centred rows has their covariance, however few they are; so has one of their triangular
    # factor's, which is no longer than they are wide.
    centred = rows - mean
    root = centred if n <= rows.shape[1] else np.linalg.qr(centred, mode="r")
    mixture = np.random.default_rng(seed).normal(size=(n, len(root))) / np.sqrt(n)
    drawn = unit(mean + mixture @ root).astype(np.float32)
    return replace(pairs, x=drawn[pairs.group])


def untrained(pairs: Pairs, seed: int) -> Pairs:
    """Every class gets the row it had before training: uniform numbers, as linear layers are initialised with."""
    shape = (int(pairs.group.max()) + 1, pairs.x.shape[1])
    drawn = unit(np.random.default_rng(seed).uniform(-1.0, 1.0, size=shape)).astype(np.float32)
    return replace(pairs, x=drawn[pairs.group])


CONTROLS: dict[str, Callable[[Pairs, int], Pairs]] = {
    "gaussian": gaussian,
    "permuted": Pairs.permuted,
    "untrained": untrained,
}


def control(name: str) -> Callable[[Pairs, int], Pairs]:
    """The control of that name.

    Raises:
        UnknownName: There is none.
    """
    if name not in CONTROLS:
        raise UnknownName(f"the control {name!r}", f"known: {', '.join(CONTROLS)}", "use one of these names")
    return CONTROLS[name]
