"""The plan of a deployment to Fly.io, as data."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st
from simple_deploy_flyio import names
from simple_deploy_flyio.flytoml import FlyToml, app_of
from simple_deploy_flyio.plugin import FlyPlatform

from simple_deploy.api import (
    Call,
    Database,
    Declared,
    Dependencies,
    EditBlock,
    ExportRequirements,
    Level,
    Location,
    Plan,
    Process,
    ProjectFacts,
    Remote,
    Resource,
    WriteFile,
    suggested_name,
)
from simple_deploy.core.steps import AddRequirements
from simple_deploy.testing import make_facts, make_plan
from tests import golden
from tests.conftest import needs_program

FLY = FlyPlatform()


def plan(facts: ProjectFacts | None = None, remote: Remote | None = None, **answers: object) -> Plan:
    return make_plan(FLY, facts or make_facts(), remote, **{"database": "unmanaged-postgres", **answers})


def text(made: Plan, path: str) -> str:
    """What the plan makes of a file of its own, or puts into one."""
    steps = (step for step in made.file_steps if isinstance(step, (WriteFile, EditBlock)))
    return "\n".join(step.text for step in steps if step.path == path)


def config(made: Plan) -> dict[str, Any]:
    return tomlkit.parse(text(made, "fly.toml")).unwrap()


def with_packages(manager: str, *entries: str, **more: Any) -> ProjectFacts:
    """A project that declares these packages."""
    files = {"requirements": "requirements.txt", "pip-tools": "requirements.in", "pipenv": "Pipfile"}
    file = files.get(manager, "pyproject.toml")
    declared = tuple(
        Declared(name=entry.split("[")[0].split("=")[0].lower(), text=entry, file=file) for entry in entries
    )
    usual: dict[str, Any] = {"manager": manager, "file": file, "files": (file,), "declared": declared}
    return make_facts(dependencies=Dependencies(**{**usual, **more}))


def levels(made: Plan) -> dict[str, Level]:
    return {finding.id: finding.level for finding in made.findings}


# -- fly.toml --


def test_the_app_runs_where_and_how_it_was_answered() -> None:
    made = config(plan(deployed_project_name="notes", region="fra", vm_size="shared-cpu-2x", vm_memory="1gb"))

    assert (made["app"], made["primary_region"]) == ("notes", "fra")
    assert made["vm"] == [{"size": "shared-cpu-2x", "memory": "1gb"}]
    assert made["http_service"]["internal_port"] == 8000
    assert made["http_service"]["force_https"] is True
    assert made["http_service"]["auto_stop_machines"] == "stop", "a word, not true"


def test_the_name_comes_from_the_answer_then_from_the_committed_file_then_from_the_project() -> None:
    committed = Remote(values={"app": "on-fly"})

    assert config(plan(remote=committed, deployed_project_name="notes"))["app"] == "notes"
    assert config(plan(remote=committed))["app"] == "on-fly"
    suggested = config(plan(make_facts(name="My_Site 2")))["app"]
    assert re.fullmatch("my-site-2-[0-9a-f]{6}", suggested), "no two apps have the same name"


def test_postgres_is_migrated_before_a_release_serves() -> None:
    for database in ("unmanaged-postgres", "managed-postgres"):
        made = config(plan(database=database))
        assert made["deploy"]["release_command"] == "python manage.py migrate --noinput"
        assert "mounts" not in made and "DATABASE_URL" not in made["env"]


def test_sqlite_is_on_a_volume_and_migrated_at_the_start() -> None:
    made = plan(database="sqlite")

    assert "deploy" not in config(made), "a release command has no volume"
    assert config(made)["mounts"] == [{"source": "data", "destination": "/data", "initial_size": "1gb"}]
    assert config(made)["env"]["DATABASE_URL"] == "sqlite:////data/db.sqlite3"
    start = text(made, "Dockerfile").splitlines()[-1]
    assert start.index("chown") < start.index("setpriv") < start.index("migrate") < start.index("gunicorn")
    assert not any(
        "psycopg" in each for step in made.steps if isinstance(step, AddRequirements) for each in step.requirements
    )


def test_a_project_without_a_database_gets_none() -> None:
    made = make_plan(FLY, make_facts(settings={"databases": ()}))

    assert "deploy" not in config(made)
    assert "DATABASE_URL" not in text(made, "Dockerfile") + text(made, "mysite/settings.py")


def test_a_small_machine_gets_one_worker() -> None:
    assert config(plan(vm_memory="256mb"))["env"]["WEB_CONCURRENCY"] == "1"
    assert config(plan(vm_memory="512mb"))["env"]["WEB_CONCURRENCY"] == "2"


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"first_url": "/"}, "/"),
        ({"first_url": "/polls/", "admin_url": "/admin/"}, "/polls/"),
        ({"first_url": None, "admin_url": "/manage/"}, "/manage/login/"),
        (
            {
                "first_url": "/",
                "admin_url": "/admin/",
                "middleware": ("django.contrib.auth.middleware.LoginRequiredMiddleware",),
            },
            "/admin/login/",
        ),
    ],
)
def test_the_health_check_asks_for_a_page_that_answers(settings: dict[str, Any], path: str) -> None:
    made = plan(make_facts(settings=settings), deployed_project_name="notes")
    (check,) = config(made)["http_service"]["checks"]

    assert check["path"] == path
    assert "flyio.no-health-path" not in levels(made)
    assert check["headers"] == {"Host": "notes.fly.dev", "X-Forwarded-Proto": "https"}


@pytest.mark.parametrize(
    "settings",
    [
        {"first_url": None, "admin_url": None},
        # Tried, none of its pages answered 200.
        {"first_url": "/", "admin_url": "/admin/", "health_url": ""},
    ],
)
def test_without_a_page_to_ask_for_the_port_is_looked_at(settings: dict[str, Any]) -> None:
    made = plan(make_facts(settings=settings))

    assert config(made)["checks"]["port"]["type"] == "tcp"
    assert levels(made)["flyio.no-health-path"] is Level.INFO


anything = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=40)


@given(path=anything, env=st.dictionaries(st.from_regex("[A-Z_]{1,9}", fullmatch=True), anything, max_size=3))
def test_any_answer_is_what_a_parser_reads(path: str, env: dict[str, str]) -> None:
    written = FlyToml(
        app="notes", host="notes.fly.dev", region="fra", size="s", memory="m", env=env, health_path=f"/{path}"
    ).render()

    read = tomlkit.parse(written).unwrap()
    assert read["http_service"]["checks"][0]["path"] == f"/{path}"
    assert read.get("env", {}) == env
    assert app_of(written) == "notes"


@given(st.text())
def test_any_text_may_stand_where_fly_toml_is_expected(given_text: str) -> None:
    found = app_of(given_text)

    assert found is None or f"{found}" in given_text


@pytest.mark.parametrize(
    ("written", "app"),
    [
        ("app = 'notes'\n", "notes"),
        ('\ufeffapp = "notes" # ours\r\n[env]\r\n', "notes"),
        ('[env]\n  app = "notes"\n', None),
        ("app = 7\n", None),
        ('app = "not a name; rm"\n', None),
        ("app = \n", None),
    ],
)
def test_the_committed_name_is_read(written: str, app: str | None) -> None:
    assert app_of(written) == app


@given(st.text())
def test_any_project_has_a_name_that_fly_accepts(project: str) -> None:
    option = next(each for each in FLY.options(make_facts()) if each.name == "deployed_project_name")

    name = suggested_name(project, longest=names.LONGEST)

    assert option.clean(name) == name


# -- the Dockerfile --


@pytest.mark.parametrize(
    ("manager", "lock", "copied", "installed"),
    [
        ("requirements", None, "requirements.txt ./", "pip install --no-cache-dir -r requirements.txt"),
        ("pip-tools", "requirements.txt", "requirements.txt ./", "pip install --no-cache-dir -r requirements.txt"),
        ("pipenv", "Pipfile.lock", "Pipfile Pipfile.lock ./", 'pipenv install --deploy --categories "packages deploy"'),
        ("pipenv", None, "Pipfile ./", 'pipenv install --skip-lock --categories "packages deploy"'),
        ("poetry", "poetry.lock", "poetry.lock pyproject.toml ./", "poetry install --only main,deploy --no-root"),
        ("uv", "uv.lock", "pyproject.toml uv.lock ./", "uv sync --locked --no-default-groups --group deploy"),
        ("uv", None, "pyproject.toml ./", "uv sync --no-default-groups --group deploy"),
        ("pdm", "pdm.lock", "requirements.txt ./", "pip install --no-cache-dir -r requirements.txt"),
        ("pep621", None, "requirements.txt ./", "pip install --no-cache-dir -r requirements.txt"),
    ],
)
def test_packages_are_installed_from_the_lock_before_the_code_is_there(
    manager: str, lock: str | None, copied: str, installed: str
) -> None:
    made = plan(with_packages(manager, lock=lock))
    lines = text(made, "Dockerfile").splitlines()

    assert f"COPY {copied}" in lines
    install = next(number for number, line in enumerate(lines) if installed in line)
    assert install < lines.index("COPY . .")
    exports = [step.path for step in made.file_steps if isinstance(step, ExportRequirements)]
    assert exports == (["requirements.txt"] if manager in {"pdm", "pep621"} else [])


def test_the_group_for_deployment_is_asked_for_only_where_there_is_or_will_be_one() -> None:
    needed = ("Gunicorn", "django-environ", "whitenoise", "psycopg2-binary")

    assert "--group" not in text(plan(with_packages("uv", *needed, lock="uv.lock")), "Dockerfile")
    assert "--group deploy" in text(plan(with_packages("uv", *needed[:-1], lock="uv.lock")), "Dockerfile")
    own = Declared(name="sentry-sdk", text="sentry-sdk", file="pyproject.toml", group="deploy")
    assert "--group deploy" in text(plan(with_packages("uv", *needed, grouped=(own,))), "Dockerfile")


def test_files_that_are_included_are_copied_to_where_they_are() -> None:
    facts = with_packages(
        "requirements", file="requirements/prod.txt", files=("requirements/prod.txt", "requirements/base.txt")
    )
    lines = text(plan(facts), "Dockerfile").splitlines()

    assert "COPY requirements/base.txt requirements/prod.txt requirements/" in lines
    assert "RUN pip install --no-cache-dir -r requirements/prod.txt" in lines


def test_a_package_in_the_project_itself_needs_its_folder() -> None:
    lines = text(plan(with_packages("requirements", "-e ./forms")), "Dockerfile").splitlines()

    assert lines.index("COPY . .") < next(n for n, line in enumerate(lines) if "pip install" in line)


@pytest.mark.parametrize(
    ("entry", "build", "run"),
    [("psycopg2", "libpq-dev", "libpq5"), ("mysqlclient", "default-libmysqlclient-dev", "libmariadb3")],
)
def test_what_a_package_needs_of_debian_is_installed(entry: str, build: str, run: str) -> None:
    packages, site = text(plan(with_packages("requirements", entry)), "Dockerfile").split("# The site itself.")

    assert build in packages and run in site
    assert build not in site, "a compiler has no place in the image"


def test_psycopg_needs_debians_library_unless_it_brings_its_own() -> None:
    assert "libpq5" in text(plan(with_packages("requirements", "psycopg")), "Dockerfile")
    assert "libpq5" not in text(plan(with_packages("requirements", "psycopg[binary,pool]")), "Dockerfile")
    assert "apt-get" not in text(plan(), "Dockerfile")


def test_a_nested_project_is_run_in_its_folder() -> None:
    facts = make_facts(location=Location(root=Path("project"), project_dir="web", settings_module="mysite.settings"))
    nested = replace(facts, settings=replace(facts.settings, file="web/mysite/settings.py"))  # type: ignore[type-var]
    lines = text(make_plan(FLY, nested, database="sqlite"), "Dockerfile").splitlines()

    assert lines.index("COPY . .") < lines.index("WORKDIR /code/web")
    assert [
        step.path for step in make_plan(FLY, nested, database="sqlite").file_steps if isinstance(step, WriteFile)
    ] == [
        "Dockerfile",
        "fly.toml",
    ]


def test_the_site_runs_with_the_settings_that_were_chosen_as_a_user_of_its_own() -> None:
    lines = text(plan(make_facts(settings={"module": "mysite.settings.live"})), "Dockerfile").splitlines()

    assert any(line.strip() == "DJANGO_SETTINGS_MODULE=mysite.settings.live" for line in lines)
    assert lines.index("USER app") > lines.index("COPY . .")


def test_the_build_holds_no_secret_and_knows_the_hashed_names() -> None:
    made = text(plan(), "Dockerfile")

    (collect,) = [line for line in made.splitlines() if "collectstatic" in line]
    assert collect.startswith("RUN FLY_APP_NAME=build SECRET_KEY=build DATABASE_URL=sqlite:")
    assert "ARG" not in made


@pytest.mark.slow
def test_an_independent_linter_has_nothing_to_say(samples: golden.Samples, tmp_path: Path) -> None:
    for shape in golden.SHAPES:
        for database in ("sqlite", "managed-postgres"):
            file = tmp_path / f"{shape.manager}-{shape.layout}-{database}"
            file.write_text(text(make_plan(FLY, samples.facts(shape), database=database), "Dockerfile"))
    names_of_files = sorted(file.name for file in tmp_path.iterdir())
    hadolint = needs_program(str(Path(sys.executable).with_name("hadolint")))

    argv = [hadolint, "--no-color", "--failure-threshold", "warning", *names_of_files]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True)

    assert len(names_of_files) == 20
    assert done.returncode == 0, done.stdout


# -- settings --


def settings_on_fly(made: Plan, **env: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {
        "__file__": "/code/mysite/settings.py",
        "DEBUG": True,
        "SECRET_KEY": "of development",
        "MIDDLEWARE": ["django.middleware.security.SecurityMiddleware"],
        "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3"}},
    }
    with mock.patch.dict(os.environ, env, clear=True):
        exec(compile(text(made, "mysite/settings.py"), "settings.py", "exec"), namespace)
    return namespace


ON_FLY = {"FLY_APP_NAME": "notes", "SECRET_KEY": "the site's own", "DATABASE_URL": "postgres://db.flycast/app"}


def test_only_the_apps_own_hosts_are_answered() -> None:
    assert settings_on_fly(plan(), **ON_FLY)["ALLOWED_HOSTS"] == ["notes.fly.dev"]
    more = settings_on_fly(plan(), **ON_FLY, SITE_DOMAINS="www.example.com,example.com")
    assert more["ALLOWED_HOSTS"] == ["notes.fly.dev", "www.example.com", "example.com"]
    assert more["CSRF_TRUSTED_ORIGINS"][1] == "https://www.example.com"
    assert more["DEBUG"] is False


def test_elsewhere_the_block_does_nothing() -> None:
    after = settings_on_fly(plan())

    assert (after["DEBUG"], after["SECRET_KEY"]) == (True, "of development")
    assert "ALLOWED_HOSTS" not in after


def test_the_settings_are_tried_with_variables_as_the_site_has_them() -> None:
    for database in ("sqlite", "managed-postgres"):
        made = plan(database=database)
        assert settings_on_fly(made, **dict(made.hosting.site))["DEBUG"] is False


def test_uploads_are_kept_where_there_is_a_volume() -> None:
    facts = make_facts(settings={"file_fields": ("posts.Post.cover",), "media_root": "media"})

    assert settings_on_fly(plan(facts, database="sqlite"), **ON_FLY)["MEDIA_ROOT"] == Path("/data/media")
    assert "MEDIA_ROOT" not in settings_on_fly(plan(facts), **ON_FLY)
    assert levels(plan(facts))["flyio.uploads"] is Level.WARNING


# -- requirements, findings, notes --


def test_packages_go_where_the_image_installs_them() -> None:
    (added,) = [step for step in plan().file_steps if isinstance(step, AddRequirements)]

    assert added.group == "deploy"
    assert added.requirements == ("gunicorn", "django-environ", "whitenoise", "psycopg[binary]")


def test_the_database_is_never_chosen_for_the_person() -> None:
    (option,) = [each for each in FLY.options(make_facts()) if each.name == "database"]

    assert option.default is None and option.required
    prices = {choice.value: choice.help for choice in option.choices}
    assert "$38" in prices["managed-postgres"] and "twenty times" in prices["managed-postgres"]
    assert any("$38" in note for note in plan(database="managed-postgres").notes)


@pytest.mark.parametrize(
    ("answers", "finding"),
    [
        ({"vm_size": "performance-1x", "vm_memory": "512mb"}, "flyio.memory"),
        ({"vm_size": "shared-cpu-2x", "vm_memory": "256mb"}, "flyio.memory"),
        ({"database": "managed-postgres", "region": "jnb"}, "flyio.no-managed-postgres"),
    ],
)
def test_what_fly_would_refuse_stops_the_plan(answers: dict[str, str], finding: str) -> None:
    assert levels(plan(**answers))[finding] is Level.BLOCKER


def test_a_database_of_another_kind_is_pointed_out() -> None:
    mysql = Database(alias="default", engine="django.db.backends.mysql", name="site")

    assert levels(plan(make_facts(settings={"databases": (mysql,)})))["flyio.other-database"] is Level.WARNING
    assert "flyio.other-database" not in levels(plan())


def test_a_worker_is_not_forgotten() -> None:
    qcluster = Process(name="qcluster", title="Django Q", kind="worker", command=("python", "manage.py", "qcluster"))
    assert levels(plan(make_facts(settings={"processes": (qcluster,)})))["flyio.background"] is Level.WARNING


def test_variables_that_the_site_will_not_have_are_named() -> None:
    made = plan(make_facts(settings={"variables": ("SECRET_KEY", "MAIL_PASSWORD", "DJANGO_SECRET_KEY", "PORT")}))

    (finding,) = [each for each in made.findings if each.id == "flyio.variables"]
    assert finding.details == ("MAIL_PASSWORD",), "the block decides what the others are for"
    assert "flyio.variables" not in levels(plan(make_facts(settings={"variables": ("SECRET_KEY",)})))


def test_an_app_that_serves_something_else_stops_the_plan() -> None:
    made = plan(remote=Remote(values={"app": "notes", "standing": "another"}))

    assert levels(made)["flyio.other-app"] is Level.BLOCKER


def test_what_is_there_is_not_made_again() -> None:
    there = Remote(
        resources=(Resource(kind="database", name="notes-db"), Resource(kind="app", name="notes")),
        values={"app": "notes", "standing": "ours", "organization": "acme", "database": "unmanaged-postgres"},
    )

    assert [each.kind for each in plan().creates] == ["app", "database"]
    assert plan(remote=there).creates == ()
    calls = [step for step in plan(remote=there).steps if isinstance(step, Call)]
    assert {step.params["organization"] for step in calls} == {"acme"}
    assert levels(plan(remote=there, database="sqlite"))["flyio.database-changes"] is Level.WARNING


@pytest.mark.parametrize(
    ("database", "kind"),
    [("sqlite", "volume"), ("managed-postgres", "managed-postgres"), ("unmanaged-postgres", "database")],
)
def test_what_will_cost_is_said_before_it_is_made(database: str, kind: str) -> None:
    made = plan(database=database)

    assert {each.kind: each.cost for each in made.creates}[kind].count("$") >= 1
    order = [step.name for step in made.steps if isinstance(step, Call)]
    assert order.index("create") < order.index("secrets") < order.index("deploy")


def test_settings_out_of_reach_stop_the_plan() -> None:
    assert levels(make_plan(FLY, make_facts(settings={"file": None}), database="sqlite")) == {
        "flyio.settings-file": Level.BLOCKER
    }


def test_what_belongs_to_this_computer_stays_out_of_the_image() -> None:
    facts = replace(
        make_facts(settings={"media_root": "media", "static_root": "collected"}), environments=("envs/py313", ".venv")
    )
    lines = text(plan(facts), ".dockerignore").splitlines()

    assert {".git", ".simple_deploy", "**/.env", "**/*.sqlite3", "media", "collected", "envs/py313"} <= {*lines}
