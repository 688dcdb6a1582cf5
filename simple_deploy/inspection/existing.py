"""The files for platforms and builders that a project already has: which there are, and what they say.

Which files there are, and who reads them, stands in ``known_files.json``: it is data, so that nothing here knows a
platform. What a file says is read from its own text and that of the scripts it starts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path, PurePosixPath

from simple_deploy.core.facts import ExistingFile
from simple_deploy.inspection import command_lines
from simple_deploy.system import plainfiles

_DEEPEST = 4  # folders that a script may have been copied into
LARGEST = 256 * 1024  # bytes of a file that is read
_OPTION = re.compile(r"(?m)^\s*(module|wsgi-file|http|http-socket)\s*=\s*(\S+)")
_PROCESS = re.compile(r"([A-Za-z0-9_-]+):\s*(.+?)\s*")
_KEY = re.compile(r"""^[\s-]*\[{0,2}["']?([A-Za-z_][\w.-]*)["']?\s*(?:[:=]|\]{1,2}\s*$)""", re.MULTILINE)
_APP = re.compile(r"""^(?:app|\s*"name")\s*[:=]\s*["']([^"'\n]+)["']""", re.MULTILINE)
_PORT = re.compile(r"(?m)^\s*internal_port\s*=\s*(\d+)")
_FOLDER = re.compile(r"""(?m)^\s*destination\s*=\s*["']([^"'\n]+)["']""")
_PYTHON = re.compile(r"(?mi)^(?:FROM\s+(?:\S*/)?python:|python-|\s*type:\s*[\"']?python:)(\d+\.\d+)")


def look(root: Path) -> tuple[ExistingFile, ...]:
    """Those below the folder *root*."""
    files = {
        path.relative_to(root).as_posix(): reader
        for pattern, reader in _known()["files"]
        for path in _matching(root, pattern)
    }
    # A workflow that only runs tests is nobody's business.
    read = (_read(root, path, reader) for path, reader in sorted(files.items()))
    return tuple(each for each in read if each.reader or each.deploys_to)


def read(path: str, text: str, *, reader: str = "", scripts: str = "") -> ExistingFile:
    """What the file *path* with this *text* says. Pure.

    :param scripts: the text of the scripts that it starts.
    """
    rows = "\n".join(row for row in text.splitlines() if not row.lstrip().startswith("#"))
    found = command_lines.read(f"{_plain(path, rows)}\n{scripts}")
    listens = [*found.ports, *map(int, _PORT.findall(rows))]
    python, app = _PYTHON.search(rows), _APP.search(rows)
    return ExistingFile(
        path=path,
        reader=reader,
        manages=_unique(found.manages),
        applications=_unique(found.applications),
        servers=_unique(found.servers),
        ports=tuple(dict.fromkeys(listens)),
        reads_port=found.reads_port,
        local_only=bool(found.servers) and not found.everywhere and not found.configured,
        configured=found.configured,
        installs=_unique(found.installs),
        managers=_unique(found.managers),
        groups=_unique(found.groups),
        packages=_unique(found.packages),
        processes=tuple(_processes(rows)) if PurePosixPath(path).name == "Procfile" else (),
        app=app[1] if app else "",
        python=python[1] if python else "",
        keys=frozenset(_KEY.findall(rows)),
        folders=tuple(_FOLDER.findall(rows)),
        deploys_to=_unique([name for words, name in _known()["deploying"] if words in rows]) if not reader else (),
    )


def _read(root: Path, path: str, reader: str) -> ExistingFile:
    text = plainfiles.text(root / path, LARGEST)
    return read(path, text, reader=reader, scripts="\n".join(_scripts(root, text)))


def _scripts(root: Path, text: str) -> Iterator[str]:
    """The texts of the project's scripts that are named in *text*, whatever folder they were copied to."""
    for word in dict.fromkeys(re.findall(r"[\w./-]+", text)):
        parts = PurePosixPath(word.lstrip("/")).parts
        if not parts or ".." in parts or PurePosixPath(word).suffix not in {"", ".sh", ".bash", ".ini"}:
            continue
        paths = (root.joinpath(*parts[start:]) for start in range(min(len(parts), _DEEPEST)))
        script = next((found for path in paths if (found := plainfiles.text(path, LARGEST))), "")
        if word.endswith(".ini"):
            # uWSGI's own way to write its options.
            yield "\n".join(f"uwsgi --{name} {value}" for name, value in _OPTION.findall(script))
        elif script.startswith("#!") or word.endswith((".sh", ".bash")):
            yield script


def _plain(path: str, rows: str) -> str:
    """The commands in the file, without what stands before each."""
    if PurePosixPath(path).name == "Procfile":
        return "\n".join(command for _, command in _processes(rows))
    return re.sub(r"(?m)^(\s*(?:-\s*)?[\w.-]+\s*[:=]\s*)(?=\S)", "", rows)


def _processes(rows: str) -> Iterator[tuple[str, str]]:
    for row in rows.splitlines():
        if match := _PROCESS.fullmatch(row):
            yield match[1], match[2]


def _matching(root: Path, pattern: str) -> Iterator[Path]:
    try:
        found = root.glob(pattern) if "*" in pattern else iter([root / pattern])
        yield from (path for path in found if path.is_file())
    except OSError:
        return


@cache
def _known() -> Mapping[str, list[list[str]]]:
    known: Mapping[str, list[list[str]]] = json.loads(
        Path(__file__).with_name("known_files.json").read_text(encoding="utf-8")
    )
    return known


def _unique(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
