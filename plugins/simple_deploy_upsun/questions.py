"""What is asked before a plan. Pure."""

from __future__ import annotations

import re

from simple_deploy.api import Beside, Choice, Option, ProjectFacts, variable_options
from simple_deploy_upsun import hosting, pages
from simple_deploy_upsun.regions import REGIONS

TITLE = "deployed_project_name"
REGION = "region"
ORGANIZATION = "organization"
RESOURCES = "resources"

DEFAULT_REGION = "eu-5.platform.sh"

#: What containers get at first; the figures are list prices of 2026-09-20, CPU without memory.
SIZES = (
    Choice(
        value="default",
        label="Upsun's default: 0.5 CPU each",
        help="About €30 a month for an app and a database, and memory and disk besides.",
    ),
    Choice(
        value="minimum",
        label="The smallest: 0.1 CPU each",
        help="About €6 a month, and memory and disk besides. May be too little memory for a larger project.",
    ),
)


def options(facts: ProjectFacts) -> tuple[Option, ...]:
    """The questions for this project."""
    return (*OPTIONS, *BESIDE.option(facts), *variable_options(facts, hosting.read_by(facts.settings)))


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
        help="How it is listed there. Leave it empty to keep the name it has, or to make one of the project's; the "
        "address is made by Upsun.",
        default="",
        required=False,
        pattern=r"[A-Za-z0-9][A-Za-z0-9 ._()-]{0,79}",
        pattern_help="It is up to 80 letters, digits, spaces, dots, dashes and brackets.",
    ),
    Option(
        name=REGION,
        label="Region",
        kind="choice",
        help="Where the site and its data are kept. It cannot be changed later.",
        default=DEFAULT_REGION,
        choices=tuple(Choice(value=f"{name}.platform.sh", label=label) for name, label in REGIONS.items()),
    ),
    Option(
        name=ORGANIZATION,
        label="Organization",
        help="Who pays: its name, as `upsun organization:list` shows it. Leave it empty when you have only one.",
        default="",
        required=False,
        pattern=r"[a-z0-9][a-z0-9_-]{0,62}",
        pattern_help="It is small letters, digits and dashes.",
    ),
    Option(
        name=RESOURCES,
        label="Size",
        kind="choice",
        help="What the containers get at first; it can be changed at any time, with `upsun resources:set`.",
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
