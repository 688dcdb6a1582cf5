"""Projects that packages on the index make, with the wheel beside them: checked, planned, deployed here, undone."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
import uv

from simple_deploy.testkit import projects
from tests.support import pythons

UV = uv.find_uv_bin()
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
INSTALLED_APPS = re.compile(r"^INSTALLED_APPS = (?P<rest>.*)$", re.MULTILINE)
ADDRESS = re.compile(r"answers at (http://[\w.-]+:\d+)")

#: What has to be answered for a plan, since it has no default.
PLANS: Mapping[str, Sequence[str]] = {"local": (), "flyio": ("--database", "sqlite"), "heroku": (), "upsun": ()}

pytestmark = [pytest.mark.slow, pytest.mark.slice(0), pytest.mark.timeout(1800)]


@dataclass(frozen=True, kw_only=True)
class Maker:
    """:param make: the command line, in the folder of the project. :param needs: how its own packages are installed.

    :param page: a path that answers 200.
    """

    package: str
    make: tuple[str, ...]
    needs: tuple[str, ...]
    settings: str
    page: str


MAKERS = {
    "wagtail": Maker(
        package="wagtail",
        make=("wagtail", "start", "bakery", "."),
        needs=("-r", "requirements.txt"),
        settings="bakery/settings/base.py",
        page="/admin/login/",
    ),
    "coderedcms": Maker(
        package="coderedcms",
        make=("coderedcms", "start", "bakery", "."),
        needs=("-r", "requirements.txt"),
        settings="bakery/settings/base.py",
        page="/admin/login/",
    ),
}


@pytest.mark.parametrize("name", MAKERS)
def test_a_project_that_a_package_makes(name: str, wheel: Path, tmp_path: Path, simple_deploy_cache: Path) -> None:
    maker, folder, venv = MAKERS[name], tmp_path / "site", tmp_path / "venv"
    folder.mkdir()
    programs = f"{venv / SCRIPTS}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, **projects.environment(tmp_path / "home", cache=simple_deploy_cache), "PATH": programs}
    env = {key: value for key, value in env.items() if key not in {"PYTHONPATH", "VIRTUAL_ENV"} and value}

    def call(*argv: str | Path) -> str:
        done = subprocess.run(
            [*map(str, argv)],
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def deploy(*flags: str) -> str:
        return call(venv / SCRIPTS / "python", "manage.py", "deploy", *flags, "--yes", "--no-input")

    call(UV, "venv", "--quiet", "--python", pythons.found()["3.13"], venv)
    install = (
        UV,
        "pip",
        "install",
        "--quiet",
        "--compile-bytecode",
        "--no-config",
        "--python",
        venv / SCRIPTS / "python",
    )
    call(*install, maker.package)
    call(venv / SCRIPTS / maker.make[0], *maker.make[1:])
    call(*install, *maker.needs)
    call(*install, wheel)
    settings = folder / maker.settings
    text = settings.read_text(encoding="utf-8")
    settings.write_text(INSTALLED_APPS.sub(r'INSTALLED_APPS = ["simple_deploy"] + \g<rest>', text), encoding="utf-8")
    deploy("--fix", "create-repository")

    assert "Ready to deploy" in deploy("--check")
    for platform, answers in PLANS.items():
        deploy("--plan", "--platform", platform, *answers)
    before = projects.fingerprint(folder)
    assert call("git", "status", "--porcelain") == ""

    said = deploy("--automate-all", "--platform", "local")
    try:
        address = ADDRESS.search(said)
        assert address is not None, said
        with urlopen(address[1] + maker.page, timeout=120) as page:
            assert page.status == 200
        deploy("--undo")
        assert projects.fingerprint(folder) == before
        assert call("git", "status", "--porcelain") == ""
    finally:
        deploy("--destroy", "--platform", "local")
