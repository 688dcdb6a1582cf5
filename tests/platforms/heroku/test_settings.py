"""The settings on Heroku: hosts, origins, database, and that nothing changes anywhere else."""

from __future__ import annotations

import os
from typing import Any
from unittest import mock

import pytest
from simple_deploy_heroku.hosting import site_settings

from simple_deploy.api import Database
from simple_deploy.testing import make_facts
from tests.support.blocks import site_text

HOST = "slow-train-6832f41752c9.herokuapp.com"
SET = {
    "ON_HEROKU": "1",
    "SECRET_KEY": "the site's own",
    "DATABASE_URL": "postgres://u123:p%40ss@ec2-1-2-3-4.compute-1.amazonaws.com:5432/d4f5",
}


SQLITE = {"default": {"ENGINE": "django.db.backends.sqlite3"}}
DEVELOPMENT = {"DEBUG": True, "MIDDLEWARE": ["django.middleware.security.SecurityMiddleware"], "DATABASES": SQLITE}


def after(env: dict[str, str], **settings: Any) -> dict[str, Any]:
    """The settings of a usual project, with these variables set."""
    facts = make_facts(settings=settings)
    assert facts.settings is not None
    names: dict[str, Any] = {"__file__": "/app/mysite/settings.py", **DEVELOPMENT, "DATABASES": dict(SQLITE)}
    with mock.patch.dict(os.environ, env, clear=True):
        text = site_text(facts.settings, facts.location, site_settings(facts.settings))
        exec(compile(text, "settings.py", "exec"), names)
        names["ENVIRONMENT"] = dict(os.environ)
    return {name: value for name, value in names.items() if name.isupper()}


@pytest.mark.parametrize("env", [{}, {"DYNO": "run.1", "CI": "true"}], ids=["at home", "in Heroku CI"])
def test_development_and_tests_go_on_with_their_own_settings(env: dict[str, str]) -> None:
    assert after(env) == {**DEVELOPMENT, "ENVIRONMENT": env}


@pytest.mark.parametrize(
    "env", [SET, {**SET, "DYNO": "web.1"}], ids=["while it is built, without DYNO", "while it runs"]
)
def test_the_marker_counts_in_both_phases(env: dict[str, str]) -> None:
    assert after(env)["DEBUG"] is False


def test_a_dyno_without_the_marker_is_no_development_machine() -> None:
    with pytest.raises(KeyError, match="DATABASE_URL"):
        after({"DYNO": "web.1"})


def test_until_the_host_is_known_any_app_of_heroku_is_served_and_none_is_trusted() -> None:
    found = after(SET)

    assert found["ALLOWED_HOSTS"] == [".herokuapp.com"]
    assert found["CSRF_TRUSTED_ORIGINS"] == []


def test_known_hosts_are_served_and_trusted_by_their_exact_names() -> None:
    found = after({**SET, "ALLOWED_HOSTS": f"{HOST},www.example.com"})

    assert found["ALLOWED_HOSTS"] == [HOST, "www.example.com"]
    assert found["CSRF_TRUSTED_ORIGINS"] == [f"https://{HOST}", "https://www.example.com"]


def test_the_database_is_reached_over_tls() -> None:
    found = after(SET)

    assert found["DATABASES"]["default"]["PASSWORD"] == "p@ss"
    assert found["DATABASES"]["default"]["ENGINE"] == "django.db.backends.postgresql"
    assert found["ENVIRONMENT"]["PGSSLMODE"] == "require"
    assert after({**SET, "PGSSLMODE": "verify-full"})["ENVIRONMENT"]["PGSSLMODE"] == "verify-full"


def test_a_project_without_a_database_needs_none() -> None:
    without = dict(SET)
    del without["DATABASE_URL"]

    found = after(without, databases=(Database(alias="default", engine="django.db.backends.dummy"),))

    assert found["DATABASES"] == SQLITE
    assert "PGSSLMODE" not in found["ENVIRONMENT"]
