"""What a plan for Upsun consists of, what it asks and says, and what the person is told to do next."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simple_deploy_upsun import hosting
from simple_deploy_upsun.plugin import UpsunPlatform
from simple_deploy_upsun.questions import default_title

from simple_deploy.api import (
    AddRequirements,
    Call,
    Database,
    Dependencies,
    ExportRequirements,
    Finding,
    FinishedRun,
    InvalidAnswer,
    Level,
    Process,
    ProjectFacts,
    Remote,
    Resource,
    VariableUse,
    WriteFile,
    missing_variables,
)
from simple_deploy.testing import make_answers, make_facts, make_plan, platform_contract
from tests.platforms.upsun.test_config import FILES

UPSUN = UpsunPlatform()


def told(facts: ProjectFacts) -> dict[str, Finding]:
    return {finding.id: finding for finding in make_plan(UPSUN, facts).findings}


@pytest.mark.parametrize("manager", FILES)
def test_each_manager_has_its_own_files(manager: str) -> None:
    plan = platform_contract(UPSUN, make_facts(dependencies=FILES[manager]))
    ids = [step.id for step in plan.file_steps]

    settings = ("settings.begin", "settings", "settings.every-site")
    assert [each for each in ids if each not in {"environment", "export"}] == ["config", *settings, "requirements"]
    assert "environment" in ids
    assert ("export" in ids) == (manager in {"pdm", "hatch", "pep621"})


def test_packages_go_where_the_build_installs_them() -> None:
    plan = make_plan(UPSUN, make_facts(dependencies=FILES["pdm"]))
    (add,) = (step for step in plan.steps if isinstance(step, AddRequirements))
    (export,) = (step for step in plan.steps if isinstance(step, ExportRequirements))

    assert add.requirements == ("gunicorn", "django-environ", "whitenoise", "psycopg[binary]")
    assert (add.group, export.groups, export.path) == (None, (), "requirements.txt")


def test_a_python_that_upsun_does_not_have_is_told() -> None:
    assert "3.13" in told(make_facts(python_wanted="3.11"))["python.other-version"].title
    assert told(make_facts(python_range="<3.13"))["python.none-fits"].level is Level.BLOCKER


def test_what_differs_from_this_computer_is_told() -> None:
    mysql = (Database(alias="default", engine="django.db.backends.mysql", name="site"),)
    postgres = (Database(alias="default", engine="django.db.backends.postgresql", name="site"),)

    assert "uses SQLite here" in told(make_facts())["upsun.other-database"].title
    assert "uses mysql here" in told(make_facts(settings={"databases": mysql}))["upsun.other-database"].title
    assert "upsun.other-database" not in told(make_facts(settings={"databases": postgres}))
    assert "upsun.uploads" in told(make_facts(settings={"file_fields": ("a.B.c",)}))
    assert "upsun.uploads" not in told(make_facts())
    qcluster = Process(name="qcluster", title="Django Q", kind="worker", command=("python", "manage.py", "qcluster"))
    assert told(make_facts(settings={"processes": (qcluster,)}))["upsun.background"].level is Level.WARNING


def test_a_build_without_a_lock_is_told() -> None:
    unlocked = make_facts(dependencies=Dependencies(manager="uv", file="pyproject.toml"))

    assert any("no lock file" in note for note in make_plan(UPSUN, unlocked).notes)
    assert not any("no lock file" in note for note in make_plan(UPSUN, make_facts()).notes)


def test_settings_that_cannot_be_edited_stop_the_plan() -> None:
    plan = make_plan(UPSUN, make_facts(settings={"file": None}))

    assert plan.steps == ()
    assert [finding.level for finding in plan.findings] == [Level.BLOCKER]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("region", "atlantis"),
        ("organization", "Ada's"),
        ("deployed_project_name", '"; rm -rf /'),
        ("resources", "huge"),
    ],
)
def test_an_answer_that_upsun_would_not_take_is_refused(name: str, value: str) -> None:
    with pytest.raises(InvalidAnswer):
        make_answers(UPSUN, make_facts(), **{name: value})


@given(st.text(max_size=100))
def test_the_name_that_is_made_is_one_that_is_taken(name: str) -> None:
    make_answers(UPSUN, make_facts(), deployed_project_name=default_title(make_facts(name=name), "0a1b2c"))


def test_a_variable_with_a_made_up_value_is_set_as_well() -> None:
    uses = (VariableUse(name="SHOP_KEY", sets=("SECRET_KEY",)),)
    facts = make_facts(settings={"variables": ("SHOP_KEY",), "variable_uses": uses})

    (step,) = (step for step in make_plan(UPSUN, facts).steps if step.id == "variables")

    assert step.title.endswith(": SHOP_KEY")


def test_a_variable_that_is_empty_stands_in_the_configuration_since_the_program_takes_none() -> None:
    facts = replace(make_facts(settings={"variables": ("WEBHOOK",)}), emptied=frozenset({"WEBHOOK"}))

    plan = make_plan(UPSUN, facts, variable_webhook="here")

    assert not any(step.id == "variables" for step in plan.steps)
    assert 'WEBHOOK: ""\n' in next(step.text for step in plan.steps if isinstance(step, WriteFile))


def test_a_deployment_says_what_it_costs_and_does_in_order() -> None:
    plan = make_plan(UPSUN, make_facts(), Remote(values={"title": "mysite-0a1b2c"}))

    assert [step.id for step in plan.other_steps] == ["commit", "create", "push", "migrated", "address", "visit"]
    (made,) = plan.creates
    assert (made.kind, made.name) == ("project", "mysite-0a1b2c") and "€" in made.cost
    assert "again: mysite-0a1b2c\n" in next(step.text for step in plan.steps if isinstance(step, WriteFile))


def test_variables_the_settings_read_are_taken_along_when_that_is_wanted() -> None:
    facts = make_facts(settings={"variables": ("DEBUG", "SECRET_KEY", "STRIPE_KEY", "DATABASE_URL", "PLATFORM_BRANCH")})
    assert facts.settings is not None

    facts = replace(facts, valued=frozenset({"STRIPE_KEY"}))
    chosen = make_plan(UPSUN, facts, variable_stripe_key="here")
    (step,) = (step for step in chosen.steps if step.id == "variables")
    assert step.title.endswith(": STRIPE_KEY")
    assert not any(step.id == "variables" for step in make_plan(UPSUN, facts).steps)
    assert not any(step.id == "variables" for step in make_plan(UPSUN, make_facts()).steps)


@pytest.mark.parametrize(
    ("here", "there", "given"),
    [
        ({"STRIPE_KEY": "sk", "DEBUG": "1"}, frozenset(), {"STRIPE_KEY": "sk"}),
        ({"STRIPE_KEY": "sk"}, frozenset({"STRIPE_KEY"}), {}),
        ({"STRIPE_KEY": ""}, frozenset(), {"STRIPE_KEY": ""}),
        ({}, frozenset(), {}),
    ],
)
def test_what_is_set_on_the_site_stays(here: dict[str, str], there: frozenset[str], given: dict[str, str]) -> None:
    settings = make_facts(settings={"variables": ("DEBUG", "STRIPE_KEY")}).settings
    assert settings is not None

    assert missing_variables(hosting.read_by(settings), here, there) == given


@pytest.mark.parametrize(
    ("line", "id_", "words"),
    [
        ("OSError: [Errno 30] Read-only file system: '/app/debug.log'", "upsun-read-only", "/app/debug.log"),
        ("/app/debug.log: Read-only file system", "upsun-read-only", "/app/debug.log"),
        ("git@ssh.eu-5.platform.sh: Permission denied (publickey).", "upsun-ssh-key", "SSH"),
        ("Invalid configuration: config.yaml: line 3", "upsun-configuration", "line 3"),
    ],
)
def test_failures_that_only_upsun_knows_are_explained(line: str, id_: str, words: str) -> None:
    (cause,) = (each for each in UPSUN.causes if each.id == id_)
    found = re.search(cause.pattern, line)

    assert found is not None
    assert words in cause.title.format(*(group or "" for group in found.groups()))


def test_a_project_that_is_there_is_used_again() -> None:
    there = Remote(
        resources=(Resource(kind="project", name="mysite-0a1b2c", remote_id="abcdefghij"),),
        values={"title": "mysite-0a1b2c", "project": "abcdefghij", "branch": "live"},
    )
    plan = make_plan(UPSUN, make_facts(), there)

    assert plan.creates == ()
    assert {step.params["branch"] for step in plan.steps if isinstance(step, Call)} == {"live"}


def test_a_project_of_the_same_name_is_not_taken_for_this_one_without_a_word() -> None:
    plan = make_plan(UPSUN, make_facts(), Remote(values={"title": "mysite-0a1b2c", "namesake": "abcdefghij"}))

    (finding,) = (each for each in plan.findings if each.id == "upsun.namesake")
    assert "upsun project:set-remote abcdefghij" in finding.fix


# -- next steps --


def advised(facts: ProjectFacts, kind: str = "configure", **given: object) -> dict[str, str]:
    run = FinishedRun(
        id="1",
        kind=kind,
        platform="upsun",
        state="succeeded",
        url=None,
        facts=facts,
        answers=make_answers(UPSUN, facts, **given),
        planned=(Resource(kind="project", name="mysite-0a1b2c"),),
    )
    return {each.title: each.command for each in UPSUN.next_steps(run)}


def test_the_way_to_the_site_has_the_names_that_were_chosen() -> None:
    commands = "\n".join(advised(make_facts(), organization="ada", region="ch-1.platform.sh").values())

    assert (
        'upsun project:create --org ada --title "mysite-0a1b2c" --region ch-1.platform.sh --default-branch main --set-remote'
    ) in commands
    assert "upsun push --resources-init default" in commands
    assert "upsun log deploy" in commands


def test_everything_one_does_with_a_site_is_told() -> None:
    titles = set(advised(make_facts()))

    assert titles >= {
        "Commit the changes",
        "Log in, and create the project",
        "Deploy",
        "Deploy again after a change",
        "Migrate by hand",
        "Make an admin user",
        "Read the log",
        "Open a shell on the site",
        "Give the site a variable",
        "Change its resources",
        "Use a domain of your own",
        "Undo the changes to your project",
        "Remove the site",
    }


def test_commands_on_the_site_use_the_python_that_has_the_packages() -> None:
    flat = advised(make_facts())["Make an admin user"]
    uv = advised(make_facts(dependencies=FILES["uv"]))["Make an admin user"]

    assert shlex.split(flat)[-1] == "python manage.py createsuperuser"
    assert shlex.split(uv)[-1] == ".venv/bin/python manage.py createsuperuser"


def test_a_project_without_admin_or_database_is_told_neither() -> None:
    titles = set(advised(make_facts(settings={"databases": (), "installed_apps": ()})))

    assert not titles & {"Make an admin user", "Migrate by hand"}


def test_a_site_that_was_deployed_is_not_told_to_be_created() -> None:
    assert "Log in, and create the project" not in advised(make_facts(), kind="deploy")
