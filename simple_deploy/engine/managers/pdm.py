"""PDM."""

from __future__ import annotations

from simple_deploy.edits import pep621
from simple_deploy.edits.manifest import table
from simple_deploy.engine.managers.locking import LOCKING, Change, Job, Locker, ask_for, scratch_environment
from simple_deploy.engine.managers.manifest import ManifestManager
from simple_deploy.inspection.managers import pins, reading


def _lock(job: Job) -> None:
    with scratch_environment(job.place) as variables:
        env = {**variables, "PDM_IGNORE_SAVED_PYTHON": "1", "PDM_CHECK_UPDATE": "0"}
        job.place.run(("pdm", "lock", "--update-reuse", *_groups(job)), cwd=job.folder, env=env, timeout=LOCKING)


def _groups(job: Job) -> list[str]:
    """Options for the groups to lock: PDM goes on with those that are locked, and leaves a new one away."""
    new = {group for group in job.change.new if group}
    if not new:
        return []
    locked = table(reading.lock_data(job.folder / "pdm.lock"), "metadata").get("groups") or []
    names = {str(group) for group in locked} - {"default"} | new
    return [part for name in sorted(names) for part in ("--group", name)]


def _by_hand(change: Change) -> list[str]:
    return [
        *(
            f"pdm add --update-reuse {f'--dev --group {group} ' if group else ''}{ask_for(new)}"
            for group, new in change.new.items()
        ),
        *([f"pdm remove {' '.join(sorted(change.gone))}"] if change.gone else []),
    ] or ["pdm lock --update-reuse"]


PDM = ManifestManager(editor=pep621, locker=Locker(manager="pdm", by_hand=_by_hand, lock=_lock), pins=pins.pdm)
