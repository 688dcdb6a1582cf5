"""What this platform asks: before planning, and while it deploys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from simple_deploy.api import Choice, Option, ProjectFacts, uses_uploads

DATABASE = Option(
    name="database",
    label="Database",
    kind="choice",
    help="SQLite needs no setup. For PostgreSQL, give the address of an existing database.",
    default="auto",
    choices=(
        Choice(value="auto", label="Keep the current database", help="SQLite for a new site."),
        Choice(
            value="sqlite",
            label="SQLite",
            help="A file in the site's own folder that stays when you deploy new releases.",
        ),
        Choice(value="postgres", label="PostgreSQL", help="A database that you already have."),
    ),
)
DATABASE_URL = Option(
    name="database_url",
    label="Address of the PostgreSQL database",
    kind="secret",
    help="postgres://USER:PASSWORD@HOST:5432/NAME. It is stored in a file that only you can read. Leave it empty to "
    "keep the previous address.",
    required=False,
    when=("database", "postgres"),
)
PORT = Option(
    name="port",
    label="Port",
    help="Leave it empty to keep the site's port or, for a new site, to have a free port chosen.",
    default="",
    required=False,
    pattern=r"(102[4-9]|10[3-9]\d|1[1-9]\d\d|[2-9]\d{3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])",
    pattern_help="It is a number from 1024 to 65535.",
    advanced=True,
)
NAME = Option(
    name="deployed_project_name",
    label="Name",
    help="Only for a new site; leave it empty to use the project's name.",
    default="",
    required=False,
    pattern=r"[A-Za-z0-9][A-Za-z0-9_. -]{0,39}",
    pattern_help="It is up to 40 letters, digits, spaces, dots, dashes and underscores.",
    advanced=True,
)
KEEP = Option(
    name="keep_running",
    label="Start the site again after a crash and when I log in",
    kind="flag",
    help="{by} does this. If you stop the site, it stays stopped. Without this, your next visit to the dashboard "
    "starts a site that went down.",
    default=False,
)
KEEPER = "service"  # the kind of resource it is
KEEPERS = {
    "systemd": "A systemd unit for your user (no root)",
    "launchd": "A launch agent for your user",
    "tasks": "A scheduled task for your user",
}


def options(facts: ProjectFacts) -> tuple[Option, ...]:
    settings = facts.settings
    has_something = settings is None or settings.has_data is not False or uses_uploads(settings)
    reads = settings.variables if settings else ()
    asked = (*((_copy_data(facts),) if has_something else ()), *((_take_variables(reads),) if reads else ()))
    by = KEEPERS.get(facts.host.services)
    kept = (replace(KEEP, help=KEEP.help.format(by=by)),) if by else ()
    default = settings.default_database if settings else None
    usual = default is not None and default.is_sqlite
    return (*asked, replace(DATABASE, advanced=usual), DATABASE_URL, PORT, *kept, NAME)


def _copy_data(facts: ProjectFacts) -> Option:
    return Option(
        name="copy_data",
        label="Copy local data to the site",
        kind="flag",
        help="The database and uploaded files, on the first deployment only.",
        default=bool(facts.settings and facts.settings.has_data),
    )


def _take_variables(names: Sequence[str]) -> Option:
    return Option(
        name="take_variables",
        label="Copy this computer's variables to the site",
        kind="flag",
        help=f"The settings read {', '.join(names)}. Each deployment copies their values from .env and the shell on "
        "this computer into one of the site's files, which only you can read. A value in the site's own "
        "variables.json takes precedence.",
        default=True,
    )
