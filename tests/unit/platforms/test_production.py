"""The settings every deployed site needs: what the block makes of a project, and that it acts nowhere else."""

from __future__ import annotations

import os
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from simple_deploy.api import (
    HASHED_STATIC,
    WHITENOISE,
    Database,
    Location,
    Settings,
    SiteSettings,
    application_server,
    site_requirements,
    static_folder,
)
from simple_deploy.core.explanations import explained
from tests.support.blocks import site_text

SECURITY = "django.middleware.security.SecurityMiddleware"
SQLITE = Database(alias="default", engine="django.db.backends.sqlite3", name="db.sqlite3")
SITE = SiteSettings(
    platform="Pond",
    condition='"POND_HOST" in _os.environ',
    told_by="Pond sets POND_HOST.",
    setup=('_host = _env("POND_HOST")',),
    hosts="[_host]",
    origins='[f"https://{_host}"]',
)
ON_POND = {
    "POND_HOST": "notes.pond.example",
    "SECRET_KEY": "the site's own",
    "DATABASE_URL": "pgsql://app:pa%40ss@db.internal:5432/app?sslmode=disable",
}
FLAT = Location(root=Path("/projects/notes"), settings_module="mysite.settings")


def facts(**more: Any) -> Settings:
    usual: dict[str, Any] = {
        "module": "mysite.settings",
        "file": "mysite/settings.py",
        "wsgi_application": "mysite.wsgi.application",
        "installed_apps": ("django.contrib.staticfiles",),
        "middleware": (SECURITY,),
        "databases": (SQLITE,),
        "static_url": "static/",
    }
    return Settings(**{**usual, **more})


#: What a project of startproject has, and what it may have: nothing else.
KNOWN: dict[str, Any] = {"certain": frozenset({"DATABASES", "MIDDLEWARE"}), "possible": frozenset()}
STARTPROJECT: dict[str, Any] = {
    "DATABASES": {"default": {"ENGINE": SQLITE.engine}},
    "MIDDLEWARE": [SECURITY, "mysite.own"],
}


def run(
    block: str, env: dict[str, str], file: str = "/projects/notes/mysite/settings.py", **own: Any
) -> dict[str, Any]:
    """The settings a project with the names in *own* has when *block* follows them."""
    namespace: dict[str, Any] = {"__file__": file, "DEBUG": True, "SECRET_KEY": "of development", **deepcopy(own)}
    with mock.patch.dict(os.environ, env, clear=True):
        exec(compile(block, "settings.py", "exec"), namespace)
    return {name: value for name, value in namespace.items() if name.isupper()}


def test_elsewhere_nothing_changes_and_nothing_new_has_to_be_installed() -> None:
    block = site_text(facts(), FLAT, SITE)

    with mock.patch.dict("sys.modules", {"environ": None, "whitenoise": None}):  # importing either would fail
        assert run(block, {}) == {"DEBUG": True, "SECRET_KEY": "of development"}
    assert block.isascii()


def test_on_the_platform_the_site_is_safe() -> None:
    after = run(site_text(facts(), FLAT, SITE), ON_POND, MIDDLEWARE=[SECURITY], ALLOWED_HOSTS=["*"])

    assert (after["DEBUG"], after["SECRET_KEY"]) == (False, "the site's own")
    assert after["ALLOWED_HOSTS"] == ["notes.pond.example"]
    assert after["CSRF_TRUSTED_ORIGINS"] == ["https://notes.pond.example"]
    assert after["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")
    assert after["SECURE_SSL_REDIRECT"] and after["SESSION_COOKIE_SECURE"] and after["CSRF_COOKIE_SECURE"]
    assert after["SECURE_HSTS_SECONDS"] == 3600


def test_what_the_project_decided_itself_stays() -> None:
    after = run(
        site_text(facts(), FLAT, SITE),
        ON_POND,
        SECURE_HSTS_SECONDS=31536000,
        SILENCED_SYSTEM_CHECKS=["fields.W342"],
        DATABASES={"default": {"ENGINE": SQLITE.engine}, "archive": {"ENGINE": SQLITE.engine}},
    )

    assert after["SECURE_HSTS_SECONDS"] == 31536000
    assert "fields.W342" in after["SILENCED_SYSTEM_CHECKS"]
    assert after["DATABASES"]["archive"] == {"ENGINE": SQLITE.engine}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"middleware": ()},
        {"middleware": ("mysite.own",)},
        {"defined": frozenset({"STORAGES"})},
        {"email_backend": "django.core.mail.backends.console.EmailBackend"},
        {"email_backend": "django.core.mail.backends.console.EmailBackend", "defined": frozenset({"MAILERS"})},
        {"databases": (Database(alias="default", engine="django.contrib.gis.db.backends.postgis", name="x"),)},
    ],
    ids=str,
)
@pytest.mark.parametrize("mail", [{}, {"EMAIL_URL": "smtp+ssl://ada:x@mail.example.com:465"}], ids=["", "mail"])
def test_what_is_known_of_the_settings_makes_the_block_shorter_and_changes_nothing(
    more: dict[str, Any], mail: dict[str, str]
) -> None:
    names = {*more.get("defined", ()), *KNOWN["certain"]}
    own = {**STARTPROJECT, "MIDDLEWARE": list(more.get("middleware", (SECURITY, "mysite.own")))}
    own |= {"STORAGES": {"default": {"BACKEND": "mysite.files"}}} if "STORAGES" in names else {}
    own |= {"MAILERS": {"default": {"BACKEND": CONSOLE}}} if "MAILERS" in names else {}
    known = site_text(facts(**{**KNOWN, **more, "certain": frozenset(names)}), FLAT, SITE)
    unknown = site_text(facts(**more), FLAT, SITE)

    copies = [{name: value.copy() for name, value in own.items()} for _ in range(2)]
    assert run(known, {**ON_POND, **mail}, **copies[0]) == run(unknown, {**ON_POND, **mail}, **copies[1])
    assert "globals()" not in known
    assert len(known.splitlines()) < len(unknown.splitlines())
    assert not unexplained(known) and not unexplained(unknown)


def unexplained(block: str) -> list[str]:
    """The lines of code whose meaning nobody says."""
    lines = block.splitlines()
    meanings = explained(lines, {"_host = ": "The name of the site."})
    code = (line.strip() for line in lines)
    return [line for line, meaning in zip(code, meanings, strict=True) if line and line[0] != "#" and not meaning]


@pytest.mark.parametrize("known", [KNOWN, {}], ids=["known", "unknown"])
def test_until_there_is_a_certificate_nothing_insists_on_https(known: dict[str, Any]) -> None:
    block = site_text(facts(**known), FLAT, replace(SITE, http='not _env.bool("POND_TLS")'))

    def on_pond(tls: str) -> dict[str, Any]:
        return run(block, {**ON_POND, "POND_TLS": tls}, MIDDLEWARE=[SECURITY], DATABASES={"default": {}})

    secure = ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS")
    at_first, later = on_pond("no"), on_pond("yes")
    assert not any(at_first[name] for name in secure)
    assert {"security.W008", "security.W016"} <= {*at_first["SILENCED_SYSTEM_CHECKS"]}
    assert at_first["SECURE_PROXY_SSL_HEADER"] is None
    assert all(later[name] for name in secure)
    assert later["SILENCED_SYSTEM_CHECKS"] == ["security.W005", "security.W021"]
    assert not unexplained(block)


def test_what_the_project_certainly_decided_stays_too() -> None:
    own = {**STARTPROJECT, "SECURE_HSTS_SECONDS": 31536000, "SILENCED_SYSTEM_CHECKS": ["fields.W342"]}
    block = site_text(facts(certain=frozenset(own), possible=frozenset()), FLAT, SITE)
    after = run(block, ON_POND, **own)

    assert after["SECURE_HSTS_SECONDS"] == 31536000
    assert after["SILENCED_SYSTEM_CHECKS"] == ["fields.W342", "security.W005", "security.W021"]
    assert run(block, ON_POND, **{**own, "SECURE_HSTS_SECONDS": 0})["SECURE_HSTS_SECONDS"] == 3600


@pytest.mark.parametrize("missing", ["SECRET_KEY", "DATABASE_URL"])
def test_without_what_it_needs_the_site_refuses_to_start(missing: str) -> None:
    env = {name: value for name, value in ON_POND.items() if name != missing}

    with pytest.raises(Exception, match=missing):
        run(site_text(facts(), FLAT, SITE), env)


def test_the_database_comes_from_its_address() -> None:
    default = run(site_text(facts(), FLAT, SITE), ON_POND)["DATABASES"]["default"]

    assert default["ENGINE"] == "django.db.backends.postgresql"
    assert (default["USER"], default["PASSWORD"], default["OPTIONS"]) == ("app", "pa@ss", {"sslmode": "disable"})
    assert (default["CONN_MAX_AGE"], default["CONN_HEALTH_CHECKS"]) == (600, True)


def test_a_spatial_project_stays_spatial() -> None:
    spatial = Database(alias="default", engine="django.contrib.gis.db.backends.postgis", name="maps")
    after = run(site_text(facts(databases=(spatial,)), FLAT, SITE), ON_POND)

    assert after["DATABASES"]["default"]["ENGINE"] == "django.contrib.gis.db.backends.postgis"


TENANTS = Database(alias="default", engine="django_tenants.postgresql_backend")
EXTRA = Database(alias="default", engine="psqlextra.backend", vendor="postgresql")
COUNTED = Database(alias="default", engine="django_prometheus.db.backends.sqlite3")
MAPS = Database(alias="default", engine="django.contrib.gis.db.backends.postgis")


@pytest.mark.parametrize(
    ("own", "url", "engine"),
    [
        (TENANTS, "postgres://h/n", "django_tenants.postgresql_backend"),
        (TENANTS, "sqlite:////data/site.sqlite3", "django.db.backends.sqlite3"),
        (EXTRA, "postgres://h/n", "psqlextra.backend"),
        (COUNTED, "postgres://h/n", "django.db.backends.postgresql"),
        (COUNTED, "sqlite:////data/site.sqlite3", "django_prometheus.db.backends.sqlite3"),
        (MAPS, "sqlite:////data/site.sqlite3", "django.contrib.gis.db.backends.spatialite"),
    ],
)
def test_an_engine_stays_where_the_database_is_of_its_kind(own: Database, url: str, engine: str) -> None:
    block = site_text(facts(databases=(own,)), FLAT, SITE)
    assert run(block, {**ON_POND, "DATABASE_URL": url})["DATABASES"]["default"]["ENGINE"] == engine


def test_a_project_without_a_database_gets_none() -> None:
    assert "DATABASES" not in run(site_text(facts(databases=()), FLAT, SITE), ON_POND)


def test_static_files_have_hashed_names_and_are_served_by_whitenoise() -> None:
    after = run(site_text(facts(), FLAT, SITE), ON_POND, MIDDLEWARE=[SECURITY, "mysite.own"])

    assert after["STORAGES"]["staticfiles"]["BACKEND"] == HASHED_STATIC
    assert after["MIDDLEWARE"] == [SECURITY, WHITENOISE, "mysite.own"]
    assert Path(after["STATIC_ROOT"]) == Path("/projects/notes/staticfiles").resolve()


@pytest.mark.parametrize(
    ("project_dir", "file"),
    [
        ("", "mysite/settings.py"),
        ("backend", "backend/mysite/settings.py"),
        ("", "mysite/settings/production.py"),
        ("apps/shop", "apps/shop/config/settings/base.py"),
        ("bin", "src/mysite/settings.py"),
    ],
)
def test_static_files_are_collected_beside_manage_py_wherever_the_settings_are(project_dir: str, file: str) -> None:
    location = Location(root=Path("/projects/notes"), project_dir=project_dir)
    after = run(site_text(facts(file=file), location, SITE), ON_POND, f"/projects/notes/{file}")

    assert Path(after["STATIC_ROOT"]) == Path("/projects/notes", project_dir, "staticfiles").resolve()


@pytest.mark.parametrize(
    ("settings", "folder"),
    [
        (facts(static_root="backend/collected"), "collected"),
        (facts(static_root="collected"), "staticfiles"),  # beside the project: the site may not write there
        (facts(static_root="/var/www/static"), "staticfiles"),
        (facts(staticfiles_dirs=("backend/staticfiles",)), "collected-static"),
        (facts(), "staticfiles"),
    ],
)
def test_the_projects_own_static_folder_is_used_where_the_site_has_it(settings: Settings, folder: str) -> None:
    assert static_folder(settings, Location(root=Path("/projects"), project_dir="backend")) == folder


def test_a_project_without_static_files_needs_no_whitenoise() -> None:
    settings = facts(installed_apps=())

    assert "whitenoise" not in site_text(settings, FLAT, SITE).lower()
    assert "whitenoise" not in site_requirements(settings, postgres=True)


def test_own_logging_stays() -> None:
    assert "LOGGING" not in site_text(facts(defined=frozenset({"LOGGING"})), FLAT, SITE)
    assert "LOGGING" in run(site_text(facts(), FLAT, SITE), ON_POND)


@pytest.mark.parametrize(
    ("more", "argv"),
    [
        ({}, ("gunicorn", "mysite.wsgi:application")),
        ({"wsgi_application": None}, ("gunicorn", "mysite.wsgi:application")),
        (
            {"wsgi_application": None, "asgi_application": "mysite.asgi.application"},
            ("gunicorn", "--worker-class", "uvicorn_worker.UvicornWorker", "mysite.asgi:application"),
        ),
    ],
)
def test_the_server_gets_the_projects_application(more: dict[str, Any], argv: tuple[str, ...]) -> None:
    server = application_server(facts(**more))

    assert server.argv == argv
    assert set(server.requirements) <= set(site_requirements(facts(**more), postgres=False))


CONSOLE = "django.core.mail.backends.console.EmailBackend"
A_SERVER = {**ON_POND, "EMAIL_URL": "smtp+tls://ada:pa%40ss@mail.example.com:587"}
STARTED = {"MAILERS": {"default": {"BACKEND": CONSOLE}, "bulk": {"BACKEND": "shop.mail.Bulk"}}}


def block_for_mail(*defined: str, backend: str = CONSOLE, **more: Any) -> str:
    return site_text(facts(email_backend=backend, defined=frozenset(defined), **more), FLAT, SITE)


def test_mailers_get_the_server_of_the_site() -> None:
    after = run(block_for_mail("MAILERS"), A_SERVER, **STARTED)

    default = after["MAILERS"]["default"]
    assert default["BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert (default["OPTIONS"]["host"], default["OPTIONS"]["port"]) == ("mail.example.com", 587)
    assert (default["OPTIONS"]["username"], default["OPTIONS"]["password"]) == ("ada", "pa@ss")
    assert (default["OPTIONS"]["use_tls"], default["OPTIONS"]["use_ssl"]) == (True, False)
    assert after["MAILERS"]["bulk"] == STARTED["MAILERS"]["bulk"]
    assert not [name for name in after if name.startswith("EMAIL_")]  # Django refuses them beside MAILERS
    assert "mail.E001" not in after["SILENCED_SYSTEM_CHECKS"]


def test_without_a_mail_server_mailers_stay_and_the_block_says_what_becomes_of_mail() -> None:
    block = block_for_mail("MAILERS")
    after = run(block, ON_POND, **STARTED)

    assert after["MAILERS"] == STARTED["MAILERS"]
    assert "mail.E001" in after["SILENCED_SYSTEM_CHECKS"]
    assert "nobody receives mail: it is written to the log" in block


def test_the_older_settings_get_the_server_of_the_site() -> None:
    block = block_for_mail("EMAIL_BACKEND")
    after = run(block, A_SERVER, EMAIL_BACKEND=CONSOLE)

    assert after["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert (after["EMAIL_HOST"], after["EMAIL_PORT"], after["EMAIL_USE_TLS"]) == ("mail.example.com", 587, True)
    assert (after["EMAIL_HOST_USER"], after["EMAIL_HOST_PASSWORD"]) == ("ada", "pa@ss")
    assert "MAILERS" not in after
    assert run(block, ON_POND, EMAIL_BACKEND=CONSOLE)["EMAIL_BACKEND"] == CONSOLE


def test_mail_that_is_really_sent_is_the_project_s_own_matter() -> None:
    for backend in ("anymail.backends.mailgun.EmailBackend", "django.core.mail.backends.smtp.EmailBackend"):
        assert block_for_mail("MAILERS", backend=backend) == site_text(facts(), FLAT, SITE)


def test_a_project_without_any_mail_server_gets_the_one_of_the_site() -> None:
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    block = block_for_mail(backend=smtp, **KNOWN)
    own = {**STARTPROJECT, "DATABASES": {"default": {}}, "MIDDLEWARE": [SECURITY]}
    after = run(block, {**A_SERVER, "DEFAULT_FROM_EMAIL": "blog@example.com"}, **own)

    assert (after["EMAIL_BACKEND"], after["EMAIL_HOST"], after["EMAIL_USE_TLS"]) == (smtp, "mail.example.com", True)
    assert after["DEFAULT_FROM_EMAIL"] == "blog@example.com"
    assert not {name for name in run(block, ON_POND, **own) if "EMAIL" in name}
    assert "EMAIL_URL" not in block_for_mail("EMAIL_HOST", backend=smtp)


@pytest.mark.parametrize("known", [{"certain": frozenset({"DEFAULT_FROM_EMAIL", "DATABASES", "MIDDLEWARE"})}, {}])
def test_the_sender_that_the_project_names_stays(known: dict[str, Any]) -> None:
    after = run(
        block_for_mail("EMAIL_BACKEND", **known), A_SERVER, **STARTPROJECT, DEFAULT_FROM_EMAIL="ada@example.com"
    )
    assert after["DEFAULT_FROM_EMAIL"] == "ada@example.com"


def test_an_address_that_the_project_reads_itself_is_not_read_twice() -> None:
    after = run(block_for_mail("MAILERS", variables=("EMAIL_URL",)), {**ON_POND, "EMAIL_URL": "ses://eu"}, **STARTED)

    assert after["MAILERS"] == STARTED["MAILERS"]
    assert "mail.E001" in after["SILENCED_SYSTEM_CHECKS"]


def test_what_the_project_has_only_with_debug_is_taken_out() -> None:
    toolbar = "debug_toolbar.middleware.DebugToolbarMiddleware"
    block = site_text(
        facts(
            installed_apps=("notes", "debug_toolbar"),
            middleware=(toolbar, SECURITY),
            debug_only=("debug_toolbar", toolbar),
        ),
        FLAT,
        SITE,
    )
    after = run(block, ON_POND, INSTALLED_APPS=["notes", "debug_toolbar"], MIDDLEWARE=[toolbar, SECURITY])

    assert after["INSTALLED_APPS"] == ["notes"]
    assert after["MIDDLEWARE"] == [SECURITY]
    assert "_name" not in site_text(facts(), FLAT, SITE)
