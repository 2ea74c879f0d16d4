"""Training of small maps on one thread: to share out matrices as small as these costs many times what they do."""

from __future__ import annotations

import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def one_torch_thread() -> None:
    torch.set_num_threads(1)
