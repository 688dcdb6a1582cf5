"""The state folder on another disk than the project, where nothing can be renamed from one to the other."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from simple_deploy.core.errors import FilesChanged
from simple_deploy.engine.journal import Journal
from tests.attacks.intruder import Intruder, at_work
from tests.project.engine.test_journal import AFTER, BEFORE, CHANGES
from tests.support.repository import fingerprint, write

MEMORY = Path("/dev/shm")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="no other system brings a second file system along")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    assert MEMORY.stat().st_dev != tmp_path.stat().st_dev, "/dev/shm is no other file system"
    with tempfile.TemporaryDirectory(dir=MEMORY) as elsewhere:
        yield Journal(write(tmp_path / "project", BEFORE), Path(elsewhere) / "runs" / "one")


@pytest.mark.parametrize("at_once", [True, False], ids=["exchanged in one step", "by renames"])
def test_a_change_is_applied_and_every_byte_comes_back(journal: Journal, at_once: bool) -> None:
    before = fingerprint(journal.project)
    with at_work(Intruder(journal.project), at_once=at_once):
        record = journal.apply(CHANGES)
        assert fingerprint(journal.project) == AFTER
        undoing = Journal(journal.project, journal.folder.with_name("two"))
        undoing.apply(journal.reversed(record, journal.standing(record)))
    assert fingerprint(journal.project) == before


def test_an_edit_in_the_last_moment_stays_and_the_rest_goes_back(journal: Journal) -> None:
    target = journal.project / "requirements.txt"
    before = fingerprint(journal.project)
    with at_work(Intruder(journal.project)) as nobody:
        journal.apply(CHANGES)
    numbers = [number for number, name in enumerate(nobody.moments, 1) if name == "exchange requirements.txt"]
    for path, data in BEFORE.items():
        (journal.project / path).write_bytes(data)
    (journal.project / "deploy/nested/new.toml").unlink()
    again = Journal(journal.project, journal.folder.with_name("again"))
    somebody = Intruder(journal.project, numbers[-1], lambda: target.write_bytes(b"mine\n"))
    with at_work(somebody), pytest.raises(FilesChanged):
        again.apply(CHANGES)
    assert target.read_bytes() == b"mine\n"
    assert {**fingerprint(journal.project), "requirements.txt": before["requirements.txt"]} == before
