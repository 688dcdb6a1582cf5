"""What stands in the way on this computer and in the account: findings, each with its fix. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from simple_deploy.api import Completed, Context, Finding, Host, Level, TimedOut, ToolMissing
from simple_deploy_flyio import commands, pages
from simple_deploy_flyio.questions import MANAGED

PATIENCE = 30.0  # seconds the program gets for an answer

#: Those that do not stop configuring, but deploying.
STOPPING = frozenset(
    f"flyio.{name}" for name in ("no-program", "other-program", "logged-out", "unclear", "silent", "no-organization")
)

#: fly.io/docs/flyctl/install
_INSTALL: Mapping[str, str] = {
    "linux": "curl -L https://fly.io/install.sh | sh",
    "darwin": "brew install flyctl",
    "windows": 'pwsh -Command "iwr https://fly.io/install.ps1 -useb | iex"',
}


def install_command(host: Host) -> str:
    return _INSTALL[host.system]


def findings(ctx: Context, *, app: str) -> Iterator[Finding]:
    """:param app: the name of the app; what is found wrong does not stop configuring, which needs no account."""
    try:
        asked = _ask(ctx, commands.VERSION)
    except ToolMissing:
        yield _no_program(ctx.facts.host)
        return
    except TimedOut:
        yield _silent()
        return
    if not commands.is_flyctl(asked.output):
        yield Finding(
            id="flyio.other-program",
            level=Level.WARNING,
            title="The program fly on this computer is not the one of Fly.io.",
            why="Concourse CI has a program of the same name.",
            fix=f"Install flyctl so that it comes first on PATH: {install_command(ctx.facts.host)}",
            docs=pages.INSTALL,
            details=asked.tail(3),
        )
        return
    version = commands.version(asked.output)
    yield Finding(id="flyio.program", level=Level.OK, title=f"flyctl {version} is installed.".replace("  ", " "))
    try:
        yield from _account(ctx, app)
    except TimedOut:
        yield _silent()


def _account(ctx: Context, app: str) -> Iterator[Finding]:
    asked = _ask(ctx, commands.WHOAMI)
    if not asked.ok:
        yield _logged_out() if commands.is_logged_out(asked.output) else _unclear(asked)
        return
    yield Finding(
        id="flyio.account",
        level=Level.OK,
        title=f"Logged in to Fly.io as {commands.email(asked.output) or 'somebody'}.",
    )
    yield from _organization(ctx)
    yield from _region(ctx)
    yield from _name(ctx, app)


def _organization(ctx: Context) -> Iterator[Finding]:
    wanted = ctx.answers.text("organization", "personal")
    known = commands.organizations(_ask(ctx, commands.ORGS).output)
    if known is not None and wanted not in known:
        yield Finding(
            id="flyio.no-organization",
            level=Level.WARNING,
            title=f"Your account has no organization {wanted}.",
            why="An app belongs to an organization, which pays for it.",
            fix=f"Choose one of these with --organization: {', '.join(known)}."
            if known
            else "Make one with `fly orgs create`.",
            docs=f"{pages.DOCS}security/tokens/",
        )


def _region(ctx: Context) -> Iterator[Finding]:
    wanted, database = ctx.answers.text("region"), ctx.answers.text("database")
    known = commands.regions(_ask(ctx, commands.REGIONS).output)
    if not known or not wanted:
        return
    region = next((each for each in known if each.code == wanted), None)
    usable = ", ".join(each.code for each in known if not each.deprecated)
    if region is None or region.deprecated:
        yield Finding(
            id="flyio.region",
            level=Level.BLOCKER,
            title=f"Fly.io {'gives up' if region else 'has no'} region {wanted}.",
            why="A new app cannot be put there.",
            fix=f"Choose another one with --region: {usable}.",
            docs=pages.REGIONS,
        )
    elif database == MANAGED and region.managed_postgres is False:
        yield Finding(
            id="flyio.region-without-postgres",
            level=Level.BLOCKER,
            title=f"There is no Managed Postgres in the region {wanted}.",
            why="Site and database have to be near each other, or every page takes long.",
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
    mine = commands.apps(_ask(ctx, commands.APPS).output)
    if mine is None:
        return
    own = next((each for each in mine if each.name == app), None)
    if own is None:
        yield Finding(
            id="flyio.new-app",
            level=Level.INFO,
            title=f"None of your apps is called {app} yet.",
            why="No two apps on Fly.io share a name. Whether somebody else has it shows when the app is created.",
            fix="If it is taken, choose another one with --deployed-project-name.",
        )
        return
    wanted = ctx.answers.text("organization", "personal")
    yield Finding(id="flyio.own-app", level=Level.OK, title=f"The app {app} is yours; it is used again.")
    if own.organization and own.organization != wanted:
        yield Finding(
            id="flyio.other-organization",
            level=Level.WARNING,
            title=f"The app {app} belongs to the organization {own.organization}, not {wanted}.",
            why="It stays where it is, and a new database has to be in the same organization.",
            fix=f"Answer --organization {own.organization}, or choose another name.",
        )


def _ask(ctx: Context, argv: tuple[str, ...]) -> Completed:
    return ctx.run(argv, check=False, show=False, timeout=PATIENCE)


def _no_program(host: Host) -> Finding:
    return Finding(
        id="flyio.no-program",
        level=Level.WARNING,
        title="The program fly is not installed.",
        why="Apps on Fly.io are created and deployed with it. The project can be configured without.",
        fix=f"Install it, open a new terminal, and log in with `fly auth login`: {install_command(host)}",
        docs=pages.INSTALL,
    )


def _logged_out() -> Finding:
    return Finding(
        id="flyio.logged-out",
        level=Level.WARNING,
        title="Nobody is logged in to Fly.io on this computer.",
        why="Apps belong to an account. A login ends by itself after 30 days.",
        fix="Log in: fly auth login. Without an account yet: fly auth signup.",
        docs=f"{pages.DOCS}flyctl/auth/",
    )


def _unclear(asked: Completed) -> Finding:
    return Finding(
        id="flyio.unclear",
        level=Level.WARNING,
        title="fly cannot tell who is logged in.",
        why="Perhaps there is no network, or Fly.io has trouble: https://status.flyio.net",
        fix="Look at what `fly auth whoami` says, then plan again.",
        details=asked.tail(5),
    )


def _silent() -> Finding:
    return Finding(
        id="flyio.silent",
        level=Level.WARNING,
        title=f"fly did not answer within {PATIENCE:.0f} seconds.",
        why="Perhaps there is no network, or Fly.io has trouble: https://status.flyio.net",
        fix="Look at what `fly auth whoami` says, then plan again.",
    )
