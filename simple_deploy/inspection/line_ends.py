"""Scripts with the line ends of Windows: where Linux runs them, the first line names a program that is not there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from posixpath import splitext

from simple_deploy.system import plainfiles
from simple_deploy.system.git import Git
from simple_deploy.system.git_text import unquote

FIX = "linux-line-ends"
ATTRIBUTES = ".gitattributes"
_LARGEST = 1024 * 1024  # bytes
_SHELL = (".sh", ".bash")
_PROCFILE = re.compile(r"Procfile(\.[\w-]+)?")
_CRLF = ("crlf", "mixed")


def find(root: Path, tracked: Mapping[str, str], git: Git) -> tuple[str, ...]:
    """The committed files that Linux runs and that have the line ends of Windows, in the commit or here.

    Left out is what an attribute gives the line ends of Linux wherever it is checked out. Git is asked only where
    there is such a file on this computer.

    :param tracked: everything in the index: its mode by its path.
    """
    suspects = [path for path, mode in tracked.items() if _may_run(path, mode) and _is_run(path, root)]
    if not suspects:
        return ()
    answer = git.ask("--literal-pathspecs", "ls-files", "--eol", "--", *suspects)
    return tuple(sorted(unquote(line.partition("\t")[2]) for line in answer.lines if "\t" in line and _arrives(line)))


def _may_run(path: str, mode: str) -> bool:
    """By its name and mode. What Python runs, by its suffix, may end its lines in any way."""
    name = path.rpartition("/")[2]
    suffix = splitext(name)[1]  # of thousands of files, which would be slow as paths
    if _PROCFILE.fullmatch(name) or suffix in _SHELL:
        return True
    return mode.startswith("100") and suffix != ".py" and (not suffix or mode == "100755")


def _is_run(path: str, root: Path) -> bool:
    data = plainfiles.read(root / path, _LARGEST)
    if b"\r\n" not in data:
        return False
    pure = PurePosixPath(path)
    return bool(_PROCFILE.fullmatch(pure.name)) or pure.suffix in _SHELL or data.startswith(b"#!")


def _arrives(line: str) -> bool:
    """Whether Linux may get the carriage returns, by a line of ``git ls-files --eol`` (git-ls-files(1), OUTPUT)."""
    found = dict(each.split("/", 1) for each in line.partition("\t")[0].split()[:2])
    return found["i"] in _CRLF or (found["w"] in _CRLF and "eol=lf" not in line.partition("\t")[0])


def attributes(paths: Sequence[str]) -> tuple[str, ...]:
    """The lines of a .gitattributes by which *paths* are checked out with the line ends of Linux on every computer."""
    return tuple(dict.fromkeys(f"{_pattern(path)} text eol=lf" for path in paths))


def _pattern(path: str) -> str:
    """All files of a kind, where they are known by their names; otherwise the one. Quoted as gitattributes(5) says."""
    pure = PurePosixPath(path)
    if pure.suffix in _SHELL:
        return f"*{pure.suffix}"
    if _PROCFILE.fullmatch(pure.name):
        return pure.name
    escaped = re.sub(r"([\\*?\[])", r"\\\1", f"/{path}")
    if not re.search(r"[\s\"\\]", escaped):
        return escaped
    return '"' + re.sub(r'([\\"])', r"\\\1", escaped) + '"'


def with_those_of_linux(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")
