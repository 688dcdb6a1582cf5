"""What the settings of the sample project come to on each platform, and that the block that makes them stays readable."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path, PurePath
from types import CodeType
from typing import Any
from unittest import mock

import pytest
from django.conf import global_settings
from simple_deploy_upsun.environment import packed

from simple_deploy.core.facts import Settings
from simple_deploy.edits.blocks import put_block, read_blocks, remove_block
from simple_deploy.platforms.production import FIRST_BLOCK, LAST_BLOCK, platform_block
from simple_deploy.platforms.server.plans import site_settings
from simple_deploy.testing import make_facts
from tests.docs.pages import ROOT

SOURCE = (ROOT / "sample_project" / "blog" / "settings.py").read_text(encoding="utf-8")
GOLDEN = ROOT / "tests" / "platforms" / "golden"
#: Blocks that earlier versions of the tool wrote for the sample project: the oldest form, and the last one.
EARLIER = ROOT / "tests" / "platforms" / "earlier"
GOLDENS = ("flyio", "heroku", "local", "upsun")
UPLOADS = replace(
    make_facts().settings or Settings(module="", file=""), file_fields=("posts.Post.picture",), media_url="media/"
)


def added(slug: str) -> str:
    """What the plan adds to the settings of the sample project."""
    text = (GOLDEN / slug / "requirements-flat.txt").read_text(encoding="utf-8")
    part = text.partition("=== blog/settings.py: changed\n")[2].partition("\n=== ")[0]
    lines = [line[1:] for line in part.splitlines() if line.startswith("+") and not line.startswith("+++")]
    return "\n".join(lines)


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
VPS: Mapping[str, object] = {
    **ONLINE,
    "ALLOWED_HOSTS": ["example.com", "www.example.com"],
    "CSRF_TRUSTED_ORIGINS": ["https://example.com", "https://www.example.com"],
    "MEDIA_ROOT": "/srv/media",
}
#: Settings that a site may have from Django, or say so itself: it comes to the same.
TOLD = (
    "SECURE_PROXY_SSL_HEADER",
    "SECURE_SSL_REDIRECT",
    "SESSION_COOKIE_SECURE",
    "CSRF_COOKIE_SECURE",
    "SECURE_HSTS_SECONDS",
)
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
DOMAIN = {**GIVEN, "SIMPLE_DEPLOY_SERVER": "1", "SITE_HOSTS": "example.com,www.example.com", "SITE_MEDIA": "/srv/media"}
SITES = {**SITES, "vps": ({**DOMAIN, "SITE_HTTPS": "yes"}, VPS)}
#: Lines of code, without comments and blank lines, that a platform adds to settings: the first one, and each further.
FIRST_LINES, FURTHER_LINES = 35, 8

MAIL = {"EMAIL_URL": "smtp+tls://ada:pa%40ss@mail.example.com:587", "DEFAULT_FROM_EMAIL": "ada@example.com"}
BLOCKS = {slug: read_blocks(added(slug)) for slug in GOLDENS}
FIRST, LAST = (BLOCKS["flyio"][name].body for name in (FIRST_BLOCK, LAST_BLOCK))
BODIES = {
    **{slug: found[slug].body for slug, found in BLOCKS.items()},
    "vps": platform_block(UPLOADS, site_settings(UPLOADS, "Your own server")),
}
_SUBSETS = [each for number in range(1, len(SITES) + 1) for each in itertools.combinations(SITES, number)]
#: Each choice of platforms, in an order and the opposite one, so that of any two each is the first once.
CHOICES = list(dict.fromkeys([*_SUBSETS, *(each[::-1] for each in _SUBSETS)]))


@cache
def block(name: str) -> str:
    return put_block("", name, {FIRST_BLOCK: FIRST, LAST_BLOCK: LAST, **BODIES}[name]).strip()


def together(slugs: Sequence[str]) -> str:
    """The settings of the sample project with the blocks of these platforms."""
    return "\n\n".join((SOURCE.strip(), *map(block, (FIRST_BLOCK, *slugs, LAST_BLOCK)))) + "\n"


def planned(text: str, slugs: Sequence[str]) -> str:
    """*text* after the plans of these platforms, one after the other."""
    for slug in slugs:
        text = put_block(text, FIRST_BLOCK, FIRST, before=slug)
        text = put_block(text, slug, BODIES[slug], before=LAST_BLOCK)
        text = put_block(text, LAST_BLOCK, LAST)
    return text


@cache
def compiled(source: str) -> CodeType:
    return compile(source, "settings.py", "exec")


def loaded(source: str, env: Mapping[str, str]) -> dict[str, Any]:
    """The settings that *source* makes with these variables, in ``/srv/site``."""
    names: dict[str, Any] = {"__file__": "/srv/site/blog/settings.py", "__name__": "blog.settings"}
    with mock.patch.dict(os.environ, env, clear=True):
        exec(compiled(source), names)
    return {name: plain(value) for name, value in names.items() if name.isupper()}


def effective(source: str, env: Mapping[str, str]) -> dict[str, Any]:
    """The same, with what Django takes where the settings do not say it."""
    found = loaded(source, env)
    return {**{name: plain(getattr(global_settings, name)) for name in TOLD if name not in found}, **found}


def plain(value: object) -> object:
    """*value* with paths as they read on any computer."""
    if isinstance(value, PurePath):
        return re.sub("^[A-Z]:", "", value.as_posix())
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def earlier(slug: str) -> str:
    """The settings of the sample project with the last block of its own that a platform had."""
    return SOURCE + "\n" + (EARLIER / f"{slug}-last.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("slug", SITES)
def test_the_deployed_site_has_the_settings_that_it_always_had(slug: str) -> None:
    env, expected = SITES[slug]
    here, there = loaded(SOURCE, env), loaded(together((slug,)), env)

    names = {name for name in there if name not in here or there[name] != here[name]}
    assert {name: there.get(name, getattr(global_settings, name, None)) for name in names | set(expected)} == {
        **expected,
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "whitenoise.middleware.WhiteNoiseMiddleware",
            *(name for name in here["MIDDLEWARE"] if "SecurityMiddleware" not in name),
        ],
    }


@pytest.mark.parametrize("mail", [{}, MAIL], ids=["", "mail"])
@pytest.mark.parametrize("slug", SITES)
def test_whichever_platforms_there_are_each_has_the_settings_that_a_block_of_its_own_gave_it(
    slug: str, mail: dict[str, str]
) -> None:
    env = {**SITES[slug][0], **mail}
    wanted = effective(earlier(slug), env)

    for slugs in CHOICES:
        if slug in slugs:
            assert effective(together(slugs), env) == wanted, slugs


def test_a_server_without_a_certificate_trusts_no_header_that_claims_one() -> None:
    env = {**DOMAIN, "SITE_HTTPS": "no"}
    before, after = effective(earlier("vps"), env), effective(together(("vps",)), env)

    other = {name for name in after if after[name] != before[name]}
    assert other == {"SECURE_PROXY_SSL_HEADER", "SILENCED_SYSTEM_CHECKS"}
    assert after["SECURE_PROXY_SSL_HEADER"] is None
    # Without HSTS there is nothing for the checks of its subdomains and of its preloading to say.
    assert set(before["SILENCED_SYSTEM_CHECKS"]) - {"security.W005", "security.W021"} == {
        *after["SILENCED_SYSTEM_CHECKS"]
    }


def test_what_platforms_share_is_the_same_whoever_writes_it() -> None:
    for found in BLOCKS.values():
        assert (found[FIRST_BLOCK].body, found[LAST_BLOCK].body) == (FIRST, LAST)


@pytest.mark.parametrize("slugs", [*itertools.permutations(SITES, 2), tuple(SITES)], ids=" ".join)
def test_a_further_platform_adds_its_block_only_and_the_first_one_again_nothing(slugs: tuple[str, ...]) -> None:
    first, *further = slugs
    assert planned(together([first]), [*further, first]) == together(slugs)


def test_the_first_platform_brings_along_what_all_share() -> None:
    assert planned(SOURCE, ["flyio"]) == together(["flyio"])


@pytest.mark.parametrize("one", SITES)
def test_a_platform_that_is_taken_out_leaves_what_the_others_alone_would_have_made(one: str) -> None:
    assert remove_block(together(list(SITES)), one) == together([slug for slug in SITES if slug != one])


@pytest.mark.parametrize("slug", SITES)
def test_the_blocks_are_short_and_need_no_tricks(slug: str) -> None:
    assert len(code(BODIES[slug])) <= FURTHER_LINES, len(code(BODIES[slug]))
    everything = code(FIRST) + code(BODIES[slug]) + code(LAST)
    assert len(everything) <= FIRST_LINES, len(everything)
    assert not [line for line in everything if "globals()" in line or len(line) > 116]


def code(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


@pytest.mark.parametrize("slugs", [*((slug,) for slug in SITES), tuple(SITES)], ids=" ".join)
def test_on_the_owner_s_computer_the_blocks_change_nothing(slugs: Sequence[str]) -> None:
    assert loaded(together(slugs), {}) == loaded(SOURCE, {})


def test_each_platform_with_a_reviewed_tree_is_among_them() -> None:
    assert {path.name for path in Path(GOLDEN).iterdir()} == {*SITES} - {"vps"}
