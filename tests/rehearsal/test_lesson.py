"""A lesson in a room without a network, after everything was downloaded at home."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pytest

from simple_deploy.testing import Shape
from tests.rehearsal.owner import ANSWERS, UNATTENDED, Owner
from tests.support.offline import no_network
from tests.support.shapes import Shapes

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(1800)]

CHECKOUT = Path(__file__).parents[2]

#: Every manager at least once, every platform with two of them; the whole lesson once for each platform.
LESSONS: tuple[tuple[str, str, Literal["whole", "deployment"]], ...] = (
    ("heroku", "poetry", "whole"),
    ("flyio", "pipenv", "whole"),
    ("upsun", "uv", "whole"),
    ("heroku", "requirements", "deployment"),
    ("flyio", "uv", "deployment"),
    ("upsun", "poetry-tool", "deployment"),
)


@pytest.fixture(scope="module")
def offline() -> tuple[str, ...]:
    return no_network()


@pytest.mark.parametrize(("platform", "manager", "part"), LESSONS)
def test_a_lesson_needs_no_network(
    platform: str, manager: str, part: str, offline: tuple[str, ...], shapes: Shapes, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    # A computer on which nothing was ever downloaded, and everything is where it usually is.
    usual = dict.fromkeys(("UV_CACHE_DIR", "PIP_CACHE_DIR", "XDG_CACHE_HOME", "PIPENV_CACHE_DIR"), "")
    empty = {**usual, "HOME": str(home), "SIMPLE_DEPLOY_CACHE_DIR": str(home / "cache")}
    owner = Owner(project=shapes.project(Shape(manager=manager), tmp_path / "blog", **empty), platform=platform)

    ready = owner.rehearse("--prepare", *UNATTENDED, *ANSWERS.get(platform, ()))
    assert ready.exit_code == 0, ready

    argv = (*offline, sys.executable, "-m", "tests.rehearsal.lesson", str(owner.project.root), platform, part)
    lesson = subprocess.run(argv, cwd=CHECKOUT, env=_merged(owner.project.env), capture_output=True, text=True)
    assert lesson.returncode == 0, f"{lesson.stdout}\n{lesson.stderr}"


def _merged(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in {**os.environ, **variables}.items() if value}
