"""Whether a lock file still fits the file it was made from, told without running the manager.

Poetry, Pipenv and PDM keep a hash of what they locked; uv keeps the requirements themselves. File times say nothing:
a fresh clone has them in any order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from simple_deploy.core.facts import LockState
from simple_deploy.edits.manifest import table
from simple_deploy.edits.pep621 import groups


def lock_state(manager: str, data: Mapping[str, Any], lock: Mapping[str, Any]) -> LockState:
    """Whether *lock* was made from *data*; ``unknown`` where that cannot be told for certain.

    :param data: of pyproject.toml or Pipfile.
    """
    judge = {"uv": _uv, "poetry": _poetry, "pipenv": _pipenv, "pdm": _pdm}.get(manager)
    try:
        return judge(data, lock) if judge else "unknown"
    except (TypeError, ValueError, AttributeError, RecursionError):  # data of a shape no manager writes
        return "unknown"


def _hashed(content: object, **style: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, **style).encode()).hexdigest()


def _poetry(data: Mapping[str, Any], lock: Mapping[str, Any]) -> LockState:
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
        variants.append(_hashed(content))
    return "fresh" if found in variants else "stale"


def _pipenv(data: Mapping[str, Any], lock: Mapping[str, Any]) -> LockState:
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
    return "fresh" if found == _hashed(content, separators=(",", ":")) else "stale"


def _pdm(data: Mapping[str, Any], lock: Mapping[str, Any]) -> LockState:
    metadata = table(lock, "metadata")
    found = metadata.get("content_hash")
    if not isinstance(found, str) or "lock_inputs" in metadata:
        return "unknown"
    project, own = table(data, "project"), table(data, "tool", "pdm")
    development: dict[str, list[Any]] = {
        canonicalize_name(name): list(items) for name, items in table(data, "dependency-groups").items()
    }
    for name, items in table(own, "dev-dependencies").items():
        development.setdefault(canonicalize_name(name), []).extend(items)
    content = {
        "sources": own.get("source", []),
        "dependencies": project.get("dependencies", []),
        "dev-dependencies": development,
        "optional-dependencies": project.get("optional-dependencies", {}),
        "requires-python": project.get("requires-python", ""),
    }
    resolution = table(own, "resolution")
    variants = (
        {**content, "resolution": resolution},
        {**content, "overrides": resolution.get("overrides", {})},
    )
    if found in {f"sha256:{_hashed(variant)}" for variant in variants}:
        return "fresh"
    return "stale" if str(metadata.get("lock_version", "")).startswith(("4.4", "4.5")) else "unknown"


def _uv(data: Mapping[str, Any], lock: Mapping[str, Any]) -> LockState:
    packages = [each for each in lock.get("package", ()) if _is_project(each, table(data, "project").get("name"))]
    if len(packages) != 1:
        return "unknown"
    kept = table(packages[0], "metadata")
    wanted: dict[str, list[Any]] = {"": table(data, "project").get("dependencies") or [], **groups(data)}
    locked: dict[str, list[Any]] = {"": kept.get("requires-dist") or [], **table(kept, "requires-dev")}
    # Extras stand among the locked requirements too, with a marker that tells them apart.
    if table(data, "project").get("optional-dependencies"):
        locked[""] = [each for each in locked[""] if "extra ==" not in each.get("marker", "")]
    sources: set[str] = {canonicalize_name(name) for name in table(data, "tool", "uv", "sources")}
    legacy = table(data, "tool", "uv").get("dev-dependencies")
    if legacy:
        wanted["dev"] = [*wanted.get("dev", []), *legacy]
    pairs = [(wanted.get(group) or [], locked.get(group) or []) for group in {*wanted, *locked}]
    if any(_declared(ours, sources) != _locked(theirs, sources) for ours, theirs in pairs):
        return "stale"
    python = table(data, "project").get("requires-python")
    if isinstance(python, str) and SpecifierSet(python) != SpecifierSet(str(lock.get("requires-python", ""))):
        # In a workspace the lock holds for what all its members allow.
        return "stale" if len(table(lock, "manifest").get("members", ())) < 2 else "unknown"
    # uv writes markers in a form of its own, which is not compared.
    return "unknown" if any(";" in str(each) for ours, _ in pairs for each in ours) else "fresh"


def _is_project(package: Any, name: object) -> bool:
    source = table(package, "source")
    local = any(kind in source for kind in ("virtual", "editable", "directory"))
    return local and isinstance(name, str) and canonicalize_name(str(package.get("name"))) == canonicalize_name(name)


Wanted = frozenset[tuple[str, frozenset[str], SpecifierSet | None]]


def _declared(requirements: Iterable[str], sources: set[str]) -> Wanted:
    found = set()
    for text in requirements:
        try:
            parsed = Requirement(text)
        except InvalidRequirement as error:
            raise ValueError(str(error)) from error
        name = canonicalize_name(parsed.name)
        loose = bool(parsed.url) or name in sources
        found.add((name, frozenset(map(canonicalize_name, parsed.extras)), None if loose else parsed.specifier))
    return frozenset(found)


def _locked(requirements: Iterable[Mapping[str, Any]], sources: set[str]) -> Wanted:
    found = set()
    for each in requirements:
        name = canonicalize_name(str(each.get("name")))
        loose = name in sources or any(key in each for key in ("git", "url", "path", "directory", "editable"))
        try:
            specifier = None if loose else SpecifierSet(str(each.get("specifier", "")))
        except InvalidSpecifier as error:
            raise ValueError(str(error)) from error
        found.add((name, frozenset(map(canonicalize_name, each.get("extras", ()))), specifier))
    return frozenset(found)
