"""What the engine asks of a dependency manager."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from simple_deploy.core.facts import Dependencies
from simple_deploy.core.findings import Finding
from simple_deploy.core.interfaces import Runner

#: What people call each manager, by the name facts have for it.
TITLES: Mapping[str, str] = MappingProxyType(
    {
        "requirements": "requirements.txt",
        "uv": "uv",
        "poetry": "Poetry",
        "pdm": "PDM",
        "pipenv": "Pipenv",
        "hatch": "Hatch",
        "pep621": "pyproject.toml",
        "pip-tools": "pip-tools",
        "conda": "Conda",
        "pixi": "Pixi",
    }
)

#: Those whose packages are not Python's alone, so that no platform installs from their files.
FOREIGN = frozenset({"conda", "pixi"})


def _unheard(_text: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a manager works: a workbench or a release, never the project itself.

    :param root: the folder that paths of facts are relative to.
    :param uv: the uv program that comes with the tool.
    :param python: the interpreter the project runs on.
    :param say: tells the person what is about to be done.
    :param kept: folder of locks made earlier, for when no package index can be reached; None to do without.
    """

    root: Path
    run: Runner
    uv: str
    python: str
    kept: Path | None = None
    say: Callable[[str], None] = _unheard


@dataclass(frozen=True, slots=True)
class Wanted:
    """Packages that the site needs.

    :param requirements: PEP 508 texts.
    :param group: the named group they go into, made when there is none; None for what is always installed.
    :param equivalents: by name, the names that satisfy the same need, besides the drivers for PostgreSQL.
    :param present: names that the files which a requirements file includes ask for.
    """

    requirements: Sequence[str]
    _: KW_ONLY
    group: str | None = None
    equivalents: Mapping[str, Sequence[str]] = field(default_factory=dict)
    present: Iterable[str] = ()


class Manager(Protocol):
    """How one manager's files are edited, kept in step, and installed from."""

    def add(self, text: str, wanted: Wanted) -> str:
        """The manager's file with those of the *wanted* packages that are missing.

        A package that is there in any version, with any extras or marker, is left as the project has it.

        :raises EditError: *text* cannot be edited, or one of the requirements is none.
        """

    def remove(self, text: str, names: Iterable[str], *, group: str | None = None) -> str:
        """The manager's file without the packages *names*. :raises EditError:"""

    def refresh(self, dependencies: Dependencies, place: Place) -> tuple[Finding, ...]:
        """Make the lock fit the manager's file again, keeping every version that may stay.

        :param dependencies: as they were before the file was edited.
        :returns: a blocker with the command to run when it cannot be done here; a warning when versions changed.
        """

    def export(self, dependencies: Dependencies, place: Place, *, groups: Iterable[str] = ()) -> str:
        """A requirements file that installs what a deployed site needs, pinned where there is a lock.

        It is meant to lie in the folder of the manager's file: relative paths start there.

        :param groups: groups to install besides what is always installed; those that are not there are left out.
        :raises ProjectError: the files cannot be read. :raises CommandFailed: the manager refused.
        """
