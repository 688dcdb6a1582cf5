"""The settings block: what it makes of a project's settings, and that it does nothing in development."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simple_deploy_local import variables
from simple_deploy_local.settings_block import site_settings

from simple_deploy.api import HASHED_STATIC, PLAIN_STATIC, WHITENOISE, Database, Location, Settings, has_database
from tests.support.blocks import site_text

SECURITY = "django.middleware.security.SecurityMiddleware"
SQLITE = Database(alias="default", engine="django.db.backends.sqlite3", name="db.sqlite3")
POSTGRES = Database(alias="default", engine="django.db.backends.postgresql", name="notes")
VARIABLES = {
    "SIMPLE_DEPLOY_PLATFORM": "local",
    "SIMPLE_DEPLOY_SITE": "notes",
    "SIMPLE_DEPLOY_DATA": "/somewhere/data",
    "SIMPLE_DEPLOY_MEDIA": "/somewhere/media",
    "SIMPLE_DEPLOY_STATIC": "/somewhere/static",
    "SECRET_KEY": "the site's own",
    "CSRF_TRUSTED_ORIGINS": "http://127.0.0.1:8100,http://localhost:8100",
}


def settings_block(settings: Settings, *, postgres: bool, immediate: bool = True) -> str:
    location = Location(root=Path("/home/ada/notes"), settings_module=settings.module)
    return site_text(settings, location, site_settings(settings, postgres=postgres, immediate=immediate))


def facts(**more: Any) -> Settings:
    usual: dict[str, Any] = {
        "module": "mysite.settings",
        "file": "mysite/settings.py",
        "installed_apps": ("django.contrib.staticfiles",),
        "middleware": (SECURITY, "django.middleware.common.CommonMiddleware"),
        "databases": (SQLITE,),
        "static_url": "static/",
        "staticfiles_backend": PLAIN_STATIC,
    }
    return Settings(**{**usual, **more})


def settings(source: dict[str, Any], block: str, env: dict[str, str]) -> dict[str, Any]:
    """The settings module that *source* and *block* make together."""
    namespace = {"__file__": "/home/ada/notes/mysite/settings.py", **source}
    with mock.patch.dict(os.environ, env, clear=True):
        exec(compile(block, "settings.py", "exec"), namespace)
    return {name: value for name, value in namespace.items() if name.isupper()}


def source(**more: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "DEBUG": True,
        "SECRET_KEY": "of development",
        "ALLOWED_HOSTS": ["*"],
        "MIDDLEWARE": [SECURITY, "django.middleware.common.CommonMiddleware"],
        "DATABASES": {"default": {"ENGINE": SQLITE.engine, "NAME": "/home/ada/notes/db.sqlite3"}},
    }
    return {**usual, **more}


def deployed(before: dict[str, Any], *, postgres: bool = False, env: dict[str, str] | None = None, **more: Any) -> Any:
    return settings(before, settings_block(facts(**more), postgres=postgres), {**VARIABLES, **(env or {})})


@pytest.mark.parametrize("postgres", [False, True])
def test_without_the_variables_nothing_changes(postgres: bool) -> None:
    block = settings_block(facts(media_url="media/", file_fields=("notes.Note.picture",)), postgres=postgres)

    assert block.isascii()  # it fits into a file of any encoding
    assert settings(source(), block, {}) == source()
    assert settings(source(), block, {"SIMPLE_DEPLOY_PLATFORM": "elsewhere"}) == source()


def test_the_site_is_not_in_debug_mode_and_answers_to_this_computer_only() -> None:
    after = deployed(source())

    assert (after["DEBUG"], after["SECRET_KEY"]) == (False, "the site's own")
    assert after["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert after["CSRF_TRUSTED_ORIGINS"] == ["http://127.0.0.1:8100", "http://localhost:8100"]


def test_a_project_that_insists_on_https_is_reachable_over_http() -> None:
    after = deployed(source(SECURE_SSL_REDIRECT=True, SESSION_COOKIE_SECURE=True, SECURE_HSTS_SECONDS=3600))

    assert not any(
        after[name]
        for name in ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS")
    )


def test_checks_the_project_silenced_stay_silent() -> None:
    assert "fields.W342" in deployed(source(SILENCED_SYSTEM_CHECKS=["fields.W342"]))["SILENCED_SYSTEM_CHECKS"]


def test_whitenoise_comes_right_after_the_security_middleware() -> None:
    assert deployed(source())["MIDDLEWARE"][:2] == [SECURITY, WHITENOISE]


@pytest.mark.parametrize("middleware", [[], ["django.middleware.common.CommonMiddleware"], ()])
def test_without_the_security_middleware_whitenoise_comes_first(middleware: Any) -> None:
    assert deployed(source(MIDDLEWARE=middleware))["MIDDLEWARE"] == [WHITENOISE, *middleware]


def test_a_project_without_middleware_gets_whitenoise() -> None:
    before = source()
    del before["MIDDLEWARE"]

    assert deployed(before, middleware=())["MIDDLEWARE"] == [WHITENOISE]


def test_whitenoise_that_is_there_already_stays_where_it_is() -> None:
    middleware = [WHITENOISE, SECURITY]

    assert deployed(source(MIDDLEWARE=middleware), middleware=tuple(middleware))["MIDDLEWARE"] == middleware


def test_other_storages_are_kept() -> None:
    storages = {"default": {"BACKEND": "storages.backends.s3.S3Storage"}, "staticfiles": {"BACKEND": PLAIN_STATIC}}

    after = deployed(source(STORAGES=storages), defined=frozenset({"STORAGES"}))["STORAGES"]

    assert after["default"] == storages["default"]
    assert after["staticfiles"] == {"BACKEND": HASHED_STATIC}


def test_a_storage_for_static_files_of_the_projects_own_is_kept() -> None:
    own = {"staticfiles": {"BACKEND": "mysite.storage.Hashed"}}

    after = deployed(source(STORAGES=own), staticfiles_backend="mysite.storage.Hashed")

    assert after["STORAGES"] == own


def test_a_project_without_static_files_needs_no_whitenoise() -> None:
    after = deployed(source(), installed_apps=())

    assert "STORAGES" not in after
    assert WHITENOISE not in after["MIDDLEWARE"]


def test_the_sqlite_database_lives_in_the_data_folder_and_keeps_its_options() -> None:
    databases = {"default": {"ENGINE": SQLITE.engine, "NAME": "x", "OPTIONS": {"timeout": 5}, "ATOMIC_REQUESTS": True}}

    after = deployed(source(DATABASES=databases))["DATABASES"]["default"]

    assert after["NAME"] == Path("/somewhere/data/db.sqlite3")
    assert after["OPTIONS"] == {"timeout": 5, "transaction_mode": "IMMEDIATE"}
    assert after["ATOMIC_REQUESTS"] is True


def test_every_sqlite_database_gets_a_file_of_its_own() -> None:
    other = Database(alias="search", engine=SQLITE.engine, name="data/db.sqlite3")
    databases = {alias: {"ENGINE": SQLITE.engine, "NAME": "db.sqlite3"} for alias in ("default", "search")}

    after = deployed(source(DATABASES=databases), databases=(SQLITE, other))["DATABASES"]

    assert len({database["NAME"] for database in after.values()}) == 2


@pytest.mark.parametrize("postgres", [False, True])
def test_databases_that_stand_in_a_module_that_is_not_deployed(postgres: bool) -> None:
    before = source()
    del before["DATABASES"]
    both = (SQLITE, Database(alias="search", engine=SQLITE.engine, name="search.sqlite3"))

    after = deployed(before, postgres=postgres, env={"DATABASE_URL": "postgres://ada@127.0.0.1/n"}, databases=both)

    assert after["DATABASES"]["default"]["ENGINE"].endswith("postgresql" if postgres else "sqlite3")
    assert after["DATABASES"]["search"]["ENGINE"] == SQLITE.engine
    assert Path(after["DATABASES"]["search"]["NAME"]).is_absolute()


def test_a_project_on_another_database_gets_sqlite_unless_an_address_is_given() -> None:
    before = source(DATABASES={"default": {"ENGINE": POSTGRES.engine, "NAME": "notes", "USER": "ada"}})

    after = deployed(before, databases=(POSTGRES,))["DATABASES"]["default"]

    assert after["ENGINE"] == SQLITE.engine
    assert "USER" not in after


def test_the_address_that_was_given_is_used() -> None:
    after = deployed(source(), postgres=True, env={"DATABASE_URL": "postgres://ada:secret@db.example:5433/notes"})

    default = after["DATABASES"]["default"]
    assert default["ENGINE"] == POSTGRES.engine
    assert (default["HOST"], default["PORT"], default["NAME"], default["USER"]) == (
        "db.example",
        5433,
        "notes",
        "ada",
    )


def test_errors_reach_the_log_unless_the_project_logs_by_itself() -> None:
    assert deployed(source())["LOGGING"]["root"]["handlers"] == ["console"]
    own = {"version": 1}
    assert deployed(source(LOGGING=own), defined=frozenset({"LOGGING"}))["LOGGING"] is own


def test_uploads_go_to_the_media_folder() -> None:
    after = deployed(source(), file_fields=("notes.Note.picture",))

    assert (after["MEDIA_ROOT"], after["MEDIA_URL"]) == (Path("/somewhere/media"), "media/")
    kept = deployed(source(MEDIA_URL="files/"), file_fields=("notes.Note.picture",), media_url="/files/")
    assert kept["MEDIA_URL"] == "files/"


def test_the_variables_for_the_check_are_all_that_the_block_reads() -> None:
    for postgres in (False, True):
        found = facts(media_root="media")
        block = settings_block(found, postgres=postgres)
        settings(source(), block, dict(variables.hosting(found, postgres=postgres, takes_own=True).site))


@given(
    middleware=st.lists(st.sampled_from([SECURITY, WHITENOISE, "a.b.C"]), unique=True),
    backend=st.sampled_from([None, PLAIN_STATIC, "mysite.storage.Hashed"]),
    defined=st.frozensets(st.sampled_from(["LOGGING", "STORAGES", "DATABASES"])),
    static_url=st.sampled_from([None, "static/", "/assets/"]),
    media=st.sampled_from(["", "media/"]),
    engine=st.sampled_from([SQLITE.engine, POSTGRES.engine, "django.contrib.gis.db.backends.spatialite", ""]),
    apps=st.sampled_from([(), ("django.contrib.staticfiles",)]),
    postgres=st.booleans(),
)
def test_any_project_gets_a_block_that_runs(
    middleware: list[str],
    backend: str | None,
    defined: frozenset[str],
    static_url: str | None,
    media: str,
    engine: str,
    apps: tuple[str, ...],
    postgres: bool,
) -> None:
    before = source(MIDDLEWARE=list(middleware), STORAGES={}, LOGGING={"version": 1})
    before["DATABASES"] = {"default": {"ENGINE": engine, "NAME": "x"}}

    after = deployed(
        before,
        postgres=postgres,
        env={"DATABASE_URL": "postgres://h/n"} if postgres else None,
        middleware=tuple(middleware),
        staticfiles_backend=backend,
        defined=defined,
        static_url=static_url,
        media_url=media,
        databases=(Database(alias="default", engine=engine, name="x"),),
        installed_apps=apps,
    )

    assert after["DEBUG"] is False
    assert after["MIDDLEWARE"].count(WHITENOISE) == (1 if apps or WHITENOISE in middleware else 0)


def test_a_console_for_mail_is_no_reason_not_to_start() -> None:
    """Django 6.1 writes it into each new project, and takes it for an error on a deployed site."""
    console = "django.core.mail.backends.console.EmailBackend"
    mailers = {"default": {"BACKEND": console}}
    after = deployed(source(MAILERS=mailers), email_backend=console, defined=frozenset({"MAILERS"}))

    assert after["MAILERS"] == mailers
    assert "mail.E001" in after["SILENCED_SYSTEM_CHECKS"]


def test_databases_that_could_not_be_read_are_replaced() -> None:
    """A plan without one would migrate nothing, and the site would fail at the first login."""
    before = source(DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "HOST": "db"}})
    after = deployed(before, databases=(), unknown=("databases",))
    assert after["DATABASES"]["default"]["ENGINE"] == SQLITE.engine
    assert has_database(facts(databases=(), unknown=("databases",)))


@pytest.mark.parametrize(("postgres", "kind"), [(True, "postgis"), (False, "spatialite")])
def test_geographic_data_get_a_database_that_knows_them(postgres: bool, kind: str) -> None:
    engine = "django.contrib.gis.db.backends.postgis"
    after = deployed(
        source(DATABASES={"default": {"ENGINE": engine, "NAME": "maps"}}),
        postgres=postgres,
        env={"DATABASE_URL": "postgres://ada@127.0.0.1/maps"},
        databases=(Database(alias="default", engine=engine, name="maps"),),
    )
    assert after["DATABASES"]["default"]["ENGINE"] == f"django.contrib.gis.db.backends.{kind}"


def test_the_address_of_the_site_takes_the_place_of_this_computers() -> None:
    here = source(SITE_ROOT="http://localhost:8000", PING="http://localhost:8000/ping/", SITE_DOMAIN="localhost:8000")
    addresses = (
        ("PING", "http://localhost:8000"),
        ("SITE_DOMAIN", "localhost:8000"),
        ("SITE_ROOT", "http://localhost:8000"),
    )
    after = deployed(here, own_addresses=addresses)
    assert (after["SITE_ROOT"], after["PING"]) == ("http://127.0.0.1:8100", "http://127.0.0.1:8100/ping/")
    assert after["SITE_DOMAIN"] == "127.0.0.1:8100"

    told = {**here, "SITE_ROOT": "https://shop.example.com", "PING": "https://ping.example.com"}
    after = deployed(told, own_addresses=addresses)
    assert (after["SITE_ROOT"], after["PING"]) == ("https://shop.example.com", "https://ping.example.com")


def test_an_older_django_gets_no_option_that_it_does_not_know() -> None:
    """``transaction_mode`` is new in Django 5.1; an older one hands it to SQLite, which refuses it."""
    assert "transaction_mode" in settings_block(facts(), postgres=False)
    block = settings_block(facts(), postgres=False, immediate=False)
    assert settings(source(), block, VARIABLES)["DATABASES"]["default"]["OPTIONS"] == {"timeout": 20}
