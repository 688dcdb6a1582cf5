"""Pipfile, as Pipenv reads it.

https://pipenv.pypa.io/en/latest/pipfile.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from packaging.utils import canonicalize_name

from simple_deploy.edits import constraints, tables, toml
from simple_deploy.edits import requirements as lines
from simple_deploy.edits.manifest import Entry, Manifest, keys_of, table

#: Tables that hold no packages.
_OTHER = frozenset({"source", "requires", "scripts", "pipenv", "build-system", "_meta"})


def read(data: Mapping[str, Any]) -> Manifest:
    """What the data of a Pipfile declare. ``[dev-packages]`` is the group ``dev``."""
    problems: list[str] = []
    entries: list[Entry] = []
    for name in data:
        if name not in _OTHER:
            entries += _packages(table(data, name), _group(name), problems)
    requires = table(data, "requires")
    python = requires.get("python_full_version") or requires.get("python_version")
    return Manifest(
        entries=tuple(entries),
        problems=tuple(problems),
        python=python if isinstance(python, str) and python != "*" else "",
    )


def add(
    text: str,
    requirements: Sequence[str],
    *,
    group: str | None = None,
    equivalents: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """*text* with those of *requirements* that are missing in ``[packages]`` or in the category *group*.

    :param requirements: PEP 508 texts.
    :param group: the category, made when there is none; None for what is always installed.
    :param equivalents: by name, the names that satisfy the same need, as psycopg2 does for psycopg.
    :raises EditError: *text* cannot be edited, or one of *requirements* is none.
    """
    known = read(toml.read(text)).names(group)
    new = lines.missing(requirements, known, equivalents=equivalents)
    return tables.add_keys(text, (category(group),), dict(map(constraints.as_table_entry, new)))


def remove(text: str, names: Iterable[str], *, group: str | None = None) -> str:
    """*text* without the packages *names* in ``[packages]`` or in *group*; a group that is left empty goes too.

    :raises EditError: *text* cannot be edited.
    """
    path = (category(group),)
    keys = keys_of(table(toml.read(text), *path), names)
    return tables.remove_keys(text, path, keys, drop_empty=group not in (None, "dev"))


def category(group: str | None) -> str:
    """The table that holds the packages of *group*."""
    return {None: "packages", "dev": "dev-packages"}.get(group, group or "")


def _group(name: str) -> str | None:
    return {"packages": None, "dev-packages": "dev"}.get(name, name)


def _packages(packages: Mapping[str, Any], group: str | None, problems: list[str]) -> Iterator[Entry]:
    for name, value in packages.items():
        try:
            text = constraints.from_pipfile(name, value)
        except ValueError:
            problems.append(f"“{name} = {value!s:.80}” is nothing that Pipenv can read.")
        else:
            yield Entry(name=canonicalize_name(name), text=text, group=group)
