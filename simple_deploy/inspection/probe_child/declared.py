"""Environment variables that the project's classes declare, as those of pydantic-settings and of pydantic 1 do.

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


#: Where the class is that others take after: pydantic-settings, pydantic 1, and the copy of that inside pydantic 2.
_LIBRARIES = ("pydantic_settings", "pydantic.env_settings", "pydantic.v1.env_settings")


def _classes(project: Project) -> Iterator[tuple[Any, str]]:
    """The project's own, each with its file. What others are made of is read through those."""
    loaded = (vars(sys.modules[name]) for name in _LIBRARIES if name in sys.modules)
    pending = [library["BaseSettings"] for library in loaded if "BaseSettings" in library]
    while pending:
        kind = pending.pop()
        below = kind.__subclasses__()
        file = getattr(sys.modules.get(kind.__module__), "__file__", None)
        if file and project.owns(file) and not below:
            yield kind, file
        pending += below


def _env_files(kind: Any) -> list[str]:
    named = _configured(kind, "env_file") or ()
    return [os.fspath(file) for file in ([named] if isinstance(named, (str, os.PathLike)) else named)]


def _configured(kind: Any, name: str) -> Any:
    """What the class itself says of how it is read: in a dictionary, or with pydantic 1 in a class inside it."""
    return kind.model_config.get(name) if _is_of_2(kind) else getattr(kind.__config__, name, None)


def _is_of_2(kind: Any) -> bool:
    return hasattr(kind, "model_fields")


@dataclass(frozen=True)
class _Declared:
    """One field as the library tells of it.

    :param parts: the fields of the model it holds, and whether each is required; None where it holds a plain value.
    """

    attribute: str
    names: tuple[str, ...]
    required: bool
    parts: dict[str, bool] | None


def _fields(kind: Any) -> Iterator[_Field]:
    delimiter = _configured(kind, "env_nested_delimiter")
    for field in _declared_by_2(kind) if _is_of_2(kind) else _declared_by_1(kind):
        names = field.names if _configured(kind, "case_sensitive") else tuple(name.upper() for name in field.names)
        if field.parts is None:
            yield _Field(names, field.attribute, field.required)
        elif delimiter:
            for part, required in field.parts.items():
                inside = tuple(f"{name}{delimiter}{part.upper()}" for name in names)
                yield _Field(inside, field.attribute, field.required and required)


def _declared_by_2(kind: Any) -> Iterator[_Declared]:
    prefix = kind.model_config.get("env_prefix") or ""
    for attribute, field in kind.model_fields.items():
        names = _aliases(field.validation_alias) or (f"{prefix}{attribute}",)
        inner = getattr(field.annotation, "model_fields", None)
        parts = None if inner is None else {name: part.is_required() for name, part in inner.items()}
        yield _Declared(attribute, names, field.is_required(), parts)


def _declared_by_1(kind: Any) -> Iterator[_Declared]:
    for attribute, field in kind.__fields__.items():
        inner = getattr(field.outer_type_, "__fields__", None)
        parts = None if inner is None else {name: bool(part.required) for name, part in inner.items()}
        yield _Declared(attribute, tuple(field.field_info.extra["env_names"]), bool(field.required), parts)


def _aliases(alias: Any) -> tuple[str, ...]:
    """The names that *alias* gives: a text, or choices, of which each is a text or a path that begins with one."""
    given = getattr(alias, "choices", [alias])
    firsts = (each if isinstance(each, str) else getattr(each, "path", [None])[0] for each in given)
    return tuple(first for first in firsts if isinstance(first, str))
