"""PDM."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from packaging.utils import canonicalize_name

from simple_deploy.core.facts import LockState
from simple_deploy.managers import load, pep621, tools
from simple_deploy.managers.locking import LOCKING, Job, Locker, scratch_environment
from simple_deploy.managers.manifest import Manifest, table
from simple_deploy.managers.manifest_manager import ManifestManager
from simple_deploy.managers.pins import (
    Pins,
    careful,
    edge_of,
    hashed,
    leading_name,
    names_of,
    origin_of,
    packages_of,
    walked,
    with_markers,
)
from simple_deploy.managers.resolve import Package


@careful()
def pinned(lock: Mapping[str, Any], manifest: Manifest, groups: Iterable[str] = ()) -> Pins:
    """What is installed with the main dependencies and *groups*.

    :raises EditError: this is no lock of PDM.
    """
    wanted = {"default", *map(canonicalize_name, groups)}
    packages = packages_of(lock)
    if all("groups" in each for each in packages):
        lines = [
            with_markers(_line(each), [str(each.get("marker") or "")])
            for each in packages
            if wanted & names_of(each["groups"])
        ]
    else:
        lines = walked([_package(each) for each in packages], manifest, wanted)
    return Pins(lines=tuple(sorted(lines)))


def _line(package: Mapping[str, Any]) -> str:
    name = str(package["name"])
    extras = f"[{','.join(map(str, package['extras']))}]" if package.get("extras") else ""
    if package.get("git") or package.get("hg"):
        keys = {key: package.get(key) for key in ("git", "hg", "subdirectory")}
        return origin_of(name + extras, {**keys, "rev": package.get("revision") or package.get("ref")})
    if package.get("url") or package.get("path"):
        value = {"url": package.get("url"), "path": package.get("path"), "develop": package.get("editable")}
        return origin_of(name + extras, value)
    return f"{name}{extras}=={package['version']}"


def _package(package: Mapping[str, Any]) -> Package:
    texts = [text for text in package.get("dependencies") or () if isinstance(text, str)]
    return Package(
        name=canonicalize_name(str(package["name"])),
        version=str(package["version"]),
        line=_line(package),
        edges=tuple(edge_of(leading_name(text), text) for text in texts),
        with_extras=frozenset(canonicalize_name(str(extra)) for extra in package.get("extras") or ()),
    )


def _judge(data: Mapping[str, Any], lock: Mapping[str, Any]) -> LockState:
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
    if found in {f"sha256:{hashed(variant)}" for variant in variants}:
        return "fresh"
    return "stale" if str(metadata.get("lock_version", "")).startswith(("4.4", "4.5")) else "unknown"


def _lock(job: Job) -> None:
    with scratch_environment(job.place) as variables:
        env = {**variables, "PDM_IGNORE_SAVED_PYTHON": "1", "PDM_CHECK_UPDATE": "0"}
        argv = ("pdm", "lock", "--update-reuse", *_groups(job))
        tools.run(job.place, argv, cwd=job.folder, env=env, timeout=LOCKING)


def _groups(job: Job) -> list[str]:
    """Options for the groups to lock: PDM goes on with those that are locked, and leaves a new one away."""
    new = {group for group in job.change.new if group}
    if not new:
        return []
    locked = table(load.lock_data(job.folder / "pdm.lock"), "metadata").get("groups") or []
    names = {str(group) for group in locked} - {"default"} | new
    return [part for name in sorted(names) for part in ("--group", name)]


PDM = ManifestManager(
    name="pdm",
    editor=pep621.EDITOR,
    lock="pdm.lock",
    judge=_judge,
    locker=Locker(
        manager="pdm",
        lock=_lock,
        add="add --update-reuse",
        relock="lock --update-reuse",
        group="--dev --group {}".format,
    ),
    pins=pinned,
)
