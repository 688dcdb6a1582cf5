"""Managers with a TOML file of their own that says what is needed, and perhaps a lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from simple_deploy.core.facts import Dependencies, LockState
from simple_deploy.core.findings import Finding
from simple_deploy.edits import toml
from simple_deploy.edits.errors import EditError
from simple_deploy.managers import requirements, sources
from simple_deploy.managers.base import Place, Wanted
from simple_deploy.managers.found import Found, TomlFile, declared_in, toml_file, unreadable
from simple_deploy.managers.load import lock_data, relative, text_of
from simple_deploy.managers.locking import Locker
from simple_deploy.managers.manifest import Manifest
from simple_deploy.managers.pins import Pins

T = TypeVar("T")
ReadPins = Callable[[Mapping[str, Any], Manifest, Iterable[str]], Pins]
Judge = Callable[[Mapping[str, Any], Mapping[str, Any]], LockState]


class Remove(Protocol):
    def __call__(self, text: str, names: Iterable[str], *, group: str | None = None) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Editor:
    """How the file is read and edited: pure functions of its data and its text."""

    read: Callable[[Mapping[str, Any]], Manifest]
    add: Callable[[str, Wanted], str]
    remove: Remove


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestManager:
    """A :class:`~simple_deploy.managers.base.Manager` put together from its parts.

    :param name: in facts.
    :param lock: the name of its lock file; empty where it has none.
    :param judge: tells from the data of the file and of the lock whether they fit; None where there is no lock.
    :param locker: None where there is no lock.
    :param pins: reads the lock; None where the manager's own program exports it.
    """

    name: str
    editor: Editor
    lock: str = ""
    judge: Judge | None = None
    locker: Locker | None = None
    pins: ReadPins | None = None

    def found(self, root: Path, file: TomlFile) -> Found:
        """What *file* declares, and whether its lock fits.

        :param root: the git root.
        """
        found = declared_in(file, self.name, self.editor.read(file.data))
        folders, outside = self.folders(root, file, found.dependencies)
        known = replace(found.dependencies, folders=folders, outside=outside)
        return replace(found, dependencies=self._with_lock(root, file, known))

    def _with_lock(self, root: Path, file: TomlFile, known: Dependencies) -> Dependencies:
        lock = self.lock_in(root, file.folder, file.data)
        if lock is None:
            return known
        name = relative(root, lock)
        try:
            return replace(known, lock=name, lock_state=self.freshness(file.data, lock_data(lock)))
        except EditError as error:
            problems = (*known.problems, unreadable(name, error))
            return replace(known, lock=name, lock_state="unknown", problems=problems)

    def folders(self, root: Path, file: TomlFile, known: Dependencies) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The folders of the repository that packages are made from, and the paths outside of it that are named."""
        return sources.of_declared(root, file.folder, (*known.declared, *known.grouped))

    def lock_in(self, root: Path, folder: Path, data: Mapping[str, Any]) -> Path | None:
        """The lock of the file in *folder* that holds *data*, if there is one."""
        lock = folder / self.lock
        return lock if self.lock and lock.is_file() else None

    def freshness(self, data: Mapping[str, Any], lock: Mapping[str, Any]) -> LockState:
        """Whether *lock* was made from *data*, told without running the manager.

        File times say nothing: a fresh clone has them in any order.

        :returns: ``unknown`` where it cannot be told for certain.
        """
        try:
            return self.judge(data, lock) if self.judge else "unknown"
        except (TypeError, ValueError, AttributeError, RecursionError):  # data of a shape no manager writes
            return "unknown"

    def add(self, text: str, wanted: Wanted) -> str:
        return self.editor.add(text, wanted)

    def remove(self, text: str, names: Iterable[str], *, group: str | None = None) -> str:
        return self.editor.remove(text, names, group=group)

    def refresh(self, dependencies: Dependencies, place: Place) -> tuple[Finding, ...]:
        if self.locker is None or dependencies.lock is None or dependencies.file is None:
            return ()
        found = self.found(place.root, toml_file(place.root, place.root / dependencies.file))
        return self.locker.refresh(dependencies, place, found.dependencies)

    def export(self, dependencies: Dependencies, place: Place, *, groups: Iterable[str] = ()) -> str:
        file, lock, pins = dependencies.file or "", dependencies.lock, self.pins
        manifest = self.manifest(dependencies, place)
        wanted = manifest.groups & {*groups}
        if pins is not None and lock is not None and (place.root / lock).is_file():
            data = _named(lock, lambda: lock_data(place.root / lock))
            found = _named(lock, lambda: pins(data, manifest, sorted(wanted)))
            return generated(lock, file, (*(f"--extra-index-url {url}" for url in found.indexes), *found.lines))
        entries = (entry for entry in manifest.entries if entry.group in (None, *wanted) and not entry.optional)
        return generated(file, file, dict.fromkeys(entry.text for entry in entries))

    def manifest(self, dependencies: Dependencies, place: Place) -> Manifest:
        """What the manager's file says now.

        :raises EditError: it cannot be read.
        """
        file = dependencies.file or ""
        return self.editor.read(_named(file, lambda: toml.read(text_of(place.root / file))))


def generated(source: str, file: str, lines: Iterable[str]) -> str:
    """*lines* as a file that says where it comes from: the manager's *file*, or the lock *source*."""
    return requirements.generated(Path(source).name, Path(file).name, lines)


def _named(file: str, read: Callable[[], T]) -> T:
    """What *read* returns; the name of the file becomes part of what it raises."""
    try:
        return read()
    except EditError as error:
        raise EditError(f"{file} cannot be read. {error.message}", hint=error.hint, line=error.line) from error
