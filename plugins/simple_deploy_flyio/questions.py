"""What Fly.io has to be asked about. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from simple_deploy.api import (
    Answers,
    Beside,
    Choice,
    OnPush,
    Option,
    ProjectFacts,
    Remote,
    Settings,
    Size,
    folder_mark,
    has_database,
    suggested_name,
    variable_options,
)
from simple_deploy_flyio import hosting, names, pages
from simple_deploy_flyio.commands import DEPLOY
from simple_deploy_flyio.regions import REGIONS

SIZES: Mapping[str, str] = {
    "shared-cpu-1x": "1 shared CPU: enough for most sites",
    "shared-cpu-2x": "2 shared CPUs",
    "shared-cpu-4x": "4 shared CPUs",
    "performance-1x": "1 CPU of your own: needs 2 GB of memory and costs several times as much",
}
#: US dollars a month, by the memory of a machine with one shared CPU.
_DOLLARS: Mapping[str, int] = {"256mb": 2, "512mb": 3, "1gb": 6, "2gb": 11}
_GOOD_FOR: Mapping[str, str] = {
    "256mb": "; one worker, for a small site",
    "512mb": "; two workers",
    "1gb": "; what Fly.io advises for most apps",
}
MEMORY: Mapping[str, str] = {
    memory: f"About ${dollars} a month{_GOOD_FOR.get(memory, '')}." for memory, dollars in _DOLLARS.items()
}


def sizes(cpu: str, *, alone: bool) -> tuple[Size, ...]:
    """What a machine with this CPU can run with. :param alone: whether there can be one machine only."""
    known = cpu == "shared-cpu-1x"
    return tuple(
        Size(
            name=memory,
            title="Memory of a machine",
            cents=_DOLLARS[memory] * 100 if known else None,
            price=f"about ${_DOLLARS[memory]} a month" if known else "",
            most=1 if alone else 5,
            answers={"vm_memory": memory},
        )
        for memory in MEMORY
    )


#: The answer that asks for no page.
PORT_ONLY = "port"

SQLITE, UNMANAGED, MANAGED = "sqlite", "unmanaged-postgres", "managed-postgres"
_DATABASES = (
    Choice(
        value=SQLITE,
        label="SQLite on a volume",
        help=f"{pages.SQLITE_COST}. The site runs on one machine and is down for a few seconds at each deployment.",
    ),
    Choice(
        value=UNMANAGED,
        label="Postgres that you look after yourself",
        help=f"{pages.POSTGRES_COST}. You handle updates, backups and failures yourself: Fly.io gives no support for "
        "it.",
    ),
    Choice(
        value=MANAGED,
        label="Managed Postgres",
        help=f"{pages.MANAGED_COST}: twenty times as much. Fly.io looks after it, with backups and support.",
    ),
)


def options(facts: ProjectFacts) -> tuple[Option, ...]:
    """The questions for the project that *facts* describe."""
    date = pages.CHECKED.isoformat()
    asked = [
        Option(
            name="deployed_project_name",
            label="Name of the app",
            help=f"The site's address becomes https://NAME.fly.dev/. No two apps on Fly.io share a name. Left empty: "
            f"the one in fly.toml, or {default_name(facts)} where there is none yet.",
            default="",
            required=False,
            pattern=names.PATTERN,
            pattern_help=names.PATTERN_HELP,
        ),
        Option(
            name="organization",
            label="Organization",
            help="The account that pays: its short name, as `fly orgs list` shows it. Yours is called personal.",
            default="personal",
            pattern="[a-z0-9][a-z0-9-]*",
            pattern_help="Use the short name: small letters, digits and dashes.",
        ),
        Option(
            name="region",
            label="Region",
            kind="choice",
            help=f"Where the site runs; choose one near its visitors. Some cost more: {pages.PRICES}",
            default="iad",
            choices=tuple(Choice(value=code, label=place) for code, place in REGIONS.items()),
        ),
        Option(
            name="vm_size",
            label="Size of the machine",
            kind="choice",
            help=f"You pay for a machine by the second, and it stops while nobody visits. Prices: {pages.PRICES}",
            default="shared-cpu-1x",
            choices=tuple(Choice(value=size, label=f"{size}: {text}") for size, text in SIZES.items()),
        ),
        Option(
            name="vm_memory",
            label="Memory of the machine",
            kind="choice",
            help=f"Prices are for a machine that runs the whole month, seen on {date}.",
            default="512mb",
            choices=tuple(Choice(value=size, label=size, help=text) for size, text in MEMORY.items()),
        ),
    ]
    settings = facts.settings
    if settings is None or has_database(settings):
        asked.append(
            Option(
                name="database",
                label="Database",
                kind="choice",
                help=f"Prices were seen on {date}. There is no default here, because the prices differ too much.",
                choices=_DATABASES,
            )
        )
    asked.append(
        Option(
            name="health_path",
            label="Page for the health check",
            help="Fly.io requests it every 30 seconds and lets visitors in only while it answers 200, so it must not "
            "need a login or redirect to another page. Left empty: the first page that answers this way when the "
            f"plan is tried. `{PORT_ONLY}`: no page, only the port is checked, as where no page answers this way.",
            default="",
            required=False,
            pattern=rf"/[!-~]*|{PORT_ONLY}",
            pattern_help=f"Begin with a slash, without spaces; or write {PORT_ONLY}.",
        )
    )
    return (
        *asked,
        *BESIDE.option(facts),
        *variable_options(facts, hosting.read_by(settings)),
        ON_PUSH.option(facts),
    )


#: Source of the action: github.com/superfly/flyctl-actions. A token of this kind can do nothing but deploy one app.
ON_PUSH = OnPush(
    slug="flyio",
    name="Fly.io",
    uses="superfly/flyctl-actions/setup-flyctl@master",
    run=shlex.join(("flyctl", *DEPLOY[1:])),
    secret="FLY_API_TOKEN",
    token="fly tokens create deploy -a {app}",
    docs=pages.ON_PUSH,
)

#: What Fly.io does about what is no web process. The price of Redis was not seen.
BESIDE = Beside(
    slug="flyio",
    name="Fly.io",
    price="as much as the site's machine, and it never stops",
    by_hand="Later: name them in [processes] of fly.toml, and deploy.",
    cron="Let a machine start at those times (hourly, daily, weekly or monthly): `fly machine run IMAGE COMMAND "
    "--schedule hourly`, with the image that `fly image show` names. For other times, run a scheduler in addition "
    "to the site.",
    redis="Create one, and give its address to the site: `fly redis create`, then `fly secrets set "
    "REDIS_URL=ADDRESS`. `fly redis create` tells the price before it makes it.",
    variable="`fly secrets set {name}=ADDRESS`",
    docs=f"{pages.DOCS}launch/processes/",
)


def default_name(facts: ProjectFacts) -> str:
    """A name that nobody is likely to have, always the same for the same folder."""
    return suggested_name(facts.name, longest=names.LONGEST, mark=folder_mark(facts))


def app_name(facts: ProjectFacts, remote: Remote, answers: Answers) -> str:
    """What the app is called: as was answered, as in fly.toml, or after the project."""
    return answers.text("deployed_project_name") or remote.values.get("app") or default_name(facts)


def health_path(settings: Settings, answers: Answers) -> str:
    """The page for the health check: as was answered, as the plan was tried, or one that very likely answers 200 to a
    visitor without an account. Empty to look at the port only."""
    chosen = answers.text("health_path")
    if chosen:
        return "" if chosen == PORT_ONLY else chosen
    if settings.health_url is not None:
        return settings.health_url
    needs_login = any(name.endswith("LoginRequiredMiddleware") for name in settings.middleware)
    if settings.first_url and not needs_login:
        return settings.first_url
    return f"{settings.admin_url.rstrip('/')}/login/" if settings.admin_url else ""
