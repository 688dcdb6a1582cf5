"""Throw-away Python environments that hold just what a project declares, kept by the hash of what they hold."""

from __future__ import annotations

import contextlib
import hashlib
import sys
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from simple_deploy.core.errors import CommandFailed, StepError
from simple_deploy.core.facts import Dependencies
from simple_deploy.core.ports import Runner
from simple_deploy.core.steps import DEPLOY_GROUP
from simple_deploy.engine import managers, packageindex, uvsettings
from simple_deploy.engine.files import least_recent, private_folder, remove_tree

KEEP = 6  # environments; older ones are removed when a new one is made
IN_USE = 900  # seconds after it was asked for during which another run, of any project, may still work with one

#: How a line begins that installs from a folder beside it.
_OF_THE_PROJECT = ("-e", "--editable", ".", "/", "\\", "file:")


@dataclass(frozen=True, slots=True)
class Environments:
    """Environments in *folder*, made by the *uv* program."""

    folder: Path
    uv: str

    def ensure(
        self,
        *,
        dependencies: Dependencies,
        root: Path,
        python: str,
        run: Runner,
        groups: Iterable[str] = (DEPLOY_GROUP,),
    ) -> Path:
        """The interpreter of an environment with what a deployed site needs, made when there is none yet.

        :param root: folder the paths of *dependencies* are relative to.
        :param python: interpreter to make it with.
        :param groups: named groups the platform installs besides the main dependencies.
        :raises StepError: the requirements cannot be installed; the message says which and why.
        """
        wanted = managers.export(dependencies, root, run, self.uv, python=python, groups=groups)
        folder = self.folder / self._key(wanted, dependencies, root, python)
        if not folder.is_dir():
            file = root / (dependencies.file or "")
            self._make(folder, wanted, file, uvsettings.arguments(file.parent, root), python, run)
        folder.touch()
        return interpreter(folder)

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

    def _make(self, folder: Path, wanted: str, file: Path, settings: tuple[str, ...], python: str, run: Runner) -> None:
        private_folder(self.folder)
        fresh = self.folder / f"new-{uuid.uuid4().hex[:12]}"
        try:
            run((self.uv, "venv", "--quiet", "--relocatable", "--python", python, str(fresh)), timeout=120)
            try:
                run(
                    (self.uv, "pip", "install", *settings, "--python", str(interpreter(fresh)), "-r", "-"),
                    cwd=file.parent,
                    stdin=wanted,
                    timeout=900,
                )
            except CommandFailed as error:
                raise explain(error, file.name) from error
            try:
                fresh.replace(folder)
            except OSError:
                if not folder.is_dir():  # else another run made the same one meanwhile
                    raise
        finally:
            remove_tree(fresh)
        self._prune()

    def _prune(self) -> None:
        """Remove what nobody uses any more; several runs may do so at once."""
        for old in least_recent((each for each in self.folder.iterdir() if each.is_dir()), keep=KEEP):
            aside = self.folder / f"old-{uuid.uuid4().hex[:12]}"
            # Moved in one step, so that nobody takes an environment that is half removed for a whole one.
            with contextlib.suppress(OSError):  # somebody else removes it; Windows: a program of it runs
                if time.time() - old.stat().st_mtime > IN_USE:
                    old.replace(aside)
                    remove_tree(aside)


def interpreter(folder: Path) -> Path:
    """The Python of the environment in *folder*."""
    return folder / "Scripts" / "python.exe" if sys.platform == "win32" else folder / "bin" / "python"


def compiled(python: Path) -> Path:
    """Where the programs of *python*'s environment keep what they compile: apart from the folders it comes from."""
    return python.parents[1] / "compiled"


def explain(error: CommandFailed, file: str) -> StepError:
    """What a failed installation means, out of uv's own words."""
    if "space" in error.message:
        return error
    if packageindex.is_unreachable(error.tail):
        return StepError(
            "The packages cannot be downloaded: the package index does not answer.",
            hint="Check the network connection (and proxy, if you use one), then try again. Nothing was changed.",
        )
    return StepError(
        f"The packages in {file} cannot be installed together: "
        + " ".join(line.strip(" ×╰─▶│├") for line in error.tail[-8:] if line.strip()),
        hint=f"Correct {file} (a misspelt name, a version that does not exist, two that exclude each other) "
        "and try again.",
    )
