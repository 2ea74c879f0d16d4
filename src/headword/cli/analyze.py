"""`headword analyze`: why names work, or do not, with chance and a null beside every figure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headword.cli._cache import Cache, NoCache, opened
from headword.cli._common import Code, Outcome, command_line, log, verb
from headword.cli._inputs import check_file, encoder_options, image_encoder_of, is_saved_model, refuse_own
from headword.cli._options import TEXT, Debug, DefinitionSource, Device, Json, OwnText, Quiet, Root, Split
from headword.errors import InputError
from headword.storage.json_safe import strict

if TYPE_CHECKING:
    from headword.analysis import EmbeddedImages, Study, Subject
    from headword.cache.embeddings import EmbeddingCache
    from headword.datasets import Labelled
    from headword.encoders import ImageEncoder, TextEncoder
    from headword.heads import Head
    from headword.model.aligned import AlignedModel

EXAMPLES = (
    "headword analyze lite0 --data my-pictures -o lite0.json",
    "headword analyze bundled/efficientnet-lite0 --what names --what neighbours -k 10",
)


class Part(StrEnum):
    """What can be analysed: `headword.analysis.parts.PARTS`, which is too heavy to import for a list of names."""

    NEIGHBOURS = "neighbours"
    CKA = "cka"
    GAP = "gap"
    HUBNESS = "hubness"
    NAMES = "names"
    IMAGE_MEANS = "picture-means"
    COSINE_HEAD = "cosine-head"


@verb
def run(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A saved model, or an image encoder.")],
    data: Annotated[
        str | None,
        typer.Option(
            "--data",
            metavar="PATH|NAME",
            help="Pictures with classes: a folder with one folder per class, or a known data set.",
        ),
    ] = None,
    split: Split = None,
    root: Root = None,
    what: Annotated[
        list[Part] | None,
        typer.Option(
            "--what",
            metavar="|".join(Part),
            help="Give it once for each; all that applies unless given.",
        ),
    ] = None,
    k: Annotated[
        list[int] | None,
        typer.Option("-k", metavar="K", help="Neighbours; give it once for each. 3, 5 and 10 unless given."),
    ] = None,
    permutations: Annotated[
        int | None,
        typer.Option(
            "--permutations",
            metavar="N",
            help="Of every null; unless given 200, 20 beyond 5,000 classes, and 10,000 of the gap's.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of permutations and draws.")] = 0,
    text: OwnText = None,
    labels: Annotated[
        str | None,
        typer.Option("--labels", metavar="FILE|SET", help="The image encoder's classes, as for `align`."),
    ] = None,
    definitions: DefinitionSource = "auto",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write everything as JSON, every row of the head too."),
    ] = None,
    cache: Cache = None,
    no_cache: NoCache = False,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> Outcome:
    """See why names work: what prototypes and names have in common, and which rows are badly named.

    No picture is needed; with pictures it also tells how many of them a prototype is worth, and what a classifier
    loses without the lengths of its rows. Beside every figure stand N, chance, and what permuted names give.
    """
    from headword.analysis import study

    check_file(output, "the analysis")
    images = None if data is None else _labelled(data, root, split)
    progress = False if quiet else None
    with opened(cache, no_cache) as kept:
        loaded, seeing, reading, head = _parts(model, text, labels, device, kept)
        log.info("%s classes of %s, named in %s", f"{len(head):,}", seeing.name, reading.name)
        subject = _subject(head, reading, loaded, definitions, images, seeing, progress)
    parts = None if not what else [each.value for each in what]
    found = study(subject, parts, ks=k or None, permutations=permutations, seed=seed, show_progress=progress)
    about = {**_about(loaded, seeing, reading, subject), "seed": seed}
    if output is not None:
        _write(output, {**about, "analysis": found.as_dict()})
    return _told(found, about, subject.images, output)


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

    options = encoder_options(device)
    if not is_saved_model(model):
        seeing = cache.images(image_encoder_of(model, device))
        return None, seeing, cache.texts(hw.load_text_encoder(text or TEXT, **options)), seeing.head(labels)
    refuse_own(model, text=text, labels=labels)
    loaded = hw.AlignedModel.from_pretrained(model, **options).cached(cache)
    seeing = loaded.image_encoder
    return loaded, seeing, loaded.text_encoder, seeing.head(loaded.labels)


def _subject(
    head: Head,
    reading: TextEncoder,
    model: AlignedModel | None,
    definitions: str,
    data: Labelled | None,
    seeing: ImageEncoder,
    progress: bool | None,
) -> Subject:
    from headword.analysis import Subject, embed_images

    found = Subject.of(head, reading, model=model, definitions=definitions, show_progress=progress)
    if data is None:
        return found
    return replace(found, images=embed_images(data, head, seeing, model=model, show_progress=progress))


def _about(model: AlignedModel | None, seeing: ImageEncoder, reading: TextEncoder, subject: Subject) -> dict[str, Any]:
    """What was analysed, with everything that decides the figures."""
    from headword.report import model_row, provenance

    head, images = subject.head, subject.images
    return {
        "image_encoder": seeing.describe(),
        "text_encoder": reading.describe(),
        "model": model_row(model) if model is not None else None,
        "head": {"layer": head.layer, "labels": head.labels.name, "version": head.labels.version, "classes": len(head)},
        "data": None
        if images is None
        else {**images.data, "n": len(images.rows), "of_own_classes": int((images.rows >= 0).sum())},
        "provenance": provenance(command_line()),
    }


def _write(path: Path, document: dict[str, Any]) -> None:
    from headword.storage.model_files import atomic_write

    text = json.dumps(strict(document), indent=1, ensure_ascii=False, allow_nan=False)
    with atomic_write(path) as fresh:
        fresh.write_text(f"{text}\n", encoding="utf-8")


def _told(found: Study, about: dict[str, Any], images: EmbeddedImages | None, output: Path | None) -> Outcome:
    from headword.cli._analysis_grids import MOST, study_grids
    from headword.report import bad_lines

    bad: Sequence[Any] = images.bad if images is not None else ()
    view: list[Any] = [f"{about['image_encoder']['name']} and its {found.classes:,} classes' names in "
                       f"{about['text_encoder']['name']}"]  # fmt: skip
    view += study_grids(found)
    view += [f"left out: {part}, for there are {reason}" for part, reason in found.left_out]
    if output is not None:
        view.append(f"all of it: {output}")
    notes = [f"{len(bad)} of {len(bad) + about['data']['n']} pictures could not be read:"] if bad else []
    notes += [f"  {line}" for line in bad_lines(bad)]
    document = {
        **about,
        "analysis": found.as_dict(MOST),
        "bad_images": [{"id": each.id, "reason": each.reason} for each in bad],
    }
    return Outcome(document, view, notes, Code.BAD_IMAGES if bad else Code.DONE)
