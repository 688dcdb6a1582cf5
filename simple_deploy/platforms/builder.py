"""What a platform's builder has to be told about a project, or cannot do. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from simple_deploy.core.facts import Dependencies, FrontEnd, ProjectFacts, Settings
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.system_packages import Needed, needed

_OVER_SSH = re.compile(r"git\+ssh://|git\+git@|(?:^|\s)ssh://|@ git@")


def system_needs(dependencies: Dependencies, settings: Settings, *, groups: Sequence[str] = ()) -> Needed:
    """What the packages of the site need of Debian or Ubuntu.

    :param groups: named groups that are installed besides the main dependencies.
    """
    entries = (*dependencies.declared, *(each for each in dependencies.grouped if each.group in groups))
    return needed(((each.name, each.text) for each in entries), settings.app_packages)


def building(facts: ProjectFacts) -> FrontEnd | None:
    """The front end that the platform has to build; None where there is none, or what it makes is committed."""
    return facts.front_end if facts.front_end is not None and facts.front_end.is_needed else None


def front_end_findings(
    facts: ProjectFacts, platform: str, name: str, *, builds: str, by_hand: str
) -> Iterator[Finding]:
    """What becomes of a front end.

    :param builds: where the plan builds it; empty where it does not. :param by_hand: what to do then.
    """
    found = building(facts)
    if found is None:
        return
    folder = f"{found.folder}/package.json" if found.folder else "package.json"
    files = ", ".join(found.absent[:3]) + (" …" if len(found.absent) > 3 else "")
    yield Finding(
        id=f"{platform}.front-end",
        level=Level.INFO if builds else Level.WARNING,
        title=f"{name} builds the front end of {folder}: `{found.program} run build`."
        if builds
        else f"Nothing builds the front end of {folder} there.",
        why=f"What the build makes is not committed ({files}). {builds}".strip(),
        fix="" if builds else by_hand,
        details=found.absent,
    )


def unreachable_sources(facts: ProjectFacts, platform: str, name: str, *, variable: str) -> Iterator[Finding]:
    """Packages that a builder elsewhere cannot fetch: it has no SSH key of the person's.

    :param platform: the slug. :param name: for people. :param variable: how a variable for the build is set there.
    """
    found = facts.dependencies
    ssh = [each for each in found.declared if _OVER_SSH.search(each.text)]
    if ssh:
        names = ", ".join(each.name for each in ssh)
        yield Finding(
            id=f"{platform}.git-over-ssh",
            level=Level.DEPLOY_BLOCKER,
            title=f"{name} cannot fetch {names}: it comes from git over SSH, and the builder has no key of yours.",
            why="The build would stop there, after everything else has been created.",
            fix="Ask for it over https (git+https://…, for a private repository with a token that the builder knows: "
            f"{variable}), or put the package into the repository.",
            docs="https://pip.pypa.io/en/stable/topics/vcs-support/",
            details=tuple(f"{each.file}: {each.name}" for each in ssh),
        )
    if found.outside:
        yield Finding(
            id=f"{platform}.outside-sources",
            level=Level.DEPLOY_BLOCKER,
            title=f"{name} cannot install {found.outside[0]}: that path is not in the repository.",
            why="The build would stop there, after everything else has been created.",
            fix="Put the folder into the repository, or ask for the package by name and version.",
            details=found.outside,
        )
