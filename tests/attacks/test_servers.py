"""The dashboard behind each asynchronous server that Django's documentation names, and granian."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest
import uv

from tests.attacks.claims import proves
from tests.attacks.conftest import FINISHED, enter, missing
from tests.attacks.door import HOME
from tests.attacks.test_hosts import check_door, host_project
from tests.support.project import child_environment
from tests.support.thief import knock_as, nobody
from tests.support.waiting import waited
from tests.web.servers import serving

#: What is installed for each, how it is started, and what the settings say of it.
SERVERS = {
    "daphne in the place of runserver": (
        "daphne",
        "runserver without reload",
        'INSTALLED_APPS = ["daphne", *INSTALLED_APPS]\nASGI_APPLICATION = "mysite.asgi.application"\n',
    ),
    "hypercorn": ("hypercorn", "hypercorn", ""),
    "granian": ("granian[reload]", "granian", ""),
    "uvicorn": ("uvicorn", "uvicorn", ""),
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all of them, beside what the tests have."""
    folder = tmp_path_factory.mktemp("servers") / "packages"
    wanted = [package for package, _, _ in SERVERS.values()]
    command = (uv.find_uv_bin(), "pip", "install", "--quiet", "--python", sys.executable, "--target", str(folder))
    done = subprocess.run([*command, *wanted], capture_output=True, text=True)
    if done.returncode:
        missing(f"{', '.join(wanted)} cannot be installed: {done.stderr}")
    return folder


@pytest.mark.slow
@proves(
    "The dashboard is served by daphne instead of `runserver`, by hypercorn, granian or uvicorn; visitors "
    "without the code, with other names and from other sites, through a proxy, and another user of the computer "
    "who has everything request it",
    "Its owner gets pages, streams and downloads; everybody else is refused; nothing the server prints contains "
    "a session",
)
@pytest.mark.parametrize("name", SERVERS)
def test_an_asynchronous_server(name: str, installed: Path, flat_project: Path, tmp_path: Path) -> None:
    _, kind, settings = SERVERS[name]
    project = host_project(flat_project, tmp_path, settings)
    env = child_environment(tmp_path)
    env = {**env, "PYTHONPATH": os.pathsep.join((str(installed), env["PYTHONPATH"]))}
    with serving(project, env, kind) as server:
        door = enter(server, name)
        check_door(door)
        log = project / ".simple_deploy" / "runs" / FINISHED / "deploy.log"
        assert door.ask(path=f"{HOME}runs/{FINISHED}/log.txt").status == 200 and log.is_file()
        stranger = nobody()
        if stranger is not None and sys.platform == "linux":
            body = urlencode({"token": door.token, "option-app_name": "shop"}).encode()
            lines = [f"Host: {door.name}", f"Cookie: {door.cookie}", "Connection: close"]
            form = ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
            look = "\r\n".join([f"GET {door.home} HTTP/1.1", *lines, "", ""]).encode()
            post = [f"POST {door.home}platforms/toy/ HTTP/1.1", *lines, f"Origin: {door.origin}", *form, "", ""]
            for request in (look, "\r\n".join(post).encode() + body):
                answer = knock_as(stranger, (server.host, server.port), request)
                assert answer.startswith("HTTP/1.1 403"), answer
            assert knock_as(None, (server.host, server.port), look).startswith("HTTP/1.1 200")
            waited(lambda: "it came from a program of another user of this computer" in door.told())
        for secret in (door.home.split("/")[-2], door.cookie.partition("=")[2]):
            assert secret and secret not in server.output
