"""`headword labels`: what a label set covers, and which of its names are repeated or ambiguous."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from headword.cli import _options as options
from headword.cli._common import Outcome, verb
from headword.cli._inputs import LABEL_FILES, image_encoder_of, is_saved_model, saved_labels
from headword.cli._options import argument, option
from headword.errors import InputError

if TYPE_CHECKING:
    from headword.labels.label_set import LabelSet

Source = Annotated[
    str, argument("SOURCE", "A known set, a label file, a saved model, or an image encoder with a head.")
]
Limit = Annotated[int, option("--limit -n", "How many repeated names to show; 0 shows all.", "N", min=0)]


@verb(
    "headword labels imagenet-21k --limit 3",
    "headword labels bundled/efficientnet-lite0",
    "headword labels classes.txt",
)
def run(source: Source, limit: Limit = 10, device: options.Device = "auto") -> Outcome:
    """Report what a label set covers.

    That is definitions, synonyms, repeated and ambiguous names. Names that stand for several classes are told
    apart by their definitions, where these differ.
    """
    from headword.labels.coverage import label_report
    from headword.report import label_grids

    report = label_report(_label_set(source, device))
    return Outcome({"labels": report.as_dict()}, label_grids(report, limit or None))


def _label_set(source: str, device: str) -> LabelSet:
    from headword.labels import is_known, registry
    from headword.labels.label_set import LabelSet

    path = Path(source)
    saved = saved_labels(source)
    if saved is not None:
        return saved
    if is_known(source):
        return LabelSet.named(source)
    if path.suffix in LABEL_FILES or path.is_file():
        return LabelSet.load(path)
    if "/" in source or is_saved_model(source) or path.is_dir():
        return image_encoder_of(source, device).head().labels
    raise InputError(
        f"the labels of {source!r}",
        "no known set, file, saved model or image encoder of that name",
        f"the sets are {', '.join(registry)}; encoders have a prefix, as in bundled/efficientnet-lite0",
    )
