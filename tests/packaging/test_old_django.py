"""The wheel beside versions of Django and of its own companions that are old: nothing is moved, and all is explained."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
import uv

from simple_deploy.testkit import projects
from tests.support import pythons
from tests.support.ports import free_port, wait_until_it_listens

UV = uv.find_uv_bin()
COMPANIONS = [
    "celery==5.2.7",
    "django-environ==0.8.1",
    "packaging==21.3",
    "typing-extensions==4.0.1",
    "rich==12.6.0",
    "tomlkit==0.11.0",
]

#: Asks with Django's own client, which goes through the whole chain of middleware.
VISIT = """
import django; django.setup()
from django.test import Client
answer = Client().get("/simple-deploy/", HTTP_HOST="localhost")
print(answer.status_code, answer["Content-Type"], answer.content.decode())
print(Client().get("/simple-deploy/", HTTP_HOST="localhost", REMOTE_ADDR="192.0.2.1").status_code)
print(Client().get("/elsewhere/", HTTP_HOST="localhost").status_code)
"""

pytestmark = [pytest.mark.slow, pytest.mark.slice(1)]


def call(argv: list[str], *, fails: bool = False, **options: Any) -> str:
    done = subprocess.run(
        argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", timeout=280, **options
    )
    assert (done.returncode != 0) == fails, done.stdout
    return done.stdout


@pytest.mark.parametrize("django", ["3.2", "4.2", "5.0", "5.1"])
def test_nothing_is_moved_and_the_reason_is_told(django: str, wheel: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    own = str(tmp_path / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    call([UV, "venv", "--quiet", "--python", pythons.found()["3.10"], str(tmp_path / "venv")], cwd=tmp_path)
    install = [UV, "pip", "install", "--quiet", "--compile-bytecode", "--no-config", "--python", own]
    call([*install, f"django=={django}.*", *COMPANIONS], cwd=tmp_path)
    before = freeze(own, tmp_path)
    call([*install, str(wheel)], cwd=tmp_path)
    assert before - freeze(own, tmp_path) == set()

    call([own, "-m", "django", "startproject", "shop", str(folder)], cwd=tmp_path)
    settings = folder / "shop" / "settings.py"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text.replace("INSTALLED_APPS = [", 'INSTALLED_APPS = [\n    "simple_deploy",'), encoding="utf-8"
    )
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "shop.settings", "SIMPLE_DEPLOY_ENABLED": "1"}
    env.pop("PYTHONPATH", None)

    said = call([own, "manage.py", "check"], cwd=folder, env=env)
    assert "simple_deploy.E002" in said
    assert f"needs Django 5.2 or later; this is {django}" in said

    call([own, "manage.py", "migrate", "--verbosity", "0"], cwd=folder, env=env)  # no warning stops a command
    with server([own, "manage.py", "runserver", "--noreload"], cwd=folder, env=env) as address:
        with pytest.raises(HTTPError) as refused:
            urlopen(f"{address}/simple-deploy/", timeout=60)
        assert refused.value.code == 503
        assert f"needs Django 5.2 or later; this is {django}" in refused.value.read().decode()

    page, *others = call([own, "-c", VISIT], cwd=folder, env=env).split("The rest of your site is untouched.")
    assert "\n503 text/plain" in page
    assert f"needs Django 5.2 or later; this is {django}" in page
    assert "howto/upgrade-version" in page
    assert others[0].splitlines().count("404") == 2


@contextmanager
def server(argv: list[str], **options: Any) -> Iterator[str]:
    """The address of the development server that *argv* starts, once it listens."""
    port = free_port()
    quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([*argv, f"127.0.0.1:{port}"], **quiet, **options)
    try:
        wait_until_it_listens(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def freeze(python: str, cwd: Path) -> set[str]:
    return set(call([UV, "pip", "freeze", "--no-config", "--python", python], cwd=cwd).splitlines())


def test_old_companions_are_enough(wheel: Path, tmp_path: Path, simple_deploy_cache: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    own = str(tmp_path / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    call([UV, "venv", "--quiet", "--python", pythons.found()["3.10"], str(tmp_path / "venv")], cwd=tmp_path)
    install = [UV, "pip", "install", "--quiet", "--compile-bytecode", "--no-config", "--python", own]
    call([*install, "django==5.2", *COMPANIONS], cwd=tmp_path)
    before = freeze(own, tmp_path)
    call([*install, str(wheel)], cwd=tmp_path)
    assert before - freeze(own, tmp_path) == set()

    call([own, "-m", "django", "startproject", "shop", str(folder)], cwd=tmp_path)
    settings = folder / "shop" / "settings.py"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text.replace("INSTALLED_APPS = [", 'INSTALLED_APPS = [\n    "simple_deploy",'), encoding="utf-8"
    )
    (folder / "requirements.txt").write_text("django==5.2\n", encoding="utf-8")
    env = {**os.environ, **projects.environment(tmp_path / "home", cache=simple_deploy_cache)}
    env = {name: value for name, value in env.items() if value and name != "PYTHONPATH"}
    deploy = [own, "manage.py", "deploy", "--yes", "--no-input"]
    call([*deploy, "--fix", "create-repository"], cwd=folder, env=env)
    assert "Ready to deploy" in call([*deploy, "--check"], cwd=folder, env=env)

    # The dashboard's worker loads Celery, and the command everything else.
    call([own, "-m", "celery", "-A", "simple_deploy.jobs", "report"], cwd=folder, env=env)
    try:
        call([*deploy, "--automate-all", "--platform", "local"], cwd=folder, env=env)
        assert "shop answers" in call([*deploy, "--status"], cwd=folder, env=env)
        call([*deploy, "--undo"], cwd=folder, env=env)
    finally:
        call([*deploy, "--destroy", "--platform", "local"], cwd=folder, env=env)
