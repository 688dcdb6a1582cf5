"""Looking at a project."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from simple_deploy.core.findings import blockers
from tests import golden
from tests.field.shop import Shop
from tests.field.traits import trait


def deployed_as(slug: str, shop: Shop, folder: Path) -> Shop:
    """The shop as the plan for this platform leaves it, with the variables that the platform would set.

    The database is one in memory: these tests have no driver of another one.
    """
    platform, given = golden.PLATFORMS[slug]
    facts = shop.facts()
    made = golden.plan(platform, facts, given)
    golden.render(made, facts, folder)
    env = {
        name: "sqlite://:memory:" if value.startswith(("postgres", "pgsql")) else value
        for name, value in made.check_env
    }
    return replace(shop, root=folder, env={**shop.env, **env})


@trait(
    "codingjoe/django-health-check#759",
    "startproject of Django 6.1: MAILERS with the console",
    "is read; each platform's block keeps it and says that nobody receives mail until EMAIL_URL names a server",
)
@pytest.mark.parametrize("slug", sorted(golden.PLATFORMS))
def test_mailers_of_a_new_project(slug: str, shop: Shop, tmp_path: Path) -> None:
    assert "MAILERS" in shop.read("shop/settings.py"), "these tests run with the newest Django"
    assert "written to the log" in shop.look()["settings.email"].title

    site = deployed_as(slug, shop, tmp_path / "site")
    checked = site.manage("check", "--deploy")
    assert checked.exit_code == 0, checked.output

    posted = replace(site, env={**site.env, "EMAIL_URL": "smtp+tls://ada:secret@mail.example.com:587"})
    which = "from django.core.mail import mailers; sent = mailers.default; print(type(sent).__module__, sent.host)"
    assert "backends.smtp mail.example.com" in posted.manage("shell", "-c", which).output


@trait(
    "heroku/django-heroku#40, jazzband/django-configurations#38",
    "the settings are a class of django-configurations",
    "the command runs; a finding says that plain names change nothing there, and shows a module that works",
)
def test_settings_that_are_a_class(shop: Shop) -> None:
    # The package copies Django's own EMAIL_* settings, which Django refuses beside MAILERS.
    own, _, _ = shop.read("shop/settings.py").partition("MAILERS = ")
    names = "".join(f"    {line}" if line.strip() else line for line in own.splitlines(True))
    shop.write(
        {"shop/settings.py": f"from configurations import Configuration\n\n\nclass Dev(Configuration):\n{names}"}
    )
    manage_py = shop.read("manage.py")
    begin = 'def main():\n    os.environ.setdefault("DJANGO_CONFIGURATION", "Dev")'
    shop.write({"manage.py": manage_py.replace("django.core", "configurations").replace("def main():", begin)})
    shop.commit()

    looked = shop.deploy("--check")
    assert looked.exit_code == 3, looked.output
    assert "The settings are the class Dev" in looked.output
    lines = shop.look()["settings.not-a-module"].details
    assert lines[0] == "# shop/plain_settings.py"

    shop.write(
        {"shop/plain_settings.py": "\n".join(lines), "manage.py": manage_py.replace("settings", "plain_settings")}
    )
    shop.commit()
    found = shop.look()
    assert blockers(tuple(found.values())) == ()
    assert {"settings.debug", "settings.database"} <= {*found}  # the values of the class


@trait(
    "django-danceschool/django-danceschool#92, glasgowcompbio/ms2ldaviz#77",
    "a form asks the database when it is imported",
    "the file and the line are named, and how to ask later",
)
@pytest.mark.parametrize("migrated", [True, False], ids=["with a database", "without one"])
def test_a_query_at_import(shop: Shop, migrated: bool) -> None:
    if migrated:
        shop.manage("migrate", "--verbosity", "0")
    shop.write({"goods/forms.py": FORM})
    shop.change("goods/views.py", "from goods.models", "from goods.forms import Order\nfrom goods.models")
    shop.commit()

    found = shop.look()
    asks = found["settings.asks-database"]
    assert "goods/forms.py, line 6" in asks.title and "function" in asks.fix
    # Without the table Django itself cannot load the project.
    assert ("settings.check-errors" in found) is not migrated


FORM = """\
from django import forms
from goods.models import Item


class Order(forms.Form):
    item = forms.ChoiceField(choices=[(item.pk, item.name) for item in Item.objects.all()])
"""


@trait(
    "own",
    "an API without django.contrib.auth, sessions and contenttypes",
    "has no users and no admin, and nothing stands in its way",
)
def test_a_project_without_users(shop: Shop) -> None:
    gone = ("contrib.admin", "contrib.auth", "contrib.contenttypes", "contrib.sessions", "contrib.messages")
    kept = [line for line in shop.read("shop/settings.py").splitlines() if not any(name in line for name in gone)]
    shop.write({"shop/settings.py": "\n".join(kept) + "\n", "shop/urls.py": ONE_PAGE})
    shop.commit()
    assert shop.manage("check").exit_code == 0

    assert blockers(tuple(shop.look().values())) == ()
    facts = shop.facts().settings
    assert facts is not None and facts.username_field is None and not facts.has_admin
    assert "settings.unknown" not in shop.look()


ONE_PAGE = """\
from django.urls import path
from goods.views import home

urlpatterns = [path("", home)]
"""
