"""Making a lock fit the file it belongs to, with the manager's own program."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from simple_deploy.core.errors import CommandFailed, SimpleDeployError, TimedOut, ToolMissing
from simple_deploy.core.facts import Declared, Dependencies
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.known_failures import explain
from simple_deploy.edits.errors import EditError
from simple_deploy.managers import load, lock_cache, pins
from simple_deploy.managers.base import TITLES, Place

LOCKING = 900.0  # seconds

_CRASHED = "Traceback (most recent call last)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became different in a manager's file.

    :param new: entries that were not declared before, by group.
    :param gone: names that are not declared any more.
    """

    new: Mapping[str | None, tuple[Declared, ...]]
    gone: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.new or self.gone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """:param folder: of the manager's file and, but for a workspace, of its lock."""

    place: Place
    folder: Path
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Locker:
    """How a manager makes a lock.

    :param manager: its name in facts, which is that of its program.
    :param lock: runs the manager.
    :param add: how a person tells it to add packages. :param remove: to remove some. :param relock: to lock only.
    :param group: the options that name the group which packages are added to.
    """

    manager: str
    lock: Callable[[Job], None]
    add: str = "add"
    remove: str = "remove"
    relock: str = "lock"
    group: Callable[[str], str] = "--group {}".format

    @property
    def title(self) -> str:
        return TITLES[self.manager]

    def refresh(self, dependencies: Dependencies, place: Place, now: Dependencies) -> tuple[Finding, ...]:
        """See :meth:`simple_deploy.managers.base.Manager.refresh`.

        :param now: the manager's file as it is now.
        """
        if now.lock is None:
            return ()
        folder = (place.root / (now.file or "")).parent
        change = _change(dependencies, now)
        if now.lock_state == "fresh" or (now.lock_state == "unknown" and not change):
            return ()
        lock = place.root / now.lock
        try:
            before = pins.versions(load.lock_data(lock))
            job = Job(place=place, folder=folder, change=change)
            met = lock_cache.made(
                lock,
                of=(now.file or "", *now.files),
                by=self.title,
                place=place,
                folder=folder,
                make=lambda: self.lock(job),
            )
            after = pins.versions(load.lock_data(lock))
        except ToolMissing:
            missing = Trouble(why=f"{self.title} is not installed on this computer.")
            return (self._stale(dependencies, change, missing),)
        except (CommandFailed, TimedOut, EditError) as error:
            return (self._stale(dependencies, change, what_went_wrong(self.title, error)),)
        return (*met, *upgraded(self.title, dependencies, before, after))

    def _by_hand(self, change: Change) -> str:
        """The commands that make the change and lock it, as a person types them."""
        groups = {name: [self.group(name)] if name is not None else [] for name in change.new}
        said = [" ".join((self.add, *groups[name], ask_for(new))) for name, new in change.new.items()]
        if change.gone:
            said.append(f"{self.remove} {' '.join(sorted(change.gone))}")
        return " && ".join(f"{self.manager} {each}" for each in said or [self.relock])

    def _stale(self, dependencies: Dependencies, change: Change, trouble: Trouble) -> Finding:
        return stale(dependencies, "Run this", self._by_hand(change), trouble)


def stale(dependencies: Dependencies, what: str, command: str, trouble: Trouble) -> Finding:
    """That a lock does not fit and could not be refreshed.

    :param what: what to do with *command*.
    """
    folder = Path(dependencies.file or "").parent.as_posix()
    where = "" if folder == "." else f" in the folder {folder}"
    return Finding(
        id="dependencies.lock-stale",
        level=Level.BLOCKER,
        title=f"{dependencies.lock} cannot be brought up to date here. {trouble.cause}".rstrip(),
        why=f"A platform installs what the lock file says, or refuses one that does not match. {trouble.why}",
        fix=f"{trouble.fix} {what}{where}, commit what it changes, then plan again: {command}".lstrip(),
        details=trouble.tail,
    )


def upgraded(
    title: str,
    dependencies: Dependencies,
    before: Mapping[str, frozenset[str]],
    after: Mapping[str, frozenset[str]],
) -> tuple[Finding, ...]:
    """That versions which were locked are not the same any more, where that is so."""
    changed = tuple(
        f"{name} {', '.join(sorted(before[name]))} → {', '.join(sorted(after[name]))}"
        for name in sorted(before.keys() & after.keys())
        if before[name] != after[name]
    )
    if not changed:
        return ()
    return (
        Finding(
            id="dependencies.lock-upgraded",
            level=Level.WARNING,
            title=f"{title} also changed locked versions: {'; '.join(changed[:4])}"
            + (" …" if len(changed) > 4 else ""),
            why="The new packages may need that, or the manager cannot keep the old versions. The plan is tried with "
            "these versions, but only by Django's own check.",
            fix=f"Look at the changes to {dependencies.lock}, and run your tests with them.",
            details=changed,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why a lock could not be made.

    :param why: a sentence.
    :param cause: what is wrong. :param fix: what to do about it first. Both are empty where that is not known.
    :param tail: what the program printed of it.
    """

    why: str
    cause: str = ""
    fix: str = ""
    tail: tuple[str, ...] = ()


def what_went_wrong(title: str, error: SimpleDeployError) -> Trouble:
    """The known cause and what to do about it, or the program's last words.

    :param title: of the program, as people call it.
    """
    if not isinstance(error, CommandFailed) or not error.tail:
        return Trouble(why=f"{title} could not do it: {error.message}")
    told = explain(error.tail)
    if told is not None:
        return Trouble(why=f"{title} could not do it.", cause=told.title, fix=told.fix, tail=told.shown)
    said = [line.strip() for line in error.tail if line.strip()]
    if any(line.startswith(_CRASHED) for line in said):
        why = f"{title} itself ended with an error, which may not be the project's fault: {said[-1]}"
        return Trouble(why=f"{why} Another version of {title} may do it.", tail=error.tail[-12:])
    return Trouble(why=f"{title} could not do it: {' '.join(said[-3:])}", tail=error.tail[-12:])


def ask_for(entries: Sequence[Declared]) -> str:
    """*entries* as arguments of a command line, in quotes that every shell understands."""
    texts = (entry.text.replace('"', "'").replace(" ; ", "; ") for entry in entries)
    return " ".join(text if text.replace("-", "").replace("_", "").isalnum() else f'"{text}"' for text in texts)


@contextmanager
def scratch_environment(place: Place) -> Iterator[dict[str, str]]:
    """Variables that let a manager use an empty environment of its own, which is removed afterwards.

    Managers look for the project's environment by its folder, and make one when there is none: a workbench, which has
    a new folder each time, would leave an environment behind on each run.
    """
    with tempfile.TemporaryDirectory(prefix="simple-deploy-", ignore_cleanup_errors=True) as folder:
        environment = Path(folder) / "environment"
        place.run((place.uv, "venv", "--quiet", "--python", place.python, str(environment)), timeout=120)
        yield {"VIRTUAL_ENV": str(environment), "PYTHONHOME": "", "PYTHONPATH": "", "DJANGO_SETTINGS_MODULE": ""}


def _change(before: Dependencies, after: Dependencies) -> Change:
    known = {(entry.group, entry.name) for entry in (*before.declared, *before.grouped)}
    now = (*after.declared, *after.grouped)
    new: dict[str | None, tuple[Declared, ...]] = {}
    for entry in now:
        if (entry.group, entry.name) not in known:
            new[entry.group] = (*new.get(entry.group, ()), entry)
    gone = {name for group, name in known} - {entry.name for entry in now}
    return Change(new=new, gone=frozenset(gone))
