"""A folder for a class: for which computers it is, what fits them, and what pupils open."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from packaging.tags import compatible_tags, cpython_tags

from simple_deploy.demo import packages
from simple_deploy.demo.classroom import starting
from simple_deploy.demo.classroom.__main__ import report
from simple_deploy.demo.classroom.folder import Made, Maker
from simple_deploy.demo.classroom.targets import NEEDED, PYTHONS, SYSTEMS, USUAL, targets, wanted
from simple_deploy.demo.shape import DemoRefused
from simple_deploy.system import process
from tests.support.checkout import CHECKOUT

GOLDEN = CHECKOUT / "tests" / "platforms" / "golden"


def test_there_is_a_target_for_each_system_with_each_python() -> None:
    made = targets(("windows", "linux"), ("3.12", "3.13"))
    assert [str(each) for each in made] == [
        "Windows, Python 3.12",
        "Windows, Python 3.13",
        "Linux, Python 3.12",
        "Linux, Python 3.13",
    ]
    assert len(targets(USUAL, PYTHONS)) == len(USUAL) * len(PYTHONS)


@pytest.mark.parametrize(
    ("systems", "pythons", "problem"),
    [
        (("amiga",), ("3.12",), "no system “amiga”"),
        (("linux",), ("3.9",), "“3.9”"),
        (("linux",), ("newest",), "“newest”"),
        (("linux",), ("2.7",), "“2.7”"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(
    systems: tuple[str, ...], pythons: tuple[str, ...], problem: str
) -> None:
    with pytest.raises(DemoRefused) as refused:
        targets(systems, pythons)
    assert problem in refused.value.message
    assert refused.value.hint


def test_all_that_plans_add_to_the_sample_project_comes_along() -> None:
    """Where a plan would add another package, a class without a network could not deploy."""
    added = {
        re.split(r"[\[;<>= ]", line[1:].strip())[0]
        for file in GOLDEN.glob("*/requirements-flat.txt")
        for part in re.findall(
            r"=== requirements\.txt: changed\n(.*?)(?=\n===|\Z)", file.read_text(encoding="utf-8"), re.S
        )
        for line in part.splitlines()
        if line.startswith("+") and not line.startswith("+++")
    }
    assert {"gunicorn", "whitenoise"} <= added
    assert added - {re.split(r"[\[;<>= ]", each)[0] for each in NEEDED} == set()


def test_each_sample_project_gets_its_packages() -> None:
    asked = wanted("Django>=5.2,<7\nPillow>=11\n", "Django>=5.2,<7\n").splitlines()
    assert {"Pillow>=11", "Django>=5.2,<7", "django-simple-deploy-dashboard[class,redis]"} <= set(asked)


@pytest.mark.parametrize(
    ("wheel", "system", "fits"),
    [
        ("asgiref-3.13.0-py3-none-any.whl", "windows", True),
        ("psutil-7.2.2-cp37-abi3-win_amd64.whl", "windows", True),
        ("psutil-7.2.2-cp37-abi3-win_amd64.whl", "linux", False),
        ("pillow-13.0.0-cp313-cp313-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl", "linux", True),
        ("pillow-13.0.0-cp312-cp312-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl", "linux", False),
        ("uv-0.13.8-py3-none-macosx_11_0_arm64.whl", "linux", False),
        ("no wheel at all.whl", "linux", False),
    ],
)
def test_a_pupil_takes_along_what_fits_the_computer(wheel: str, system: str, fits: bool) -> None:
    platforms = list(SYSTEMS[system].tags)
    tags = frozenset([*cpython_tags((3, 13), platforms=platforms), *compatible_tags((3, 13), platforms=platforms)])
    assert (list(packages.fitting([Path(wheel)], tags)) == [Path(wheel)]) is fits


def test_packages_are_kept_and_uv_is_told_of_them_by_every_python_of_the_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick, kept, environment = tmp_path / "stick", tmp_path / "kept, and used", tmp_path / "environment"
    stick.mkdir()
    environment.mkdir()
    for name in ("asgiref-3.13.0-py3-none-any.whl", "uv-0.13.8-py3-none-no_such_system.whl"):
        (stick / name).write_bytes(b"wheel")
    monkeypatch.setattr(packages.sysconfig, "get_path", lambda name: str(environment))

    assert packages.bring(stick, kept) == 1
    assert packages.bring(stick, kept) == 1

    assert [file.name for file in kept.iterdir()] == ["asgiref-3.13.0-py3-none-any.whl"]
    (line,) = (environment / packages.SETTINGS).read_text(encoding="utf-8").splitlines()
    monkeypatch.delenv("UV_FIND_LINKS", raising=False)
    monkeypatch.setenv("UV_OFFLINE", "false")
    exec(line, {})
    assert os.environ["UV_FIND_LINKS"] == kept.as_uri()
    assert os.environ["UV_OFFLINE"] == "false", "what a person has set holds"


def test_pupils_find_a_file_to_open_on_each_system(tmp_path: Path) -> None:
    starting.write(tmp_path)
    names = {file.name for file in tmp_path.iterdir()}
    assert names == {
        "READ-ME-FIRST.txt",
        *(f"{name}.{ending}" for name in ("check", "start") for ending in ("cmd", "sh", "command")),
    }
    text = (tmp_path / "READ-ME-FIRST.txt").read_text(encoding="ascii")
    assert [name for name in ("check.cmd", "check.command", "check.sh", "start.cmd") if name not in text] == []
    for file in tmp_path.glob("*.cmd"):
        assert b"\r\n" in file.read_bytes() and b"\n" not in file.read_bytes().replace(b"\r\n", b"")


@pytest.mark.skipif(os.name == "nt", reason="runs the file for the other systems")
@pytest.mark.parametrize(("name", "command"), [("start.sh", "demo"), ("check.command", "check")])
def test_the_file_starts_run_py_beside_it_wherever_it_lies(name: str, command: str, tmp_path: Path) -> None:
    folder = tmp_path / "a stick"
    (folder / "checkout").mkdir(parents=True)
    (folder / "checkout" / "run.py").write_text("import sys; print(sys.argv[1:])", encoding="utf-8")
    starting.write(folder)
    done = subprocess.run(["sh", str(folder / name), "--dir", "my demo"], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == str([command, "--dir", "my demo"]), done.stderr


@pytest.mark.skipif(os.name == "nt", reason="runs the file for the other systems")
def test_without_python_the_file_says_what_to_install(tmp_path: Path) -> None:
    starting.write(tmp_path)
    programs = tmp_path / "bin"
    programs.mkdir()
    dirname = shutil.which("dirname")
    assert dirname
    (programs / "dirname").symlink_to(dirname)
    shell = shutil.which("sh")
    assert shell
    done = subprocess.run(
        [shell, str(tmp_path / "start.sh")], env={"PATH": str(programs)}, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "Python 3.10 or newer is missing" in done.stderr


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "holidays.txt").write_text("mine", encoding="utf-8")
    maker = Maker(checkout=CHECKOUT, run=process.run, uv="uv", say=print)
    with pytest.raises(DemoRefused, match="was not made for a class"):
        maker.make(tmp_path, targets(("linux",), ("3.13",)))
    assert [file.name for file in tmp_path.iterdir()] == ["holidays.txt"]


def test_the_report_says_size_and_time_and_what_could_not_come_along(tmp_path: Path) -> None:
    (missing,) = targets(("linux-arm",), ("3.13",))
    made = Made(folder=tmp_path, packages=62, bytes=123_456_789, seconds=90, without_postgresql=(missing,))
    text = "\n".join(report(made))
    assert "62 packages, 123 MB, in 1.5 minutes" in text
    assert "no PostgreSQL to bring along for Linux on ARM, Python 3.13" in text
