"""What the system is asked to keep running, read by the parsers of the systems; and a real systemd that does it."""

from __future__ import annotations

import configparser
import json
import plistlib
import shlex
import shutil
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import psutil
import pytest
from simple_deploy_local import keeping, planning, questions, sites
from simple_deploy_local.keeping import TASK_NAMESPACE, Service

from simple_deploy.api import Answers, Call, Remote, Resource
from simple_deploy.testkit.facts import make_facts
from tests.platforms.local import usersystemd
from tests.platforms.local.conftest import BASE_PYTHON, Site, can_bind, fetch, processes
from tests.platforms.local.projects import Owner
from tests.platforms.local.usersystemd import UserSystemd
from tests.support.waiting import waited

NAMES = {
    "plain": "/home/ada/.local/share/site",
    "spaces": "/home/ada/my sites/the site",
    "quotes": '/home/ada/it\'s "quoted"',
    "specifiers": "/home/%h/100%/site",
    "variables": "/home/$USER/${HOME}/site",
    "backslashes": "/home/ada/back\\slash\\",
    "letters": "/home/ädä/сайт/网站",
    "markup": "/home/<ada>&amp;/site",
}
each_name = pytest.mark.parametrize("folder", NAMES.values(), ids=NAMES)


def service(folder: str) -> Service:
    inside = PurePosixPath(folder)
    return Service(
        name="simple-deploy-site-0a1b2c3d",
        title=f"{inside.name}, a Django site on this computer",
        argv=("/usr/bin/python3", "-I", f"{folder}/supervisor.py", "keep", folder, "--while", f"{folder}/keeper"),
        log=Path(folder, "keeper.log"),
    )


def unit(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(text)
    return parser


@each_name
def test_a_unit_runs_exactly_the_program_whatever_the_folder_is_called(folder: str) -> None:
    wanted = service(folder)
    found = unit(keeping.systemd_unit(wanted))

    assert found.sections() == ["Unit", "Service", "Install"]
    assert found["Service"]["Restart"] == "on-failure"
    assert found["Install"]["WantedBy"] == "default.target"
    line = found["Service"]["ExecStart"]
    assert tuple(word.replace("%%", "%").replace("$$", "$") for word in shlex.split(line)) == wanted.argv
    assert "%" not in line.replace("%%", "")
    assert "$" not in line.replace("$$", "")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="only systemd itself can read it as it does")
@each_name
def test_systemd_itself_finds_nothing_wrong_with_the_unit(folder: str, tmp_path: Path) -> None:
    file = tmp_path / "site.service"
    made = service(folder)
    file.write_text(keeping.systemd_unit(replace(made, argv=("/bin/sh", *made.argv[1:]))), encoding="utf-8")

    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", "--man=no", str(file)],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )

    assert "site.service" not in done.stdout + done.stderr


@each_name
def test_an_agent_of_launchd_runs_exactly_the_program(folder: str) -> None:
    wanted = service(folder)
    found = plistlib.loads(keeping.launchd_agent(wanted).encode())

    assert found["Label"] == wanted.name
    assert tuple(found["ProgramArguments"]) == wanted.argv
    assert found["RunAtLoad"] is True
    assert found["KeepAlive"] == {"SuccessfulExit": False}


@pytest.mark.parametrize("folder", [r"C:\Users\Ada\sites\site", r"C:\Users\Ädä Löve\a & b\100%"])
def test_a_scheduled_task_runs_exactly_the_program_when_its_user_logs_in(folder: str) -> None:
    wanted = replace(
        service("/"), argv=(folder + r"\pythonw.exe", "-I", folder + r"\supervisor.py", "keep", folder, "--while", "x")
    )
    text = keeping.scheduled_task(wanted, r"PC\Ädä")
    task = ElementTree.fromstring(text)

    def value(path: str) -> str | None:
        return task.findtext("/".join(f"{{{TASK_NAMESPACE}}}{part}" for part in path.split("/")))

    assert text.isascii()
    assert "encoding" not in text
    assert value("Triggers/LogonTrigger/UserId") == value("Principals/Principal/UserId") == r"PC\Ädä"
    assert value("Principals/Principal/RunLevel") == "LeastPrivilege"
    assert value("Settings/RestartOnFailure/Interval") == value("Triggers/LogonTrigger/Repetition/Interval") == "PT1M"
    assert value("Settings/MultipleInstancesPolicy") == "IgnoreNew"
    assert value("Actions/Exec/Command") == wanted.argv[0]
    words = (value("Actions/Exec/Arguments") or "").removeprefix('"').removesuffix('"').split('" "')
    assert tuple(words) == wanted.argv[1:]


def test_two_sites_of_one_name_have_two_services() -> None:
    assert keeping.service_name(Path("/one/blog")) != keeping.service_name(Path("/two/blog"))


# --- what is planned -------------------------------------------------------------------------------------------------

SYSTEMD = make_facts()
FACTS = replace(SYSTEMD, host=replace(SYSTEMD.host, services=""))
KEPT = Remote(resources=(Resource(kind="service", name="x"), Resource(kind="site", name="x")), values={"current": "a"})


def calls(facts: object, remote: Remote, **answers: bool) -> list[str]:
    plan = planning.make_plan(facts, remote, Answers(values=answers))  # type: ignore[arg-type]
    return [step.name for step in plan.steps if isinstance(step, Call)]


@pytest.mark.parametrize("services", ["systemd", "launchd", "tasks"])
def test_it_is_offered_where_the_system_can_and_off_by_default(services: str) -> None:
    facts = replace(FACTS, host=replace(FACTS.host, services=services))  # type: ignore[arg-type]

    (option,) = [each for each in questions.options(facts) if each.name == "keep_running"]

    assert option.default is False
    assert questions.KEEPERS[services] in option.help


def test_where_nothing_can_it_is_not_offered_and_a_finding_says_so() -> None:
    assert [each for each in questions.options(FACTS) if each.name == "keep_running"] == []
    plan = planning.make_plan(FACTS, Remote(), Answers(values={}))
    assert "local.no-services" in [finding.id for finding in plan.findings]
    assert calls(FACTS, KEPT)[-1] == "verify"  # what was agreed to elsewhere is not taken back from here


def test_what_is_agreed_to_is_planned_and_taken_back_when_the_answer_is_off() -> None:
    agreed = Answers(values={"keep_running": True})

    assert calls(SYSTEMD, Remote())[-1] == "verify"
    assert calls(SYSTEMD, Remote(), keep_running=True)[-1] == "keep"
    assert [each.kind for each in planning.make_plan(SYSTEMD, Remote(), agreed).creates] == ["site", "service"]
    assert calls(SYSTEMD, KEPT, keep_running=True)[-1] == "keep"
    assert planning.make_plan(SYSTEMD, KEPT, agreed).creates == ()
    assert calls(SYSTEMD, KEPT)[-1] == "unkeep"


def test_a_site_knows_whether_it_is_kept(tmp_path: Path) -> None:
    site = sites.Site(folder=tmp_path, project="/x", port=8100)
    assert not keeping.is_kept(site)

    keeping.file_of(site, SYSTEMD.host).parent.mkdir()

    assert keeping.is_kept(site)


# --- carried out -----------------------------------------------------------------------------------------------------


def by_hand(site: Site) -> tuple[Path, list[str]]:
    """The file that was agreed to, and the command of its unit."""
    agreed = site.folder / "keeper"
    agreed.touch()
    argv = (BASE_PYTHON, "-I", str(site.folder / "server" / "supervisor.py"), "keep", str(site.folder / "server"))
    made = replace(service("/"), argv=(*argv, "--while", str(agreed)))
    return agreed, shlex.split(unit(keeping.systemd_unit(made))["Service"]["ExecStart"])


@pytest.mark.slow
def test_what_the_system_runs_brings_a_site_back_and_leaves_one_alone_that_was_stopped(site: Site) -> None:
    agreed, argv = by_hand(site)
    site.up("one")
    first = site.control.status().pid
    keeper = subprocess.Popen(argv)

    def serves(keeper: subprocess.Popen[bytes], text: str) -> bool:
        state = site.state()  # a server whose supervisor was killed may answer for another moment
        return (state["pid"], state["state"]) == (keeper.pid, "serving") and site.answers(text)

    try:
        psutil.Process(first).kill()
        waited(lambda: serves(keeper, "one"), "the keeper to serve")

        keeper.kill()
        keeper.wait()
        keeper = subprocess.Popen(argv)  # as the system does
        waited(lambda: serves(keeper, "one"), "the keeper to serve again")
        site.control.activate(site.release("two"))
        assert site.answers("two")

        keeper.terminate()  # the computer shuts down
        assert keeper.wait() == 0
        keeper = subprocess.Popen(argv)
        waited(lambda: serves(keeper, "two"), "the site after a reboot")

        site.control.stop()
        assert keeper.poll() is None
        keeper.terminate()
        keeper.wait()
        keeper = subprocess.Popen(argv)
        site.control.start(port=site.port)  # by somebody, not by the keeper
        assert site.control.status().pid != keeper.pid

        agreed.unlink()
        assert keeper.wait() == 0
        assert site.control.status().running
    finally:
        keeper.kill()
        keeper.wait()


@pytest.mark.slow
def test_a_keeper_whose_port_is_taken_waits_until_it_is_free(site: Site) -> None:
    _, argv = by_hand(site)
    site.up("one")
    psutil.Process(site.control.status().pid).kill()
    waited(lambda: can_bind(site.port), "the port to be free")
    with socket.create_server(("127.0.0.1", site.port)):
        keeper = subprocess.Popen(argv)
        waited(lambda: site.state()["state"] == "failed", "the keeper to notice")
    try:
        waited(lambda: site.answers("one"), "the keeper to serve")
    finally:
        site.control.stop()
        keeper.kill()
        keeper.wait()


@pytest.mark.slow
@pytest.mark.skipif(not usersystemd.is_possible(), reason="needs a systemd and the right to make namespaces")
def test_a_real_systemd_keeps_a_site_that_was_agreed_to(owner: Owner, tmp_path: Path) -> None:
    user = UserSystemd(tmp_path / "home of the user")
    user.home.mkdir()
    units = user.home / ".config" / "systemd" / "user"

    def deploy(*words: str) -> subprocess.CompletedProcess[str]:
        env = {
            "DJANGO_SETTINGS_MODULE": "mysite.settings",
            "SIMPLE_DEPLOY_DATA_DIR": str(owner.conf.data_dir),
            "SIMPLE_DEPLOY_CACHE_DIR": str(owner.conf.cache_dir),
        }
        argv = (sys.executable, "manage.py", "deploy", "--platform", "local", *words)
        done = user.run(*argv, cwd=owner.folder, env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def supervisor() -> int:
        pid: int = json.loads((owner.site.server / "supervisor.json").read_text(encoding="utf-8"))["pid"]
        return pid

    def answers() -> bool:
        return "first" in fetch(owner.site.port)

    def main_pid(name: str) -> int:
        return int(user.run("systemctl", "--user", "show", "--property=MainPID", "--value", name).stdout)

    user.boot()
    try:
        done = deploy("--automate-all", "--yes", "--keep-running", "--port", str(owner.port))
        name = keeping.service_name(owner.site.folder)
        assert f"service {name}" in done.stdout
        assert user.run("systemctl", "--user", "is-enabled", name).stdout.strip() == "enabled"
        assert answers()

        keeper = main_pid(name)
        psutil.Process(supervisor()).kill()
        waited(lambda: supervisor() == keeper and answers(), "the unit to serve")

        psutil.Process(supervisor()).kill()
        waited(lambda: supervisor() == main_pid(name) != keeper and answers(), "systemd to start the unit again")

        user.shut_down()
        assert processes(owner.home) == []
        user.boot()
        waited(answers, "the site after a reboot")

        deploy("--stop")
        user.shut_down()
        user.boot()
        assert main_pid(name)
        assert "is not running" in deploy("--status").stdout

        deploy("--start")
        done = deploy("--automate-all", "--yes", "--no-keep-running")
        assert answers()
        assert [path for path in units.rglob("*") if not path.is_dir()] == []
        assert not keeping.is_kept(owner.site)
        psutil.Process(supervisor()).kill()
        waited(lambda: processes(owner.home) == [], "everything to end")

        deploy("--automate-all", "--yes", "--keep-running")
        assert main_pid(name)
        deploy("--destroy", "--yes")
        assert sites.all_in(owner.home) == ()
        assert [path for path in units.rglob("*") if not path.is_dir()] == []
        waited(lambda: processes(owner.home) == [], "everything to end")
    finally:
        user.shut_down()
