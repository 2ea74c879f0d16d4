"""`headword validate`: how well will names work that the classifier never saw? Answered without a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from headword.cli._common import Outcome, command_line, log, verb
from headword.cli._inputs import encoder_options, image_encoder_of, is_saved_model, refuse_own, saved_labels
from headword.cli._options import TEXT, Debug, DefinitionSource, Device, Json, OwnText, Quiet

if TYPE_CHECKING:
    from rich.console import RenderableType

    from headword.aligners import Aligner
    from headword.encoders import ImageEncoder, TextEncoder
    from headword.model.validation import HeldOut
    from headword.report.grid import Grid

DEFAULT = "kernel-ridge"

EXAMPLES = (
    "headword validate bundled/efficientnet-lite0 --aligner all",
    "headword validate lite0 --permuted",
)


@verb
def run(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A saved model, or an image encoder.")],
    text: OwnText = None,
    aligner: Annotated[
        str | None,
        typer.Option(
            "--aligner",
            metavar="NAME|all",
            help="By default the model's own, or kernel-ridge; all: each in closed form. One that is trained takes "
            "minutes and more, and is asked for by its name.",
        ),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option("--labels", metavar="FILE|SET", help="The classifier's classes, as for `align`."),
    ] = None,
    definitions: DefinitionSource = "auto",
    folds: Annotated[
        int, typer.Option("--folds", metavar="K", help="Parts; 5 hides 20 % of the classes at a time.")
    ] = 5,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of the assignment of classes to parts.")] = 0,
    permuted: Annotated[
        bool,
        typer.Option("--permuted", help="Also the control: names dealt to the wrong classes, so that chance is left."),
    ] = False,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> Outcome:
    """Estimate how unseen words will do.

    Classes of the head are hidden, and each is looked for by its name among the hidden ones; no picture is
    needed. On real pictures accuracy is lower, on ImageNet heads by about half; the order of aligners,
    encoders and prompts is the same.
    """
    import headword as hw
    from headword.aligners.progress import progress
    from headword.model.validation import held_out_asks, held_out_classes
    from headword.report import held_out_grid, provenance

    seeing, reading, candidates, notes = _parts(model, text, aligner, device)
    pairs = hw.Pairs.from_head(
        seeing.head(labels or saved_labels(model)),
        reading,
        definitions=definitions,
        show_progress=False if quiet else None,
    )
    found: list[tuple[str, HeldOut]] = []
    with progress(False if quiet else None):
        for name, each in candidates.items():
            log.info("hiding classes from %s", name)
            if each.grid:  # so that what is "auto" is chosen once, and on the right names
                each.fit(pairs.x, pairs.y, pairs.weight)
            found += [(name, estimate) for estimate in held_out_asks(each, pairs, folds=folds, seed=seed)]
            if permuted:
                control = held_out_classes(each, pairs.permuted(seed), folds=folds, seed=seed)
                found.append((f"{name}, permuted names", control))
    left_out = [name for name in hw.aligners.registry if _is_trained(name)] if aligner == "all" else []
    rows = [{"aligner": name, **each.as_dict()} for name, each in found]
    document = {
        "image_encoder": seeing.name,
        "text_encoder": reading.name,
        "folds": folds,
        "seed": seed,
        "held_out": rows,
        "left_out": left_out,
        "provenance": provenance(command_line()),
    }
    view: list[RenderableType | Grid] = [f"{seeing.name} with {reading.name}", held_out_grid(found)]
    if left_out:
        view.append(
            f"left out, for they are trained: {', '.join(left_out)}\nask for one by its name: --aligner {left_out[0]}"
        )
    return Outcome(document, view, notes)


def _parts(
    model: str, text: str | None, aligner: str | None, device: str
) -> tuple[ImageEncoder, TextEncoder, dict[str, Aligner], list[str]]:
    """Both encoders, the aligners to judge by name, and what to know of them."""
    import headword as hw

    options = encoder_options(device)
    known = hw.aligners.registry
    named = None
    if aligner is not None:
        closed = [name for name in known if not _is_trained(name)]
        named = {name: known[name]() for name in (closed if aligner == "all" else [aligner])}
    if not is_saved_model(model):
        seeing = image_encoder_of(model, device)
        return seeing, hw.load_text_encoder(text or TEXT, **options), named or {DEFAULT: known[DEFAULT]()}, []
    refuse_own(model, text=text)
    saved = hw.AlignedModel.from_pretrained(model, **options)
    own = hw.aligners.name_of(type(saved.aligner))
    told = f"{model} learnt from pictures; here its aligner is fitted anew on the head's rows alone, without them"
    notes = [told] if saved.learnt_from or saved.bridge else []
    return saved.image_encoder, saved.text_encoder, named or {own: saved.aligner}, notes


def _is_trained(name: str) -> bool:
    """Whether an aligner is trained by gradient descent: minutes where a closed form takes a second."""
    from headword.aligners import registry
    from headword.aligners.gradient import GradientAligner

    return issubclass(registry[name], GradientAligner)
