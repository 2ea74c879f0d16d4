"""Options that several verbs take, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "TEXT", "AlignerName", "Debug", "DefinitionSource", "Device", "Json", "LabelFile", "LabelList", "LabelRow",
    "Method", "OwnText", "Quiet", "Root", "Text",
]  # fmt: skip

TEXT = "bundled/all-minilm-l6-v2"

Text = Annotated[
    str,
    typer.Option("--text", metavar="TEXT_ENCODER", help="Text encoder: a name (see `headword ls`) or a local folder."),
]
OwnText = Annotated[
    str | None,
    typer.Option("--text", metavar="TEXT_ENCODER", help=f"Text encoder; by default the model's own, or {TEXT}."),
]
AlignerName = Annotated[str, typer.Option("--aligner", metavar="NAME", help="One of `headword ls aligners`.")]
DefinitionSource = Annotated[
    str,
    typer.Option(
        "--definitions",
        metavar="auto|wordnet|none|FILE",
        help="Where to look definitions up: ImageNet-21k's table, WordNet, nowhere, or a file of your own.",
    ),
]
LabelList = Annotated[
    list[str] | None,
    typer.Option("--label", "-l", metavar="LABEL", help="What may be seen; give it once for each."),
]
LabelRow = Annotated[
    str | None, typer.Option("--labels", metavar="A,B,C", help="Several labels, with commas between them.")
]
LabelFile = Annotated[
    str | None,
    typer.Option("--labels-file", metavar="FILE|SET", help="A file of labels (.txt, .csv, .json), or a known set."),
]
Method = Annotated[
    str | None,
    typer.Option("--method", metavar="NAME", help="One of `headword ls adapters`, careful unless given."),
]
Device = Annotated[str, typer.Option("--device", metavar="auto|cpu|cuda|mps", help="Where the encoders run.")]
Split = Annotated[str | None, typer.Option("--split", metavar="SPLIT", help="Of the data set: test, val, …")]
Root = Annotated[
    Path | None,
    typer.Option(
        "--root",
        metavar="FOLDER",
        help="Where your copies of known data sets are; $HEADWORD_DATA, else data, unless given.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else there.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No bars and notes on stderr, errors only.")]
Debug = Annotated[bool, typer.Option("--debug", "--verbose", help="Show the log, and the traceback of an error.")]
