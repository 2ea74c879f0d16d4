"""What all tests share: types and shapes checked at run time, a planted world, and the data folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from jaxtyping import config, install_import_hook
from threadpoolctl import threadpool_limits

# One thread in each process that runs tests: to share out matrices as small as these costs many times what they do.
# NumPy is loaded by now, and `single_threaded` limits it; PyTorch is not, and reads this when it is.
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

assert "headword" not in sys.modules, "headword was imported before its shapes could be checked"
install_import_hook("headword", "typechecks.judged")

import headword as hw  # noqa: E402
import planted as world  # noqa: E402, the hook comes first
from headword.encoders import image_encoders, text_encoders  # noqa: E402

image_encoders.register("planted", world.Eye)
text_encoders.register("planted", world.Ear)


@pytest.fixture(scope="session", autouse=True)
def single_threaded() -> Iterator[None]:
    """Linear algebra on one thread, where its library was loaded before this file."""
    with threadpool_limits(1, user_api="blas"):
        yield


@pytest.fixture(scope="session")
def planted() -> ModuleType:
    """The module `planted`: WORDS, NEW_WORDS, picture(word, seed), and the encoders "planted/eye", "planted/ear"."""
    return world


@pytest.fixture(scope="session")
def planted_model() -> hw.AlignedModel:
    """`hw.align` on the planted world; not to be changed."""
    return hw.align("planted/eye", "planted/ear", definitions={})


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switches the checking of types and shapes off, where a test passes what a signature does not name."""
    monkeypatch.setattr(config, "jaxtyping_disable", True)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Pictures and embeddings too large for the repository."""
    default = Path(__file__).parents[2] / "shared" / "data"
    path = Path(os.environ.get("HEADWORD_DATA", default))
    if not path.is_dir():
        pytest.skip("no data folder: set HEADWORD_DATA to one")
    return path
