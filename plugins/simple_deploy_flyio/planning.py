"""The plan of a deployment to Fly.io. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from simple_deploy.api import (
    DEPLOY_GROUP,
    EQUIVALENTS,
    AddRequirements,
    Answers,
    EditBlock,
    ExportRequirements,
    Plan,
    ProjectFacts,
    PythonChoice,
    Remote,
    Settings,
    Step,
    WriteFile,
    choose_python,
    has_database,
    site_requirements,
)
from simple_deploy_flyio import concerns, names, pages
from simple_deploy_flyio.dockerfile import PYTHONS, Image
from simple_deploy_flyio.dockerignore import dockerignore
from simple_deploy_flyio.flytoml import FlyToml
from simple_deploy_flyio.installing import EXPORTED, OWN
from simple_deploy_flyio.questions import MANAGED, SQLITE, app_name
from simple_deploy_flyio.settings_block import settings_block

SLUG = "flyio"

#: Managers that keep packages in named groups, which their own command installs when it is told to.
_WITH_GROUPS = frozenset({"pipenv", "poetry", "uv"})


def make_plan(facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
    """The steps of a deployment of the project in *facts*."""
    settings = facts.settings
    if settings is None or settings.file is None:
        return Plan(platform=SLUG, steps=(), findings=(concerns.out_of_reach(facts),))
    app = app_name(facts, remote, answers)
    database = answers.text("database") if has_database(settings) else ""
    python = choose_python(facts, supported=PYTHONS, platform="The official Python image")
    return Plan(
        platform=SLUG,
        steps=_file_steps(facts, settings, answers, app=app, database=database, python=python),
        findings=(
            *([python.finding] if python.finding else []),
            *concerns.findings(settings, answers, database=database),
        ),
        notes=_notes(database),
        check_env=_check_env(app, database),
    )


def requirements(settings: Settings, *, postgres: bool) -> tuple[str, ...]:
    """What the site needs installed besides the project's own packages, PEP 508."""
    return site_requirements(settings, postgres=postgres)


def groups(facts: ProjectFacts, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The named groups that the image installs: the one for deployment, where there is or will be one."""
    if facts.dependencies.manager not in _WITH_GROUPS:
        return ()
    declared = facts.dependencies.names
    missing = [each for each in wanted if not {_name(each), *EQUIVALENTS.get(_name(each), ())} & declared]
    return (DEPLOY_GROUP,) if missing or DEPLOY_GROUP in facts.dependencies.groups else ()


def _file_steps(
    facts: ProjectFacts, settings: Settings, answers: Answers, *, app: str, database: str, python: PythonChoice
) -> tuple[Step, ...]:
    assert settings.file is not None
    volume = database == SQLITE
    wanted = requirements(settings, postgres=bool(database) and not volume)
    image = Image(
        location=facts.location,
        settings=settings,
        dependencies=facts.dependencies,
        python=python.version,
        groups=groups(facts, wanted),
        volume=volume,
    )
    steps: list[Step] = [
        EditBlock(
            id="settings",
            title="Add settings for the site on Fly.io",
            why="Debug mode off, secret key and database from variables, the app's own address, https, static files "
            "with hashed names. The block acts only where Fly.io has set FLY_APP_NAME, so your development settings "
            "stay as they are.",
            undo="The block is removed.",
            docs=pages.DJANGO,
            path=settings.file,
            block_id=SLUG,
            text=settings_block(settings, facts.location, volume=volume),
        ),
        AddRequirements(
            id="requirements",
            title="Add what the site needs",
            why="gunicorn serves the pages, WhiteNoise the static files, django-environ reads the settings above"
            + (", psycopg talks to Postgres." if database and not volume else "."),
            undo="The entries are removed.",
            requirements=wanted,
            equivalents=EQUIVALENTS,
            group=DEPLOY_GROUP,
        ),
        WriteFile(
            id="dockerfile",
            title="Write the Dockerfile",
            why=f"Fly.io builds the site's image from it, with Python {python.version} on Debian. {python.reason}",
            undo="The file is removed.",
            docs=pages.DOCKERFILE,
            path="Dockerfile",
            text=image.render(),
        ),
        EditBlock(
            id="dockerignore",
            title="Keep secrets and leftovers out of the image",
            why="Docker copies everything in the folder unless it is told not to; Fly.io does not read .gitignore.",
            undo="The lines are removed.",
            docs="https://docs.docker.com/build/concepts/context/#dockerignore-files",
            path=".dockerignore",
            block_id=SLUG,
            text=dockerignore(facts),
        ),
        WriteFile(
            id="fly-toml",
            title="Write fly.toml",
            why="It names the app, and says how its machines run and how Fly.io sees that the site is well.",
            undo="The file is removed.",
            cost=f"A machine of this kind costs {pages.MACHINE_COST} (seen on {pages.CHECKED.isoformat()}).",
            docs=pages.CONFIGURATION,
            path="fly.toml",
            text=_fly_toml(answers, app=app, database=database).render(),
        ),
    ]
    if facts.dependencies.manager not in OWN:
        export = ExportRequirements(
            id="export",
            title=f"Write {EXPORTED} for the image",
            why="The image installs with pip, which cannot read the files of the project's own manager. Made anew with "
            "each plan.",
            undo="The file is removed.",
            path=EXPORTED,
        )
        steps.insert(2, export)
    return tuple(steps)


def _fly_toml(answers: Answers, *, app: str, database: str) -> FlyToml:
    memory = answers.text("vm_memory", "512mb")
    volume = database == SQLITE
    env = {"WEB_CONCURRENCY": "1" if memory == "256mb" else "2"}
    if volume:
        env["DATABASE_URL"] = f"sqlite:///{names.DATA}/db.sqlite3"
    return FlyToml(
        app=app,
        host=names.host(app),
        region=answers.text("region", "iad"),
        size=answers.text("vm_size", "shared-cpu-1x"),
        memory=memory,
        env=env,
        migrate="python manage.py migrate --noinput" if database and not volume else None,
        volume=(names.VOLUME, names.DATA) if volume else None,
        health_path=answers.text("health_path"),
    )


def _notes(database: str) -> tuple[str, ...]:
    costs: Mapping[str, str] = {
        SQLITE: f"The volume with the database costs {pages.SQLITE_COST}.",
        MANAGED: f"MANAGED POSTGRES COSTS {pages.MANAGED_COST}. That is about twenty times what the site itself and a "
        f"database that you look after yourself cost together.",
    }
    unmanaged = (
        f"The database costs {pages.POSTGRES_COST}. Fly.io gives no support for it; its backups are yours to try."
    )
    return (
        f"The machine costs {pages.MACHINE_COST}; it stops while nobody visits. Seen on {pages.CHECKED.isoformat()}: "
        f"{pages.PRICES}",
        *([costs.get(database, unmanaged)] if database else []),
    )


def _check_env(app: str, database: str) -> tuple[tuple[str, str], ...]:
    """Variables for trying the settings; no secret is real."""
    found = [("FLY_APP_NAME", app), ("SECRET_KEY", "made-up-for-the-check")]
    if database:
        address = f"sqlite:///{names.DATA}/db.sqlite3" if database == SQLITE else "postgres://localhost/site"
        found.append(("DATABASE_URL", address))
    return tuple(found)


def _name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]).lower()
