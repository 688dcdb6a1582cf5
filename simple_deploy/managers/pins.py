"""What the lock files of Poetry, PDM and Pipenv pin, as lines of a requirements file.

Read from the lock itself, so neither the manager nor the network is needed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from simple_deploy.edits.errors import EditError
from simple_deploy.managers import constraints
from simple_deploy.managers.manifest import Manifest, table
from simple_deploy.managers.resolve import Edge, Package, reachable


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """
    :param lines: PEP 508 texts or paths, sorted; paths are relative to the folder of the lock.
    :param indexes: addresses of package indexes besides the usual one.
    """

    lines: tuple[str, ...]
    indexes: tuple[str, ...] = ()


@contextmanager
def careful() -> Iterator[None]:
    """:raises EditError: for data of a shape that no manager writes."""
    try:
        yield
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise damaged() from error


def versions(lock: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """The versions a lock of any manager pins, by canonical name."""
    found: dict[str, set[str]] = {}
    if "_meta" in lock:
        for section, packages in lock.items():
            for name, value in packages.items() if section != "_meta" and isinstance(packages, dict) else ():
                if isinstance(value, dict) and value.get("version"):
                    found.setdefault(canonicalize_name(name), set()).add(str(value["version"]).removeprefix("=="))
    for package in tables_of(lock.get("package")):
        if package.get("version") and not {"virtual", "editable"} & table(package, "source").keys():
            found.setdefault(canonicalize_name(str(package.get("name"))), set()).add(str(package["version"]))
    return {name: frozenset(each) for name, each in found.items()}


def damaged() -> EditError:
    return EditError("It is damaged: what it pins cannot be told.", hint="Have its manager write it again.")


def packages_of(lock: Mapping[str, Any]) -> list[dict[str, Any]]:
    packages = tables_of(lock.get("package"))
    if not all(isinstance(each.get("name"), str) and isinstance(each.get("version"), str) for each in packages):
        raise damaged()
    if "metadata" not in lock:
        raise damaged()
    return packages


def tables_of(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def names_of(groups: object) -> set[str]:
    return {canonicalize_name(str(group)) for group in groups} if isinstance(groups, list) else set()


def with_markers(line: str, alternatives: Iterable[str]) -> str:
    """*line* where one of *alternatives* holds; one that is empty always does."""
    found = list(dict.fromkeys(alternatives))
    if not all(found):
        return line
    return f"{line} ; {found[0] if len(found) == 1 else ' or '.join(f'({each})' for each in found)}"


def walked(packages: list[Package], manifest: Manifest, wanted: set[str]) -> list[str]:
    edges = [
        edge_of(entry.name, entry.text)
        for entry in manifest.entries
        if not entry.optional and (entry.group is None or entry.group in wanted)
    ]
    return [with_markers(package.line, markers) for package, markers in reachable(packages, edges)]


def edge_of(name: str, text: str) -> Edge:
    """What a line of a requirements file asks for; a path only has a name."""
    try:
        found = Requirement(text)
    except InvalidRequirement:
        return Edge(name=name)
    ranges = () if found.url else (str(found.specifier),)
    return Edge(
        name=canonicalize_name(found.name),
        extras=frozenset(map(canonicalize_name, found.extras)),
        ranges=ranges,
        marker=str(found.marker or ""),
    )


def leading_name(text: str) -> str:
    return canonicalize_name(text.split("(")[0].split("[")[0].split(";")[0].strip())


def origin_of(name: str, value: Mapping[str, Any]) -> str:
    return constraints.from_poetry(name, value)[0]


def hashed(content: object, **style: Any) -> str:
    """The hash that managers keep of what they locked."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, **style).encode()).hexdigest()
