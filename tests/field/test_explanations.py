"""What fails in the trial, and how it is explained.

Each of these projects works on this computer. What is planned is a copy of the commit, with the declared packages alone.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.field.shop import Shop
from tests.field.traits import trait

pytestmark = [pytest.mark.slow, pytest.mark.slice(1)]

LOGGING = """
LOGGING = {
    "version": 1,
    "handlers": {"file": {"class": "logging.FileHandler", "filename": BASE_DIR / "logs" / "shop.log"}},
    "root": {"handlers": ["file"]},
}
"""


def refused(shop: Shop, platform: str = "local") -> dict[str, Any]:
    """The error that a plan of the committed shop ends with, and the findings that stop it."""
    shop.commit()
    before = shop.fingerprint()
    done = shop.deploy("--plan", "--platform", platform, "--yes", "--no-input", "--json")
    lines = [json.loads(line) for line in done.output.splitlines() if line.startswith("{")]
    error: dict[str, Any] = lines[-1]["error"]
    assert error, done.output
    assert "as it is on your computer" not in done.output
    assert shop.fingerprint() == before
    raised = [each["data"]["finding"] for each in lines if each.get("kind") == "finding"]
    return {**error, "findings": [each for each in raised if each["level"] == "blocker"]}


def installed_here_only(shop: Shop, package: str, folder: Path) -> Shop:
    """The shop, with a package that its development server finds and that no requirement brings."""
    (folder / package).mkdir(parents=True)
    (folder / package / "__init__.py").touch()
    return replace(shop, env={**shop.env, "PYTHONPATH": str(folder)})


@trait(
    "ConsciousUniverse/simple-stock-management#35, makeabilitylab/makeabilitylabwebsite#1283",
    "LOGGING writes into a folder that git ignores",
    "The folder is named, with the line of .gitignore and three ways out.",
)
def test_a_log_folder_that_git_ignores(shop: Shop) -> None:
    shop.write({"logs/shop.log": ""})
    shop.append(".gitignore", "logs/\n")
    shop.append("shop/settings.py", LOGGING)

    told = refused(shop)

    assert told["message"].startswith("The settings write the log to logs/shop.log, and the folder logs is not in git")
    assert ".gitignore, line 6 (logs/)" in told["message"]
    assert "mkdir" in told["hint"] and "logs/.gitkeep" in told["hint"] and "the console" in told["hint"]
    assert len(told["findings"]) == 1
    assert len(told["findings"][0]["details"]) < 8


@trait(
    "cookiecutter/cookiecutter-django#2296, cookiecutter/cookiecutter-django#1703, zestedesavoir/zds-site#2993",
    "the settings import debug_toolbar if DEBUG is on, and it is declared for development only",
    "DEBUG is decided before the deployed site's part of the settings; both ways out are named.",
)
def test_a_package_for_debugging_that_only_development_declares(shop: Shop, tmp_path: Path) -> None:
    shop = installed_here_only(shop, "debug_toolbar", tmp_path / "here")
    shop.write({"requirements-dev.txt": "-r requirements.txt\ndjango-debug-toolbar\n"})
    shop.append(
        "shop/settings.py", '\nif DEBUG:\n    import debug_toolbar\n\n    INSTALLED_APPS += ["debug_toolbar"]\n'
    )

    told = refused(shop)

    assert told["message"].startswith("The settings add debug_toolbar where DEBUG is on.")
    assert "requirements-dev.txt only" in told["message"]
    assert "Read DEBUG from the environment" in told["hint"] and "requirements.txt" in told["hint"]
    assert len(told["findings"]) == 1


@trait(
    "cookiecutter/cookiecutter-django#2296",
    "debug_toolbar is added if DEBUG is on, and DEBUG is read from the environment, so that it is off on the platform",
    "The plan is offered: something that only development needs is no reason not to deploy.",
)
def test_a_package_for_debugging_that_the_deployed_site_never_asks_for(shop: Shop, tmp_path: Path) -> None:
    shop = installed_here_only(shop, "debug_toolbar", tmp_path / "here")
    shop.write({"requirements-dev.txt": "-r requirements.txt\ndjango-debug-toolbar\n"})
    shop.change("shop/settings.py", "DEBUG = True", 'DEBUG = os.environ.get("DEBUG", "1") == "1"')
    shop.change("shop/settings.py", "from pathlib import Path", "import os\nfrom pathlib import Path")
    shop.append("shop/settings.py", '\nif DEBUG:\n    INSTALLED_APPS += ["debug_toolbar"]\n')
    shop.commit()
    shop = replace(shop, env={**shop.env, "DEBUG": "0"})

    assert shop.deploy("--plan", "--platform", "local", "--yes", "--no-input").exit_code == 0


@trait(
    "mhammond/pywin32#1739, mhammond/pywin32#2131",
    "a line that `pip freeze` wrote on Windows",
    "It is identified as a Windows package, with the marker that keeps the line.",
)
def test_a_package_of_windows_in_the_requirements(shop: Shop) -> None:
    shop.append("requirements.txt", "pywin32==306\n")

    told = refused(shop)

    assert "pywin32 exists for Windows only" in told["message"]
    assert "pywin32==306 ; sys_platform == 'win32'" in told["hint"]


@trait(
    "pypa/pip#4022",
    "a line that `pip freeze` wrote on Ubuntu",
    "It is identified as a part of the system, and the line can be deleted.",
)
def test_a_part_of_the_system_in_the_requirements(shop: Shop) -> None:
    shop.append("requirements.txt", "pkg-resources==0.0.0\n")

    told = refused(shop)

    assert "pkg-resources is part of Debian and Ubuntu" in told["message"]
    assert "Delete the line" in told["hint"]


@trait(
    "django-danceschool/django-danceschool#92, glasgowcompbio/ms2ldaviz#77",
    "a form reads its choices from the database while it is imported",
    "The file and the line are named, with the advice to use a callable.",
)
def test_a_form_that_asks_the_database_while_it_is_imported(shop: Shop) -> None:
    shop.manage("migrate", "--verbosity", "0")
    form = "    item = forms.ChoiceField(choices=[(item.pk, item.name) for item in Item.objects.all()])\n"
    head = "from django import forms\n\nfrom goods.models import Item\n\n\nclass Order(forms.Form):\n"
    shop.write({"goods/forms.py": head + form})
    shop.change("goods/views.py", "from goods.models", "from goods.forms import Order\nfrom goods.models")

    told = refused(shop)

    assert told["message"].startswith("goods/forms.py, line 7, reads the database while it is imported.")
    assert "a function in its place" in told["hint"]
    assert told["findings"][0]["details"][-1] == "django.db.utils.OperationalError: no such table: goods_item"


@trait(
    "heroku/heroku-django-template#54, DjangoGirls/tutorial#627",
    "wsgi.py wraps the application as older guides say, with a module that the package no longer has",
    "The plan says so, although every command works: a server could not load the application",
)
def test_an_application_that_no_server_can_load(shop: Shop) -> None:
    shop.append("requirements.txt", "whitenoise\n")
    wrapped = (
        "from whitenoise.django import DjangoWhiteNoise\n\napplication = DjangoWhiteNoise(get_wsgi_application())\n"
    )
    shop.write({"shop/wsgi.py": f"from django.core.wsgi import get_wsgi_application\n{wrapped}"})

    told = refused(shop)

    assert told["message"].startswith("whitenoise has no module whitenoise.django")
    assert "Pin a version that has it in requirements.txt" in told["hint"]
    assert "import shop.wsgi" in told["findings"][0]["why"]
