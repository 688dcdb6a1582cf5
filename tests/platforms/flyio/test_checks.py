"""What stands in the way on this computer and in the account, with a `fly` that answers as the real one does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simple_deploy_flyio import commands
from simple_deploy_flyio.plugin import FlyPlatform

from simple_deploy.api import Completed, Finding, Level, Location, TimedOut, deploy_blockers, json_in
from simple_deploy.testing import MakeProgram, RecordingContext, Reply, fake_program, make_answers, make_facts
from simple_deploy.testkit.programs import Replies

__all__ = ["fake_program"]

FLY = FlyPlatform()
LOGGED_OUT = Reply(
    output="Error: no access token available. Please login with 'flyctl auth login'\n", exit_code=1
)  # fly-go 0.4.0 and later
REGIONS = [
    {"code": "fra", "name": "Frankfurt", "deprecated": False, "requires_paid_plan": False, "mpg_available": True},
    {"code": "bom", "name": "Mumbai", "deprecated": False, "requires_paid_plan": True, "mpg_available": False},
    {"code": "arn", "name": "Stockholm", "deprecated": True, "requires_paid_plan": False, "mpg_available": False},
]
FINE: Mapping[str, Replies] = {
    "version": '{"Name":"flyctl","Version":"0.3.190","Commit":"ad0172f"}\n',
    "auth whoami": '{"email":"ada@example.com"}\n',
    "orgs list": '{"personal":"Ada Example","acme":"Acme"}\n',
    "platform regions": json.dumps(REGIONS),
    "apps list": json.dumps([{"Name": "notes", "Status": "deployed", "Organization": {"Slug": "acme"}}]),
}


@pytest.fixture
def findings(fake_program: MakeProgram, tmp_path: Path) -> Any:
    """What is found where `fly` answers like this, and these are the answers."""

    def find(replies: Mapping[str, Replies] | None = None, **answers: str) -> dict[str, Finding]:
        fake_program("fly", {**FINE, **(replies or {})})
        facts = make_facts(location=Location(root=tmp_path, settings_module="mysite.settings"))
        given_answers = make_answers(FLY, facts, **{"database": "sqlite", "region": "fra", **answers})
        ctx = RecordingContext(facts, home=tmp_path / "home", answers=given_answers)
        return {finding.id: finding for finding in FLY.check(ctx)}

    return find


def test_all_is_well(findings: Any) -> None:
    found = findings()

    assert {each.level for each in found.values()} <= {Level.OK, Level.INFO}
    assert found["flyio.account"].title == "You are logged in to Fly.io as ada@example.com."
    assert found["flyio.program"].title == "The program `fly` is installed: 0.3.190."


@pytest.mark.parametrize("silent", ["version", "auth", "orgs", "platform", "apps"])
def test_a_program_that_does_not_answer_stops_deploying_only(
    silent: str, fake_program: MakeProgram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_program("fly", FINE)
    facts = make_facts(location=Location(root=tmp_path, settings_module="mysite.settings"))
    ctx = RecordingContext(facts, home=tmp_path, answers=make_answers(FLY, facts, database="sqlite", region="fra"))
    run = ctx.run

    def hanging(argv: Sequence[str], **options: Any) -> Completed:
        if argv[1] == silent:
            raise TimedOut("It hangs.")
        return run(argv, **options)

    monkeypatch.setattr(ctx, "run", hanging)

    (finding,) = deploy_blockers(FLY.check(ctx))
    assert finding.id == "flyio.no-answer" and "did not answer" in finding.title


@pytest.mark.parametrize(("system", "command"), [("linux", "install.sh"), ("darwin", "brew"), ("windows", "pwsh")])
def test_a_missing_program_has_its_fix_for_the_system_and_stops_deploying_only(
    system: Any, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    monkeypatch.setenv("PATH", str(tmp_path))
    facts = make_facts(location=Location(root=tmp_path))
    ctx = RecordingContext(replace(facts, host=replace(facts.host, system=system)), home=tmp_path)

    (finding,) = FLY.check(ctx)

    assert (finding.id, finding.level) == ("flyio.no-program", Level.DEPLOY_BLOCKER)
    assert command in finding.fix and "fly auth login" in finding.fix


@pytest.mark.parametrize("first", ["no access", "No access"])
def test_a_login_that_is_missing_or_over_is_told_in_both_spellings(findings: Any, first: str) -> None:
    said = LOGGED_OUT.output.replace("no access", first)
    found = findings({"auth whoami": Reply(output=said, exit_code=1)})

    assert found["flyio.logged-out"].level is Level.DEPLOY_BLOCKER
    assert "fly auth login" in found["flyio.logged-out"].fix
    assert found["flyio.logged-out"].docs == "https://fly.io/docs/flyctl/auth/"


def test_trouble_of_another_kind_is_not_taken_for_a_missing_login(findings: Any) -> None:
    found = findings({"auth whoami": Reply(output="Error: dial tcp: lookup api.fly.io: no such host\n", exit_code=1)})

    assert "flyio.logged-out" not in found
    assert "no such host" in found["flyio.no-answer"].details[0]


def test_another_program_of_that_name_is_recognised(findings: Any) -> None:
    found = findings({"version": Reply(output="error: unknown command `version'\n", exit_code=1)})

    assert list(found) == ["flyio.other-program"]


@pytest.mark.parametrize("listed", ['{"personal":"Ada"}', '[{"Slug":"personal","Name":"Ada"}]'])
def test_an_organization_that_is_not_there_is_named_with_those_that_are(findings: Any, listed: str) -> None:
    found = findings({"orgs list": listed}, organization="acme")

    assert "personal" in found["flyio.no-organization"].fix


@pytest.mark.parametrize(
    ("answers", "finding", "level"),
    [
        ({"region": "arn"}, "flyio.region", Level.BLOCKER),
        ({"region": "syd"}, "flyio.region", Level.BLOCKER),
        ({"region": "bom"}, "flyio.region-paid", Level.WARNING),
        ({"region": "bom", "database": "managed-postgres"}, "flyio.region-without-postgres", Level.BLOCKER),
    ],
)
def test_a_region_that_cannot_be_used(findings: Any, answers: dict[str, str], finding: str, level: Level) -> None:
    assert findings(**answers)[finding].level is level


def test_an_app_of_ones_own_is_used_again(findings: Any) -> None:
    found = findings(deployed_project_name="notes", organization="acme")

    assert found["flyio.own-app"].level is Level.OK
    assert "flyio.other-organization" not in found
    assert findings(deployed_project_name="notes")["flyio.other-organization"].level is Level.WARNING


@pytest.mark.parametrize("nothing", ["[]", "null", "No apps found\n"])
def test_an_account_without_apps(findings: Any, nothing: str) -> None:
    assert findings({"apps list": nothing})["flyio.new-app"].level is Level.INFO


def test_what_cannot_be_read_stops_nothing(findings: Any) -> None:
    broken = Reply(output="Error: server returned a non-200 status code: 504\n", exit_code=1)
    found = findings({"orgs list": broken, "platform regions": broken, "apps list": broken})

    assert {each.level for each in found.values()} == {Level.OK}


# -- answers of the program --


@given(before=st.text(), data=st.dictionaries(st.text(), st.text() | st.integers()), after=st.text())
def test_json_is_found_among_notices(before: str, data: dict[str, Any], after: str) -> None:
    before = "".join(char for char in before if char not in "{[")
    assert json_in(f"{before}\n{json.dumps(data)}\n{after}") == data


@given(st.text())
def test_any_answer_is_understood_or_not_but_never_breaks(output: str) -> None:
    for read in (commands.apps, commands.regions, commands.organizations, commands.email, commands.version):
        read(output)
    commands.is_logged_out(output), commands.is_flyctl(output)


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_any_json_is_understood_or_not_but_never_breaks(data: Any) -> None:
    for read in (commands.apps, commands.regions, commands.organizations, commands.email, commands.version):
        read(json.dumps(data))
