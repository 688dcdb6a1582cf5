"""Which container engine builds in a rehearsal, and what it is told."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.core.errors import StepError
from simple_deploy.rehearsal import World, dockerfile, free_port, images
from simple_deploy.rehearsal.world import HOST, install_program

STAGES = """
# syntax=docker/dockerfile:1
FROM --platform=linux/amd64 python:3.13-slim AS Packages
RUN apt-get update \\
    && apt-get install -y gcc
FROM scratch AS empty
FROM $BASE
FROM python:3.13-slim
COPY --from=packages /venv /venv
FROM packages
"""
WORKS, BROKEN = "this", "no_such_module"  # modules: what is run in place of an engine, whatever it is told


def test_what_a_build_begins_with_is_found() -> None:
    assert dockerfile.bases(STAGES) == ("python:3.13-slim",)
    assert dockerfile.named_stages(STAGES) == ("Packages", "empty")
    assert ("RUN", "apt-get update && apt-get install -y gcc") in dockerfile.instructions(STAGES)


@given(st.text("FROMfrom asAS:$-\\\n# ", max_size=80))
def test_any_text_is_read(text: str) -> None:
    dockerfile.bases(text)
    dockerfile.named_stages(text)


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        ("gunicorn --bind 0.0.0.0:8000 site.wsgi", f"gunicorn --bind {HOST}:51000 site.wsgi"),
        ("gunicorn -b :8000 --max-requests 8000 site.wsgi", f"gunicorn -b {HOST}:51000 --max-requests 8000 site.wsgi"),
        ("uvicorn --host 0.0.0.0 --port 8000", "uvicorn --host 0.0.0.0 --port 51000"),
        ("daphne --port=8000 a:80001", "daphne --port=51000 a:80001"),
        ("manage.py runserver [::]:8000", f"manage.py runserver {HOST}:51000"),
    ],
)
def test_a_site_is_told_a_port_that_is_free(argv: str, expected: str) -> None:
    port, words, _ = images.moved(argv.split(), {}, 8000, 51000)
    assert (port, " ".join(words)) == (51000, expected)


def test_a_command_in_a_shell_and_a_variable_are_told_too() -> None:
    shell = ("sh", "-c", "chown app /data && exec setpriv sh -c 'gunicorn --bind 0.0.0.0:8000 a'")
    assert f"--bind {HOST}:51000 a'" in images.moved(shell, {}, 8000, 51000)[1][2]
    assert images.moved(("serve",), {"PORT": "8000"}, 8000, 51000) == (51000, ("serve",), {"PORT": "51000"})


def test_a_site_that_cannot_be_told_has_its_own_port_unless_that_is_taken() -> None:
    free = free_port()
    assert images.moved(("serve",), {}, free, 51000)[0] == free
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        with pytest.raises(StepError, match="is taken"):
            images.moved(("serve",), {}, other.getsockname()[1], 51000)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world on a computer where nothing is installed but what a test puts into it."""
    found = World(tmp_path / "world")
    monkeypatch.setenv("PATH", str(found.programs))
    monkeypatch.delenv(images.VARIABLE, raising=False)
    return found


def reason(world: World) -> str:
    with pytest.raises(images.Unavailable) as caught:
        images.find(world)
    return caught.value.message


def test_without_an_engine_it_is_said_why(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reason(world) == "none of podman, docker and buildah is installed"
    monkeypatch.setenv(images.VARIABLE, "podman")
    assert reason(world) == "podman is not installed"
    monkeypatch.setenv(images.VARIABLE, "none")
    assert reason(world) == "SIMPLE_DEPLOY_CONTAINER_ENGINE says so"


def test_an_engine_that_does_not_work_is_passed_over(world: World) -> None:
    install_program(world, "docker", BROKEN)
    assert reason(world).startswith("docker does not work here (")
    assert BROKEN in reason(world)

    install_program(world, "buildah", WORKS)
    assert images.find(world).name == "buildah"


def test_that_nothing_can_be_built_is_remembered_until_somebody_prepares(world: World) -> None:
    install_program(world, "buildah", WORKS)
    images.give_up(world, "there is no network")
    assert reason(world) == "there is no network"

    images.try_again(world)
    assert images.find(world).shares_network


@pytest.mark.parametrize(
    ("said", "host"),
    [("linux Debian GNU/Linux 13 [name=seccomp] 28.2", HOST), ("linux Docker Desktop [] 28", "host.docker.internal")],
)
def test_docker_says_how_containers_reach_this_computer(said: str, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    docker = next(each for each in images.PROGRAMS if each.name == "docker")
    assert docker.host(said) == host


@pytest.mark.parametrize("said", ["windows Microsoft Windows [] 28", "linux Debian [name=rootless] 28"])
def test_docker_that_cannot_be_used_says_why(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    docker = next(each for each in images.PROGRAMS if each.name == "docker")
    with pytest.raises(images.Unavailable):
        docker.host(said)
