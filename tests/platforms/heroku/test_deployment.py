"""What the plan's calls do, with programs that answer as Heroku's own does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from simple_deploy_heroku import deployment
from simple_deploy_heroku.plugin import HerokuPlatform

from simple_deploy.api import Answers, Blocked, GitFacts, Location, Resource, StepError
from simple_deploy.testing import (
    FakeProgram,
    MakeProgram,
    RecordingContext,
    Reply,
    fake_program,
    make_answers,
    make_facts,
)
from tests.platforms.heroku.test_checks import ADDON, APP, FLAT
from tests.platforms.heroku.test_commands import FORBIDDEN, NOT_FOUND
from tests.support.http import Listener, listening
from tests.support.repository import git, repository, write

__all__ = ["fake_program"]

HEROKU = HerokuPlatform()
NAME = "slow-train"
TOKEN = "HRKU-the-token-of-whoever-is-logged-in"
HOST = "slow-train-6832f41752c9.herokuapp.com"
PARAMS = {"app": NAME, "region": "eu", "team": "", "plan": "essential-0", "size": "basic"}
FREE = Reply(output=NOT_FOUND, exit_code=2)
RESULTS = {"app": NAME, "host": HOST, "git": "https://git.heroku.com/slow-train.git", "url": f"https://{HOST}/"}

pytestmark = [pytest.mark.slow, pytest.mark.slice(8)]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return repository(tmp_path / "my site", {**FLAT, "Procfile": "web: x\nrelease: python manage.py migrate\n"})


@pytest.fixture
def api() -> Iterator[Listener]:
    """Heroku's Platform API."""
    with listening() as listener:
        yield listener


def context(
    root: Path, results: Mapping[str, str] = RESULTS, *, visited: Callable[[str], str] = str
) -> RecordingContext:
    facts = make_facts(location=Location(root=root, settings_module="mysite.settings"))
    facts = replace(facts, git=GitFacts(head="0" * 40, branch="main"))
    answers = make_answers(HEROKU, facts, deployed_project_name=NAME)
    home = root.parent / "home"
    return RecordingContext(facts, home=home, workbench=root, answers=answers, results=results, visited=visited)


def perform(call: str, here: RecordingContext, **params: str) -> Mapping[str, str]:
    return HEROKU.perform(call, {**PARAMS, **params}, here)


def info(**changes: Any) -> str:
    dynos = [{"type": "web", "size": "Basic", "state": "up"}]
    return json.dumps({"app": {**APP, **changes}, "addons": changes.pop("addons", []), "dynos": dynos}, indent=2)


def release(version: int, status: str) -> str:
    return json.dumps([{"version": version, "status": status}])


def arguments(program: FakeProgram, command: str) -> list[str]:
    """The arguments of the only call of *command*."""
    (call,) = (each.argv for each in program.invocations if each.argv[0] == command)
    return list(call)


# -- the app --


def test_an_app_is_made_once(root: Path, fake_program: MakeProgram) -> None:
    created = f"Creating slow-train... done\n{json.dumps({**APP, 'git_url': RESULTS['git']}, indent=2)}\n"
    program = fake_program("heroku", {"apps:info": FREE, "apps:create": created})
    here = context(root)

    returned = perform("create", here, team="slow-trains")

    assert returned == RESULTS
    expected = ["apps:create", NAME, "--json", "--no-remote", "--region", "eu", "--team", "slow-trains"]
    assert arguments(program, "apps:create") == expected
    assert [each.name for each in here.resources] == [NAME]


def test_an_app_that_is_there_is_used(root: Path, fake_program: MakeProgram) -> None:
    program = fake_program("heroku", {"apps:info": info(), "config": "{}"})
    here = context(root)

    assert perform("create", here)["host"] == HOST

    assert {each.argv[0] for each in program.invocations} == {"apps:info", "config"}
    assert [(each.kind, each.name) for each in here.resources] == [("app", NAME)]


def test_an_app_made_by_a_run_that_was_cut_short_is_found_without_a_name(root: Path, fake_program: MakeProgram) -> None:
    created = f"Creating slow-train... done\n{json.dumps(APP)}\n"
    fake_program("heroku", {"apps:info": [FREE, info(slug_size=1)], "apps:create": created, "config": "{}"})
    perform("create", context(root))

    here = context(root)
    here.answers = make_answers(HEROKU, here.facts)

    assert HEROKU.probe(here).values["standing"] == "ours"
    assert not (root / "app.json").exists()  # nothing in the project says so


@pytest.mark.parametrize(
    ("said", "cause", "hint"),
    [
        ("Name slow-train is already taken", "is taken", "--deployed-project-name"),
        ("Name is already taken", "is taken", "--deployed-project-name"),
        ("Please verify your account to create apps.\n ›   Visit https://heroku.com/verify", "payment card", "verify"),
        ("Something else.", "Something else.", ""),
    ],
)
def test_why_an_app_is_not_made_is_said(
    said: str, cause: str, hint: str, root: Path, fake_program: MakeProgram
) -> None:
    refused = Reply(output=f"Creating slow-train... !\n ›   Error: {said}\n", exit_code=2)
    fake_program("heroku", {"apps:info": FREE, "apps:create": refused})

    with pytest.raises(StepError) as failed:
        perform("create", context(root))

    assert cause in failed.value.message
    assert hint in failed.value.hint


def test_somebody_elses_app_is_not_touched(root: Path, fake_program: MakeProgram) -> None:
    refused = Reply(output=" ›   Error: Name slow-train is already taken\n", exit_code=2)
    program = fake_program("heroku", {"apps:info": Reply(output=FORBIDDEN, exit_code=2), "apps:create": refused})

    with pytest.raises(StepError, match="is taken"):
        perform("create", context(root))

    assert {each.argv[0] for each in program.invocations} == {"apps:info", "apps:create"}


def test_an_app_of_ones_own_that_serves_something_else_is_not_replaced(root: Path, fake_program: MakeProgram) -> None:
    fake_program("heroku", {"apps:info": info(slug_size=1), "config": "{}"})

    with pytest.raises(Blocked, match="nothing shows that it belongs to this project"):
        perform("create", context(root))


# -- config vars --


def test_what_is_missing_is_set_at_once_and_shown_to_nobody(
    root: Path, fake_program: MakeProgram, api: Listener
) -> None:
    there = '{"DATABASE_URL": "postgres://u:secret-word@h/d"}'
    program = fake_program("heroku", {"config": there, "auth:token": f"{TOKEN}\n"})
    here = context(root, visited=api.visited)

    perform("variables", here)

    (asked,) = api.asked
    assert (asked.method, asked.path) == ("PATCH", "/apps/slow-train/config-vars")
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    given = asked.data
    assert {*given} == {
        "ON_HEROKU",
        "DJANGO_SETTINGS_MODULE",
        "SECRET_KEY",
        "ALLOWED_HOSTS",
        "SIMPLE_DEPLOY_PROJECT",
    }
    assert given["ALLOWED_HOSTS"] == HOST
    assert given["SIMPLE_DEPLOY_PROJECT"] == git(root, "rev-parse", "HEAD")[:12]
    assert len(given["SECRET_KEY"]) >= 50
    assert given["SECRET_KEY"] not in repr(here.log)
    assert not any(given["SECRET_KEY"] in word or TOKEN in word for each in program.invocations for word in each.argv)
    assert "secret-word" not in repr(here.payloads)


def test_what_was_chosen_of_what_the_settings_read_is_taken_along(
    root: Path, fake_program: MakeProgram, api: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "only-for-the-mail")
    monkeypatch.setenv("SITE_TITLE", "of this computer")
    monkeypatch.setenv("EMPTY", "")
    monkeypatch.setenv("DATABASE_URL", "sqlite:///local.db")
    fake_program("heroku", {"config": '{"SITE_TITLE": "of the site"}', "auth:token": TOKEN})
    here = context(root, visited=api.visited)
    assert here.facts.settings is not None
    read = ("MAIL_PASSWORD", "SITE_TITLE", "DATABASE_URL", "UNSET", "EMPTY")
    here.facts = replace(here.facts, settings=replace(here.facts.settings, variables=read))
    chosen = {f"variable_{name.lower()}": "here" for name in ("MAIL_PASSWORD", "SITE_TITLE", "UNSET", "EMPTY")}
    here.answers = Answers(values={**here.answers.values, **chosen})

    perform("variables", here)

    given = api.asked[0].data
    assert (given["MAIL_PASSWORD"], given["EMPTY"]) == ("only-for-the-mail", "")
    assert not {"SITE_TITLE", "DATABASE_URL", "UNSET"} & {*given}
    assert "only-for-the-mail" not in repr(here.log)


def test_what_somebody_set_stays(root: Path, fake_program: MakeProgram, api: Listener) -> None:
    there = {"ON_HEROKU": "1", "SECRET_KEY": "mine", "ALLOWED_HOSTS": "www.example.com", "SIMPLE_DEPLOY_PROJECT": "x"}
    config = json.dumps({**there, "DJANGO_SETTINGS_MODULE": "old.settings"})
    fake_program("heroku", {"config": config, "auth:token": TOKEN})

    perform("variables", context(root, visited=api.visited))

    assert api.asked[0].data == {
        "DJANGO_SETTINGS_MODULE": "mysite.settings",
        "ALLOWED_HOSTS": f"www.example.com,{HOST}",
    }


def test_nothing_is_set_again(root: Path, fake_program: MakeProgram, api: Listener) -> None:
    there = {
        "ON_HEROKU": "1",
        "SECRET_KEY": "mine",
        "ALLOWED_HOSTS": HOST,
        "SIMPLE_DEPLOY_PROJECT": "x",
        "DJANGO_SETTINGS_MODULE": "mysite.settings",
    }
    program = fake_program("heroku", {"config": json.dumps(there)})

    perform("variables", context(root, visited=api.visited))

    assert len(program.invocations) == 1
    assert api.asked == []


@pytest.mark.parametrize(
    ("status", "answer", "said", "hint"),
    [
        (
            401,
            {"id": "unauthorized", "message": "Invalid credentials provided."},
            "Invalid credentials",
            "heroku login",
        ),
        (403, {"id": "forbidden", "message": "You do not have access."}, "do not have access", "heroku auth:whoami"),
        (429, {"id": "rate_limit", "message": "Your account reached the API rate limit"}, "rate limit", "Wait"),
        (503, ["down"], "status 503", "Try again"),
    ],
)
def test_why_nothing_is_set_is_said(
    status: int, answer: object, said: str, hint: str, root: Path, fake_program: MakeProgram, api: Listener
) -> None:
    fake_program("heroku", {"config": "{}", "auth:token": TOKEN})
    api.status, api.answer = status, answer

    with pytest.raises(StepError) as failed:
        perform("variables", context(root, visited=api.visited))

    assert said in failed.value.message
    assert hint in failed.value.hint


def test_whoever_is_logged_out_meanwhile_is_told_so(root: Path, fake_program: MakeProgram, api: Listener) -> None:
    logged_out = Reply(output=" ›   Error: not logged in\n", exit_code=2)
    fake_program("heroku", {"config": "{}", "auth:token": logged_out})

    with pytest.raises(StepError) as failed:
        perform("variables", context(root, visited=api.visited))

    assert "heroku login" in failed.value.hint
    assert api.asked == []


# -- the database --


def test_a_database_is_made_and_waited_for(root: Path, fake_program: MakeProgram) -> None:
    linked(root)
    with_addon = json.dumps({"app": APP, "addons": [ADDON], "dynos": []})
    program = fake_program(
        "heroku", {"apps:info": [info(), with_addon], "config": "{}", "addons:create": "Created x as DATABASE_URL\n"}
    )
    here = context(root)

    perform("database", here)

    words = ["addons:create", "heroku-postgresql:essential-0", "--app", NAME, "--wait"]
    assert arguments(program, "addons:create") == words
    assert [each.name for each in here.resources] == ["postgresql-flat-12345"]


def test_a_database_that_is_there_is_used_once_it_is_ready(root: Path, fake_program: MakeProgram) -> None:
    linked(root)
    making = json.dumps({"app": APP, "addons": [{**ADDON, "state": "provisioning"}], "dynos": []})
    ready = json.dumps({"app": APP, "addons": [{**ADDON, "state": "provisioned"}], "dynos": []})
    program = fake_program("heroku", {"apps:info": [making, ready], "config": "{}", "addons:wait": ""})

    perform("database", context(root))

    assert arguments(program, "addons:wait") == ["addons:wait", "postgresql-flat-12345", "--app", NAME]
    assert "addons:create" not in {each.argv[0] for each in program.invocations}


def test_nothing_is_made_twice_because_heroku_gave_no_answer(root: Path, fake_program: MakeProgram) -> None:
    linked(root)
    lost = Reply(output=" ›   Error: getaddrinfo ENOTFOUND api.heroku.com\n", exit_code=1)
    program = fake_program("heroku", {"apps:info": lost, "config": lost})

    with pytest.raises(StepError, match="does not report"):
        perform("database", context(root))
    with pytest.raises(StepError, match="could not be read"):
        perform("variables", context(root))
    assert {each.argv[0] for each in program.invocations} == {"apps:info", "config"}


def test_a_database_elsewhere_is_enough(root: Path, fake_program: MakeProgram) -> None:
    linked(root)
    program = fake_program("heroku", {"apps:info": info(), "config": '{"DATABASE_URL": "postgres://h/d"}'})

    perform("database", context(root))

    assert "addons:create" not in {each.argv[0] for each in program.invocations}


# -- push and release --


def pushing(fake_program: MakeProgram, releases: list[str], push: str | Reply = "") -> FakeProgram:
    replies = {"releases": releases, "releases:output": "no such table\n", "releases:retry": ""}
    program = fake_program("heroku", replies)
    fake_program("git", {"-c": push, "rev-list": "0" * 40, "remote": ""})
    return program


def test_a_release_that_went_well_is_the_end_of_a_push(root: Path, fake_program: MakeProgram) -> None:
    program = pushing(fake_program, [release(3, "succeeded"), release(4, "succeeded")])

    perform("push", context(root))

    assert [each.argv[0] for each in program.invocations] == ["releases", "releases"]


@pytest.mark.parametrize("why", ["fetch first", "non-fast-forward"])
def test_what_the_commit_does_not_follow_is_replaced_and_that_is_said(
    root: Path, fake_program: MakeProgram, why: str
) -> None:
    program = fake_program("heroku", {"releases": [release(3, "succeeded"), release(4, "succeeded")]})
    refused = Reply(output=f" ! [rejected]        HEAD -> main ({why})\nerror: failed to push some refs", exit_code=1)
    sent = fake_program("git", {"-c": [refused, "done\n"], "rev-list": "0" * 40, "remote": ""})
    ctx = context(root)

    perform("push", ctx)

    assert ["--force" in call for call in sent.calls if " push " in call] == [False, True]
    assert any("This commit replaces them there" in line for line in ctx.log)
    assert program.calls


def test_a_release_command_that_fails_is_noticed_although_the_push_went_well(
    root: Path, fake_program: MakeProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployment, "POLL", 0.01)
    program = pushing(fake_program, [release(3, "succeeded"), release(4, "pending"), release(4, "failed")])

    with pytest.raises(StepError, match="release command failed"):
        perform("push", context(root))

    assert program.invocations[-1].argv[0] == "releases:output"


def test_a_release_that_failed_is_tried_again_when_there_is_nothing_new_to_push(
    root: Path, fake_program: MakeProgram
) -> None:
    program = pushing(
        fake_program,
        [release(4, "failed"), release(4, "failed"), release(5, "succeeded")],
        "Everything up-to-date\n",
    )

    perform("push", context(root))

    assert "releases:retry" in [each.argv[0] for each in program.invocations]


@pytest.mark.parametrize(
    ("said", "cause", "hint"),
    [
        (
            "remote:  !     Error: Unable to install dependencies.        \nremote:  !     Push rejected        \n"
            " ! [remote rejected] HEAD -> main (pre-receive hook declined)\n",
            "did not build the commit. Unable to install dependencies.",
            "deploy again",
        ),
        ("fatal: Authentication failed for 'https://git.heroku.com/slow-train.git/'\n", "login", "heroku login"),
        ("fatal: the remote end hung up unexpectedly\n", "connection", "online"),
        ("fatal: something else\n", "something else", "deploy again"),
    ],
)
def test_why_a_push_failed_is_said(said: str, cause: str, hint: str, root: Path, fake_program: MakeProgram) -> None:
    pushing(fake_program, [release(3, "succeeded")], Reply(output=said, exit_code=1))

    with pytest.raises(StepError) as failed:
        perform("push", context(root))

    assert cause in failed.value.message
    assert hint in failed.value.hint


def test_migrations_are_left_to_the_release_command(root: Path, fake_program: MakeProgram) -> None:
    program = fake_program("heroku", {})

    perform("migrate", context(root))

    assert program.invocations == ()


def test_a_procfile_of_ones_own_without_a_release_line_is_made_up_for(root: Path, fake_program: MakeProgram) -> None:
    write(root, {"Procfile": "# release: python manage.py migrate\nweb: gunicorn mysite.wsgi\n"})
    program = fake_program("heroku", {"run": ""})

    perform("migrate", context(root))

    head = ["run", "--app", NAME, "--exit-code", "--no-tty", "--"]
    assert arguments(program, "run") == [*head, "python", "manage.py", "migrate", "--noinput"]


# -- dynos, and the end --


def test_dynos_of_the_wanted_size_are_left_alone(root: Path, fake_program: MakeProgram) -> None:
    linked(root)
    program = fake_program("heroku", {"apps:info": info(), "config": "{}", "ps:type": ""})

    perform("resize", context(root))
    assert "ps:type" not in {each.argv[0] for each in program.invocations}
    perform("resize", context(root), size="standard-1x")
    assert arguments(program, "ps:type") == ["ps:type", "web=standard-1x", "--app", NAME]


def test_eco_dynos_want_a_subscription(root: Path, fake_program: MakeProgram) -> None:
    linked(root)
    refused = Reply(output=" ›   Error: Subscribe to Eco dynos to use them.\n", exit_code=2)
    fake_program("heroku", {"apps:info": info(), "config": "{}", "ps:type": refused})

    with pytest.raises(StepError) as failed:
        perform("resize", context(root), size="eco")

    assert "subscription" in failed.value.hint


def test_destroying_an_app_takes_its_database_along(root: Path, fake_program: MakeProgram) -> None:
    program = fake_program("heroku", {"apps:destroy": ""})

    for resource in (Resource(kind="app", name=NAME), Resource(kind="database", name="postgresql-flat-1")):
        HEROKU.destroy(resource, context(root))

    assert [each.argv for each in program.invocations] == [("apps:destroy", "--app", NAME, "--confirm", NAME)]


# -- looking after it --


def test_the_state_of_a_site_is_told(root: Path, fake_program: MakeProgram) -> None:
    linked(root)
    fake_program("heroku", {"apps:info": info(slug_size=1), "config": "{}", "releases": release(7, "succeeded")})

    state = HEROKU.operate("status", context(root), arguments={})

    assert (state.running, state.url) == (True, f"https://{HOST}/")
    assert ("Release", "v7 succeeded") in state.details


@pytest.mark.parametrize(
    ("operation", "arguments_", "words"),
    [
        ("logs", {}, ["logs", "--app", NAME, "--num", "200"]),
        ("stop", {}, ["ps:scale", "web=0", "--app", NAME]),
        ("start", {}, ["ps:scale", "web=1", "--app", NAME]),
        ("restart", {}, ["ps:restart", "--app", NAME]),
        ("rollback", {}, ["releases:rollback", "--app", NAME]),
        ("rollback", {"release": "v3"}, ["releases:rollback", "v3", "--app", NAME]),
        (
            "run",
            {"command": "check"},
            ["run", "--app", "NAME", "--exit-code", "--no-tty", "--", "python", "manage.py", "check"],
        ),
    ],
)
def test_a_site_is_looked_after(
    operation: Any, arguments_: dict[str, str], words: list[str], root: Path, fake_program: MakeProgram
) -> None:
    linked(root)
    replies = {"apps:info": info(slug_size=1), "config": "{}", "releases": "[]", words[0]: ""}
    program = fake_program("heroku", replies)

    HEROKU.operate(operation, context(root), arguments=arguments_)

    assert arguments(program, words[0]) == [NAME if word == "NAME" else word for word in words]


def test_releases_and_the_names_of_config_vars_are_listed(root: Path, fake_program: MakeProgram) -> None:
    linked(root)
    listed = [
        {"version": 2, "status": "failed", "current": False, "description": "Deploy 4dea1c1f", "created_at": "later"},
        {
            "version": 1,
            "status": "succeeded",
            "current": True,
            "description": "Set A config vars",
            "created_at": "then",
        },
    ]
    replies = {"apps:info": info(slug_size=1), "config": '{"A": "secret-a"}', "releases": json.dumps(listed)}
    fake_program("heroku", replies)

    releases = HEROKU.operate("releases", context(root), arguments={}).releases
    variables = HEROKU.operate("variables", context(root), arguments={}).variables

    assert [(each.name, each.status, each.commit, each.created) for each in releases] == [
        ("v2", "failed", "4dea1c1f", "later"),
        ("v1", "succeeded serves", "", "then"),
    ]
    assert variables == ("A",)


def test_a_project_without_an_app_has_nothing_to_look_after(root: Path, fake_program: MakeProgram) -> None:
    fake_program("heroku", {"apps:info": FREE})

    with pytest.raises(StepError, match="no app"):
        HEROKU.operate("status", context(root), arguments={})


def linked(root: Path) -> None:
    """Let the project's own files name the app."""
    write(root, {"app.json": json.dumps({"name": NAME})})


# -- domains --


def domains(*names: str, acm: str | None = None) -> str:
    own = {"hostname": HOST, "kind": "heroku", "cname": None, "acm_status": None}
    custom = [
        {"hostname": name, "kind": "custom", "cname": f"target-of.{name}.herokudns.com", "acm_status": acm}
        for name in names
    ]
    return json.dumps([own, *custom])


def test_a_domain_is_added_with_a_certificate_and_django_answers_at_it(
    root: Path, fake_program: MakeProgram, api: Listener
) -> None:
    linked(root)
    program = fake_program(
        "heroku",
        {
            "apps:info": info(slug_size=1, acm=False),
            "config": json.dumps({"ALLOWED_HOSTS": HOST}),
            "auth:token": TOKEN,
            "releases": "[]",
            "domains": [domains(), domains("www.example.com", acm="pending")],
            "domains:add": "{}",
            "certs:auto:enable": "",
        },
    )

    state = HEROKU.operate("add_domain", context(root, visited=api.visited), arguments={"domain": "WWW.example.com"})

    assert arguments(program, "domains:add") == ["domains:add", "www.example.com", "--app", NAME, "--json"]
    assert api.asked[0].data == {"ALLOWED_HOSTS": f"{HOST},www.example.com"}
    assert arguments(program, "certs:auto:enable") == ["certs:auto:enable", "--app", NAME]
    (domain,) = state.domains
    assert (domain.name, domain.certificate, domain.is_secure) == ("www.example.com", "pending", False)
    assert [(each.kind, each.value) for each in domain.records] == [
        ("CNAME", "target-of.www.example.com.herokudns.com")
    ]


def test_what_is_there_of_a_domain_is_not_added_again(root: Path, fake_program: MakeProgram, api: Listener) -> None:
    linked(root)
    program = fake_program(
        "heroku",
        {
            "apps:info": info(slug_size=1, acm=True),
            "config": json.dumps({"ALLOWED_HOSTS": f"{HOST},example.com"}),
            "releases": "[]",
            "domains": domains("example.com", acm="cert issued"),
        },
    )

    state = HEROKU.operate("add_domain", context(root, visited=api.visited), arguments={"domain": "example.com"})

    assert {each.argv[0] for each in program.invocations} == {"apps:info", "config", "releases", "domains"}
    assert not api.asked
    assert state.domains[0].is_secure and state.domains[0].records[0].kind == "ALIAS"


def test_a_domain_is_removed_with_its_name_in_the_settings(
    root: Path, fake_program: MakeProgram, api: Listener
) -> None:
    linked(root)
    program = fake_program(
        "heroku",
        {
            "apps:info": info(slug_size=1),
            "config": json.dumps({"ALLOWED_HOSTS": f"{HOST},www.example.com"}),
            "auth:token": TOKEN,
            "releases": "[]",
            "domains": [domains("www.example.com"), domains()],
            "domains:remove": "",
        },
    )

    state = HEROKU.operate("remove_domain", context(root, visited=api.visited), arguments={"domain": "www.example.com"})

    assert arguments(program, "domains:remove") == ["domains:remove", "www.example.com", "--app", NAME]
    assert api.asked[0].data == {"ALLOWED_HOSTS": HOST}
    assert state.domains == ()


def test_a_domain_that_is_not_there_cannot_be_removed(root: Path, fake_program: MakeProgram) -> None:
    linked(root)
    fake_program("heroku", {"apps:info": info(slug_size=1), "config": "{}", "domains": domains()})

    with pytest.raises(StepError, match=r"no domain www\.example\.com"):
        HEROKU.operate("remove_domain", context(root), arguments={"domain": "www.example.com"})


# -- size and backups --


def on(size: str, count: int) -> str:
    dynos = [{"type": "web", "size": size, "state": "up"}] * count
    return json.dumps({"app": APP, "addons": [], "dynos": dynos})


def test_size_and_number_of_the_dynos_are_changed_in_one_call(root: Path, fake_program: MakeProgram) -> None:
    linked(root)
    program = fake_program(
        "heroku",
        {
            "apps:info": [on("Basic", 1), on("Basic", 1), on("Standard-1X", 2)],
            "config": "{}",
            "ps:scale": "",
            "releases": "[]",
        },
    )

    state = HEROKU.operate("resize", context(root), arguments={"size": "standard-1x:2"})

    assert arguments(program, "ps:scale") == ["ps:scale", "web=2:standard-1x", "--app", NAME]
    assert state.sizes is not None
    assert (state.sizes.current, state.sizes.count, state.sizes.cents) == ("standard-1x", 2, 5000)
    assert state.sizes.size is not None and state.sizes.size.answers == {"size": "standard-1x"}


def test_eco_without_a_subscription_says_where_it_is_made(root: Path, fake_program: MakeProgram) -> None:
    linked(root)
    refused = Reply(output=" ›   Error: Subscribe to Eco dynos to use them.", exit_code=1)
    fake_program("heroku", {"apps:info": on("Basic", 1), "config": "{}", "ps:scale": refused, "releases": "[]"})

    with pytest.raises(StepError) as failed:
        HEROKU.operate("resize", context(root), arguments={"size": "eco"})

    assert "dashboard.heroku.com/account/billing" in failed.value.hint


def test_daily_backups_are_switched_and_told_in_the_words_of_heroku(root: Path, fake_program: MakeProgram) -> None:
    linked(root)
    none = (
        " ›   Warning: No backup schedules found on ⬢ slow-train\n ›   Use heroku pg:backups:schedule to set one up\n"
    )
    linked(root)
    program = fake_program(
        "heroku",
        {
            "apps:info": on("Basic", 1),
            "config": "{}",
            "releases": "[]",
            "pg:backups:schedules": ["=== Backup Schedules\n\n\x1b[32mDATABASE_URL\x1b[39m: daily at 2:00 UTC\n", none],
            "pg:backups:schedule": "",
            "pg:backups:unschedule": "",
        },
    )

    on_ = HEROKU.operate("daily_backups", context(root), arguments={"wanted": "on"}).schedule
    off = HEROKU.operate("daily_backups", context(root), arguments={"wanted": "off"}).schedule

    assert on_ is not None and (on_.is_on, on_.when) == (True, "Daily at 2:00 UTC")
    assert off is not None and not off.is_on
    assert arguments(program, "pg:backups:schedule")[1:4] == ["DATABASE_URL", "--at", "02:00 UTC"]
    assert arguments(program, "pg:backups:unschedule")[1] == "DATABASE_URL"
