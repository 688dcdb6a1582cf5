"""A plugin of django-simple-deploy that does what a test tells it, under the original's own engine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

#: Deploys by carrying out the Python in a variable of the environment.
_DEPLOY = """
import getpass, json, os, subprocess, webbrowser
from pathlib import Path

import django_simple_deploy
from django_simple_deploy.management.commands.utils import plugin_utils
from django_simple_deploy.management.commands.utils.command_errors import DSDCommandError
from django_simple_deploy.management.commands.utils.plugin_utils import dsd_config


class Config:
    platform_name = "Pond"
    automate_all_supported = True
    confirm_automate_all_msg = "It digs a pond."


@django_simple_deploy.hookimpl
def dsd_get_plugin_config():
    return Config()


@django_simple_deploy.hookimpl
def dsd_get_plugin_cli(parser):
    parser.add_argument("--pond-password", default="", help="Opens the pond.")


@django_simple_deploy.hookimpl
def dsd_validate_cli(options):
    GIVEN.update(options)


GIVEN = {}


@django_simple_deploy.hookimpl
def dsd_deploy():
    online = dsd_config.automate_all
    exec(os.environ["POND"], {**globals(), "online": online})
"""

_METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\nAuthor: Ada\nRequires-Dist: django-simple-deploy\n"


def package(folder: Path, name: str, deploy: str) -> None:
    """A package *name* in *folder*, as a plugin is installed."""
    module = folder / name.replace("-", "_")
    module.mkdir(parents=True)
    (module / "__init__.py").write_text("", encoding="utf-8")
    (module / "deploy.py").write_text(deploy, encoding="utf-8")
    info = folder / f"{module.name}-1.2.dist-info"
    info.mkdir()
    (info / "top_level.txt").write_text(f"{module.name}\n", encoding="utf-8")  # by which the original finds it
    (info / "METADATA").write_text(_METADATA.format(name=name), encoding="utf-8")


@dataclass(frozen=True)
class Pond:
    """The plugin in *folder*, which need not be there yet."""

    folder: Path

    def told(self, code: str, path: str = "") -> dict[str, str]:
        """The environment in which it does *code*; *path* is what is on the import path besides."""
        if not self.folder.exists():
            package(self.folder, "dsd-pond", _DEPLOY)
        return {"POND": code, "PYTHONPATH": os.pathsep.join(filter(None, (str(self.folder), path)))}
