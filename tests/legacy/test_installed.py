"""Plugins as they are installed: all public ones in one environment, and one from its author's folder."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from run import find_uv, installed_pythons
from tests.legacy.comparing import OURS
from tests.legacy.plugins import PLUGINS, Environment, make

pytestmark = [pytest.mark.slow, pytest.mark.slice(0)]

NAMES = tuple(f"dsd-{name}" for name in PLUGINS)

#: Written in the syntax of Python 3.12, though it can be installed for earlier ones.
NEEDS_312 = "dsd-upsun"


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    (tmp_path / "home").mkdir()
    return Environment(tmp_path / "env", tmp_path / "home", "lily")


def python(*, older: bool) -> str:
    found = installed_pythons(find_uv())
    fitting = [version for version in found if older is (version < (3, 12)) and version <= sys.version_info[:2]]
    if not fitting:
        pytest.skip(f"no Python {'before' if older else 'since'} 3.12 is here")
    return found[max(fitting)]


@pytest.mark.parametrize("older", [False, True], ids=["new Python", "Python before 3.12"])
def test_all_of_them_are_found_in_one_environment(environment: Environment, older: bool, tmp_path: Path) -> None:
    environment.make(*NAMES, pythons=[python(older=older)])
    project = make(tmp_path / "site", apps=OURS)
    done = subprocess.run(
        (str(environment.python), "manage.py", "deploy", "--list-platforms", "--json"),
        cwd=project,
        env=environment.variables({"SIMPLE_DEPLOY_CACHE_DIR": str(tmp_path / "cache")}),
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    listed = json.loads(done.stdout.splitlines()[0])
    said = {each["slug"]: each["name"] for each in listed["platforms"] if each["slug"] in NAMES}
    cards = {each["name"]: each["error"] for each in listed["failures"]}
    assert {*cards} == ({NEEDS_312} if older else set())
    assert {*said} == {*NAMES} - {*cards}
    assert all(name.endswith(f"({slug})") and name != f"({slug})" for slug, name in said.items())
    assert all("SyntaxError" in error for error in cards.values())


PROJECT = """
    [build-system]
    requires = ["setuptools"]
    build-backend = "setuptools.build_meta"

    [project]
    name = "dsd-lily"
    version = "1.0"
    dependencies = ["django-simple-deploy"]

    [tool.setuptools]
    packages = ["dsd_lily"]
"""

PLUGIN = """
    import django_simple_deploy


    class Config:
        platform_name = "{name}"
        automate_all_supported = False


    @django_simple_deploy.hookimpl
    def dsd_get_plugin_config():
        return Config()
"""


def test_one_that_its_author_works_on_is_asked_again_when_it_has_changed(
    environment: Environment, tmp_path: Path
) -> None:
    """Its folder is on no import path, and nothing about what is installed changes with its files."""
    source = tmp_path / "dsd-lily" / "dsd_lily"
    source.mkdir(parents=True)
    (source.parent / "pyproject.toml").write_text(textwrap.dedent(PROJECT), encoding="utf-8")
    (source / "__init__.py").touch()
    told = source / "deploy.py"
    told.write_text(textwrap.dedent(PLUGIN).format(name="Lily"), encoding="utf-8")
    environment.make("django-simple-deploy", "-e", str(source.parent))
    project = make(tmp_path / "site", apps=OURS)
    assert environment.through(project, "card") == {"version": "1.0", "platform": "Lily", "deploys": False}
    told.write_text(textwrap.dedent(PLUGIN).format(name="Water lily"), encoding="utf-8")
    assert environment.through(project, "card")["platform"] == "Water lily"
