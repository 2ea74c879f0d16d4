"""The command line: one file per verb; every verb tells of itself by `--help` and gives JSON by `--json`.

Nothing heavy is imported before a verb runs, so that `headword --help` is instant.
"""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Annotated

import typer

from headword.cli import (
    adapt,
    align,
    analyze,
    bench,
    classify,
    compare,
    demo,
    eval,
    labels,
    ls,
    pairs_up,
    report,
    validate,
)
from headword.cli._common import Code, Flags, misunderstood, set_root_flags
from headword.cli._options import Debug, Quiet

__all__ = ["app", "main"]

app = typer.Typer(
    name="headword",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=(
        "Every verb takes --json: one JSON document on stdout and nothing else; bars and notes go to stderr. "
        "Exit codes: 0 done; 2 a wrong command or input; 3 done, but some pictures could not be read or some runs "
        "failed; 130 stopped by Ctrl-C; 1 a fault of headword itself."
    ),
)
for _verb in (align, classify, adapt, validate, eval, analyze, pairs_up, bench, compare, report, labels, ls, demo):
    _heading = "Examples:" if len(_verb.EXAMPLES) > 1 else "Example:"
    # "\b" keeps the lines of an example apart.
    _epilog = "\n  ".join([f"\b\n{_heading}", *_verb.EXAMPLES])
    _name = _verb.__name__.rpartition(".")[2].replace("_", "-")
    app.command(_name, cls=getattr(_verb, "Command", None), epilog=_epilog)(_verb.run)


def _print_version(asked: bool) -> bool:
    if asked:
        from headword._version import __version__

        typer.echo(f"headword {__version__}")
        raise typer.Exit
    return asked


@app.callback()
def _root(
    quiet: Quiet = False,
    debug: Debug = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Turn any trained image classifier into an open-vocabulary vision-language model."""
    set_root_flags(Flags(quiet=quiet, debug=debug))


def main() -> None:
    """The console script `headword`."""
    # A run that is told to end cleans up as an interrupted one does.
    signal.signal(signal.SIGTERM, _terminated)
    # A file name in no encoding is no reason to lose a table; in JSON the escapes are JSON's own.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        app(prog_name="headword")
    except SystemExit as stop:
        if stop.code == Code.ERROR and "--json" in sys.argv:
            misunderstood(sys.argv[1:])
        raise


def _terminated(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + signum)
