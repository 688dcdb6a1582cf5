"""Projects that cannot be loaded at all."""

from __future__ import annotations

import pytest

from simple_deploy.core.findings import Finding, Level
from tests.field.shop import Shop
from tests.field.traits import trait


def refused(shop: Shop) -> Finding:
    shop.commit()
    finding = shop.look()["settings.not-importable"]
    assert finding.level is Level.BLOCKER
    return finding


@pytest.mark.slow
@trait(
    "own",
    "the settings have a syntax error, so that Django ends with a traceback before any command begins",
    "`python -m simple_deploy deploy --check` names file and line, and says what to do",
)
def test_settings_with_a_syntax_error(shop: Shop) -> None:
    shop.append("shop/settings.py", "\nALLOWED_HOSTS = [\n")
    shop.commit()
    assert "Traceback" in shop.deploy("--check").output  # of Django's: the command is never reached

    done = shop.python("-m", "simple_deploy", "deploy", "--check")

    assert done.returncode == 3
    assert "Traceback" not in done.output
    assert "The settings module shop.settings cannot be loaded: SyntaxError" in done.output
    assert "(shop/settings.py, line " in done.output


@trait(
    "own",
    "INSTALLED_APPS names an app whose package is not installed",
    "the settings are not blamed; the package is named, and how to install it",
)
def test_an_app_that_is_not_installed(shop: Shop) -> None:
    shop.change("shop/settings.py", '"goods",', '"goods", "rest_framework",')

    found = refused(shop)

    assert found.title == "Django cannot load the project: ModuleNotFoundError: No module named 'rest_framework'"
    assert "djangorestframework" in found.fix


@trait(
    "own",
    "INSTALLED_APPS names one of the project's own apps with a slip",
    "the app that is meant is named; nobody is told to install a package of the misspelt name",
)
def test_an_app_with_a_slip_in_its_name(shop: Shop) -> None:
    shop.change("shop/settings.py", '"goods",', '"gods",')

    found = refused(shop)

    assert found.fix == "Did you mean goods? That is a module of the project. Correct the name where gods is written."


@trait(
    "own",
    "manage.py names settings that there are not, by a slip or because the folder was renamed",
    "it is said where they are named, and what is there",
)
@pytest.mark.parametrize(
    ("name", "said"), [("shop.setings", "Did you mean shop.settings?"), ("mysite.settings", "settings: shop.settings.")]
)
def test_settings_that_there_are_not(shop: Shop, name: str, said: str) -> None:
    shop.change("manage.py", "shop.settings", name)

    found = refused(shop)

    assert said in found.fix and "manage.py" in found.fix and "DJANGO_SETTINGS_MODULE" in found.fix


@trait(
    "own",
    "an app of the project raises an error as it starts",
    "its file and line are named, and the settings are not blamed",
)
def test_an_app_that_fails_as_it_starts(shop: Shop) -> None:
    shop.write({"goods/apps.py": FAILING})

    found = refused(shop)

    assert found.title == "Django cannot load the project: RuntimeError: no goods (goods/apps.py, line 8)"
    assert "The settings themselves load" in found.why


FAILING = """\
from django.apps import AppConfig


class GoodsConfig(AppConfig):
    name = "goods"

    def ready(self):
        raise RuntimeError("no goods")
"""
