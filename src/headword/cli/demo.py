"""`headword demo`: a real classifier, real photographs, new words, in one command without a download."""

from __future__ import annotations

import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headword.cli import _options as options
from headword.cli._common import Outcome, bars, command_line, log, verb
from headword.cli._demo_set import IMAGES, LABELS
from headword.cli._inputs import check_output
from headword.cli._options import option
from headword.errors import InputError, require

if TYPE_CHECKING:
    from headword.model.aligned import AlignedModel
    from headword.model.predictions import Prediction, Predictions

MODEL, PAGE, RESULT = "model", "index.html", "result.json"

Output = Annotated[Path, option("--output -o", "Where to put page, numbers and model.", "FOLDER")]
Show = Annotated[bool, option("--open", "Open the page in a browser.")]
Classifier = Annotated[str, option("--image-encoder", "The classifier.", "IMAGE_ENCODER")]


@verb("headword demo --open")
def run(
    output: Output = Path("headword-demo"),
    show: Show = False,
    image_encoder: Classifier = "bundled/efficientnet-lite0",
    text: options.Text = options.TEXT,
    device: options.Device = "auto",
) -> Outcome:
    """Try it on photographs that come by pip.

    An ImageNet classifier learns words and sorts scikit-image's photographs by labels it was not trained on.
    The table goes to stdout, the page into the folder; nothing is downloaded.
    """
    photographs = _photographs()
    _check_folder(output)
    import headword as hw
    from headword.cli._demo_report import view, write

    start = time.perf_counter()
    log.info("aligning %s with %s", image_encoder, text)
    model = hw.align(image_encoder, text, device=device, show_progress=bars())
    seconds = time.perf_counter() - start
    model.save_pretrained(output / MODEL)
    log.info("aligned in %.0f s; classifying %d photographs", seconds, len(photographs))
    found = model.classify(photographs, LABELS, show_progress=bars())
    document = _document(model, found, seconds)
    page, result = output / PAGE, output / RESULT
    write(page, result, document, {Path(each).name: each for each in photographs}, model, output / MODEL)
    if show:
        typer.launch(page.resolve().as_uri())
    saved = {"saved": str(output / MODEL), "page": str(page), "result": str(result)}
    return Outcome(
        {**document, **saved},
        view(document, page, output / MODEL),
        [f"{each['name']} could not be read: {each['reason']}" for each in document["bad_images"]],
        bool(found.bad),
    )


def _photographs() -> list[Path]:
    """The demo's pictures in scikit-image's folder, which is located but not imported."""
    asked = "the demo's photographs, which come with scikit-image"
    require("skimage", "demo", asked)
    spec = find_spec("skimage")
    folders = [Path(each) / "data" for each in (spec.submodule_search_locations if spec else None) or []]
    found = [path for folder in folders for name in IMAGES if (path := folder / name).is_file()]
    if not found:
        raise InputError(asked, "none of them in its folder", "pip install --force-reinstall scikit-image")
    return found


def _check_folder(output: Path) -> None:
    inside = {each.name for each in output.iterdir()} if output.is_dir() else set()
    # The result is written before the page, so that a page without one is not the demo's.
    mine = inside <= {MODEL, PAGE, RESULT} and (RESULT in inside or PAGE not in inside)
    if output.exists() and not (output.is_dir() and mine):
        raise InputError(f"to write the demo to {output}", "something else is there", "choose a folder with -o")
    check_output(output / MODEL)


def _document(model: AlignedModel, found: Predictions, seconds: float) -> dict[str, Any]:
    from headword.report import model_row, provenance

    classes = model.image_encoder.head().labels
    images = [_image(each) for each in found]
    return {
        "model": {**model_row(model), "classes": len(classes)},
        "photographs": len(images),
        "found_first": sum(each["place"] == 1 for each in images),
        "in_the_first_five": sum(each["place"] is not None for each in images),
        "chance_first": len(images) / len(LABELS),
        "chance_in_the_first_five": 5 * len(images) / len(LABELS),
        "labels": _known(model, found),
        "pictures": images,
        "bad_images": [{"name": Path(each.id).name, "reason": each.reason} for each in found.bad],
        "seconds_to_align": seconds,
        "provenance": provenance(command_line()),
    }


def _image(found: Prediction) -> dict[str, Any]:
    name = Path(found.id).name
    truth = IMAGES[name]
    place = found.labels.index(truth) + 1 if truth in found.labels else None
    return {"name": name, "truth": truth, "place": place, "labels": found.labels, "probabilities": found.probabilities}


def _known(model: AlignedModel, found: Predictions) -> dict[str, bool]:
    """Each label, and whether a class of the classifier has that name or its singular."""
    from headword.lexicon.base import MemoryLexicon, Sense

    classes = model.image_encoder.head().labels
    named = MemoryLexicon(Sense(key, names, "") for key, names in zip(classes.ids, classes.synonyms, strict=True))
    return {query.label: bool(named.lookup(query.name)) for query in found.queries}
