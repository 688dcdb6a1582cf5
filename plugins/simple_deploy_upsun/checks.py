"""What has to be there before a site can be deployed to Upsun, besides its program: an organization, and no files of
the older offer. Reads only."""

from __future__ import annotations

from collections.abc import Iterator

from simple_deploy.api import Context, Finding, Level, TimedOut, deploy_blockers, quietly
from simple_deploy_upsun import commands, config, pages, questions
from simple_deploy_upsun.commands import UPSUN, Organization

OLD_FILES = (".platform.app.yaml", ".platform/applications.yaml", ".platform/services.yaml", ".platform/routes.yaml")


def findings(ctx: Context) -> Iterator[Finding]:
    """All of them, in the order in which they are fixed."""
    yield from _old_files(ctx)
    account = tuple(UPSUN.findings(ctx))
    yield from account
    if not deploy_blockers(account):
        yield from _organization(ctx)


def _old_files(ctx: Context) -> Iterator[Finding]:
    inner = ctx.facts.location.project_dir
    paths = [*OLD_FILES, *([f"{inner}/{OLD_FILES[0]}"] if inner else [])]
    there = tuple(path for path in paths if (ctx.workbench / path).is_file())
    if there:
        yield Finding(
            id="upsun.fixed",
            level=Level.WARNING,
            title="The project is configured for Upsun Fixed, the former Platform.sh.",
            why=f"New customers get Upsun Flex, which reads {config.PATH} and none of these files. One project on "
            "Upsun cannot use both.",
            fix="If the site runs on Fixed, keep deploying it as before. For a new site on Flex, remove the files, or "
            "have `upsun project:convert` turn them into the new one.",
            docs=pages.FIXED,
            details=there,
        )


def _organization(ctx: Context) -> Iterator[Finding]:
    try:
        asked = quietly(ctx, commands.organizations())
    except TimedOut:
        yield UPSUN.silent()
        return
    if not asked.ok:
        return
    mine = commands.read_organizations(asked.output)
    wanted = ctx.answers.text(questions.ORGANIZATION)
    chosen = [each for each in mine if each.name == wanted] if wanted else list(mine)
    names = ", ".join(each.name for each in mine) or "none"
    if wanted and not chosen:
        yield _trouble(f"You do not belong to the organization “{wanted}” on Upsun.", f"Choose one of yours: {names}.")
    elif not chosen:
        yield _trouble("You have no organization on Upsun yet.", f"Make one, with its billing address: {pages.CONSOLE}")
    elif len(chosen) > 1:
        yield _trouble("You belong to several organizations on Upsun.", f"Choose with --organization: {names}.")
    else:
        yield _kind(chosen[0])


def _kind(organization: Organization) -> Finding:
    if organization.type == "fixed":
        return _trouble(
            f"The organization {organization.name} has Upsun Fixed, and this configures Upsun Flex.",
            "Use an organization with Flex. Keep deploying a site that runs on Fixed as before.",
        )
    title = f"The site will belong to the organization {organization.label or organization.name}."
    return Finding(id="upsun.organization", level=Level.OK, title=title)


def _trouble(title: str, fix: str) -> Finding:
    return Finding(
        id="upsun.organization",
        level=Level.WARNING,
        title=title,
        why="A project on Upsun belongs to an organization, which pays for it.",
        fix=fix,
        docs=pages.ORGANIZATIONS,
    )
