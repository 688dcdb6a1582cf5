"""Which dependency manager a project uses, and what it declares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from simple_deploy.core.facts import Dependencies, Location
from simple_deploy.managers import detect
from simple_deploy.managers.base import TITLES
from simple_deploy.managers.found import Found
from simple_deploy.managers.load import LARGEST, relative
from simple_deploy.system import plainfiles

#: Where nothing else decides: a requirements file is what a platform installs from without further ado.
_ORDER = ("requirements", "uv", "poetry", "pdm", "pipenv", "hatch", "pep621", "pip-tools", "conda", "pixi")


def read(location: Location, *, choice: str = "") -> Found:
    """What the project declares, as the manager that is in use has it.

    Where several have files, the one wins that names Django; of those the one nearest to manage.py; of those the one
    with a lock file, since only a manager in use writes one; then the one that is first in :data:`_ORDER`. Where none
    has any, a list of packages by another name counts.

    :param choice: the manager the person wants, when the project has files of it.
    """
    contents = [detect.look(location.root, folder) for folder in _folders(location)]
    python = next(filter(None, (each.python for each in contents)), "")
    candidates = [_Candidate(found, distance) for distance, each in enumerate(contents) for found in each.found]
    if not candidates:
        lists = (detect.by_another_name(location.root, folder) for folder in _folders(location))
        none = Found(dependencies=Dependencies(manager="none", file=_setup_file(location)))
        return replace(next(filter(None, lists), none), python=python)
    candidates.sort(key=lambda each: (each.manager != choice, *each.weight))
    best, *rest = candidates
    used = best.found.dependencies
    others = dict.fromkeys(each.manager for each in rest if each.manager != used.manager)
    if others:
        used = replace(used, others=tuple(others), chosen=_reason(best, rest, chosen=used.manager == choice))
    return replace(best.found, dependencies=used, python=best.found.python or python)


def _setup_file(location: Location) -> str | None:
    """The file that lists packages for an installation of the project itself, which no platform makes."""
    paths = (folder / name for folder in _folders(location) for name in ("setup.py", "setup.cfg"))
    listing = (path for path in paths if b"install_requires" in plainfiles.read(path, LARGEST))
    return next((relative(location.root, path) for path in listing), None)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """:param distance: how many folders above manage.py its file is."""

    found: Found
    distance: int

    @property
    def manager(self) -> str:
        return self.found.dependencies.manager

    @property
    def file(self) -> str:
        return self.found.dependencies.file or ""

    @property
    def weight(self) -> tuple[bool, int, bool, int]:
        """Less is better."""
        names_django = self.found.brings_django or not self.found.complete
        return not names_django, self.distance, self.found.dependencies.lock is None, _ORDER.index(self.manager)


def _reason(best: _Candidate, rest: Sequence[_Candidate], *, chosen: bool) -> str:
    title = TITLES[best.manager]
    if chosen:
        return f"{title} is used, as you chose."
    rival = next(each for each in rest if each.manager != best.manager)
    names = [best.file, rival.file]
    where = best.found.dependencies.lock or names[0]
    deciding = next(index for index, (a, b) in enumerate(zip(best.weight, rival.weight, strict=True)) if a != b)
    return (
        f"{title} is used, because {names[0]} names Django and {names[1]} does not.",
        f"{title} is used, because {names[0]} is nearer to manage.py than {names[1]}.",
        f"{title} is used, because {where} shows that it keeps this project's packages.",
        f"{title} is used, because nothing shows that {TITLES[rival.manager]} is in use instead.",
    )[deciding]


def _folders(location: Location) -> Iterator[Path]:
    """The folder of manage.py and those above it, up to the git root."""
    folder = location.folder
    yield folder
    while folder != location.root and folder != folder.parent:
        folder = folder.parent
        yield folder
