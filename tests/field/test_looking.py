"""Looking at a project."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

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
