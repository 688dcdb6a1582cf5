"""Whatever a setting is, looking at the project refuses nothing that Django does not refuse."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from django.conf import global_settings

from simple_deploy.system.process import run
from tests.project.inspection import junk
from tests.project.inspection.conftest import Make
from tests.support.checkout import CHECKOUT

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="each look is a fork, which Windows lacks")

#: What the probe reads by name, and what Django reads before anybody else.
READ = (
    *("ALLOWED_HOSTS", "AUTH_USER_MODEL", "CACHES", "DATABASES", "DEBUG", "INSTALLED_APPS", "MEDIA_ROOT", "MEDIA_URL"),
    *("MAILERS", "MIDDLEWARE", "PASSWORD_HASHERS", "SECRET_KEY", "STATICFILES_DIRS", "STATIC_ROOT", "STORAGES"),
    *("STATIC_URL", "WSGI_APPLICATION", "ASGI_APPLICATION", "ROOT_URLCONF", "AUTHENTICATION_BACKENDS", "LOGGING"),
)
EVERY = sorted({*READ, *(name for name in dir(global_settings) if name.isupper())} - {"EMAIL_BACKEND"})


def refused_by_us_alone(folder: Path, kind: str, *names: str) -> list[str]:
    argv = (sys.executable, "-m", junk.__name__, str(folder), kind, *names)
    said = run(argv, env={**os.environ, "PYTHONPATH": str(CHECKOUT), "DJANGO_SETTINGS_MODULE": ""}, timeout=500.0)
    answers = [json.loads(line) for line in said.output.splitlines() if line.startswith('{"setting"')]
    assert [answer["setting"] for answer in answers] == [*names]
    return [
        f"{answer['setting']}: {answer['refused']}"
        for answer in answers
        if answer["refused"] and not answer["by_django"]
    ]


@pytest.mark.parametrize(("kind", "name"), [("lazy", "STORAGES"), ("unprintable", "SECRET_KEY")])
def test_a_setting_of_another_kind_is_unknown_at_most(kind: str, name: str, make: Make) -> None:
    assert refused_by_us_alone(make("flat"), kind, name) == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(junk.KINDS))
def test_every_setting_of_another_kind_is_unknown_at_most(kind: str, make: Make) -> None:
    assert refused_by_us_alone(make("flat"), kind, *EVERY) == []
