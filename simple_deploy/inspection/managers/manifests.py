"""Which managers have files in a folder, and what those files declare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from packaging.utils import canonicalize_name

from simple_deploy.core.facts import Declared, LockState
from simple_deploy.edits import pep621, pipfile, poetry, requirements, toml
from simple_deploy.edits.errors import EditError
from simple_deploy.edits.manifest import Manifest, table
from simple_deploy.inspection.managers import building
from simple_deploy.inspection.managers.compiled import command_of, compiled_state, sources_in
from simple_deploy.inspection.managers.freshness import lock_state
from simple_deploy.inspection.managers.reading import lock_data, relative, text_of, without_password
from simple_deploy.inspection.managers.requirements import RequirementsReader

LOCKS: Mapping[str, str] = MappingProxyType(
    {"uv": "uv.lock", "poetry": "poetry.lock", "pdm": "pdm.lock", "pipenv": "Pipfile.lock"}
)
TITLES: Mapping[str, str] = MappingProxyType(
    {
        "requirements": "requirements.txt",
        "uv": "uv",
        "poetry": "Poetry",
        "pdm": "PDM",
        "pipenv": "Pipenv",
        "hatch": "Hatch",
        "pep621": "pyproject.toml",
        "pip-tools": "pip-tools",
        "conda": "Conda",
    }
)

#: In a ``requirements/`` folder, the one for the deployed site first.
_IN_FOLDER = ("production.txt", "prod.txt", "deploy.txt", "base.txt", "common.txt", "requirements.txt")

#: Build backends that only the manager's own users have.
_BACKENDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"poetry": ("poetry.core", "poetry.masonry"), "pdm": ("pdm.backend", "pdm.pep517")}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A manager with a file in the project.

    :param file: relative to the git root, as all paths.
    :param lock: its lock file, or None.
    :param constrained: what constraints files limit.
    :param hashed: requirements files that pin with hashes.
    :param outside: lines of requirements files that install from outside the repository.
    :param builds_itself: it would build the project as a package, and fail.
    :param complete: False when it brings packages whose names cannot be told.
    :param python: the range of Python versions it asks for, or empty.
    """

    manager: str
    file: str
    files: tuple[str, ...] = ()
    lock: str | None = None
    lock_state: LockState = "none"
    declared: tuple[Declared, ...] = ()
    grouped: tuple[Declared, ...] = ()
    constrained: tuple[Declared, ...] = ()
    problems: tuple[str, ...] = ()
    hashed: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    builds_itself: bool = False
    complete: bool = True
    python: str = ""

    @property
    def brings_django(self) -> bool:
        return any(entry.name == "django" for entry in self.declared)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """
    :param python: the range of Python versions a pyproject.toml or Pipfile asks for, or empty.
    """

    found: tuple[Found, ...]
    python: str = ""


def look(root: Path, folder: Path) -> Contents:
    """The managers that have a file in *folder*, a folder of the git root *root*."""
    return _Folder(root=root, folder=folder).look()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Folder:
    root: Path
    folder: Path

    def look(self) -> Contents:
        standard, python = self._pyproject()
        found = (*self._requirements(), *self._pipfile(), *standard, *self._conda())
        return Contents(found=found, python=next(filter(None, (python, *(each.python for each in found))), ""))

    def _requirements(self) -> Iterator[Found]:
        """The requirements file, or what it was compiled from."""
        candidates = ["requirements.txt", *(f"requirements/{name}" for name in _IN_FOLDER)]
        name = next(filter(self._is_list, candidates), None)
        text = self._text(name) if name else ""
        command = command_of(text)
        source = self._source(name, command)
        if name and (command is None or not source):
            yield self._read("requirements", name)
        if source:
            found = self._compiled_from(source)
            if name and command is not None:
                state = compiled_state(found.declared, text)
                found = replace(found, lock=self._relative(name), lock_state=state)
            yield found

    def _source(self, name: str | None, command: Iterable[str] | None) -> str:
        """What the list *name*, which *command* made, is compiled from; empty where that is not known."""
        beside = f"{name.removesuffix('.txt')}.in" if name else "requirements.in"
        return next(filter(self._has, (beside, *sources_in(command or ()))), "")

    def _compiled_from(self, source: str) -> Found:
        if not source.endswith(".toml"):
            return self._read("pip-tools", source)
        file = self._file(source)
        return self._manifest("pip-tools", file, pep621.read(file.data))

    def _is_list(self, name: str) -> bool:
        """Whether *name* is a file somebody keeps, and not one that this tool made from another manager's."""
        path = self._path(name)
        return path.exists() and not path.is_dir() and not requirements.is_generated(self._text(name))

    def _read(self, manager: str, name: str) -> Found:
        reader = RequirementsReader(root=self.root)
        reader.read(self._relative(name))
        return Found(
            manager=manager,
            file=self._relative(name),
            files=tuple(reader.files),
            declared=tuple(reader.declared),
            constrained=tuple(reader.constrained),
            problems=tuple(reader.problems),
            hashed=tuple(reader.hashed),
            outside=tuple(reader.outside),
            complete=reader.complete,
        )

    def _text(self, name: str) -> str:
        try:
            return text_of(self._path(name))
        except EditError:
            return ""

    def _pipfile(self) -> Iterator[Found]:
        if self._has("Pipfile"):
            file = self._file("Pipfile")
            yield self._manifest("pipenv", file, pipfile.read(file.data))

    def _pyproject(self) -> tuple[tuple[Found, ...], str]:
        if not self._has("pyproject.toml"):
            return (), ""
        file = self._file("pyproject.toml")
        own, standard = poetry.read(file.data), pep621.read(file.data)
        found = (self._manifest(name, file, own if name == "poetry" else standard) for name in self._using(file.data))
        return tuple(found), standard.python or own.python

    def _using(self, data: Mapping[str, Any]) -> list[str]:
        """The managers that a pyproject.toml, or a lock beside it, is of."""
        tools = table(data, "tool")
        backend = str(table(data, "build-system").get("build-backend"))
        names = [
            name
            for name in ("uv", "poetry", "pdm")
            if name in tools or self._lock(name, data) or backend.startswith(_BACKENDS.get(name, ("\0",)))
        ]
        if "envs" in table(tools, "hatch"):
            names.append("hatch")
        if not names and table(data, "project").get("dependencies"):
            names.append("pep621")
        return names

    def _conda(self) -> Iterator[Found]:
        for name in ("environment.yml", "environment.yaml"):
            if self._has(name):
                yield Found(manager="conda", file=self._relative(name), files=(self._relative(name),), complete=False)

    def _manifest(self, manager: str, file: _File, manifest: Manifest) -> Found:
        lock = self._lock(manager, file.data)
        lock_problem, state = self._lock_state(manager, file.data, lock)
        declared = tuple(
            Declared(name=entry.name, text=without_password(entry.text), file=file.name, group=entry.group)
            for entry in manifest.entries
            if not entry.optional
        )
        problems = (
            file.problem,
            *(f"{file.name}: {without_password(each)}" for each in manifest.problems),
            lock_problem,
        )
        return Found(
            manager=manager,
            file=file.name,
            files=(file.name,),
            lock=relative(self.root, lock) if lock else None,
            lock_state=state,
            declared=tuple(entry for entry in declared if entry.group is None),
            grouped=tuple(entry for entry in declared if entry.group is not None),
            problems=tuple(filter(None, problems)),
            builds_itself=building.fails(file.data, manager, self.folder),
            complete=manifest.complete and not file.problem,
            python=manifest.python,
        )

    def _lock_state(self, manager: str, data: Mapping[str, Any], lock: Path | None) -> tuple[str, LockState]:
        """A problem with the lock, or empty, and its state."""
        if lock is None:
            return "", "none"
        try:
            return "", lock_state(manager, data, lock_data(lock))
        except EditError as error:
            return self._unreadable(relative(self.root, lock), error), "unknown"

    def _lock(self, manager: str, data: Mapping[str, Any]) -> Path | None:
        """The manager's lock in this folder; a uv workspace has one for all its members, further up."""
        name = LOCKS.get(manager, "")
        if name and (self.folder / name).is_file():
            return self.folder / name
        if manager != "uv":
            return None
        project = canonicalize_name(str(table(data, "project").get("name")))
        above = (each / name for each in self.folder.parents if each == self.root or self.root in each.parents)
        for lock in above:
            with suppress(EditError):
                if lock.is_file() and project in table(lock_data(lock), "manifest").get("members", ()):
                    return lock
        return None

    def _file(self, name: str) -> _File:
        try:
            return _File(name=self._relative(name), data=toml.read(text_of(self._path(name))))
        except EditError as error:
            return _File(name=self._relative(name), problem=self._unreadable(self._relative(name), error))

    @staticmethod
    def _unreadable(name: str, error: EditError) -> str:
        return f"{name} cannot be read. {error.message} {error.hint}".strip()

    def _has(self, name: str) -> bool:
        return self._path(name).is_file()

    def _path(self, name: str) -> Path:
        return self.folder / name

    def _relative(self, name: str) -> str:
        return relative(self.root, self._path(name))


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """
    :param problem: why it has no data, as a sentence, or empty.
    """

    name: str
    data: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
