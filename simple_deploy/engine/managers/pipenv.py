"""Pipenv."""

from __future__ import annotations

from simple_deploy.edits import pipfile
from simple_deploy.engine.managers.locking import LOCKING, Change, Job, Locker, ask_for, scratch_environment
from simple_deploy.engine.managers.manifest import ManifestManager
from simple_deploy.inspection.managers import pins


def _lock(job: Job) -> None:
    with scratch_environment(job.place) as variables:
        env = {"PIPENV_VERBOSITY": "-1", "PIPENV_NOSPIN": "1", "PIPENV_ACTIVE": "", "PIPENV_PIPFILE": "", **variables}
        for command in _commands(job.change):
            job.place.run(command, cwd=job.folder, env=env, timeout=LOCKING)


def _commands(change: Change) -> list[tuple[str, ...]]:
    if change.gone:
        return [("pipenv", "lock")]
    # `pipenv lock` upgrades everything. This locks what is named, and what that needs; or what does not fit any more.
    if not change.new:
        return [("pipenv", "upgrade", "--lock-only")]
    return [
        ("pipenv", "upgrade", "--lock-only", *_options(group), *(entry.text.split(" ; ")[0] for entry in new))
        for group, new in change.new.items()
    ]


def _options(group: str | None) -> tuple[str, ...]:
    return () if group is None else ("--dev",) if group == "dev" else ("--categories", group)


def _by_hand(change: Change) -> list[str]:
    return [
        *(" ".join(("pipenv install", *_options(group), ask_for(new))) for group, new in change.new.items()),
        *([f"pipenv uninstall {' '.join(sorted(change.gone))}"] if change.gone else []),
    ] or ["pipenv lock"]


PIPENV = ManifestManager(
    editor=pipfile, locker=Locker(manager="pipenv", by_hand=_by_hand, lock=_lock), pins=pins.pipenv
)
