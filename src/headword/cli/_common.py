"""What every verb shares: one JSON document or a view for people, errors in three parts, exit codes."""

from __future__ import annotations

import inspect
import json
import logging
import os
import shlex
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from dataclasses import dataclass
from enum import IntEnum
from functools import partial, wraps
from pathlib import Path
from shutil import which
from typing import Any, ParamSpec

import typer

from headword.cli._options import Debug, Json, Quiet
from headword.errors import HeadwordError
from headword.storage.json_safe import strict

__all__ = [
    "Code", "Flags", "Outcome", "bars", "command_line", "flags", "log", "misunderstood", "program", "set_flags",
    "unread", "verb",
]  # fmt: skip

P = ParamSpec("P")

log = logging.getLogger("headword.cli")

PIPED_WIDTH = 160
"""Columns of a table that goes to a file or another program, where `COLUMNS` does not say."""


class Code(IntEnum):
    """Exit codes; 1 is left to Python itself, for faults of headword."""

    DONE = 0
    ERROR = 2
    BAD_IMAGES = 3
    INTERRUPTED = 130


@dataclass(frozen=True)
class Flags:
    """The flags that every verb has.

    Attributes:
        as_json: Print one JSON document on stdout.
        quiet: No bars and no notes on stderr, errors only.
        debug: Show the whole log, and the traceback of an error.
    """

    as_json: bool = False
    quiet: bool = False
    debug: bool = False


@dataclass(frozen=True)
class Outcome:
    """The result of a verb.

    Attributes:
        document: Everything, for programs.
        view: For people: what rich can show; a text is printed as it is.
        notes: What else a person should know, for stderr.
        incomplete: Whether some images could not be read, or some runs failed: exit code 3.
    """

    document: Mapping[str, Any]
    view: Sequence[Any]
    notes: Sequence[str] = ()
    incomplete: bool = False


_flags: ContextVar[Flags] = ContextVar("flags", default=Flags())  # noqa: B039, frozen
_answered: ContextVar[bool] = ContextVar("answered", default=False)


def set_flags(given: Flags) -> None:
    """Sets the flags given before the verb."""
    _flags.set(given)
    _answered.set(False)


def flags() -> Flags:
    """The flags of the verb that runs."""
    return _flags.get()


def bars() -> bool | None:
    """What the verb that runs passes as `show_progress`: bars on a terminal, none with --quiet."""
    return False if flags().quiet else None


def unread(lines: Sequence[str], total: int | None = None) -> list[str]:
    """Notes on pictures that could not be read: how many of the `total`, and a line for each."""
    of = "" if total is None else f" of {total}"
    return [f"{len(lines)}{of} pictures could not be read:", *(f"  {line}" for line in lines)] if lines else []


def command_line() -> str:
    """The command line, for the record."""
    return shlex.join(["headword", *sys.argv[1:]])


def program() -> str:
    """How to call this program again: by its path where it is not on the search path, as after `make demo`."""
    called = sys.argv[0]
    return called if Path(called).name == "headword" and which("headword") is None else "headword"


def verb(*examples: str, command_class: Any = None) -> Callable[[Callable[P, Outcome]], Callable[..., None]]:
    """Makes a command of a function that returns an `Outcome`: prints it, turns errors into exit codes.

    The command also takes --json, --quiet and --debug, here or before the verb; see `flags`.

    Args:
        examples: Command lines for its help.
        command_class: Another class than typer's own, for a verb that reads its command line in a way of its own.
    """

    def command(body: Callable[P, Outcome]) -> Callable[..., None]:
        @wraps(body)
        def run(*, as_json: bool, quiet: bool, debug: bool, **given: Any) -> None:
            _flags.set(Flags(as_json, quiet or flags().quiet, debug or flags().debug))
            for name, value in given.items():
                if isinstance(value, Path):  # in --output=~/lite0 the shell leaves the ~
                    given[name] = Path(os.path.expanduser(value))  # noqa: PTH111, whose other fails on "~nobody"
            code = _carry_out(partial(body, **given), flags())
            if code is not Code.DONE:
                raise typer.Exit(code)

        own, kind = inspect.signature(body, eval_str=True), inspect.Parameter.POSITIONAL_OR_KEYWORD
        shared = {"as_json": Json, "quiet": Quiet, "debug": Debug}
        more = [inspect.Parameter(name, kind, default=False, annotation=each) for name, each in shared.items()]
        # typer reads the options from the signature.
        run.__signature__ = own.replace(parameters=[*own.parameters.values(), *more])  # type: ignore[attr-defined]
        run.examples, run.command_class = examples, command_class  # type: ignore[attr-defined]
        return run

    return command


def misunderstood(arguments: Sequence[str]) -> None:
    """Puts the JSON of a command line that typer refused on stdout, unless a verb has answered already."""
    if not _answered.get():
        help_of = next((f"{each} --help" for each in arguments if not each.startswith("-")), "--help")
        found = "a command line that is not understood; stderr says where"
        _print_error("UsageError", command_line(), found, f"see headword {help_of}")


def _carry_out(body: Callable[[], Outcome], flags: Flags) -> Code:
    try:
        # Libraries that print must not come between a program and its JSON.
        with _logged(flags), redirect_stdout(sys.stderr):
            outcome = body()
        _tell(outcome, flags)
    except HeadwordError as error:
        return _report(flags, error, Code.ERROR, type(error).__name__, error.asked, error.found, error.do)
    except KeyboardInterrupt as error:
        parts = ("Interrupted", "to finish", "Ctrl-C", "nothing was left half-written; run it again")
        return _report(flags, error, Code.INTERRUPTED, *parts)
    except OSError as error:
        found = (error.strerror or str(error)) + (f": {error.filename}" if error.filename else "")
        do = "check the path, its permissions and the space on the disk"
        return _report(flags, error, Code.ERROR, type(error).__name__, "to read and write files", found, do)
    return Code.BAD_IMAGES if outcome.incomplete else Code.DONE


def _tell(outcome: Outcome, flags: Flags) -> None:
    if not flags.quiet:
        for note in outcome.notes:
            sys.stderr.write(f"{note}\n")
    text = _json(outcome.document) if flags.as_json else _shown(outcome.view)
    _answered.set(True)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # What is left unwritten would fail once more when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # that one is a reader who has seen enough, such as `head`
            raise


def _report(flags: Flags, error: BaseException, code: Code, kind: str, asked: str, found: str, do: str) -> Code:
    if flags.debug:
        sys.stderr.write("".join(traceback.format_exception(error)))
    sys.stderr.write(f"asked: {asked}\nfound: {found}\n   do: {do}\n")
    if flags.as_json and not _answered.get():
        _print_error(kind, asked, found, do)
    return code


def _print_error(kind: str, asked: str, found: str, do: str) -> None:
    _answered.set(True)
    sys.stdout.write(_json({"error": {"kind": kind, "asked": asked, "found": found, "do": do}}))


def _json(value: Mapping[str, Any]) -> str:
    readable = (sys.stdout.encoding or "").casefold() in ("utf-8", "utf8")
    return json.dumps(strict(value), indent=2, ensure_ascii=not readable, allow_nan=False) + "\n"


def _shown(view: Sequence[Any]) -> str:
    from rich.console import Console

    from headword.cli._terminal import TerminalGrid
    from headword.report.grid import Grid

    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = PIPED_WIDTH
    texts = []
    for part in view:
        if isinstance(part, str):
            texts.append(f"{part}\n")
        else:
            with console.capture() as captured:
                console.print(TerminalGrid(part) if isinstance(part, Grid) else part)
            texts.append(captured.get())
    return "".join(texts)


@contextmanager
def _logged(flags: Flags) -> Iterator[None]:
    """Sends headword's log to stderr while a verb runs: its warnings, with `debug` all of it."""
    library = logging.getLogger("headword")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    before = (library.level, log.level)
    library.setLevel(logging.DEBUG if flags.debug else logging.ERROR if flags.quiet else logging.WARNING)
    log.setLevel(logging.NOTSET if flags.debug or flags.quiet else logging.INFO)
    library.addHandler(handler)
    try:
        yield
    finally:
        library.removeHandler(handler)
        library.setLevel(before[0])
        log.setLevel(before[1])
