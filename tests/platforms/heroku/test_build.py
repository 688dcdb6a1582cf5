"""Each kind of project is configured, committed, built as Heroku's buildpack does it, and run as its dynos would be."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import uv
from simple_deploy_heroku.rules import processes
from simple_deploy_heroku.simulator.buildpack import Build, BuildRefused

from simple_deploy.testing import Shape
from simple_deploy.testkit.projects import Project
from tests.platforms.table import proves
from tests.support.edge import Edge, bare_environment, serving, visit
from tests.support.ports import free_port
from tests.support.postgres import Postgres
from tests.support.shapes import Shapes, lay_out

HOST = "slow-train-6832f41752c9.herokuapp.com"
ADMIN = {
    "DJANGO_SUPERUSER_USERNAME": "ada",
    "DJANGO_SUPERUSER_EMAIL": "ada@example.com",
    "DJANGO_SUPERUSER_PASSWORD": "a-long-password-9",
}
#: What Heroku sets on every dyno of an app that the buildpack built.
ON_DYNOS = {"FORWARDED_ALLOW_IPS": "*", "GUNICORN_CMD_ARGS": "--access-logfile -", "WEB_CONCURRENCY": "2"}


@dataclass
class Dynos:
    """An app that was built."""

    build: Build
    said: list[str]

    def run(self, command: str, **variables: str) -> str:
        """Run a command line as ``heroku run`` and the release phase do; returns what it printed."""
        env = {**self.build.variables(), **ON_DYNOS, "DYNO": "run.1", **variables}
        done = subprocess.run(["bash", "-c", command], cwd=self.build.tree, env=env, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr


def built(project: Project, folder: Path, config: Mapping[str, str], base: Mapping[str, str], **more: str) -> Dynos:
    """The project's last commit, built.

    :param more: variables that are there while it is built.
    """
    said: list[str] = []

    def execute(argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> int:
        done = subprocess.run([*argv], cwd=cwd, env={**env, **more}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said.extend(done.stdout.decode("utf-8", "replace").splitlines())
        return done.returncode

    build = Build(
        tree=lay_out(project.root, folder / "app"),
        environment=folder / "environment",
        config=config,
        base=base,
        uv=uv.find_uv_bin(),
        python=sys.executable,
        execute=execute,
        say=said.append,
    )
    try:
        build()
    except BuildRefused as refused:
        raise AssertionError("\n".join([*said, str(refused)])) from refused
    return Dynos(build, said)


@pytest.mark.postgres
@proves(
    "heroku",
    ("requirements", "pipenv", "poetry", "poetry-tool", "uv"),
    without={
        "pip-tools": "Heroku sees the requirements.txt that pip-tools compiles; see requirements.txt.",
        **dict.fromkeys(("pdm", "hatch", "pep621"), "A requirements.txt is exported; see requirements.txt."),
    },
)
def test_a_project_is_built_and_runs(
    manager: str, layout: str, shapes: Shapes, postgres: Postgres, tmp_path: Path
) -> None:
    shape = Shape(layout=layout, manager=manager)
    project = shapes.project(shape, tmp_path / "my site")
    configured = project.deploy("--platform", "heroku", "--no-input", "--deployed-project-name", "slow-train")
    assert configured.exit_code == 0, configured
    project.commit("Configure deployment to Heroku")

    config = {
        "ON_HEROKU": "1",
        "DJANGO_SETTINGS_MODULE": "blog.settings",
        "SECRET_KEY": "of-this-test-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFG",
        "DATABASE_URL": postgres.database(),
        "ALLOWED_HOSTS": HOST,
    }
    variables = {name: value for name, value in shapes.variables(shape).items() if value}
    # Nobody says whether DYNO is set while an app is built, so both are tried.
    phase = {"DYNO": "build.1"} if layout == "nested" else {}
    dynos = built(project, tmp_path, config, {**bare_environment(HOME=str(tmp_path)), **variables}, **phase)

    commands = processes((dynos.build.tree / "Procfile").read_text(encoding="utf-8"))
    assert set(commands) == {"web", "release"}
    released = dynos.run(commands["release"], DYNO="release.1")
    assert "Applying posts.0001_initial" in released
    manage = commands["release"].partition(" migrate")[0]
    assert "no issues" in dynos.run(f"{manage} check --deploy --fail-level WARNING")
    dynos.run(f"{manage} createsuperuser --noinput", **ADMIN)

    port = free_port()
    env = {**dynos.build.variables(), **ON_DYNOS, "DYNO": "web.1", "PORT": str(port)}
    log = tmp_path / "web.log"
    with serving(["bash", "-c", f"exec {commands['web']}"], cwd=dynos.build.tree, env=env, port=port, log=log):
        visit(Edge(port, HOST), user="ada", password=ADMIN["DJANGO_SUPERUSER_PASSWORD"])
    assert "GET / HTTP/1.1" in log.read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.postgres
def test_a_site_without_a_secret_key_or_without_its_marker_is_not_open_to_anybody(
    shapes: Shapes, postgres: Postgres, tmp_path: Path
) -> None:
    project = shapes.project(Shape(), tmp_path / "site")
    assert project.deploy("--platform", "heroku", "--no-input").exit_code == 0
    project.commit("Configure")
    config = {"ON_HEROKU": "1", "SECRET_KEY": "x" * 50, "DATABASE_URL": postgres.database()}
    dynos = built(project, tmp_path, config, bare_environment(HOME=str(tmp_path)))

    without = replace(dynos.build, config={**config, "SECRET_KEY": ""})
    dyno = {**without.variables(), "DYNO": "web.1"}
    del dyno["ON_HEROKU"], dyno["SECRET_KEY"]
    done = subprocess.run(
        [str(dynos.build.programs / "python"), "manage.py", "check"],
        cwd=dynos.build.tree,
        env=dyno,
        capture_output=True,
        text=True,
    )

    assert done.returncode != 0
    assert "SECRET_KEY" in done.stderr
