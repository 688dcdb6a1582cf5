"""Carries out a mend: writes its files with a journal, runs its commands, and can take both back."""

from __future__ import annotations

from collections.abc import Mapping

from simple_deploy.core.errors import NothingToUndo
from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.ports import Runner
from simple_deploy.engine.files import read_bytes, sha256
from simple_deploy.engine.git import Git
from simple_deploy.engine.journal import NewBytes, OnFile
from simple_deploy.engine.landing import Lander
from simple_deploy.inspection import mends

REPOSITORY = "made_repository"


def mend(
    name: str,
    facts: ProjectFacts,
    given: Mapping[str, object],
    *,
    run: Runner,
    lander: Lander,
    on_file: OnFile,
) -> dict[str, str]:
    """Carry out the mend *name*.

    :returns: what undoing it has to know.
    :raises SimpleDeployError: it could not be done; files are as they were.
    """
    described = mends.describe(name, facts, {key: str(value) for key, value in given.items()})
    had_head = Git(lander.project, lander.run).head()
    changes = []
    for path, data in described.files:
        now = read_bytes(lander.project / path)
        changes.append(NewBytes(path=path, before=None if now is None else sha256(now), data=data))

    def finish() -> None:
        for argv in described.commands:
            run(argv, cwd=lander.project, env={"LC_ALL": "C"})

    lander.journal.apply(changes, finish=finish, on_file=on_file)
    head = Git(lander.project, lander.run).head()
    return {REPOSITORY: head} if head and not had_head else {}


def changed_files(lander: Lander) -> bool:
    """Whether the mend wrote any file."""
    record = lander.journal.load()
    return record is not None and bool(record.entries)


def take_back(results: Mapping[str, str], lander: Lander) -> None:
    """Undo what is not a file: put a repository that the mend made aside, as long as nothing was committed since.

    :raises NothingToUndo: there are commits of the person's own in it.
    """
    made = results.get(REPOSITORY)
    if made is None:
        return
    if lander.git.head() != made:
        raise NothingToUndo(
            "The repository has commits of your own by now, so it stays. Nothing was touched.",
            hint="Delete the folder .git by hand if you really want no repository.",
        )
    (lander.project / ".git").rename(lander.folder / "repository")
