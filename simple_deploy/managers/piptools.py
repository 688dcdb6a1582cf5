"""pip-tools, or uv in its place: a short list that people edit, and the long one that is compiled from it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path, PurePosixPath, PureWindowsPath

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from simple_deploy.core.errors import CommandFailed, TimedOut, ToolMissing
from simple_deploy.core.facts import Declared, Dependencies, LockState
from simple_deploy.core.findings import Finding
from simple_deploy.edits import toml
from simple_deploy.edits.errors import EditError
from simple_deploy.managers import lock_cache, pep621, requirements, tools, uvsettings
from simple_deploy.managers.base import Place, Wanted
from simple_deploy.managers.load import text_of
from simple_deploy.managers.locking import LOCKING, stale, upgraded, what_went_wrong
from simple_deploy.managers.requirements import Requirements, RequirementsReader

_UPGRADING = ("-U", "--upgrade", "-P", "--upgrade-package", "--rebuild")


@dataclass(frozen=True, slots=True)
class PipTools(Requirements):
    def refresh(self, dependencies: Dependencies, place: Place) -> tuple[Finding, ...]:
        if dependencies.lock is None or dependencies.file is None:
            return ()
        lock = place.root / dependencies.lock
        made_by: tuple[str, ...] = ()
        declared: tuple[Declared, ...] = ()
        try:
            declared = self._declared(dependencies.file, place)
            text = text_of(lock)
            if compiled_state(declared, text) == "fresh":
                return ()
            made_by = command_of(text) or ()
            source = place.root / dependencies.file
            met = lock_cache.made(
                lock,
                of=(dependencies.file, *dependencies.files),
                by="pip-tools",
                place=place,
                folder=source.parent,
                make=lambda: self._compile(source, lock, made_by, place),
            )
            after = versions(text_of(lock))
        except (CommandFailed, TimedOut, EditError) as error:
            new = [entry.text for entry in declared if entry.name not in dependencies.names]
            what = f"Add {', '.join(new)} to {PurePosixPath(dependencies.file).name}, run this" if new else "Run this"
            command = " ".join(made_by) or f"pip-compile {PurePosixPath(dependencies.file).name}"
            return (stale(dependencies, what, command, what_went_wrong("pip-tools", error)),)
        return (*met, *upgraded("Compiling", dependencies, versions(text), after))

    def export(self, dependencies: Dependencies, place: Place, *, groups: Iterable[str] = ()) -> str:
        return f"-r {PurePosixPath(dependencies.lock or dependencies.file or '').name}\n"

    def _declared(self, file: str, place: Place) -> tuple[Declared, ...]:
        reader = RequirementsReader(root=place.root)
        reader.read(file)
        return tuple(reader.declared)

    @staticmethod
    def _compile(source: Path, lock: Path, made_by: tuple[str, ...], place: Place) -> None:
        """Compile as before. What is pinned stays unless it does not fit any more."""
        folder, given = _as_before(source, made_by, place.root)
        if given and _program(made_by) == "pip-compile":
            try:
                place.run(("pip-compile", *given), cwd=folder, timeout=LOCKING)
            except ToolMissing:
                pass
            except CommandFailed as error:
                # It is made for certain versions of pip, and stops working where another one is installed later.
                reason = tools.broken(error)
                if not reason:
                    raise
                place.say(f"pip-compile does not work here ({reason}): uv compiles in its place.")
            else:
                return
        options = given or [source.name, *(["--generate-hashes"] if "--hash=" in text_of(lock) else [])]
        if not any(part.startswith(("-o", "--output-file")) for part in options):
            options.append(f"--output-file={lock.relative_to(folder).as_posix()}")
        if made_by:
            # The head of the file goes on naming the command that people here know.
            options.append(f"--custom-compile-command={shlex.join(made_by)}")
        settings = uvsettings.arguments(folder, place.root)
        if not any(part in ("-p", "--python") or part.startswith("--python=") for part in options):
            options.append(f"--python={place.python}")
        command = (place.uv, "pip", "compile", *settings, "--quiet", *options)
        place.run(command, cwd=folder, env={"VIRTUAL_ENV": ""}, timeout=LOCKING)


@dataclass(frozen=True, slots=True)
class CompiledProject(PipTools):
    """The same, where the short list is the ``dependencies`` of a pyproject.toml. Groups are not compiled."""

    def add(self, text: str, wanted: Wanted) -> str:
        return pep621.add(text, replace(wanted, group=None))

    def remove(self, text: str, names: Iterable[str], *, group: str | None = None) -> str:
        return pep621.remove(text, names)

    def _declared(self, file: str, place: Place) -> tuple[Declared, ...]:
        entries = pep621.read(toml.read(text_of(place.root / file))).entries
        return tuple(Declared(name=each.name, text=each.text, file=file) for each in entries if each.group is None)


def _program(made_by: tuple[str, ...]) -> str:
    return PureWindowsPath(made_by[0]).stem if made_by else ""


def _as_before(source: Path, made_by: tuple[str, ...], root: Path) -> tuple[Path, list[str]]:
    """The folder to compile in, and the arguments that were given the last time; none where they do not help."""
    if _program(made_by) == "pip-compile":
        given = [*made_by[1:]]
    elif made_by[:3] == ("uv", "pip", "compile"):
        given = [*made_by[3:]]
    else:
        return source.parent, []
    folders = [each for each in source.parents if each == root or root in each.parents]
    folder = next((each for each in folders if source.relative_to(each).as_posix() in given), None)
    if folder is None or any(part.startswith(_UPGRADING) for part in given):
        return source.parent, []
    return folder, given


_MADE = re.compile(r"#.*\bautogenerated by (?:pip-compile|uv)\b")
_COMMAND = re.compile(r"# {2,}(\S.*)")


def command_of(text: str) -> tuple[str, ...] | None:
    """The command line that made the requirements file *text*, as its head says; None where it was not compiled.

    Whoever has a command of their own (``make requirements``) finds that there.
    """
    head = list(takewhile(lambda line: line.startswith("#"), text.split("\n", 12)[:12]))
    if not any(_MADE.match(line) for line in head):
        return None
    found = next((match[1] for match in map(_COMMAND.match, head) if match), "")
    try:
        argv = tuple(shlex.split(found.rstrip()))
    except ValueError:
        argv = ()
    return None if argv[:2] in {("uv", "export"), ("uv", "sync")} else argv


def sources_in(command: Iterable[str]) -> tuple[str, ...]:
    """The paths that *command* compiles a list from, as they stand in it."""
    parts = [part for part in command if not part.startswith("-")]
    return tuple(part for part in parts if part.endswith(".in") or part.rpartition("/")[2] == "pyproject.toml")


def versions(text: str) -> dict[str, frozenset[str]]:
    """The versions a compiled requirements file pins, by canonical name.

    :raises EditError: *text* is no text.
    """
    pinned = re.compile(r"===?([^=,\s]+)")
    found: dict[str, set[str]] = {}
    for line in requirements.parse(text):
        version = pinned.fullmatch(line.specifier)
        if line.name and version:
            found.setdefault(line.name, set()).add(version[1])
    return {name: frozenset(each) for name, each in found.items()}


def compiled_state(declared: Iterable[Declared], text: str) -> LockState:
    """Whether the compiled *text* has what is *declared*."""
    try:
        names, pinned = requirements.names(text), versions(text)
    except EditError:
        return "unknown"
    return "fresh" if all(_has(entry, names, pinned) for entry in declared) else "stale"


def _has(entry: Declared, names: frozenset[str], pinned: dict[str, frozenset[str]]) -> bool:
    try:
        wanted = Requirement(entry.text)
    except InvalidRequirement:
        return entry.name in names
    if wanted.marker is not None and not wanted.marker.evaluate():
        # What this computer does not need is not compiled here.
        return True
    name = canonicalize_name(wanted.name)
    versions = pinned.get(name)
    if versions is None or wanted.url:
        return name in names
    return any(wanted.specifier.contains(version, prereleases=True) for version in versions)
