"""The loop: epochs, steps, the rate's schedule, early stopping, checkpoints."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float32, Float64, Int64

from headword._progress import progress_bar
from headword.aligners.checkpoints import Checkpoint
from headword.aligners.losses import PairBatch, structure_loss
from headword.aligners.networks import RowMap
from headword.aligners.progress import SHOWN
from headword.aligners.trainable import Trainable
from headword.arrays import chunks
from headword.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["TrainingProblem", "TrainingRun", "learning_rate_share", "train"]

SAVE_SECONDS = 30.0
"""Time between checkpoints, for one may hold 100 MB: an interrupt costs no more work than this and an epoch."""

NOT_HASHED = {"checkpoint", "device"}
"""Parameters that decide nothing by their own value."""

Judge = Callable[[Mapping[str, np.ndarray]], float]


@dataclass(frozen=True, eq=False)
class TrainingProblem:
    """What is to be learnt from what.

    Attributes:
        aligner: Its parameters and its loss.
        networks: Maps of the image side and of the text side; `None` is the identity.
        epochs: How many, at most.
        judge: Gives the rank of hidden texts, more is better; `None` where none are hidden.
        pairs: X, Y and weights with the hidden ones, for the result depends on them too; and `related`.
        start: Parameters to start from; drawn by the seed where there are none.
        related: (r, 2) groups whose pairs are no negatives of one another.
        X: (n, dx) image side.
        Y: (n, dy) text side.
        weight: (n,) importance of each pair.
        group: (n,) class or picture of each pair.
    """

    aligner: Trainable
    networks: tuple[RowMap | None, RowMap | None]
    epochs: int
    judge: Judge | None
    pairs: tuple[np.ndarray, ...]
    start: Mapping[str, np.ndarray]
    related: Int64[np.ndarray, "r 2"]
    X: Float32[np.ndarray, "n dx"]
    Y: Float32[np.ndarray, "n dy"]
    weight: Float32[np.ndarray, " n"]
    group: Int64[np.ndarray, " n"]

    def fingerprint(self) -> str:
        """Of all that decides the result."""
        from headword.encoders._device import pick_device

        device = pick_device(self.aligner.device).type
        kept = {name: value for name, value in self.aligner.get_params().items() if name not in NOT_HASHED}
        settings: list[Any] = [type(self.aligner).__name__, self.epochs, self.judge is None, kept]
        if device != "cpu":  # it draws other numbers, and a CPU cannot go on from its generator
            settings.append(device)
        digest = hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode())
        for array in (*self.pairs, *(self.start[name] for name in sorted(self.start))):
            digest.update(repr(array.shape).encode() + array.tobytes())
        return digest.hexdigest()


def train(task: TrainingProblem) -> tuple[dict[str, np.ndarray], Float64[np.ndarray, "epochs 2"]]:
    """Trains, or goes on where a checkpoint ends.

    Returns:
        The parameters, of the best epoch where one is judged and else of the last; loss and rank of every epoch.

    Raises:
        InputError: The loss is no number any more; there is no such device.
    """
    checkpoint = Checkpoint(task.aligner.checkpoint, task.fingerprint()) if task.aligner.checkpoint else None
    saved = checkpoint.read() if checkpoint else None
    run = TrainingRun(task)
    if saved is not None:
        run.restore(saved)
    written = time.monotonic()
    with progress_bar(
        show=SHOWN.get(),
        total=task.epochs,
        initial=len(run.history),
        desc=type(task.aligner).__name__,
        unit="epoch",
        leave=False,
    ) as bar:
        while not run.ended():
            run.epoch()
            bar.set_postfix_str(f"loss {run.history[-1][0]:.4f}", refresh=False)
            bar.update()
            if checkpoint and (run.ended() or time.monotonic() - written >= SAVE_SECONDS):
                checkpoint.write(run.state())
                written = time.monotonic()
    return run.best or run.arrays(), np.array(run.history)


class TrainingRun:
    """Parameters, optimiser, generator and record, as they stand after `len(history)` epochs."""

    def __init__(self, task: TrainingProblem) -> None:
        import torch

        from headword.encoders._device import pick_device

        self.task, aligner = task, task.aligner
        self.device = pick_device(aligner.device)
        # Drawn on the CPU, so that every device starts from the same numbers.
        draw = torch.Generator().manual_seed(aligner.seed)
        start = {name: torch.tensor(value) for name, value in aligner._scalars().items()}
        self.sides = dict(zip(("image", "text"), task.networks, strict=True))
        for side, network in self.sides.items():
            start |= {f"{side}_{name}": value for name, value in (network.init(draw) if network else {}).items()}
        start |= {name: torch.from_numpy(value.copy()) for name, value in task.start.items()}
        self.parameters = {name: value.to(self.device).requires_grad_() for name, value in start.items()}
        self.generator = torch.Generator(self.device).manual_seed(aligner.seed)
        self.optimiser = self._adam()
        self.history: list[tuple[float, float]] = []
        self.best: dict[str, np.ndarray] = {}
        rows = (task.X, task.Y, task.weight, task.group)
        self.rows = [torch.from_numpy(each).to(self.device) for each in rows]
        self.related = torch.from_numpy(task.related).to(self.device)

    def _adam(self) -> Any:
        """AdamW; biases, norms and single numbers do not decay."""
        import torch

        matrices = [each for each in self.parameters.values() if each.ndim > 1]
        others = [each for each in self.parameters.values() if each.ndim < 2]
        groups = [{"params": matrices, "weight_decay": self.task.aligner.weight_decay}]
        if others:
            groups.append({"params": others, "weight_decay": 0.0})
        fused = self.device.type in ("cpu", "cuda")
        return torch.optim.AdamW(groups, betas=self.task.aligner.betas, fused=fused)

    def ended(self) -> bool:
        """Whether all epochs are done, or the best of them is too long ago."""
        done, patience = len(self.history), self.task.aligner.patience
        if self.task.judge is None or patience is None or not done:
            return done >= self.task.epochs
        since = int(np.argmax([rank for _, rank in reversed(self.history)]))
        return done >= self.task.epochs or since >= patience

    def epoch(self) -> None:
        """Goes through all pairs once, then looks for the hidden texts."""
        import torch

        n, done = len(self.task.X), len(self.history)
        order = torch.randperm(n, generator=self.generator, device=self.device)
        batches = [order[part] for part in chunks(n, self.task.aligner.batch_size)]
        total = torch.zeros((), device=self.device)
        for i, rows in enumerate(batches):
            total += self._step(rows, done * len(batches) + i, len(batches)) * len(rows)
        loss = float(total) / n
        # The loss is of before the last step, which may be the one that fails.
        if not (math.isfinite(loss) and all(bool(each.isfinite().all()) for each in self.parameters.values())):
            raise InputError(
                f"to train {type(self.task.aligner).__name__} with lr={self.task.aligner.lr:g}",
                f"a loss of {loss} in epoch {done + 1}, or weights that are no numbers after it",
                "pass a smaller lr",
            )
        rank = self.task.judge(self.arrays()) if self.task.judge else math.nan
        # Where all hidden texts are found, later is better.
        if rank >= max((each for _, each in self.history), default=-math.inf):
            self.best = self.arrays()
        self.history.append((loss, rank))

    def _step(self, rows: Tensor, step: int, per_epoch: int) -> Tensor:
        import torch

        aligner = self.task.aligner
        for part in self.optimiser.param_groups:
            part["lr"] = aligner.lr * learning_rate_share(step, per_epoch, self.task.epochs, aligner.warmup)
        self.optimiser.zero_grad()
        x, y, weight, group = (each[rows] for each in self.rows)
        batch = PairBatch(x, y, self._mapped("image", x), self._mapped("text", y), weight, group, self.related)
        loss = aligner._loss(batch, self.parameters)
        if aligner.structure:
            share = min(1.0, (step + 1) / max(aligner.structure_warmup, 1))
            loss = loss + aligner.structure * share * self._structure_loss(batch)
        torch.autograd.backward(loss)
        if aligner.clip is not None:
            torch.nn.utils.clip_grad_norm_(self.parameters.values(), aligner.clip)
        self.optimiser.step()
        with torch.no_grad():
            aligner._bound(self.parameters)
        return loss.detach()

    def _mapped(self, side: str, rows: Tensor) -> Tensor:
        network, prefix = self.sides[side], f"{side}_"
        if network is None:
            return rows
        own = {name.removeprefix(prefix): p for name, p in self.parameters.items() if name.startswith(prefix)}
        return network.forward_torch(own, rows, self.generator)

    def _structure_loss(self, batch: PairBatch) -> Any:
        """½ [R(image) + R(text)]; a side without a map keeps its structure."""
        aligner = self.task.aligner
        changed = {"image": (batch.x, batch.image), "text": (batch.y, batch.text)}
        total: Any = 0.0
        for side, (given, mapped) in changed.items():
            if self.sides[side] is not None:
                total += structure_loss(
                    given, mapped, batch.weight, aligner.structure_levels, aligner.structure_temperature
                )
        return total / 2

    def arrays(self) -> dict[str, np.ndarray]:
        """The parameters as they are now."""
        return {name: value.detach().cpu().numpy().copy() for name, value in self.parameters.items()}

    def state(self) -> dict[str, np.ndarray]:
        """All that the next epoch depends on; after the last one, only what is asked for."""
        if self.ended():
            kept = {f"best.{name}": value for name, value in (self.best or self.arrays()).items()}
            return {**kept, "history": np.array(self.history)}
        state = {f"best.{name}": value for name, value in self.best.items()}
        state |= {f"parameter.{name}": value for name, value in self.arrays().items()}
        for name, parameter in self.parameters.items():
            moments = self.optimiser.state[parameter]
            state |= {f"{each}.{name}": value.cpu().numpy() for each, value in moments.items()}
        return {**state, "generator": self.generator.get_state().numpy(), "history": np.array(self.history)}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Stands where `state` was taken."""
        import torch

        self.history = [(float(loss), float(rank)) for loss, rank in state["history"]]
        self.best = {name.removeprefix("best."): value for name, value in state.items() if name.startswith("best.")}
        if self.ended():
            return
        self.generator.set_state(torch.from_numpy(state["generator"]))
        for name, parameter in self.parameters.items():
            parameter.data.copy_(torch.from_numpy(state[f"parameter.{name}"]))
            self.optimiser.state[parameter] = {
                each: torch.from_numpy(state[f"{each}.{name}"]).to(self.device)
                for each in ("step", "exp_avg", "exp_avg_sq")
            }


def learning_rate_share(step: int, per_epoch: int, epochs: int, warmup: float) -> float:
    """Share of the full rate: up in a line, then down along a cosine, which without warm-up moves once an epoch."""
    total = epochs * per_epoch
    warm = round(warmup * total)
    if step < warm:
        return (step + 1) / warm
    at = step - warm if warm else step - step % per_epoch
    return 0.5 * (1 + math.cos(math.pi * at / (total - warm)))
