"""Each kind of project is configured, committed, built from its Dockerfile, and run as Fly.io runs it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from simple_deploy.testing import Shape
from simple_deploy.testkit.projects import Project
from tests.platforms.table import proves
from tests.support.edge import Answer, Edge, visit
from tests.support.images import PYTHON, Image, Images
from tests.support.postgres import Postgres
from tests.support.shapes import Shapes

APP = "slow-train"
ADMIN = {
    "DJANGO_SUPERUSER_USERNAME": "ada",
    "DJANGO_SUPERUSER_EMAIL": "ada@example.com",
    "DJANGO_SUPERUSER_PASSWORD": "a-long-password-9",
}
SECRET = "of-this-test-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFG"
#: What Fly.io sets in every machine, and its proxy adds to every request.
IN_MACHINES = {"FLY_APP_NAME": APP, "FLY_MACHINE_ID": "6e82dd45f5e087", "FLY_REGION": "fra", "PRIMARY_REGION": "fra"}
FROM_PROXY = {"Fly-Client-IP": "203.0.113.7", "Fly-Region": "fra", "Via": "2 fly.io"}


def configured(shapes: Shapes, shape: Shape, folder: Path, database: str) -> Project:
    """The sample project, configured and committed, with things in its folder that must not get into an image."""
    project = shapes.project(shape, folder)
    project.write({".python-version": f"{PYTHON}\n"})
    project.commit("The Python of the site")
    answers = ("--deployed-project-name", APP, "--region", "fra", "--database", database)
    outcome = project.deploy("--platform", "flyio", *answers, "--no-input")
    assert outcome.exit_code == 0, outcome
    project.commit("Configure deployment to Fly.io")
    project.write({".env": f"SECRET_KEY={SECRET}\n", f"{project.project_dir or '.'}/db.sqlite3": b"private"})
    return project


def fly_toml(project: Project) -> Mapping[str, Any]:
    return tomlkit.parse((project.root / "fly.toml").read_text(encoding="utf-8")).unwrap()


def health(edge: Edge, config: Mapping[str, Any]) -> Answer:
    """What Fly.io's health check gets: it comes from within, to the machine's address, with the headers it is told."""
    check = config["http_service"]["checks"][0]
    return edge.ask(check["method"], check["path"], headers=check["headers"])


def machine(config: Mapping[str, Any], **secret: str) -> dict[str, str]:
    """The variables of the site's machines."""
    return {**config["env"], **IN_MACHINES, "SECRET_KEY": SECRET, **secret}


def look_into(image: Image) -> None:
    """Nothing secret is in it, and the site may not change itself."""
    with image.mounted() as root:
        inside = [path.relative_to(root / "code").as_posix() for path in (root / "code").rglob("*")]
        assert any(path.endswith("manage.py") for path in inside)
        forbidden = {".git", ".env", ".simple_deploy", "db.sqlite3", "fly.toml", "Dockerfile"}
        assert not forbidden & {Path(path).name for path in inside}
        assert not (root / "venv/bin/poetry").exists() and not list(root.glob("usr/local/bin/*poetry"))
        assert (root / "venv/bin/gunicorn").exists()
        owned = {path for path in (root / "code").rglob("*") if path.lstat().st_uid != 0}
        assert {path.name for path in owned} <= {"media"}, "the site's user owns code"


@pytest.mark.postgres
@pytest.mark.timeout(900)  # the base image is made by whichever test is first
@proves(
    "flyio",
    ("requirements", "pipenv", "poetry", "poetry-tool", "uv"),
    without=dict.fromkeys(
        ("pip-tools", "pdm", "hatch", "pep621"), "The image installs a requirements file, as the first row shows."
    ),
)
def test_a_project_is_built_and_runs(
    manager: str, layout: str, shapes: Shapes, images: Images, postgres: Postgres, tmp_path: Path
) -> None:
    project = configured(shapes, Shape(layout=layout, manager=manager), tmp_path / "my site", "unmanaged-postgres")
    config = fly_toml(project)
    image = images.build(project.root, f"localhost/{manager}-{layout}:{secrets.token_hex(4)}")
    look_into(image)
    assert image.config["User"] == "app"

    env = machine(config, DATABASE_URL=f"{postgres.database()}?sslmode=disable")
    migrated = image.run(config["deploy"]["release_command"].split(), {**env, "RELEASE_COMMAND": "1"})
    assert "Applying posts.0001_initial" in migrated
    checked = image.run(("python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"), env)
    assert "no issues" in checked
    with pytest.raises(AssertionError, match="SECRET_KEY"):
        image.run(("python", "manage.py", "check"), {**IN_MACHINES, "DATABASE_URL": "postgres://db.internal/site"})
    image.run(("python", "manage.py", "createsuperuser", "--noinput"), {**env, **ADMIN})

    log = tmp_path / "machine.log"
    with image.serving(env, port=config["http_service"]["internal_port"], log=log) as port:
        edge = Edge(port, f"{APP}.fly.dev", headers=FROM_PROXY)
        assert health(edge, config).status == 200
        visit(edge, user="ada", password=ADMIN["DJANGO_SUPERUSER_PASSWORD"])
    assert "GET / HTTP/1.1" in log.read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_site_with_sqlite_keeps_its_data_on_the_volume(shapes: Shapes, images: Images, tmp_path: Path) -> None:
    project = configured(shapes, Shape(), tmp_path / "site", "sqlite")
    config = fly_toml(project)
    image = images.build(project.root, f"localhost/sqlite:{secrets.token_hex(4)}")
    assert "release_command" not in config.get("deploy", {}), "a release command has no volume"
    volume = tmp_path / "volume"  # new, and root's, as Fly.io makes it
    volume.mkdir(mode=0o755)
    mount, env = {volume: config["mounts"][0]["destination"]}, machine(config)
    listening = config["http_service"]["internal_port"]

    with image.serving(env, port=listening, log=tmp_path / "first.log", volumes=mount) as port:
        assert health(Edge(port, f"{APP}.fly.dev"), config).status == 200
    assert (volume / "db.sqlite3").stat().st_uid == 1000
    # As over `fly ssh console`, which is root.
    image.run(("python", "manage.py", "createsuperuser", "--noinput"), {**env, **ADMIN}, volumes=mount)

    with image.serving(env, port=listening, log=tmp_path / "second.log", volumes=mount) as port:
        visit(Edge(port, f"{APP}.fly.dev", headers=FROM_PROXY), user="ada", password=ADMIN["DJANGO_SUPERUSER_PASSWORD"])
