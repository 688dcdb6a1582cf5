"""What stands in the way in the account, besides the program and the login: the region, and the app's name. Reads
only."""

from __future__ import annotations

from collections.abc import Iterator

from simple_deploy.api import Context, Finding, Level, TimedOut, deploy_blockers, quietly
from simple_deploy_flyio import commands, pages
from simple_deploy_flyio.commands import FLYCTL
from simple_deploy_flyio.questions import MANAGED


def findings(ctx: Context, *, app: str) -> Iterator[Finding]:
    """:param app: the name of the app."""
    account = tuple(FLYCTL.findings(ctx))
    yield from account
    if not deploy_blockers(account):
        try:
            yield from _region(ctx)
            yield from _name(ctx, app)
        except TimedOut:
            yield FLYCTL.silent()


def _region(ctx: Context) -> Iterator[Finding]:
    wanted, database = ctx.answers.text("region"), ctx.answers.text("database")
    known = commands.regions(quietly(ctx, commands.REGIONS).output)
    if not known or not wanted:
        return
    region = next((each for each in known if each.code == wanted), None)
    usable = ", ".join(each.code for each in known if not each.deprecated)
    if region is None or region.deprecated:
        yield Finding(
            id="flyio.region",
            level=Level.BLOCKER,
            title=f"Fly.io {'is closing the' if region else 'has no'} region {wanted}.",
            why="A new app cannot be put there.",
            fix=f"Choose another one with --region: {usable}.",
            docs=pages.REGIONS,
        )
    elif database == MANAGED and region.managed_postgres is False:
        yield Finding(
            id="flyio.region-without-postgres",
            level=Level.BLOCKER,
            title=f"There is no Managed Postgres in the region {wanted}.",
            why="The site and the database have to be near each other, or every page is slow.",
            fix="Choose one of these regions, or another database: "
            + ", ".join(each.code for each in known if each.managed_postgres),
            docs=pages.MANAGED_POSTGRES,
        )
    elif region.needs_paid_plan:
        yield Finding(
            id="flyio.region-paid",
            level=Level.WARNING,
            title=f"The region {wanted} is for organizations on a paid plan.",
            why="Fly.io refuses to put an app of another organization there.",
            fix=f"Choose another region unless yours has such a plan: {usable}.",
            docs=pages.REGIONS,
        )


def _name(ctx: Context, app: str) -> Iterator[Finding]:
    mine = commands.apps(quietly(ctx, commands.APPS).output)
    if mine is None:
        return
    own = next((each for each in mine if each.name == app), None)
    if own is None:
        yield Finding(
            id="flyio.new-app",
            level=Level.INFO,
            title=f"None of your apps is called {app} yet.",
            why="No two apps on Fly.io share a name. Whether somebody else has it is known once you create the app.",
            fix="If it is taken, choose another one with --deployed-project-name.",
        )
        return
    wanted = ctx.answers.text("organization", "personal")
    yield Finding(id="flyio.own-app", level=Level.OK, title=f"The app {app} is yours and will be used again.")
    if own.organization and own.organization != wanted:
        yield Finding(
            id="flyio.other-organization",
            level=Level.WARNING,
            title=f"The app {app} belongs to the organization {own.organization}, not {wanted}.",
            why="It stays where it is, and a new database has to be in the same organization.",
            fix=f"Answer --organization {own.organization}, or choose another name.",
        )
