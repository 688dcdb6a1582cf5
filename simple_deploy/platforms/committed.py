"""The files of the commit that is deployed, as they are in it, for what sends a folder to a platform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from simple_deploy.core.interfaces import Context
from simple_deploy.platforms.identity import folder_mark
from simple_deploy.system.git import AS_COMMITTED

#: None of the variables by which a git hook leads to another repository.
FRESH_GIT: Mapping[str, str] = {"GIT_DIR": "", "GIT_WORK_TREE": "", "GIT_INDEX_FILE": ""}


@contextmanager
def as_committed(ctx: Context) -> Iterator[Path]:
    """A folder with the files of the workbench's commit, for as long as it is used.

    The workbench has the line ends of this computer, which on Windows are not those of the commit; a program that sends
    the workbench would send them too, to a system on which a script with them does not run.
    """
    folder = ctx.home / "sent" / folder_mark(ctx.facts)
    ctx.remove(folder)
    try:
        argv = ("git", *AS_COMMITTED, "checkout-index", "--all", f"--prefix={folder.as_posix()}/")
        ctx.run(argv, env=FRESH_GIT, show=False)
        yield folder
    finally:
        ctx.remove(folder)


def pack(ctx: Context, commit: str, archive: Path) -> None:
    """Write the files of *commit* into *archive*, a ``.tar.gz`` below the platform's own folder."""
    ctx.remove(archive)
    ctx.write(archive, "")  # the folder is made, and nobody else can read it
    # All files of the commit: attributes that leave some out of archives are for archives that are published.
    attributes = ctx.run(("git", "rev-parse", "--git-path", "info/attributes"), env=FRESH_GIT, show=False)
    file = ctx.workbench / attributes.output.strip()
    file.parent.mkdir(exist_ok=True)
    file.write_text("* -export-ignore -export-subst\n", encoding="utf-8")
    argv = ("git", *AS_COMMITTED, "archive", "--format=tar.gz", f"--output={archive}", commit)
    ctx.run(argv, env=FRESH_GIT, show=False)
