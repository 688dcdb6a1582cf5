"""What the lab makes of paths and calls, on the way from Windows to Linux and back. It needs no lab."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import pytest

from tests.windows.lab import machine
from tests.windows.lab.relay import Call, Drives, Translator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a lab is made on Linux")


@pytest.fixture
def drives(tmp_path: Path) -> Drives:
    (tmp_path / "drive_c" / "Users" / "Zoë Müller").mkdir(parents=True)
    return Drives(c=str(tmp_path / "drive_c"), shown=("/tmp", "/srv/checkout"))


def called(*arguments: str, program: str = "git.exe", **variables: str) -> Call:
    pairs = (f"{name}={value}" for name, value in variables.items())
    texts = (program, "C:\\", "0", str(len(arguments)), *arguments, *pairs, "=C:=C:\\")
    return Call.read("".join(f"{text}\0" for text in texts).encode("utf-8"))


def test_a_path_of_windows_is_found_whatever_letters_it_is_written_in(drives: Drives) -> None:
    assert drives.here(r"c:\users\zoë müller\new.txt") == f"{drives.c}/Users/Zoë Müller/new.txt"
    assert drives.here("C:/Users/Zoë Müller/site/") == f"{drives.c}/Users/Zoë Müller/site/"
    assert drives.here("Z:/srv/checkout") == "/srv/checkout"


@pytest.mark.parametrize("text", ["HEAD:main", "user@host:blog.git", "relative/path", "https://example.com/x", "d:/x"])
def test_what_is_no_path_of_the_labs_drives_stays(drives: Drives, text: str) -> None:
    assert drives.in_argument(text) == text


@pytest.mark.parametrize("before", ["", "--prefix=", "--git-dir="])
def test_a_path_in_an_argument_is_translated(drives: Drives, before: str) -> None:
    assert drives.in_argument(f"{before}C:/x/") == f"{before}{drives.c}/x/"


def test_what_git_prints_names_paths_as_git_for_windows_does(drives: Drives) -> None:
    printed = f"{drives.c}/Users/Zoë Müller/blog/.git\n/srv/checkout/x\nhttps://example.com/tmp/x\n".encode()

    assert drives.there(printed).decode() == (
        "C:/Users/Zoë Müller/blog/.git\nZ:/srv/checkout/x\nhttps://example.com/tmp/x\n"
    )


def test_a_call_arrives_with_its_arguments_and_variables() -> None:
    call = called("-C", "x", "rev-parse", "--git-dir", "two words", Path="C:\\bin", EMPTY="")

    assert (call.program, call.folder, call.has_input) == ("git", "C:\\", False)
    assert call.arguments[-1] == "two words"
    assert call.command == "rev-parse"
    assert (call.variable("PATH"), call.variables["EMPTY"], len(call.variables)) == ("C:\\bin", "", 2)


def test_behind_two_dashes_backslashes_separate_folders(drives: Drives, tmp_path: Path) -> None:
    translate = Translator(drives=drives, folder=tmp_path, prefix="/prefix")

    assert translate.argv(called("log", r"a\b", "--", r"mysite\settings.py"))[-4:] == [
        "log",
        r"a\b",
        "--",
        "mysite/settings.py",
    ]


def test_only_what_lies_beside_the_program_is_unpacked(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        for name in ("package/python/python.exe", "package/python/Lib/os.py", "package/venv/python.exe", "readme.txt"):
            files.writestr(name, name)

    machine.unpack(archive.getvalue(), "python.exe", tmp_path)

    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert found == ["Lib/os.py", "python.exe"]


def test_paths_are_called_alike_on_both_sides(tmp_path: Path) -> None:
    lab = machine.Lab(tmp_path)

    for path in (lab.drive_c / "Users" / "Zoë Müller", Path("/srv/checkout")):
        assert lab.here(lab.there(path)) == path
