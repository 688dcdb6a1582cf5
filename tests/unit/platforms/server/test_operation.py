"""Looking after a site on a server, as far as it can be seen from here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simple_deploy.core.facts import Location
from simple_deploy.platforms.server import locating
from simple_deploy.platforms.server.inspection import Ledger
from simple_deploy.platforms.server.operation import ServerSite
from simple_deploy.testing import MakeProgram, RecordingContext, fake_program, make_facts

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
    assert "createsuperuser --noinput --username=grace" in made.stdin
    assert not any(PASSWORD in word for each in ssh.invocations for word in each.argv)
    assert isinstance(site.ctx, RecordingContext)
    assert not any(PASSWORD in line for line in site.ctx.log)


def test_a_file_of_that_name_that_is_not_ours_names_no_server() -> None:
    assert locating.read_linked('{"name": "a package", "version": 3}').server == ""
    assert locating.read_linked("[]") == locating.Linked()
    assert locating.read_linked("{") == locating.Linked()
