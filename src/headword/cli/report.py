"""`headword report`: one page that shows what a model is, what it can do, and how far to trust it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from headword.cli._cache import Cache, NoCache, opened
from headword.cli._common import Code, Outcome, command_line, log, verb
from headword.cli._inputs import check_file, encoder_options, require_saved_model
from headword.cli._options import Debug, DefinitionSource, Device, Json, Quiet, Root
from headword.errors import InputError

if TYPE_CHECKING:
    from headword.report import Report

EXAMPLES = (
    "headword report lite0 -o lite0.html",
    "headword report lite0 --data my-pictures --captions flickr8k/captions.csv -o lite0.html --card lite0.md",
)


@verb
def run(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A saved model.")],
    data: Annotated[
        list[str] | None,
        typer.Option(
            "--data",
            metavar="PATH|NAME",
            help="What it is judged by: a folder with one folder per class, or a known data set; once for each.",
        ),
    ] = None,
    captions: Annotated[
        list[str] | None,
        typer.Option("--captions", metavar="PATH|NAME", help="Pictures with captions, for retrieval; likewise."),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The page.")] = Path("report.html"),
    numbers: Annotated[
        Path | None, typer.Option("--numbers", metavar="FILE", help="Write all numbers as JSON, too.")
    ] = None,
    card: Annotated[
        Path | None, typer.Option("--card", metavar="FILE", help="Write a model card in Markdown, too.")
    ] = None,
    licence: Annotated[
        str, typer.Option("--licence", metavar="NAME", help="Of the model, for the card: apache-2.0.")
    ] = "unknown",
    adapt: Annotated[
        bool, typer.Option("--adapt", help="Judge it once more after it has listened to the judged pictures.")
    ] = False,
    root: Root = None,
    definitions: DefinitionSource = "auto",
    cache: Cache = None,
    no_cache: NoCache = False,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> Outcome:
    """Show what a model is and how far to trust it, on one page.

    The page loads nothing from anywhere; small copies of mistaken pictures are part of it. With --json all its numbers
    are printed instead of the summary.
    """
    written = _checked(model, output, numbers, card, licence)
    import headword as hw
    from headword.report import model_report
    from headword.storage.model_files import atomic_write

    sets = _sets(data or [], captions or [], root)
    start = time.perf_counter()
    with opened(cache, no_cache) as kept:
        report = model_report(
            hw.AlignedModel.from_pretrained(model, **encoder_options(device)),
            sets,
            name=model,
            root=root,
            definitions=definitions,
            adapt=adapt,
            cache=kept,
            command=command_line(),
            show_progress=False if quiet else None,
        )
    log.info("measured in %.0f s", time.perf_counter() - start)
    texts = {output: report.html()}
    texts |= {numbers: json.dumps(report.as_dict(), indent=1, ensure_ascii=False) + "\n"} if numbers else {}
    texts |= {card: report.card(licence)} if card else {}
    for path, text in texts.items():
        with atomic_write(path) as fresh:
            fresh.write_text(text, encoding="utf-8", errors="replace")
    bad = [f"{each['id']}: {each['reason']}" for each in _unreadable(report)]
    notes = [f"{len(bad)} pictures could not be read:", *(f"  {each}" for each in bad)] if bad else []
    view = "\n".join(f"{what + ':':9}{path}" for what, path in written.items())
    return Outcome(report.as_dict(), [view], notes, Code.BAD_IMAGES if bad else Code.DONE)


def _checked(model: str, output: Path, numbers: Path | None, card: Path | None, licence: str) -> dict[str, Path]:
    """The files to write, by what they are; whatever can be wrong with them is told before anything slow begins."""
    require_saved_model(model)
    given = {"page": output, "numbers": numbers, "card": card}
    written = {what: path for what, path in given.items() if path is not None}
    for what, path in written.items():
        check_file(path, f"the {what}")
    if len({path.resolve() for path in written.values()}) < len(written):
        raise InputError(f"to write {' and '.join(written)}", "the same file twice", "name different files")
    if licence != "unknown" and card is None:
        raise InputError(f"--licence {licence}", "no card to put it on", "name one: --card card.md")
    return written


def _sets(data: list[str], captions: list[str], root: Path | None) -> list[str]:
    """The names of the data sets, once those that should have captions are known to have them."""
    from headword.datasets import Captioned, load

    for each in captions:
        if not isinstance(load(each, root=root), Captioned):
            raise InputError(f"--captions {each}", "pictures with classes", f"pass --data {each}")
    return [*data, *captions]


def _unreadable(report: Report) -> list[dict[str, str]]:
    """Pictures that could not be read, each once."""
    found = [each for result in report.document["results"] for each in result["unreadable"]]
    return [each for place, each in enumerate(found) if each not in found[:place]]
