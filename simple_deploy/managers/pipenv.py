"""Pipfile, as Pipenv reads it.

https://pipenv.pypa.io/en/latest/pipfile.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from packaging.utils import canonicalize_name

from simple_deploy.core.facts import LockState
from simple_deploy.edits import tables, toml
from simple_deploy.managers import constraints, tools
from simple_deploy.managers import requirements as lines
from simple_deploy.managers.base import Wanted
from simple_deploy.managers.locking import LOCKING, Change, Job, Locker, scratch_environment
from simple_deploy.managers.manifest import Entry, Manifest, keys_of, table
from simple_deploy.managers.manifest_manager import Editor, ManifestManager
from simple_deploy.managers.pins import Pins, careful, damaged, hashed, tables_of

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


def add(text: str, wanted: Wanted) -> str:
    """*text* with those of the *wanted* packages that are missing in ``[packages]`` or in the category of their group.

    :raises EditError: *text* cannot be edited, or one of the requirements is none.
    """
    new = lines.missing(wanted, read(toml.read(text)).names(wanted.group))
    return tables.add_keys(text, (category(wanted.group),), dict(map(constraints.as_table_entry, new)))


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


@careful()
def pinned(lock: Mapping[str, Any], _manifest: Manifest, groups: Iterable[str] = ()) -> Pins:
    """What is installed with the main packages and *groups*.

    :raises EditError: this is no lock of Pipenv.
    """
    if "_meta" not in lock:
        raise damaged()
    sections = ["default", *({"dev": "develop"}.get(group, group) for group in groups)]
    packages = {name: value for section in sections for name, value in table(lock, section).items()}
    sources = {str(each.get("name")): str(each.get("url")) for each in tables_of(table(lock, "_meta").get("sources"))}
    usual = next(iter(sources), "")
    used = dict.fromkeys(
        str(value["index"]) for value in packages.values() if isinstance(value, dict) and value.get("index")
    )
    lines = sorted(constraints.from_pipfile(name, value) for name, value in packages.items())
    return Pins(lines=tuple(lines), indexes=tuple(sources[name] for name in used if name != usual and name in sources))


def _judge(data: Mapping[str, Any], lock: Mapping[str, Any]) -> LockState:
    found = table(lock, "_meta", "hash").get("sha256")
    if not isinstance(found, str) or "source" not in data:
        # Without a source Pipenv hashes one of its own.
        return "unknown"
    names = {"packages": "default", "dev-packages": "develop"}
    other = {"source", "requires", "scripts", "pipenv", "default", "develop", *names}
    content = {
        "_meta": {"sources": data["source"], "requires": data.get("requires", {})},
        **{lock_name: data.get(name, {}) for name, lock_name in names.items()},
        **{name: value for name, value in data.items() if name not in other},
    }
    return "fresh" if found == hashed(content, separators=(",", ":")) else "stale"


def _lock(job: Job) -> None:
    with scratch_environment(job.place) as variables:
        env = {"PIPENV_VERBOSITY": "-1", "PIPENV_NOSPIN": "1", "PIPENV_ACTIVE": "", "PIPENV_PIPFILE": "", **variables}
        for command in _commands(job.change):
            tools.run(job.place, command, cwd=job.folder, env=env, timeout=LOCKING)


def _commands(change: Change) -> list[tuple[str, ...]]:
    if change.gone:
        return [("pipenv", "lock")]
    # `pipenv lock` upgrades everything. This locks what is named, and what that needs; or what does not fit any more.
    if not change.new:
        return [("pipenv", "upgrade", "--lock-only")]
    return [
        ("pipenv", "upgrade", "--lock-only", *_options(group), *(entry.text.split(" ; ")[0] for entry in new))
        for group, new in change.new.items()
    ]


def _options(group: str | None) -> tuple[str, ...]:
    return () if group is None else ("--dev",) if group == "dev" else ("--categories", group)


PIPENV = ManifestManager(
    name="pipenv",
    editor=Editor(read=read, add=add, remove=remove),
    lock="Pipfile.lock",
    judge=_judge,
    locker=Locker(
        manager="pipenv",
        lock=_lock,
        add="install",
        remove="uninstall",
        group=lambda name: " ".join(_options(name)),
    ),
    pins=pinned,
)
