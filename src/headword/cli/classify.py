"""`headword classify`: labels of one's own for pictures of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headword.cli._common import Code, Outcome, command_line, verb
from headword.cli._inputs import adapter_of, gather_labels, open_model
from headword.cli._options import (
    Debug,
    DefinitionSource,
    Device,
    Json,
    LabelFile,
    LabelList,
    LabelRow,
    Method,
    OwnText,
    Quiet,
)
from headword.errors import InputError

if TYPE_CHECKING:
    from headword.model.aligned import AlignedModel
    from headword.model.predictions import Predictions
    from headword.prompts.queries import Query

EXPLAINED = 5
"""Up to so many ambiguous labels are explained sense by sense; more would bury the answer."""

EXAMPLES = (
    "headword classify lite0 holiday/ -l 'a lighthouse' -l 'a vineyard' -l 'my bicycle'",
    "headword classify lite0 holiday/ --labels 'a lighthouse, a vineyard' --adapt",
    "headword classify lite0 'zoo/*.jpg' --labels 'crane (bird), flamingo' --none-of-these --csv > zoo.csv",
)


@verb
def run(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A saved model, or an image encoder to align on the spot.")
    ],
    images: Annotated[list[str], typer.Argument(metavar="PICTURES...", help="Files, folders and globs.")],
    label: LabelList = None,
    labels: LabelRow = None,
    labels_file: LabelFile = None,
    top_k: Annotated[int, typer.Option("--top-k", "-k", metavar="K", min=1, help="How many labels to give.")] = 5,
    known: Annotated[
        bool,
        typer.Option("--known", help="Let the classes the classifier was trained on be answers too."),
    ] = False,
    none_of_these: Annotated[bool, typer.Option("--none-of-these", help="Let the answer be 'none of these'.")] = False,
    false_alarms: Annotated[
        float | None,
        typer.Option(
            "--false-alarms",
            metavar="SHARE",
            help="Share of pictures with none of the labels that may still get one, 0.1 unless given; "
            "implies --none-of-these.",
        ),
    ] = None,
    adapt: Annotated[
        bool,
        typer.Option("--adapt", help="Learn from these pictures, unlabelled as they are, before they are classified."),
    ] = False,
    method: Method = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first picture that cannot be read.")] = False,
    definitions: DefinitionSource = "auto",
    text: OwnText = None,
    device: Device = "auto",
    as_csv: Annotated[
        bool,
        typer.Option("--csv", help="Print a CSV table on stdout: picture, rank, label, probability, similarity."),
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> Outcome:
    """Find the labels that fit pictures best.

    A word with several meanings is listed; say which you mean in brackets: 'crane (bird)'. With --adapt, or --method,
    the model listens to the pictures first: a folder's own pictures tell much about what is in it.
    """
    if as_csv and as_json:
        raise InputError("the answer on stdout", "both --csv and --json", "pass one of them")
    if known and (adapt or method):
        raise InputError("--adapt with --known", "known classes, of which pictures teach nothing", "leave one out")
    if false_alarms is not None and not 0 < false_alarms < 1:
        raise InputError(f"--false-alarms {false_alarms}", "no share between 0 and 1", "pass one, such as 0.1")
    asked = gather_labels(label, labels, labels_file)
    from headword.images.reading import find_images
    from headword.prompts.queries import query_labels
    from headword.report import bad_lines, predictions_csv, predictions_grid

    queries = query_labels(asked, definitions)
    sources = find_images(images)
    if all(source.problem for source in sources):
        raise InputError("pictures to classify", "; ".join(bad_lines(sources)), "check the paths")
    adapter = adapter_of(method) if adapt or method else None
    loaded = open_model(model, text, definitions, device, quiet=quiet)
    progress = False if quiet else None
    seen = loaded.image_encoder.embed(images, strict=strict, show_progress=progress)
    if adapter is not None and seen.ids:
        loaded = loaded.adapt(seen.vectors, asked, method=adapter, definitions=definitions)
    found = loaded.classify(
        seen,
        asked,
        top_k,
        definitions=definitions,
        known=known,
        none_of_these=none_of_these if false_alarms is None else false_alarms,
    )
    # Known classes compete by plain scores, of an adapted model too.
    used = loaded.base if known else loaded
    notes = [*_ambiguity(queries), *filter(None, [used.summary_for(queries)]), *_unread(found)]
    return Outcome(
        _document(used, found),
        [predictions_csv(found) if as_csv else predictions_grid(found)],
        notes,
        Code.BAD_IMAGES if found.bad else Code.DONE,
    )


def _document(model: AlignedModel, found: Predictions) -> dict[str, Any]:
    from headword.report import model_row, provenance

    row = model_row(model)
    told = {"mode": model.mode, "adaptation": row.pop("adaptation")}
    return {"model": row, **told, **found.as_dict(), "provenance": provenance(command_line())}


def _unread(found: Predictions) -> list[str]:
    from headword.report import bad_lines

    total = len(found) + len(found.bad)
    told = [f"{len(found.bad)} of {total} pictures could not be read:"] if found.bad else []
    return told + [f"  {line}" for line in bad_lines(found.bad)]


def _ambiguity(queries: Sequence[Query]) -> list[str]:
    """What each ambiguous label may mean; of many, only which they are."""
    from headword.prompts.queries import explain

    ambiguous = [query.label for query in queries if query.ambiguous]
    if len(ambiguous) <= EXPLAINED:
        return [explain(queries)] if ambiguous else []
    return [
        f"{len(ambiguous)} of {len(queries)} labels may mean several things and get no definition: "
        f"{', '.join(ambiguous)}",
        f"say which by a word in brackets, as in 'crane (bird)'; up to {EXPLAINED} at a time are explained",
    ]
