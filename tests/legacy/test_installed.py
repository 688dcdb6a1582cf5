"""A plugin as its author installs it, from the folder in which it is written."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tests.legacy.comparing import OURS
from tests.legacy.plugins import Environment, make

pytestmark = [pytest.mark.slow, pytest.mark.slice(0)]


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    (tmp_path / "home").mkdir()
    return Environment(tmp_path / "env", tmp_path / "home", "lily")


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
