"""What is worked out about a server without one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from simple_deploy.core.findings import Level
from simple_deploy.platforms.server import inspection, units
from simple_deploy.platforms.server.address import parse
from simple_deploy.platforms.server.inspection import ServerFacts
from simple_deploy.platforms.server.scripts import script
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


@pytest.mark.parametrize("text", ["", "-oProxyCommand=id", "root@-oProxyCommand=id", "a b", "root@host;id", "host\n"])
def test_what_ssh_could_take_for_an_option_is_no_address(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)


@pytest.mark.parametrize("path", SCRIPTS, ids=[path.stem for path in SCRIPTS])
def test_a_posix_shell_reads_each_script(path: Path) -> None:
    text = script(path.stem, {"site": "blog"}) if path.stem != "common" else path.read_text(encoding="utf-8")

    done = subprocess.run([needs_program("dash", "sh"), "-n"], input=text, capture_output=True, encoding="utf-8")

    assert (done.returncode, done.stderr) == (0, "")


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


def test_systemd_reads_the_units(tmp_path: Path) -> None:
    needs_program("systemd-analyze")
    service = units.service_unit(
        "blog", project_folder="my site", arguments=("--workers", "2", "blog.wsgi:application"), postgres=True
    )
    paths = [tmp_path / "blog.socket", tmp_path / "blog.service"]
    for path, text in zip(paths, (units.socket_unit("blog"), service), strict=True):
        path.write_text(text, encoding="utf-8")

    done = subprocess.run(
        [shutil.which("systemd-analyze") or "", "verify", *map(str, paths)], capture_output=True, encoding="utf-8"
    )

    # The users are on the server only, and nobody waits here for a network.
    assert "Unknown" not in done.stderr and "Failed to parse" not in done.stderr, done.stderr


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
        ({"listens": (("80", "nginx"),)}, "server.port-taken", Level.DEPLOY_BLOCKER),
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


def test_the_servers_answers_are_read() -> None:
    facts = inspection.read_facts(
        "id=debian\nmemory=480\nlistens=22 sshd\nlistens=80 nginx\naddress=203.0.113.7\nreached=203.0.113.7\n"
        'ledger=blog { "name": "blog", "project": "abc", "domain": "blog.test" }\nledger=broken {\nnoise\n'
    )

    assert facts.holder("80") == "nginx"
    assert facts.addresses == ("203.0.113.7",)
    assert [(each.name, each.project, each.domain) for each in facts.ledgers] == [("blog", "abc", "blog.test")]
    assert facts.wants_swap
