"""`headword adapt`: a model that has listened to a folder of unlabelled pictures, saved."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from headword.cli._common import Code, Outcome, command_line, program, verb
from headword.cli._inputs import adapter_of, check_output, gather_labels, open_model
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

EXAMPLES = ("headword adapt lite0 holiday/ -o lite0-holiday --labels 'a lighthouse, a vineyard, my bicycle'",)


@verb
def run(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A saved model, or an image encoder to align on the spot.")
    ],
    images: Annotated[list[str], typer.Argument(metavar="PICTURES...", help="Files, folders and globs.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where to save the adapted model.")],
    label: LabelList = None,
    labels: LabelRow = None,
    labels_file: LabelFile = None,
    method: Method = None,
    search: Annotated[
        bool | None,
        typer.Option(
            "--search/--no-search",
            help="Learn for search, too: which pictures score high with any text. On where no labels are given.",
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first picture that cannot be read.")] = False,
    definitions: DefinitionSource = "auto",
    text: OwnText = None,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> Outcome:
    """Let a model learn from unlabelled pictures, and save it.

    It learns for the labels given; any of them can be asked for later, of these pictures or of others like them.
    Without labels it learns where the pictures lie, and which of them come up whatever is searched for. The saved model
    keeps the one it was made from: adapt it again, and it starts from there.
    """
    check_output(output)
    adapter = adapter_of(method)
    if method and not (label or labels or labels_file):
        raise InputError(f"--method {method}", "no labels to adapt for", "pass --labels, or leave --method out")
    asked = gather_labels(label, labels, labels_file) if label or labels or labels_file else None
    from headword.images.reading import find_images
    from headword.prompts.queries import query_labels
    from headword.report import bad_lines, model_row, provenance

    if asked is not None:
        query_labels(asked, definitions)
    sources = find_images(images)
    if all(source.problem for source in sources):
        raise InputError("pictures to adapt to", "; ".join(bad_lines(sources)), "check the paths")
    loaded = open_model(model, text, definitions, device, quiet=quiet)
    seen = loaded.image_encoder.embed(images, strict=strict, show_progress=False if quiet else None)
    if not seen.ids:
        raise InputError("pictures to adapt to", "; ".join(bad_lines(seen.bad)), "check the files")
    adapted = loaded.adapt(seen.vectors, asked, method=adapter, definitions=definitions, bank=search)
    adapted.save_pretrained(output)
    notes = [f"{len(seen.bad)} of {len(seen.ids) + len(seen.bad)} pictures could not be read:"] if seen.bad else []
    notes += [f"  {line}" for line in bad_lines(seen.bad)]
    row = model_row(adapted)
    summary = adapted.adaptation.summary if adapted.adaptation else ""
    document = {
        "mode": adapted.mode,
        "adaptation": row.pop("adaptation"),
        "model": row,
        "saved": str(output),
        "bad_images": [{"id": each.id, "reason": each.reason, "position": each.position} for each in seen.bad],
        "provenance": provenance(command_line()),
    }
    return Outcome(
        document,
        [f"{summary}\nmodel: {output}\nnext:  {program()} classify {output} {images[0]} …"],
        notes,
        Code.BAD_IMAGES if seen.bad else Code.DONE,
    )
