"""What somebody at Windows does with a new project of today's Django, under Wine: see docs/explanation/systems.md.

``.ci/run`` runs this beside the tests of a landing. They do not collect it themselves, since its name is no test's.

    python3 run.py test tests/windows/smoke.py -n 0 --all         everything
    python3 run.py test tests/windows/smoke.py -n 0 --landing     the first test, and one of the others in turn

A program of Wine that does not end says nothing about the product: such a test is reported as “xfailed”, with what
hung. So is what there was no time for.
"""

from __future__ import annotations

import json
import shutil
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from uv import find_uv_bin

from simple_deploy.demo.classroom import starting
from simple_deploy.system import process
from tests.conftest import lacks
from tests.support import slices
from tests.support.repository import fingerprint
from tests.versions.newcomer import PLATFORMS
from tests.windows.lab import leftovers, machine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(0)]  # Wine's programs have limits of their own

SETTINGS = "mysite/settings.py"
#: Seconds from the beginning, beside the tests on two processors: of a landing, and of everything.
LANDING, EVERYTHING = 2100.0, 10_000.0
PATIENCE = 1200.0  # seconds for one program


@dataclass(frozen=True)
class Clock:
    """:param over: when there is no more time, by the monotonic clock."""

    over: float

    def run(self, what: str, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Call it with the time that it may take; where that is not enough, nothing is known."""
        left = min(PATIENCE, self.over - time.monotonic())
        try:
            if left > 0:
                return function(*arguments, **options, timeout=left)
        except machine.Hung as hung:
            pytest.xfail(f"Wine did not come to an end, so this was not tried: {what} ({hung})")
        pytest.xfail(f"No time was left to try this under Wine: {what}")


@dataclass(frozen=True)
class Blog:
    """A project in a folder of the person's, with an environment ``.venv`` that holds Django and the tool."""

    lab: machine.Lab
    clock: Clock
    root: Path

    def run(self, *argv: str, code: int = 0) -> str:
        """What a program prints in that folder.

        :raises AssertionError: it ends otherwise than with *code*, with what it printed.
        """
        done = self.clock.run(" ".join(argv[-4:]), self.lab.run, *argv, cwd=self.root)
        assert done.code == code, f"{' '.join(argv)} ended with {done.code}:\n{done.text[-6000:]}"
        return str(done.text)

    def python(self, *arguments: str, code: int = 0) -> str:
        return self.run(self.lab.there(self.root / ".venv" / "Scripts" / "python.exe"), *arguments, code=code)

    def deploy(self, *arguments: str, code: int = 0) -> str:
        return self.python("manage.py", "deploy", *arguments, "--no-input", code=code)

    def deployed(self) -> dict[str, Any]:
        """Deploy to this computer; returns the result."""
        printed = self.deploy("--platform", "local", "--automate-all", "--yes", "--json")
        found: dict[str, Any] = json.loads(printed[printed.rindex('{"type": "result"') :].splitlines()[0])
        return found

    def commit(self) -> None:
        """What is there, as the first commit."""
        for arguments in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "--message", "First")):
            self.run("git", *arguments)

    def head(self) -> str:
        return self.run("git", "rev-parse", "HEAD").strip()

    def changes(self) -> str:
        return self.run("git", "status", "--porcelain")


@pytest.fixture(scope="session")
def clock(request: pytest.FixtureRequest) -> Clock:
    return Clock(time.monotonic() + (LANDING if slices.choice(request.config).landing else EVERYTHING))


@pytest.fixture(scope="session")
def lab(clock: Clock) -> Iterator[machine.Lab]:
    if reason := machine.lacking():
        lacks(reason)
    here = machine.the_lab()
    with leftovers.ended(here.down):
        try:
            clock.run("the Windows itself", here.up, say=lambda line: print(line, flush=True))
        except RuntimeError as error:
            lacks(str(error))
        yield here


@pytest.fixture(scope="session")
def started(lab: machine.Lab, clock: Clock, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new project with the tool among its apps, as an editor on Windows leaves it: lines end with CR and LF.

    What makes no difference is done on this side, where it is quicker: packages for Windows are unpacked from here.
    """
    uv, built, blog = find_uv_bin(), tmp_path_factory.mktemp("wheel"), Blog(lab, clock, lab.profile / "new project")
    shutil.rmtree(blog.root, ignore_errors=True)
    scripts, packages = (blog.root / ".venv" / name for name in ("Scripts", "Lib/site-packages"))
    for folder in (scripts, packages):
        folder.mkdir(parents=True)
    shutil.copy(lab.programs / "Lib" / "venv" / "scripts" / "nt" / "venvlauncher.exe", scripts / "python.exe")
    (blog.root / ".venv" / "pyvenv.cfg").write_text(f"home = {lab.there(lab.programs)}\n", encoding="utf-8")
    process.run((uv, "build", "--quiet", "--wheel", "--out-dir", str(built), str(machine.CHECKOUT)))
    (wheel,) = built.glob("*.whl")
    of_windows = ("--python-platform", "x86_64-pc-windows-msvc", "--python-version", "3.13", "--only-binary", ":all:")
    # In that folder, so that the versions that other tests are pinned to do not count: today's Django is meant.
    process.run((uv, "pip", "install", "--quiet", "--target", str(packages), *of_windows, str(wheel)), cwd=blog.root)
    blog.python("-m", "django", "startproject", "mysite", ".")
    settings = blog.root / SETTINGS
    text = settings.read_text(encoding="utf-8")
    installed = text.replace("INSTALLED_APPS = [", 'INSTALLED_APPS = [\n    "simple_deploy",')
    settings.write_text(installed, encoding="utf-8", newline="\r\n")
    (blog.root / ".gitignore").write_bytes(b".venv/\r\n__pycache__/\r\n*.sqlite3\r\n")
    return blog.root


@pytest.fixture
def new(lab: machine.Lab, clock: Clock, started: Path) -> Iterator[Blog]:
    """A copy of it, in a folder with a name that has to be quoted."""
    blog = Blog(lab, clock, lab.profile / "Müller's blog")
    shutil.rmtree(blog.root, ignore_errors=True)
    shutil.copytree(started, blog.root)
    yield blog
    shutil.rmtree(blog.root, ignore_errors=True)


@pytest.fixture
def blog(new: Blog) -> Blog:
    """With requirements and a first commit."""
    (new.root / "requirements.txt").write_bytes(b"django\r\n")
    new.commit()
    return new


def answers(url: str) -> bool:
    """Whether a site is there, with its static files and its database."""
    try:
        with urllib.request.urlopen(f"{url}admin/login/", timeout=60) as page:
            return bool(page.status == 200)
    except OSError:
        return False


@pytest.mark.slice(slices.ALWAYS)
def test_deployed_here_twice_and_undone(blog: Blog) -> None:
    assert blog.run("git", "config", "core.autocrlf").strip() == "true"
    before, base = fingerprint(blog.root), blog.head()
    url = blog.deployed()["url"]
    assert answers(url)
    assert blog.changes() == ""
    assert "i/crlf" not in blog.run("git", "ls-files", "--eol")
    after, head = fingerprint(blog.root), blog.head()
    assert b"\r\n" in (blog.root / SETTINGS).read_bytes()
    assert {name for name in after if after[name] != before.get(name)} == {SETTINGS, "requirements.txt"}

    assert blog.deployed()["url"] == url
    assert answers(url)
    assert (fingerprint(blog.root), blog.head()) == (after, head)

    blog.deploy("--undo", "--yes")
    assert fingerprint(blog.root) == before
    assert blog.changes() == ""
    assert blog.run("git", "diff", "--stat", base) == ""


@pytest.mark.slice(1)
class TestInTurn:
    def test_what_is_missing_is_found_and_the_buttons_fix_it(self, new: Blog) -> None:
        new.deploy("--check", code=3)
        new.deploy("--fix", "write-requirements")
        new.deploy("--fix", "create-repository")
        new.deploy("--check")
        assert "django" in (new.root / "requirements.txt").read_text(encoding="utf-8").lower()
        assert new.changes() == ""

    def test_plans_for_every_platform_change_nothing(self, blog: Blog) -> None:
        before = fingerprint(blog.root)
        for platform, given in PLATFORMS.items():
            blog.deploy("--platform", platform, "--plan", *given)
        assert fingerprint(blog.root) == before
        assert blog.changes() == ""

    def test_a_site_is_stopped_started_and_destroyed(self, blog: Blog) -> None:
        here = ("--platform", "local")
        url = blog.deployed()["url"]
        assert url in blog.deploy(*here, "--status")
        blog.deploy(*here, "--stop")
        assert not answers(url)
        blog.deploy(*here, "--start")
        assert answers(url)
        blog.deploy(*here, "--logs")
        blog.deploy(*here, "--destroy", "--yes")
        assert not answers(url)

    def test_the_file_that_pupils_open_starts_a_python_that_works_or_says_that_there_is_none(
        self, lab: machine.Lab, clock: Clock
    ) -> None:
        folder, shop = lab.profile / "a stick (1)", lab.profile / "shop"
        for each in (folder / "checkout", shop):
            each.mkdir(parents=True, exist_ok=True)
        (folder / "checkout" / "run.py").write_text("import sys; print(sys.argv[1:])", encoding="utf-8")
        # Windows' own, where none is installed, says that it was not found.
        (shop / "python.bat").write_bytes(b"@echo Python was not found\r\n@exit /b 9009\r\n")
        starting.write(folder)
        argv = ("cmd", "/c", "check.cmd", "--dir", "my demo")
        env = {"NO_PAUSE": "1"}

        there = clock.run("check.cmd", lab.run, *argv, cwd=folder, env=env)
        assert there.text.strip() == str(["check", "--dir", "my demo"])
        none = clock.run("check.cmd", lab.run, *argv, cwd=folder, env={**env, "WINEPATH": lab.there(shop)})
        assert none.text.startswith("Python 3.10 or newer is missing.")
