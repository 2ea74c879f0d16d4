"""Arguments and options that several verbs take, each declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = [
    "TEXT", "Debug", "DefinitionSource", "Device", "Images", "Json", "LabelFile", "LabelList", "LabelRow", "Labels",
    "Method", "Model", "ModelOrEncoder", "NewModel", "OpenModel", "OutputFile", "OwnText", "Quiet", "Root", "Split",
    "Strict", "Text", "argument", "option",
]  # fmt: skip

TEXT = "bundled/all-minilm-l6-v2"


def argument(metavar: str, help: str) -> Any:
    """An argument, for `Annotated`."""
    return typer.Argument(metavar=metavar, help=help)


def option(names: str, help: str, metavar: str | None = None, **more: Any) -> Any:
    """An option with its names in one text, for `Annotated`; a flag has no metavar."""
    return typer.Option(*names.split(), metavar=metavar, help=help, **more)


Model = Annotated[str, argument("MODEL", "A saved model.")]
ModelOrEncoder = Annotated[str, argument("MODEL", "A saved model, or an image encoder.")]
OpenModel = Annotated[str, argument("MODEL", "A saved model, or an image encoder to align on the spot.")]
Images = Annotated[list[str], argument("PICTURES...", "Files, folders and globs.")]

Text = Annotated[str, option("--text", "Text encoder: a name (see `headword ls`) or a local folder.", "TEXT_ENCODER")]
OwnText = Annotated[
    str | None, option("--text", f"Text encoder; by default the model's own, or {TEXT}.", "TEXT_ENCODER")
]
DefinitionSource = Annotated[
    str,
    option(
        "--definitions", "Source of definitions: ImageNet-21k, WordNet, none, or your file.", "auto|wordnet|none|FILE"
    ),
]
Labels = Annotated[
    str | None, option("--labels", "The classifier's classes in order, if its record lacks them.", "FILE|SET")
]
LabelList = Annotated[list[str] | None, option("--label -l", "A label to look for; repeat it for more.", "LABEL")]
LabelRow = Annotated[str | None, option("--labels", "Several labels, separated by commas.", "A,B,C")]
LabelFile = Annotated[
    str | None, option("--labels-file", "A file of labels (.txt, .csv, .json), or a known set.", "FILE|SET")
]
Method = Annotated[str | None, option("--method", "One of `headword ls adapters`; by default careful.", "NAME")]
Strict = Annotated[bool, option("--strict", "Stop at the first picture that cannot be read.")]
Split = Annotated[str | None, option("--split", "Split of the data set: test, val, …", "SPLIT")]
Root = Annotated[
    Path | None, option("--root", "Folder with known data sets; by default $HEADWORD_DATA, else data.", "FOLDER")
]
Device = Annotated[str, option("--device", "Where the encoders run.", "auto|cpu|cuda|mps")]
OutputFile = Annotated[Path | None, option("--output -o", "Write the result to a JSON file.", "FILE")]
NewModel = Annotated[Path, option("--output -o", "Where to save the model.", "FOLDER")]
Json = Annotated[bool, option("--json", "Print one JSON document on stdout, and nothing else there.")]
Quiet = Annotated[bool, option("--quiet -q", "No bars and notes on stderr, errors only.")]
Debug = Annotated[bool, option("--debug --verbose", "Show the log, and the traceback of an error.")]
