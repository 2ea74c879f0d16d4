"""`headword validate`: how well will names work that the classifier never saw? Answered without a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from headword.cli import _options as options
from headword.cli._common import Outcome, bars, command_line, log, verb
from headword.cli._inputs import encoder_options, image_encoder_of, is_saved_model, refuse_own, saved_labels
from headword.cli._options import option

if TYPE_CHECKING:
    from headword.aligners import Aligner
    from headword.encoders import ImageEncoder, TextEncoder
    from headword.model.validation import HeldOut
    from headword.pairs import Pairs

DEFAULT = "kernel-ridge"

AlignerName = Annotated[
    str | None,
    option("--aligner", "By default the model's, or kernel-ridge; all: every one that is not trained.", "NAME|all"),
]
Folds = Annotated[int, option("--folds", "Parts; 5 hides 20 % of the classes at a time.", "K")]
Seed = Annotated[int, option("--seed", "Seed of the assignment of classes to parts.", "N")]
Permuted = Annotated[
    bool, option("--permuted", "Add the control: names assigned to the wrong classes, which leaves chance.")
]


@verb(
    "headword validate bundled/efficientnet-lite0 --aligner all",
    "headword validate lite0 --permuted",
)
def run(
    model: options.ModelOrEncoder,
    text: options.OwnText = None,
    aligner: AlignerName = None,
    labels: options.Labels = None,
    definitions: options.DefinitionSource = "auto",
    folds: Folds = 5,
    seed: Seed = 0,
    permuted: Permuted = False,
    device: options.Device = "auto",
) -> Outcome:
    """Estimate how unseen words will do.

    Classes of the head are hidden, and each is looked for by its name among the hidden ones; no picture is
    needed. On real pictures accuracy is lower, on ImageNet heads by about half; the order of aligners,
    encoders and prompts is the same.
    """
    import headword as hw
    from headword.report import held_out_grid, provenance

    image_encoder, text_encoder, candidates, notes = _parts(model, text, aligner, device)
    head = image_encoder.head(labels or saved_labels(model))
    pairs = hw.Pairs.from_head(head, text_encoder, definitions=definitions, show_progress=bars())
    found = _estimates(candidates, pairs, folds, seed, permuted)
    left_out = [name for name in hw.aligners.registry if _is_trained(name)] if aligner == "all" else []
    document = {
        "image_encoder": image_encoder.name,
        "text_encoder": text_encoder.name,
        "folds": folds,
        "seed": seed,
        "held_out": [{"aligner": name, **each.as_dict()} for name, each in found],
        "left_out": left_out,
        "provenance": provenance(command_line()),
    }
    skipped = [
        f"left out, for they are trained: {', '.join(left_out)}\nname one to include it: --aligner {left_out[0]}"
    ] if left_out else []  # fmt: skip
    return Outcome(document, [f"{image_encoder.name} with {text_encoder.name}", held_out_grid(found), *skipped], notes)


def _estimates(
    candidates: dict[str, Aligner], pairs: Pairs, folds: int, seed: int, permuted: bool
) -> list[tuple[str, HeldOut]]:
    from headword.aligners.progress import progress
    from headword.model.validation import held_out_asks, held_out_classes

    found: list[tuple[str, HeldOut]] = []
    with progress(bars()):
        for name, each in candidates.items():
            log.info("hiding classes from %s", name)
            if each.grid:  # so that what is "auto" is chosen once, and on the right names
                each.fit(pairs.x, pairs.y, pairs.weight)
            found += [(name, estimate) for estimate in held_out_asks(each, pairs, folds=folds, seed=seed)]
            if permuted:
                control = held_out_classes(each, pairs.permuted(seed), folds=folds, seed=seed)
                found.append((f"{name}, permuted names", control))
    return found


def _parts(
    model: str, text: str | None, aligner: str | None, device: str
) -> tuple[ImageEncoder, TextEncoder, dict[str, Aligner], list[str]]:
    """Both encoders, the aligners to validate by name, and notes."""
    import headword as hw

    given = encoder_options(device)
    known = hw.aligners.registry
    named = None
    if aligner is not None:
        closed = [name for name in known if not _is_trained(name)]
        named = {name: known[name]() for name in (closed if aligner == "all" else [aligner])}
    if not is_saved_model(model):
        image_encoder = image_encoder_of(model, device)
        return (
            image_encoder,
            hw.load_text_encoder(text or options.TEXT, **given),
            named or {DEFAULT: known[DEFAULT]()},
            [],
        )
    refuse_own(model, text=text)
    saved = hw.AlignedModel.from_pretrained(model, **given)
    own = hw.aligners.name_of(type(saved.aligner))
    note = f"{model} learnt from pictures; here its aligner is fitted anew on the head's rows alone, without them"
    notes = [note] if saved.learnt_from or saved.bridge else []
    return saved.image_encoder, saved.text_encoder, named or {own: saved.aligner}, notes


def _is_trained(name: str) -> bool:
    """Whether an aligner is trained by gradient descent: minutes where a closed form takes a second."""
    from headword.aligners import registry
    from headword.aligners.gradient import GradientAligner

    return issubclass(registry[name], GradientAligner)
