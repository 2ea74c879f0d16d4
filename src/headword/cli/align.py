"""`headword align`: from a classifier and a text encoder to a saved model."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from headword.cli._common import Outcome, command_line, log, program, verb
from headword.cli._inputs import check_output, is_saved_model
from headword.cli._options import TEXT, AlignerName, Debug, DefinitionSource, Device, Json, Quiet, Text
from headword.errors import InputError

EXAMPLES = (
    "headword align bundled/efficientnet-lite0 -o lite0",
    "headword align ./my-classifier --labels classes.txt -o mine",
    "headword align bundled/efficientnet-lite0 --pairs photos/captions.csv -o lite0-photos",
)


@verb
def run(
    image_encoder: Annotated[
        str,
        typer.Argument(metavar="IMAGE_ENCODER", help="A classifier: a name (see `headword ls`) or a local folder."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where to save the model.")],
    text: Text = TEXT,
    aligner: AlignerName = "kernel-ridge",
    labels: Annotated[
        str | None,
        typer.Option(
            "--labels",
            metavar="FILE|SET",
            help="The classifier's classes in order, where its record lacks them.",
        ),
    ] = None,
    definitions: DefinitionSource = "auto",
    pairs: Annotated[
        str | None,
        typer.Option(
            "--pairs",
            metavar="DATA",
            help="Pictures with captions or classes to learn from too: a file of "
            "captions, a folder, or a data set's name.",
        ),
    ] = None,
    recycle: Annotated[
        bool, typer.Option("--recycle/--no-recycle", help="Learn from the classifier's own rows, or from pairs alone.")
    ] = True,
    mix: Annotated[
        str,
        typer.Option(
            "--mix",
            metavar="bridge|plain|sequential",
            help="How rows and pictures come together; sequential, rows first, is for aligners that are trained.",
        ),
    ] = "bridge",
    weight_ratio: Annotated[
        float | None,
        typer.Option(
            "--weight-ratio",
            metavar="SHARE",
            help="The rows' share of all weight; by default each class and each picture counts alike.",
        ),
    ] = None,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> Outcome:
    """Align a classifier with a text encoder.

    No picture is needed; a few with captions (--pairs) make search by sentences better. The model is saved as a
    folder. Printed beside is how well classes are found by name that were hidden from the fit: an estimate of how
    well words of your own will work.
    """
    check_output(output)
    if is_saved_model(image_encoder):
        raise InputError(f"to align {image_encoder}", "a saved model, aligned already", "name its classifier instead")
    if not recycle and pairs is None:
        raise InputError("--no-recycle", "no --pairs either: nothing to learn from", "pass --pairs, or leave it out")
    import headword as hw
    from headword.report import held_out_grid, model_row, provenance

    log.info("aligning %s with %s", image_encoder, text)
    start = time.perf_counter()
    model = hw.align(
        image_encoder,
        text,
        aligner,
        labels,
        definitions,
        pairs=pairs,
        recycle=recycle,
        mix=mix,
        weight_ratio=weight_ratio,
        device=device,
        show_progress=False if quiet else None,
    )
    model.save_pretrained(output)
    seconds = time.perf_counter() - start
    row = model_row(model)
    kind = row["aligner"]["kind"]
    chosen = ", ".join(f"{name} {value}" for name, value in row["aligner"]["chosen"].items())
    document = {"model": row, "seconds": seconds, "saved": str(output), "provenance": provenance(command_line())}
    return Outcome(
        document,
        [
            f"{row['image_encoder']['name']} with {row['text_encoder']['name']}, by {kind}"
            f"{f' ({chosen})' if chosen else ''}, in {seconds:.0f} s\n",
            held_out_grid([(kind, each) for each in model.validation]),
            f"model: {output}\nnext:  {program()} classify {output} my-photos/ -l 'a boat' -l 'a vineyard'",
        ],
    )
