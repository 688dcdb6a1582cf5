"""pyproject.toml as Poetry reads it: tables of its own (1.x), ``[project]`` (2.x), or both.

https://python-poetry.org/docs/pyproject/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from packaging.utils import canonicalize_name

from simple_deploy.edits import constraints, pep621, tables, toml
from simple_deploy.edits import requirements as lines
from simple_deploy.edits.errors import EditError
from simple_deploy.edits.manifest import Entry, Manifest, keys_of, table

_OWN = ("tool", "poetry", "dependencies")


def read(data: Mapping[str, Any]) -> Manifest:
    """What the data of a pyproject.toml declare."""
    standard = pep621.read(data)
    problems = list(standard.problems)
    own = [*_table(table(data, *_OWN), None, problems)]
    if _uses_project(data):
        # There, Poetry's own table only says where a package comes from.
        origins = {entry.name: entry for entry in own if " @ " in entry.text or entry.text.startswith(("-e", ".", "/"))}
        main = [origins.get(entry.name, entry) if entry.group is None else entry for entry in standard.entries]
    else:
        main = [*own, *(entry for entry in standard.entries if entry.group is not None)]
    entries = [*main, *_table(table(data, "tool", "poetry", "dev-dependencies"), "dev", problems)]
    for group in table(data, "tool", "poetry", "group"):
        packages = table(data, "tool", "poetry", "group", group, "dependencies")
        entries += _table(packages, canonicalize_name(group), problems)
    python = table(data, *_OWN).get("python")
    return Manifest(
        entries=tuple(entries),
        problems=tuple(problems),
        python=standard.python or (constraints.as_python(python) if isinstance(python, str) else ""),
        complete=standard.complete or not _uses_project(data),
    )


def add(
    text: str,
    requirements: Sequence[str],
    *,
    group: str | None = None,
    equivalents: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """*text* with those of *requirements* that are missing, where ``poetry add`` would put them.

    That is ``[project]`` or ``[dependency-groups]`` where the project has those, else Poetry's own tables.

    :param requirements: PEP 508 texts.
    :param group: the group, made when there is none; None for what is always installed.
    :param equivalents: by name, the names that satisfy the same need, as psycopg2 does for psycopg.
    :raises EditError: *text* cannot be edited, or one of *requirements* is none.
    """
    data = toml.read(text)
    if _standard(data, group):
        return pep621.add(text, requirements, group=group, equivalents=equivalents)
    manifest = read(data)
    new = lines.missing(requirements, manifest.names(group and canonicalize_name(group)), equivalents=equivalents)
    values = dict(map(constraints.as_table_entry, new))
    path = _path(data, group)
    optional = keys_of(table(data, *path), values)
    if optional:
        raise EditError(
            f"{', '.join(optional)} is installed only with an extra of the project, but the deployed site needs it.",
            hint="Take “optional = true” away there, then try again.",
        )
    return tables.add_keys(text, path, values)


def remove(text: str, names: Iterable[str], *, group: str | None = None) -> str:
    """*text* without the packages *names* in *group*; a group that is left empty goes too.

    :raises EditError: *text* cannot be edited.
    """
    data = toml.read(text)
    if _standard(data, group):
        return pep621.remove(text, names, group=group)
    path = _path(data, group)
    return tables.remove_keys(text, path, keys_of(table(data, *path), names), drop_empty=group is not None)


def _uses_project(data: Mapping[str, Any]) -> bool:
    project = table(data, "project")
    return "dependencies" in project or "optional-dependencies" in project


def _standard(data: Mapping[str, Any], group: str | None) -> bool:
    """Whether *group* stands in one of the standard tables."""
    if group is None:
        return _uses_project(data)
    return bool(table(data, "dependency-groups")) and not table(data, *_path(data, group))


def _path(data: Mapping[str, Any], group: str | None) -> tuple[str, ...]:
    if group is None:
        return _OWN
    written = table(data, "tool", "poetry", "group")
    name = next((name for name in written if canonicalize_name(name) == canonicalize_name(group)), group)
    return "tool", "poetry", "group", name, "dependencies"


def _table(packages: Mapping[str, Any], group: str | None, problems: list[str]) -> Iterator[Entry]:
    for name, value in packages.items():
        if name == "python":
            continue
        try:
            texts = constraints.from_poetry(name, value)
        except ValueError:
            problems.append(f"“{name} = {value!s:.80}” is nothing that Poetry can read.")
            continue
        optional = isinstance(value, dict) and value.get("optional") is True
        for text in texts:
            yield Entry(name=canonicalize_name(name), text=text, group=group, optional=optional)
