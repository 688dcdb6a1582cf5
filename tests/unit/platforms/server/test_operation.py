"""Looking after a site on a server, as far as it can be seen from here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simple_deploy.core.errors import Blocked
from simple_deploy.core.facts import Location
from simple_deploy.platforms.server import locating
from simple_deploy.platforms.server.address import parse
from simple_deploy.platforms.server.connection import Connection
from simple_deploy.platforms.server.inspection import Ledger, ServerFacts
from simple_deploy.platforms.server.operation import ServerSite
from simple_deploy.testing import MakeProgram, RecordingContext, Reply, fake_program, make_facts

__all__ = ["fake_program"]

PASSWORD = "Hopper1906-and-nobody-else"


@pytest.fixture
def site(tmp_path: Path) -> ServerSite:
    linked = locating.Linked(server="root@203.0.113.7", name="mysite")
    (tmp_path / locating.FILE).write_text(linked.to_json(), encoding="utf-8")
    facts = make_facts(location=Location(root=tmp_path, settings_module="mysite.settings"))
    replies = {"admin_username": "grace", "admin_password": PASSWORD}
    return ServerSite(RecordingContext(facts, home=tmp_path / "home", replies=replies))


def test_the_password_of_an_admin_user_goes_to_the_server_on_standard_input_only(
    site: ServerSite, fake_program: MakeProgram
) -> None:
    ledger = json.dumps(json.loads(Ledger(name="mysite").to_json()))
    ssh = fake_program("ssh", {"": f"ledger=mysite {ledger}\n[]"})

    site.run(("createsuperuser",))

    judged, made = [each for each in ssh.invocations if PASSWORD in each.stdin]
    assert "validate_password" in judged.stdin
    assert "createsuperuser --noinput --email= --username=grace" in made.stdin
    assert not any(PASSWORD in word for each in ssh.invocations for word in each.argv)
    assert isinstance(site.ctx, RecordingContext)
    assert not any(PASSWORD in line for line in site.ctx.log)


def test_a_file_of_that_name_that_is_not_ours_names_no_server() -> None:
    assert locating.read_linked('{"name": "a package", "version": 3}').server == ""
    assert locating.read_linked("[]") == locating.Linked()
    assert locating.read_linked("{") == locating.Linked()


@pytest.mark.parametrize(
    ("led_to", "own", "visited"),
    [
        ("8.8.8.8", ("10.0.0.5",), "8.8.8.8"),
        ("10.0.0.5", ("10.0.0.5", "8.8.4.4"), "8.8.4.4"),
        ("10.0.0.5", ("10.0.0.5",), "10.0.0.5"),
        ("nowhere.invalid", ("10.0.0.5",), "10.0.0.5"),
        ("nowhere.invalid", ("no address",), "no address"),
    ],
)
def test_visitors_are_led_to_what_they_can_reach_where_ssh_has_a_name_of_its_own_for_the_server(
    site: ServerSite, fake_program: MakeProgram, led_to: str, own: tuple[str, ...], visited: str
) -> None:
    """The second: ssh comes by a jump host, which alone reaches the private address."""
    fake_program("ssh", {"-G": f"user root\nhostname {led_to}\nport 22\n"})
    connection = Connection(site.ctx, parse("mine"))

    assert locating.reached(connection, ServerFacts(addresses=own)).host == visited


def test_the_way_to_forget_a_key_has_the_name_that_ssh_keeps_it_by(site: ServerSite, fake_program: MakeProgram) -> None:
    changed = Reply(output="WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!", exit_code=255)
    fake_program("ssh", {"-G": "hostname 203.0.113.7\nport 2222\n", "": changed})

    with pytest.raises(Blocked) as caught:
        Connection(site.ctx, parse("mine")).trust()

    assert 'ssh-keygen -R "[203.0.113.7]:2222"' in caught.value.hint
