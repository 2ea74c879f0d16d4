"""Where an unfinished fit waits: a folder for each fit, named after all that decides its result."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
from safetensors import SafetensorError

from headword._version import __version__
from headword.errors import InputError
from headword.storage import model_files as storage

__all__ = ["Checkpoint"]

log = logging.getLogger("headword")


class Checkpoint:
    """One fit's place in a folder; fits of other pairs or parameters have places of their own beside it.

    Args:
        folder: Of all checkpoints; made where it is missing.
        fingerprint: Hash of pairs and parameters.

    Raises:
        InputError: `folder` is a file.
    """

    def __init__(self, folder: str, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self.path = Path(folder) / fingerprint[:16]
        if Path(folder).exists() and not Path(folder).is_dir():
            raise InputError(f"checkpoint={folder!r}", "that is a file", "pass a folder, which need not exist yet")

    def read(self) -> dict[str, np.ndarray] | None:
        """What was last saved of this very fit; `None` where nothing was, or nothing that can be read."""
        if not self.path.exists():
            log.info("no checkpoint of these pairs and parameters in %s: training starts anew", self.path.parent)
            return None
        try:
            config, arrays = storage.read_model_folder(self.path)
        except InputError as error:
            log.warning("training starts anew: the checkpoint %s cannot be read (%s)", self.path, error.found)
            return None
        if config.get("fingerprint") != self.fingerprint:
            log.warning("training starts anew: %s is a checkpoint of other pairs or parameters", self.path)
            return None
        log.info("training goes on from %s", self.path)
        return arrays

    def write(self, arrays: dict[str, np.ndarray]) -> None:
        """Puts these in the place of what was saved before, in one move.

        Where that fails (the disk is full, another process keeps the same fit) training is worth more than its record.
        """
        try:
            storage.write_model_folder(self.path, {"headword": __version__, "fingerprint": self.fingerprint}, arrays)
        except (OSError, SafetensorError, InputError) as error:
            log.warning("training goes on, but where it stands could not be kept in %s (%s)", self.path, error)
