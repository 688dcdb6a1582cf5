"""The sample project in each of its shapes: written once per layout, then tried as a person would."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from simple_deploy.assets import folder as asset_folder
from simple_deploy.core.errors import SimpleDeployError, StepError
from simple_deploy.core.interfaces import Completed
from simple_deploy.core.secret import Secret
from simple_deploy.demo import __main__ as command
from simple_deploy.demo.claim import MARK, claim
from simple_deploy.demo.create import ADMIN, Demo, create, read_source, write_shape
from simple_deploy.demo.shape import LAYOUTS, LOCKS, MANIFESTS, DemoRefused, Shape
from simple_deploy.managers import load, pins
from simple_deploy.managers.detect import look
from simple_deploy.system import process
from tests.support.ports import free_port
from tests.support.repository import fingerprint, git

pytestmark = pytest.mark.slow

SOURCE = asset_folder("sample_project")


@dataclass
class Made:
    """A project as it was created, and what was said meanwhile."""

    demo: Demo
    said: list[str] = field(default_factory=list)


def make(folder: Path, **shape: str) -> Made:
    said: list[str] = []
    return Made(create(folder, Shape(**shape), source=SOURCE, run=process.run, say=said.append), said)


@pytest.fixture(scope="module", params=LAYOUTS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A finished project on a computer whose owner never told git their name; tests of it only look."""
    folder = tmp_path_factory.mktemp("demo") / "my first site"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", str(folder.parent / "gitconfig"))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        return make(folder, layout=request.param)


@pytest.fixture
def copy(made: Made, tmp_path: Path) -> Path:
    """A copy of the finished project to change."""
    return Path(shutil.copytree(made.demo.folder, tmp_path / "copy"))


def manage(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return subprocess.run(
        [sys.executable, "-W", "error", "manage.py", *arguments],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )


def fetch_title(database: Path) -> str:
    """The title of the newest post in it."""
    with closing(sqlite3.connect(database)) as connection:
        row = connection.execute("SELECT title FROM posts_post ORDER BY published_at DESC LIMIT 1").fetchone()
    return str(row[0])


def test_layout_is_what_it_says(made: Made) -> None:
    demo = made.demo
    nested = demo.manage_folder != demo.folder
    assert (demo.manage_folder / "manage.py").is_file()
    assert (demo.manage_folder / "blog" / "settings.py").is_file()
    assert demo.manage_folder.relative_to(demo.folder).parts == (("blog",) if nested else ())
    assert {"requirements.txt", ".gitignore", "README.md"} <= {path.name for path in demo.folder.iterdir()}
    assert (demo.folder / "manage.py").exists() is not nested


def test_repository_is_clean_and_has_one_commit_of_a_named_person(made: Made) -> None:
    folder = made.demo.folder
    assert git(folder, "status", "--porcelain") == ""
    assert git(folder, "rev-list", "--count", "HEAD") == "1"
    assert git(folder, "symbolic-ref", "--short", "HEAD") == "main"
    assert git(folder, "log", "--format=%an <%ae>") == "Slow Train <slow-train@example.com>"


def test_repository_holds_exactly_the_source(made: Made) -> None:
    tracked = git(made.demo.folder, "ls-files").splitlines()
    assert len(tracked) == len(read_source(SOURCE))
    assert not [path for path in tracked if "sqlite3" in path or "media" in path or MARK in path or ".pyc" in path]


def test_project_is_one_that_only_ever_ran_on_a_laptop(made: Made) -> None:
    settings = (made.demo.manage_folder / "blog" / "settings.py").read_text(encoding="utf-8")
    assert "DEBUG = True" in settings
    assert 'SECRET_KEY = "django-insecure-' in settings
    assert "ALLOWED_HOSTS = []" in settings
    assert '"simple_deploy",' in settings
    everything = b"".join(path.read_bytes() for path in made.demo.folder.rglob("*.py")) + settings.encode()
    assert not re.search(rb"whitenoise|gunicorn|dj_database_url|environ\[", everything)


def test_own_test_suite_passes(made: Made) -> None:
    done = manage(made.demo.manage_folder, "test")
    assert done.returncode == 0, done.stderr
    assert re.search(r"Ran [5-9]\d tests", done.stderr)


def test_migrations_are_complete_and_checks_are_silent(made: Made) -> None:
    done = manage(made.demo.manage_folder, "makemigrations", "--check", "--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues" in manage(made.demo.manage_folder, "check").stdout


def test_admin_password_is_shown_and_stored_nowhere(made: Made) -> None:
    assert made.demo.password is not None
    password = made.demo.password.reveal()
    assert len(password) >= 16
    for path in made.demo.folder.rglob("*"):
        assert not path.is_file() or password.encode() not in path.read_bytes(), path
    assert not [line for line in made.said if password in line]


@pytest.fixture
def address(made: Made, wait_for: Callable[..., object]) -> Iterator[str]:
    """The project under Django's own development server."""
    port = free_port()
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    server = subprocess.Popen(
        [sys.executable, "manage.py", "runserver", f"127.0.0.1:{port}", "--noreload"],
        cwd=made.demo.manage_folder,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        assert server.poll() is None, "the server has ended"
        try:
            return fetch(url)[0] == 200
        except urllib.error.URLError:
            return False

    try:
        wait_for(answers)
        yield url
    finally:
        process.kill_tree(server.pid)
        server.wait()


def fetch(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url) as response:
            return response.status, response.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode("utf-8", "replace")


def test_pages_answer(address: str) -> None:
    status, home = fetch(f"{address}/")
    assert status == 200
    assert "The view from seat 14" in home
    for pattern in (r'href="(/static/[^"]+\.css)"', r'src="(/media/[^"]+\.jpg)"', r'href="(/posts/[^"]+)"'):
        found = re.search(pattern, home)
        assert found, pattern
        assert fetch(address + found.group(1))[0] == 200, pattern
    for path in ("/?page=2", "/authors/mira/", "/accounts/login/", "/accounts/signup/", "/admin/login/"):
        assert fetch(address + path)[0] == 200, path
    assert fetch(f"{address}/nowhere/")[0] == 404


def test_admin_user_can_log_in(made: Made) -> None:
    assert made.demo.password is not None
    code = "from django.contrib.auth import authenticate; user = authenticate(username=input(), password=input())"
    done = process.run(
        [sys.executable, "manage.py", "shell", "-c", f"{code}; print(user.is_superuser)"],
        cwd=made.demo.manage_folder,
        env={"DJANGO_SETTINGS_MODULE": ""},
        stdin=Secret(f"{ADMIN}\n{made.demo.password.reveal()}\n"),
    )
    assert done.tail(1) == ("True",)


def test_run_again_keeps_the_database_and_every_change(copy: Path, made: Made) -> None:
    layout = "flat" if made.demo.manage_folder == made.demo.folder else "nested"
    (copy / "README.md").write_text("My own words\n", encoding="utf-8")
    (copy / "requirements.txt").unlink()
    before = fingerprint(copy)
    again = make(copy, layout=layout)
    assert again.demo.password is None
    assert not again.demo.created
    assert "its database stay as they are" in again.said[0]
    assert fingerprint(copy) == before
    assert git(copy, "rev-list", "--count", "HEAD") == "1"


def test_interrupted_start_is_finished_by_the_next_and_a_lost_database_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "demo"

    def stopped(*arguments: object, **options: object) -> None:
        raise StepError("The power went out.")

    with pytest.raises(StepError):
        create(folder, Shape(), source=SOURCE, run=stopped, say=lambda line: None)  # type: ignore[arg-type]
    (folder / "manage.py").unlink()
    (folder / "db.sqlite3").write_bytes(b"half a database")
    demo = make(folder).demo
    assert demo.created
    assert fetch_title(folder / "db.sqlite3") == "The view from seat 14"
    assert demo.password is not None
    assert git(folder, "status", "--porcelain") == ""
    assert json.loads((folder / MARK / "demo.json").read_text(encoding="utf-8"))["complete"] is True

    (folder / "db.sqlite3").unlink()
    again = make(folder).demo
    assert not again.created
    assert again.password not in (None, demo.password)
    assert fetch_title(folder / "db.sqlite3") == "The view from seat 14"


def test_name_of_the_person_is_used_where_git_knows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "gitconfig"
    config.write_text("[user]\n\tname = Ada\n\temail = ada@example.com\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")

    def git_only(argv: Sequence[str], **options: Any) -> Completed:
        done = Completed(argv=tuple(argv), returncode=0, output="")
        return process.run(argv, **options) if argv[0] == "git" else done

    folder = tmp_path / "demo"
    create(folder, Shape(), source=SOURCE, run=git_only, say=lambda line: None)
    assert git(folder, "log", "--format=%an <%ae>") == "Ada <ada@example.com>"
    assert "user." not in git(folder, "config", "--local", "--list")


def test_folder_of_somebody_else_is_refused_and_untouched(tmp_path: Path) -> None:
    theirs = tmp_path / "thesis"
    theirs.mkdir()
    (theirs / "chapter1.txt").write_text("Once\n", encoding="utf-8")
    with pytest.raises(DemoRefused, match="was not made by the demo") as refused:
        make(theirs)
    assert "--dir" in refused.value.hint
    assert [path.name for path in theirs.iterdir()] == ["chapter1.txt"]


def test_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("a file\n", encoding="utf-8")
    with pytest.raises(DemoRefused, match="was not made by the demo"):
        claim(tmp_path / "demo", Shape())


def test_empty_folder_is_taken(tmp_path: Path) -> None:
    assert not claim(tmp_path, Shape()).complete
    assert (tmp_path / MARK / ".gitignore").read_text(encoding="utf-8") == "*\n"


def test_other_layout_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    claim(tmp_path, Shape(layout="nested"))
    with pytest.raises(DemoRefused, match="another shape") as refused:
        claim(tmp_path, Shape(layout="flat"))
    assert "--layout nested" in refused.value.hint


@pytest.mark.parametrize("content", ["", "[]", "{}", "\x00"])
def test_mark_that_cannot_be_read_is_no_permission(tmp_path: Path, content: str) -> None:
    claim(tmp_path, Shape())
    (tmp_path / MARK / "demo.json").write_text(content, encoding="utf-8")
    with pytest.raises(DemoRefused, match="not certain"):
        claim(tmp_path, Shape())


@pytest.mark.parametrize("shape", [{"layout": "round"}, {"manager": "conda"}])
def test_unknown_shape_names_those_that_exist(shape: dict[str, str]) -> None:
    with pytest.raises(DemoRefused) as refused:
        Shape(**shape)
    assert "flat" in refused.value.hint or "requirements" in refused.value.hint


@pytest.mark.parametrize("manager", MANIFESTS)
def test_every_layout_holds_the_same_files_under_other_names(manager: str) -> None:
    source = read_source(SOURCE)
    flat, nested = (Shape(layout=layout, manager=manager).arrange(source) for layout in LAYOUTS)
    assert sorted(flat.values()) == sorted(nested.values())
    assert {path for path in nested if not path.startswith("blog/")} == {".gitignore", "README.md", MANIFESTS[manager]}
    if manager == "requirements":
        assert flat == source
    else:
        assert "requirements.txt" not in flat
        assert f"packages of `{MANIFESTS[manager]}`" in flat["README.md"].decode("utf-8")


@pytest.mark.parametrize("manager", MANIFESTS)
def test_every_manager_is_recognised_and_asks_for_the_same_packages(manager: str, tmp_path: Path) -> None:
    write_shape(tmp_path, Shape(layout="nested", manager=manager), run=process.run)
    (reading,) = look(tmp_path, tmp_path).found
    found = reading.dependencies
    assert found.manager == manager.partition("-")[0]
    assert found.file == MANIFESTS[manager]
    declared = {entry.name: str(Requirement(entry.text).specifier) for entry in found.declared}
    assert declared == {"django": "<7,>=5.2", "pillow": ">=11"}


@pytest.mark.slice(1)
@pytest.mark.parametrize("manager", LOCKS)
def test_lock_is_made_by_the_managers_own_program_wherever_that_comes_from(
    manager: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(Path(shutil.which("git") or "").parent))  # nobody has installed a manager here
    said: list[str] = []
    shape = Shape(manager=manager)
    create(tmp_path / "demo", shape, source=SOURCE, run=process.run, say=said.append)
    (reading,) = look(tmp_path / "demo", tmp_path / "demo").found
    found = reading.dependencies
    assert found.lock == LOCKS[manager]
    # A Pipfile without a source has a hash that only Pipenv can tell.
    assert found.lock_state == ("unknown" if manager == "pipenv" else "fresh")
    versions = pins.versions(load.lock_data(tmp_path / "demo" / LOCKS[manager]))
    assert {"django", "pillow", "asgiref", "sqlparse"} <= versions.keys()
    assert any(LOCKS[manager] in line for line in said)
    assert {MANIFESTS[manager], LOCKS[manager]} <= {*git(tmp_path / "demo", "ls-files").splitlines()}
    assert git(tmp_path / "demo", "status", "--porcelain") == ""


def test_manager_that_cannot_be_had_is_said_with_the_way_out_and_the_next_start_finishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "demo"
    with monkeypatch.context() as patch:
        patch.setenv("UV_OFFLINE", "1")
        patch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
        assert command.main(["--dir", str(folder), "--manager", "uv"]) == 1
    error = capsys.readouterr().err
    assert "uv could not make uv.lock" in error
    assert "--manager requirements" in error
    assert not (folder / ".git").exists()

    assert command.main(["--dir", str(folder), "--manager", "uv"]) == 0
    assert "uv.lock" in git(folder, "ls-files").splitlines()


def test_missing_package_is_said_before_anything_is_written(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "requirements.txt").write_text("Django\nno-such-package-here>=1\n", encoding="utf-8")
    with pytest.raises(DemoRefused, match="no-such-package-here") as refused:
        create(tmp_path / "demo", Shape(), source=source, run=process.run, say=print)
    assert "pip install -r" in refused.value.hint
    assert not (tmp_path / "demo").exists()


def test_broken_project_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    source = Path(shutil.copytree(SOURCE, tmp_path / "source"))
    (source / "posts" / "models.py").write_text("import nowhere_to_be_found\n", encoding="utf-8")
    with pytest.raises(SimpleDeployError, match=r"manage\.py migrate. failed.*nowhere_to_be_found") as failed:
        create(tmp_path / "demo", Shape(), source=source, run=process.run, say=lambda line: None)
    assert str(tmp_path / "demo") in failed.value.hint


def test_command_prints_the_password_and_how_to_start(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "simple_deploy.demo", "--dir", str(tmp_path / "demo")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"Password, shown only here: +(\w{4}-){3}\w{4}\n", done.stdout)
    assert done.stdout.rstrip().endswith("manage.py runserver")
