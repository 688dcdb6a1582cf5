"""pyproject.toml as Poetry reads it: tables of its own (1.x), ``[project]`` (2.x), or both.

https://python-poetry.org/docs/pyproject/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from packaging.utils import canonicalize_name

from simple_deploy.core import ansi
from simple_deploy.core.facts import LockState
from simple_deploy.edits import tables, toml
from simple_deploy.edits.errors import EditError
from simple_deploy.managers import constraints, pep621, tools
from simple_deploy.managers import requirements as lines
from simple_deploy.managers.base import Wanted
from simple_deploy.managers.locking import LOCKING, Job, Locker, scratch_environment
from simple_deploy.managers.manifest import Entry, Manifest, keys_of, table
from simple_deploy.managers.manifest_manager import Editor, ManifestManager
from simple_deploy.managers.pins import (
    Pins,
    careful,
    damaged,
    edge_of,
    hashed,
    leading_name,
    names_of,
    origin_of,
    packages_of,
    walked,
    with_markers,
)
from simple_deploy.managers.resolve import Edge, Package

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


def add(text: str, wanted: Wanted) -> str:
    """*text* with those of the *wanted* packages that are missing, where ``poetry add`` would put them.

    That is ``[project]`` or ``[dependency-groups]`` where the project has those, else Poetry's own tables.

    :raises EditError: *text* cannot be edited, or one of the requirements is none.
    """
    data = toml.read(text)
    group = wanted.group
    if _standard(data, group):
        return pep621.add(text, wanted)
    new = lines.missing(wanted, read(data).names(group and canonicalize_name(group)))
    values = dict(map(constraints.as_table_entry, new))
    path = _path(data, group)
    optional = keys_of(table(data, *path), values)
    if optional:
        raise EditError(
            f"{', '.join(optional)} is installed only with an extra of the project, but the deployed site needs it.",
            hint="Remove “optional = true” there, then try again.",
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


@careful()
def pinned(lock: Mapping[str, Any], manifest: Manifest, groups: Iterable[str] = ()) -> Pins:
    """What is installed with the main dependencies and *groups*.

    :raises EditError: this is no lock of Poetry.
    """
    wanted = {"main", *map(canonicalize_name, groups)}
    packages = packages_of(lock)
    indexes = dict.fromkeys(
        str(source["url"]) for source in (table(each, "source") for each in packages) if source.get("type") == "legacy"
    )
    if all("groups" in each for each in packages):
        lines = [
            with_markers(_line(each), _markers(each, wanted))
            for each in packages
            if not each.get("optional") and wanted & names_of(each["groups"])
        ]
    else:
        lines = walked([_package(each) for each in packages], manifest, wanted)
    return Pins(lines=tuple(sorted(lines)), indexes=tuple(indexes))


def _line(package: Mapping[str, Any]) -> str:
    name, source = str(package["name"]), table(package, "source")
    kind, url = source.get("type"), source.get("url")
    if kind in (None, "legacy"):
        return f"{name}=={package['version']}"
    keys = {"git": "git", "hg": "hg", "url": "url", "directory": "path", "file": "path"}
    if kind not in keys or not isinstance(url, str):
        raise damaged()
    value = {keys[kind]: url, "rev": source.get("resolved_reference"), "develop": package.get("develop")}
    return origin_of(name, {**value, "subdirectory": source.get("subdirectory")})


def _markers(package: Mapping[str, Any], wanted: set[str]) -> list[str]:
    markers = package.get("markers", "")
    if not isinstance(markers, dict):
        return [str(markers)]
    by_group: dict[str, str] = {canonicalize_name(str(group)): str(marker) for group, marker in markers.items()}
    return [by_group.get(group, "") for group in sorted(wanted & names_of(package["groups"]))]


def _package(package: Mapping[str, Any]) -> Package:
    name = canonicalize_name(str(package["name"]))
    extras: dict[str, tuple[Edge, ...]] = {
        canonicalize_name(extra): tuple(edge_of(leading_name(text), text) for text in texts if isinstance(text, str))
        for extra, texts in table(package, "extras").items()
    }
    edges = tuple(edge for key, value in table(package, "dependencies").items() for edge in _edges(key, value))
    return Package(name=name, version=str(package["version"]), line=_line(package), edges=edges, extras=extras)


def _edges(name: str, value: object) -> Iterator[Edge]:
    for each in value if isinstance(value, list) else [value]:
        options: Mapping[str, Any] = each if isinstance(each, dict) else {"version": each}
        if options.get("optional"):
            continue
        try:
            ranges = constraints.ranges(str(options.get("version") or "*"))
        except ValueError:
            ranges = ()
        yield Edge(
            name=canonicalize_name(name),
            extras=frozenset(canonicalize_name(str(extra)) for extra in options.get("extras") or ()),
            ranges=ranges,
            marker=str(options.get("markers") or ""),
        )


def _judge(data: Mapping[str, Any], lock: Mapping[str, Any]) -> LockState:
    found = table(lock, "metadata").get("content-hash")
    if not isinstance(found, str):
        return "unknown"
    own, project = table(data, "tool", "poetry"), table(data, "project")
    standard = {
        key: project[key] for key in ("requires-python", "dependencies", "optional-dependencies") if key in project
    }
    variants = []
    # Dependency groups are part of the hash since 2.3.
    for dependency_groups in (table(data, "dependency-groups"), {}):
        modern = bool(standard or dependency_groups)
        mine = {key: own.get(key) for key in ("dependencies", "source", "extras", "dev-dependencies", "group")}
        # What is not there counts as null in the oldest form, but for groups, which it did not know.
        mine = {key: value for key, value in mine.items() if value is not None or not (modern or key == "group")}
        content: dict[str, Any] = mine
        if modern:
            content = {"tool": {"poetry": mine}}
            content |= {"project": standard} if standard else {}
            content |= {"dependency-groups": dependency_groups} if dependency_groups else {}
        variants.append(hashed(content))
    return "fresh" if found in variants else "stale"


_VERSION = re.compile(r"version (\d+)")


def _lock(job: Job) -> None:
    lock = job.folder / "poetry.lock"
    asked = tools.run(job.place, ("poetry", "--version"), lock=lock, cwd=job.folder, timeout=300)
    version = _VERSION.search(ansi.plain(asked.output))
    # Up to 1.x, locking upgrades everything unless told not to; from 2.0 on it keeps what it can.
    keep = ("--no-update",) if version and int(version[1]) < 2 else ()
    with scratch_environment(job.place) as variables:
        argv = ("poetry", "lock", "--no-interaction", *keep)
        tools.run(job.place, argv, lock=lock, said=True, cwd=job.folder, env=variables, timeout=LOCKING)


#: `poetry export` is a plugin that few have, so the lock is read without it.
POETRY = ManifestManager(
    name="poetry",
    editor=Editor(read=read, add=add, remove=remove),
    lock="poetry.lock",
    judge=_judge,
    locker=Locker(manager="poetry", lock=_lock),
    pins=pinned,
)
