"""What all verbs have in common: help, JSON, exit codes, errors in three parts, Ctrl-C."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

import headword as hw
from headword import errors
from headword.cli import app

Run = Callable[..., Result]

VERBS = (
    "align", "classify", "adapt", "validate", "eval", "bench", "compare", "analyze", "pairs-up", "report", "labels",
    "ls", "demo",
)  # fmt: skip


def headword(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "headword", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
        check=False,
    )


def test_the_verbs_are_the_ones_promised(run: Run) -> None:
    shown = run("--help").stdout
    assert [each for each in VERBS if f"\n  {each} " in shown] == list(VERBS)


def test_every_verb_tells_of_itself_with_an_example(run: Run) -> None:
    for verb in VERBS:
        shown = run(verb, "--help").stdout
        assert f"  headword {verb}" in shown.partition("Example")[2], verb
        for flag in ("--json", "--quiet", "--debug"):
            assert flag in shown, (verb, flag)


def test_the_examples_of_the_help_are_understood() -> None:
    # Parsed only, by typer itself: an option that was renamed would be refused.
    import typer

    command = typer.main.get_command(app)
    with command.make_context("headword", ["ls"]) as context:
        for verb in VERBS:
            parser = command.get_command(context, verb)
            assert parser is not None
            examples = [line for line in (parser.epilog or "").splitlines() if line.startswith("  headword")]
            assert examples
            for line in examples:
                typed = shlex.split(line.partition(" > ")[0])[2:]
                parser.make_context(verb, typed)


def test_help_is_light() -> None:
    script = (
        "import sys; sys.argv = ['headword', '--help']\n"
        "from headword.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'numpy', 'scipy', 'sklearn', 'PIL', 'pandas', 'timm', 'rich'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: headword")


def test_version(run: Run) -> None:
    assert run("--version").stdout == f"headword {hw.__version__}\n"


def test_a_wrong_line_is_json_too() -> None:
    done = headword("labels", "imagenet-1k", "--nosuch", "--json")
    assert done.returncode == 2
    found = json.loads(done.stdout)["error"]
    assert found["kind"] == "UsageError"
    assert found["asked"] == "headword labels imagenet-1k --nosuch --json"
    assert found["do"] == "see headword labels --help"
    assert "No such option: --nosuch" in done.stderr


def test_a_wrong_line_without_json_leaves_stdout_alone() -> None:
    done = headword("nosuch")
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such command 'nosuch'" in done.stderr


def test_an_error_has_three_parts_and_no_traceback() -> None:
    done = headword("labels", "nosuch.txt")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "asked: labels from nosuch.txt",
        "found: it cannot be read: No such file or directory",
        "   do: check the path",
    ]


def test_an_error_is_told_as_json_and_to_the_reader(run: Run) -> None:
    result = run("labels", "nosuch.txt", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout) == {
        "error": {
            "kind": "InputError",
            "asked": "labels from nosuch.txt",
            "found": "it cannot be read: No such file or directory",
            "do": "check the path",
        }
    }
    assert result.stderr.startswith("asked: labels from nosuch.txt\n")


def test_debug_shows_the_traceback_before_and_after_the_verb(run: Run) -> None:
    for line in (["--debug", "labels", "nosuch.txt"], ["labels", "nosuch.txt", "--debug"]):
        result = run(*line)
        assert result.exit_code == 2
        assert "Traceback" in result.stderr
        assert "headword.errors.InputError" in result.stderr


def test_flags_do_not_last(run: Run) -> None:
    run("--debug", "labels", "nosuch.txt")
    assert "Traceback" not in run("labels", "nosuch.txt").stderr


def test_a_full_disk_is_an_error_in_three_parts(run: Run, saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device", "model.safetensors")

    monkeypatch.setattr(hw.AlignedModel, "save_pretrained", full)
    result = run("align", "planted/eye", "--text", "planted/ear", "--definitions", "none", "-o", saved / "new", "-q")
    assert result.exit_code == 2
    assert "found: No space left on device: model.safetensors" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_reader_who_has_seen_enough_is_no_error(form: tuple[str, ...]) -> None:
    line = [sys.executable, "-m", "headword", "labels", "imagenet-1k", *form]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(60) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_disk_that_is_full_of_the_answer_is_told(form: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "headword", "labels", "imagenet-1k", *form],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "asked: to read and write files",
        "found: No space left on device",
        "   do: check the path, its permissions and the space on the disk",
    ]


@pytest.mark.parametrize(
    "line",
    [
        ("align", "planted/eye", "-o", "{out}"),
        ("adapt", "{saved}", "{pictures}", "-o", "{out}"),
        ("eval", "{saved}", "--data", "{pictures}", "-o", "{out}"),
        ("analyze", "{saved}", "-o", "{out}"),
        ("pairs-up", "--image", "planted/eye", "--text", "planted/ear", "-o", "{out}"),
        ("report", "{saved}", "-o", "page.html", "--numbers", "{out}"),
        ("demo", "-o", "{out}"),
    ],
    ids=lambda line: line[0],
)
def test_where_nothing_can_be_written_is_told_first(
    run: Run, saved: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: tuple[str, ...]
) -> None:
    def slow(*_: Any, **__: Any) -> None:
        pytest.fail("something slow was begun")

    for name in ("align", "load_image_encoder"):
        monkeypatch.setattr(hw, name, slow)
    monkeypatch.setattr(hw.AlignedModel, "from_pretrained", slow)
    (tmp_path / "note.txt").write_text("mine", encoding="utf-8")
    places = {"saved": saved, "pictures": pictures, "out": tmp_path / "note.txt" / "new"}
    result = run(*(each.format(**places) for each in line))
    assert result.exit_code == 2
    assert f"found: {tmp_path / 'note.txt'} is a file" in result.stderr
    assert (tmp_path / "note.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files here")
def test_a_device_is_not_replaced_by_a_file(run: Run, saved: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    result = run("analyze", saved, "-o", pipe)
    assert result.exit_code == 2
    assert "found: not a regular file" in result.stderr
    assert pipe.is_fifo()


def test_a_home_folder_that_the_shell_left_is_found(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    result = run("align", "planted/eye", "--text", "planted/ear", "--definitions", "none", "--output=~/model", "-q")
    assert result.exit_code == 0, result.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["home"]
    assert (tmp_path / "home" / "model" / "config.json").is_file()


def test_a_damaged_model_is_known_as_one(run: Run, saved: Path, pictures: Path, tmp_path: Path) -> None:
    for each in saved.iterdir():
        (tmp_path / each.name).write_bytes(each.read_bytes())
    (tmp_path / "config.json").write_text("{", encoding="utf-8")
    result = run("classify", tmp_path, pictures, "-l", "a cat", "-l", "a dog")
    assert result.exit_code == 2
    assert "found: damaged files" in result.stderr


def test_what_libraries_print_does_not_come_between(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from headword.labels import coverage

    report = coverage.label_report

    def loud(labels: hw.LabelSet) -> object:
        sys.stdout.write("downloading …\n")
        return report(labels)

    monkeypatch.setattr(coverage, "label_report", loud)
    result = run("labels", "imagenet-1k", "--json")
    assert json.loads(result.stdout)["labels"]["rows"] == 1000
    assert "downloading" in result.stderr


def test_ctrl_c_leaves_nothing_half_written(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from headword.storage import model_files as storage

    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(storage, "save_file", interrupted)
    result = run("align", "planted/eye", "--text", "planted/ear", "-o", tmp_path / "model", "--json")
    assert result.exit_code == 130
    assert json.loads(result.stdout)["error"]["kind"] == "Interrupted"
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_keeps_the_model_that_was_there(
    run: Run, tmp_path: Path, planted_model: hw.AlignedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from headword.storage import model_files as storage

    planted_model.save_pretrained(tmp_path / "model")
    before = {each.name: each.read_bytes() for each in (tmp_path / "model").iterdir()}
    write = storage.save_file

    def interrupted(*given: Any) -> None:
        write(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(storage, "save_file", interrupted)
    result = run("align", "planted/eye", "--text", "planted/ear", "-o", tmp_path / "model", "-q")
    assert result.exit_code == 130
    assert {each.name: each.read_bytes() for each in (tmp_path / "model").iterdir()} == before
    assert [each.name for each in tmp_path.iterdir()] == ["model"]


# The program with the planted encoders, told to end while it writes the model.
TOLD_TO_END = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what it starts behind a prompt ignore it
tests, number, *arguments = sys.argv[1:]
sys.path.insert(0, tests)
import planted
from headword import cli
from headword.storage import model_files as storage
from headword.encoders import image_encoders, text_encoders
image_encoders.register("planted", planted.Eye)
text_encoders.register("planted", planted.Ear)
write = storage.save_file
def told(*given):
    write(*given)
    os.kill(os.getpid(), int(number))
storage.save_file = told
sys.argv = ["headword", *arguments]
cli.main()
"""


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_a_run_told_to_end_cleans_up(tmp_path: Path, told: signal.Signals) -> None:
    world = ("planted/eye", "--text", "planted/ear", "-o", str(tmp_path / "model"))
    line = (sys.executable, "-c", TOLD_TO_END, str(Path(__file__).parents[1]), str(int(told)), "align", *world)
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 128 + told, done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_next_command_is_one_that_the_shell_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    from headword.cli._common import program

    monkeypatch.setattr(sys, "argv", [".venv/bin/headword", "demo"])
    monkeypatch.setenv("PATH", "/nowhere")
    assert program() == ".venv/bin/headword"
    monkeypatch.setattr(sys, "argv", ["/somewhere/__main__.py", "demo"])
    assert program() == "headword"


def test_a_reader_that_stops_reading_is_no_fault() -> None:
    line = f"{shlex.quote(sys.executable)} -m headword labels imagenet-21k --limit 0 | head -n 1"
    done = subprocess.run(line, shell=True, capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout.startswith("imagenet-21k")
    assert "Traceback" not in done.stderr


def test_a_terminal_that_knows_only_ascii_gets_an_answer() -> None:
    done = headword("ls", "templates", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr
    assert "a photo of a {}" in done.stdout
    parsed = headword("ls", "image-encoders", "--json", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert "timm" in json.loads(parsed.stdout)["image-encoders"]


def test_every_error_class_ends_in_exit_code_2(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from headword.labels.label_set import LabelSet

    kinds = [getattr(errors, name) for name in errors.__all__ if isinstance(getattr(errors, name), type)]
    assert len(kinds) >= 9
    for kind in kinds:

        def fails(*_: Any, kind: type[errors.HeadwordError] = kind) -> None:
            raise kind("this", "that", "do so")

        monkeypatch.setattr(LabelSet, "named", fails)
        result = run("labels", "imagenet-1k", "--json")
        assert result.exit_code == 2
        assert json.loads(result.stdout)["error"]["kind"] == kind.__name__
