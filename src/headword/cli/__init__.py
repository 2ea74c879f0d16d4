"""The command line: one file per verb; each verb describes itself by `--help` and prints JSON with `--json`.

To add one, write a module with a function `run` under `@verb(example)`, and its name below; from outside,
call `headword.cli.registry.register("my-verb", run)` or declare an entry point in the group "headword.verbs". A verb's
module is imported when the verb runs, or its help is shown, and imports nothing heavy itself.
"""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from headword.cli._common import Code, Flags, Outcome, misunderstood, set_flags, verb
from headword.cli._options import Debug, Quiet, option
from headword.registry import Registry

__all__ = ["Outcome", "app", "main", "registry", "verb", "verbs"]

_NAMES = (
    "align", "classify", "adapt", "validate", "eval", "analyze", "pairs-up", "bench", "compare", "report", "labels",
    "ls", "demo",
)  # fmt: skip
registry = Registry("verb", "headword.verbs", {each: f"{__name__}.{each.replace('-', '_')}:run" for each in _NAMES})

_STYLE: dict[str, Any] = {
    "add_completion": False,
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
    "context_settings": {"help_option_names": ["-h", "--help"]},
}


def verbs() -> list[str]:
    """All verbs: those of headword in the order of a first use, then others."""
    return list(dict.fromkeys([*_NAMES, *registry]))


class _Verbs(TyperGroup):
    """The group of the verbs in `registry`."""

    def list_commands(self, ctx: Any) -> list[str]:
        return verbs()

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in registry:
            return None
        run = registry[cmd_name]
        heading = "Examples:" if len(run.examples) > 1 else "Example:"
        # "\b" keeps the lines of an example apart.
        epilog = "\n  ".join([f"\b\n{heading}", *run.examples])
        single = typer.Typer(**_STYLE)
        single.command(cmd_name, cls=run.command_class, epilog=epilog)(run)
        return typer.main.get_command(single)


app = typer.Typer(
    name="headword",
    cls=_Verbs,
    no_args_is_help=True,
    epilog=(
        "Every verb takes --json: one JSON document on stdout and nothing else; bars and notes go to stderr. "
        "Exit codes: 0 done; 2 a wrong command or input; 3 done, but some pictures could not be read or some runs "
        "failed; 130 stopped by Ctrl-C; 1 a fault of headword itself."
    ),
    **_STYLE,
)


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
    version: Annotated[bool, option("--version", "Print the version.", callback=_print_version, is_eager=True)] = False,
) -> None:
    """Turn any trained image classifier into an open-vocabulary vision-language model."""
    set_flags(Flags(quiet=quiet, debug=debug))


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
