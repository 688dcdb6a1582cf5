"""The plan as data: its files, requirements and findings, for every kind of project."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from simple_deploy_heroku import rules
from simple_deploy_heroku.plugin import HerokuPlatform
from simple_deploy_heroku.questions import app_name, default_name
from simple_deploy_heroku.rules import processes

from simple_deploy.api import (
    AddRequirements,
    Database,
    Declared,
    Dependencies,
    ExportRequirements,
    FinishedRun,
    Level,
    Location,
    Plan,
    Process,
    ProjectFacts,
    Remote,
    WriteFile,
)
from simple_deploy.testing import Shape, make_answers, make_facts, make_plan
from tests.golden import SHAPES, Samples

HEROKU = HerokuPlatform()
OURS = Remote(values={"standing": "ours", "linked": "slow-train", "region": "eu", "host": "x.herokuapp.com"})


def files(plan: Plan) -> dict[str, str]:
    return {step.path: step.text for step in plan.steps if isinstance(step, WriteFile)}


def findings(plan: Plan) -> dict[str, Level]:
    return {finding.id: finding.level for finding in plan.findings}


def requirements(plan: Plan) -> AddRequirements:
    (step,) = (step for step in plan.steps if isinstance(step, AddRequirements))
    return step


def exported(plan: Plan) -> bool:
    return any(isinstance(step, ExportRequirements) for step in plan.steps)


def kept_by(manager: str, file: str, lock: str | None = None) -> ProjectFacts:
    return make_facts(dependencies=Dependencies(manager=manager, file=file, files=(file,), lock=lock))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_heroku_finds_what_it_needs_at_the_root(shape: Shape, samples: Samples) -> None:
    facts = samples.facts(shape)
    plan = make_plan(HEROKU, facts, deployed_project_name="slow-train")
    committed = {*files(plan), shape.manifest, *([shape.lock] if shape.lock else [])}

    assert rules.refusals(committed) == ()
    assert requirements(plan).group is None  # the buildpack installs no group
    assert {"gunicorn", "psycopg[binary]", "whitenoise", "django-environ"} == {*requirements(plan).requirements}
    assert not exported(plan)
    manage = "blog/manage.py" if shape.layout == "nested" else "manage.py"
    assert f"release: python {manage} migrate --noinput\n" in files(plan)["Procfile"]
    # A nested project is entered, not imported through: its modules are top-level ones.
    web = "web: gunicorn --chdir blog --threads 4 " if shape.layout == "nested" else "web: gunicorn --threads 4 "
    assert files(plan)["Procfile"].startswith(f"{web}blog.wsgi:application\n")


@pytest.mark.parametrize(
    ("manager", "file", "lock", "needs_export"),
    [
        ("requirements", "requirements.txt", None, False),
        ("requirements", "requirements/production.txt", None, True),
        ("requirements", "mysite/requirements.txt", None, True),
        ("pip-tools", "requirements.in", "requirements.txt", False),
        ("pip-tools", "requirements.in", None, True),
        ("pip-tools", "requirements/base.in", "requirements/base.txt", True),
        ("uv", "pyproject.toml", "uv.lock", False),
        ("uv", "mysite/pyproject.toml", "mysite/uv.lock", True),
        ("pipenv", "Pipfile", "Pipfile.lock", False),
        ("poetry", "mysite/pyproject.toml", "mysite/poetry.lock", True),
        ("pdm", "pyproject.toml", "pdm.lock", True),
        ("hatch", "pyproject.toml", None, True),
        ("pep621", "pyproject.toml", None, True),
    ],
)
def test_what_heroku_cannot_install_from_is_exported(
    manager: str, file: str, lock: str | None, needs_export: bool
) -> None:
    plan = make_plan(HEROKU, kept_by(manager, file, lock))

    assert exported(plan) is needs_export
    assert ("heroku.packages-below" in findings(plan)) is (needs_export and "/" in file)


def test_a_plan_is_tried_at_the_address_of_the_app() -> None:
    first = make_plan(HEROKU, deployed_project_name="slow-train").hosting
    assert first.address == "https://slow-train-0123456789ab.herokuapp.com/"
    assert dict(first.site)["ALLOWED_HOSTS"] == "slow-train-0123456789ab.herokuapp.com"
    assert make_plan(HEROKU, remote=OURS).hosting.address == "https://x.herokuapp.com/"


def test_a_project_without_a_database_gets_none() -> None:
    facts = make_facts(settings={"databases": (Database(alias="default", engine="django.db.backends.dummy"),)})
    plan = make_plan(HEROKU, facts)

    assert "release" not in files(plan)["Procfile"]
    assert "addons" not in json.loads(files(plan)["app.json"])
    assert "psycopg[binary]" not in requirements(plan).requirements
    assert "database" not in {option.name for option in HEROKU.options(facts)}
    assert "DATABASE_URL" not in dict(plan.hosting.site)


def test_a_project_without_static_files_is_not_asked_for_any() -> None:
    plan = make_plan(HEROKU, make_facts(settings={"installed_apps": ("django.contrib.auth",)}))

    assert json.loads(files(plan)["app.json"])["env"]["DISABLE_COLLECTSTATIC"]["value"] == "1"
    assert dict(plan.hosting.site)["DISABLE_COLLECTSTATIC"] == "1"


def test_an_asgi_project_is_served_by_its_own_kind_of_worker() -> None:
    facts = make_facts(settings={"wsgi_application": None, "asgi_application": "mysite.asgi.application"})

    web = files(make_plan(HEROKU, facts))["Procfile"].splitlines()[0]

    assert web == "web: gunicorn --worker-class uvicorn_worker.UvicornWorker mysite.asgi:application"


def test_a_folder_with_a_blank_in_its_name_stays_one_word() -> None:
    facts = make_facts(location=Location(root=Path("p"), project_dir="my site", settings_module="mysite.settings"))

    commands = processes(files(make_plan(HEROKU, facts))["Procfile"])

    assert shlex.split(commands["web"])[:3] == ["gunicorn", "--chdir", "my site"]
    assert shlex.split(commands["release"])[1] == "my site/manage.py"


@pytest.mark.parametrize(
    ("here", "wanted", "version", "warned"),
    [
        ("3.12.1", None, "3.12", False),
        ("3.10.4", None, "3.11", True),
        ("3.14.0", "3.13", "3.13", False),
        ("3.13.5", "3.9", "3.11", True),
    ],
)
def test_the_python_is_one_that_heroku_has(here: str, wanted: str | None, version: str, warned: bool) -> None:
    facts = make_facts(django_python=">=3.10", python_wanted=wanted)
    plan = make_plan(HEROKU, replace(facts, host=replace(facts.host, python=here)))

    assert files(plan)[".python-version"] == f"{version}\n"
    assert any(name.startswith("python.") for name in findings(plan)) is warned


def test_the_settings_module_that_was_chosen_is_the_one_of_the_site() -> None:
    facts = make_facts(settings={"module": "mysite.settings.production", "file": "mysite/settings/production.py"})

    plan = make_plan(HEROKU, facts)

    assert json.loads(files(plan)["app.json"])["env"]["DJANGO_SETTINGS_MODULE"]["value"] == "mysite.settings.production"
    assert dict(plan.hosting.site)["DJANGO_SETTINGS_MODULE"] == "mysite.settings.production"


def test_app_json_is_what_herokus_own_description_says() -> None:
    described = json.loads(files(make_plan(HEROKU, deployed_project_name="slow-train"))["app.json"])

    assert described["name"] == "slow-train"
    assert described["addons"] == ["heroku-postgresql:essential-0"]
    assert described["env"]["SECRET_KEY"] == {"description": "Signs sessions and forms.", "generator": "secret"}
    assert all({*entry} <= {"description", "value", "generator", "required"} for entry in described["env"].values())


# -- names --


@pytest.mark.parametrize("project", ["blog", "My_Site", "2048", "ü", "a" * 80, "x-"])
def test_a_default_name_fits_and_does_not_change(project: str) -> None:
    facts = make_facts(name=project)

    name = default_name(facts)

    assert name == default_name(facts)
    answers = make_answers(HEROKU, facts, deployed_project_name=name)
    assert app_name(facts, answers) == name


@pytest.mark.parametrize("name", ["Blog", "b", "9lives", "blog-", "blog_1", "x" * 31])
def test_a_name_that_heroku_refuses_is_refused_here(name: str) -> None:
    with pytest.raises(Exception, match="letters, digits and dashes"):
        make_answers(HEROKU, make_facts(), deployed_project_name=name)


def test_the_app_the_project_is_linked_to_is_kept() -> None:
    plan = make_plan(HEROKU, remote=OURS)

    assert json.loads(files(plan)["app.json"])["name"] == "slow-train"
    assert findings(plan)["heroku.app"] is Level.OK


@pytest.mark.parametrize(
    ("standing", "finding", "level"),
    [
        ("free", "heroku.name-free", Level.OK),
        ("taken", "heroku.name-taken", Level.BLOCKER),
        ("another", "heroku.other-app", Level.BLOCKER),
    ],
)
def test_what_is_known_of_a_name_is_said(standing: str, finding: str, level: Level) -> None:
    assert findings(make_plan(HEROKU, remote=Remote(values={"standing": standing})))[finding] is level


def test_nothing_is_said_of_a_name_nobody_could_ask_about() -> None:
    plan = make_plan(HEROKU, remote=Remote(values={"standing": "unknown"}))

    assert not {"heroku.app", "heroku.name-free", "heroku.name-taken"} & {*findings(plan)}


# -- what a person should know --

QCLUSTER = Process(name="qcluster", title="Django Q", kind="worker", command=("python", "manage.py", "qcluster"))


@pytest.mark.parametrize(
    ("settings", "declared", "finding", "level"),
    [
        ({"file_fields": ("posts.Post.cover",)}, (), "heroku.uploads", Level.WARNING),
        ({"processes": (QCLUSTER,)}, (), "heroku.background", Level.WARNING),
        ({}, (Declared(name="psycopg2", text="psycopg2", file="requirements.txt"),), "heroku.psycopg2", Level.INFO),
    ],
)
def test_pitfalls_are_named(
    settings: dict[str, Any], declared: tuple[Declared, ...], finding: str, level: Level
) -> None:
    usual = make_facts(settings=settings)
    facts = replace(usual, dependencies=replace(usual.dependencies, declared=declared))

    assert findings(make_plan(HEROKU, facts))[finding] is level
    assert finding not in findings(make_plan(HEROKU))


def test_an_app_stays_in_its_region() -> None:
    assert "heroku.region" in findings(make_plan(HEROKU, remote=OURS, region="us"))
    assert "heroku.region" not in findings(make_plan(HEROKU, remote=OURS, region="eu"))


def test_settings_that_cannot_be_edited_block() -> None:
    plan = make_plan(HEROKU, make_facts(settings={"file": None}))

    assert (plan.steps, findings(plan)) == ((), {"heroku.settings-file": Level.BLOCKER})


def test_the_phase_heroku_is_in_is_on_the_card_and_in_the_plan() -> None:
    assert "2026-02-06" in HEROKU.card.status_note
    assert any("2026-02-06" in note for note in make_plan(HEROKU).notes)


# -- what to do next --


def commands(kind: str, facts: ProjectFacts | None = None, **given: object) -> list[str]:
    facts = facts or make_facts()
    run = FinishedRun(
        id="1",
        kind=kind,
        platform="heroku",
        state="succeeded",
        url=None,
        facts=facts,
        answers=make_answers(HEROKU, facts, **given),
    )
    return [each.command for each in HEROKU.next_steps(run) if each.command]


def test_the_first_deployment_is_told_in_the_order_it_has_to_be_done() -> None:
    told = commands("configure", deployed_project_name="slow-train", region="eu", team="trains")
    order = ["git commit", "apps:create", "addons:create", "config:set", "git push heroku HEAD:main", "heroku open"]

    places = [next(index for index, line in enumerate(told) if part in line) for part in order]

    assert places == sorted(places)
    assert "heroku apps:create slow-train --region eu --team trains" in told
    assert "heroku addons:create heroku-postgresql:essential-0 --app slow-train --wait" in told


def test_every_command_of_herokus_names_the_app() -> None:
    for kind in ("configure", "deploy"):
        for line in commands(kind, deployed_project_name="slow-train"):
            assert not line.startswith("heroku ") or " --app slow-train" in line or "apps:create slow-train" in line


def test_the_config_vars_are_set_in_one_line_that_every_shell_understands() -> None:
    (line,) = (line for line in commands("configure", deployed_project_name="slow-train") if "SECRET_KEY" in line)

    words = shlex.split(line)

    assert words[:4] == ["heroku", "config:set", "ON_HEROKU=1", "DJANGO_SETTINGS_MODULE=mysite.settings"]
    assert words[4].startswith("SECRET_KEY=$(python -c '")
    assert words[5:] == ["--app", "slow-train"]


def test_a_nested_project_has_its_own_paths_in_the_commands() -> None:
    facts = make_facts(location=Location(root=Path("p"), project_dir="site", settings_module="mysite.settings"))

    told = commands("configure", facts, deployed_project_name="slow-train")

    assert "heroku run --app slow-train -- python site/manage.py createsuperuser" in told


def test_an_app_that_is_there_is_not_made_again_by_hand() -> None:
    told = commands("configure")  # without a name, and nothing was planned to be made

    assert "heroku git:remote --app NAME" in told
    assert not any("create" in line for line in told if "createsuperuser" not in line)


def test_the_name_that_was_planned_is_in_the_commands() -> None:
    facts = make_facts()
    planned = make_plan(HEROKU, facts).creates
    run = FinishedRun(
        id="1",
        kind="configure",
        platform="heroku",
        state="succeeded",
        url=None,
        facts=facts,
        answers=make_answers(HEROKU, facts),
        planned=planned,
    )

    told = [each.command for each in HEROKU.next_steps(run)]

    assert f"heroku apps:create {default_name(facts)} --region us" in told


def test_what_the_settings_read_is_named() -> None:
    facts = make_facts(settings={"variables": ("ON_HEROKU", "DATABASE_URL", "MAIL_PASSWORD")})

    assert "MAIL_PASSWORD" in next(f for f in make_plan(HEROKU, facts).findings if f.id == "heroku.variables").title
    told = commands("configure", facts, deployed_project_name="slow-train")
    assert "heroku config:set MAIL_PASSWORD=VALUE --app slow-train" in told


def test_a_database_of_ones_own_is_asked_for_before_the_push() -> None:
    told = commands("configure", deployed_project_name="slow-train", database="none")

    assert not any("addons:create" in line for line in told)
    named = next(index for index, line in enumerate(told) if "DATABASE_URL" in line)
    assert named < told.index("git push heroku HEAD:main")
