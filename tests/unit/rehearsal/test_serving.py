"""Serving a site where gunicorn does not run; tried here with waitress in its place."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.rehearsal import World, gunicorn, serving, sockets
from tests.support.waiting import PATIENCE, waited

WORDS = st.text(st.characters(categories=("L", "Nd"), include_characters="-=./"), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("words", "env", "bind", "target"),
    [
        (["--bind", "0.0.0.0:81", "blog.wsgi:application"], {}, ["0.0.0.0:81"], "blog.wsgi:application"),
        (["blog.wsgi", "--timeout", "60"], {"PORT": "5001"}, ["0.0.0.0:5001"], "blog.wsgi"),
        (["-b", ":80", "-b", ":81", "-w", "2", "blog:make()"], {}, [":80", ":81"], "blog:make()"),
        (["blog.wsgi"], {"GUNICORN_CMD_ARGS": "--access-logfile - --bind=:90"}, [":90"], "blog.wsgi"),
        (["blog.wsgi"], {}, ["127.0.0.1:8000"], "blog.wsgi"),
        (["--bind", "unix:/run/app.sock", "blog.wsgi"], {}, ["unix:/run/app.sock"], "blog.wsgi"),
        (["--bind", "unix:127.0.0.1:83", "blog.wsgi"], {}, ["127.0.0.1:83"], "blog.wsgi"),
    ],
)
def test_gunicorn_s_command_line_is_understood(
    words: list[str], env: dict[str, str], bind: list[str], target: str
) -> None:
    found = gunicorn.parse(words, env)

    assert (found.bind, found.target) == (bind, target)


def test_a_command_line_without_an_application_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        gunicorn.parse(["--bind", ":80"], {})
    assert "no application module specified" in capsys.readouterr().err


@given(st.lists(WORDS.map("--{}".format), max_size=4))
def test_the_application_is_found_behind_any_flags(flags: list[str]) -> None:
    known = ("--bind", "--chdir", "--pythonpath", "--worker-class")
    others = [flag for flag in flags if flag.partition("=")[0] not in known and flag != "--"]

    assert gunicorn.parse([*others, "blog.wsgi:application"], {}).target == "blog.wsgi:application"


@pytest.mark.parametrize("has_unix", [sockets.HAS_UNIX, False])
def test_waitress_serves_in_its_place(has_unix: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "HAS_UNIX", has_unix)
    world = World(tmp_path / "world")
    address = sockets.place(world, "site")
    assert has_unix != address.startswith("127.0.0.1:")
    site = tmp_path / "my site"
    site.mkdir()
    (site / "hello.py").write_text(
        "def application(env, start):\n"
        "    start('200 OK', [('Content-Type', 'text/plain')])\n"
        "    return [env['HTTP_X_FORWARDED_PROTO'].encode()]\n",
        encoding="utf-8",
    )
    started = "from gunicorn.app.wsgiapp import run; run()"  # as the program `gunicorn` does
    flags = ("--chdir", "my site", "--threads", "4", "--bind", f"unix:{address}")
    env = {"PYTHONPATH": str(serving.prepare(world)), "PATH": os.environ["PATH"]}
    try:
        for _ in range(2):  # what the first leaves is not in the way of the second
            sockets.clear(address)
            world.start("site", (sys.executable, "-c", started, *flags, "hello:application"), cwd=tmp_path, env=env)
            waited(lambda: sockets.listens(address) or not world.is_running("site"))
            assert world.is_running("site"), world.log("site").read_text(encoding="utf-8")
            with closing(sockets.Connection(address, timeout=PATIENCE)) as connection:
                connection.request("GET", "/", headers={"X-Forwarded-Proto": "https"})
                assert connection.getresponse().read() == b"https"
    finally:
        world.remove()


def test_on_windows_the_shell_is_the_one_that_comes_with_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git = tmp_path / "Git" / "cmd" / "git.exe"
    bash = tmp_path / "Git" / "bin" / "bash.exe"
    for file in (git, bash):
        file.parent.mkdir(parents=True)
        file.touch()
    monkeypatch.setattr(serving, "STANDS_IN", True)
    monkeypatch.setattr(serving.shutil, "which", {"git": str(git), "bash": r"C:\Windows\System32\bash.exe"}.get)

    assert serving.shell("sh") == str(bash.resolve())
