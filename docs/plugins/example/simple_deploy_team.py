"""A plugin without a platform of its own: a rule of the team, and a note of each deployment."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from simple_deploy.api import Finding, FinishedRun, Level, Platform, ProjectFacts, hookimpl

logger = logging.getLogger("team")


@hookimpl
def simple_deploy_register(register: Callable[[Platform], None]) -> None:
    pass


@hookimpl
def simple_deploy_inspect(facts: ProjectFacts) -> Iterable[Finding]:
    if facts.git is not None and facts.git.branch != "main":
        yield Finding(
            id="team.branch",
            level=Level.WARNING,
            title=f"This is the branch {facts.git.branch}, not main.",
            why="What is deployed should be what everyone works on.",
            fix="Merge it first: git switch main, then git merge.",
        )


@hookimpl
def simple_deploy_run_finished(run: FinishedRun) -> None:
    if run.kind == "deploy":
        logger.info("%s to %s: %s %s", run.kind, run.platform, run.state, run.url or "")
