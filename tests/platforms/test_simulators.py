"""What is true of every platform's simulated program."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.support.checkout import CHECKOUT

_LOADED = """\
import json, sys
sys.path[:0] = {path}
import {plugin}.simulator.program
print(json.dumps(sorted(sys.modules)))
"""


@pytest.mark.parametrize("plugin", ["simple_deploy_flyio", "simple_deploy_heroku", "simple_deploy_upsun"])
def test_a_call_loads_nothing_of_what_a_plan_needs(plugin: str) -> None:
    """A rehearsal makes dozens of calls, and somebody waits for each."""
    code = _LOADED.format(path=[str(CHECKOUT), str(CHECKOUT / "plugins")], plugin=plugin)
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, check=True, text=True, encoding="utf-8")
    heavy = {"simple_deploy.api", "simple_deploy.core.facts", "simple_deploy.inspection", "django", "pluggy"}
    assert heavy.isdisjoint(json.loads(done.stdout))
