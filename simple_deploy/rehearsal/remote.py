"""A git repository that builds what is pushed to it, and can refuse it."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from simple_deploy.rehearsal.world import World
from simple_deploy.system import files, process


def make(world: World, name: str, on_push: Sequence[str]) -> Path:
    """The bare repository that ``<git prefix>/<name>.git`` leads to; made when it is not there.

    :param on_push: command line run before a push is accepted (git's ``pre-receive`` hook): a line ``old new ref`` for
        each branch on standard input, what it prints goes to whoever pushes, and an exit code other than 0 refuses.
    """
    folder = world.repositories / f"{name}.git"
    if not folder.is_dir():
        process.run(("git", "init", "--quiet", "--bare", str(folder)), env={"GIT_TEMPLATE_DIR": str(world.place("no"))})
    hook = files.private_folder(folder / "hooks") / "pre-receive"
    command = shlex.join(_for_shell(part) for part in on_push)
    # The hook runs in the repository; what it starts must not take that for its own.
    hook.write_text(f"#!/bin/sh\nexec {command}\n", encoding="utf-8", newline="\n")
    hook.chmod(0o700)
    return folder


def remove(world: World, name: str) -> None:
    files.remove_tree(world.repositories / f"{name}.git")


def check_out(commit: str, folder: Path, *, repository: Path | None = None) -> None:
    """Write the files of *commit* into the empty *folder*.

    :param repository: that has the commit. The hook that takes a push need not name it: git has said it by variables.
    """
    from simple_deploy.system.git import AS_COMMITTED  # brings far more than other calls of a program need

    files.private_folder(folder)
    index = folder.with_name(f"{folder.name}.index")
    env = {"GIT_INDEX_FILE": str(index)}
    place = str(repository or os.environ.get("GIT_DIR", "."))
    try:
        process.run(("git", "--git-dir", place, "read-tree", commit), env=env)
        process.run(
            (
                "git",
                *AS_COMMITTED,
                "--git-dir",
                place,
                "--work-tree",
                str(folder),
                "checkout-index",
                "--all",
                "--force",
            ),
            cwd=folder if Path(place).is_absolute() else None,
            env=env,
        )
    finally:
        index.unlink(missing_ok=True)


def _for_shell(part: str) -> str:
    """Git for Windows runs hooks with a shell that wants forward slashes."""
    return part.replace("\\", "/") if sys.platform == "win32" else part
