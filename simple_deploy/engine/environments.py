"""Throw-away Python environments that hold just what a project declares, kept by the hash of what they hold."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from simple_deploy.core import known_failures
from simple_deploy.core.errors import CommandFailed, Explained, StepError
from simple_deploy.core.facts import Dependencies
from simple_deploy.core.interfaces import Runner
from simple_deploy.core.known_failures import Evidence
from simple_deploy.core.steps import DEPLOY_GROUP
from simple_deploy.engine import compiled
from simple_deploy.engine.compiled import interpreter
from simple_deploy.managers import registry, uvsettings
from simple_deploy.system.files import (
    alone_in,
    least_recent,
    private_folder,
    remove_tree,
    rename,
    write_atomic,
)

KEEP = 6  # environments; older ones are removed when a new one is made
IN_USE = 900  # seconds after it was asked for during which another run, of any project, may still work with one
USERS = "users"  # folder in each: a file for every project that has asked for it, with the project's path

#: Seconds between attempts to download what arrives damaged: an index, or a proxy before it, may need them to recover.
PAUSES = (3.0, 15.0, 30.0, 60.0)

#: Causes that no dependency file can help.
_NOT_OF_THE_FILE = frozenset({"index-away", "package-damaged", "network", "certificate", "disk", "permission"})

#: How a line begins that installs from a folder beside it.
_OF_THE_PROJECT = ("-e", "--editable", ".", "/", "\\", "file:")


@dataclass(frozen=True, slots=True)
class Environments:
    """Environments in *folder*, made by the *uv* program, for the project at *project*."""

    folder: Path
    uv: str
    project: Path

    def ensure(
        self,
        *,
        dependencies: Dependencies,
        root: Path,
        python: str,
        run: Runner,
        pause: Callable[[float], None] = time.sleep,
        groups: Iterable[str] = (DEPLOY_GROUP,),
    ) -> Path:
        """The interpreter of an environment with what a deployed site needs, made when there is none yet.

        :param root: folder the paths of *dependencies* are relative to.
        :param python: interpreter to make it with.
        :param pause: waits so many seconds.
        :param groups: named groups the platform installs besides the main dependencies.
        :raises StepError: the requirements cannot be installed; the message says which and why.
        """
        wanted = registry.export(dependencies, root, run, self.uv, python=python, groups=groups)
        folder = self.folder / self._key(wanted, dependencies, root, python)
        file = root / (dependencies.file or "")
        while not self._taken(folder):
            self._make(folder, wanted, file, uvsettings.arguments(file.parent, root), python, run, pause)
        return interpreter(folder)

    def give_compiled(self, environment: Path) -> None:
        """Give the environment in that folder, which has the same Python, what was compiled in the one used last."""
        for other in least_recent(_all_in(self.folder), keep=0)[-1:]:
            with contextlib.suppress(OSError):  # another run may remove it meanwhile
                compiled.give(other, environment)

    def leave(self) -> None:
        """Remove those that no other project uses that is still there."""
        for each in _all_in(self.folder):
            users = each / USERS
            with contextlib.suppress(OSError), alone_in(self.folder):
                (users / self._mark).unlink(missing_ok=True)
                if not any(Path(os.fsdecode(user.read_bytes())).is_dir() for user in users.iterdir()):
                    self._remove(each)

    @property
    def _mark(self) -> str:
        return hashlib.sha256(os.fsencode(self.project)).hexdigest()[:20]

    def _taken(self, folder: Path) -> bool:
        """Whether the environment is there; if so, it is noted whose it is now."""
        with alone_in(self.folder):
            if not folder.is_dir():
                return False
            write_atomic(private_folder(folder / USERS) / self._mark, os.fsencode(self.project))
            folder.touch()
            return True

    def _key(self, wanted: str, dependencies: Dependencies, root: Path, python: str) -> str:
        digest = hashlib.sha256(f"{python}\0{sys.platform}\0{wanted}".encode())
        for name in sorted({*dependencies.files, *filter(None, [dependencies.lock])}):
            digest.update(name.encode() + b"\0")
            digest.update((root / name).read_bytes() if (root / name).is_file() else b"")
        lines = [*wanted.splitlines(), *(entry.text for entry in dependencies.declared)]
        if any(line.startswith(_OF_THE_PROJECT) for line in lines):
            # What stands in those folders may be different, and be gone, the next time.
            digest.update(str(root).encode())
        return digest.hexdigest()[:20]

    def _make(
        self,
        folder: Path,
        wanted: str,
        file: Path,
        settings: tuple[str, ...],
        python: str,
        run: Runner,
        pause: Callable[[float], None],
    ) -> None:
        private_folder(self.folder)
        fresh = self.folder / f"new-{uuid.uuid4().hex[:12]}"
        try:
            run((self.uv, "venv", "--quiet", "--relocatable", "--python", python, str(fresh)), timeout=120)
            try:
                install(self.uv, interpreter(fresh), wanted, run, settings=settings, folder=file.parent, pause=pause)
            except CommandFailed as error:
                raise explained(error, file.name) from error
            for other in _all_in(self.folder):
                # Another run may remove it meanwhile, and not every disk knows links.
                with contextlib.suppress(OSError):
                    compiled.take(other, fresh, folder)
            if python == getattr(sys, "_base_executable", None):
                with contextlib.suppress(OSError):
                    compiled.take_own(fresh, folder)
            try:
                rename(fresh, folder)
            except OSError:
                if not folder.is_dir():  # else another run made the same one meanwhile
                    raise
        finally:
            remove_tree(fresh)
        self._prune()

    def _prune(self) -> None:
        """Remove what nobody uses any more; several runs may do so at once."""
        for old in least_recent(_all_in(self.folder), keep=KEEP):
            with contextlib.suppress(OSError):
                if time.time() - old.stat().st_mtime > IN_USE:
                    self._remove(old)

    def _remove(self, old: Path) -> None:
        """Moved in one step, so that nobody takes an environment that is half removed for a whole one.

        :raises OSError: somebody else removes it; Windows: a program of it runs.
        """
        aside = self.folder / f"old-{uuid.uuid4().hex[:12]}"
        old.rename(aside)  # without patience: the next one to come tries it again
        remove_tree(aside)


def _all_in(folder: Path) -> list[Path]:
    return [each for each in folder.iterdir() if each.is_dir()] if folder.is_dir() else []


def install(
    uv: str,
    python: Path,
    wanted: str,
    run: Runner,
    *,
    folder: Path,
    settings: tuple[str, ...] = (),
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Install the requirements *wanted* beside *python*; what arrives damaged is downloaded again.

    :param folder: the one that relative paths in *wanted* begin in.
    :param settings: options of ``uv pip install``, as :func:`uvsettings.arguments` gives them.
    :param pause: waits so many seconds.
    :raises CommandFailed: they cannot be installed.
    """
    argv: tuple[str, ...] = (uv, "pip", "install", *settings, "--python", str(python), "-r", "-")
    again = (*argv, "--refresh")
    for seconds in PAUSES:
        try:
            run(argv, cwd=folder, stdin=wanted, timeout=900)
            return
        except CommandFailed as error:
            told = known_failures.explain(error.tail)
            if told is None or told.id != "package-damaged":
                raise
        pause(seconds)
        argv = again
    run(argv, cwd=folder, stdin=wanted, timeout=900)


def explained(error: CommandFailed, file: str) -> StepError:
    """What a failed installation means, out of uv's own words."""
    told = known_failures.explain(error.tail, Evidence(file=file), known_only=False)
    if told is None:
        return error
    if not told.is_known:
        return StepError(
            f"The packages in {file} cannot be installed: {told.title}",
            hint=f"The lines above say why. Correct {file} and try again. Nothing was changed.",
        )
    if told.id in _NOT_OF_THE_FILE:
        return Explained(told.title, hint=f"{told.fix} Nothing was changed.", docs=told.url)
    return Explained(f"The packages in {file} cannot be installed. {told.title}", hint=told.fix, docs=told.url)
