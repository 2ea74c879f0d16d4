"""Captions in JSON: Karpathy's `dataset_*.json`, whose record says each image's split, and COCO's `captions_*.json`.

Pictures are found by file name anywhere below the folder. Where a record of the split is missing there is no
split: a random one would be another test set under the same name.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from headword.datasets.base import Captioned
from headword.datasets.readers.captions_file import Entry, gather
from headword.datasets.readers.files import Listing, read_json, resolve_split
from headword.errors import InputError

__all__ = ["read_caption_json"]


def read_caption_json(
    path: str | Path, split: str | None = None, *, images: str | Path | None = None, captions: int | None = None
) -> Captioned:
    """Reads Karpathy's or COCO's JSON; the order of pictures and captions is the file's.

    Args:
        path: The file.
        split: Karpathy's "train", "restval", "val" or "test", or several: "train+restval".
        images: Folder to look for pictures in; by default the file's, or the one above an `annotations/`.
        captions: Take the first so many of each picture; COCO's usual protocol takes 5.

    Raises:
        InputError: Neither form, no such split, or a picture is not there.
    """
    path = Path(path)
    asked = f"captions from {path}"
    value = read_json(path, asked)
    records = value.get("images") if isinstance(value, dict) else None
    if not isinstance(records, list) or not records or not all(isinstance(each, dict) for each in records):
        raise InputError(asked, f"{value!r:.60}", "pass dataset_flickr30k.json, dataset_coco.json or captions_*.json")
    folder = (
        Path(images)
        if images is not None
        else (path.parent.parent if path.parent.name == "annotations" else path.parent)
    )
    try:
        name, entries = _karpathy(records, split, asked) if "sentences" in records[0] else _coco(value, split, asked)
    except (KeyError, TypeError) as error:
        raise InputError(asked, f"a record without {error}", "download the file again") from error
    cut = [entry._replace(captions=entry.captions[:captions]) for entry in entries]
    title = path.stem.removeprefix("dataset_")
    return gather(title, name, cut, Listing(folder, anywhere=True), asked, repeats=True)


def _karpathy(records: list[dict[str, Any]], split: str | None, asked: str) -> tuple[str, list[Entry]]:
    name, parts = resolve_split(split, [each["split"] for each in records], asked)
    return name, [
        Entry(
            f"{each['filepath']}/{each['filename']}" if each.get("filepath") else each["filename"],
            [sentence["raw"] for sentence in each["sentences"]],
            f"record {number}",
        )
        for number, each in enumerate(records)
        if each["split"] in parts
    ]


def _coco(value: dict[str, Any], split: str | None, asked: str) -> tuple[str, list[Entry]]:
    name, _ = resolve_split(split, ["all"], asked)
    captions: dict[Any, list[str]] = defaultdict(list)
    for each in value["annotations"]:
        captions[each["image_id"]].append(each["caption"])
    return name, [
        Entry(each["file_name"], captions[each["id"]], f"picture {each['id']}")
        for each in value["images"]
        if each["id"] in captions
    ]
