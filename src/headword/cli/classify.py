"""`headword classify`: labels of one's own for pictures of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from headword.cli import _options as options
from headword.cli._common import Outcome, bars, command_line, flags, unread, verb
from headword.cli._inputs import adapter_of, find_sources, gather_labels, open_model
from headword.cli._options import option
from headword.errors import InputError

if TYPE_CHECKING:
    from headword.model.aligned import AlignedModel
    from headword.model.predictions import Predictions
    from headword.prompts.queries import Query

EXPLAINED = 5
"""Up to so many ambiguous labels are explained sense by sense; more would bury the answer."""

TopK = Annotated[int, option("--top-k -k", "How many labels to give.", "K", min=1)]
Known = Annotated[bool, option("--known", "Let the classes the classifier was trained on be answers too.")]
NoneOfThese = Annotated[bool, option("--none-of-these", "Let the answer be 'none of these'.")]
FalseAlarms = Annotated[
    float | None,
    option(
        "--false-alarms",
        "Share of pictures with none of the labels that may still get one, by default 0.1; implies --none-of-these.",
        "SHARE",
    ),
]
Adapt = Annotated[bool, option("--adapt", "First learn from these pictures, without labels for them.")]
Csv = Annotated[bool, option("--csv", "Print CSV on stdout: picture, rank, label, probability, similarity.")]


@verb(
    "headword classify lite0 holiday/ -l 'a lighthouse' -l 'a vineyard' -l 'my bicycle'",
    "headword classify lite0 holiday/ --labels 'a lighthouse, a vineyard' --adapt",
    "headword classify lite0 'zoo/*.jpg' --labels 'crane (bird), flamingo' --none-of-these --csv > zoo.csv",
)
def run(
    model: options.OpenModel,
    images: options.Images,
    label: options.LabelList = None,
    labels: options.LabelRow = None,
    labels_file: options.LabelFile = None,
    top_k: TopK = 5,
    known: Known = False,
    none_of_these: NoneOfThese = False,
    false_alarms: FalseAlarms = None,
    adapt: Adapt = False,
    method: options.Method = None,
    strict: options.Strict = False,
    definitions: options.DefinitionSource = "auto",
    text: options.OwnText = None,
    device: options.Device = "auto",
    as_csv: Csv = False,
) -> Outcome:
    """Find the labels that fit pictures best.

    A word with several meanings is listed; say which you mean in brackets: 'crane (bird)'. With --adapt, or --method,
    the model learns from the pictures first: the pictures of a folder tell much about what is in it.
    """
    _check(as_csv, known and bool(adapt or method), false_alarms)
    names = gather_labels(label, labels, labels_file)
    from headword.prompts.queries import query_labels
    from headword.report import predictions_csv, predictions_grid

    queries = query_labels(names, definitions)
    find_sources(images, "pictures to classify")
    adapter = adapter_of(method) if adapt or method else None
    loaded = open_model(model, text, definitions, device)
    embedded = loaded.image_encoder.embed(images, strict=strict, show_progress=bars())
    if adapter is not None and embedded.ids:
        loaded = loaded.adapt(embedded.vectors, names, method=adapter, definitions=definitions)
    none = none_of_these if false_alarms is None else false_alarms
    found = loaded.classify(embedded, names, top_k, definitions=definitions, known=known, none_of_these=none)
    # Known classes compete by plain scores, of an adapted model too.
    used = loaded.base if known else loaded
    notes = [*_ambiguity(queries), *filter(None, [used.summary_for(queries)]), *_unread(found)]
    view = predictions_csv(found) if as_csv else predictions_grid(found)
    return Outcome(_document(used, found), [view], notes, bool(found.bad))


def _check(as_csv: bool, known_adapted: bool, false_alarms: float | None) -> None:
    if as_csv and flags().as_json:
        raise InputError("the answer on stdout", "both --csv and --json", "pass one of them")
    if known_adapted:
        raise InputError("--adapt with --known", "known classes, of which pictures teach nothing", "leave one out")
    if false_alarms is not None and not 0 < false_alarms < 1:
        raise InputError(f"--false-alarms {false_alarms}", "no share between 0 and 1", "pass one, such as 0.1")


def _document(model: AlignedModel, found: Predictions) -> dict[str, Any]:
    from headword.report import model_row, provenance

    row = model_row(model)
    adaptation = {"mode": model.mode, "adaptation": row.pop("adaptation")}
    return {"model": row, **adaptation, **found.as_dict(), "provenance": provenance(command_line())}


def _unread(found: Predictions) -> list[str]:
    from headword.report import bad_lines

    return unread(bad_lines(found.bad), len(found) + len(found.bad))


def _ambiguity(queries: Sequence[Query]) -> list[str]:
    """The meanings of each ambiguous label; of many, only which they are."""
    from headword.prompts.queries import explain

    ambiguous = [query.label for query in queries if query.ambiguous]
    if len(ambiguous) <= EXPLAINED:
        return [explain(queries)] if ambiguous else []
    return [
        f"{len(ambiguous)} of {len(queries)} labels may mean several things and get no definition: "
        f"{', '.join(ambiguous)}",
        f"say which by a word in brackets, as in 'crane (bird)'; up to {EXPLAINED} at a time are explained",
    ]
