"""What is asked before a plan. Pure."""

from __future__ import annotations

import re
import shlex

from simple_deploy.api import Beside, Choice, OnPush, Option, ProjectFacts, Size, variable_options
from simple_deploy_upsun import hosting, pages
from simple_deploy_upsun.commands import Guest
from simple_deploy_upsun.regions import REGIONS

TITLE = "deployed_project_name"
REGION = "region"
ORGANIZATION = "organization"
RESOURCES = "resources"

DEFAULT_REGION = "eu-5.platform.sh"

#: What containers get at first; the figures are list prices of 2026-09-20, of the CPU without memory.
SIZES = (
    Choice(
        value="default",
        label="Upsun's default: 0.5 CPU each",
        help="About €30 a month for an app and a database, plus memory and disk.",
    ),
    Choice(
        value="minimum",
        label="The smallest: 0.1 CPU each",
        help="About €6 a month, plus memory and disk. The memory may be too small for a larger project.",
    ),
)


#: What one CPU that others use too, and one GB of memory, cost an app for an hour: list prices of that day, in euros.
CPU, MEMORY = 0.033, 0.013
SEEN = "2026-09-20"
_HOURS = 730  # of a month
#: How many instances are offered. A project may have a lower limit, which Upsun's program names.
_MOST = 8


def size(guest: Guest) -> Size:
    """What an app can run on, with its price where that is known."""
    memory = f"{guest.memory:g} MB" if guest.memory < 1024 else f"{guest.memory / 1024:.3g} GB"
    euros = _HOURS * (guest.cpu * CPU + guest.memory / 1024 * MEMORY)
    return Size(
        name=guest.name,
        title=f"{guest.cpu:g} CPU with {memory} of memory",
        price=f"about €{max(round(euros), 1)} a month" if guest.shared else "",
        most=_MOST,
    )


def options(facts: ProjectFacts) -> tuple[Option, ...]:
    """The questions for this project."""
    variables = variable_options(facts, hosting.read_by(facts.settings))
    return (*OPTIONS, *BESIDE.option(facts), *variables, ON_PUSH.option(facts))


def on_push(branch: str) -> OnPush:
    """How GitHub deploys to *branch* of the project on Upsun, whose id takes the place of the app's name.

    Sources: docs.upsun.com, "Authenticate the CLI using an API token"; the program's own README and source
    (EnvironmentPushCommand). What GitHub holds is what is to serve, so it replaces what was pushed from elsewhere.
    """
    install = "curl -fsSL https://raw.githubusercontent.com/upsun/cli/main/installer.sh | bash"
    return OnPush(
        slug="upsun",
        name="Upsun",
        run=f"{install} && upsun push --project {{app}} --target {shlex.quote(branch)} --force --yes",
        secret="UPSUN_CLI_TOKEN",
        console=f"Make an API token in Upsun’s console, as {pages.TOKENS} shows.",
        docs=pages.TOKENS,
    )


ON_PUSH = on_push("main")


BESIDE = Beside(
    slug="upsun",
    name="Upsun",
    price="as much as the site's own container of that size",
    by_hand="Later: add them below `workers:` in .upsun/config.yaml, commit and deploy.",
    cron="",
    redis="Add a Redis below `services:` and `relationships:` in .upsun/config.yaml, commit and deploy; it is paid for "
    "like any other container. Then set its address: `upsun variable:create --level project --name env:REDIS_URL`.",
    variable="`upsun variable:create --level project --name env:{name}`",
    docs=pages.APP,
)


OPTIONS = (
    Option(
        name=TITLE,
        label="Name of the project on Upsun",
        help="How it is listed there. Leave it empty to keep its current name or, for a new one, to use the project's "
        "name. Upsun makes the address.",
        default="",
        required=False,
        pattern=r"[A-Za-z0-9][A-Za-z0-9 ._()-]{0,79}",
        pattern_help="It is up to 80 letters, digits, spaces, dots, dashes and brackets.",
    ),
    Option(
        name=REGION,
        label="Region",
        kind="choice",
        help="Where the site and its data are stored. You cannot change this later.",
        default=DEFAULT_REGION,
        choices=tuple(Choice(value=f"{name}.platform.sh", label=label) for name, label in REGIONS.items()),
    ),
    Option(
        name=ORGANIZATION,
        label="Organization",
        help="The organization that pays: its name, as `upsun organization:list` shows it. Leave it empty if you have "
        "only one.",
        default="",
        required=False,
        pattern=r"[a-z0-9][a-z0-9_-]{0,62}",
        pattern_help="It is small letters, digits and dashes.",
    ),
    Option(
        name=RESOURCES,
        label="Size",
        kind="choice",
        help="The initial size of the containers; you can change it at any time with `upsun resources:set`.",
        default=SIZES[0].value,
        choices=SIZES,
    ),
)


def default_title(facts: ProjectFacts, mark: str = "") -> str:
    """The project's own name, as far as Upsun takes it.

    :param mark: tells it from other projects of that name.
    """
    plain = re.sub(r"[^A-Za-z0-9 ._()-]+", "-", facts.name).strip(" ._()-")[:70].rstrip(" ._()-")
    return "-".join(part for part in (plain or "site", mark) if part)
