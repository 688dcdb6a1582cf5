"""What the settings of the sample project come to on each platform, and that the block that makes them stays readable."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any
from unittest import mock

import pytest
from django.conf import global_settings
from simple_deploy_upsun.simulator.container import packed

from tests.docs.pages import ROOT

SAMPLE = ROOT / "sample_project" / "blog" / "settings.py"
GOLDEN = ROOT / "tests" / "platforms" / "golden"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
#: What every platform changes in the same way.
EVERYWHERE: Mapping[str, object] = {
    "DEBUG": False,
    "SECRET_KEY": "the site's own",
    "LOGGING": LOGGING,
    "STORAGES": {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    },
}
#: What every platform on the internet changes in the same way.
ONLINE: Mapping[str, object] = {
    **EVERYWHERE,
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
    "SECURE_SSL_REDIRECT": True,
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SECURE_HSTS_SECONDS": 3600,
    "SILENCED_SYSTEM_CHECKS": ["security.W005", "security.W021"],
    "STATIC_ROOT": "/srv/site/staticfiles",
    "DATABASES": {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": "db.example",
            "PORT": 5432,
            "NAME": "site",
            "USER": "ada",
            "PASSWORD": "pa@ss",
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
        }
    },
}
DATABASE_URL = "postgres://ada:pa%40ss@db.example:5432/site"
GIVEN = {"SECRET_KEY": "the site's own", "DATABASE_URL": DATABASE_URL}
ROUTES = {"https://main.upsun.example/": {"primary": True}}

#: By platform: the variables that the site finds there, and what its settings come to.
SITES: Mapping[str, tuple[dict[str, str], Mapping[str, object]]] = {
    "flyio": (
        {**GIVEN, "FLY_APP_NAME": "slow-train", "SITE_DOMAINS": "www.example.com"},
        {
            **ONLINE,
            "ALLOWED_HOSTS": ["slow-train.fly.dev", "www.example.com"],
            "CSRF_TRUSTED_ORIGINS": ["https://slow-train.fly.dev", "https://www.example.com"],
        },
    ),
    "heroku": (
        {**GIVEN, "ON_HEROKU": "1", "ALLOWED_HOSTS": "slow-train-1.herokuapp.com"},
        {
            **ONLINE,
            "ALLOWED_HOSTS": ["slow-train-1.herokuapp.com"],
            "CSRF_TRUSTED_ORIGINS": ["https://slow-train-1.herokuapp.com"],
        },
    ),
    "upsun": (
        {
            **GIVEN,
            "PLATFORM_APPLICATION_NAME": "app",
            "PLATFORM_ENVIRONMENT": "main-abc",
            "PLATFORM_ROUTES": packed(ROUTES),
        },
        {
            **ONLINE,
            "ALLOWED_HOSTS": ["main.upsun.example"],
            "CSRF_TRUSTED_ORIGINS": ["https://main.upsun.example"],
            "MEDIA_ROOT": "/srv/site/media",
        },
    ),
    "local": (
        {
            "SECRET_KEY": "the site's own",
            "CSRF_TRUSTED_ORIGINS": "http://localhost:8100",
            "SIMPLE_DEPLOY_PLATFORM": "local",
            "SIMPLE_DEPLOY_SITE": "blog",
            "SIMPLE_DEPLOY_DATA": "/srv/data",
            "SIMPLE_DEPLOY_MEDIA": "/srv/media",
            "SIMPLE_DEPLOY_STATIC": "/srv/static",
        },
        {
            **EVERYWHERE,
            "ALLOWED_HOSTS": ["localhost", "127.0.0.1", "[::1]"],
            "CSRF_TRUSTED_ORIGINS": ["http://localhost:8100"],
            "SECURE_PROXY_SSL_HEADER": None,
            "SECURE_SSL_REDIRECT": False,
            "SESSION_COOKIE_SECURE": False,
            "CSRF_COOKIE_SECURE": False,
            "SECURE_HSTS_SECONDS": 0,
            "SILENCED_SYSTEM_CHECKS": ["security.W004", "security.W008", "security.W012", "security.W016"],
            "SESSION_COOKIE_NAME": "sessionid_blog",
            "DATABASES": {
                "default": {
                    "ENGINE": "django.db.backends.sqlite3",
                    "NAME": "/srv/data/db.sqlite3",
                    "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
                }
            },
            "STATIC_ROOT": "/srv/static",
            "MEDIA_ROOT": "/srv/media",
        },
    ),
}
#: Lines of code, without comments and blank lines, that a first platform may add to settings. Upsun hands out what the
#: others put into plain variables as JSON in base64, and takes it apart here.
MOST = {"flyio": 35, "heroku": 35, "local": 35, "upsun": 56}


def block(slug: str) -> list[str]:
    """The lines that the plan adds to the settings of the sample project."""
    text = (GOLDEN / slug / "requirements-flat.txt").read_text(encoding="utf-8")
    part = text.partition("=== blog/settings.py: changed\n")[2].partition("\n=== ")[0]
    return [line[1:] for line in part.splitlines() if line.startswith("+") and not line.startswith("+++")]


def loaded(source: str, env: Mapping[str, str]) -> dict[str, Any]:
    """The settings that *source* makes with these variables, in ``/srv/site``."""
    names: dict[str, Any] = {"__file__": "/srv/site/blog/settings.py", "__name__": "blog.settings"}
    with mock.patch.dict(os.environ, env, clear=True):
        exec(compile(source, "settings.py", "exec"), names)
    return {name: plain(value) for name, value in names.items() if name.isupper()}


def plain(value: object) -> object:
    """*value* with paths as they read on any computer."""
    if isinstance(value, PurePath):
        return re.sub("^[A-Z]:", "", value.as_posix())
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("slug", SITES)
def test_the_deployed_site_has_the_settings_that_it_always_had(slug: str) -> None:
    env, expected = SITES[slug]
    source = SAMPLE.read_text(encoding="utf-8")
    here, there = loaded(source, env), loaded("\n".join([source, *block(slug)]), env)

    names = {name for name in there if name not in here or there[name] != here[name]}
    assert {name: there.get(name, getattr(global_settings, name, None)) for name in names | set(expected)} == {
        **expected,
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "whitenoise.middleware.WhiteNoiseMiddleware",
            *(name for name in here["MIDDLEWARE"] if "SecurityMiddleware" not in name),
        ],
    }


@pytest.mark.parametrize("slug", SITES)
def test_the_block_is_short_and_needs_no_tricks(slug: str) -> None:
    code = [line for line in block(slug) if line.strip() and not line.strip().startswith("#")]

    assert len(code) <= MOST[slug], len(code)
    assert not [line for line in code if "globals()" in line]


@pytest.mark.parametrize("slug", SITES)
def test_on_the_owner_s_computer_the_block_changes_nothing(slug: str) -> None:
    source = SAMPLE.read_text(encoding="utf-8")

    assert loaded("\n".join([source, *block(slug)]), {}) == loaded(source, {})


def test_each_platform_with_a_reviewed_tree_is_among_them() -> None:
    assert {path.name for path in Path(GOLDEN).iterdir()} == set(SITES)
