"""Which managers have files in a folder, and what those files declare."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from simple_deploy.core.facts import Declared, Dependencies
from simple_deploy.edits.errors import EditError
from simple_deploy.managers import pep621, pipenv, poetry, requirements, sources
from simple_deploy.managers.found import Found, TomlFile, declared_in, toml_file
from simple_deploy.managers.load import relative, text_of
from simple_deploy.managers.manifest import table
from simple_deploy.managers.manifest_manager import ManifestManager
from simple_deploy.managers.pdm import PDM
from simple_deploy.managers.piptools import command_of, compiled_state, sources_in
from simple_deploy.managers.requirements import RequirementsReader
from simple_deploy.managers.uv import UV

#: The managers that a pyproject.toml may be of.
_PYPROJECT: Mapping[str, ManifestManager] = MappingProxyType(
    {each.name: each for each in (UV, poetry.POETRY, PDM, pep621.HATCH, pep621.PEP621)}
)

#: The names of lock files.
LOCKS = frozenset(each.lock for each in (*_PYPROJECT.values(), pipenv.PIPENV) if each.lock)

#: In a ``requirements/`` folder, the one for the deployed site first.
_IN_FOLDER = ("production.txt", "prod.txt", "deploy.txt", "base.txt", "common.txt", "requirements.txt")

#: Lists of packages by other names, misspelled ones too; and those among them for the deployed site, or only for work.
_LIST = re.compile(r"(?i)req|dep|pack|pip")
_FOR_SITE = re.compile(r"(?i)prod|deploy|live")
_FOR_WORK = re.compile(r"(?i)dev|test|local|docs|lint")

#: The files of managers that nothing can be read from.
_FOREIGN = (("conda", "environment.yml"), ("conda", "environment.yaml"), ("pixi", "pixi.toml"))

#: Build backends that only the manager's own users have.
_BACKENDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"poetry": ("poetry.core", "poetry.masonry"), "pdm": ("pdm.backend", "pdm.pep517")}
)


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


def by_another_name(root: Path, folder: Path) -> Found | None:
    """A list of packages that names Django in a file of another name, such as ``requirement.txt``."""
    return _Folder(root=root, folder=folder).by_another_name()


def _less_likely(name: str) -> tuple[bool, bool, bool, str]:
    """How little the list *name* looks like that of the deployed site; less is better."""
    return bool(_FOR_WORK.search(name)), not _FOR_SITE.search(name), "req" not in name.lower(), name


@dataclass(frozen=True, slots=True, kw_only=True)
class _Folder:
    root: Path
    folder: Path

    def look(self) -> Contents:
        standard, python = self._pyproject()
        found = (*self._requirements(), *self._pipfile(), *standard, *self._foreign())
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
                state = compiled_state(found.dependencies.declared, text)
                locked = replace(found.dependencies, lock=self._relative(name), lock_state=state)
                found = replace(found, dependencies=locked)
            yield found

    def by_another_name(self) -> Found | None:
        paths = (*self.folder.glob("*.txt"), *self.folder.glob("requirements/*.txt"))
        names = [path.relative_to(self.folder).as_posix() for path in paths]
        likely = sorted(filter(_LIST.search, names), key=_less_likely)
        found = (self._read("requirements", name) for name in likely if self._is_list(name))
        return next((each for each in found if each.brings_django), None)

    def _source(self, name: str | None, command: Iterable[str] | None) -> str:
        """What the list *name*, which *command* made, is compiled from; empty where that is not known."""
        beside = f"{name.removesuffix('.txt')}.in" if name else "requirements.in"
        return next(filter(self._has, (beside, *sources_in(command or ()))), "")

    def _compiled_from(self, source: str) -> Found:
        if not source.endswith(".toml"):
            return self._read("pip-tools", source)
        file = self._file(source)
        return declared_in(file, "pip-tools", pep621.read(file.data))

    def _is_list(self, name: str) -> bool:
        """Whether *name* is a file somebody keeps, and not one that this tool made from another manager's."""
        path = self._path(name)
        return path.exists() and not path.is_dir() and not requirements.is_generated(self._text(name))

    def _read(self, manager: str, name: str) -> Found:
        reader = RequirementsReader(root=self.root)
        reader.read(self._relative(name))
        dependencies = Dependencies(
            manager=manager,
            file=self._relative(name),
            files=tuple(reader.files),
            declared=tuple(reader.declared),
            constrained=tuple(reader.constrained),
            problems=tuple(reader.problems),
            hashed=tuple(reader.hashed),
            outside=tuple(reader.outside),
            folders=self._folders(reader.declared),
        )
        return Found(dependencies=dependencies, complete=reader.complete)

    def _folders(self, declared: Iterable[Declared]) -> tuple[str, ...]:
        """Of each requirement, meant from the folder of the file that it stands in."""
        found = (sources.of_declared(self.root, (self.root / each.file).parent, [each])[0] for each in declared)
        return tuple(dict.fromkeys(path for paths in found for path in paths))

    def _text(self, name: str) -> str:
        try:
            return text_of(self._path(name))
        except EditError:
            return ""

    def _pipfile(self) -> Iterator[Found]:
        if self._has("Pipfile"):
            yield pipenv.PIPENV.found(self.root, self._file("Pipfile"))

    def _pyproject(self) -> tuple[tuple[Found, ...], str]:
        if not self._has("pyproject.toml"):
            return (), ""
        file = self._file("pyproject.toml")
        found = tuple(_PYPROJECT[name].found(self.root, file) for name in self._using(file.data))
        return found, pep621.read(file.data).python or poetry.read(file.data).python

    def _using(self, data: Mapping[str, Any]) -> list[str]:
        """The managers that a pyproject.toml, or a lock beside it, is of."""
        tools = table(data, "tool")
        backend = str(table(data, "build-system").get("build-backend"))
        names = [
            name
            for name in ("uv", "poetry", "pdm")
            if name in tools
            or _PYPROJECT[name].lock_in(self.root, self.folder, data)
            or backend.startswith(_BACKENDS.get(name, ("\0",)))
        ]
        if "envs" in table(tools, "hatch"):
            names.append("hatch")
        if not names and table(data, "project").get("dependencies"):
            names.append("pep621")
        return names

    def _foreign(self) -> Iterator[Found]:
        for manager, name in _FOREIGN:
            if self._has(name):
                file = self._relative(name)
                yield Found(dependencies=Dependencies(manager=manager, file=file, files=(file,)), complete=False)

    def _file(self, name: str) -> TomlFile:
        return toml_file(self.root, self._path(name))

    def _has(self, name: str) -> bool:
        return self._path(name).is_file()

    def _path(self, name: str) -> Path:
        return self.folder / name

    def _relative(self, name: str) -> str:
        return relative(self.root, self._path(name))
