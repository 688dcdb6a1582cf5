"""From facts to findings: what was found, why it matters for a deployment, what to do about it. Pure."""

from __future__ import annotations

from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.findings import Finding, by_weight
from simple_deploy.inspection.rules import (
    beside,
    choices,
    commit,
    configuration,
    needs,
    production,
    project,
    repository,
)


def findings(facts: ProjectFacts, *, allow_dirty: bool = False) -> tuple[Finding, ...]:
    """All findings about a project, blockers first.

    :param allow_dirty: uncommitted work is deployed too, so it does not stand in the way.
    """
    return by_weight(
        (
            *project.findings(facts),
            *choices.findings(facts),
            *production.findings(facts),
            *repository.findings(facts, allow_dirty=allow_dirty),
            *commit.findings(facts, allow_dirty=allow_dirty),
            *needs.findings(facts),
            *configuration.findings(facts),
            *beside.findings(facts),
        )
    )
