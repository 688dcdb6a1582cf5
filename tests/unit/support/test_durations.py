"""The work of tests: measured, kept and known."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.durations import Meter, read, write


def test_the_work_of_programs_that_a_test_waits_for_is_its_own() -> None:
    meter = Meter()
    busy = "import time\nwhile time.process_time() < 0.3: pass  # seconds"
    with meter.measuring("test_module.py"):
        subprocess.run([sys.executable, "-c", busy], check=True)
    assert meter.durations()["test_module.py"] > 0.2, "all of it but for the clock's own steps"


def test_what_several_workers_measured_is_put_together() -> None:
    meter = Meter()
    for seconds in (1.0, 3.0):
        row = {"seconds": seconds, "tests": 1}
        meter.add({"test_a.py": row, "test_a.py::test_slow": row})
    assert meter.durations() == {"test_a.py": 4.0, "test_a.py::test_slow": 2.0}


def test_what_is_written_is_read_and_what_was_not_measured_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "durations.txt"
    write({"test_a.py::test_slow": 4.0, "test_a.py": 1.5}, {}, file)
    write({"test_a.py": 2.5}, read(file), file)
    assert read(file) == {"test_a.py": 2.5, "test_a.py::test_slow": 4.0}


def test_without_a_table_nothing_is_known(tmp_path: Path) -> None:
    assert read(tmp_path / "durations.txt") == {}
