"""`headword report`: one page that shows what a model is, what it can do, and how far to trust it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from headword.cli import _options as options
from headword.cli._cache import Cache, NoCache, opened
from headword.cli._common import Outcome, bars, command_line, log, unread, verb
from headword.cli._inputs import check_file, encoder_options, require_saved_model
from headword.cli._options import option
from headword.errors import InputError

if TYPE_CHECKING:
    from headword.report import Report

Data = Annotated[
    list[str] | None,
    option("--data", "A folder with one folder per class, or a known data set; repeat it for more.", "PATH|NAME"),
]
Captions = Annotated[
    list[str] | None, option("--captions", "Pictures with captions, for retrieval; repeat it for more.", "PATH|NAME")
]
Page = Annotated[Path, option("--output -o", "The page.", "FILE")]
Numbers = Annotated[Path | None, option("--numbers", "Write all numbers as JSON, too.", "FILE")]
Card = Annotated[Path | None, option("--card", "Write a model card in Markdown, too.", "FILE")]
Licence = Annotated[str, option("--licence", "Licence of the model, for the card: apache-2.0.", "NAME")]
Adapt = Annotated[bool, option("--adapt", "Evaluate once more after learning from the same pictures, unlabelled.")]


@verb(
    "headword report lite0 -o lite0.html",
    "headword report lite0 --data my-pictures --captions flickr8k/captions.csv -o lite0.html --card lite0.md",
)
def run(
    model: options.Model,
    data: Data = None,
    captions: Captions = None,
    output: Page = Path("report.html"),
    numbers: Numbers = None,
    card: Card = None,
    licence: Licence = "unknown",
    adapt: Adapt = False,
    root: options.Root = None,
    definitions: options.DefinitionSource = "auto",
    cache: Cache = None,
    no_cache: NoCache = False,
    device: options.Device = "auto",
) -> Outcome:
    """Show what a model is and how far to trust it, on one page.

    The page loads nothing from anywhere; it contains small copies of mistaken pictures. With --json all its numbers
    are printed instead of the summary.
    """
    written = _checked(model, output, numbers, card, licence)
    import headword as hw
    from headword.report import model_report

    sets = _sets(data or [], captions or [], root)
    start = time.perf_counter()
    more: dict[str, Any] = {"root": root, "definitions": definitions, "adapt": adapt, "show_progress": bars()}
    with opened(cache, no_cache) as store:
        loaded = hw.AlignedModel.from_pretrained(model, **encoder_options(device))
        report = model_report(loaded, sets, name=model, cache=store, command=command_line(), **more)
    log.info("measured in %.0f s", time.perf_counter() - start)
    _write(report, output, numbers, card, licence)
    notes = unread([f"{each['id']}: {each['reason']}" for each in _unreadable(report)])
    view = "\n".join(f"{what + ':':9}{path}" for what, path in written.items())
    return Outcome(report.as_dict(), [view], notes, bool(notes))


def _write(report: Report, output: Path, numbers: Path | None, card: Path | None, licence: str) -> None:
    from headword.storage.model_files import atomic_write

    texts = {output: report.html()}
    texts |= {numbers: json.dumps(report.as_dict(), indent=1, ensure_ascii=False) + "\n"} if numbers else {}
    texts |= {card: report.card(licence)} if card else {}
    for path, text in texts.items():
        with atomic_write(path) as fresh:
            fresh.write_text(text, encoding="utf-8", errors="replace")


def _checked(model: str, output: Path, numbers: Path | None, card: Path | None, licence: str) -> dict[str, Path]:
    """The files to write, by what they are; a mistake in them is an error before anything slow begins."""
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
