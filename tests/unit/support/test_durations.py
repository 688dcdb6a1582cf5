"""The work of tests: measured, kept and known."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.durations import Duration, Meter, read, write


def test_the_work_of_programs_that_a_test_waits_for_is_its_own() -> None:
    meter = Meter()
    busy = "import time\nwhile time.process_time() < 0.3: pass  # seconds"
    with meter.measuring("test_module.py"):
        subprocess.run([sys.executable, "-c", busy], check=True)
    assert meter.durations()["test_module.py"].seconds > 0.2, "all of it but for the clock's own steps"


def test_what_several_workers_measured_is_put_together() -> None:
    meter = Meter()
    for seconds in (1.0, 3.0):
        row = {"seconds": seconds, "tests": 1, "turns": 0, "share": 0, "whole": 0}
        meter.add({"test_a.py": row, "test_a.py::test_slow": row})
    assert meter.durations() == {"test_a.py": Duration(seconds=4.0), "test_a.py::test_slow": Duration(seconds=2.0)}


def test_a_loop_that_was_whole_counts_with_a_landings_share() -> None:
    meter = Meter()
    meter.add({"test_a.py::test_loop": {"seconds": 18.0, "tests": 1, "turns": 18, "share": 4, "whole": 18}})
    (found,) = meter.durations().values()
    assert found == Duration(seconds=4.0, share=4, whole=18)
    assert found.seconds_of_all == 18.0


def test_what_is_written_is_read_and_what_was_not_measured_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "durations.txt"
    write(
        {"test_a.py::test_loop": Duration(seconds=4.0, share=4, whole=18), "test_a.py": Duration(seconds=1.5)}, {}, file
    )
    write({"test_a.py": Duration(seconds=2.5)}, read(file), file)
    assert read(file) == {
        "test_a.py": Duration(seconds=2.5),
        "test_a.py::test_loop": Duration(seconds=4.0, share=4, whole=18),
    }


def test_without_a_table_nothing_is_known(tmp_path: Path) -> None:
    assert read(tmp_path / "durations.txt") == {}
