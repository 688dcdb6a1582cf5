"""Poetry, 1.x and 2.x."""

from __future__ import annotations

import re

from simple_deploy.core import ansi
from simple_deploy.edits import poetry as editor
from simple_deploy.engine.managers.locking import LOCKING, Change, Job, Locker, ask_for, scratch_environment
from simple_deploy.engine.managers.manifest import ManifestManager
from simple_deploy.inspection.managers import pins

_VERSION = re.compile(r"version (\d+)")


def _lock(job: Job) -> None:
    run = job.place.run
    version = _VERSION.search(ansi.plain(run(("poetry", "--version"), cwd=job.folder, timeout=60).output))
    # Up to 1.x, locking upgrades everything unless told not to; from 2.0 on it keeps what it can.
    keep = ("--no-update",) if version and int(version[1]) < 2 else ()
    with scratch_environment(job.place) as variables:
        run(("poetry", "lock", "--no-interaction", *keep), cwd=job.folder, env=variables, timeout=LOCKING)


def _by_hand(change: Change) -> list[str]:
    return [
        *(f"poetry add {f'--group {group} ' if group else ''}{ask_for(new)}" for group, new in change.new.items()),
        *([f"poetry remove {' '.join(sorted(change.gone))}"] if change.gone else []),
    ] or ["poetry lock"]


#: `poetry export` is a plugin that few have, so the lock is read without it.
POETRY = ManifestManager(editor=editor, locker=Locker(manager="poetry", by_hand=_by_hand, lock=_lock), pins=pins.poetry)
