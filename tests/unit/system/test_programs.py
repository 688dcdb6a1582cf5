"""Programs are found and called alike, whatever kind of file they are."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from simple_deploy.core.errors import StepError, ToolMissing
from simple_deploy.system import process, programs, starters

PATH = r'C:\Program Files\Git\cmd;"C:\npm";relative;;C:\Windows'
ENDINGS = ".COM;.EXE;.BAT;.CMD"

AWKWARD = (
    "two words",
    "",
    "100%",
    "%PATH%",
    "%%",
    "a&b",
    "a|b>c<d",
    "caret^2",
    "!bang!",
    'say "hello"',
    'a\\"b',
    "C:\\a folder\\",
    "(brackets)",
    "Zoë Müller ✓",
    "-c",
    "a;b,c=d",
    "'single'",
    "$HOME `x`",
)


def test_a_program_is_looked_for_in_the_folders_of_path_and_never_in_the_current_one() -> None:
    found = list(programs.candidates("heroku", path=PATH, endings=ENDINGS))

    assert found[:4] == [rf"C:\Program Files\Git\cmd\heroku{ending}" for ending in (".com", ".exe", ".bat", ".cmd")]
    assert r"C:\npm\heroku.cmd" in found
    assert all(file.startswith("C:\\") for file in found)


def test_a_name_with_its_ending_is_looked_for_as_it_is() -> None:
    assert next(programs.candidates("git.exe", path=r"C:\git", endings=ENDINGS)) == r"C:\git\git.exe"


@pytest.mark.parametrize("name", [r"C:\venv\Scripts\uv", "C:/venv/Scripts/uv"])
def test_a_path_is_looked_for_there_alone(name: str) -> None:
    assert list(programs.candidates(name, path=PATH, endings=".EXE")) == [r"C:\venv\Scripts\uv.exe"]


def test_a_usual_program_is_called_as_ever() -> None:
    assert programs.called(r"C:\a b\git.exe", ["log", "two words"]) == (r"C:\a b\git.exe", "log", "two words")


def test_a_batch_file_is_called_by_the_shell_with_every_argument_quoted() -> None:
    line = programs.called(r"C:\npm\heroku.cmd", ["config:set", "KEY=a&b", "50%", 'say "x"'], runner=r"C:\W\cmd.exe")

    assert line == (
        r'"C:\W\cmd.exe" /d /s /e:on /v:off /c '
        r'""C:\npm\heroku.cmd" "config:set" "KEY=a&b" "50%%cd:~,%" "say ""x""""'
    )


@pytest.mark.parametrize("ending", ["cmd", "CMD", "bat"])
@pytest.mark.parametrize("text", ["two\nlines", "a\rb", "a\0b"])
def test_no_batch_file_is_given_several_lines(ending: str, text: str) -> None:
    with pytest.raises(ValueError, match="several lines"):
        programs.called(rf"C:\npm\heroku.{ending}", [text])


def test_arguments_arrive_as_they_are(tmp_path: Path) -> None:
    """By a batch file on Windows, by a shell's script elsewhere."""
    (tmp_path / "echo.py").write_text("import json, sys\nprint(json.dumps(sys.argv[1:]))\n", encoding="utf-8")
    starters.write(tmp_path, "echo-arguments", ("-I", f"{starters.HERE}/echo.py"))

    done = process.run((str(tmp_path / "echo-arguments"), *AWKWARD), env=starters.variables())

    assert tuple(json.loads(done.output)) == AWKWARD


def test_a_folder_that_is_gone_is_told_from_a_program_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(StepError, match=r"folder .*gone does not exist any more"):
        process.run((sys.executable, "-c", ""), cwd=tmp_path / "gone")
    with pytest.raises(ToolMissing, match=r"no-such-program.* is not installed"):
        process.run(("no-such-program",), cwd=tmp_path)


def test_a_file_in_place_of_the_folder_is_told_too(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StepError, match=r"folder .*file does not exist any more"):
        process.run((sys.executable, "-c", ""), cwd=tmp_path / "file")


def test_a_batch_file_holds_nothing_but_ascii_and_names_the_interpreter_by_a_variable() -> None:
    text = starters.batch(("-m", "simple_deploy.rehearsal", "play", starters.HERE, "pip"), without=("PYTHONHOME",))

    assert text.isascii()
    assert text.splitlines() == [
        "@setlocal",
        "@set PYTHONHOME=",
        '@"%SIMPLE_DEPLOY_INTERPRETER%" "-m" "simple_deploy.rehearsal" "play" "%~dp0." "pip" %*',
    ]


def test_the_shell_of_git_for_windows_gets_the_same_program() -> None:
    words = starters.git_shell_words(("-I", f"{starters.HERE}/pond.py"))

    assert starters.script(words, without=("PYTHONHOME",)) == (
        '#!/bin/sh\nexec env -u PYTHONHOME "$SIMPLE_DEPLOY_INTERPRETER" -I "$(dirname "$0")/pond.py" "$@"\n'
    )


@pytest.mark.parametrize(
    ("argv", "typed"),
    [
        (("git", "push", "origin", "HEAD:main"), "git push origin HEAD:main"),
        ((r"C:\venv\python.exe", "manage.py", "check"), r"C:\venv\python.exe manage.py check"),
        ((r"C:\Users\Zoë Müller\python.exe", "-m"), r"& 'C:\Users\Zoë Müller\python.exe' -m"),
        (("heroku", "config:set", "A=it's $5"), "heroku config:set 'A=it''s $5'"),
        (("fly", "-e.x", ""), "fly '-e.x' ''"),
    ],
)
def test_a_command_is_shown_as_powershell_reads_it(argv: tuple[str, ...], typed: str) -> None:
    assert programs.shown(argv, windows=True) == typed


def test_elsewhere_a_command_is_shown_as_a_shell_reads_it() -> None:
    assert programs.shown(("echo", "it's"), windows=False) == """echo 'it'"'"'s'"""
