"""What tests of every kind share."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.support.shared import folder_of_the_run

pytest_plugins = ["pytester", "tests.support.slices", "tests.support.examples", "tests.support.pythons"]

#: Seconds that a part of a test may take before the report names it. Slow tests are not named.
LONG = 3.0

#: What decides whether the command asks, and how wide and in which colours it writes. A test that wants it says so.
OF_A_TERMINAL = ("CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")


def pytest_configure() -> None:
    for name in OF_A_TERMINAL:
        os.environ.pop(name, None)
    # A shell starts what runs in the background deaf to Ctrl-C, and so are all its children, which tests interrupt.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if sys.platform == "win32":
        # Git for Windows turns line ends for the whole computer. Tests say themselves which line ends they mean.
        os.environ.setdefault("GIT_CONFIG_NOSYSTEM", "1")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """Spare the search for garbage among what was collected, now and while the tests run: all of it stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what takes long although it is not marked slow. On a busy computer that is no reason to worry."""
    reports = [each for found in terminalreporter.stats.values() for each in found]
    parts = [each for each in reports if isinstance(each, pytest.TestReport) and each.duration > LONG]
    long = [each for each in parts if "slow" not in each.keywords]
    if long:
        terminalreporter.section(f"not marked slow, and longer than {LONG:g} s")
    for each in sorted(long, key=lambda each: -each.duration):
        terminalreporter.line(f"{each.duration:6.1f} s {each.when:8} {each.nodeid}")


def needs_program(*names: str) -> str:
    """The path of the first of these programs that is installed.

    Where it is missing the test is skipped, saying so; with SIMPLE_DEPLOY_TESTS_REQUIRE_ALL set it fails instead.
    """
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    return lacks(f"{' or '.join(names)} is not installed")


def lacks(reason: str) -> NoReturn:
    """Skip the test for what this machine lacks; with SIMPLE_DEPLOY_TESTS_REQUIRE_ALL set it fails instead."""
    if os.environ.get("SIMPLE_DEPLOY_TESTS_REQUIRE_ALL"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def simple_deploy_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Throw-away environments of the whole test run, shared since they are told apart by what they hold."""
    return folder_of_the_run(tmp_path_factory) / "cache"


@pytest.fixture(scope="session")
def redis_server() -> str:
    return needs_program("redis-server")


@pytest.fixture(scope="session")
def chromium() -> str:
    return needs_program("chromium", "chromium-browser", "google-chrome")
