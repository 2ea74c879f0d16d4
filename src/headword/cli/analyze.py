"""`headword analyze`: why names work, or do not, with chance and a null beside every figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from headword.cli import _options as options
from headword.cli._cache import Cache, NoCache, opened
from headword.cli._common import Outcome, bars, command_line, log, unread, verb
from headword.cli._inputs import check_file, encoder_options, image_encoder_of, is_saved_model, refuse_own
from headword.cli._options import option
from headword.errors import InputError

if TYPE_CHECKING:
    from headword.analysis import EmbeddedImages, Study, Subject
    from headword.cache.embeddings import EmbeddingCache
    from headword.datasets import Labelled
    from headword.encoders import ImageEncoder, TextEncoder
    from headword.heads import Head
    from headword.model.aligned import AlignedModel


class Part(StrEnum):
    """What can be analysed: `headword.analysis.parts.PARTS`, which is too heavy to import for a list of names."""

    NEIGHBOURS = "neighbours"
    CKA = "cka"
    GAP = "gap"
    HUBNESS = "hubness"
    NAMES = "names"
    IMAGE_MEANS = "picture-means"
    COSINE_HEAD = "cosine-head"


Data = Annotated[str | None, option("--data", "A folder with one folder per class, or a known data set.", "PATH|NAME")]
What = Annotated[
    list[Part] | None, option("--what", "A part; repeat it for more. By default all that applies.", "|".join(Part))
]
Neighbours = Annotated[
    list[int] | None, option("-k", "Number of neighbours; repeat it for more. By default 3, 5 and 10.", "K")
]
Permutations = Annotated[
    int | None,
    option(
        "--permutations", "Permutations of nulls; by default 200, beyond 5,000 classes 20, for the gap 10,000.", "N"
    ),
]
Seed = Annotated[int, option("--seed", "Seed of permutations and samples.", "N")]


@verb(
    "headword analyze lite0 --data my-pictures -o lite0.json",
    "headword analyze bundled/efficientnet-lite0 --what names --what neighbours -k 10",
)
def run(
    model: options.ModelOrEncoder,
    data: Data = None,
    split: options.Split = None,
    root: options.Root = None,
    what: What = None,
    k: Neighbours = None,
    permutations: Permutations = None,
    seed: Seed = 0,
    text: options.OwnText = None,
    labels: options.Labels = None,
    definitions: options.DefinitionSource = "auto",
    output: options.OutputFile = None,
    cache: Cache = None,
    no_cache: NoCache = False,
    device: options.Device = "auto",
) -> Outcome:
    """See why names work: what prototypes and names have in common, and which rows are badly named.

    No picture is needed; with pictures it also shows how many of them a prototype is worth, and what a classifier
    loses without the lengths of its rows. Beside every figure stand N, chance, and what permuted names give. The
    file of --output has every row of the head.
    """
    from headword.analysis import study
    from headword.bench import write_row

    check_file(output, "the analysis")
    images = None if data is None else _labelled(data, root, split)
    with opened(cache, no_cache) as store:
        loaded, image_encoder, text_encoder, head = _parts(model, text, labels, device, store)
        log.info("%s classes of %s, named in %s", f"{len(head):,}", image_encoder.name, text_encoder.name)
        subject = _subject(head, text_encoder, loaded, definitions, images, image_encoder)
    parts = [each.value for each in what] if what else None
    found = study(subject, parts, ks=k or None, permutations=permutations, seed=seed, show_progress=bars())
    about = {**_about(loaded, image_encoder, text_encoder, subject), "seed": seed}
    if output is not None:
        write_row(output, {**about, "analysis": found.as_dict()})
    return _outcome(found, about, subject.images, output)


def _labelled(data: str, root: Path | None, split: str | None) -> Labelled:
    from headword.datasets import Labelled, load

    found = load(data, root=root, split=split)
    if not isinstance(found, Labelled):
        raise InputError(
            f"pictures with classes in {data}",
            "pictures with captions",
            "pass a folder with one folder per class, or a data set of the kind (`headword ls data-sets`)",
        )
    return found


def _parts(
    model: str, text: str | None, labels: str | None, device: str, cache: EmbeddingCache
) -> tuple[AlignedModel | None, ImageEncoder, TextEncoder, Head]:
    """The model where it is one, both encoders, and the head."""
    import headword as hw

    given = encoder_options(device)
    if not is_saved_model(model):
        image_encoder = cache.images(image_encoder_of(model, device))
        return (
            None,
            image_encoder,
            cache.texts(hw.load_text_encoder(text or options.TEXT, **given)),
            image_encoder.head(labels),
        )
    refuse_own(model, text=text, labels=labels)
    loaded = hw.AlignedModel.from_pretrained(model, **given).cached(cache)
    return loaded, loaded.image_encoder, loaded.text_encoder, loaded.image_encoder.head(loaded.labels)


def _subject(
    head: Head,
    text_encoder: TextEncoder,
    model: AlignedModel | None,
    definitions: str,
    data: Labelled | None,
    image_encoder: ImageEncoder,
) -> Subject:
    from headword.analysis import Subject, embed_images

    found = Subject.of(head, text_encoder, model=model, definitions=definitions, show_progress=bars())
    if data is None:
        return found
    return replace(found, images=embed_images(data, head, image_encoder, model=model, show_progress=bars()))


def _about(
    model: AlignedModel | None, image_encoder: ImageEncoder, text_encoder: TextEncoder, subject: Subject
) -> dict[str, Any]:
    """What was analysed, with everything that decides the figures."""
    from headword.report import model_row, provenance

    head, images = subject.head, subject.images
    return {
        "image_encoder": image_encoder.describe(),
        "text_encoder": text_encoder.describe(),
        "model": model_row(model) if model is not None else None,
        "head": {"layer": head.layer, "labels": head.labels.name, "version": head.labels.version, "classes": len(head)},
        "data": None
        if images is None
        else {**images.data, "n": len(images.rows), "of_own_classes": int((images.rows >= 0).sum())},
        "provenance": provenance(command_line()),
    }


def _outcome(found: Study, about: dict[str, Any], images: EmbeddedImages | None, output: Path | None) -> Outcome:
    from headword.cli._analysis_grids import MOST, study_grids
    from headword.report import bad_lines

    bad: Sequence[Any] = images.bad if images is not None else ()
    image, text = about["image_encoder"]["name"], about["text_encoder"]["name"]
    view = [
        f"{image} and its {found.classes:,} classes' names in {text}",
        *study_grids(found),
        *(f"left out: {part}, for there are {reason}" for part, reason in found.left_out),
        *([] if output is None else [f"all of it: {output}"]),
    ]
    notes = unread(bad_lines(bad), len(bad) + about["data"]["n"] if bad else None)
    document = {
        **about,
        "analysis": found.as_dict(MOST),
        "bad_images": [{"id": each.id, "reason": each.reason} for each in bad],
    }
    return Outcome(document, view, notes, bool(bad))
