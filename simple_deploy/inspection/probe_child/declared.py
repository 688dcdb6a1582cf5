"""Environment variables that the project's classes declare, as those of pydantic-settings do.

Such a library copies the whole environment, so that nobody can tell from its readings which variables are meant.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from simple_deploy.inspection.probe_child import uses
from simple_deploy.inspection.probe_child.trouble import Project
from simple_deploy.inspection.probe_child.variables import is_of_the_site


def described(project: Project) -> list[dict[str, object]]:
    """The variables, each with the fields of a :class:`~simple_deploy.core.facts.VariableUse`."""
    settings = getattr(sys.modules.get(project.settings_module), "__file__", None)
    found: dict[str, dict[str, object]] = {}
    for kind, file in _classes(project):
        with suppress(Exception):  # whatever version of the library it is of, the rest is wanted
            files = [file, *([settings] if settings else [])]
            found = {use["name"]: use for use in _uses(kind, files)} | found
    return list(found.values())


def _uses(kind: Any, files: list[str]) -> Iterator[dict[str, Any]]:
    for field in _fields(kind):
        here = uses.spelled(field.names, files, _env_files(kind))
        name = here or field.names[0]
        if is_of_the_site(name):
            yield uses.of_attribute(name, field.attribute, files, insists=field.required and here is not None)


@dataclass(frozen=True)
class _Field:
    """:param names: of the variables it takes its value from; the first one that is set counts."""

    names: tuple[str, ...]
    attribute: str
    required: bool


def _classes(project: Project) -> Iterator[tuple[Any, str]]:
    """The project's own, each with its file. What others are made of is read through those."""
    library = sys.modules.get("pydantic_settings")
    pending = [library.BaseSettings] if library is not None else []
    while pending:
        kind = pending.pop()
        below = kind.__subclasses__()
        file = getattr(sys.modules.get(kind.__module__), "__file__", None)
        if file and project.owns(file) and not below:
            yield kind, file
        pending += below


def _env_files(kind: Any) -> list[str]:
    named = kind.model_config.get("env_file") or ()
    return [os.fspath(file) for file in ([named] if isinstance(named, (str, os.PathLike)) else named)]


def _fields(kind: Any) -> Iterator[_Field]:
    prefix = kind.model_config.get("env_prefix") or ""
    delimiter = kind.model_config.get("env_nested_delimiter")
    for attribute, field in kind.model_fields.items():
        names = _aliases(field.validation_alias) or (f"{prefix}{attribute}",)
        names = names if kind.model_config.get("case_sensitive") else tuple(name.upper() for name in names)
        parts = getattr(field.annotation, "model_fields", None)
        if parts is None:
            yield _Field(names, attribute, field.is_required())
        elif delimiter:
            for part, inner in parts.items():
                inside = tuple(f"{name}{delimiter}{part.upper()}" for name in names)
                yield _Field(inside, attribute, field.is_required() and inner.is_required())


def _aliases(alias: Any) -> tuple[str, ...]:
    """The names that *alias* gives: a text, or choices, of which each is a text or a path that begins with one."""
    given = getattr(alias, "choices", [alias])
    firsts = (each if isinstance(each, str) else getattr(each, "path", [None])[0] for each in given)
    return tuple(first for first in firsts if isinstance(first, str))
