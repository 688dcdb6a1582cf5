"""Managers with a TOML file of their own that says what is needed, and perhaps a lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from simple_deploy.core.facts import Dependencies
from simple_deploy.core.findings import Finding
from simple_deploy.edits import requirements, toml
from simple_deploy.edits.errors import EditError
from simple_deploy.edits.manifest import Manifest
from simple_deploy.engine.managers.base import Place
from simple_deploy.engine.managers.locking import Locker
from simple_deploy.inspection.managers import reading
from simple_deploy.inspection.managers.pins import Pins

T = TypeVar("T")
ReadPins = Callable[[Mapping[str, Any], Manifest, Iterable[str]], Pins]


class Editor(Protocol):
    """A module of :mod:`simple_deploy.edits` that reads and edits the file."""

    def read(self, data: Mapping[str, Any]) -> Manifest: ...

    def add(
        self,
        text: str,
        requirements: Sequence[str],
        *,
        group: str | None = None,
        equivalents: Mapping[str, Sequence[str]] | None = None,
    ) -> str: ...

    def remove(self, text: str, names: Iterable[str], *, group: str | None = None) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestManager:
    """A :class:`~simple_deploy.engine.managers.base.Manager` put together from its parts.

    :param locker: None where there is no lock.
    :param pins: reads the lock; None where there is none.
    """

    editor: Editor
    locker: Locker | None = None
    pins: ReadPins | None = None

    def add(
        self,
        text: str,
        requirements: Sequence[str],
        *,
        group: str | None = None,
        equivalents: Mapping[str, Sequence[str]] | None = None,
        present: Iterable[str] = (),
    ) -> str:
        return self.editor.add(text, requirements, group=group, equivalents=equivalents)

    def remove(self, text: str, names: Iterable[str], *, group: str | None = None) -> str:
        return self.editor.remove(text, names, group=group)

    def refresh(self, dependencies: Dependencies, place: Place) -> tuple[Finding, ...]:
        return self.locker.refresh(dependencies, place) if self.locker else ()

    def export(self, dependencies: Dependencies, place: Place, *, groups: Iterable[str] = ()) -> str:
        file, lock, pins = dependencies.file or "", dependencies.lock, self.pins
        manifest = self.manifest(dependencies, place)
        wanted = manifest.groups & {*groups}
        if pins is not None and lock is not None and (place.root / lock).is_file():
            data = _named(lock, lambda: reading.lock_data(place.root / lock))
            found = _named(lock, lambda: pins(data, manifest, sorted(wanted)))
            return generated(lock, file, (*(f"--extra-index-url {url}" for url in found.indexes), *found.lines))
        entries = (entry for entry in manifest.entries if entry.group in (None, *wanted) and not entry.optional)
        return generated(file, file, dict.fromkeys(entry.text for entry in entries))

    def manifest(self, dependencies: Dependencies, place: Place) -> Manifest:
        """What the manager's file says now.

        :raises EditError: it cannot be read.
        """
        file = dependencies.file or ""
        return self.editor.read(_named(file, lambda: toml.read(reading.text_of(place.root / file))))


def generated(source: str, file: str, lines: Iterable[str]) -> str:
    """*lines* as a file that says where it comes from: the manager's *file*, or the lock *source*."""
    return requirements.generated(Path(source).name, Path(file).name, lines)


def _named(file: str, read: Callable[[], T]) -> T:
    """What *read* returns; the name of the file becomes part of what it raises."""
    try:
        return read()
    except EditError as error:
        raise EditError(f"{file} cannot be read. {error.message}", hint=error.hint, line=error.line) from error
