"""The access code is made once, for its owner only."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from simple_deploy.web import session
from simple_deploy.web.access import Access, read_or_make
from simple_deploy.web.host import Server
from simple_deploy.web.link import find_state, link, remember
from tests.support.checkout import CHECKOUT
from tests.support.systems import needs_modes


@needs_modes
def test_a_pipe_in_the_place_of_the_code_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "token", 0o600)
    assert read_or_make(tmp_path) == read_or_make(tmp_path)


def test_the_code_is_made_once_and_kept(tmp_path: Path) -> None:
    state = tmp_path / ".simple_deploy"
    made = read_or_make(state)
    assert len(made.code) >= 22  # 128 bits and more
    assert read_or_make(state) == made
    assert (state / ".gitignore").read_text() == "*\n"
    assert read_or_make(tmp_path / "other") != made


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    state = tmp_path / ".simple_deploy"
    read_or_make(state)
    remember(state, Server(name="runserver"))
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in state.iterdir() if path.name != ".gitignore"} == {0o600}


@pytest.mark.parametrize("content", ["", "short\n", b"\xff\xfe"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, content: str | bytes) -> None:
    (tmp_path / "token").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert len(read_or_make(tmp_path).code) >= 22


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        read_or_make(tmp_path / "file" / ".simple_deploy")


def test_the_link_names_the_server_that_runs(tmp_path: Path) -> None:
    code = read_or_make(tmp_path).code
    assert link(tmp_path) == f"/simple-deploy/?code={code}", "nobody knows who listens on some usual port"
    remember(tmp_path, Server(name="runserver", host="localhost", port=9001))
    assert link(tmp_path) == f"http://localhost:9001/simple-deploy/?code={code}"
    remember(tmp_path, None)
    assert link(tmp_path) == f"/simple-deploy/?code={code}"
    assert link(tmp_path, "https://box.example") == f"https://box.example/simple-deploy/?code={code}"


def test_the_port_of_a_server_that_stopped_is_not_named(tmp_path: Path) -> None:
    script = (
        "import pathlib; from simple_deploy.web import access, host, link; access.read_or_make(pathlib.Path());"
        "link.remember(pathlib.Path(), host.Server(name='runserver', port=9001)); print(link.link(pathlib.Path()))"
    )
    env = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.stdout.startswith("http://127.0.0.1:9001/simple-deploy/?code="), done.stderr
    assert link(tmp_path).startswith("/simple-deploy/?code="), "somebody else may have the port by now"


def test_the_state_folder_is_found_from_below(tmp_path: Path) -> None:
    below = tmp_path / "project" / "app"
    below.mkdir(parents=True)
    assert find_state(below, {}) is None
    state = tmp_path / "project" / ".simple_deploy"
    read_or_make(state)
    assert find_state(below, {}) == state
    assert find_state(below, {"SIMPLE_DEPLOY_STATE_DIR": str(tmp_path / "elsewhere")}) == tmp_path / "elsewhere"


def test_sessions_and_form_tokens_belong_to_each_other() -> None:
    access = Access(code="x" * 32)
    one, two = session.new(), session.new()
    assert len(one) * 6 >= 96  # bits
    assert one != two
    cookie = access.cookie(one, "8000")
    assert access.is_cookie(cookie, one, "8000")
    assert not access.is_cookie(cookie, one, "8001")
    assert not access.is_cookie(cookie, two, "8000")
    assert not access.is_cookie("", one, "8000")
    assert one not in cookie
    assert access.is_form_token(one, access.form_token(one))
    assert not access.is_form_token(two, access.form_token(one))
    assert access.code not in cookie + access.form_token(one)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/simple-deploy", ("", "")),
        ("/simple-deploy/", ("", "")),
        ("/simple-deploy/runs/x/", ("", "runs/x/")),
        (f"/simple-deploy/{'a' * 24}", ("a" * 24, "")),
        (f"/simple-deploy/{'a' * 24}/", ("a" * 24, "")),
        (f"/simple-deploy/{'a' * 24}/runs/x/", ("a" * 24, "runs/x/")),
        (f"/simple-deploy/{'a' * 23}/runs/", ("", f"{'a' * 23}/runs/")),
        (f"/simple-deploy/{'a' * 23}ä/runs/", ("", f"{'a' * 23}ä/runs/")),
        (f"/simple-deploy//{'a' * 24}/", ("", f"/{'a' * 24}/")),
    ],
)
def test_an_address_names_its_session(path: str, found: tuple[str, str]) -> None:
    assert session.split(path) == found


def test_the_code_is_read_without_django(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from simple_deploy.web.link import link; print(link(Path(sys.argv[1])));"
        "sys.exit('django' in sys.modules)"
    )
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr
    assert "/simple-deploy/?code=" in done.stdout


def test_another_terminal_shows_the_link_again(tmp_path: Path) -> None:
    code = read_or_make(tmp_path / ".simple_deploy").code
    remember(tmp_path / ".simple_deploy", Server(name="runserver", port=8765))
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, "-m", "simple_deploy", "link"], cwd=tmp_path, capture_output=True, text=True, env=env
    )
    assert done.stdout.strip() == f"http://127.0.0.1:8765/simple-deploy/?code={code}", done.stderr


def asked(folder: Path, *words: str) -> str:
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    argv = [sys.executable, "-m", "simple_deploy", "link", *words]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, env=env, check=True).stdout.strip()


def test_another_terminal_ends_every_session(tmp_path: Path) -> None:
    state = tmp_path / ".simple_deploy"
    before = read_or_make(state)
    known = session.new()
    cookie = before.cookie(known, "8000")
    remember(state, Server(name="runserver", port=8765))
    shown = asked(tmp_path, "--new")
    now = read_or_make(state)
    assert now != before
    assert shown == f"http://127.0.0.1:8765/simple-deploy/?code={now.code}" == asked(tmp_path)
    assert not now.is_cookie(cookie, known, "8000")
    assert not now.admits(before.code)


def test_where_no_server_has_said_its_address_none_is_made_up(tmp_path: Path) -> None:
    code = read_or_make(tmp_path / ".simple_deploy").code
    shown = asked(tmp_path)
    assert shown.endswith(f" /simple-deploy/?code={code}")
    assert "http" not in shown and "No development server is known to run" in shown
