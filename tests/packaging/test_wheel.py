"""The wheel as a person installs it: what is in it, what is not, and that page, demo and deployment work from it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urljoin
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
import uv

from simple_deploy.demo.create import read_source
from simple_deploy.system import process
from tests.support.checkout import CHECKOUT
from tests.support.ports import free_port, wait_until_it_listens
from tests.support.waiting import waited

UV = uv.find_uv_bin()

pytestmark = pytest.mark.slow  # the wheel is built for them


def call(argv: list[str], **options: Any) -> str:
    """Run a command that has to succeed; returns what it prints."""
    done = subprocess.run(
        argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", timeout=280, **options
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A clean environment with nothing but the wheel and what the sample project needs."""
    folder = tmp_path_factory.mktemp("clean")
    own = folder / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    call([UV, "venv", "--quiet", "--python", sys.executable, str(folder / "venv")])
    call(
        [UV, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(own), str(wheel), "pillow"], cwd=folder
    )
    return str(own)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody who has no checkout."""
    dropped = {"DJANGO_SETTINGS_MODULE", "PYTHONPATH", "VIRTUAL_ENV"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {
        **kept,
        "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "SIMPLE_DEPLOY_DATA_DIR": str(tmp_path / "data"),
        "SIMPLE_DEPLOY_CACHE_DIR": str(tmp_path / "cache"),
        "PYTHONIOENCODING": "utf-8",
        "PYTHONUNBUFFERED": "1",
    }


def test_only_our_packages_become_importable(names: set[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    packages = {top for top in tops if not top.endswith(".dist-info")}
    plugins = {path.name for path in (CHECKOUT / "plugins").iterdir() if (path / "__init__.py").exists()}
    assert packages == {"simple_deploy", *plugins}


@pytest.mark.parametrize("folder", ["templates", "static", "sample_project", "sample_polls"])
def test_folders_that_are_not_python_are_complete(folder: str, names: set[str]) -> None:
    expected = {f"simple_deploy/{folder}/{path}" for path in read_source(CHECKOUT / folder)}
    assert expected
    assert expected == {name for name in names if name.startswith(f"simple_deploy/{folder}/")}


def test_nothing_of_a_computer_is_in_it(names: set[str]) -> None:
    unwanted = re.compile(r"__pycache__|\.pyc$|\.sqlite3|\.simple_deploy|\.venv|/media/|\.lock$")
    assert [name for name in names if unwanted.search(name)] == []


@contextmanager
def development_server(python: str, folder: Path, env: dict[str, str]) -> Iterator[str]:
    """Runs the project's own server; gives the address of the dashboard that it prints."""
    log = folder.parent / "runserver.log"
    log.touch(mode=0o600)  # what others may read gets no access code
    with log.open("w") as output:
        port = free_port()
        server = subprocess.Popen(
            [python, "manage.py", "runserver", str(port)],
            cwd=folder,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
            **process.own_group(),
        )
    try:
        wait_until_it_listens(server, port, log=log)
        found = waited(lambda: re.search(r"http://\S+/simple-deploy/\?\S+", log.read_text(encoding="utf-8")))
        yield found.group()
    finally:
        process.kill_tree(server.pid)
        server.wait()


def shows_the_sample(url: str) -> bool:
    """Whether the sample's site answers there; another site may have taken its port since."""
    try:
        with build_opener().open(url) as response:
            return b"The view from seat 14" in response.read()
    except URLError:
        return False


def test_page_opens_in_a_fresh_project(python: str, env: dict[str, str], tmp_path: Path) -> None:
    call([python, "-m", "django", "startproject", "mysite"], cwd=tmp_path, env=env)
    folder = tmp_path / "mysite"
    settings = folder / "mysite" / "settings.py"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        re.sub(r"(INSTALLED_APPS = \[\n)", r"\1    'simple_deploy',\n", text), encoding="utf-8", newline="\n"
    )
    with development_server(python, folder, env) as address:
        browser = build_opener(HTTPCookieProcessor(CookieJar()))
        with browser.open(address) as response:
            page = response.read().decode("utf-8")
            here = response.url
        assert "This computer" in page
        files = re.findall(r'(?:href|src)="([^"]+\.(?:css|js|svg)[^"]*)"', page)
        assert files
        for file in files:
            with browser.open(urljoin(here, file)) as response:
                assert response.status == 200


def test_demo_and_deployment_work(python: str, env: dict[str, str], tmp_path: Path) -> None:
    said = call([python, "-m", "simple_deploy.demo", "--dir", "demo", "--layout", "nested"], cwd=tmp_path, env=env)
    assert "Password, shown only here" in said
    folder = tmp_path / "demo" / "blog"
    assert "local" in call([python, "manage.py", "deploy", "--list-platforms"], cwd=folder, env=env)
    argv = [python, "manage.py", "deploy", "--platform", "local", "--yes", "--no-input"]
    try:
        result = json.loads(call([*argv, "--automate-all", "--json"], cwd=folder, env=env).splitlines()[-1])
        assert (result["type"], result["status"]) == ("result", "succeeded")
        with build_opener().open(result["url"]) as response:
            assert "The view from seat 14" in response.read().decode("utf-8")
    finally:
        call([*argv, "--destroy"], cwd=folder, env=env)
    assert not shows_the_sample(result["url"])
