"""What the host project's commands load because the app is installed: next to nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.project import child_environment

LOADED = """
import json, sys
import django
django.setup()
from django.core.management import call_command
call_command("check", stdout=sys.stderr)
print(json.dumps(sorted(sys.modules)))
"""

OURS = {
    "simple_deploy",
    "simple_deploy.apps",
    "simple_deploy.checks",
    "simple_deploy.core",
    "simple_deploy.core.versions",
    "simple_deploy.web",
    "simple_deploy.web.host",
}


def loaded(project: Path, *, app: bool, debug: bool) -> set[str]:
    """The modules in a process that has run ``manage.py check``."""
    settings = project / "mysite" / f"settings_{app}_{debug}.py".lower()
    taken_out = "" if app else '\nINSTALLED_APPS.remove("simple_deploy")'
    settings.write_text(f"from mysite.settings import *{taken_out}\nDEBUG = {debug}\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=project,
        env=child_environment(project.parent, DJANGO_SETTINGS_MODULE=f"mysite.{settings.stem}"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("debug", [True, False])
def test_a_command_loads_a_handful_of_small_modules_for_the_app(project: Path, debug: bool) -> None:
    without = loaded(project, app=False, debug=debug)
    added = loaded(project, app=True, debug=debug) - without
    assert {name for name in added if name.startswith("simple_deploy")} == OURS
    foreign = {name.partition(".")[0] for name in added} - sys.stdlib_module_names
    assert foreign == {"simple_deploy", "mysite"}
    assert "importlib.metadata" not in added  # looking through all installed packages takes longer than all of this
