"""Running programs: both streams, no shell, limits, and no process left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from uv import find_uv_bin

from simple_deploy.core.errors import Cancelled, CommandFailed, TimedOut, ToolMissing
from simple_deploy.core.secret import Redactor, Secret
from simple_deploy.system import process
from simple_deploy.system.process import LineSplitter
from tests.support.waiting import waited


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_both_streams_arrive_in_order() -> None:
    lines: list[str] = []
    code = "import sys\nfor i in range(3):\n print('out', i, flush=True)\n print('err', i, file=sys.stderr, flush=True)"
    done = process.run(python(code), on_line=lines.append)
    assert lines == ["out 0", "err 0", "out 1", "err 1", "out 2", "err 2"]
    assert done.ok and done.output.splitlines() == lines


def test_a_failing_program_is_an_error_with_its_last_words() -> None:
    with pytest.raises(CommandFailed) as caught:
        process.run(python("print('no such region'); raise SystemExit(3)"))
    assert caught.value.returncode == 3
    assert "no such region" in caught.value.hint


def test_a_missing_program_says_what_to_install() -> None:
    with pytest.raises(ToolMissing, match="flyctl-that-is-not-there"):
        process.run(("flyctl-that-is-not-there", "version"))


def test_secrets_reach_the_program_but_not_its_command_line_or_output() -> None:
    secret = Secret("correct-horse-battery")
    code = "import os, sys; print(os.environ['TOKEN'], sys.stdin.read())"
    hidden = process.run(python(code), env={"TOKEN": secret}, stdin=secret, redact=Redactor([secret.reveal()]))
    assert "correct-horse" not in repr(hidden)
    assert hidden.output == "••• •••"


def test_an_empty_text_removes_a_variable_and_an_empty_secret_leaves_it_with_nothing_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REMOVED", "something")
    monkeypatch.setenv("EMPTIED", "something")
    shown = "import os; print([os.environ.get(name) for name in ('REMOVED', 'EMPTIED')])"

    done = process.run(python(shown), env={"REMOVED": "", "EMPTIED": Secret("")})

    assert done.output == "[None, '']"


def test_uv_downloads_no_python_unless_the_person_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV_PYTHON_DOWNLOADS", raising=False)
    none_installed = {"UV_PYTHON_INSTALL_DIR": str(tmp_path / "pythons")}
    argv = (find_uv_bin(), "venv", "--no-config", "--managed-python", str(tmp_path / "environment"))
    made = process.run(argv, cwd=tmp_path, env=none_installed, check=False)
    assert not made.ok
    assert "downloads are set to 'never'" in " ".join(made.output.split())
    assert process.environment(None)["UV_PYTHON_DOWNLOADS"] == "never"
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "automatic")
    assert process.environment(None)["UV_PYTHON_DOWNLOADS"] == "automatic"


def test_cancelling_ends_grandchildren_too(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    code = (
        "import subprocess, sys, time, os\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3600)'])\n"
        f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        "time.sleep(3600)"
    )
    cancel = threading.Event()

    def wait_for_children() -> None:
        waited(lambda: len(pids.read_text().split()) == 2)
        cancel.set()

    threading.Thread(target=wait_for_children, daemon=True).start()
    with pytest.raises(Cancelled):
        process.run(python(code), cancelled=cancel.is_set)
    assert not any(psutil.pid_exists(int(pid)) and process.is_alive(int(pid)) for pid in pids.read_text().split())


def test_a_program_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(TimedOut, match="within 0 seconds"):
        process.run(python("import time; time.sleep(3600)"), timeout=0.3)


@pytest.mark.parametrize("child", ["while True: pass", "import time; time.sleep(3600)"], ids=["works", "waits"])
def test_a_limit_of_work_ends_what_works_without_end_and_what_hangs(child: str) -> None:
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with pytest.raises(TimedOut):
        process.run(python(code), timeout=0.3, by_work=True)


def test_a_grandchild_that_keeps_the_pipe_open_does_not_hang_the_run() -> None:
    code = (
        "import subprocess, sys\n"
        "child = [sys.executable, '-c', 'import time; time.sleep(3600)']\n"
        "print(subprocess.Popen(child, start_new_session=True).pid)"
    )
    done = process.run(python(code))
    psutil.Process(int(done.output)).kill()


def test_what_a_program_printed_arrives_however_late_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy computer, whoever reads waits for a turn longer than anybody waits for a grandchild."""
    monkeypatch.setattr(process, "GRACE", 0.1)

    def late(line: str) -> str:
        threading.Event().wait(0.5)
        return line

    assert process.run(python("print('one'); print('two')"), redact=late).output == "one\ntwo"


def test_a_program_that_has_ended_is_not_waited_for_where_nobody_asks_about_it() -> None:
    sleep = "import time; time.sleep(3600)"
    code = (
        f"import subprocess, sys\nprint(subprocess.Popen([sys.executable, '-c', {sleep!r}]).pid, flush=True)\n{sleep}"
    )
    with subprocess.Popen(python(code), stdout=subprocess.PIPE, text=True) as careless:
        assert careless.stdout is not None
        forgotten = int(careless.stdout.readline())
        process.kill_tree(forgotten, grace=3600)
        assert not process.is_alive(forgotten)
        careless.kill()


def test_a_very_long_line_is_cut_and_says_so() -> None:
    done = process.run(python("print('x' * 3_000_000)"))
    assert len(done.output) < 20_000
    assert "more characters left out" in done.output


def test_a_long_line_is_whole_for_who_wants_it_so() -> None:
    done = process.run(python("print('x' * 300_000)"), longest=1_000_000)
    assert done.output == "x" * 300_000


@given(st.lists(st.binary(max_size=30), max_size=20), st.integers(1, 7))
def test_lines_do_not_depend_on_how_the_bytes_arrive(parts: list[bytes], size: int) -> None:
    raw = b"\n".join(parts)
    whole, pieces = LineSplitter(), LineSplitter()
    expected = [*whole.feed(raw), *whole.end()]
    got: list[str] = []
    for start in range(0, len(raw), size):
        got += pieces.feed(raw[start : start + size])
    assert [*got, *pieces.end()] == expected


def test_a_carriage_return_starts_the_line_again() -> None:
    splitter = LineSplitter()
    assert splitter.feed(b"10%\r50%\r100%\r\nnext\n") == ["100%", "next"]


def test_a_process_keeps_its_beginning_when_the_clock_is_corrected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where psutil remembers when the computer was started, as its versions before 7 do."""
    began = process.started_at(os.getpid())
    assert began
    told = psutil.Process().create_time()
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: told - 3600)
    if sys.platform == "linux":
        assert process.started_at(os.getpid()) == began
        assert process.is_alive(os.getpid(), began)


def test_what_cannot_be_found_out_of_a_process_makes_it_no_dead_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert process.is_alive(os.getpid(), 0.0), "nobody could say when it began"
    assert not process.is_alive(-1) and not process.is_alive(10**30)

    def denied(self: psutil.Process) -> str:
        raise psutil.AccessDenied(self.pid)

    monkeypatch.setattr(psutil.Process, "status", denied)
    assert process.is_alive(os.getpid(), process.started_at(os.getpid()))


@pytest.mark.skipif(os.name != "posix", reason="Windows has no umask")
def test_a_program_started_ahead_gives_its_files_the_permissions_it_was_told(tmp_path: Path) -> None:
    strict = os.umask(0o077)
    try:
        making = "import sys; open(sys.stdin.readline().strip(), 'w').close()"
        waiting = process.Waiting((sys.executable, "-c", making), cwd=tmp_path, env={}, umask=0o022)
    finally:
        os.umask(strict)
    waiting.begin("made.txt")
    waiting.wait(timeout=60, cancelled=lambda: False)
    assert (tmp_path / "made.txt").stat().st_mode & 0o777 == 0o644
