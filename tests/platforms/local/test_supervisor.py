"""The process that keeps a site up: one, always the same port, no request lost, nothing left behind."""

from __future__ import annotations

import socket
import stat
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest
from simple_deploy_local import supervisor
from simple_deploy_local.control import SupervisorError
from simple_deploy_local.output import samples_in

from tests.platforms.local.conftest import (
    BASE_PYTHON,
    PROJECT,
    Load,
    Site,
    can_bind,
    each_server,
    fetch,
    nothing_runs,
    processes,
)
from tests.support.waiting import waited

pytestmark = pytest.mark.slow  # each starts servers, and waits for them to end

BROKEN = {
    "does not import": "import nothing_of_this_name\n",
    "has no application": "other = 1\n",
    "ends at once": "import os\nprint('my last words', flush=True)\nos._exit(7)\n",
}


@each_server
def test_a_site_answers_once_its_first_release_is_active(site: Site) -> None:
    served = site.up("one")

    assert (served.running, served.state, served.port) == (True, "serving", site.port)
    assert fetch(site.port) == "one"


@each_server
def test_a_redeploy_under_steady_load_loses_no_request(site: Site) -> None:
    site.up("one")
    with Load(site.port, "/unhurried") as load:
        load.goes_on()
        for name in ("two", "three", "four"):
            site.control.activate(site.release(name))
            load.goes_on()

    assert set(load.answers) == {"200 one", "200 two", "200 three", "200 four"}
    assert load.answers[-20:] == ["200 four"] * 20


@each_server
def test_a_request_that_is_being_answered_is_finished_by_the_release_it_began_with(site: Site) -> None:
    first = site.folder / "releases" / "one"
    site.up("one")
    answers: list[str] = []
    asking = threading.Thread(target=lambda: answers.append(fetch(site.port, "/patient")))
    asking.start()
    waited((first / "asked").exists)
    activating = threading.Thread(target=lambda: site.control.activate(site.release("two")))
    activating.start()
    waited(lambda: site.answers("two"))

    (first / "go-on").touch()
    asking.join()
    activating.join()

    assert answers == ["one"]


@each_server
def test_a_connection_that_has_not_asked_yet_is_answered_after_the_old_release_was_told_to_end(site: Site) -> None:
    """The old server may have accepted it already."""
    site.up("one")
    connections = [socket.create_connection(("127.0.0.1", site.port)) for _ in range(10)]
    activating = threading.Thread(target=lambda: site.control.activate(site.release("two")))
    activating.start()
    waited(lambda: site.state()["release"].endswith("two/release.json"))

    answers = []
    for connection in connections:
        with connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            answers.append(connection.makefile("rb").read().decode())
    activating.join()

    assert [answer.splitlines()[0] for answer in answers] == ["HTTP/1.1 200 OK"] * 10


@each_server
@pytest.mark.parametrize("project", BROKEN.values(), ids=BROKEN)
def test_a_broken_release_never_replaces_one_that_serves(site: Site, project: str) -> None:
    site.up("one")
    with Load(site.port) as load:
        with pytest.raises(SupervisorError) as refused:
            site.control.activate(site.release("broken", project=project))
        load.goes_on()

    assert refused.value.kind == "release-broken"
    assert set(load.answers) == {"200 one"}
    assert site.control.status().release == site.folder / "releases" / "one" / "release.json"


@each_server
def test_what_is_answered_is_counted_with_the_memory_of_what_answers(site: Site) -> None:
    program = site.folder / "server" / "supervisor.py"
    source = program.read_text(encoding="utf-8")
    program.write_text(source.replace("NOTED_BUSY = 15.0", "NOTED_BUSY = 0.0"), encoding="utf-8")
    site.up("one")
    for path in ("/", "/?secret=7", "/unhurried"):
        fetch(site.port, path)
    with pytest.raises(urllib.error.HTTPError):
        fetch(site.port, "/no/such%0Apage")
    waited(lambda: sum(each.requests for each in samples_in(site.folder / "server")) == 4, "its figures")

    samples = samples_in(site.folder / "server")
    assert max(each.longest for each in samples) >= 0.1
    assert all(each.failed == 0 for each in samples)
    memory = max(each.memory or 0 for each in samples)
    assert 10_000_000 < memory <= max(each.memory_info().rss for each in processes(site.folder)) * 2
    assert '"GET /no/such%0Apage" 404' in site.log() and "secret" not in site.log()


def test_a_release_that_fails_is_reported_with_what_it_printed(site: Site) -> None:
    site.up("one")

    with pytest.raises(SupervisorError) as refused:
        site.control.activate(site.release("broken", project=BROKEN["does not import"]))

    assert "No module named 'nothing_of_this_name'" in refused.value.detail


@pytest.mark.parametrize("damage", ["gone", "not json", "no program"])
def test_a_release_that_cannot_be_run_is_refused_in_words(site: Site, damage: str) -> None:
    site.up("one")
    release = site.release("two")
    if damage == "gone":
        release.unlink()
    elif damage == "not json":
        release.write_text("{", encoding="utf-8")
    else:
        release.write_text(release.read_text().replace(str(site.python), str(site.python) + "-gone"), encoding="utf-8")

    with pytest.raises(SupervisorError, match=r"cannot be (read|started)"):
        site.control.activate(release)

    assert fetch(site.port) == "one"


def test_activating_the_release_that_serves_changes_nothing(site: Site) -> None:
    site.up("one")
    before = site.state()["server_pid"]

    site.control.activate(site.folder / "releases" / "one" / "release.json")

    assert site.state()["server_pid"] == before


def test_going_back_to_an_earlier_release_is_activating_it(site: Site) -> None:
    site.up("one")
    site.control.activate(site.release("two"))

    site.control.activate(site.folder / "releases" / "one" / "release.json")

    assert fetch(site.port) == "one"


@each_server
def test_a_server_that_crashes_is_started_again(site: Site) -> None:
    site.up("one")
    before = site.state()["server_pid"]

    with pytest.raises((OSError, urllib.error.URLError)):
        fetch(site.port, "/end")

    waited(lambda: site.state()["server_pid"] not in (before, None))
    assert fetch(site.port) == "one"
    served = site.control.status()
    assert (served.state, served.restarts) == ("serving", 1)


def test_a_request_that_arrives_while_no_server_is_there_waits_for_the_next_one(site: Site) -> None:
    site.up("one")
    with pytest.raises((OSError, urllib.error.URLError)):
        fetch(site.port, "/end")

    assert fetch(site.port) == "one"


def test_a_server_that_keeps_crashing_says_so_and_can_be_replaced(site: Site) -> None:
    site.up("one")
    code = site.folder / "releases" / "one" / "site_app.py"
    code.write_text(BROKEN["ends at once"], encoding="utf-8")
    psutil.Process(site.state()["server_pid"]).kill()
    waited(lambda: site.control.status().restarts >= 2)
    trouble = site.control.status()

    site.control.activate(site.release("two"))

    assert trouble.state == "restarting"
    assert "by itself" in trouble.trouble
    assert fetch(site.port) == "two"


@each_server
def test_stopping_ends_every_process_and_frees_the_port(site: Site) -> None:
    site.up("one")

    stopped = site.control.stop()

    assert (stopped.running, stopped.state) == (False, "stopped")
    nothing_runs(site.folder)
    assert can_bind(site.port)


def test_stopping_twice_is_the_same_as_once(site: Site) -> None:
    site.up("one")
    site.control.stop()

    assert not site.control.stop().running


def test_a_stopped_site_starts_again_with_the_release_it_served(site: Site) -> None:
    site.up("one")
    site.control.activate(site.release("two"))
    last = site.control.stop().release
    assert last is not None

    site.control.start(port=site.port)
    site.control.activate(last)

    assert fetch(site.port) == "two"


def test_a_stopped_site_cannot_activate(site: Site) -> None:
    site.up("one")
    site.control.stop()

    with pytest.raises(SupervisorError) as refused:
        site.control.activate(site.release("two"))

    assert refused.value.kind == "not-running"
    assert "--start" in refused.value.hint


@each_server
def test_a_supervisor_that_is_killed_takes_its_servers_along(site: Site) -> None:
    site.up("one")
    pid = site.control.status().pid
    assert pid is not None

    psutil.Process(pid).kill()

    nothing_runs(site.folder)
    assert not site.control.status().running


def test_after_a_kill_the_site_comes_back_on_its_port_at_once(site: Site) -> None:
    """The old servers may still be finishing."""
    served = site.up("one")
    assert served.pid is not None
    psutil.Process(served.pid).kill()

    again = site.control.start(port=site.port)
    site.control.activate(site.folder / "releases" / "one" / "release.json")

    assert again.pid != served.pid
    assert fetch(site.port) == "one"


def test_starting_a_site_that_runs_finds_the_one_that_runs(site: Site) -> None:
    first = site.up("one")

    second = site.control.start(port=site.port)

    assert (second.pid, second.state) == (first.pid, "serving")
    assert fetch(site.port) == "one"


def test_many_starts_at_once_make_one_supervisor(site: Site) -> None:
    pids: list[int | None] = []
    starting = [threading.Thread(target=lambda: pids.append(site.control.start(port=site.port).pid)) for _ in range(5)]
    for each in starting:
        each.start()
    for each in starting:
        each.join()

    assert len(pids) == 5
    assert len(set(pids)) == 1
    waited(lambda: [each.pid for each in processes(site.folder)] == [pids[0]], "the others to give up")


def test_a_port_that_another_program_has_is_said_clearly(site: Site) -> None:
    with socket.create_server(("127.0.0.1", site.port)), pytest.raises(SupervisorError) as refused:
        site.control.start(port=site.port)

    assert refused.value.kind == "port-taken"
    assert str(site.port) in refused.value.message
    assert refused.value.hint
    nothing_runs(site.folder)


def test_a_program_that_listens_on_all_addresses_has_the_port_too(site: Site) -> None:
    with socket.create_server(("", site.port)), pytest.raises(SupervisorError) as refused:
        site.control.start(port=site.port)

    assert refused.value.kind == "port-taken"


def test_a_site_whose_folder_is_removed_ends_by_itself(site: Site) -> None:
    site.up("one")

    site.folder.rename(site.folder.with_name("moved"))

    nothing_runs(site.folder)
    assert can_bind(site.port)


def test_a_lease_that_is_over_ends_the_site(site: Site) -> None:
    site.control.start(port=0, lease=2.0)

    waited(lambda: not site.control.status().running)
    nothing_runs(site.folder)


def test_a_supervisor_outlives_the_session_that_started_it(site: Site) -> None:
    """As when the terminal window is closed: its process group is told to end."""
    script = (
        "import subprocess, sys, time\n"
        "subprocess.run(sys.argv[1:], check=True)\n"
        "print('started', flush=True)\n"
        "time.sleep(600)\n"
    )
    server = site.folder / "server"
    command = [BASE_PYTHON, "-I", str(server / "supervisor.py"), "start", str(server), "--port", str(site.port)]
    terminal = subprocess.Popen(
        [sys.executable, "-c", script, *command], stdout=subprocess.PIPE, start_new_session=True
    )
    with terminal:
        assert terminal.stdout is not None
        waited(lambda: b"started" in terminal.stdout.readline())  # type: ignore[union-attr]
        process_group_killed(terminal.pid)

    assert site.control.status().running
    site.control.activate(site.release("one"))
    assert fetch(site.port) == "one"


def process_group_killed(pid: int) -> None:
    if sys.platform == "win32":
        psutil.Process(pid).kill()
    else:
        import os
        import signal

        os.killpg(pid, signal.SIGKILL)


def test_a_supervisor_told_to_end_by_the_system_finishes_cleanly(site: Site) -> None:
    site.up("one")
    pid = site.control.status().pid
    assert pid is not None

    psutil.Process(pid).terminate()

    waited(lambda: not site.control.status().running)
    nothing_runs(site.folder)
    assert site.state()["state"] == "stopped"


@each_server
def test_nothing_of_the_shell_that_deployed_reaches_the_site(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://somewhere-else/")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "of_the_developer")
    site.up("one")

    environment = fetch(site.port, "/env")

    assert '"RELEASE": "one"' in environment
    assert "DATABASE_URL" not in environment
    assert "of_the_developer" not in environment


def test_what_the_site_prints_is_in_its_log(site: Site) -> None:
    site.up("one")

    fetch(site.port, "/say?text=hello")

    waited(lambda: "hello" in site.log())


def test_the_log_is_put_aside_when_it_is_full(site: Site) -> None:
    site.up("one")

    for _ in range(6):
        fetch(site.port, "/say?text=0123456789&times=80000")

    server = site.folder / "server"
    waited(lambda: (server / "site.log.3").exists())
    sizes = [path.stat().st_size for path in server.glob("site.log*")]
    assert len(sizes) == 4
    assert max(sizes) <= supervisor.LOG_SIZE


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permission bits")
def test_only_the_owner_can_read_what_the_supervisor_writes(site: Site) -> None:
    site.up("one")

    server = site.folder / "server"
    written = [path for path in server.iterdir() if path.suffix != ".py"]
    assert {"supervisor.json", "supervisor.lock", "site.log", "control"} <= {path.name for path in written}
    open_to_others = [path.name for path in written if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert open_to_others == []


@each_server
def test_uploaded_files_are_served_and_cannot_run_as_a_page(site: Site) -> None:
    site.up("one")
    media = site.folder / "media"
    (media / "photo.png").write_bytes(b"\x89PNG")
    (media / "page.html").write_text("<script>alert(1)</script>", encoding="utf-8")

    with urllib.request.urlopen(f"http://127.0.0.1:{site.port}/media/photo.png") as photo:
        assert (photo.read(), photo.headers["Content-Type"]) == (b"\x89PNG", "image/png")
        assert photo.headers["X-Content-Type-Options"] == "nosniff"
    with urllib.request.urlopen(f"http://127.0.0.1:{site.port}/media/page.html") as page:
        assert "sandbox" in page.headers["Content-Security-Policy"]


@each_server
@pytest.mark.parametrize(
    "path", ["/media/../releases/one/env.json", "/media/%2e%2e/releases/one/env.json", "/media//etc/passwd", "/media/"]
)
def test_nothing_but_uploaded_files_is_served_as_one(site: Site, path: str) -> None:
    site.up("one")
    (site.folder / "media").mkdir(exist_ok=True)

    with socket.create_connection(("127.0.0.1", site.port)) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        answer = connection.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 404")


@each_server
def test_the_project_finds_its_own_folder_first_and_not_the_supervisors(site: Site) -> None:
    project = PROJECT + "\nimport importlib.util\nassert importlib.util.find_spec('supervisor') is None\n"
    site.control.start(port=site.port)

    site.control.activate(site.release("one", project=project))

    assert fetch(site.port) == "one"


def test_the_files_that_are_copied_need_the_standard_library_only() -> None:
    for name in ("supervisor.py", "serve.py"):
        source = Path(supervisor.__file__).with_name(name).read_text(encoding="utf-8")
        imported = {
            line.split()[1].split(".")[0]
            for line in source.splitlines()
            if line.startswith(("import ", "from ")) and not line.startswith("from __future__")
        }
        assert imported <= sys.stdlib_module_names
