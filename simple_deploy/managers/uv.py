"""uv, which comes with the tool: its lock can always be made and exported."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from simple_deploy.core.facts import Dependencies, LockState
from simple_deploy.edits import pythons
from simple_deploy.edits.errors import EditError
from simple_deploy.managers import pep621, sources, uvsettings
from simple_deploy.managers.base import Place
from simple_deploy.managers.found import TomlFile
from simple_deploy.managers.load import lock_data
from simple_deploy.managers.locking import LOCKING, Job, Locker
from simple_deploy.managers.manifest import table
from simple_deploy.managers.manifest_manager import ManifestManager, generated


@dataclass(frozen=True, slots=True, kw_only=True)
class Uv(ManifestManager):
    def lock_in(self, root: Path, folder: Path, data: Mapping[str, Any]) -> Path | None:
        """The lock in this folder; a workspace has one for all its members, further up."""
        if (folder / self.lock).is_file():
            return folder / self.lock
        project = canonicalize_name(str(table(data, "project").get("name")))
        above = (each / self.lock for each in folder.parents if each == root or root in each.parents)
        for lock in above:
            with suppress(EditError):
                if lock.is_file() and project in table(lock_data(lock), "manifest").get("members", ()):
                    return lock
        return None

    def folders(self, root: Path, file: TomlFile, known: Dependencies) -> tuple[tuple[str, ...], tuple[str, ...]]:
        inside, outside = sources.of_uv(root, file.folder, file.data)
        named, elsewhere = sources.of_declared(root, file.folder, (*known.declared, *known.grouped))
        return tuple(dict.fromkeys((*inside, *named))), tuple(dict.fromkeys((*outside, *elsewhere)))

    def export(self, dependencies: Dependencies, place: Place, *, groups: Iterable[str] = ()) -> str:
        file, lock = place.root / (dependencies.file or ""), dependencies.lock
        manifest = self.manifest(dependencies, place)
        wanted = manifest.groups & {*groups}
        with tempfile.TemporaryDirectory(prefix="simple-deploy-", ignore_cleanup_errors=True) as folder:
            output = Path(folder) / "requirements.txt"
            if lock is not None and (place.root / lock).is_file():
                source = lock
                # A group may be one that is installed by default.
                chosen = [f"--{'' if group in wanted else 'no-'}group={group}" for group in sorted(manifest.groups)]
                command = ["export", "--frozen", "--no-hashes", "--no-emit-project", *chosen]
            else:
                source = file.name
                more = Path(folder) / "groups.in"
                more.write_text("".join(f"{e.text}\n" for e in manifest.entries if e.group in wanted), encoding="utf-8")
                # Unlike the plain list, this follows the sources that [tool.uv] names.
                settings = uvsettings.arguments(file.parent, place.root)
                command = ["pip", "compile", *settings, "--universal", f"--python={place.python}", file.name, str(more)]
            place.run(
                (place.uv, *command, "--quiet", "--no-header", f"--output-file={output}"),
                cwd=file.parent,
                env={"VIRTUAL_ENV": ""},
                timeout=LOCKING,
            )
            lines = output.read_text(encoding="utf-8").splitlines()
        return generated(source, file.name, (line for line in lines if not line.lstrip().startswith("#")))


def _lock(job: Job) -> None:
    # What is locked stays as it is unless --upgrade is given.
    command = (job.place.uv, "lock", f"--python={job.place.python}")
    job.place.run(command, cwd=job.folder, env={"VIRTUAL_ENV": ""}, timeout=LOCKING)


def _judge(data: Mapping[str, Any], lock: Mapping[str, Any]) -> LockState:
    packages = [each for each in lock.get("package", ()) if _is_project(each, table(data, "project").get("name"))]
    if len(packages) != 1:
        return "unknown"
    kept = table(packages[0], "metadata")
    wanted: dict[str, list[Any]] = {"": table(data, "project").get("dependencies") or [], **pep621.groups(data)}
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
    if isinstance(python, str) and not pythons.same(python, str(lock.get("requires-python", ""))):
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


UV = Uv(
    name="uv",
    editor=pep621.EDITOR,
    lock="uv.lock",
    judge=_judge,
    locker=Locker(manager="uv", lock=_lock),
)
