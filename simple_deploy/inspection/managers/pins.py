"""What the lock files of Poetry, PDM and Pipenv pin, as lines of a requirements file.

Read from the lock itself, so neither the manager nor the network is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from simple_deploy.edits import constraints
from simple_deploy.edits.errors import EditError
from simple_deploy.edits.manifest import Manifest, table
from simple_deploy.inspection.managers.walk import Edge, Package, reachable


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """
    :param lines: PEP 508 texts or paths, sorted; paths are relative to the folder of the lock.
    :param indexes: addresses of package indexes besides the usual one.
    """

    lines: tuple[str, ...]
    indexes: tuple[str, ...] = ()


@contextmanager
def _careful() -> Iterator[None]:
    """:raises EditError: for data of a shape that no manager writes."""
    try:
        yield
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise _damaged() from error


@_careful()
def poetry(lock: Mapping[str, Any], manifest: Manifest, groups: Iterable[str] = ()) -> Pins:
    """What is installed with the main dependencies and *groups*.

    :raises EditError: this is no lock of Poetry.
    """
    wanted = {"main", *map(canonicalize_name, groups)}
    packages = _packages(lock)
    indexes = dict.fromkeys(
        str(source["url"]) for source in (table(each, "source") for each in packages) if source.get("type") == "legacy"
    )
    if all("groups" in each for each in packages):
        lines = [
            _with_markers(_poetry_line(each), _poetry_markers(each, wanted))
            for each in packages
            if not each.get("optional") and wanted & _names(each["groups"])
        ]
    else:
        lines = _walked([_poetry_package(each) for each in packages], manifest, wanted)
    return Pins(lines=tuple(sorted(lines)), indexes=tuple(indexes))


@_careful()
def pdm(lock: Mapping[str, Any], manifest: Manifest, groups: Iterable[str] = ()) -> Pins:
    """What is installed with the main dependencies and *groups*.

    :raises EditError: this is no lock of PDM.
    """
    wanted = {"default", *map(canonicalize_name, groups)}
    packages = _packages(lock)
    if all("groups" in each for each in packages):
        lines = [
            _with_markers(_pdm_line(each), [str(each.get("marker") or "")])
            for each in packages
            if wanted & _names(each["groups"])
        ]
    else:
        lines = _walked([_pdm_package(each) for each in packages], manifest, wanted)
    return Pins(lines=tuple(sorted(lines)))


@_careful()
def pipenv(lock: Mapping[str, Any], _manifest: Manifest, groups: Iterable[str] = ()) -> Pins:
    """What is installed with the main packages and *groups*.

    :raises EditError: this is no lock of Pipenv.
    """
    if "_meta" not in lock:
        raise _damaged()
    sections = ["default", *({"dev": "develop"}.get(group, group) for group in groups)]
    packages = {name: value for section in sections for name, value in table(lock, section).items()}
    sources = {str(each.get("name")): str(each.get("url")) for each in _tables(table(lock, "_meta").get("sources"))}
    usual = next(iter(sources), "")
    used = dict.fromkeys(
        str(value["index"]) for value in packages.values() if isinstance(value, dict) and value.get("index")
    )
    lines = sorted(constraints.from_pipfile(name, value) for name, value in packages.items())
    return Pins(lines=tuple(lines), indexes=tuple(sources[name] for name in used if name != usual and name in sources))


def versions(lock: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """The versions a lock of any manager pins, by canonical name."""
    found: dict[str, set[str]] = {}
    if "_meta" in lock:
        for section, packages in lock.items():
            for name, value in packages.items() if section != "_meta" and isinstance(packages, dict) else ():
                if isinstance(value, dict) and value.get("version"):
                    found.setdefault(canonicalize_name(name), set()).add(str(value["version"]).removeprefix("=="))
    for package in _tables(lock.get("package")):
        if package.get("version") and not {"virtual", "editable"} & table(package, "source").keys():
            found.setdefault(canonicalize_name(str(package.get("name"))), set()).add(str(package["version"]))
    return {name: frozenset(each) for name, each in found.items()}


def _damaged() -> EditError:
    return EditError("It is damaged: what it pins cannot be told.", hint="Let its manager write it again.")


def _packages(lock: Mapping[str, Any]) -> list[dict[str, Any]]:
    packages = _tables(lock.get("package"))
    if not all(isinstance(each.get("name"), str) and isinstance(each.get("version"), str) for each in packages):
        raise _damaged()
    if "metadata" not in lock:
        raise _damaged()
    return packages


def _tables(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _names(groups: object) -> set[str]:
    return {canonicalize_name(str(group)) for group in groups} if isinstance(groups, list) else set()


def _with_markers(line: str, alternatives: Iterable[str]) -> str:
    """*line* where one of *alternatives* holds; one that is empty always does."""
    found = list(dict.fromkeys(alternatives))
    if not all(found):
        return line
    return f"{line} ; {found[0] if len(found) == 1 else ' or '.join(f'({each})' for each in found)}"


def _walked(packages: list[Package], manifest: Manifest, wanted: set[str]) -> list[str]:
    edges = [
        _edge(entry.name, entry.text)
        for entry in manifest.entries
        if not entry.optional and (entry.group is None or entry.group in wanted)
    ]
    return [_with_markers(package.line, markers) for package, markers in reachable(packages, edges)]


def _edge(name: str, text: str) -> Edge:
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


# -- Poetry --


def _poetry_line(package: Mapping[str, Any]) -> str:
    name, source = str(package["name"]), table(package, "source")
    kind, url = source.get("type"), source.get("url")
    if kind in (None, "legacy"):
        return f"{name}=={package['version']}"
    keys = {"git": "git", "hg": "hg", "url": "url", "directory": "path", "file": "path"}
    if kind not in keys or not isinstance(url, str):
        raise _damaged()
    value = {keys[kind]: url, "rev": source.get("resolved_reference"), "develop": package.get("develop")}
    return _origin_of(name, {**value, "subdirectory": source.get("subdirectory")})


def _origin_of(name: str, value: Mapping[str, Any]) -> str:
    return constraints.from_poetry(name, value)[0]


def _poetry_markers(package: Mapping[str, Any], wanted: set[str]) -> list[str]:
    markers = package.get("markers", "")
    if not isinstance(markers, dict):
        return [str(markers)]
    by_group: dict[str, str] = {canonicalize_name(str(group)): str(marker) for group, marker in markers.items()}
    return [by_group.get(group, "") for group in sorted(wanted & _names(package["groups"]))]


def _poetry_package(package: Mapping[str, Any]) -> Package:
    name = canonicalize_name(str(package["name"]))
    extras: dict[str, tuple[Edge, ...]] = {
        canonicalize_name(extra): tuple(_edge(_leading_name(text), text) for text in texts if isinstance(text, str))
        for extra, texts in table(package, "extras").items()
    }
    edges = tuple(edge for key, value in table(package, "dependencies").items() for edge in _poetry_edges(key, value))
    return Package(name=name, version=str(package["version"]), line=_poetry_line(package), edges=edges, extras=extras)


def _poetry_edges(name: str, value: object) -> Iterator[Edge]:
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


def _leading_name(text: str) -> str:
    return canonicalize_name(text.split("(")[0].split("[")[0].split(";")[0].strip())


# -- PDM --


def _pdm_line(package: Mapping[str, Any]) -> str:
    name = str(package["name"])
    extras = f"[{','.join(map(str, package['extras']))}]" if package.get("extras") else ""
    if package.get("git") or package.get("hg"):
        keys = {key: package.get(key) for key in ("git", "hg", "subdirectory")}
        return _origin_of(name + extras, {**keys, "rev": package.get("revision") or package.get("ref")})
    if package.get("url") or package.get("path"):
        value = {"url": package.get("url"), "path": package.get("path"), "develop": package.get("editable")}
        return _origin_of(name + extras, value)
    return f"{name}{extras}=={package['version']}"


def _pdm_package(package: Mapping[str, Any]) -> Package:
    texts = [text for text in package.get("dependencies") or () if isinstance(text, str)]
    return Package(
        name=canonicalize_name(str(package["name"])),
        version=str(package["version"]),
        line=_pdm_line(package),
        edges=tuple(_edge(_leading_name(text), text) for text in texts),
        with_extras=frozenset(canonicalize_name(str(extra)) for extra in package.get("extras") or ()),
    )
