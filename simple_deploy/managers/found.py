"""What a folder holds of a dependency manager."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simple_deploy.core.facts import Declared, Dependencies
from simple_deploy.edits import toml
from simple_deploy.edits.errors import EditError
from simple_deploy.managers import building
from simple_deploy.managers.load import relative, text_of, without_password
from simple_deploy.managers.manifest import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a project declares with a manager.

    :param complete: False when it brings packages whose names cannot be told.
    :param python: the range of Python versions it asks for, or empty.
    """

    dependencies: Dependencies
    complete: bool = True
    python: str = ""

    @property
    def brings_django(self) -> bool:
        return any(entry.name == "django" for entry in self.dependencies.declared)


@dataclass(frozen=True, slots=True, kw_only=True)
class TomlFile:
    """A pyproject.toml or a Pipfile.

    :param name: its path below the git root.
    :param folder: that it lies in.
    :param problem: why it has no data, as a sentence, or empty.
    """

    name: str
    folder: Path
    data: dict[str, Any] = field(default_factory=dict)
    problem: str = ""


def toml_file(root: Path, path: Path) -> TomlFile:
    name = relative(root, path)
    try:
        return TomlFile(name=name, folder=path.parent, data=toml.read(text_of(path)))
    except EditError as error:
        return TomlFile(name=name, folder=path.parent, problem=unreadable(name, error))


def unreadable(name: str, error: EditError) -> str:
    return f"{name} cannot be read. {error.message} {error.hint}".strip()


def declared_in(file: TomlFile, manager: str, manifest: Manifest) -> Found:
    """What *manifest*, read from *file*, declares; no lock is looked for."""
    declared = tuple(
        Declared(name=entry.name, text=without_password(entry.text), file=file.name, group=entry.group)
        for entry in manifest.entries
        if not entry.optional
    )
    problems = (file.problem, *(f"{file.name}: {without_password(each)}" for each in manifest.problems))
    return Found(
        dependencies=Dependencies(
            manager=manager,
            file=file.name,
            files=(file.name,),
            declared=tuple(entry for entry in declared if entry.group is None),
            grouped=tuple(entry for entry in declared if entry.group is not None),
            problems=tuple(filter(None, problems)),
            builds_itself=building.fails(file.data, manager, file.folder),
        ),
        complete=manifest.complete and not file.problem,
        python=manifest.python,
    )
