"""What platforms with a command-line program share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.api import (
    Answers,
    Calls,
    Completed,
    Finding,
    FinishedRun,
    Level,
    Location,
    Login,
    Organizations,
    Prices,
    Program,
    ProgramPlatform,
    Site,
    SiteCommands,
    SiteState,
    VariableUse,
    deploy_blockers,
    expected_variables,
    forget,
    json_in,
    missing_variables,
    own_variables,
    project_id,
    push,
    remember,
    remembered,
    said,
    site_variables,
    standard_advice,
    suggested_name,
    variable_options,
)
from simple_deploy.platforms.base import Advice
from simple_deploy.testing import MakeProgram, RecordingContext, Reply, fake_program, make_answers, make_facts
from tests.support.repository import git, repository, write

__all__ = ["fake_program"]


def _version(output: str) -> tuple[int, ...]:
    word = output.strip().rpartition(" ")[2]
    return tuple(map(int, word.split("."))) if word.replace(".", "").isdigit() else ()


def _login(done: Completed) -> Login:
    if done.ok:
        return Login(state="in", name=done.output.strip())
    return Login(state="out" if "log in" in done.output else "unclear")


POND = Program(
    name="pond",
    slug="pond",
    platform="Pond",
    install=dict.fromkeys(("linux", "darwin", "windows"), "Install it with `get pond`"),
    login="pond login",
    docs="https://pond.example/program",
    version=("pond", "version"),
    read_version=_version,
    oldest=(2,),
    is_it=lambda output: "pond" in output,
    namesake="A fish farm has a program of this name.",
    who=("pond", "who"),
    read_login=_login,
    organizations=Organizations(option="team", noun="team", command=("pond", "teams"), read=str.split),
)


def context(root: Path, **answers: object) -> RecordingContext:
    facts = make_facts(location=Location(root=root, settings_module="mysite.settings"))
    given = replace(make_answers(PondPlatform(), facts), values=answers)
    return RecordingContext(facts, home=root.parent / "home", workbench=root, answers=given)


@dataclass(frozen=True)
class PondCalls(Calls):
    def dig(self) -> dict[str, str]:
        return {"depth": self.params["depth"]}

    def fill(self) -> None:
        self.ctx.note("Filled.")


class PondSite(Site):
    def status(self) -> SiteState:
        return SiteState(running=True, headline="It swims.")

    def rollback(self, release: str) -> None:
        self.ctx.note(f"Back to {release or 'the one before'}.")


class PondPlatform(ProgramPlatform):
    program = POND
    calls = PondCalls
    site = PondSite
    plan = None  # type: ignore[assignment]


# -- the program --


@pytest.mark.parametrize(
    ("version", "who", "expected"),
    [
        ("pond 2.1\n", "ada\n", {"pond.program": Level.OK, "pond.account": Level.OK}),
        ("pond 1.9\n", "ada\n", {"pond.old-program": Level.WARNING, "pond.account": Level.OK}),
        ("carp 7.0\n", "ada\n", {"pond.other-program": Level.DEPLOY_BLOCKER}),
        (
            "pond 2.1\n",
            Reply(output="Please log in.\n", exit_code=1),
            {"pond.program": Level.OK, "pond.logged-out": Level.DEPLOY_BLOCKER},
        ),
        (
            "pond 2.1\n",
            Reply(output="no such host\n", exit_code=1),
            {"pond.program": Level.OK, "pond.no-answer": Level.DEPLOY_BLOCKER},
        ),
    ],
)
def test_the_program_and_the_login_are_findings(
    version: str, who: str | Reply, expected: dict[str, Level], tmp_path: Path, fake_program: MakeProgram
) -> None:
    fake_program("pond", {"version": version, "who": who})

    found = tuple(POND.findings(context(tmp_path)))

    assert {each.id: each.level for each in found} == expected
    assert all(each.fix for each in found if each.level is not Level.OK)


def test_without_the_program_nothing_else_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    (found,) = POND.findings(context(tmp_path))

    assert (found.id, found.level) == ("pond.no-program", Level.DEPLOY_BLOCKER)
    assert "get pond" in found.fix and "pond login" in found.fix


@pytest.mark.parametrize(
    ("team", "teams", "finding", "words"),
    [
        ("frogs", "frogs newts", "pond.team", ""),
        ("toads", "frogs newts", "pond.no-team", "frogs, newts"),
        ("toads", "", "pond.no-team", "you are in none"),
    ],
)
def test_the_organization_that_was_chosen_has_to_be_ones_own(
    team: str, teams: str, finding: str, words: str, tmp_path: Path, fake_program: MakeProgram
) -> None:
    fake_program("pond", {"version": "pond 2.1\n", "who": "ada\n", "teams": teams})

    found = tuple(POND.findings(context(tmp_path, team=team)))

    assert found[-1].id == finding and words in found[-1].fix


def test_nobody_is_asked_about_organizations_where_none_was_chosen(tmp_path: Path, fake_program: MakeProgram) -> None:
    program = fake_program("pond", {"version": "pond 2.1\n", "who": "ada\n"})

    assert not deploy_blockers(POND.findings(context(tmp_path)))
    assert program.calls == ("version", "who")


def test_a_blocker_and_a_deploy_blocker_stop_a_deployment() -> None:
    every = [Finding(id=level.value, level=level, title="x") for level in Level]

    assert [each.id for each in deploy_blockers(every)] == ["deploy-blocker", "blocker"]


@pytest.mark.parametrize("why", ["non-fast-forward", "fetch first"])
def test_a_push_replaces_what_the_commit_does_not_follow(why: str, tmp_path: Path, fake_program: MakeProgram) -> None:
    program = fake_program("pond", {"send --force": "", "send": Reply(output=f" ! [rejected] x ({why})", exit_code=1)})
    here = context(tmp_path)

    assert push(here, ("pond", "send"), ("pond", "send", "--force"), platform="Pond").ok
    assert program.calls == ("send", "send --force")
    assert any("This commit replaces them there" in line for line in here.log)


def test_any_other_refusal_of_a_push_is_handed_on(tmp_path: Path, fake_program: MakeProgram) -> None:
    program = fake_program("pond", {"send": Reply(output="the pond is full", exit_code=1)})

    assert not push(context(tmp_path), ("pond", "send"), ("pond", "send", "--force"), platform="Pond").ok
    assert program.calls == ("send",)


# -- what programs print --


@given(st.dictionaries(st.text(), st.text()) | st.lists(st.text()), st.sampled_from([None, 2]))
def test_json_is_found_between_other_lines(value: object, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)

    assert json_in(f"Asking ... done\n  {text}\nA new version is there.\n") == value


@given(st.text())
def test_no_output_is_too_strange(output: str) -> None:
    json_in(output)
    assert "\n" not in said(output)


def test_an_error_is_told_in_one_line() -> None:
    assert said(" ›   Error: \x1b[31mno\x1b[0m\n ›   such pond\n") == "Error: no such pond"


# -- the project --


def test_a_project_is_known_by_its_first_commit(tmp_path: Path) -> None:
    root = repository(tmp_path / "site", {"a.txt": "a"})
    first = git(root, "rev-parse", "HEAD")[:12]
    write(root, {"b.txt": "b"})
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "More")

    assert project_id(context(root)) == first
    (tmp_path / "empty").mkdir()
    assert project_id(context(tmp_path / "empty")) == ""


def test_a_clone_on_the_same_computer_remembers_the_site_until_it_is_forgotten(tmp_path: Path) -> None:
    root = repository(tmp_path / "site", {"a.txt": "a"})
    git(tmp_path, "clone", "--quiet", str(root), "clone")
    remember(context(root), "slow-pond")

    assert remembered(context(tmp_path / "clone")) == "slow-pond"
    forget(context(root))
    assert remembered(context(root)) == ""


@pytest.mark.parametrize(
    ("project", "mark", "name"),
    [
        ("My Site", "", "my-site"),
        ("2048", "", "site-2048"),
        ("ü", "", "site"),
        ("a", "", "a-site"),
        ("a" * 40, "", "a" * 20),
        ("a" * 40, "c0ffee", "a" * 13 + "-c0ffee"),
        ("a", "c0ffee", "a-c0ffee"),
    ],
)
def test_a_name_is_suggested(project: str, mark: str, name: str) -> None:
    assert suggested_name(project, longest=20, mark=mark) == name


def test_variables_that_somebody_else_gives_are_not_the_projects_own() -> None:
    settings = make_facts(settings={"variables": ("DEBUG", "MAIL", "POND_ID", "DIVER", "TITLE")}).settings

    own = own_variables(settings, given=("DIVER",), prefixes=("POND_",))

    assert own == ("MAIL", "TITLE")
    assert own_variables(None) == ()
    assert missing_variables(own, {"MAIL": "m", "TITLE": "t"}, {"TITLE"}) == {"MAIL": "m"}


def test_the_secret_key_gets_a_value_under_another_name_too(tmp_path: Path) -> None:
    uses = (VariableUse(name="SHOP_KEY", sets=("SECRET_KEY",)), VariableUse(name="SECRET_KEY", sets=("SECRET_KEY",)))
    facts = make_facts(settings={"variables": ("SHOP_KEY", "SECRET_KEY"), "variable_uses": uses})
    names = own_variables(facts.settings)

    assert names == ("SHOP_KEY",)
    assert variable_options(facts, names) == ()
    made = site_variables(RecordingContext(facts, home=tmp_path), names)["SHOP_KEY"]
    assert len(made) > 50 and made != site_variables(RecordingContext(facts, home=tmp_path), names)["SHOP_KEY"]
    assert expected_variables(facts.settings, Answers(values={}), names) == ("SHOP_KEY",)


def test_a_price_has_a_date_or_a_page() -> None:
    prices = Prices(seen="2026-05", page="pond.example/prices", items={"small": "$1 a month"})

    assert prices.of("small") == "$1 a month, as seen 2026-05"
    assert prices.of("big") == "see pond.example/prices"


# -- calls, operations and advice --


def test_a_call_is_the_method_of_its_name(tmp_path: Path) -> None:
    here = context(tmp_path)

    assert PondPlatform().perform("dig", {"depth": "2"}, here) == {"depth": "2"}
    assert PondPlatform().perform("fill", {}, here) == {}
    for unknown in ("do", "_dig", "params", "drain"):
        with pytest.raises(LookupError):
            PondPlatform().perform(unknown, {}, here)


def test_a_platform_offers_the_operations_its_site_has(tmp_path: Path) -> None:
    here = context(tmp_path)

    assert PondPlatform.operations == ("status", "rollback")
    assert PondPlatform().operate("rollback", here, arguments={"release": "v3"}).headline == "It swims."
    assert here.log == ("Back to v3.",)


def advised(
    kind: str, *, url: str | None = "https://x.pond.example/", apps: Sequence[str] = ("django.contrib.admin",)
) -> Sequence[Advice]:
    facts = make_facts(settings={"admin_url": "/admin/", "installed_apps": tuple(apps)})
    run = FinishedRun(
        id="1",
        kind=kind,
        platform="pond",
        state="succeeded",
        url=url,
        facts=facts,
        answers=make_answers(PondPlatform(), facts),
    )
    commands = SiteCommands(
        manage=lambda command: f"pond do {command}",
        deploy="pond deploy",
        logs="pond logs",
        own_deploy="pond deploy",
        url="https://known.pond.example/",
        docs={"logs": "https://pond.example/docs/logs"},
        variables=Advice(title="Variables", command="pond set"),
        destroy=Advice(title="Remove the pond", command="pond drain"),
    )
    return tuple(standard_advice(run, commands))


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [
        (
            "deploy",
            "python manage.py deploy --platform pond --automate-all",
            "python manage.py deploy --platform pond --destroy",
        ),
        ("configure", "pond deploy", "pond drain"),
    ],
)
def test_whoever_deployed_with_the_tool_goes_on_with_it(kind: str, first: str, last: str) -> None:
    commands = [each.command for each in advised(kind)]

    assert (commands[0], commands[-1]) == (first, last)
    assert ("`pond deploy`" in advised(kind)[0].text) == (kind == "deploy")
    assert {"pond do createsuperuser", "pond do migrate", "pond logs", "pond set"} <= {*commands}


@pytest.mark.parametrize(
    ("url", "admin"),
    [("https://x.pond.example/", "https://x.pond.example/admin/"), (None, "https://known.pond.example/admin/")],
)
def test_the_admin_is_where_the_site_is_or_will_be(url: str | None, admin: str) -> None:
    told = {each.title: each.url for each in advised("configure", url=url)}

    assert told["Make an admin user"] == admin
    assert told["Read the log"] == "https://pond.example/docs/logs" and told["Migrate by hand"] is None
    assert "Give the site its own name" not in told


def test_a_site_with_its_name_in_the_database_is_given_one() -> None:
    told = {each.title: each.url for each in advised("deploy", apps=("django.contrib.admin", "django.contrib.sites"))}

    assert told["Give the site its own name"] == "https://x.pond.example/admin/sites/site/"
