"""Running something where there is no network but this computer itself."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

_NO_NETWORK = ("unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")


def no_network() -> tuple[str, ...]:
    """What goes in front of a command line that is to have no network.

    Where that cannot be had the test is skipped, saying so; with SIMPLE_DEPLOY_TESTS_REQUIRE_ALL set it fails instead.
    """
    if shutil.which("unshare") and subprocess.run([*_NO_NETWORK, "true"], capture_output=True).returncode == 0:
        return _NO_NETWORK
    reason = "nothing can be run without a network here: that takes Linux, root, unshare and ip"
    if os.environ.get("SIMPLE_DEPLOY_TESTS_REQUIRE_ALL"):
        pytest.fail(reason)
    pytest.skip(reason)
