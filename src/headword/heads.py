"""The head of a classifier: one prototype per class, with the class it stands for."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from jaxtyping import Float, Float32
from safetensors import SafetensorError
from safetensors.numpy import load_file

from headword._repr import short_repr
from headword.arrays import as_matrix, unit
from headword.errors import InputError, LabelMismatch
from headword.labels.label_set import LabelSet

__all__ = ["Head"]

_DAMAGED = (
    OSError, EOFError, ValueError, LookupError, TypeError, RuntimeError, BadZipFile, zlib.error, SafetensorError,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Head:
    """A classifier's last linear layer.

    Attributes:
        weight: (C, d) float32, one row per class.
        bias: (C,) float32; zeros where the layer has none.
        labels: The classes, in the order of the rows.
        layer: Where it was read, for messages: "head.fc of timm/convnext_base.fb_in22k".
    """

    weight: Float32[np.ndarray, "c d"]
    bias: Float32[np.ndarray, " c"]
    labels: LabelSet
    layer: str = "arrays"

    __repr__ = short_repr

    def __post_init__(self) -> None:
        weight = as_matrix(self.weight, f"the weight of {self.layer}")
        bias = np.asarray(self.bias, dtype=np.float32)
        if bias.shape != (len(weight),) or not np.isfinite(bias).all():
            raise InputError(
                f"a finite bias of length {len(weight)}, one for each row of {self.layer}",
                f"shape {bias.shape}",
                "pass the bias of the same layer, or zeros",
            )
        if len(self.labels) != len(weight):
            raise LabelMismatch(
                f"one label for each of the {len(weight)} rows of {self.layer}",
                f"{len(self.labels)} labels ({self.labels.name})",
                "pass labels= with the classes in the order of the rows",
            )
        object.__setattr__(self, "weight", weight)
        object.__setattr__(self, "bias", bias)

    @property
    def dim(self) -> int:
        """Width of the embedding the head reads."""
        return int(self.weight.shape[1])

    @property
    def prototypes(self) -> Float32[np.ndarray, "c d"]:
        """L2-normalised rows of the weight."""
        return unit(self.weight)

    def __len__(self) -> int:
        return len(self.weight)

    def take(self, rows: Sequence[int] | np.ndarray) -> Head:
        """The head restricted to `rows` (integer indices or a boolean mask), in that order.

        Raises:
            InputError: As `LabelSet.take`.
        """
        labels = self.labels.take(rows)
        index = np.asarray(rows)
        return Head(self.weight[index], self.bias[index], labels, self.layer)

    def logits(self, embeddings: Float[np.ndarray, "n d"]) -> Float32[np.ndarray, "n c"]:
        """`embeddings @ weight.T + bias`: what the classifier itself would answer."""
        return as_matrix(embeddings, "embeddings", width=self.dim) @ self.weight.T + self.bias

    @classmethod
    def load(cls, path: str | Path, labels: LabelSet | Sequence[str] | str | Path | None = None) -> Head:
        """Reads `weight` and, where there is one, `bias` from a `.npz` or `.safetensors` file.

        Args:
            path: The file.
            labels: A label set, a list of names, the name of a known set or a label file; `None` takes the
                known set of that width where there is just one.

        Raises:
            InputError: No such file, another format, or no matrix called `weight` in it.
            LabelMismatch: The labels do not fit the rows.
        """
        weight, bias = _read_arrays(Path(path).expanduser())
        return cls(weight, bias, LabelSet.resolve(labels, len(weight), str(path)), str(path))


def _read_arrays(path: Path) -> tuple[np.ndarray, np.ndarray]:
    asked = f"a head from {path}"
    if not path.is_file():
        raise InputError(asked, "no such file", "pass a .npz or .safetensors file")
    if path.suffix not in (".npz", ".safetensors"):
        raise InputError(asked, f"the ending {path.suffix!r}", "pass a .npz or .safetensors file")
    try:
        if path.suffix == ".safetensors":
            arrays = load_file(path)
        else:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
                arrays = dict(archive)
    except _DAMAGED as error:
        raise InputError(asked, f"it cannot be read: {error}", "write it again, as float32") from error
    names = [name for name in arrays if name == "weight" or name.endswith(".weight")]
    if len(names) != 1 or arrays[names[0]].ndim != 2:
        raise InputError(
            f"{asked}: one matrix called 'weight'",
            f"arrays {sorted(arrays)}",
            "keep only the head's weight and bias in it",
        )
    weight = arrays[names[0]]
    bias = arrays.get(names[0].removesuffix("weight") + "bias", np.zeros(len(weight), np.float32))
    return weight, bias
