"""Carries out a fix: writes its files with a journal, runs its commands, and can take both back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from simple_deploy.core.errors import NothingToUndo
from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.interfaces import Runner
from simple_deploy.engine import landing
from simple_deploy.engine.git_snapshot import Kept
from simple_deploy.engine.index import Index
from simple_deploy.engine.journal import NewBytes, OnFile
from simple_deploy.engine.landing import Lander, refuse_edited
from simple_deploy.inspection import fixes
from simple_deploy.inspection.fixes import Fix
from simple_deploy.system import stored
from simple_deploy.system.files import sha256

#: In the results of a fix: the repository it made, or the first commit it made in one that was there; each the commit.
REPOSITORY = "made_repository"
FIRST_COMMIT = "made_first_commit"
#: The paths that it took out of git while the files stayed, as JSON.
UNTRACKED = "untracked"
#: The settings of the repository that it changed, each with what it was before and what it became, as JSON.
SETTINGS = "set"


def apply_fix(
    name: str,
    facts: ProjectFacts,
    given: Mapping[str, object],
    *,
    run: Runner,
    lander: Lander,
    on_file: OnFile,
    describe: Callable[[str, ProjectFacts, Mapping[str, str]], Fix] = fixes.describe,
) -> dict[str, str]:
    """Carry out the fix *name*.

    :param describe: says what it is.
    :returns: what undoing it has to know.
    :raises SimpleDeployError: it could not be done; files and repository are as they were.
    """
    described = describe(name, facts, {key: str(value) for key, value in given.items()})
    lander.kept.keep()
    changes = [
        NewBytes(path=path, before=sha256(described.read[path]) if path in described.read else None, data=data)
        for path, data in described.files
    ]

    def finish() -> None:
        try:
            for argv in described.commands:
                run(argv, cwd=lander.project, env={"LC_ALL": "C"})
        except BaseException:
            if not lander.kept.has_moved():  # the commit comes last
                raise

    kept = lander.kept
    lander.journal.apply(changes, finish=finish, unfinish=kept.put_back, is_final=kept.has_moved, on_file=on_file)
    return achieved(lander)


def achieved(lander: Lander) -> dict[str, str]:
    """What undoing the fix has to know, once it has been done."""
    kept, record = lander.kept, lander.journal.load()
    before, head = kept.before(), kept.head
    if before is None or record is None or record.state != "applied":
        return {}
    if head is not None and before.head not in (None, head) and record.moved_to is None:
        lander.journal.note_commit(record, str(before.head), head)
    found = {}
    if head is not None and before.head is None:
        found[FIRST_COMMIT if before.exists else REPOSITORY] = head
    now = {name: kept.own(name) for name in before.own}
    changed = {name: (value, now[name]) for name, value in before.own.items() if now[name] != value}
    if changed:
        found[SETTINGS] = json.dumps(changed)
    if before.head is not None and (untracked := kept.untracked() - {entry.path for entry in record.entries}):
        found[UNTRACKED] = json.dumps(sorted(untracked))
    return found


def undo(results: Mapping[str, str], done: Lander, undoing: Lander, *, title: str, on_file: OnFile) -> str | None:
    """Take back the fix of *done*, keeping a journal in *undoing*'s folder: its files, a later commit of its own by
    one that reverts it, a first commit or a whole repository as long as nothing was committed since, and who commits.

    :returns: the commit that reverts.
    :raises NothingToUndo: there are commits of the person's own, or it was taken back before.
    :raises FilesChanged: a file was edited since; nothing was touched.
    """
    record = done.journal.load()
    if record is None or record.state == "undone":
        raise NothingToUndo("That run has already been undone.", hint="`python -m simple_deploy list` shows the runs.")
    refuse_edited(landing.conflicts(done, record, done.journal.standing(record)), done.folder)
    made, head = results.get(REPOSITORY) or results.get(FIRST_COMMIT), done.kept.head
    if made is not None and head not in (made, None):
        raise NothingToUndo(
            "The repository now has your own commits, so it stays. Nothing was changed.",
            hint="Delete the folder .git by hand if you really want no repository.",
        )
    untracked = stored.parse(tuple[str, ...], results.get(UNTRACKED, "[]"))
    undoing.kept.keep()

    def finish() -> None:
        """What cannot be taken back is done last; an undo that was cut short may have done it already."""
        if REPOSITORY in results:
            undoing.kept.put_aside()
            return
        undoing.kept.set(_settings_to_restore(results, undoing.kept))
        if FIRST_COMMIT in results and head is not None:
            undoing.kept.put_index(done.folder / "index")
            undoing.git("update-ref", "-d", "HEAD", head)
        if record.moved_to is None:  # else they come back with the commit
            staged = done.kept.staged(untracked)
            Index(undoing.git, undoing.folder).restage(staged, is_seen=lambda path, entry: not entry)

    if record.entries or record.moved_to is not None:
        return landing.undo(done, undoing, title=title, on_file=on_file, first=finish, also=untracked)
    undoing.journal.apply((), finish=finish, unfinish=undoing.kept.put_back, is_final=undoing.kept.has_moved)
    done.journal.mark_undone(record)
    return None


def _settings_to_restore(results: Mapping[str, str], kept: Kept) -> dict[str, str]:
    """What the settings were that still are as the fix left them."""
    restored = {}
    for name, known in stored.parse(dict[str, str | tuple[str, str]], results.get(SETTINGS, "{}")).items():
        before, ours = (known, kept.own(name)) if isinstance(known, str) else known  # older runs noted the former only
        if kept.own(name) == ours:
            restored[name] = before
    return restored
