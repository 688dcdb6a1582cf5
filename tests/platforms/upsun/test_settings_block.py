"""The settings of a site on Upsun, executed as Django would execute them, under everything Upsun may say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from simple_deploy_upsun import hosting
from simple_deploy_upsun.environment import packed
from simple_deploy_upsun.hosting import site_settings

from simple_deploy.core.options import Answers
from simple_deploy.testing import make_facts
from tests.support.blocks import site_text

HOST = "main-abc.eu-5.platformsh.site"
ROUTES = {
    f"https://{HOST}/": {"primary": True, "type": "upstream"},
    f"http://{HOST}/": {"type": "redirect"},
    "https://www.example.com/": {"type": "upstream"},
}
BUILD = {"PLATFORM_APPLICATION_NAME": "app", "PLATFORM_PROJECT_ENTROPY": "e" * 56}
RUN = {**BUILD, "PLATFORM_ENVIRONMENT": "main-abc", "PLATFORM_ROUTES": packed(ROUTES)}
TOLD = {"DATABASE_HOST": "database.internal", "DATABASE_PORT": "5432", "DATABASE_PATH": "main"}
TOLD |= {"DATABASE_USERNAME": "main", "DATABASE_PASSWORD": "p4ssw0rd"}
URL = "pgsql://main:p4ssw0rd@database.internal:5432/main"


def loaded(environ: dict[str, str], *, settings: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    """What a settings file with this block defines."""
    facts = make_facts(settings=settings)
    assert facts.settings is not None
    namespace: dict[str, Any] = {
        "__file__": "/app/mysite/settings.py",
        "DEBUG": True,
        "MIDDLEWARE": ["django.middleware.security.SecurityMiddleware"],
        "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3"}, "other": {}},
        **given,
    }
    with pytest.MonkeyPatch.context() as patched:
        for name in ("SECRET_KEY", "DATABASE_URL", *RUN):
            patched.delenv(name, raising=False)
        for name, value in environ.items():
            patched.setenv(name, value)
        text = site_text(facts.settings, facts.location, site_settings(facts, facts.settings))
        exec(compile(text, "settings.py", "exec"), namespace)
    return namespace


def dot_environment(told: dict[str, str], shell: str = "sh") -> dict[str, str]:
    """What the app's variables are after the lines of ``.environment``, which have Python as on Upsun."""
    if sys.platform == "win32":
        pytest.skip("there is no shell that reads them, as there is on Upsun")
    settings = make_facts().settings
    assert settings is not None
    show = "import json, os; print(json.dumps(dict(os.environ)))"
    script = f"set -eu\n{hosting.dot_environment(settings, '')}python3 -I -c '{show}'"
    env = {"PATH": os.environ["PATH"], **told}
    done = subprocess.run([shell, "-c", script], env=env, capture_output=True, text=True, encoding="utf-8", check=True)
    return {name: value for name, value in json.loads(done.stdout).items() if name.startswith("DATABASE_")}


def test_it_does_nothing_on_any_other_computer() -> None:
    found = loaded({"DATABASE_URL": "postgres://somewhere/else"})

    assert found["DEBUG"] is True
    assert found["DATABASES"]["default"]["ENGINE"] == "django.db.backends.sqlite3"
    assert {name for name in found if name.isupper()} == {"DEBUG", "MIDDLEWARE", "DATABASES"}


def test_hosts_and_origins_are_those_that_upsun_routes() -> None:
    found = loaded({**RUN, "DATABASE_URL": URL})

    assert found["DEBUG"] is False
    assert found["ALLOWED_HOSTS"] == [HOST, "www.example.com"]
    assert found["CSRF_TRUSTED_ORIGINS"] == [f"https://{HOST}", "https://www.example.com"]


@pytest.mark.parametrize("told", [{"DATABASE_URL": URL}, TOLD], ids=["address", "parts"])
def test_the_database_is_found_in_each_way_upsun_may_tell_it(told: dict[str, str]) -> None:
    default = loaded({**RUN, **dot_environment(told)})["DATABASES"]["default"]

    assert default["ENGINE"] == "django.db.backends.postgresql"
    assert (default["NAME"], default["USER"], default["PASSWORD"]) == ("main", "main", "p4ssw0rd")
    assert (default["HOST"], int(default["PORT"])) == ("database.internal", 5432)
    assert default["CONN_HEALTH_CHECKS"] is True


@settings(max_examples=10, deadline=None)
@example("a@b:c/d?e#f", "sh")
@example('it\'s $HOME `id` $(id) "%40" \\ &;|<>*', "bash")
@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1),
    st.sampled_from(["sh", "bash"]),
)
def test_the_settings_get_the_password_that_upsun_tells_whatever_is_in_it(password: str, shell: str) -> None:
    told = dot_environment({**TOLD, "DATABASE_PASSWORD": password}, shell)

    default = loaded({**RUN, **told})["DATABASES"]["default"]

    assert (default["USER"], default["PASSWORD"], default["HOST"]) == ("main", password, "database.internal")


@pytest.mark.parametrize("told", [{}, {"DATABASE_HOST": ""}], ids=["nothing", "empty"])
def test_where_upsun_tells_of_no_database_none_is_made_up(told: dict[str, str]) -> None:
    assert not dot_environment(told).get("DATABASE_URL")


def test_other_databases_stay_as_they_are() -> None:
    assert loaded({**RUN, "DATABASE_URL": URL})["DATABASES"]["other"] == {}


def test_a_site_that_runs_without_a_database_says_what_is_missing() -> None:
    with pytest.raises(KeyError, match="DATABASE_URL"):
        loaded(RUN)


def test_while_it_is_built_there_is_no_database_and_nothing_asks_for_one() -> None:
    found = loaded(BUILD)

    assert found["DATABASES"]["default"]["ENGINE"] == "django.db.backends.sqlite3"
    assert found["DATABASES"]["default"]["NAME"] == ":memory:"
    assert found["ALLOWED_HOSTS"] == []


def test_the_key_is_the_persons_own_or_the_projects() -> None:
    assert loaded(BUILD)["SECRET_KEY"] == "e" * 56
    assert loaded({**BUILD, "SECRET_KEY": "mine"})["SECRET_KEY"] == "mine"


def test_without_any_key_the_site_does_not_start() -> None:
    with pytest.raises(Exception, match="PLATFORM_PROJECT_ENTROPY"):
        loaded({"PLATFORM_APPLICATION_NAME": "app"})


def test_uploads_go_to_the_mount_where_the_project_does_not_say_so_itself() -> None:
    found = loaded(BUILD, settings={"file_fields": ("a.B.c",)})
    own = loaded(BUILD, settings={"file_fields": ("a.B.c",), "media_root": "media", "media_url": "/media/"})

    assert str(found["MEDIA_ROOT"]).replace("\\", "/").endswith("/app/media")
    assert found["MEDIA_URL"] == "/media/"
    assert "MEDIA_ROOT" not in own and "MEDIA_URL" not in own


def test_the_variables_of_the_check_are_enough_to_load_it() -> None:
    facts = make_facts()
    assert facts.settings is not None

    found = loaded(dict(hosting.hosting(facts.settings, Answers(values={}), there=()).site))

    assert found["DATABASES"]["default"]["HOST"] == "database.internal"
    assert found["ALLOWED_HOSTS"] == [hosting.HOST]
