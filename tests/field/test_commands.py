"""Management commands of the project's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.core.findings import Level
from simple_deploy.platforms.checking import django_check
from tests.field.shop import Shop
from tests.field.traits import trait
from tests.field.trying import tried

pytestmark = pytest.mark.slice(1)  # of the slow ones

#: A command that takes Django's place and wants a word of its own.
OTHER = """\
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("stock")

    def handle(self, *args, **options):
        raise SystemExit("nothing is in stock")
"""

#: One that Django finds fault with, as a project that asks for a package it does not have.
FAULT = """

from django.core import checks


@checks.register
def has_goods(**_):
    return [checks.Error("no goods are named", id="goods.E001")]
"""


def has_own(shop: Shop, name: str, text: str = OTHER) -> None:
    """Give the shop a command of its own called *name*."""
    shop.write({"goods/management/__init__.py": "", "goods/management/commands/__init__.py": ""})
    shop.write({f"goods/management/commands/{name}.py": text})
    shop.commit()


@trait(
    "own",
    "the project has a command called `check`, which is about something else and takes other arguments",
    "plan and deployment run Django's own checks, and not the project's command",
)
@pytest.mark.slow
def test_a_check_of_the_projects_own(shop: Shop) -> None:
    has_own(shop, "check")
    assert "stock" in shop.manage("check").output  # nobody reaches Django's own by its name

    done = shop.deploy("--platform", "local", "--automate-all", "--yes", "--no-input")
    try:
        assert done.exit_code == 0, done.output
        assert "stock" not in done.output
        assert "System check identified no issues" in done.output
    finally:
        shop.deploy("--destroy", "--platform", "local", "--yes", "--no-input")


@trait(
    "own",
    "the project has a command called `check`, and Django's checks find an error",
    "the plan is refused in Django's words",
)
@pytest.mark.slow
def test_a_check_of_the_projects_own_hides_no_error(shop: Shop, tmp_path: Path) -> None:
    has_own(shop, "check")
    shop.append("goods/models.py", FAULT)
    shop.commit()

    found = tried("heroku", shop, tmp_path / "site")

    assert {failure.phase for failure in found.report.failures} == {"here", "site"}
    assert all("(goods.E001) no goods are named" in "\n".join(each.tail) for each in found.report.failures)
    assert not any("Traceback" in line for failure in found.report.failures for line in failure.tail)


def test_djangos_own_check_is_called_by_its_name_elsewhere(shop: Shop) -> None:
    assert django_check(shop.facts().settings, deploy=True) == ("check", "--deploy", "--no-color")


@trait(
    "own",
    "the project has a `migrate` of its own that knows none of Django's flags",
    "a finding says before any plan that a deployment gives it --noinput, and how it takes it",
)
def test_a_migrate_that_takes_no_flags(shop: Shop) -> None:
    has_own(shop, "migrate")

    finding = shop.look()["settings.command-migrate"]

    assert finding.level is Level.DEPLOY_BLOCKER
    assert "--noinput" in finding.title
    assert "from django.core.management.commands.migrate import Command" in finding.fix


@trait(
    "own",
    "the project has a `migrate` of its own, made from Django's",
    "nothing is said, because the platforms run it as they would run Django's",
)
def test_a_migrate_made_from_djangos(shop: Shop) -> None:
    has_own(shop, "migrate", "from django.core.management.commands.migrate import Command\n")

    assert not {name for name in shop.look() if name.startswith("settings.command-")}
