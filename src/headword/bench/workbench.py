"""What the runs of a sweep share: encoders, data, pairs and the last fitted model, each made once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce
from operator import add
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from headword import datasets
from headword.bench.fitting import fit_model, only_classes, sample_images, split_classes
from headword.bench.plan import Fit, Run
from headword.bench.recipe import TaskSpec
from headword.cache.embeddings import EmbeddingCache
from headword.datasets import Captioned, Labelled
from headword.encoders import ImageEncoder, TextEncoder, load_image_encoder, load_text_encoder
from headword.errors import HeadwordError
from headword.heads import Head
from headword.model.aligned import AlignedModel
from headword.pairs.controls import control
from headword.pairs.from_datasets import image_pairs
from headword.pairs.pairs import Pairs
from headword.tasks.base import Result
from headword.tasks.table import Task, evaluate, registry

__all__ = ["FittedModel", "Workbench"]

T = TypeVar("T")


class _Last(Generic[T]):
    """Remembers the last thing made, or why it could not be made; two large encoders do not fit in memory."""

    _key: Any = None
    _value: T | None = None
    _error: HeadwordError | None = None

    def __call__(self, key: Any, make: Callable[[], T]) -> T:
        if self._key != (key,):
            self._key = self._value = self._error = None
            try:
                self._value = make()
            except HeadwordError as error:
                self._error = error
            self._key = (key,)
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]  # made, or the error was raised

    def holds(self, key: Any) -> bool:
        """Whether it is of this key, and could be made."""
        return self._key == (key,) and self._error is None


@dataclass(frozen=True, eq=False)
class FittedModel:
    """A model of a sweep.

    Attributes:
        model: The model.
        head: Rows of the classes that it may have learnt from; `None` where neither rows nor hiding were asked for.
        hidden: Ids of the classes that the fit did not see.
        pairs: Number of pairs it learnt from.
        seconds: Time of the fit, without encoding.
    """

    model: AlignedModel
    head: Head | None
    hidden: tuple[str, ...]
    pairs: int
    seconds: float


class Workbench:
    """Fits and evaluates the models of runs.

    Args:
        root: Folder that paths of data sets start at.
        cache: Stores the embeddings.
        device: Where encoders run.
        show_progress: Bars on stderr; `None` shows them on a terminal only.
    """

    def __init__(
        self, root: Path, cache: EmbeddingCache, device: str = "auto", show_progress: bool | None = None
    ) -> None:
        self.root, self.cache, self.show_progress = root, cache, show_progress
        self._options = {} if device == "auto" else {"device": device}
        self._image, self._text = _Last[ImageEncoder](), _Last[TextEncoder]()
        self._head, self._head_pairs = _Last[Head](), _Last[Pairs]()
        self._fitted = _Last[FittedModel]()
        self._digests: dict[str, str] = {}
        self._disjoint: set[tuple[str | None, ...]] = set()
        self._data: dict[tuple[str, str | None], _Last[Labelled | Captioned]] = {}

    def fingerprints(self, run: Run) -> dict[str, str]:
        """Fingerprints and versions of what a run uses: where one has changed, its row is out of date."""
        fit, spec = run.fit, run.spec
        found = {
            "image_encoder": self._fingerprint(fit.image_encoder, self.image),
            "text_encoder": self._fingerprint(fit.text_encoder, self.text),
            "data": self.data(spec.data, spec.split).version,
        }
        train = self._train(spec)
        if train is not None:
            found["train"] = train.version
        if fit.pair_data is not None:
            found["pair_data"] = self.data(fit.pair_data, fit.pair_split).version
        words = {"labels": fit.labels, "definitions": fit.definitions, "asked": spec.options.get("definitions")}
        files = {key: Path(value) for key, value in words.items() if value is not None}
        return found | {key: _digest(path) for key, path in files.items() if path.is_file()}

    def image(self, name: str) -> ImageEncoder:
        """The image encoder of that name, with its embeddings cached."""
        return self._image(name, lambda: self.cache.images(load_image_encoder(name, **self._options)))

    def text(self, name: str) -> TextEncoder:
        """The text encoder of that name, with its embeddings cached."""
        return self._text(name, lambda: self.cache.texts(load_text_encoder(name, **self._options)))

    def data(self, name: str, split: str | None) -> Labelled | Captioned:
        """A data set: its name, or a path below the root."""
        load = partial(datasets.load, name, root=self.root, split=split)
        return self._data.setdefault((name, split), _Last())((name, split), load)

    def fitted(self, fit: Fit, *, calibrate: bool = False) -> FittedModel:
        """The model of a fit; calibrated, where a task compares known and new names."""
        calibrate |= self._fitted.holds((fit, True))  # it gives the same scores
        return self._fitted((fit, calibrate), partial(self._fit, fit, calibrate=calibrate))

    def evaluate(self, run: Run) -> tuple[FittedModel, Result]:
        """Fits a model and runs the task.

        Raises:
            InputError: An image to learn from is among those to evaluate on.
        """
        spec = run.spec
        self._require_disjoint(run.fit, spec)
        task: Task = registry[spec.task]
        # An adaptation needs probabilities, and known beside new names the offset.
        calibrate = "known" in task.inputs or bool(spec.options.get("adapt"))
        fitted = self.fitted(run.fit, calibrate=calibrate)
        data = self.data(spec.data, spec.split)
        if spec.classes == "hidden" and isinstance(data, Labelled):
            data = only_classes(data, fitted.hidden)
        # Labels are defined as they were for the fit, unless the task says otherwise.
        own = {"definitions": run.fit.definitions} if "definitions" in task.options else {}
        found = evaluate(
            spec.task,
            fitted.model,
            data,
            train=self._train(spec),
            known=fitted.head,
            refit=partial(self._refit, run.fit),
            seed=run.seed,
            options={**own, **spec.options},
            show_progress=self.show_progress,
        )
        return fitted, found[0]

    def _require_disjoint(self, fit: Fit, spec: TaskSpec) -> None:
        pair = (fit.pair_data, fit.pair_split, spec.data, spec.split)
        if fit.pair_data is not None and pair not in self._disjoint:
            datasets.disjoint(self.data(fit.pair_data, fit.pair_split), self.data(spec.data, spec.split))
            self._disjoint.add(pair)

    def _train(self, spec: TaskSpec) -> Labelled | Captioned | None:
        named = spec.train is not None or spec.train_split is not None
        return self.data(spec.train or spec.data, spec.train_split) if named else None

    def _fingerprint(self, name: str, load: Callable[[str], ImageEncoder] | Callable[[str], TextEncoder]) -> str:
        # Under one name an image encoder and a text encoder are two.
        key = f"{load.__name__} {name}"
        if key not in self._digests:
            self._digests[key] = load(name).fingerprint
        return self._digests[key]

    def _fit(self, fit: Fit, extra: Pairs | None = None, *, calibrate: bool = False) -> FittedModel:
        head, visible, hidden, seed = None, np.arange(0), tuple[str, ...](), fit.seed or 0
        image, text = self.image(fit.image_encoder), self.text(fit.text_encoder)
        if fit.recycle or fit.hide:
            head = self._head((fit.image_encoder, fit.labels), lambda: image.head(fit.labels))
            visible, unseen = split_classes(len(head), fit.hide, seed)
            hidden = tuple(head.labels.ids[row] for row in unseen)
        parts = [] if extra is None else [extra]
        if fit.recycle and head is not None:
            rows = self._of_head(fit, head).take(visible)
            parts.insert(0, rows if fit.control == "none" else control(fit.control)(rows, seed))
        if fit.pairs:
            some = sample_images(self.data(str(fit.pair_data), fit.pair_split), fit.pairs, seed)
            parts.append(image_pairs(some, image, text, show_progress=self.show_progress))
        pairs = reduce(add, parts)
        known = None if head is None else head.take(visible)
        labels = known.labels if fit.recycle and known is not None else None
        model, seconds = fit_model(image, text, pairs, labels, fit, calibrate=calibrate)
        return FittedModel(model, known, hidden, len(pairs), seconds)

    def _refit(self, fit: Fit, shots: Pairs) -> AlignedModel:
        """The same with the pairs of a few pictures added."""
        return self._fit(fit, shots).model

    def _of_head(self, fit: Fit, head: Head) -> Pairs:
        text = self.text(fit.text_encoder)
        key = (fit.image_encoder, fit.text_encoder, fit.labels, fit.definitions)
        make = partial(Pairs.from_head, head, text, definitions=fit.definitions, show_progress=self.show_progress)
        return self._head_pairs(key, make)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
