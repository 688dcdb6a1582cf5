"""What of the tool stays on this computer once its work is undone and removed, and how to be rid of that too."""

from __future__ import annotations

from collections.abc import Iterator

from simple_deploy.core.errors import RunInProgress
from simple_deploy.rehearsal.world import STAGES
from simple_deploy.runs import backups, history, stage
from simple_deploy.runs.model import Run, RunKind
from simple_deploy.runs.reading import Reading
from simple_deploy.runs.summary import Row
from simple_deploy.system import files

FORGET = "python -m simple_deploy forget"


def clear_up(project: Reading, done: Run) -> None:
    """Remove what nothing needs any more after *done*, which undid a run or removed what was on a platform.

    These are, once nothing is left of what the tool did for that platform, the copies of the project on which its plans
    were tried; and once nothing at all is left, the environments that no other project uses. The history stays, and
    with it what undoing needs. Of private files that an undone run wrote, no copy stays.
    """
    if done.kind is RunKind.UNDO:
        _forget_private(project, project.store.get(done.subject))
    if not _is_left(project, done, done.platform):
        project.store.remove_trees(done.platform)
    if not _is_left(project, done):
        project.environments.leave()


def _forget_private(project: Reading, undone: Run) -> None:
    """Remove the private files from the copy of the project on which the plan of *undone* was tried."""
    rendered = project.store.plan_of(undone)
    if rendered is not None and undone.plan_run is not None:
        for change in rendered.changes:
            if change.private:
                (project.store.tree(undone.plan_run) / change.path).unlink(missing_ok=True)


def _is_left(project: Reading, done: Run, platform: str = "") -> bool:
    """Whether something is deployed, or changes are in the files; of one *platform*, or of all."""
    there = {*project.deployed_to()} - ({done.platform} if done.kind is RunKind.DESTROY else set())
    if platform in there or (there and not platform):
        return True
    return any(
        history.left_something(project.location, project.store, run)
        for run in project.store.list(200)
        if platform in ("", run.platform)
    )


def rows(project: Reading) -> Iterator[Row]:
    """What is kept, and the commands that remove it."""
    if project.stage is not None:
        yield Row(
            title="The rehearsal itself",
            text=f"{_spoken(files.size(project.stage.folder))} in {project.stage.folder}.",
            command=f"{FORGET} --rehearsals",
        )
        return
    root, cache = project.store.root, project.environments.folder
    rehearsals, saved = files.size(root / STAGES), files.size(root / backups.FOLDER)
    count = len(project.store.ids())
    yield Row(
        title=f"The history of {count} run{'s' if count > 1 else ''}, and what undoing them needs",
        text=f"{_spoken(files.size(root) - rehearsals - saved)} in {root}.",
    )
    if saved:
        yield Row(title="Backups of its sites' data", text=f"{_spoken(saved)} in {root / backups.FOLDER}.")
    if rehearsals:
        yield Row(
            title=f"Rehearsals: {', '.join(stage.slugs(root))}",
            text=f"{_spoken(rehearsals)} in {root / STAGES}.",
            command=f"{FORGET} --rehearsals",
        )
    if environments := files.size(cache):
        yield Row(
            title="Environments that plans were tried in",
            text=f"{_spoken(environments)} in {cache}, for all your projects. More than six are never kept.",
        )
    yield Row(title="To remove what is kept of this project", command=FORGET)


def refuse_a_run(project: Reading) -> None:
    """:raises RunInProgress: a run works, waits or is queued, and what it needs cannot be removed."""
    under_way = project.active()
    if under_way is not None:
        raise RunInProgress(
            f"Run {under_way.id} ({under_way.kind.value}) is under way in this project.",
            run_id=under_way.id,
            hint="Wait for its end, or cancel it: python -m simple_deploy cancel",
        )


def forget(project: Reading, *, rehearsals_only: bool = False) -> None:
    """Remove the rehearsals; unless *rehearsals_only*, all that is known of the project too."""
    root = project.store.root
    for slug in stage.slugs(root):
        stage.clear(root, slug)
    if not rehearsals_only:
        project.environments.leave()
        files.remove_tree(root)


def _spoken(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else f"{max(size // 1000, 1)} kB"
