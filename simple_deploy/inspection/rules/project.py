"""Findings about the folder, Python and Django."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PureWindowsPath
from types import MappingProxyType

from simple_deploy.core.facts import Declared, Misnamed, ProjectFacts
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.versions import OLDEST_DJANGO
from simple_deploy.edits import pythons
from simple_deploy.inspection import misnamed, upgrades
from simple_deploy.inspection.rules.needs import ADDING

#: What a deployed site may have. Older ones know no STORAGES setting and no psycopg 3.
OLDEST_ON_SITE = (4, 2)

_SHOWN = 8  # lines

#: How each manager installs here what it has locked. Packages that no list names, such as this tool, have to stay.
_SYNCING: Mapping[str, str] = MappingProxyType(
    {"uv": "uv sync --inexact", "poetry": "poetry install", "pipenv": "pipenv sync", "pdm": "pdm sync"}
)


def findings(facts: ProjectFacts) -> Iterator[Finding]:
    if facts.unwritable:
        yield Finding(
            id="project.not-writable",
            level=Level.BLOCKER,
            title="The project cannot be changed: no permission to write " + ", ".join(facts.unwritable),
            why="A deployment adds files to the project and edits its settings. It shows you all of this first.",
            fix=_write_permission(facts),
            details=facts.unwritable,
        )
    if service := cloud_storage(str(facts.location.root)):
        yield _in_the_cloud(facts, service)
    if facts.location.project_dir:
        yield Finding(
            id="project.nested",
            level=Level.OK,
            title=f"The project is in the folder {facts.location.project_dir} of the repository {facts.location.root}.",
            why="Commands run in that folder, and files that belong to the whole repository go to its root.",
        )
    yield from _python(facts)
    yield from _django(facts)
    if facts.settings and facts.settings.misnamed:
        yield _misnamed(facts.settings.misnamed)


def _misnamed(found: Sequence[Misnamed]) -> Finding:
    first = found[0]
    more = len(found) - 1
    others = f"; {more} more {'place differs' if more == 1 else 'places differ'} too" if more else ""
    return Finding(
        id="project.misnamed",
        level=Level.WARNING,
        title=f"{first.by} says {first.name}, but the file is called {first.file}{others}.",
        why="Windows and macOS find it anyway. On a Linux server, case matters and a backslash does not separate "
        "folders, so anything that needs the file fails on the deployed site.",
        fix="Write each name exactly as the file is called, with / between folders. The tool can do this for you and "
        "shows you the changes first.",
        fix_name=misnamed.FIX,
        details=tuple(f"{each.by}: {each.name} → {each.file}" for each in found[:_SHOWN]),
    )


def cloud_storage(folder: str) -> str:
    """The service whose program keeps *folder*, of any system, in step with other computers; empty for none."""
    parts = PureWindowsPath(folder).parts
    for part, inner in zip(parts, (*parts[1:], ""), strict=True):
        for service, names in _CLOUD.items():
            if any(re.fullmatch(name, each, re.IGNORECASE) for name in names for each in (part, f"{part}/{inner}")):
                return service
    return ""


#: Folders of cloud storage, by the names that their makers give them: support.microsoft.com, "Sync files with
#: OneDrive"; help.dropbox.com, "Dropbox folder location"; support.google.com, "Use Google Drive for desktop";
#: support.apple.com, "Set up iCloud Drive". A company's name may follow that of OneDrive and Dropbox.
_CLOUD: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "OneDrive": (r"OneDrive( - .+)?", "CloudStorage/OneDrive-.+"),
        "Dropbox": (r"Dropbox( \(.+\))?", "CloudStorage/Dropbox.*"),
        "Google Drive": ("Google Drive", "My Drive", "CloudStorage/GoogleDrive-.+"),
        "iCloud": ("iCloudDrive", "Library/Mobile Documents"),
    }
)


def _in_the_cloud(facts: ProjectFacts, service: str) -> Finding:
    elsewhere = r"C:\projects" if facts.host.system == "windows" else "~/projects"
    return Finding(
        id="project.cloud-storage",
        level=Level.WARNING,
        title=f"{service} syncs the folder of this project with other computers.",
        why=f"{service} opens files while they are being written and may keep only placeholders here, so a step can "
        "fail with “access is denied”. It also uploads the virtual environment and the local database, which other "
        "computers can then damage.",
        fix=f"Move the project to a folder outside {service}, for example {elsewhere}, and create its virtual "
        "environment again. Git keeps your versions, and a push to GitHub or the like keeps a copy elsewhere.",
    )


def _write_permission(facts: ProjectFacts) -> str:
    folder = facts.location.root
    if facts.host.system == "windows":
        return f'In the properties of the folder, clear "Read-only"; or run: attrib -r "{folder}\\*" /s'
    return f'Make the files yours again: sudo chown -R "$USER" "{folder}"  Or copy the project to a folder of your own.'


def _python(facts: ProjectFacts) -> Iterator[Finding]:
    wanted = facts.python_wanted
    if not wanted:
        return
    exact = re.fullmatch(r"\d+\.\d+(\.\d+)?", wanted)
    if exact and facts.django_python and not pythons.contains(facts.django_python, wanted):
        yield Finding(
            id="python.too-old-for-django",
            level=Level.BLOCKER,
            title=f"The project asks for Python {wanted}, but Django {facts.site_django} needs {facts.django_python}.",
            why="The platform installs the Python the project asks for, and Django would not install there.",
            fix="Change the version in .python-version or runtime.txt, or use an older Django.",
        )
    elif not pythons.allows(wanted, facts.host.python):
        yield Finding(
            id="python.differs",
            level=Level.WARNING,
            title=f"The project asks for Python {wanted}; here it runs on {facts.host.python}.",
            why="Code that works here may not work on the version that the site uses.",
            fix=f"Try the project with Python {wanted}, or change the version it asks for.",
        )


def _django(facts: ProjectFacts) -> Iterator[Finding]:
    numbers = tuple(int(number) for number in re.findall(r"\d+", facts.django)[:2])
    declared = facts.dependencies.entry("django")
    if not facts.site_has_django(*OLDEST_ON_SITE):
        yield _declared_too_old(facts, declared)
    elif numbers and numbers < OLDEST_DJANGO:
        yield _installed_too_old(facts, declared)
    elif facts.django and facts.site_django != facts.django:
        yield _differs(facts, declared)


_UPGRADE = "Upgrade one version after the other, running your tests in between."
_UPGRADE_DOCS = "https://docs.djangoproject.com/en/stable/howto/upgrade-version/"


def _installed_too_old(facts: ProjectFacts, declared: Declared | None) -> Finding:
    pinned = declared is not None and any(sign in declared.text for sign in "=<")
    asked = f" {_place(facts, declared)} asks for {_asked(facts, declared)}." if pinned else ""
    ready = bool(facts.django_declared) and facts.site_has_django(*OLDEST_DJANGO)
    return Finding(
        id="django.too-old",
        level=Level.BLOCKER,
        title=f"Django {facts.django} is too old for this tool, which needs {_dotted(OLDEST_DJANGO)} or newer.{asked}",
        why="Versions that old no longer get security fixes, so a public site should not run on them.",
        fix=f"Install the newer one: {going_back(facts)}" if ready else _upgrading(facts),
        docs=_UPGRADE_DOCS,
        fix_name=None if ready else _fixable(facts),
    )


def _upgrading(facts: ProjectFacts) -> str:
    """How to ask for a newer Django."""
    adding = ADDING.get(facts.dependencies.manager)
    command = f"  When you are there, run: {adding} 'django{upgrades.version(facts)}'" if adding else ""
    return _UPGRADE + command


def _fixable(facts: ProjectFacts) -> str | None:
    return upgrades.FIX if upgrades.pin(facts) is not None else None


def _declared_too_old(facts: ProjectFacts, declared: Declared | None) -> Finding:
    where = _place(facts, declared)
    here = f"{_keeping(facts, where)}, which is the version installed here"
    return Finding(
        id="django.too-old",
        level=Level.BLOCKER,
        title=f"{where} asks for {_asked(facts, declared)}; a deployed site needs Django {_dotted(OLDEST_ON_SITE)} or "
        "newer.",
        why="The deployed site gets the version from the file. The packages and settings added for the site need a "
        "newer one, and versions that old no longer get security fixes.",
        fix=_upgrading(facts)
        if facts.django == facts.site_django
        else f"If the project works with it, {here}. Else: {_UPGRADE}",
        docs=_UPGRADE_DOCS,
        fix_name=_fixable(facts),
    )


def _differs(facts: ProjectFacts, declared: Declared | None) -> Finding:
    where = _place(facts, declared)
    old = not facts.site_has_django(*OLDEST_DJANGO)
    return Finding(
        id="django.differs",
        level=Level.WARNING,
        title=f"{where} asks for {_asked(facts, declared)}; here the project runs on Django {facts.django}.",
        why="The deployed site gets the version from the file, which is not the one you have tested. The lines added "
        f"to the settings suit Django {facts.site_django}.",
        fix=f"To go back to that version here, run: {going_back(facts)}"
        + (f"  This tool needs Django {_dotted(OLDEST_DJANGO)} or newer here, though." if old else "")
        + f"  Or, if the project works with it, {_keeping(facts, where)}.",
        fix_name=_fixable(facts) if old else None,
    )


def _keeping(facts: ProjectFacts, where: str) -> str:
    """How to have the version on the site that is installed here: a lock is written by its manager alone."""
    adding = ADDING.get(facts.dependencies.manager) if where == facts.dependencies.lock else None
    return f"run: {adding} 'django=={facts.django}'" if adding else f"write Django=={facts.django} into {where}"


def _place(facts: ProjectFacts, declared: Declared | None) -> str:
    """The file that decides: a lock where one does."""
    found = facts.dependencies
    if declared is None or (found.lock and not _pins(declared, facts.site_django)):
        return found.lock or found.file or "The list of packages"
    return declared.file


def _pins(declared: Declared, version: str) -> bool:
    """Whether *declared* names that version alone. A range may begin with the version that is locked."""
    return declared.text.partition(";")[0].replace(" ", "").endswith(f"=={version}")


def _asked(facts: ProjectFacts, declared: Declared | None) -> str:
    if declared is None or _place(facts, declared) != declared.file:
        return f"Django {facts.site_django}"
    return declared.text


def going_back(facts: ProjectFacts) -> str:
    """The command that installs here the Django that the deployed site will have."""
    return installing_all(facts) or f'python -m pip install "Django=={facts.site_django}.*"'


def installing_all(facts: ProjectFacts) -> str:
    """The command that installs here what the project declares; empty where it is not known."""
    found = facts.dependencies
    if found.manager in _SYNCING:
        return _SYNCING[found.manager]
    listed = found.lock or (found.file if found.manager == "requirements" else None)
    return f"python -m pip install -r {shlex.quote(listed)}" if listed else ""


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
