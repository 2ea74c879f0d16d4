"""What a fit learns from, hidden classes and sampled images, and the fit itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Int64

from headword.aligners import Aligner, registry
from headword.aligners.sequential import MIXES
from headword.bench.plan import Fit
from headword.datasets import Captioned, Labelled
from headword.encoders import ImageEncoder, TextEncoder
from headword.errors import InputError
from headword.labels.label_set import LabelSet
from headword.model.aligned import AlignedModel
from headword.model.alignment import FOLDS, FittedPairs, fit_pairs
from headword.model.calibration import UNCALIBRATED, Calibration
from headword.pairs.pairs import Pairs
from headword.tasks.few_shot import draw_shots

__all__ = ["aligner_of", "fit_model", "only_classes", "sample_images", "split_classes"]


def split_classes(classes: int, hide: int, seed: int) -> tuple[Int64[np.ndarray, " s"], Int64[np.ndarray, " h"]]:
    """Rows of the head to learn from, and those to hide: the last of `RandomState(seed).permutation(classes)`.

    Raises:
        InputError: Fewer than two classes would be left.
    """
    if not hide:
        return np.arange(classes), np.arange(0)
    if hide > classes - 2:
        raise InputError(f"to hide {hide} classes", f"a head of {classes}", "hide fewer")
    order = np.random.RandomState(seed).permutation(classes)  # the generator of the unseen-class protocol
    return order[:-hide], order[-hide:]


def only_classes(data: Labelled, ids: Sequence[str]) -> Labelled:
    """The pictures of the classes with these ids, with these classes alone as candidates.

    Raises:
        InputError: The data set has none of them.
    """
    rows = [row for row, key in enumerate(data.labels.ids) if key in set(ids)]
    place = np.full(len(data.labels), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    inside = place[data.targets] >= 0
    if not inside.any():
        raise InputError(
            f"pictures of {len(ids)} hidden classes in {data.name}",
            "none of its pictures is of a class with such an id",
            "take data whose classes have the ids of the head's, as wnids are for ImageNet",
        )
    part = data.take(inside)
    return replace(part, targets=place[part.targets], labels=data.labels.take(rows))


def sample_images(data: Captioned | Labelled, images: int, seed: int) -> Captioned | Labelled:
    """Some pictures: so many of all where they have captions, so many of each class where they have classes.

    Those of a smaller number are among those of a larger one.

    Raises:
        InputError: There are not as many.
    """
    if isinstance(data, Labelled):
        asked = f"{data.name} ({data.split})"
        return data.take(draw_shots(data.targets, len(data.labels), images, seed, asked))
    if images > len(data):
        raise InputError(f"{images:,} pictures to learn from", f"{len(data):,} in {data.name}", "ask for fewer")
    return data.take(np.sort(np.random.default_rng(seed).permutation(len(data))[:images]))


def fit_model(
    image: ImageEncoder, text: TextEncoder, pairs: Pairs, labels: LabelSet | None, fit: Fit, *, calibrate: bool
) -> tuple[AlignedModel, float]:
    """What `align_pairs` makes, and the seconds of the aligner's fit alone.

    Args:
        image: Gave the image side.
        text: Gave the text side.
        pairs: What to learn from.
        labels: Of the head's rows among the pairs.
        fit: Names the aligner, and how pairs of several kinds are mixed.
        calibrate: Hide classes in turn, as `align_pairs` does, which is five fits more; without, the model gives the
            same scores, but no probabilities, and does not compare known names with new ones.
    """
    fitted = fit_pairs(pairs, aligner_of(fit), mix=fit.mix or MIXES[0], weight_ratio=fit.weight_ratio)
    calibration, validation = fitted.validate() if calibrate else (_scale(fitted), ())
    return fitted.model(image, text, pairs, labels, calibration, validation), fitted.seconds


def _scale(fitted: FittedPairs) -> Calibration:
    """Labels are compared by scores, as those of a model of `align` are, and over the same rows."""
    pairs, captions = fitted.pairs, fitted.pairs.comes_from("captions")
    for asked in (pairs.is_name, ~captions, captions):
        first = pairs.first_rows(asked)
        if len(first) >= 2 * FOLDS:
            return Calibration.from_rows(fitted.aligner.transform_image(pairs.x[first]))
    return UNCALIBRATED


def aligner_of(fit: Fit) -> Aligner:
    """The aligner of a fit; the seed reaches it where it draws and its parameters do not say otherwise."""
    aligner: Aligner = registry[fit.kind](**fit.parameters)
    if fit.seed is not None and "seed" in aligner.get_params() and "seed" not in fit.parameters:
        aligner.set_params(seed=fit.seed)
    return aligner
