"""Settings that are there for production, loaded as Django would."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from simple_deploy.core.facts import Corrections
from simple_deploy.inspection.inspect import Inspector, digest
from simple_deploy.system.process import run
from tests.project.inspection.conftest import Look, Make
from tests.support.repository import write

PRODUCTION = """\
import os

from .base import *

DEBUG = False
STATIC_ROOT = os.environ["COLLECTED"]
INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "django.contrib.messages"]
"""

pytestmark = [pytest.mark.slow, pytest.mark.slice(1)]


@pytest.fixture
def package(make: Make) -> Path:
    """A project whose settings are a package: base, dev, which manage.py names, and production."""
    root = make()
    folder = root / "mysite" / "settings"
    folder.mkdir()
    (root / "mysite" / "settings.py").rename(folder / "base.py")
    write(folder, {"__init__.py": "", "dev.py": "from .base import *\n", "production.py": PRODUCTION})
    manage = root / "manage.py"
    manage.write_text(manage.read_text("utf-8").replace("mysite.settings", "mysite.settings.dev"), "utf-8")
    return root


def test_settings_for_production_are_loaded_and_used(
    package: Path, look: Look, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COLLECTED", "static")
    found = look(package, cache=tmp_path / "cache")
    settings, production = found.facts.settings, found.facts.production
    assert settings is not None and production is not None and production.settings is not None
    assert settings.module == "mysite.settings.dev"
    assert production.usual
    assert (production.settings.module, production.settings.file) == (
        "mysite.settings.production",
        "mysite/settings/production.py",
    )
    assert production.settings.static_root == "static"
    assert "django.contrib.messages" not in production.settings.installed_apps
    assert "settings.production" in {finding.id for finding in found.findings}
    assert look(package, cache=tmp_path / "cache").facts == found.facts, "it is remembered"
    assert digest(found.facts) == found.facts.digest
    write(package, {"mysite/settings/production.py": PRODUCTION + "X = 1\n"})
    assert digest(found.facts) != found.facts.digest


def test_they_may_leave_the_secret_key_to_the_platform(package: Path, look: Look) -> None:
    base, dev = (package / "mysite" / "settings" / name for name in ("base.py", "dev.py"))
    key = next(line for line in base.read_text("utf-8").splitlines() if line.startswith("SECRET_KEY"))
    base.write_text(base.read_text("utf-8").replace(key, ""), "utf-8")
    write(package, {"mysite/settings/dev.py": f"{dev.read_text('utf-8')}{key}\n"})
    write(package, {"mysite/settings/production.py": "from .base import *\nDEBUG = False\n"})
    production = look(package).facts.production
    assert production is not None and production.settings is not None, production
    assert "SECRET_KEY" not in production.settings.defined


def test_what_they_miss_is_told(package: Path, look: Look) -> None:
    found = look(package)
    production = found.facts.production
    assert production is not None and production.problem is not None
    assert production.settings is None
    (finding,) = (each for each in found.findings if each.id == "settings.production-not-loaded")
    assert "COLLECTED" in finding.title


def test_whoever_chose_settings_is_not_led_to_others(package: Path, look: Look) -> None:
    location = replace(look.at(package), corrections=Corrections(settings_module="mysite.settings.dev"))
    assert Inspector(run).inspect(location).facts.production is None
