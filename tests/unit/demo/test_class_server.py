"""Who gets which dashboard on a server for a class."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from simple_deploy.core import codec
from simple_deploy.demo.classroom.server import account
from simple_deploy.demo.classroom.server.caretaker import Caretaker, refuse_what_is_anothers
from simple_deploy.demo.classroom.server.pupils import Room, in_order, room
from simple_deploy.demo.shape import DemoRefused
from simple_deploy.system import process
from tests.conftest import needs_program

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a server for a class takes Linux")

FOLDER = Path("/srv/class")


def made(
    host: str = "class.example",
    count: int = 3,
    port: int = 8400,
    at_once: int = 2,
    wheels: Path | None = None,
    rehearsed: tuple[str, ...] = ("flyio", "heroku"),
) -> Room:
    return room(
        FOLDER,
        host=host,
        count=count,
        port=port,
        python="/srv/class/environment/bin/python",
        at_once=at_once,
        wheels=wheels,
        rehearsed=rehearsed,
    )


def test_each_pupil_has_an_account_a_folder_and_ports_of_their_own() -> None:
    pupils, whole = made(count=30).pupils, made(count=30)
    for values in ([each.name for each in pupils], [each.folder for each in pupils]):
        assert len({*values}) == 30
    ports = [(each.port, each.inner, each.site, *whole.rehearsals(each).values()) for each in pupils]
    assert len({port for each in ports for port in each}) == 30 * 5


def test_whatever_can_be_rehearsed_has_an_address_for_the_class_and_keeps_it() -> None:
    before = made(rehearsed=in_order(["upsun", "heroku"], None))
    after = made(rehearsed=in_order(["pond", "heroku", "upsun"], before))
    pupil = after.pupils[0]
    assert after.rehearsals(pupil) == {**before.rehearsals(pupil), "pond": 8801}
    assert "https://class.example:8801" in after.environment(pupil).values()


def test_no_variable_of_a_pupil_leads_to_another() -> None:
    one, other = made().pupils[:2]
    values = " ".join(made().environment(one).values())
    assert str(one.folder) in values
    assert str(other.folder) not in values and other.name not in values


def test_where_packages_lie_in_a_folder_nothing_is_asked_of_a_network() -> None:
    with_packages = made(wheels=Path("/media/class/wheels"))
    found = with_packages.environment(with_packages.pupils[0])
    assert (found["UV_FIND_LINKS"], found["UV_OFFLINE"]) == ("file:///media/class/wheels", "1")


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("Class.Example", "https://class.example:8401"),
        ("192.168.1.20", "https://192.168.1.20:8401"),
        ("fd00::1", "https://[fd00::1]:8401"),
    ],
)
def test_the_address_is_what_a_browser_takes(host: str, address: str) -> None:
    found = made(host)
    assert found.address(found.pupils[0].port) == address


@pytest.mark.parametrize("host", ["", "class.example:8000", "https://class.example", "a b", "x/../y", "-x"])
def test_what_is_no_name_is_refused(host: str) -> None:
    with pytest.raises(DemoRefused, match="neither a name nor an address"):
        made(host)


@pytest.mark.parametrize(
    ("count", "port", "at_once"), [(0, 8400, 2), (100, 8400, 2), (30, 80, 2), (30, 60_000, 2), (30, 8400, 0)]
)
def test_a_class_that_does_not_fit_is_refused(count: int, port: int, at_once: int) -> None:
    with pytest.raises(DemoRefused):
        made(count=count, port=port, at_once=at_once)


def test_all_pupils_wait_for_their_turn_at_the_same_place() -> None:
    found = made()
    assert {found.environment(each)["SIMPLE_DEPLOY_TURNS"] for each in found.pupils} == {"/srv/class/turns"}


def test_a_class_is_kept_as_it_is() -> None:
    assert codec.from_data(Room, codec.to_data(made(wheels=Path("/media/class/wheels")))) == made(
        wheels=Path("/media/class/wheels")
    )


def test_a_closed_folder_on_the_way_to_a_program_is_found(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "python").touch()
    assert account.unreachable(closed / "python") is not None


@pytest.mark.parametrize("brought", [(), ("environment",), ("environment", "tools")])
def test_what_run_py_brings_is_no_reason_to_refuse_a_folder(brought: tuple[str, ...], tmp_path: Path) -> None:
    """Out of a folder for a class it brings uv as well."""
    for name in brought:
        (tmp_path / name).mkdir()
    refuse_what_is_anothers(tmp_path)


def test_a_folder_of_somebody_else_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "environment").mkdir()
    (tmp_path / "holidays.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DemoRefused, match="was not made for a class"):
        refuse_what_is_anothers(tmp_path)


def test_a_certificate_of_ones_own_is_taken_and_one_that_is_none_is_refused(tmp_path: Path) -> None:
    needs_program("openssl")
    certificate, key = tmp_path / "own.pem", tmp_path / "own.key"
    argv = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=class")
    process.run((*argv, "-keyout", str(key), "-out", str(certificate)))
    made_here = room(tmp_path / "class", host="class.example", count=1, port=8400, python=sys.executable, at_once=1)
    made_here.certificate.parent.mkdir(parents=True)

    def caretaker(*brought: Path) -> Caretaker:
        return Caretaker(room=made_here, run=process.run, say=print, brought=(brought[0], brought[1]))

    caretaker(certificate, key).certify()
    assert made_here.certificate.read_bytes() == certificate.read_bytes()
    assert made_here.key.stat().st_mode & 0o077 == 0
    with pytest.raises(DemoRefused, match="cannot be used"):
        caretaker(key, certificate).certify()
