"""What the project's own source does with an environment variable: which settings it decides, and whether they insist.

Read from the source, since a run shows only that a variable was read. What a run does show: a project that was loaded
without a variable does not insist on it.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

_HEIGHT = 5  # folders above a settings file in which a .env file may be
_ROW = re.compile(r"(?m)^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=")
#: Functions of the standard library that give nothing for a variable that is not set.
_LENIENT = frozenset({"get", "getenv", "pop", "setdefault"})
#: Methods of django-environ that read a variable of this name unless they are told another one, and need it.
_IMPLIED = {
    "db": "DATABASE_URL",
    "db_url": "DATABASE_URL",
    "cache": "CACHE_URL",
    "cache_url": "CACHE_URL",
    "email": "EMAIL_URL",
    "email_url": "EMAIL_URL",
    "search_url": "SEARCH_URL",
    "channels": "CHANNELS_URL",
    "channels_url": "CHANNELS_URL",
}
#: Modules whose function ``config`` does the same, and gives nothing for a variable that is not set.
_CONFIG = {"dj_database_url": "DATABASE_URL", "dj_email_url": "EMAIL_URL", "django_cache_url": "CACHE_URL"}


def describe(name: str, files: Iterable[str]) -> dict[str, Any] | None:
    """The fields of a :class:`~simple_deploy.core.facts.VariableUse`; None where no source names the variable, so that
    a package reads it for itself."""
    texts = [source(file) for file in sorted(files)]
    found = [use for text in texts for use in _uses(name, text)]
    if not found and not any(spelling in text.upper() for text in texts for spelling in _spellings(name)):
        return None
    # Code that asks for it in a way that allows for its absence somewhere knows what to do without it.
    insists = bool(found) and all(insists for _, insists in found) and name in _names_here(files)
    return {
        "name": name,
        "sets": _decided([sets for sets, _ in found]),
        "insists": insists and not any(_has_default(name, text) for text in texts),
    }


def of_attribute(name: str, attribute: str, files: Iterable[str], *, insists: bool) -> dict[str, object]:
    """The same of a variable that is read as an *attribute* of something."""
    found = [
        _carried(_targets(statement), text)
        for text in map(source, dict.fromkeys(files))
        for statement, _ in _statements(text)
        if any(_reads(attribute, node) for node in _own_nodes(statement))
    ]
    return {"name": name, "sets": _decided(found), "insists": insists}


def spelled(names: Sequence[str], files: Iterable[str], also: Iterable[str] = ()) -> str | None:
    """The first of *names*, in whatever case, that has a value on this computer, as it is spelled there.

    :param also: files with variables.
    """
    here = {name.upper(): name for name in (*(name for file in also for name in _set_in(file)), *_names_here(files))}
    return next((here[name.upper()] for name in names if name.upper() in here), None)


def _decided(found: Sequence[Sequence[str]]) -> list[str]:
    """The settings that the places *found* set; none where one of them does anything else."""
    return sorted({setting for sets in found for setting in sets}) if all(found) else []


def _names_here(files: Iterable[str]) -> set[str]:
    """The variables that have a value here, in the environment or in a .env file beside or above *files*."""
    folders = dict.fromkeys(folder for file in files for folder in list(Path(file).parents)[:_HEIGHT])
    return {*os.environ, *(name for folder in folders for name in _set_in(str(folder / ".env")))}


def _set_in(file: str) -> list[str]:
    return _ROW.findall(source(file))


def _spellings(name: str) -> tuple[str, ...]:
    """The name, and without the prefix that libraries put before it (DJANGO_SECRET_KEY for SECRET_KEY)."""
    rest = name.upper().partition("_")[2]
    return (name.upper(), rest) if len(rest) > len("_KEY") else (name.upper(),)


def _uses(name: str, text: str) -> Iterator[tuple[tuple[str, ...], bool]]:
    """For each place that reads the variable: the settings that its statement sets, and whether it has to be there."""
    for statement, insists in _readings(text).get(name, {}).items():
        yield _carried(_targets(statement), text), insists


@lru_cache(maxsize=64)  # one for each file, whatever the number of variables
def _readings(text: str) -> dict[str, dict[ast.stmt, bool]]:
    """By variable, the statements that name or read it, and whether they fail without it."""
    found: dict[str, dict[ast.stmt, bool]] = {}
    for statement, tried in _statements(text):
        for name, insists in filter(None, map(_reading, _own_nodes(statement))):
            places = found.setdefault(name, {})
            places[statement] = places.get(statement, False) or (insists and not tried)
    return found


def _reading(node: ast.AST) -> tuple[str, bool] | None:
    """The variable that *node* names, or reads without naming it (``env.db()``), and whether that fails without it."""
    match node:
        case ast.Constant(value=str(name)):
            return name, False
        case ast.Subscript(slice=ast.Constant(value=str(name)), ctx=ast.Load()):
            return name, True
        case ast.Call(args=[ast.Constant(value=str(name))]):
            return name, _called(node) not in _LENIENT and not _is_given(node, "default")
        case ast.Call(args=[], func=ast.Attribute(value=owner, attr=method)) if not _is_given(node, "var", "env"):
            if method in _IMPLIED:
                return _IMPLIED[method], not _is_given(node, "default")
            if method == "config" and isinstance(owner, ast.Name) and owner.id in _CONFIG:
                return _CONFIG[owner.id], False
    return None


@lru_cache(maxsize=64)
def _statements(text: str) -> tuple[tuple[ast.stmt, bool], ...]:
    """Each statement, and whether something is done where it raises an error."""
    try:
        return tuple(_flat(ast.parse(text).body, tried=False))
    except (SyntaxError, ValueError):
        return ()


def _flat(body: Iterable[ast.stmt], *, tried: bool) -> Iterator[tuple[ast.stmt, bool]]:
    for statement in body:
        yield statement, tried
        for part in ("body", "orelse", "finalbody", "handlers"):
            inside = tried or (part == "body" and isinstance(statement, ast.Try))
            for inner in getattr(statement, part, ()):
                yield from _flat([inner] if isinstance(inner, ast.stmt) else inner.body, tried=inside)


def _own_nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of *statement* without those of the statements inside it."""
    pending = [
        child for child in ast.iter_child_nodes(statement) if not isinstance(child, (ast.stmt, ast.ExceptHandler))
    ]
    while pending:
        node = pending.pop()
        yield node
        pending += ast.iter_child_nodes(node)


def _targets(statement: ast.stmt) -> tuple[str, ...]:
    """The upper-case names that *statement* assigns, and nothing where it does anything else."""
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, (ast.AnnAssign, ast.AugAssign)):
        targets = [statement.target]
    else:
        return ()
    names = [_base(target) for target in targets]
    return tuple(names) if all(name.isupper() for name in names) else ()


def _carried(targets: tuple[str, ...], text: str) -> tuple[str, ...]:
    """*targets*, and the settings that are made of a name among them which is no setting of Django: HOST, in
    ``BROKER = f"redis://{HOST}"``."""
    from django.conf import global_settings  # by now the project has loaded Django, in the way it does

    found = list(targets)
    for statement, _ in _statements(text):
        between = {name for name in found if not hasattr(global_settings, name)}
        if any(isinstance(node, ast.Name) and node.id in between for node in _own_nodes(statement)):
            found += [name for name in _targets(statement) if name not in found]
    return tuple(found)


def _base(node: ast.expr) -> str:
    while isinstance(node, ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _has_default(name: str, text: str) -> bool:
    """Whether a scheme gives it one: ``environ.Env(DEBUG=(bool, False))``."""
    schemes = (
        word
        for statement, _ in _statements(text)
        for node in _own_nodes(statement)
        if isinstance(node, ast.Call) and _called(node) in {"Env", "FileAwareEnv"}
        for word in node.keywords
    )
    return any(word.arg == name and isinstance(word.value, ast.Tuple) for word in schemes)


def _reads(attribute: str, node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == attribute and isinstance(node.ctx, ast.Load)


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _is_given(node: ast.Call, *names: str) -> bool:
    return any(word.arg in names for word in node.keywords)


def source(file: str) -> str:
    """The text of a file of Python; empty where it cannot be read."""
    try:
        return Path(file).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
