"""The plan: pure data that depends on nothing but what it is given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from simple_deploy_local.platform import LocalPlatform

from simple_deploy.api import (
    AddRequirements,
    Answers,
    Call,
    Database,
    Dependencies,
    Host,
    Level,
    Location,
    Plan,
    Process,
    ProjectFacts,
    Remote,
    Resource,
    Settings,
)
from simple_deploy.core import codec
from simple_deploy.core.options import collect

SQLITE = Database(alias="default", engine="django.db.backends.sqlite3", name="db.sqlite3")
POSTGRES = Database(alias="default", engine="django.db.backends.postgresql", name="notes")
SETTINGS = Settings(
    module="mysite.settings",
    file="mysite/settings.py",
    installed_apps=("django.contrib.admin", "django.contrib.auth", "django.contrib.staticfiles"),
    databases=(SQLITE,),
    static_url="static/",
    has_data=True,
)
DEPLOYED = Remote(
    resources=(Resource(kind="site", name="notes"),),
    values={"current": "20261121-120000-abcdef123", "postgres": "no", "url": "http://127.0.0.1:8100/"},
)


def facts(settings: Settings | None = SETTINGS, **more: Any) -> ProjectFacts:
    usual: dict[str, Any] = {
        "location": Location(root=Path("/home/ada/notes")),
        "name": "notes",
        "host": Host(
            system="linux",
            python="3.12.1",
            python_executable="/venv/python",
            base_python="/usr/bin/python3",
            services="systemd",
        ),
        "django": "5.2",
        "dependencies": Dependencies(manager="requirements", file="requirements.txt"),
        "git": None,
        "settings": settings,
    }
    return ProjectFacts(**{**usual, **more})


def plan(facts: ProjectFacts, remote: Remote | None = None, **given: object) -> Plan:
    answers = collect(LocalPlatform().options(facts), given)
    return LocalPlatform().plan(facts, remote or Remote(), answers)


def calls(plan: Plan) -> list[str]:
    return [step.name for step in plan.steps if isinstance(step, Call)]


def requirements(plan: Plan) -> str:
    return " ".join(next(step for step in plan.steps if isinstance(step, AddRequirements)).requirements)


def test_a_plan_is_valid_and_the_same_each_time() -> None:
    made = plan(facts())

    assert made.validate() == plan(facts())


def test_a_plan_survives_json_and_back() -> None:
    made = plan(facts(), copy_data=True)

    assert codec.from_data(Plan, codec.to_data(made)) == made


def test_who_can_reach_the_site_is_said_as_it_is() -> None:
    assert plan(facts()).notes[0].startswith("Only this computer can reach the site")
    behind = Remote(values={"told": "https://class.example:8501/"})
    assert plan(facts(), behind).notes[0].startswith("Other computers reach the site at https://class.example:8501/.")


def test_every_step_says_what_it_does_and_why() -> None:
    assert all(step.title and step.why for step in plan(facts()).steps)


def test_a_release_is_tried_before_the_sites_data_is_touched() -> None:
    names = calls(plan(facts(), DEPLOYED))

    assert names.index("rehearse") < names.index("probe") < names.index("migrate") < names.index("activate")


def test_with_postgresql_it_is_tried_on_the_migrated_database_before_it_serves() -> None:
    names = calls(plan(facts(), database="postgres"))

    assert "rehearse" not in names
    assert names.index("migrate") < names.index("probe") < names.index("activate")


def test_what_may_ask_the_database_comes_after_the_migrations_were_tried() -> None:
    names = calls(plan(facts()))

    assert names.index("rehearse") < names.index("static") < names.index("check") < names.index("probe")


def test_local_data_is_taken_along_on_the_first_deployment_only() -> None:
    assert "data" in calls(plan(facts(), copy_data=True))
    assert "data" not in calls(plan(facts(), copy_data=False))
    assert "data" not in calls(plan(facts(), DEPLOYED, copy_data=True))


def test_an_admin_user_is_offered_on_the_first_deployment_where_there_is_an_admin() -> None:
    without = replace(SETTINGS, installed_apps=("django.contrib.staticfiles",))

    assert "admin" in calls(plan(facts()))
    assert "admin" not in calls(plan(facts(), DEPLOYED))
    assert "admin" not in calls(plan(facts(without)))


def test_a_project_without_database_and_static_files_gets_no_steps_for_them() -> None:
    bare = replace(SETTINGS, installed_apps=(), databases=(), has_data=None)

    names = calls(plan(facts(bare)))

    assert names == ["prepare", "checkout", "install", "check", "probe", "activate", "verify"]
    assert "whitenoise" not in requirements(plan(facts(bare)))


def test_the_server_is_chosen_by_the_system_it_is_installed_on() -> None:
    wanted = requirements(plan(facts()))

    assert "gunicorn; sys_platform != 'win32'" in wanted
    assert "waitress; sys_platform == 'win32'" in wanted


def test_the_postgresql_driver_is_added_when_it_is_needed() -> None:
    assert "psycopg" not in requirements(plan(facts()))
    assert "psycopg[binary]" in requirements(plan(facts(), database="postgres"))


@pytest.mark.parametrize(
    ("recorded", "chosen", "postgres"),
    [
        ("no", "auto", False),
        ("yes", "auto", True),
        ("no", "postgres", True),
        ("yes", "sqlite", False),
    ],
)
def test_a_site_keeps_its_database_unless_another_is_chosen(recorded: str, chosen: str, postgres: bool) -> None:
    remote = replace(DEPLOYED, values={**DEPLOYED.values, "postgres": recorded})

    made = plan(facts(), remote, database=chosen)

    assert ("psycopg[binary]" in requirements(made)) is postgres
    changed = [finding.id for finding in made.findings]
    assert ("local.database-changes" in changed) is ((recorded == "yes") != postgres)


def test_a_project_on_another_database_is_told_that_the_site_uses_sqlite() -> None:
    made = plan(facts(replace(SETTINGS, databases=(POSTGRES,))))

    assert [finding.id for finding in made.findings] == ["local.other-database"]


def test_a_project_with_websockets_is_told_that_they_will_not_work() -> None:
    made = plan(facts(replace(SETTINGS, asgi_application="mysite.asgi.application", websockets=True)))

    assert [finding.id for finding in made.findings] == ["local.websockets"]


def test_what_runs_beside_the_site_is_run_by_a_command_that_there_is() -> None:
    celery = Process(name="celery", title="Celery", kind="worker", command=("celery", "-A", "mysite", "worker"))
    queue = Process(name="queue", title="Queue", kind="worker", command=("python", "manage.py", "qcluster"))

    (both,) = plan(facts(replace(SETTINGS, processes=(celery, queue)))).findings
    (alone,) = plan(facts(replace(SETTINGS, processes=(celery,)))).findings

    assert both.fix == (
        "Run Queue on the site: python manage.py deploy --platform local --run 'python manage.py qcluster'"
    )
    assert "--run" not in alone.fix, "it runs management commands only"


@pytest.mark.parametrize("settings", [None, replace(SETTINGS, file=None)])
def test_settings_that_cannot_be_edited_stop_the_plan(settings: Settings | None) -> None:
    made = LocalPlatform().plan(facts(settings), Remote(), Answers(values={}))

    assert [finding.level for finding in made.findings] == [Level.BLOCKER]


@pytest.mark.parametrize("port", ["80", "1023", "65536", "http", "-1", "8000x"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    from simple_deploy.api import InvalidAnswer

    with pytest.raises(InvalidAnswer, match="1024 to 65535"):
        plan(facts(), port=port)


@pytest.mark.parametrize("port", ["1024", "8000", "9999", "59999", "65535"])
def test_a_port_that_is_one_is_taken(port: str) -> None:
    assert plan(facts(), port=port).steps
