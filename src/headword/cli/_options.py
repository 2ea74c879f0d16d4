"""Options that several verbs take, each said once."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["TEXT", "Aligner", "Debug", "Definitions", "Device", "Json", "Quiet", "Text"]

TEXT = "bundled/all-minilm-l6-v2"

Text = Annotated[
    str,
    typer.Option("--text", metavar="TEXT_ENCODER", help="Text encoder: a name (see `headword ls`) or a local folder."),
]
Aligner = Annotated[str, typer.Option("--aligner", metavar="NAME", help="One of `headword ls aligners`.")]
Definitions = Annotated[
    str,
    typer.Option(
        "--definitions",
        metavar="auto|wordnet|none|FILE",
        help="Where to look definitions up: ImageNet-21k's table, WordNet, nowhere, or a file of your own.",
    ),
]
Device = Annotated[str, typer.Option("--device", metavar="auto|cpu|cuda|mps", help="Where the encoders run.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else there.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No bars and notes on stderr, errors only.")]
Debug = Annotated[bool, typer.Option("--debug", "--verbose", help="Show the log, and the traceback of an error.")]
