"""What the project is deployed to, by its runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from simple_deploy.platforms.base import SiteState
from simple_deploy.runs.model import Run, RunKind, RunState


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """One site of the project.

    :param run: the deployment that made what is there now; None for one that was made from elsewhere.
    :param commit: what that deployment took along, or empty.
    :param rolled_back: the run that let an earlier release serve since then, or None.
    :param state: what was found out about the site since then, with the time in *looked*; None when nobody looked.
    """

    platform: str
    url: str | None
    run: Run | None
    commit: str = ""
    rolled_back: Run | None = None
    state: SiteState | None = None
    looked: float | None = None


def site_of(platform: str, url: str | None, runs: Iterable[Run], read: Callable[[str], SiteState | None]) -> Deployed:
    """What *runs*, the newest first, say about the site on *platform*.

    :param read: what an operation found out about the site.
    """
    state, looked, rolled_back, deployment = None, None, None, None
    for run in runs:
        if run.platform != platform or run.state is not RunState.SUCCEEDED:
            continue
        if run.kind is RunKind.DEPLOY:
            deployment = run
            break
        if run.kind is RunKind.OPERATE:
            rolled_back = rolled_back or (run if run.subject == "rollback" else None)
            if state is None:
                state, looked = read(run.id), run.finished
    return Deployed(platform=platform, url=url, run=deployment, rolled_back=rolled_back, state=state, looked=looked)
