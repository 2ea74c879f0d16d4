"""The demo's words: its page, the numbers beside it, and what the terminal shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headword.cli._common import program
from headword.report import Card, Grid, held_out_grid, percent, thumbnail, write_page
from headword.storage.model_files import atomic_write

if TYPE_CHECKING:
    from headword.model.aligned import AlignedModel

__all__ = ["view", "write"]


def write(
    page: Path,
    result: Path,
    document: Mapping[str, Any],
    photographs: Mapping[str, Path],
    model: AlignedModel,
    saved: Path,
) -> None:
    """Writes the page and, as JSON, the numbers on it."""
    with atomic_write(result) as fresh:
        fresh.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    kind = document["model"]["aligner"]["kind"]
    write_page(
        page,
        title="A classifier learned words",
        lead=_lead(document),
        figures=_figures(document),
        cards=[
            Card(
                each["name"],
                *thumbnail(photographs[each["name"]]),
                each["truth"],
                each["place"],
                tuple(zip(each["labels"], each["probabilities"], strict=True)),
            )
            for each in document["pictures"]
        ],
        labels=document["labels"],
        labels_note=f"Chosen before any result was seen. {_novelty(document)}"
        f"{' These have a dashed border.' if any(document['labels'].values()) else ''}",
        grid=held_out_grid([(kind, each) for each in model.validation]),
        facts=_facts(document, result.name),
        next_command=_next(saved),
    )


def view(document: Mapping[str, Any], page: Path, saved: Path) -> list[Any]:
    """For the terminal."""
    rows = tuple(
        (
            each["name"],
            each["truth"],
            each["labels"][0],
            percent(each["probabilities"][0]),
            str(each["place"] or "not in the first five"),
        )
        for each in document["pictures"]
    )
    header = ("photograph", "shows", "best label", "probability", "place of what it shows")
    title = f"{document['photographs']} photographs among {len(document['labels'])} labels"
    figures = "; ".join(f"{number} {meaning}" for number, meaning in _figures(document))
    return [
        Grid(title, header, rows, (3,)),
        f"{figures}.\n{_novelty(document)}\n",
        f"page:  {page}\nmodel: {saved}\nnext:  {_next(saved)}",
    ]


def _lead(document: Mapping[str, Any]) -> str:
    row = document["model"]
    return (
        f"{row['image_encoder']['name']} was trained to tell {row['classes']:,} classes apart. Aligned with "
        f"the text encoder {row['text_encoder']['name']}, in {document['seconds_to_align']:.0f} seconds and "
        f"without one picture, it answers in any words. {_novelty(document)}"
    )


def _novelty(document: Mapping[str, Any]) -> str:
    known, asked = sum(document["labels"].values()), len(document["labels"])
    count = {0: "None", 1: "One"}.get(known, str(known))
    return (
        f"{count} of the {asked} labels {'is' if known < 2 else 'are'} among the names of its "
        f"{document['model']['classes']:,} classes."
    )


def _figures(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    total = document["photographs"]
    return [
        (f"{document['found_first']} of {total}", f"found first (chance {document['chance_first']:.1f})"),
        (
            f"{document['in_the_first_five']} of {total}",
            f"in the first five (chance {document['chance_in_the_first_five']:.1f})",
        ),
    ]


def _facts(document: Mapping[str, Any], result: str) -> dict[str, str]:
    row, made = document["model"], document["provenance"]
    image, text = (
        f"{each['name']}, {each['dim']} dimensions, fingerprint {each['fingerprint'][:16]}"
        for each in (row["image_encoder"], row["text_encoder"])
    )
    chosen = ", ".join(f"{name} {value}" for name, value in row["aligner"]["chosen"].items())
    packages = ", ".join(f"{name} {number}" for name, number in made["packages"].items())
    return {
        "Image encoder": image,
        "Text encoder": text,
        "Aligner": f"{row['aligner']['kind']}{f' ({chosen})' if chosen else ''}",
        "Command": made["command"],
        "Versions": f"headword {made['headword']}, Python {made['python']}, {packages}",
        "Date": made["date"],
        "All numbers": f"{result}, beside this page",
    }


def _next(saved: Path) -> str:
    return f"{program()} classify {saved} my-photos/ -l 'a lighthouse' -l 'a vineyard' -l 'my bicycle'"
