"""requirements.txt, as pip and uv install it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from simple_deploy.core.facts import Dependencies
from simple_deploy.core.findings import Finding
from simple_deploy.edits import requirements as edit
from simple_deploy.engine.managers.base import Place


@dataclass(frozen=True, slots=True)
class Requirements:
    """There are no groups and there is no lock."""

    def add(
        self,
        text: str,
        requirements: Sequence[str],
        *,
        group: str | None = None,
        equivalents: Mapping[str, Sequence[str]] | None = None,
        present: Iterable[str] = (),
    ) -> str:
        return edit.add(text, requirements, equivalents=equivalents, present=present)

    def remove(self, text: str, names: Iterable[str], *, group: str | None = None) -> str:
        return edit.remove(text, names)

    def refresh(self, dependencies: Dependencies, place: Place) -> tuple[Finding, ...]:
        return ()

    def export(self, dependencies: Dependencies, place: Place, *, groups: Iterable[str] = ()) -> str:
        # Files it includes, and folders it installs from, are named relative to it.
        return f"-r {PurePosixPath(dependencies.file or '').name}\n"
