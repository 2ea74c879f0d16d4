"""`headword pairs-up`: which image encoder goes with which text encoder?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from typer.core import TyperCommand

from headword.cli import _options as options
from headword.cli._cache import Cache, NoCache, opened
from headword.cli._common import Outcome, bars, command_line, log, verb
from headword.cli._inputs import check_file, encoder_options
from headword.cli._options import option
from headword.errors import HeadwordError, InputError

if TYPE_CHECKING:
    from headword.analysis import PairScore
    from headword.datasets import Captioned
    from headword.encoders import ImageEncoder, TextEncoder
    from headword.heads import Head
    from headword.pairs.pairs import Pairs
    from headword.report import Grid

E = TypeVar("E")


class _Command(TyperCommand):
    """Lets an option take several words, `--image a b c`, for `--image a --image b --image c`; nothing else follows."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Writes them out."""
        several = {name for each in self.params if getattr(each, "multiple", False) for name in each.opts}
        out: list[str] = []
        option = None
        for word in args:
            if option is not None and not word.startswith("-"):
                out += [option, word]
            elif word in several:
                option = word
                continue
            else:
                out.append(word)
                option = None
        return super().parse_args(ctx, out)


@dataclass
class _Given:
    """What every combination uses, and the errors on the way."""

    labels: str | None
    definitions: str
    captions: Captioned | None
    classes: tuple[str, ...] | None = None
    failed: dict[str, HeadwordError] = field(default_factory=dict)


ImageEncoders = Annotated[list[str], option("--image", "One or more.", "IMAGE_ENCODER...")]
TextEncoders = Annotated[list[str], option("--text", "One or more.", "TEXT_ENCODER...")]
Captions = Annotated[
    str | None,
    option("--captions", "Compare on captioned pictures, not head rows; for encoders without a head too.", "FILE"),
]
Neighbours = Annotated[int, option("-k", "Neighbours for mutual k-NN.", "K")]
Permutations = Annotated[int, option("--permutations", "Permutations of the nulls.", "N")]
Seed = Annotated[int, option("--seed", "Seed of permutations and parts.", "N")]


@verb(
    "headword pairs-up --image bundled/efficientnet-lite0 bundled/efficientnet-lite2 --text bundled/all-minilm-l6-v2",
    "headword pairs-up --image open_clip/ViT-B-32:openai --text bundled/all-minilm-l6-v2 --captions captions.csv",
    command_class=_Command,
)
def run(
    image: ImageEncoders,
    text: TextEncoders,
    labels: options.Labels = None,
    captions: Captions = None,
    k: Neighbours = 10,
    permutations: Permutations = 200,
    seed: Seed = 0,
    definitions: options.DefinitionSource = "auto",
    output: options.OutputFile = None,
    cache: Cache = None,
    no_cache: NoCache = False,
    device: options.Device = "auto",
) -> Outcome:
    """Find which image encoder and which text encoder go together.

    Every combination is scored by how many hidden classes of the head are found by name, by unbiased CKA and by
    mutual k-NN; the first decides the order. All image encoders must have the same classes, or the same captioned
    pictures are compared. An encoder that fails is named, the others go on, and the exit code is 3.
    """
    check_file(output, "the scores")
    import headword as hw

    given = _Given(labels, definitions, _captioned(captions))
    with opened(cache, no_cache) as store:
        image_encoders = _load(image, hw.load_image_encoder, store.images, device, given)
        text_encoders = _load(text, hw.load_text_encoder, store.texts, device, given)
        found = list(_scores(image_encoders, text_encoders, given, k=k, permutations=permutations, seed=seed))
    if not found:
        first = next(iter(given.failed.values()))
        raise InputError(f"a combination of {', '.join([*image, *text])}", f"none: {first.found}", first.do)
    return _outcome(sorted(found, key=lambda each: -each.held_out.top1), given, output)


def _captioned(name: str | None) -> Captioned | None:
    from headword.datasets import Captioned, load

    found = None if name is None else load(name)
    if found is not None and not isinstance(found, Captioned):
        raise InputError(
            f"pictures with captions in {name}",
            "pictures with classes",
            "pass a table with the columns file and caption",
        )
    return found


def _load(
    names: Sequence[str], load: Callable[..., E], cached: Callable[[E], E], device: str, given: _Given
) -> dict[str, E]:
    """The encoders that can be loaded, each once."""
    found: dict[str, E] = {}
    for name in dict.fromkeys(names):
        try:
            found[name] = cached(load(name, **encoder_options(device)))
        except HeadwordError as error:
            given.failed[name] = error
    return found


def _scores(
    image_encoders: dict[str, ImageEncoder], text_encoders: dict[str, TextEncoder], given: _Given, **more: Any
) -> Iterator[PairScore]:
    """Combination by combination, so that the embeddings of one are held at a time."""
    from headword.analysis import pair_score

    for image, image_encoder in image_encoders.items():
        try:
            head = _head(image_encoder, image, given)
        except HeadwordError as error:
            given.failed[image] = error
            continue
        for text, text_encoder in text_encoders.items():
            log.info("%s with %s", image, text)
            try:
                yield pair_score(image, text, _pairs(image_encoder, text_encoder, head, given), **more)
            except HeadwordError as error:
                given.failed[f"{image} with {text}"] = error


def _head(encoder: ImageEncoder, name: str, given: _Given) -> Head | None:
    """The head, whose classes must be those of the heads before it; `None` where captions are compared."""
    if given.captions is not None:
        return None
    head = encoder.head(given.labels)
    if given.classes is not None and head.labels.ids != given.classes:
        raise InputError(
            f"to compare {name} with the image encoders before it",
            f"other classes: {len(head):,}, and theirs are {len(given.classes):,}",
            "compare image encoders of the same classes, or on captions with --captions",
        )
    given.classes = head.labels.ids
    return head


def _pairs(image_encoder: ImageEncoder, text_encoder: TextEncoder, head: Head | None, given: _Given) -> Pairs:
    from headword.pairs.from_datasets import image_pairs
    from headword.pairs.pairs import Pairs

    if head is not None:
        return Pairs.from_head(head, text_encoder, definitions=given.definitions, show_progress=bars())
    assert given.captions is not None
    return image_pairs(given.captions, image_encoder, text_encoder, show_progress=bars())


def _outcome(found: Sequence[PairScore], given: _Given, output: Path | None) -> Outcome:
    from headword.bench import write_row
    from headword.report import provenance

    notes = [f"{name} is left out: {error.found}; {error.do}" for name, error in given.failed.items()]
    data = given.captions
    document = {
        "compared_on": "head rows" if data is None else f"{data.name} ({data.split}, {data.version})",
        "scores": [each.as_dict() for each in found],
        "errors": [
            {"name": name, "asked": error.asked, "found": error.found, "do": error.do}
            for name, error in given.failed.items()
        ],
        "provenance": provenance(command_line()),
    }
    if output is not None:
        write_row(output, document)
    view: list[Any] = [_grid(found, given), *([f"scores: {output}"] if output is not None else [])]
    return Outcome(document, view, notes, bool(given.failed))


def _grid(found: Sequence[PairScore], given: _Given) -> Grid:
    from headword.cli._analysis_grids import held_out, null
    from headword.report import Grid

    rows = tuple(
        (
            each.image,
            each.text,
            held_out(each.held_out),
            f"{100 * each.held_out.chance1:.1f} %",
            f"{each.cka.value:.3f}",
            null(each.cka.null),
            f"{each.mutual.value:.3f}",
            null(each.mutual.null),
        )
        for each in found
    )
    first = found[0]
    what = "classes, from head rows alone" if given.captions is None else f"pictures of {given.captions.name}"
    title = (
        f"N = {first.mutual.n:,} {what}; best held-out score first (nulls: {first.cka.null.permutations} permutations)"
    )
    header = (
        "image encoder", "text encoder", "hidden ones found", "chance", "unbiased CKA", "null",
        f"mutual k-NN, k = {first.mutual.k}", f"null (chance {first.mutual.chance or 0:.3f})",
    )  # fmt: skip
    return Grid(title, header, rows, range(2, len(header)))
