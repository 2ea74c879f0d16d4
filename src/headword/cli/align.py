"""`headword align`: from a classifier and a text encoder to a saved model."""

from __future__ import annotations

import time
from typing import Annotated, Any

from headword.cli import _options as options
from headword.cli._common import Outcome, bars, command_line, log, program, verb
from headword.cli._inputs import check_output, is_saved_model
from headword.cli._options import argument, option
from headword.errors import InputError

Classifier = Annotated[str, argument("IMAGE_ENCODER", "A classifier: a name (see `headword ls`) or a local folder.")]
AlignerName = Annotated[str, option("--aligner", "One of `headword ls aligners`.", "NAME")]
PairData = Annotated[
    str | None, option("--pairs", "Pictures to learn from too: a file of captions, a folder, or a data set.", "DATA")
]
Recycle = Annotated[
    bool, option("--recycle/--no-recycle", "Learn from the classifier's own rows, or from pairs alone.")
]
Mix = Annotated[
    str,
    option(
        "--mix",
        "How rows and pictures are mixed; sequential, rows first, is for trained aligners.",
        "bridge|plain|sequential",
    ),
]
WeightRatio = Annotated[
    float | None,
    option("--weight-ratio", "The rows' share of all weight; by default classes and pictures count alike.", "SHARE"),
]


@verb(
    "headword align bundled/efficientnet-lite0 -o lite0",
    "headword align ./my-classifier --labels classes.txt -o mine",
    "headword align bundled/efficientnet-lite0 --pairs photos/captions.csv -o lite0-photos",
)
def run(
    image_encoder: Classifier,
    output: options.NewModel,
    text: options.Text = options.TEXT,
    aligner: AlignerName = "kernel-ridge",
    labels: options.Labels = None,
    definitions: options.DefinitionSource = "auto",
    pairs: PairData = None,
    recycle: Recycle = True,
    mix: Mix = "bridge",
    weight_ratio: WeightRatio = None,
    device: options.Device = "auto",
) -> Outcome:
    """Align a classifier with a text encoder.

    No picture is needed; a few with captions (--pairs) improve search by sentences. The model is saved as a folder.
    Beside it stands how well classes that the fit did not see are found by their names: an estimate of how well
    words of your own will work.
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
    more: dict[str, Any] = {"recycle": recycle, "mix": mix, "weight_ratio": weight_ratio, "device": device}
    model = hw.align(image_encoder, text, aligner, labels, definitions, pairs=pairs, show_progress=bars(), **more)
    model.save_pretrained(output)
    seconds = time.perf_counter() - start
    row = model_row(model)
    kind = row["aligner"]["kind"]
    chosen = ", ".join(f"{name} {value}" for name, value in row["aligner"]["chosen"].items())
    by = f"{kind}{f' ({chosen})' if chosen else ''}"
    document = {"model": row, "seconds": seconds, "saved": str(output), "provenance": provenance(command_line())}
    view = [
        f"{row['image_encoder']['name']} with {row['text_encoder']['name']}, by {by}, in {seconds:.0f} s\n",
        held_out_grid([(kind, each) for each in model.validation]),
        f"model: {output}\nnext:  {program()} classify {output} my-photos/ -l 'a boat' -l 'a vineyard'",
    ]
    return Outcome(document, view)
