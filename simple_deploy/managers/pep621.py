"""pyproject.toml by the standards: ``[project]`` and ``[dependency-groups]``, as uv, PDM, Hatch and others read it.

https://packaging.python.org/en/latest/specifications/pyproject-toml/
https://packaging.python.org/en/latest/specifications/dependency-groups/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import tomlkit
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from simple_deploy.edits import tables, toml
from simple_deploy.edits.errors import EditError
from simple_deploy.managers import requirements as lines
from simple_deploy.managers.base import Wanted
from simple_deploy.managers.manifest import Entry, Manifest, table
from simple_deploy.managers.manifest_manager import Editor, ManifestManager

_LONGEST = 8192
MAIN = ("project", "dependencies")


def read(data: Mapping[str, Any]) -> Manifest:
    """What the data of a pyproject.toml declare."""
    project = table(data, "project")
    problems: list[str] = []
    entries = list(_entries(project.get("dependencies"), "project.dependencies", None, problems))
    for group, items in groups(data, problems).items():
        entries += _entries(items, f"dependency-groups.{group}", group, problems)
    for group, items in (
        *table(data, "tool", "pdm", "dev-dependencies").items(),
        ("dev", table(data, "tool", "uv").get("dev-dependencies")),
    ):
        # Packages for development may be folders of this computer, which nothing is deployed from.
        entries += _entries(items, f"the dev-dependencies {group}", canonicalize_name(group), [])
    return Manifest(
        entries=tuple(entries),
        problems=tuple(problems),
        python=_text(project.get("requires-python")),
        complete=not is_dynamic(data),
    )


def is_dynamic(data: Mapping[str, Any]) -> bool:
    """Whether the packages are told only while the project is built."""
    dynamic = table(data, "project").get("dynamic")
    return isinstance(dynamic, list) and "dependencies" in dynamic


def groups(data: Mapping[str, Any], problems: list[str] | None = None) -> dict[str, list[str]]:
    """The strings of each dependency group, by its canonical name, those of included groups too."""
    raw: dict[str, Any] = {
        canonicalize_name(str(name)): items for name, items in table(data, "dependency-groups").items()
    }
    return {name: list(_group(raw, name, (), [] if problems is None else problems)) for name in raw}


def _group(raw: Mapping[str, Any], name: str, above: tuple[str, ...], problems: list[str]) -> Iterator[str]:
    items = raw.get(name)
    if name in above or not isinstance(items, list):
        problems.append(
            f"The dependency group {name} "
            + ("includes itself." if name in above else "is not there." if items is None else "is not a list.")
        )
        return
    for item in items:
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict) and isinstance(item.get("include-group"), str):
            yield from _group(raw, canonicalize_name(item["include-group"]), (*above, name), problems)
        else:
            problems.append(f"In the dependency group {name}, {_shown(item)} is no requirement.")


def _entries(items: object, where: str, group: str | None, problems: list[str]) -> Iterator[Entry]:
    if items is None:
        return
    if not isinstance(items, list):
        problems.append(f"{where} is not a list.")
        return
    for item in items:
        name = name_of(item) if isinstance(item, str) else None
        if name is None:
            problems.append(f"In {where}, {_shown(item)} is no requirement.")
        else:
            yield Entry(name=name, text=" ".join(str(item).split()), group=group)


def add(text: str, wanted: Wanted) -> str:
    """*text* with those of the *wanted* packages that are missing, in ``[project]`` or in a dependency group.

    :raises EditError: *text* cannot be edited, or one of the requirements is none.
    """
    data = toml.read(text)
    group = wanted.group
    new = lines.missing(wanted, read(data).names(_canonical(group)))
    if not new:
        return text
    if group is None and not table(data, "project"):
        raise EditError("There is no [project] table to add packages to.", hint="Add one, then try again.")
    if group is None and is_dynamic(data):
        raise EditError(
            "This project's packages are determined while it is built: its dependencies are dynamic.",
            hint="Add to the place they are taken from: " + ", ".join(new) + ". Then try again.",
        )
    path = array_of(data, group)
    if path[-1] not in table(data, path[0]):
        array = "".join(f"    {tomlkit.item(item).as_string()},\n" for item in new)
        return tables.add_keys(text, path[:1], {path[1]: f"[\n{array}]"})
    return toml.add_to_array(text, path, new)


def remove(text: str, names: Iterable[str], *, group: str | None = None) -> str:
    """*text* without the packages *names* in ``[project]`` or in *group*; a group that is left empty goes too.

    :raises EditError: *text* cannot be edited.
    """
    data = toml.read(text)
    path = array_of(data, group)
    items = table(data, path[0]).get(path[1]) or []
    unwanted = {canonicalize_name(name) for name in names}
    gone = [item for item in items if isinstance(item, str) and name_of(item) in unwanted]
    if not gone:
        return text
    if group is not None and len(gone) == len(items):
        return tables.remove_keys(text, path[:1], [path[1]], drop_empty=True)
    return toml.remove_from_array(text, path, gone)


def array_of(data: Mapping[str, Any], group: str | None) -> tuple[str, str]:
    """Where the packages of *group* stand, or would."""
    if group is None:
        return MAIN
    written = (str(name) for name in table(data, "dependency-groups"))
    return "dependency-groups", next((name for name in written if _canonical(name) == _canonical(group)), group)


def name_of(requirement: str) -> str | None:
    """The canonical name of a PEP 508 text's package; None where it is no such text."""
    try:
        if len(requirement) > _LONGEST:
            return None
        return canonicalize_name(Requirement(requirement).name)
    except (InvalidRequirement, ValueError, RecursionError):
        return None


def _canonical(group: str | None) -> str | None:
    return None if group is None else canonicalize_name(group)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _shown(item: object) -> str:
    return f"“{item!s:.80}”"


EDITOR = Editor(read=read, add=add, remove=remove)
HATCH = ManifestManager(name="hatch", editor=EDITOR)
PEP621 = ManifestManager(name="pep621", editor=EDITOR)
