from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.core.facts import Declared, Dependencies
from simple_deploy.inspection import djangos


def declaring(*texts: str, manager: str = "requirements", lock: str | None = None) -> Dependencies:
    declared = tuple(Declared(name="django", text=text, file="requirements.txt") for text in texts)
    return Dependencies(manager=manager, file="requirements.txt", declared=declared, lock=lock)


@pytest.mark.parametrize(
    ("texts", "version"),
    [
        (["Django==5.1.15"], "5.1.15"),
        (["Django===5.1.15"], "5.1.15"),
        (["Django[argon2]>=4.2"], "6.1.3"),
        (["Django"], "6.1.3"),
        (["Django<5"], "4.2"),
        (["Django~=4.2.0"], "4.2"),
        (["Django==5.1.*"], "5.1"),
        (["Django>=3.2,<4.0"], "3.2"),
        (["Django<2"], "1.11"),
        (["Django>=6.2"], "6.2"),
        (["Django==4.2.1; python_version < '3'", "Django==5.2.1; python_version >= '3'"], "5.2.1"),
        (["Django @ https://example.com/django.zip"], "6.1.3"),
        (["not a requirement!"], "6.1.3"),
        ([], "6.1.3"),
    ],
)
def test_what_a_range_means_for_the_site(texts: list[str], version: str, tmp_path: Path) -> None:
    assert djangos.of_site(tmp_path, declaring(*texts), "6.1.3") == version


UV_LOCK = '[[package]]\nname = "django"\nversion = "{}"\nsource = {{ registry = "x" }}\n'


@pytest.mark.parametrize(
    ("declared", "locked", "version"),
    [
        ("Django>=4.2", ["5.1.4"], "5.1.4"),
        ("Django>=4.2", ["5.2.1", "6.1.3"], "6.1.3"),
        ("Django>=4.2", ["5.2.1", "6.0.1"], "6.0.1"),
        ("Django>=5.2", ["4.2.1"], "6.1.3"),  # the lock is from before, and will be made anew
    ],
)
def test_what_is_locked_counts_where_it_fits(declared: str, locked: list[str], version: str, tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text("".join(UV_LOCK.format(each) for each in locked), encoding="utf-8")
    assert djangos.of_site(tmp_path, declaring(declared, manager="uv", lock="uv.lock"), "6.1.3") == version


def test_a_compiled_list_is_a_lock(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("django==5.0.6 \\\n    --hash=sha256:aa\n", encoding="utf-8")
    found = declaring("Django>=4.2", manager="pip-tools", lock="requirements.txt")
    assert djangos.of_site(tmp_path, found, "6.1.3") == "5.0.6"


def test_a_lock_that_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text("[[", encoding="utf-8")
    assert djangos.of_site(tmp_path, declaring("Django<5", manager="uv", lock="uv.lock"), "6.1.3") == "4.2"


@pytest.mark.parametrize(
    ("version", "pythons"), [("6.1.3", ">=3.12,<4"), ("6.1", ">=3.12,<4"), ("5.1.15", ">=3.10"), ("3.2", "")]
)
def test_which_pythons_it_runs_on(version: str, pythons: str) -> None:
    assert djangos.pythons_of(version, "6.1.3", ">=3.12,<4") == pythons
