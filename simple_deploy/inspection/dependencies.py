"""Which dependency managers a project uses, and what its requirements files declare."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urlsplit

from simple_deploy.core.facts import Declared, Dependencies, Location
from simple_deploy.core.secret import DOTS
from simple_deploy.edits import requirements, textfile, toml
from simple_deploy.edits.errors import EditError

LARGEST = 2 * 1024 * 1024  # bytes; no dependency file written by a person comes near it

#: In a ``requirements/`` folder, the one for the deployed site first.
_IN_FOLDER = ("production.txt", "prod.txt", "deploy.txt", "base.txt", "common.txt", "requirements.txt")

_LOCKS: Mapping[str, str] = MappingProxyType(
    {"pipenv": "Pipfile.lock", "poetry": "poetry.lock", "uv": "uv.lock", "pdm": "pdm.lock", "pylock": "pylock.toml"}
)
_USER_IN_URL = re.compile(r"(://)[^/@\s]+@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """
    :param complete: False when a line brings packages whose names cannot be told.
    :param python: the range of Python versions a pyproject.toml asks for, or empty.
    """

    dependencies: Dependencies
    complete: bool = True
    python: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manager:
    name: str
    file: str
    lock: str | None


def read(location: Location) -> Reading:
    """What the project declares: the requirements file nearest to manage.py, else the nearest other manager."""
    problems: list[str] = []
    managers: list[_Manager] = []
    python = ""
    file = None
    for folder in _folders(location):
        file = file or _requirements_file(location.root, folder)
        found, wanted = _managers(location.root, folder, problems)
        managers += found
        python = python or wanted
    if file is not None:
        reader = _Requirements(root=location.root)
        reader.read(file)
        others = dict.fromkeys(manager.name for manager in managers)
        return Reading(
            dependencies=Dependencies(
                manager="requirements",
                file=file,
                files=tuple(reader.files),
                declared=tuple(reader.declared),
                problems=(*reader.problems, *problems),
                others=tuple(others),
            ),
            complete=reader.complete,
            python=python,
        )
    if managers:
        first, *rest = managers
        dependencies = Dependencies(
            manager=first.name,
            file=first.file,
            files=(first.file,),
            lock=first.lock,
            problems=tuple(problems),
            others=tuple(dict.fromkeys(manager.name for manager in rest if manager.name != first.name)),
        )
        return Reading(dependencies=dependencies, complete=False, python=python)
    return Reading(dependencies=Dependencies(manager="none", problems=tuple(problems)), python=python)


def _folders(location: Location) -> Iterator[Path]:
    """The folder of manage.py and those above it, up to the git root."""
    folder = location.folder
    yield folder
    while folder != location.root and folder != folder.parent:
        folder = folder.parent
        yield folder


def _requirements_file(root: Path, folder: Path) -> str | None:
    candidates = [folder / "requirements.txt", *(folder / "requirements" / name for name in _IN_FOLDER)]
    # A folder of that name is not taken for the file.
    found = next((path for path in candidates if path.exists() and not path.is_dir()), None)
    return _relative(root, found) if found else None


def _managers(root: Path, folder: Path, problems: list[str]) -> tuple[list[_Manager], str]:
    """The other managers that have a file in *folder*, and the Python versions its pyproject.toml asks for."""
    found: list[_Manager] = []
    if (folder / "Pipfile").is_file():
        found.append(_manager(root, folder, "pipenv", "Pipfile"))
    project: dict[str, Any] = {}
    tools: dict[str, Any] = {}
    if (folder / "pyproject.toml").is_file():
        data = _pyproject(root, folder / "pyproject.toml", problems)
        project, tools = _table(data, "project"), _table(data, "tool")
        for name in ("uv", "poetry", "pdm"):
            if name in tools or (folder / _LOCKS[name]).is_file():
                found.append(_manager(root, folder, name, "pyproject.toml"))
        if "envs" in _table(tools, "hatch"):
            found.append(_manager(root, folder, "hatch", "pyproject.toml"))
        if not found and project.get("dependencies"):
            found.append(_manager(root, folder, "pep621", "pyproject.toml"))
    if (folder / "requirements.in").is_file():
        found.append(_manager(root, folder, "pip-tools", "requirements.in"))
    for name in ("environment.yml", "environment.yaml"):
        if (folder / name).is_file():
            found.append(_manager(root, folder, "conda", name))
    poetry = _table(_table(tools, "poetry"), "dependencies")
    return found, str(project.get("requires-python") or poetry.get("python") or "")


def _manager(root: Path, folder: Path, name: str, file: str) -> _Manager:
    lock = folder / _LOCKS[name] if name in _LOCKS else None
    return _Manager(
        name=name,
        file=_relative(root, folder / file),
        lock=_relative(root, lock) if lock and lock.is_file() else None,
    )


def _table(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _pyproject(root: Path, path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        return toml.read(_text(path))
    except EditError as error:
        problems.append(f"{_relative(root, path)} cannot be read. {error.message} {error.hint}".strip())
        return {}


@dataclass(kw_only=True)
class _Requirements:
    """Reads a requirements file and those it includes."""

    root: Path
    files: list[str] = field(default_factory=list)
    declared: list[Declared] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    complete: bool = True

    def read(self, file: str, *, constraints: bool = False) -> None:
        if file in self.files:
            return
        self.files.append(file)
        try:
            lines = requirements.parse(_text(self.root / file))
        except EditError as error:
            self.problems.append(f"{file} cannot be read. {error.message} {error.hint}".strip())
            return
        for line in lines:
            self._line(file, line, constraints)

    def _line(self, file: str, line: requirements.RequirementLine, constraints: bool) -> None:
        if line.kind in ("include", "constraint"):
            self._include(file, line, constraints or line.kind == "constraint")
        elif line.kind == "unreadable":
            shown = _USER_IN_URL.sub(rf"\1{DOTS}@", line.text.strip())
            self._problem(file, line, f"“{shown:.120}” is not a requirement that pip can read.")
        elif line.kind in ("requirement", "editable", "url") and not constraints:
            self._declare(file, line)

    def _declare(self, file: str, line: requirements.RequirementLine) -> None:
        missing = _missing_path(line.url, self.root / file)
        if missing:
            self._problem(file, line, f"it installs from {missing}, which is not on this computer.")
        if line.name is None:
            self.complete = False
            return
        text = " ".join(line.text.replace("\\\n", " ").split(" #")[0].split())
        self.declared.append(
            Declared(name=line.name, text=_USER_IN_URL.sub(rf"\1{DOTS}@", text), file=file, line=line.first_line)
        )

    def _include(self, file: str, line: requirements.RequirementLine, constraints: bool) -> None:
        if "://" in line.path:
            self.complete = self.complete and constraints
            return
        target = (self.root / file).parent / line.path.replace("\\", "/")
        try:
            relative = target.resolve().relative_to(self.root.resolve()).as_posix()
        except ValueError:
            self._problem(file, line, f"it includes {line.path}, which lies outside the project.")
            return
        if not target.is_file():
            self._problem(file, line, f"it includes {line.path}, which does not exist.")
            return
        self.read(relative, constraints=constraints)

    def _problem(self, file: str, line: requirements.RequirementLine, text: str) -> None:
        self.problems.append(f"{file}, line {line.first_line}: {text}")


def _missing_path(url: str, file: Path) -> str | None:
    """The local path that *url* names and that does not exist, or None."""
    if not url or ("://" in url and not url.startswith("file:")) or "+" in url.partition(":")[0]:
        return None
    text = unquote(urlsplit(url).path) if url.startswith("file:") else url.partition("#")[0].partition("[")[0]
    if PureWindowsPath(text.lstrip("/")).drive:
        text = text.lstrip("/")
    path = file.parent / text
    return None if path.exists() else text


def _text(path: Path) -> str:
    """:raises EditError: the file is no text, is too large or cannot be read."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise EditError("It is not a file.", hint="Replace it by a plain text file.")
        if size > LARGEST:
            raise EditError(
                f"It has {size // 1_000_000} MB, which no list of packages has.", hint="Check what is in it."
            )
        return textfile.decode(path.read_bytes()).text
    except OSError as error:
        raise EditError(f"{error.strerror or error}.", hint="Check who may read it.") from error


def _relative(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()
