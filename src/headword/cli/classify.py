"""`headword classify`: labels of one's own for pictures of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from headword.cli._common import Code, Outcome, command_line, verb
from headword.cli._inputs import gather_labels, open_model
from headword.cli._options import TEXT, Debug, Definitions, Device, Json, Quiet, Text
from headword.errors import InputError

if TYPE_CHECKING:
    from headword.prompts import Query

EXPLAINED = 5
"""Up to so many ambiguous labels are explained sense by sense; more would bury the answer."""

EXAMPLES = (
    "headword classify lite0 holiday/ -l 'a lighthouse' -l 'a vineyard' -l 'my bicycle'",
    "headword classify lite0 'zoo/*.jpg' --labels 'crane (bird), flamingo' --none-of-these --csv > zoo.csv",
)


@verb
def run(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A saved model, or an image encoder to align on the spot.")
    ],
    pictures: Annotated[list[str], typer.Argument(metavar="PICTURES...", help="Files, folders and globs.")],
    label: Annotated[
        list[str] | None,
        typer.Option("--label", "-l", metavar="LABEL", help="What may be seen; give it once for each."),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option("--labels", metavar="A,B,C", help="Several labels, with commas between them."),
    ] = None,
    labels_file: Annotated[
        str | None,
        typer.Option("--labels-file", metavar="FILE|SET", help="A file of labels (.txt, .csv, .json), or a known set."),
    ] = None,
    top_k: Annotated[int, typer.Option("--top-k", "-k", metavar="K", help="How many labels to give.")] = 5,
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
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first picture that cannot be read.")] = False,
    definitions: Definitions = "auto",
    text: Text = TEXT,
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

    A word with several meanings is listed; say which you mean in brackets: 'crane (bird)'.
    """
    if as_csv and as_json:
        raise InputError("the answer on stdout", "both --csv and --json", "pass one of them")
    asked = gather_labels(label, labels, labels_file)
    from headword.images import find_images
    from headword.prompts import query_labels
    from headword.report import bad_lines, model_row, predictions_csv, predictions_grid, provenance

    queries = query_labels(asked, definitions)
    sources = find_images(pictures)
    if all(source.problem for source in sources):
        raise InputError("pictures to classify", "; ".join(bad_lines(sources)), "check the paths")
    loaded = open_model(model, text, definitions, device, quiet=quiet)
    found = loaded.classify(
        pictures,
        asked,
        top_k,
        definitions=definitions,
        known=known,
        none_of_these=none_of_these if false_alarms is None else false_alarms,
        strict=strict,
        show_progress=False if quiet else None,
    )
    notes = _ambiguity(queries)
    if found.bad:
        notes.append(f"{len(found.bad)} of {len(found) + len(found.bad)} pictures could not be read:")
        notes += [f"  {line}" for line in bad_lines(found.bad)]
    return Outcome(
        {"model": model_row(loaded), **found.as_dict(), "provenance": provenance(command_line())},
        [predictions_csv(found) if as_csv else predictions_grid(found).as_rich()],
        notes,
        Code.BAD_PICTURES if found.bad else Code.DONE,
    )


def _ambiguity(queries: Sequence[Query]) -> list[str]:
    """What each ambiguous label may mean; of many, only which they are."""
    from headword.prompts import explain

    ambiguous = [query.label for query in queries if query.ambiguous]
    if len(ambiguous) <= EXPLAINED:
        return [explain(queries)] if ambiguous else []
    return [
        f"{len(ambiguous)} of {len(queries)} labels may mean several things and get no definition: "
        f"{', '.join(ambiguous)}",
        f"say which by a word in brackets, as in 'crane (bird)'; up to {EXPLAINED} at a time are explained",
    ]
