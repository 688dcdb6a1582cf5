"""run.py: what it decides, and both of its lines on a fresh checkout with real tools."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import psutil
import pytest
import tomlkit
from packaging.requirements import Requirement
from uv import find_uv_bin

from simple_deploy.system import process
from tests.conftest import needs_program
from tests.support.checkout import CHECKOUT, copy_checkout
from tests.support.ports import free_port
from tests.support.repository import git
from tests.support.shared import once
from tests.support.waiting import waited

RUN = CHECKOUT / "run.py"
SYSTEM_PYTHON = "/usr/bin/python3"  # on Debian it refuses pip install, and venv may be missing


def interpreter(name: str) -> str:
    """A Python to start run.py with: the one of these tests, or the system's own."""
    if name == "this python":
        return sys.executable
    found = needs_program(SYSTEM_PYTHON)
    version = call([found, "-c", "import sys; print(sys.version_info >= (3, 10))"])
    if version.stdout.strip() != "True":
        pytest.skip(f"{found} is older than 3.10")
    return found


each_python = pytest.mark.parametrize("python", ["this python", "system python"])


@pytest.fixture(autouse=True)
def own_uv(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A uv on PATH, as for somebody who has installed it; this computer need not have one."""
    folder = once(tmp_path_factory, "own-uv", lambda folder: shutil.copy2(find_uv_bin(), folder))
    monkeypatch.setenv("PATH", os.pathsep.join((str(folder), os.environ["PATH"])))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The module, with a folder of its own for tools."""
    spec = importlib.util.spec_from_file_location("run", RUN)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "TOOLS", tmp_path / "tools")
    return module


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return copy_checkout(tmp_path / "a checkout")


def environment(tmp_path: Path, *, uv: bool = True) -> dict[str, str]:
    """The environment of a person; with *uv* false, of one who has never heard of it."""
    places = os.environ["PATH"].split(os.pathsep)
    if not uv:
        places = [place for place in places if not list(Path(place).glob("uv*"))]
    dropped = {"DJANGO_SETTINGS_MODULE", "PYTHONPATH", "VIRTUAL_ENV"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {
        **kept,
        "PATH": os.pathsep.join(places),
        "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "SIMPLE_DEPLOY_DATA_DIR": str(tmp_path / "data"),
        "SIMPLE_DEPLOY_CACHE_DIR": str(tmp_path / "cache"),
        "PYTHONIOENCODING": "utf-8",
    }


def call(argv: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, capture_output=True, text=True, encoding="utf-8", timeout=280, check=False, **options)


# -- which Python --


def test_an_old_python_can_read_it() -> None:
    ast.parse(RUN.read_text(encoding="utf-8"), feature_version=(3, 6))


@pytest.mark.parametrize(("version", "refused"), [((3, 6, 15), True), ((3, 9, 18), True), ((3, 10, 0), False)])
def test_a_python_that_is_too_old_is_refused_in_one_sentence(version: tuple[int, ...], refused: bool) -> None:
    pretend = f"import runpy, sys; sys.version_info = {version}; sys.argv = ['run.py', '--help']"
    done = call([sys.executable, "-c", f"{pretend}; runpy.run_path({str(RUN)!r}, run_name='__main__')"])
    assert (done.returncode == 1) is refused
    assert ("This needs Python 3.10 or newer" in done.stderr) is refused
    assert "Traceback" not in done.stderr


# -- refusals come first: before anything is installed, with the standard library alone --


@each_python
def test_a_manager_that_is_not_there_is_said_before_anything_is_installed(python: str, tmp_path: Path) -> None:
    done = call([interpreter(python), "-S", str(RUN), "demo", "--dir", "demo", "--manager", "conda"], cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "no dependency manager “conda”" in done.stderr
    assert "requirements, pipenv, poetry, uv" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_somebody_else_is_refused_before_anything_is_installed(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine\n", encoding="utf-8")
    done = call([sys.executable, "-S", str(RUN), "demo", "--dir", "."], cwd=tmp_path)
    assert done.returncode == 2
    assert "was not made by the demo" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_without_git_it_says_so(run: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path) -> None:
    monkeypatch.setattr(run.shutil, "which", lambda name: None)
    assert run.main(["demo", "--dir", str(tmp_path / "demo")]) == 1
    assert "Install git" in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()


# -- whether this computer is ready --


def test_a_computer_that_has_everything_is_ready_and_nothing_is_made(
    run: ModuleType, tmp_path: Path, capsys: Any
) -> None:
    assert run.main(["check", "--dir", str(tmp_path / "demo")]) == 0
    out = capsys.readouterr().out
    assert "MISSING" not in out
    assert "READY." in out and "needs a network" in out
    assert list(tmp_path.iterdir()) == []


def test_what_is_missing_is_named_with_what_to_do(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any
) -> None:
    monkeypatch.setattr(run.shutil, "which", lambda name: None)
    monkeypatch.setattr(run, "NEEDED_ROOM", 10**18)
    assert run.main(["check", "--dir", str(tmp_path / "demo")]) == 1
    lines = capsys.readouterr().out.splitlines()
    (git,) = [index for index, line in enumerate(lines) if "MISSING  git" in line]
    assert "Install git" in lines[git + 1]
    (room,) = [index for index, line in enumerate(lines) if "MB free" in line]
    assert "Make room" in lines[room + 1]
    assert lines[-1] == "NOT READY: 2 things are missing."


def test_a_folder_for_a_class_that_was_never_finished_is_said_to_be_so(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any
) -> None:
    (tmp_path / "classroom.json").write_text("{}", encoding="utf-8")
    monkeypatch.setattr(run, "RECORD", tmp_path / "classroom.json")
    assert run.main(["demo", "--dir", str(tmp_path / "demo")]) == 1
    assert "was never finished" in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()


# -- a server for a class --


@pytest.mark.skipif(os.name == "nt", reason="a server for a class takes Linux")
def test_a_class_ends_without_installing_anything(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    python = tmp_path / "class" / "environment" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    started: list[list[str]] = []
    monkeypatch.setattr(run.os, "geteuid", lambda: 0)
    monkeypatch.setattr(run, "environment", lambda *given, **options: pytest.fail("something was installed"))
    monkeypatch.setattr(run, "foreground", lambda argv, *given, **options: started.append(argv) or 0)
    assert run.main(["class-server", "--end", "--dir", str(tmp_path / "class")]) == 0
    ((program, *words),) = started
    assert program == str(python)
    assert words[-1] == "--end"


# -- uv --


def test_a_uv_that_is_recent_enough_is_used(run: ModuleType) -> None:
    found = run.find_uv()
    assert found == shutil.which("uv")
    assert run.uv_version(found) >= run.OLDEST_UV


def test_a_uv_that_is_too_old_is_not_used(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "OLDEST_UV", (999, 0))
    assert run.find_uv() is None


def test_a_program_that_only_has_the_name_is_not_used(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run.shutil, "which", lambda name: sys.executable)
    assert run.find_uv() is None
    assert run.uv_version(str(CHECKOUT / "no such program")) == ()


@pytest.mark.slow
@each_python
def test_uv_comes_into_a_private_folder_whatever_pip_is_set_to(python: str, tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(CHECKOUT)!r}); sys.dont_write_bytecode = True; import pathlib, run; "
        f"run.TOOLS = pathlib.Path({str(tmp_path / 'tools')!r}); print(run.install_uv()); print(run.find_uv())"
    )
    strict = {**environment(tmp_path, uv=False), "PIP_REQUIRE_VIRTUALENV": "1", "PIP_USER": "1"}
    done = call([interpreter(python), "-c", code], cwd=tmp_path, env=strict)
    assert done.returncode == 0, done.stderr
    installed, found = done.stdout.splitlines()[-2:]
    assert installed == found
    assert Path(installed).is_relative_to(tmp_path / "tools" / "uv")
    assert [path.name for path in (tmp_path / "tools").iterdir()] == ["uv"]


def test_two_that_bring_uv_at_once_do_not_get_in_each_others_way(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`run.py demo` in one terminal and `run.py classroom` in another, on a fresh checkout."""
    monkeypatch.setattr(run.shutil, "which", lambda name: None)
    monkeypatch.setattr(run, "uv_version", lambda program: run.OLDEST_UV if Path(program).is_file() else ())
    others: list[str] = []

    def install(argv: list[str], **options: Any) -> subprocess.CompletedProcess[Any]:
        if "--target" not in argv:
            return subprocess.run(argv, **options)
        place = Path(argv[argv.index("--target") + 1]) / "bin"
        place.mkdir(parents=True)
        (place / "uv").touch()
        if not others:
            others.append("")
            others[:] = [run.install_uv()]  # the other one begins later, and has finished before this goes on
        return subprocess.CompletedProcess(argv, 0)

    monkeypatch.setattr(run, "subprocess", SimpleNamespace(**{**vars(subprocess), "run": install}))
    assert run.install_uv() == others[0]
    assert Path(others[0]).is_file()
    assert [path.name for path in run.TOOLS.iterdir()] == ["uv"]


def test_without_pip_and_venv_it_says_what_to_install(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run.sys, "executable", shutil.which("git"))
    with pytest.raises(run.Stop) as stopped:
        run.install_uv()
    assert "python3-pip" in stopped.value.hint


def test_an_environment_is_installed_again_only_when_something_changed(
    run: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    folder = tmp_path / "env"
    (tmp_path / "empty.txt").touch()
    packages = ("--requirement", str(tmp_path / "empty.txt"))
    python = run.environment(folder, *packages, cwd=tmp_path)
    assert "Installing" in capsys.readouterr().out

    with monkeypatch.context() as patch:
        patch.setattr(run, "find_uv", lambda: pytest.fail("uv was asked for"))
        assert run.environment(folder, *packages, cwd=tmp_path) == python
    assert capsys.readouterr().out == ""

    run.environment(folder, *packages, "--no-deps", cwd=tmp_path)
    assert "Installing" in capsys.readouterr().out


def test_a_broken_environment_is_made_anew(run: ModuleType, tmp_path: Path) -> None:
    folder = tmp_path / "env"
    (tmp_path / "empty.txt").touch()
    packages = ("--requirement", str(tmp_path / "empty.txt"))
    python = Path(run.environment(folder, *packages, cwd=tmp_path))
    python.unlink()
    assert run.works([run.environment(folder, *packages, cwd=tmp_path), "-c", ""])


# -- the Python of the tests --


def python_that_says(folder: Path, version: list[int], *, usable: bool = True) -> str:
    """A program that answers as a Python of this version, by its name on PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"python3.{version[1]}"
    file.write_text(f"#!/bin/sh\necho '[{version}, {str(usable).lower()}]'\n", encoding="utf-8")
    file.chmod(0o755)
    return str(file)


def place_of_pythons(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH, on a computer without other Pythons than that of these tests."""
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("PYENV_ROOT", str(folder / "pyenv"))
    return folder


needs_programs_of_sh = pytest.mark.skipif(os.name == "nt", reason="stands in for Pythons with programs of sh")


@needs_programs_of_sh
def test_the_newest_release_of_each_python_on_path_or_of_pyenv_is_found(
    run: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_of_pythons(tmp_path, monkeypatch)
    python_that_says(place, [3, 9, 1])
    python_that_says(place, [3, 97, 1])
    python_that_says(place, [3, 99, 0], usable=False)
    newer = Path(python_that_says(place / "pyenv" / "versions" / "3.97.2" / "bin", [3, 97, 2]))
    newer = newer.rename(newer.with_name("python3"))
    silent = place / "python3.98"
    silent.write_text("#!/bin/sh\necho 'pyenv: python3.98: command not found' >&2\nexit 127\n", encoding="utf-8")
    silent.chmod(0o755)
    mine = (sys.version_info[0], sys.version_info[1])
    assert run.installed_pythons(None) == {mine: sys.executable, (3, 97): str(newer)}


@needs_programs_of_sh
def test_a_version_that_is_not_here_is_named_with_those_that_are(
    run: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    place_of_pythons(tmp_path, monkeypatch)
    assert run.main(["test", "--python", "3.98", "-k", "nothing"]) == 1
    err = capfd.readouterr().err
    assert "There is no Python 3.98 on this computer." in err
    assert f"Found: {sys.version_info[0]}.{sys.version_info[1]}." in err
    assert run.main(["test", "--python=newest"]) == 1
    assert "--python 3.12" in capfd.readouterr().err


def test_which_python_is_asked_for_stays_out_of_what_pytest_gets(run: ModuleType) -> None:
    assert run.python_asked_for(["-k", "x", "--python", "3.11", "tests"]) == ((3, 11), ["-k", "x", "tests"])
    assert run.python_asked_for(["--landing", "-n", "0"]) == (None, ["--landing", "-n", "0"])


def test_an_environment_of_another_python_is_made_anew(run: ModuleType, tmp_path: Path) -> None:
    folder = tmp_path / "env"
    (tmp_path / "empty.txt").touch()
    packages = ("--requirement", str(tmp_path / "empty.txt"))
    first = run.environment(folder, *packages, cwd=tmp_path)
    (folder / "made-with.txt").write_text("another", encoding="utf-8")
    trace = folder / "trace"
    trace.touch()
    assert run.environment(folder, *packages, cwd=tmp_path) == first
    assert not trace.exists()


# -- ports --


def test_a_free_port_is_chosen(run: ModuleType) -> None:
    first = run.free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first))
        taken.listen()
        assert run.free_port() > first


# -- reading what the deployment says --


def deployment(folder: Path, *, code: int = 0) -> Path:
    """A project whose manage.py deploys, or fails to, and then knows where the site is."""
    result = json.dumps({"type": "result", "url": "http://127.0.0.1:8123/"})
    text = f"import sys\nprint({result!r} if '--status' in sys.argv else 'Done')\nsys.exit({code})\n"
    (folder / "manage.py").write_text(text, encoding="utf-8")
    return folder


def test_the_address_is_all_that_a_deployment_prints_to_standard_output(
    run: ModuleType, tmp_path: Path, capfd: Any
) -> None:
    assert run.deploy(sys.executable, deployment(tmp_path), {}) == 0
    out, err = capfd.readouterr()
    assert (out.splitlines(), err.splitlines()) == (["http://127.0.0.1:8123/"], ["Done"])


def test_the_exit_code_of_a_deployment_that_fails_is_passed_on(run: ModuleType, tmp_path: Path, capfd: Any) -> None:
    assert run.deploy(sys.executable, deployment(tmp_path, code=3), {}) == 3
    assert capfd.readouterr().out == ""


# -- both lines, for real --


def fetch(url: str) -> int:
    """The status that a browser would end with, cookies and all; 0 when nobody answers."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    try:
        with browser.open(url) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except urllib.error.URLError:
        return 0


@pytest.mark.slow
def test_demo_serves_the_blog_and_the_dashboard_until_ctrl_c(tmp_path: Path) -> None:
    port = free_port()
    log = tmp_path / "log"
    log.touch(mode=0o600)  # what others may read gets no access code
    with log.open("w") as output:
        demo = subprocess.Popen(
            [sys.executable, str(RUN), "demo", "--dir", "my demo", "--port", str(port)],
            cwd=tmp_path,
            env=environment(tmp_path),
            stdout=output,
            stderr=subprocess.STDOUT,
            **process.own_group(),
        )

    def dashboard() -> str | None:
        assert demo.poll() is None, log.read_text(encoding="utf-8")
        found = re.search(rf"http://\S+:{port}/simple-deploy/\S+", log.read_text(encoding="utf-8"))
        return found.group() if found and fetch(f"http://127.0.0.1:{port}/") == 200 else None

    try:
        address = waited(dashboard, lambda: log.read_text(encoding="utf-8"))
        assert fetch(f"http://127.0.0.1:{port}/admin/login/") == 200
        assert fetch(address) == 200
        if sys.platform == "win32":
            demo.send_signal(signal.CTRL_BREAK_EVENT)
        else:
            os.killpg(demo.pid, signal.SIGINT)
        assert demo.wait(60) == 0
    finally:
        process.kill_tree(demo.pid)
        demo.wait()
    text = log.read_text(encoding="utf-8")
    assert re.search(r"Password, shown only here: +\S+", text)
    assert "Traceback" not in text
    assert fetch(f"http://127.0.0.1:{port}/") == 0
    assert git(tmp_path / "my demo", "status", "--porcelain") == ""
    assert list((tmp_path / "my demo" / ".venv").rglob("segno/__init__.py")), "a class is shown a QR code"


@pytest.mark.slow
@pytest.mark.parametrize(("python", "layout"), [("system python", "flat"), ("this python", "nested")])
def test_headless_deploys_from_a_fresh_checkout_and_leaves_nothing_after_destroy_and_undo(
    python: str, layout: str, checkout: Path, tmp_path: Path
) -> None:
    env = environment(tmp_path, uv=False)
    argv = [interpreter(python), "run.py", "demo", "--headless", "--layout", layout]
    done = call(argv, cwd=checkout, env=env)
    demo = checkout / "simple-deploy-demo"
    own = str(demo / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    folder = demo / "blog" if layout == "nested" else demo
    try:
        assert done.returncode == 0, done.stdout + done.stderr
        url = done.stdout.splitlines()[-1]
        assert re.fullmatch(r"http://\S+", url)
        with urllib.request.urlopen(url) as response:
            page = response.read().decode("utf-8")
        assert "The view from seat 14" in page
        assert re.search(r"/static/css/site\.[0-9a-f]{8,}\.css", page)
        with pytest.raises(urllib.error.HTTPError) as missing:
            urllib.request.urlopen(f"{url}nowhere/")
        with missing.value:
            assert "not on the map" in missing.value.read().decode("utf-8")
        tests = call([own, "manage.py", "test"], cwd=folder, env=env)
        assert tests.returncode == 0, tests.stderr
        again = call(argv, cwd=checkout, env=env)
        assert again.returncode == 0, again.stderr
        assert again.stdout.splitlines()[-1] == url
    finally:
        gone = call([own, "manage.py", "deploy", "--platform", "local", "--destroy", "--yes"], cwd=folder, env=env)
    assert gone.returncode == 0, gone.stdout + gone.stderr
    undone = call([own, "manage.py", "deploy", "--undo", "--yes"], cwd=folder, env=env)
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert git(demo, "status", "--porcelain") == ""
    assert git(demo, "diff", "--stat", git(demo, "rev-list", "--max-parents=0", "HEAD"), "HEAD") == ""
    # Not whether its address is silent: the next site on this computer may have the port by now.
    commands = [" ".join(each.info["cmdline"] or ()) for each in psutil.process_iter(["cmdline"])]
    assert [command for command in commands if str(tmp_path / "data") in command] == []


@pytest.mark.slice(0)
@pytest.mark.slow
def test_test_runs_the_tests_with_the_versions_they_are_pinned_to(checkout: Path, tmp_path: Path) -> None:
    env = environment(tmp_path)
    tests = "def test_good() -> None:\n    pass\n\n\ndef test_bad() -> None:\n    assert 1 == 2\n"
    (checkout / "tests" / "test_two.py").write_text(tests, encoding="utf-8")
    good = call([sys.executable, "run.py", "test", "-k", "good", "tests/test_two.py"], cwd=checkout, env=env)
    assert good.returncode == 0, good.stdout + good.stderr
    assert "1 passed" in good.stdout
    bad = call([sys.executable, "run.py", "test", "tests/test_two.py"], cwd=checkout, env=env)
    assert bad.returncode == 1, bad.stdout + bad.stderr
    assert "1 failed, 1 passed" in bad.stdout

    python = checkout / ".tools" / "test-env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    listed = call(["uv", "pip", "freeze", "--python", str(python)], cwd=tmp_path).stdout.splitlines()
    installed = dict(line.split("==") for line in listed if "==" in line)
    settings = tomlkit.parse((checkout / "pyproject.toml").read_text(encoding="utf-8")).unwrap()
    pins = [Requirement(text) for text in settings["tool"]["uv"]["constraint-dependencies"]]
    held = [pin for pin in pins if pin.name in installed and (pin.marker is None or pin.marker.evaluate())]
    assert "django" in {pin.name for pin in held}
    assert [str(pin) for pin in held if installed[pin.name] not in pin.specifier] == []
