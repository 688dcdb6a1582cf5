"""Locks that were made before, taken when no package index can be reached."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from simple_deploy.core.findings import Finding
from simple_deploy.core.interfaces import Completed
from simple_deploy.managers import lock_cache
from simple_deploy.managers.base import Place
from tests.support.repository import write

ONLINE = Completed(argv=("uv",), returncode=0, output="pip==26.1")
OFFLINE = Completed(argv=("uv",), returncode=2, output="error: Failed to fetch: https://example.org/simple/pip/")
REFUSED = Completed(argv=("uv",), returncode=2, output="error: pip is not there")


class Maker:
    """A place with a manifest and a lock, and a manager that writes another lock each time."""

    def __init__(self, root: Path, asked: Completed) -> None:
        self.root = write(root, {"site/Pipfile": "django", "site/Pipfile.lock": "old"})
        self.lock = root / "site" / "Pipfile.lock"
        self.asked = asked
        self.calls = 0
        self.place = Place(root=root, run=self.run, uv="uv", python="python", kept=root / "kept")

    def run(self, argv: Sequence[str], **options: Any) -> Completed:
        assert not options["check"]
        assert options["cwd"] == self.lock.parent
        return self.asked

    def make(self) -> None:
        self.calls += 1
        self.lock.write_text(f"lock {self.calls}", encoding="utf-8")

    def refresh(self) -> tuple[Finding, ...]:
        """From the old lock, as each plan does."""
        self.lock.write_text("old", encoding="utf-8")
        return lock_cache.made(
            self.lock, of=["site/Pipfile"], by="Pipenv", place=self.place, folder=self.lock.parent, make=self.make
        )


def test_the_same_files_give_the_same_lock_while_no_index_answers(tmp_path: Path) -> None:
    maker = Maker(tmp_path, OFFLINE)

    assert maker.refresh() == ()
    (finding,) = maker.refresh()

    assert (maker.calls, maker.lock.read_text(encoding="utf-8")) == (1, "lock 1")
    assert finding.id == "dependencies.lock-from-before"
    assert "Pipfile.lock" in finding.title and "Pipenv" in finding.title


@pytest.mark.parametrize("answer", [ONLINE, REFUSED])
def test_an_index_that_answers_is_always_asked(tmp_path: Path, answer: Completed) -> None:
    maker = Maker(tmp_path, answer)

    assert (maker.refresh(), maker.refresh()) == ((), ())

    assert (maker.calls, maker.lock.read_text(encoding="utf-8")) == (2, "lock 2")


@pytest.mark.parametrize("change", [{"site/Pipfile": "django<5"}, {"python": "another"}])
def test_another_project_or_python_has_another_lock(tmp_path: Path, change: Mapping[str, str]) -> None:
    maker = Maker(tmp_path, OFFLINE)
    maker.refresh()

    python = change.get("python", maker.place.python)
    write(tmp_path, {path: text for path, text in change.items() if path != "python"})
    maker.place = Place(root=tmp_path, run=maker.run, uv="uv", python=python, kept=tmp_path / "kept")

    assert maker.refresh() == ()
    assert maker.calls == 2


def test_nothing_is_kept_where_nobody_asked_for_it(tmp_path: Path) -> None:
    maker = Maker(tmp_path, OFFLINE)
    maker.place = Place(root=tmp_path, run=maker.run, uv="uv", python="python")

    assert (maker.refresh(), maker.refresh(), maker.calls) == ((), (), 2)


def test_old_locks_make_room(tmp_path: Path) -> None:
    maker = Maker(tmp_path, OFFLINE)
    folder = tmp_path / "kept"
    folder.mkdir()
    for number in range(lock_cache.KEEP):
        (folder / f"{number:02}").touch()
        os.utime(folder / f"{number:02}", (number, number))

    maker.refresh()

    there = sorted(each.name for each in folder.iterdir())
    assert len(there) == lock_cache.KEEP
    assert "00" not in there and "01" in there
