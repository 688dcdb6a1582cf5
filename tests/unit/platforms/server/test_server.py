"""What is worked out about a server without one."""

from __future__ import annotations

import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from simple_deploy.core.facts import Process
from simple_deploy.core.findings import Level
from simple_deploy.platforms.changed import changes
from simple_deploy.platforms.server import inspection, units
from simple_deploy.platforms.server.address import parse
from simple_deploy.platforms.server.front import Front, Served, redirect
from simple_deploy.platforms.server.inspection import ServerFacts
from simple_deploy.platforms.server.schedules import calendar
from simple_deploy.platforms.server.scripts import script
from simple_deploy.platforms.server.units import Running
from tests.conftest import needs_program

SCRIPTS = sorted((Path(inspection.__file__).parent / "scripts").glob("*.sh"))
NASTY = ["it's", "$(touch made)", "`id`", 'a "b" \\ $HOME', "two\nlines", "-n", "*", "trailing\\"]


@pytest.mark.parametrize(
    ("text", "host", "user", "port"),
    [
        ("root@203.0.113.7", "203.0.113.7", "root", ""),
        ("ada@blog.example.com:2222", "blog.example.com", "ada", "2222"),
        ("mine", "mine", "", ""),
        ("root@[2001:db8::1]:2222", "2001:db8::1", "root", "2222"),
        ("root@2001:db8::1", "2001:db8::1", "root", ""),
    ],
)
def test_an_address_is_read_as_it_is_typed(text: str, host: str, user: str, port: str) -> None:
    found = parse(text)

    assert (found.host, found.user, found.port) == (host, user, port)


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("root@203.0.113.7", "root@203.0.113.7"),
        ("ada@blog.example.com:2222", "-p 2222 ada@blog.example.com"),
        ("root@[2001:db8::1]:2222", "-p 2222 root@2001:db8::1"),
        ("mine", "mine"),
    ],
)
def test_an_address_is_told_as_ssh_is_given_it_in_a_terminal(text: str, typed: str) -> None:
    assert parse(text).typed == typed


@pytest.mark.parametrize("text", ["", "-oProxyCommand=id", "root@-oProxyCommand=id", "a b", "root@host;id", "host\n"])
def test_what_ssh_could_take_for_an_option_is_no_address(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)


@pytest.mark.parametrize("path", SCRIPTS, ids=[path.stem for path in SCRIPTS])
def test_a_posix_shell_reads_each_script(path: Path) -> None:
    parts = ("common", "data", "figures", "fronts", "migrating", "serving")
    text = script(path.stem, {"site": "blog"}) if path.stem not in parts else path.read_text(encoding="utf-8")

    done = subprocess.run([needs_program("dash", "sh"), "-n"], input=text, capture_output=True, encoding="utf-8")

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("part", ["common", "serving", "data", "figures", "fronts", "migrating"])
def test_what_scripts_share_leaves_their_own_names_alone(part: str) -> None:
    text = next(path for path in SCRIPTS if path.stem == part).read_text(encoding="utf-8")
    functions = re.findall(r"^(\w+)\(\) \{.*?\n(.*?)^\}", text, re.MULTILINE | re.DOTALL)
    assert functions
    for name, body in functions:
        code = re.sub(r"'[^']*'", "''", body)
        declared = {
            each.partition("=")[0] for line in re.findall(r"^ +local (.*)$", code, re.M) for each in line.split()
        }
        assigned = {*re.findall(r"(?:^|[;(]|then|do) *([a-z_]+)=", code, re.M), *re.findall(r"\bfor (\w+) in", code)}
        read = {each for line in re.findall(r"\bread -r ([\w ]+?)(?: &&|;|$)", code, re.M) for each in line.split()}
        assert (assigned | read) - declared <= {"down"}, name


@pytest.mark.parametrize("value", NASTY)
def test_a_script_finds_a_value_as_it_was_given(value: str, tmp_path: Path) -> None:
    head = script("logs", {"given": value}).partition("# What all scripts use")[0]

    done = subprocess.run(
        [needs_program("dash", "sh"), "-s"],
        input=f"{head}printf '%s.' \"$given\"\n",
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
    )

    assert done.stdout == f"{value}."
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", NASTY)
def test_a_shell_reads_a_variable_of_the_site_as_it_was_given(value: str) -> None:
    text = units.variables({"NAME": value})

    done = subprocess.run(
        [needs_program("dash", "sh"), "-s"],
        input=f"{text}\nprintf '%s.' \"$NAME\"\n",
        capture_output=True,
        encoding="utf-8",
    )

    assert done.stdout == f"{value}."


def test_a_server_tells_which_variables_are_not_what_they_were_and_no_value(tmp_path: Path) -> None:
    common = next(path for path in SCRIPTS if path.stem == "common").read_text(encoding="utf-8")

    def fingerprints(variables: Mapping[str, str], salt: str = "01ab") -> dict[str, str]:
        file = tmp_path / "variables"
        file.write_text(units.variables(variables) + "\n", encoding="utf-8", newline="\n")
        done = subprocess.run(
            [needs_program("dash", "sh"), "-s"],
            input=f"{common}\nvariable_fingerprints {shlex.quote(file.as_posix())} {salt}\n",
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr
        return dict(line.split(" ", 1) for line in done.stdout.splitlines())

    made_with = {f"NAME_{number}": value for number, value in enumerate(NASTY)}
    before = fingerprints(made_with)
    assert {*before} == {*made_with} and all(re.fullmatch("[0-9a-f]{64}", each) for each in before.values())
    assert fingerprints(made_with) == before
    assert {*fingerprints(made_with, "02cd").values()}.isdisjoint(before.values())

    now = fingerprints({**made_with, "NAME_0": "another", "NEW": "x\ny"})
    del now["NAME_2"]
    assert [(each.name, each.how) for each in changes(before, now)] == [
        ("NAME_0", "changed"),
        ("NAME_2", "unset"),
        ("NEW", "set"),
    ]


PROCESSES = (
    Process(name="worker", title="Celery", kind="worker", command=("celery", "-A", "blog", "worker")),
    Process(name="redis", title="Ours", kind="worker", command=("python", "manage.py", "it's $HOME 100%")),
    Process(
        name="clear",
        title="Crontab",
        kind="cron",
        command=("python", "manage.py", "clear"),
        schedule="*/5 8-18 * * 1-5",
    ),
)
RUNNING = Running(
    site="blog",
    project_folder="my site",
    arguments=("--workers", "2", "blog.wsgi:application"),
    group="caddy",
    postgres=True,
    redis=True,
)


def test_systemd_reads_the_units(tmp_path: Path) -> None:
    needs_program("systemd-analyze")
    made = {
        **units.release_units(RUNNING, PROCESSES),
        **units.nightly_units("blog"),
        "blog.redis.service": units.redis_unit("blog"),
    }
    for name, text in made.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    done = subprocess.run(
        [shutil.which("systemd-analyze") or "", "verify", *(str(tmp_path / name) for name in made)],
        capture_output=True,
        encoding="utf-8",
    )

    # The users are on the server only, and nobody waits here for a network.
    wrong = [text for text in ("Unknown", "Failed to parse", "bad unit", "Invalid") if text in done.stderr]
    assert wrong == [], done.stderr


def test_what_runs_beside_a_site_starts_and_stops_with_it() -> None:
    made = units.release_units(RUNNING, PROCESSES)

    assert list(made) == [
        "blog.socket",
        "blog.service",
        "blog.worker.service",
        "blog.redis-process.service",
        "blog.clear.service",
        "blog.clear.timer",
    ]
    wanted = next(line for line in made["blog.service"].splitlines() if line.startswith("Wants="))
    assert wanted.split()[1:] == ["blog.worker.service", "blog.redis-process.service", "blog.clear.timer"]
    for name in ("blog.worker.service", "blog.clear.timer"):
        assert "PartOf=blog.service" in made[name]
    assert "Type=oneshot" in made["blog.clear.service"] and "PartOf" not in made["blog.clear.service"]


@pytest.mark.parametrize(
    ("schedule", "times"),
    [
        ("* * * * *", ("*-*-* *:*:00",)),
        ("*/15 3 * * *", ("*-*-* 03:00,15,30,45:00",)),
        ("5 0-4/2 1 jan,jul *", ("*-01,07-01 00,02,04:05:00",)),
        ("0 9 * * mon-fri", ("Mon,Tue,Wed,Thu,Fri *-*-* 09:00:00",)),
        ("0 9 * * 0,7", ("Sun *-*-* 09:00:00",)),
        ("30 4 1,15 * 5", ("*-*-01,15 04:30:00", "Fri *-*-* 04:30:00")),
        ("@daily", ("*-*-* 00:00:00",)),
    ],
)
def test_a_timer_runs_when_crontab_would(schedule: str, times: tuple[str, ...]) -> None:
    assert calendar(schedule) == times
    program = needs_program("systemd-analyze")
    for each in times:
        subprocess.run([program, "calendar", each], check=True, capture_output=True)


@pytest.mark.parametrize("schedule", ["", "* * * *", "61 * * * *", "a * * * *", "5-1 * * * *", "@reboot", "* * * * 8"])
def test_what_crontab_would_not_read_is_refused(schedule: str) -> None:
    with pytest.raises(ValueError):
        calendar(schedule)


def _ran(lines: str, folder: Path, **values: str) -> str:
    """What *lines* print with the functions of the scripts, on folders below *folder*."""
    head = script("backup", {"site": "blog", "label": "none", **values}).partition("\nmain() {")[0]
    text = head.replace("/srv/", f"{folder}/srv/").replace("/usr/bin/python3", sys.executable)
    done = subprocess.run(
        [needs_program("dash", "sh"), "-s"], input=f"{text}\n{lines}\n", capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_seven_nights_and_five_weeks_are_kept(tmp_path: Path) -> None:
    backups = tmp_path / "srv" / "blog" / "backups"
    first = date(2026, 9, 1)
    nights = [first + timedelta(days=number) for number in range(90)]
    for night in nights:
        (backups / f"nightly-{night:%Y%m%d}").mkdir(parents=True)
        _ran("thin", tmp_path, databases="") if night.day == 9 or night == nights[-1] else None
    (backups / "before-20260901").mkdir()
    _ran("thin", tmp_path, databases="")

    left = sorted(path.name for path in backups.glob("nightly-*"))
    sundays = [night for night in nights if night.weekday() == 6]
    wanted = {*nights[-7:], *sundays[-5:], nights[-1]}
    assert left == sorted(f"nightly-{night:%Y%m%d}" for night in wanted)[-len(left) :]
    assert len(left) in range(7 + 3, 7 + 6)
    assert (backups / "before-20260901").is_dir()


JOURNAL = r"""
1000000031.5 blog sh[7]:  - - [t] "GET / HTTP/1.1" 200 512 "-" "Mozilla" 0.250000
1000000032.0 blog sh[7]: [INFO] Listening at: unix:/run/blog/web.sock (7)
1000000033.0 blog sh[7]:  - - [t] "GET /?q=\" 500 \" HTTP/1.1" 404 0 "-" "a \" 503 b" 0.050000
1000000040.0 blog sh[7]:  - - [t] "POST /a/ HTTP/1.1" 502 99 "-" "-" 1.000000
1000000085.0 blog sh[7]: 10.0.0.1:5 - "GET /asgi HTTP/1.1" 500
"""


def test_answers_in_the_journal_are_counted_by_the_minute(tmp_path: Path) -> None:
    given = script("state", {"site": "blog"}).partition("\nmain() {")[0]
    done = subprocess.run(
        [needs_program("dash", "sh"), "-c", f"{given}\ncount_answers"],
        input=JOURNAL,
        capture_output=True,
        encoding="utf-8",
    )
    assert sorted(done.stdout.splitlines()) == [
        "figures=1000000020 3 1 3 1.300 1.000",
        "figures=1000000080 1 1 0 0.000 0.000",
    ]


def test_a_backup_holds_what_is_there_while_it_is_written_to(tmp_path: Path) -> None:
    site = tmp_path / "srv" / "blog"
    (site / "shared" / "media").mkdir(parents=True)
    (site / "shared" / "media" / "note.txt").write_text("kept", encoding="utf-8")
    file = tmp_path / "db.sqlite3"
    with closing(sqlite3.connect(file)) as writing:
        writing.execute("PRAGMA journal_mode=WAL")
        writing.execute("CREATE TABLE note (text)")
        writing.execute("INSERT INTO note VALUES ('saved')")
        writing.commit()
        writing.execute("INSERT INTO note VALUES ('not yet')")
        _ran('snapshot "$backups/one" yes', tmp_path, databases=f"default sqlite {file}\nother elsewhere x")

    made = site / "backups" / "one"
    with closing(sqlite3.connect(made / "default.sqlite3")) as copy:
        assert copy.execute("SELECT text FROM note").fetchall() == [("saved",)]
    (site / "shared" / "media" / "note.txt").unlink()
    assert (made / "media" / "note.txt").read_text(encoding="utf-8") == "kept"
    assert made.stat().st_mode & 0o777 == 0o700


SWAPON = """\
lock() { :; }
swapon() {
    case $1 in
    --show) [ ! -s fstab ] || echo swapfile ;;
    *) [ "$(od -A n -c -j 4086 -N 10 "$1" | tr -d ' ')" = SWAPSPACE2 ] && [ "$kernel" = willing ] ;;
    esac
}
"""


def _swapped(folder: Path, kernel: str) -> str:
    """What the script for swap says, with a stand-in for the kernel, in *folder*."""
    head, _, rest = script("swap", {"site": "blog", "megabytes": "1", "kernel": kernel}).partition("\nmain() {")
    text = f"{head}\n{SWAPON}\nmain() {{{rest}".replace("/swapfile", str(folder / "swapfile"))
    done = subprocess.run(
        [needs_program("dash", "sh"), "-s"],
        input=text.replace("/etc/fstab", "fstab"),
        capture_output=True,
        encoding="utf-8",
        cwd=folder,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_swap_is_added_once_also_where_that_was_cut_short_before(tmp_path: Path) -> None:
    for program in ("fallocate", "mkswap"):
        needs_program(program)
    (tmp_path / "swapfile.new").write_bytes(b"half of it")

    assert _swapped(tmp_path, "willing") == ""
    assert "There is swap already" in _swapped(tmp_path, "willing")

    swapfile = tmp_path / "swapfile"
    assert (swapfile.stat().st_size, swapfile.stat().st_mode & 0o777) == (1 << 20, 0o600)
    assert (tmp_path / "fstab").read_text(encoding="utf-8") == f"{swapfile} none swap sw 0 0\n"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["fstab", "swapfile"]


@pytest.mark.parametrize("theirs", [False, True])
def test_where_the_kernel_takes_no_swap_the_server_does_without(theirs: bool, tmp_path: Path) -> None:
    (tmp_path / "fstab").touch()
    if theirs:
        (tmp_path / "swapfile").write_bytes(b"somebody else's")

    assert "lets nobody add swap" in _swapped(tmp_path, "not")

    assert (tmp_path / "swapfile").exists() is theirs
    assert (tmp_path / "fstab").read_text(encoding="utf-8") == ""


NGINX = (("80", "nginx"), ("443", "nginx"))


def good(**changes: object) -> ServerFacts:
    facts = {"id": "debian", "version": "13", "name": "Debian 13", "init": "systemd", "memory": 2000, "disk": 9000}
    return ServerFacts(**{**facts, "time": 1000.0, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "id", "level"),
    [
        ({}, "server.system", Level.OK),
        ({"id": "ubuntu", "version": "24.04"}, "server.system", Level.INFO),
        ({"id": "debian", "version": "11"}, "server.system", Level.WARNING),
        ({"id": "fedora", "version": "44"}, "server.system", Level.DEPLOY_BLOCKER),
        ({"init": "sh"}, "server.systemd", Level.DEPLOY_BLOCKER),
        ({"disk": 1200}, "server.disk", Level.WARNING),
        ({"disk": 100}, "server.disk", Level.DEPLOY_BLOCKER),
        ({"memory": 480}, "server.memory", Level.WARNING),
        ({"memory": 480, "swap": 1024}, "server.memory", Level.INFO),
        ({"time": 90_000.0}, "server.clock", Level.DEPLOY_BLOCKER),
        ({"listens": (("80", "apache2"),)}, "server.port-taken", Level.DEPLOY_BLOCKER),
        ({"listens": NGINX, "nginx_group": "www-data"}, "server.nginx", Level.INFO),
        (
            {"listens": (*NGINX, ("443", "haproxy")), "nginx_group": "www-data"},
            "server.port-taken",
            Level.DEPLOY_BLOCKER,
        ),
        ({"apt_busy": True}, "server.apt", Level.INFO),
        ({"reboot": True}, "server.reboot", Level.INFO),
    ],
)
def test_what_was_seen_is_judged(changes: dict[str, object], id: str, level: Level) -> None:
    found = {each.id: each.level for each in inspection.findings(good(**changes), now=1000.0)}

    assert found[id] is level


def test_caddy_in_front_is_what_is_expected() -> None:
    found = inspection.findings(good(listens=(("80", "caddy"), ("443", "caddy"))), now=1000.0)

    assert [each.id for each in found] == ["server.system"]


def test_an_nginx_that_is_there_already_answers_for_the_site_too() -> None:
    assert good().front == Front()
    assert good(listens=NGINX, nginx_group="www-data").front == Front(program="nginx", group="www-data")
    assert good(listens=NGINX[:1], nginx_group="www-data").front.packages("blog.test") == ("certbot",)
    assert good(listens=(("80", "caddy"),), nginx_group="www-data").front == Front()


SERVED = Served(site="my-blog", domain="", hosts=("203.0.113.7", "2001:db8::7"), static_url="/s/", media_url="/m/")


def test_nginx_answers_for_the_sites_own_names_alone() -> None:
    """Whatever else it serves stays with it: the file claims no default."""
    plain = Front(program="nginx").file(SERVED)
    secure = Front(program="nginx").file(replace(SERVED, domain="blog.test"))

    assert re.findall("server_name (.*);", plain) == ["203.0.113.7 [2001:db8::7]"]
    assert re.findall("listen (.*);", plain) == ["80", "[::]:80"]
    assert re.findall("server_name (.*);", secure) == ["blog.test", "blog.test"]
    assert re.findall("listen (.*);", secure) == ["80", "[::]:80", "443 ssl", "[::]:443 ssl"]
    assert "default_server" not in plain + secure
    assert redirect(replace(SERVED, domain="blog.test")) in secure


@pytest.mark.parametrize("program", ["caddy", "nginx"])
def test_files_are_handed_out_without_asking_the_site(program: str) -> None:
    text = Front(program=program).file(SERVED)

    for url, folder in (("/s/", "/srv/my-blog/shared/static"), ("/m/", "/srv/my-blog/shared/media")):
        assert url in text and folder in text
    assert "immutable" in text and "sandbox" in text and "/run/my-blog/web.sock" in text


def test_the_servers_answers_are_read() -> None:
    facts = inspection.read_facts(
        "id=debian\nmemory=480\nlistens=22 sshd\nlistens=80 nginx\nnginx_group=www-data\naddress=203.0.113.7\nreached=203.0.113.7\n"
        'ledger=blog { "name": "blog", "project": "abc", "domain": "blog.test" }\nledger=broken {\nnoise\n'
    )

    assert (facts.answering, facts.nginx_group) == ({"nginx"}, "www-data")
    assert facts.addresses == ("203.0.113.7",)
    assert [(each.name, each.project, each.domain) for each in facts.ledgers] == [("blog", "abc", "blog.test")]
    assert facts.wants_swap
