"""Findings about the packages the project declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from types import MappingProxyType

from simple_deploy.core import system_packages
from simple_deploy.core.facts import Dependencies, ProjectFacts
from simple_deploy.core.findings import Finding, Level
from simple_deploy.inspection import portable
from simple_deploy.managers.base import TITLES

_WHY = "The platform installs only what this file lists."

#: How each manager writes what it knows into a requirements file.
_EXPORTS: Mapping[str, str] = MappingProxyType(
    {
        "uv": "uv export --no-hashes --no-dev --output-file requirements.txt",
        "poetry": "poetry export --without-hashes --output requirements.txt",
        "pipenv": "pipenv requirements > requirements.txt",
        "pdm": "pdm export --prod --without-hashes --output requirements.txt",
        "hatch": "hatch dep show requirements > requirements.txt",
        "pip-tools": "pip-compile requirements.in",
        "pep621": "pip freeze > requirements.txt",
        "conda": "pip list --format=freeze > requirements.txt",
        "pixi": "pip list --format=freeze > requirements.txt",
    }
)
#: Managers that a deployment can be made from.
_WORKING = frozenset({"requirements", "pip-tools", "uv", "poetry", "pipenv", "pdm", "hatch", "pep621"})
#: How each manager locks.
LOCKING: Mapping[str, str] = MappingProxyType(
    {
        "pip-tools": "pip-compile",
        "uv": "uv lock",
        "poetry": "poetry lock",
        "pipenv": "pipenv lock",
        "pdm": "pdm lock --update-reuse",
    }
)
#: How each manager adds packages and removes them, and how it is told that they are for development.
ADDING: Mapping[str, str] = MappingProxyType(
    {"uv": "uv add", "poetry": "poetry add", "pipenv": "pipenv install", "pdm": "pdm add"}
)
_REMOVING: Mapping[str, str] = MappingProxyType(
    {"uv": "uv remove", "poetry": "poetry remove", "pipenv": "pipenv uninstall", "pdm": "pdm remove"}
)
_DEVELOPMENT: Mapping[str, str] = MappingProxyType(
    {"uv": "--dev", "poetry": "--group dev", "pipenv": "--dev", "pdm": "--dev"}
)


def findings(facts: ProjectFacts) -> Iterator[Finding]:
    found = facts.dependencies
    if found.problems:
        yield Finding(
            id="dependencies.unreadable",
            level=Level.BLOCKER,
            title=found.problems[0]
            if len(found.problems) == 1
            else f"The list of packages has {len(found.problems)} problems.",
            why="The platform would stop at the same place and install nothing.",
            fix="Fix each of these lines, then look again.",
            details=found.problems,
        )
    if found.manager == "none":
        yield _none(found)
    elif found.manager not in _WORKING:
        yield _other_manager(found)
    elif not found.problems:
        yield from _declared(found, facts.settings.app_packages if facts.settings else ())


def _none(found: Dependencies) -> Finding:
    unknown = tuple(f"? {module}: imported, but no installed package provides it" for module in found.unknown_imports)
    return Finding(
        id="dependencies.none",
        level=Level.BLOCKER,
        title=f"The packages are in {found.file}, which platforms cannot install from, and there is no "
        "requirements.txt."
        if found.file
        else "No list of packages: there is no requirements.txt.",
        why="The platform starts with an empty Python and installs what this file lists, including Django.",
        fix="The tool can write it for you from what the project imports and what is installed here. You see every "
        "line first. By hand: `pip freeze > requirements.txt`, then delete the lines you don't use.",
        fix_name="write-requirements",
        details=(*found.suggested, *unknown),
    )


def _other_manager(found: Dependencies) -> Finding:
    name = TITLES.get(found.manager, found.manager)
    return Finding(
        id="dependencies.unsupported",
        level=Level.BLOCKER,
        title=f"The project's packages are managed by {name} ({found.file}), which is not supported yet.",
        why="This tool cannot add packages to that file, or install from it, yet.",
        fix=f"Write a requirements.txt next to {found.file} and commit it: "
        f"{_EXPORTS.get(found.manager, _EXPORTS['pep621'])}",
        fix_name="write-requirements" if found.suggested else None,
        details=found.suggested,
    )


def _undeclared(found: Dependencies) -> Iterator[Finding]:
    groups = {entry.name: entry.group for entry in found.grouped}
    apart = tuple(name for name in found.undeclared if name in groups)
    if apart:
        names = ", ".join(dict.fromkeys(f"“{groups[name]}”" for name in apart))
        yield Finding(
            id="dependencies.in-a-group",
            level=Level.WARNING,
            title=f"Used by the settings but declared only in the group {names}: {', '.join(apart)}",
            why="The platform installs the main dependencies but no development groups.",
            fix="If the deployed site uses them too, move them to the main dependencies. If not, name them only in "
            "the settings of this computer.",
            details=apart,
        )
    missing = tuple(name for name in found.undeclared if name not in groups)
    if missing:
        yield Finding(
            id="dependencies.undeclared",
            level=Level.WARNING,
            title=f"Used by the settings, but not in {found.file}: {', '.join(missing)}",
            why=_WHY,
            fix=f"Run: {ADDING[found.manager]} {' '.join(missing)}"
            if found.manager in ADDING
            else f"Add these names to {found.file}, one per line.",
            details=missing,
        )


def _declared(found: Dependencies, apps: Iterable[str]) -> Iterator[Finding]:
    if found.others:
        names = ", ".join(TITLES.get(name, name) for name in found.others)
        export = _EXPORTS.get(found.others[0] if found.manager == "requirements" else found.manager, "")
        yield Finding(
            id="dependencies.several",
            level=Level.INFO,
            title=f"Packages are taken from {found.file}; the project has files of {names} too.",
            why=f"{found.chosen} If they differ, the deployed site follows {found.file}.".strip(),
            fix=f"To use another one, now and in future: --manager {found.others[0]}."
            + (
                f" Keep requirements.txt up to date: {export}"
                if "requirements" in (found.manager, *found.others)
                else ""
            ),
        )
    yield from _lock(found)
    if found.hashed and found.manager == "requirements":
        yield _hashed(found)
    yield from _frozen(found)
    if found.outside:
        yield Finding(
            id="dependencies.outside",
            level=Level.WARNING,
            title=f"Installed from outside the repository: {found.outside[0]}"
            + (f", and {len(found.outside) - 1} more" if len(found.outside) > 1 else ""),
            why="That path exists only on this computer, so no platform can install it. `pip freeze` writes such "
            "lines in a Conda environment and for packages installed from a folder.",
            fix="Ask for the package by name and version (`pip list --format=freeze` shows them), or put its folder "
            "into the repository.",
            details=found.outside,
        )
    if found.builds_itself:
        yield _builds_itself(found)
    yield from _libraries(found, apps)
    yield from _undeclared(found)
    if found.tool_only:
        yield _tool_only(found)
    yield Finding(
        id="dependencies.found",
        level=Level.OK,
        title=f"{_counted(len(found.names), 'package')} declared in {', '.join(found.files)}.",
    )


def _builds_itself(found: Dependencies) -> Finding:
    uv = found.manager == "uv"
    line = "`package = false` below [tool.uv], or delete [build-system]"
    return Finding(
        id="dependencies.builds-itself",
        level=Level.WARNING,
        title=f"{TITLES[found.manager]} builds the project itself as a package, but there is no folder with its name.",
        why=f"{found.file} says how to build the project as a package, but a site is not one. A platform that installs "
        f"with {TITLES[found.manager]} stops at this point, after everything else has been created.",
        fix=f"Write in {found.file}: {line if uv else '`package-mode = false` below [tool.poetry]'}.",
        fix_name="no-package",
        docs="https://docs.astral.sh/uv/concepts/projects/config/#project-packaging"
        if uv
        else "https://python-poetry.org/docs/basic-usage/#operating-modes",
    )


def _libraries(found: Dependencies, apps: Iterable[str]) -> Iterator[Finding]:
    known = system_packages.needed(((each.name, each.text) for each in found.declared), apps)
    needed = {name: need for name, need in known.by if need.run or need.other}
    needed = {name: need for name, need in needed.items() if need.run != ("libpq5",)}  # every platform has that one
    if not needed:
        return
    packages = sorted({each for need in needed.values() for each in need.run})
    yield Finding(
        id="dependencies.libraries",
        level=Level.WARNING,
        title=f"Packages that need system libraries or programs: {', '.join(needed)}",
        why="pip installs the packages everywhere, but they fail in use if the system lacks what they need. What is "
        "installed on this computer is not deployed.",
        fix="The plan says whether the platform installs it too."
        + (f" On Debian and Ubuntu: {' '.join(packages)}" if packages else ""),
        docs=next(iter(needed.values())).source,
        details=tuple(f"{name}: {need.other or ' '.join(need.run)} ({need.source})" for name, need in needed.items()),
    )


def _hashed(found: Dependencies) -> Finding:
    file = PurePosixPath(found.file or "requirements.txt").name
    source = file.removesuffix(".txt") + ".in"
    compile_ = f"uv pip compile --generate-hashes {source} --output-file {file}"
    made = "pip-tools" in found.others  # which is what the short list counts as
    first = f"Add to {source}" if made else f"Write the packages that the project itself needs into {source}, add"
    return Finding(
        id="dependencies.hashed",
        level=Level.WARNING,
        title=f"{', '.join(found.hashed)} is pinned with hashes, so this tool adds no package to {found.file}.",
        why="pip installs nothing from a list in which some lines have a hash and others do not. A deployed site "
        "needs a server and a few more packages; if one is missing, no plan can be made.",
        fix=f"{first} what the site needs (most need gunicorn, django-environ and whitenoise; a plan names what is "
        f"missing), and run: {compile_}  From then on, this tool adds packages to {source} and compiles {file} again, "
        "with hashes.",
    )


def _frozen(found: Dependencies) -> Iterator[Finding]:
    gone, marked = portable.unusable(found), portable.unmarked(found)
    if not gone and not marked:
        return
    names = ", ".join(entry.name for entry in (*gone, *marked))
    yield Finding(
        id="dependencies.one-system",
        level=Level.WARNING,
        title=f"{found.file} lists packages for only one operating system: {names}",
        why="`pip freeze` listed them there. On other systems, pip finds no such package and installs nothing at all.",
        fix="; ".join(
            [
                *(f"Delete {entry.text}" for entry in gone),
                *(f"Write {entry.text} ; {marker}" for entry, marker in marked.items()),
            ]
        )
        + ".",
        fix_name=portable.FIX if portable.in_lists(found) else None,
        details=tuple(f"{entry.file}, line {entry.line}: {entry.text}" for entry in (*gone, *marked)),
    )


def _tool_only(found: Dependencies) -> Finding:
    names = ", ".join(found.tool_only)
    more = ADDING.get(found.manager)
    if more is not None:
        listed = ""
        packages = " ".join(found.tool_only)
        by_hand = f"move them to the development packages: {_REMOVING[found.manager]} {packages} && "
        by_hand += f"{more} {_DEVELOPMENT[found.manager]} {packages}"
    else:
        listed = "pip freeze lists everything that is installed. "
        by_hand = f"remove these lines from {found.file} yourself: {names}"
    return Finding(
        id="dependencies.tool-only",
        level=Level.WARNING,
        title=f"{found.file} lists packages that only this tool needs: {', '.join(found.tool_only[:4])}"
        + (" …" if len(found.tool_only) > 4 else ""),
        why=f"{listed}The deployed site does not need them, and installing them there takes time and space.",
        fix=f"Choose “Take packages out” before you plan (--remove-unneeded), or {by_hand}",
        details=found.tool_only,
    )


def _lock(found: Dependencies) -> Iterator[Finding]:
    command = LOCKING.get(found.manager)
    if command is None:
        return
    if found.lock is None:
        yield Finding(
            id="dependencies.no-lock",
            level=Level.INFO,
            title=f"{TITLES[found.manager]} has not locked the versions of the packages yet.",
            why="Without a lock file, each deployment installs the newest versions, which may differ from yours.",
            fix=f"Run {command} and commit the file it writes.",
        )
    elif found.lock_state == "stale":
        yield Finding(
            id="dependencies.lock-differs",
            level=Level.WARNING,
            title=f"{found.lock} does not match {found.file}: one was changed without the other.",
            why="A platform installs what the lock file says, or refuses one that does not match. A plan updates it "
            "and shows what that changes.",
            fix=f"Run {command}, try the project, and commit the file.",
        )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
