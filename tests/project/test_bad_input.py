"""What is wrong with a project or a computer is said clearly, with the way out, and changes nothing anywhere."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.support.project import manage, without_settings
from tests.support.repository import fingerprint, git, write
from tests.support.systems import NO_MODES

DEPLOY = ("deploy", "--platform", "local", "--automate-all", "--yes", "--no-input", "--json")


@dataclass
class World:
    """A project and everything a deployment could touch."""

    project: Path
    env: dict[str, str]
    stack: ExitStack
    arguments: tuple[str, ...] = ()
    settings_load: bool = True

    @property
    def data(self) -> Path:
        return Path(self.env["SIMPLE_DEPLOY_DATA_DIR"])

    def state(self) -> dict[str, object]:
        """Tree, HEAD, index, processes and listening ports."""
        index = self.project / ".git" / "index"
        processes = [each for each in psutil.process_iter(["cmdline"]) if str(self.data) in str(each.info["cmdline"])]
        return {
            "tree": fingerprint(self.project),
            "head": (self.project / ".git" / "HEAD").read_text() if index.exists() else None,
            "commit": git(self.project, "rev-parse", "--verify", "-q", "HEAD") if _has_commit(self.project) else None,
            "index": git(self.project, "ls-files", "--stage") if index.exists() else None,
            "processes": [each.pid for each in processes],
            "ports": sorted(
                each.laddr.port for each in psutil.Process().net_connections("tcp") if each.status == psutil.CONN_LISTEN
            ),
        }


def _has_commit(project: Path) -> bool:
    asked = subprocess.run(
        ["git", "rev-parse", "-q", "--verify", "HEAD"], cwd=project, capture_output=True, check=False
    )
    return asked.returncode == 0


@pytest.fixture
def world(project: Path, env: dict[str, str]) -> Iterator[World]:
    with ExitStack() as stack:
        yield World(project=project, env=env, stack=stack)


def no_git(world: World) -> None:
    shutil.rmtree(world.project / ".git")


def no_commit(world: World) -> None:
    shutil.rmtree(world.project / ".git")
    git(world.project, "init", "--quiet")


def uncommitted_work(world: World) -> None:
    with (world.project / "mysite" / "urls.py").open("a", encoding="utf-8") as file:
        file.write("# unfinished\n")


def staged_secret(world: World) -> None:
    write(world.project, {".env": "SECRET_KEY=very-secret\n"})
    git(world.project, "add", "--force", ".env")


def no_dependency_file(world: World) -> None:
    git(world.project, "rm", "--quiet", "requirements.txt")
    git(world.project, "commit", "--quiet", "-m", "Without")


def _committed(world: World, files: dict[str, str]) -> None:
    write(world.project, files)
    git(world.project, "commit", "--quiet", "-am", "Change")


def settings_with_a_syntax_error(world: World) -> None:
    _committed(world, {"mysite/settings.py": "DEBUG = (\n"})
    world.settings_load = False


def settings_that_need_a_missing_package(world: World) -> None:
    text = (world.project / "mysite" / "settings.py").read_text(encoding="utf-8")
    _committed(world, {"mysite/settings.py": "import package_that_is_not_there\n" + text})
    world.settings_load = False


def undeclared_package(world: World) -> None:
    text = (world.project / "mysite" / "settings.py").read_text(encoding="utf-8")
    _committed(world, {"mysite/settings.py": "import psutil\n" + text})


def unresolvable_requirement(world: World) -> None:
    _committed(world, {"requirements.txt": "Django>=5.2\nasgiref==0.0.0.1\n"})


def port_taken(world: World) -> None:
    listener = world.stack.enter_context(socket.socket())
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    world.arguments = ("--port", str(listener.getsockname()[1]))


def no_network_for_the_build(world: World) -> None:
    world.env["UV_OFFLINE"] = "1"
    world.env["UV_CACHE_DIR"] = str(world.project.parent / "empty-cache")
    world.env["SIMPLE_DEPLOY_CACHE_DIR"] = str(world.project.parent / "no-environments")


def no_write_permission(world: World) -> None:
    if sys.platform == "win32":
        pytest.skip(NO_MODES)
    if os.geteuid() == 0:  # who is above permissions meets a read-only file system instead
        _mount(world, "-o", "bind", str(world.project), str(world.project))
        subprocess.run(["mount", "-o", "remount,ro,bind", str(world.project)], check=True)
    else:
        world.project.chmod(0o500)
        world.stack.callback(world.project.chmod, 0o700)
    world.env["SIMPLE_DEPLOY_STATE_DIR"] = str(world.project.parent / "state")


def state_folder_not_writable(world: World) -> None:
    write(world.project, {".simple_deploy": "a file where the folder should be\n"})


CASES: list[tuple[Callable[[World], None], int, str, str]] = [
    (no_git, 3, "no repository|not in a git repository|no git repository", "create-repository|button|git init"),
    (no_commit, 3, "commit", "first-commit|button|git commit"),
    (uncommitted_work, 3, "committed", "--allow-dirty"),
    (staged_secret, 3, r"\.env", "git rm --cached|unstage|git restore"),
    (no_dependency_file, 3, "requirements|dependenc", "write-requirements|button|requirements.txt"),
    (settings_with_a_syntax_error, 3, "SyntaxError|never closed", "settings.py"),
    (settings_that_need_a_missing_package, 3, "package_that_is_not_there", "nstall"),
    (undeclared_package, 3, "psutil", "requirements.txt|dependency file"),
    (unresolvable_requirement, 1, "asgiref", "requirements.txt"),
    (port_taken, 3, "Port .* used by another program", "another port"),
    (no_network_for_the_build, 1, "downloaded", "network"),
    (no_write_permission, 3, "written|writable|permission", "writable|permission"),
    (state_folder_not_writable, 1, r"\.simple_deploy", "writable|move|Free"),
]


#: These are told by the three ways there are to stop: a look at the project, its settings, the plan.
QUICK = {uncommitted_work, settings_with_a_syntax_error, port_taken}


@pytest.mark.slow
@pytest.mark.slice(2)
@pytest.mark.parametrize(
    ("spoil", "code", "message", "way_out"),
    [pytest.param(*case, id=case[0].__name__, marks=() if case[0] in QUICK else pytest.mark.slow) for case in CASES],
)
def test_bad_input_is_named_with_its_way_out_and_changes_nothing(
    world: World, spoil: Callable[[World], None], code: int, message: str, way_out: str
) -> None:
    import re

    spoil(world)
    before = world.state()
    # Where the settings cannot be loaded, Django itself ends manage.py before any command of ours is found.
    run = manage if world.settings_load else without_settings
    done = run(world.project, *DEPLOY, *world.arguments, env=world.env)
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["type"] == "result", done.stdout
    said = f"{result['error']['message']} {result['error']['hint']}"
    assert done.returncode == code, (said, done.stderr)
    assert re.search(message, said), said
    assert re.search(way_out, said + done.stdout + done.stderr), said
    assert result["status"] == ("blocked" if code == 3 else "failed")
    assert "Traceback" not in done.stderr
    assert world.state() == before
    assert not list(world.data.glob("local/*/app.json"))


def _mount(world: World, *arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)
    world.stack.callback(subprocess.run, ["umount", "--lazy", arguments[-1]], check=False)


@contextmanager
def small_disk(world: World, folder: Path, kilobytes: int) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root can make a tiny disk")
@pytest.mark.parametrize("which", ["state", "data"])
def test_a_full_disk_at_any_write_changes_nothing(world: World, which: str) -> None:
    folder = world.project.parent / "small disk"
    world.env[f"SIMPLE_DEPLOY_{which.upper()}_DIR"] = str(folder)
    sizes = (4, 12, 24, 48, 96, 160, 240) if which == "state" else (4, 200, 2_000, 12_000, 40_000)
    failed = 0
    for size in sizes:
        with small_disk(world, folder, size):
            before = world.state()
            done = manage(world.project, *DEPLOY, env=world.env)
            if done.returncode == 0:
                manage(world.project, "deploy", "--platform", "local", "--destroy", "--yes", env=world.env)
                break
            failed += 1
            assert done.returncode == 1, (size, done.stderr)
            assert "Traceback" not in done.stderr, (size, done.stderr)
            said = json.loads(done.stdout.splitlines()[-1])["error"]
            assert "space" in said["message"].lower() and said["hint"], (size, said)
            assert world.state() == before, size
    assert failed >= 3
