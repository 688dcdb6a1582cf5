"""Findings about a settings module that the deployed site has for itself."""

from __future__ import annotations

from collections.abc import Iterator

from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.findings import Finding, Level


def findings(facts: ProjectFacts) -> Iterator[Finding]:
    production, active = facts.production, facts.settings
    if production is None or active is None:
        return
    if production.problem is not None:
        yield Finding(
            id="settings.production-not-loaded",
            level=Level.WARNING,
            title=f"{production.file} looks made for the deployed site, but cannot be loaded here: "
            f"{production.problem.kind}: {production.problem.message}",
            why=f"The tool does not know what is in it, so the site would be deployed with {active.module}, the "
            "settings of this computer.",
            fix="Provide what is missing: set the variables it reads in a .env file, and install the packages it "
            f"names with pip. Or keep {active.module}.",
        )
    elif production.usual:
        yield Finding(
            id="settings.production",
            level=Level.INFO,
            title=f"The site is deployed with {production.module}, while the project runs with {active.module} here.",
            why=f"The name of {production.file} says that it is meant for the deployed site.",
            fix="To deploy with the settings of this computer instead: --settings-style block",
        )
