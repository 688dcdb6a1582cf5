"""What is planned for a server, and what is sent to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from simple_deploy_vps.plugin import VpsPlatform

from simple_deploy.core.facts import Declared, FrontEnd, Location, ProjectFacts, VariableUse
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.plan import Plan
from simple_deploy.core.steps import Call
from simple_deploy.platforms.base import Remote
from simple_deploy.platforms.server.releases import ServerDeployment
from simple_deploy.testing import MakeProgram, RecordingContext, fake_program, make_answers, make_facts, make_plan

__all__ = ["fake_program"]

SERVER = "root@203.0.113.7"
VALUE = "sk_live_that_is_nobody_elses_business"
THERE = {"server": SERVER, "name": "mysite", "python": "3.12", "firewall": "active", "allowed": "22 80 443"}


def plan(facts: ProjectFacts, values: dict[str, str] | None = None, **given: object) -> Plan:
    remote = Remote(values={**THERE, **(values or {})})
    return make_plan(VpsPlatform(), facts, remote, server=SERVER, **given)


def found(facts: ProjectFacts, id: str, **values: str) -> Finding | None:
    return next((each for each in plan(facts, values).findings if each.id == id), None)


def call(made: Plan, name: str) -> Call | None:
    return next((each for each in made.steps if isinstance(each, Call) and each.name == name), None)


def reading(name: str, *, insists: bool = False, valued: bool = True) -> ProjectFacts:
    """A project whose settings read the variable *name*."""
    uses = (VariableUse(name=name, insists=insists),)
    facts = make_facts(settings={"variables": (name,), "variable_uses": uses})
    return replace(facts, valued=frozenset({name} if valued else ()))


@pytest.mark.parametrize(("choice", "sent"), [("not-now", False), ("here", True)])
def test_a_value_of_this_computer_is_sent_only_where_that_was_chosen(
    choice: str, sent: bool, fake_program: MakeProgram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRIPE_KEY", VALUE)
    ssh = fake_program("ssh", {"": ""})
    facts = replace(reading("STRIPE_KEY"), location=Location(root=tmp_path, settings_module="mysite.settings"))
    answers = make_answers(VpsPlatform(), facts, server=SERVER, variable_stripe_key=choice)
    ctx = RecordingContext(facts, home=tmp_path / "home", answers=answers)
    given = {
        "server": SERVER,
        "name": "mysite",
        "hosts": "203.0.113.7",
        "domain": "",
        "database": "sqlite",
        "bring": "",
    }

    ServerDeployment(ctx, given).variables()

    (invocation,) = ssh.invocations
    assert (VALUE in invocation.stdin, VALUE in " ".join(invocation.argv)) == (sent, False)
    assert not any(VALUE in line for line in ctx.log)


def test_the_plan_names_what_is_sent() -> None:
    step = call(plan(reading("STRIPE_KEY"), variable_stripe_key="here"), "variables")

    assert step is not None and "STRIPE_KEY" in step.why
    assert found(reading("STRIPE_KEY"), "server.variables") is not None


def test_a_variable_that_is_missing_stops_the_deployment_before_anything_is_done() -> None:
    facts = reading("STRIPE_KEY", insists=True)
    missing = found(facts, "server.variables-missing")

    assert missing is not None and missing.level is Level.DEPLOY_BLOCKER
    assert missing.fix.startswith("To send their values from this computer: --variable-stripe-key here.")
    assert "--set NAME" not in missing.fix  # there is no site yet
    assert found(facts, "server.variables-missing", variables="STRIPE_KEY") is None
    without = found(reading("STRIPE_KEY", insists=True, valued=False), "server.variables-missing", standing="ours")
    assert without is not None
    assert without.fix.startswith("Set them on the site: `python manage.py deploy --platform vps --set NAME`. Or give")


def declaring(*texts: str) -> ProjectFacts:
    """A project with these requirements."""
    facts = make_facts()
    names = [text.partition(" @ ")[0] for text in texts]
    declared = tuple(
        Declared(name=name, text=text, file="requirements.txt") for name, text in zip(names, texts, strict=True)
    )
    return replace(facts, dependencies=replace(facts.dependencies, declared=declared))


def test_what_packages_need_of_the_system_is_installed() -> None:
    step = call(plan(declaring("weasyprint"), {"packages": "caddy"}), "packages")
    assert step is not None and "libpango-1.0-0" in step.params["packages"].split()

    there = f"{step.params['packages']} caddy"
    assert call(plan(declaring("weasyprint"), {"packages": there}), "packages") is None


def test_what_the_server_cannot_fetch_or_build_is_said() -> None:
    over_ssh = found(declaring("prices @ git+ssh://git@example.com/prices.git"), "server.git-over-ssh")
    assert over_ssh is not None and over_ssh.level is Level.DEPLOY_BLOCKER

    facts = replace(make_facts(), front_end=FrontEnd(absent=("dist/app.js",)))
    front_end = found(facts, "server.front-end")
    assert front_end is not None and "commit the result" in front_end.fix
